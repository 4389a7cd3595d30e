// SPDX-License-Identifier: GPL-2.0-only
/*
 * data: what is read and written is the socket's.
 *
 * An open one is the socket's struct file, nothing else: read and write go
 * where read(2) and write(2) of a socket descriptor go, pollers wait where its
 * pollers wait. They leave before the reference is dropped.
 */
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <linux/termios.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "../core/rxq.h"
#include "../proto/addr.h"
#include "ctl.h"

/* The longest header, and the blank behind it. */
#define TOYFS_HEADER_MAX	(TOY_ADDR_TEXT - 1 + 1)

static ssize_t toyfs_data_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct socket *sock = toyfs_socket(iocb->ki_filp->private_data);
	struct msghdr msg = { .msg_iter = *to };
	int flags = toyfs_nonblock(iocb) ? MSG_DONTWAIT : 0;
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	if (sock->type != SOCK_STREAM) {
		flags |= TOY_MSG_FILE;
		toy_compat_set_file(&msg, iocb);
	}
	ret = sock_recvmsg(sock, &msg, flags);
	*to = msg.msg_iter;
	return ret;
}

/* ---- writing ---- */

/*
 * "NODE:PORT PAYLOAD": take the address off. Leaves the iterator at the payload.
 * Returns 0; -EINVAL; -EFAULT.
 */
static int toyfs_data_header(struct iov_iter *from, struct toy_addr *to)
{
	char text[TOYFS_HEADER_MAX + 1];
	size_t n, len;
	char *end;
	u32 node;
	u16 port;

	len = min_t(size_t, iov_iter_count(from), TOYFS_HEADER_MAX);
	n = copy_from_iter(text, len, from);
	if (n < len)
		return -EFAULT;
	text[len] = '\0';
	end = strchr(text, ' ');
	if (!end)
		return -EINVAL;
	*end = '\0';
	if (toy_addr_parse(text, &node, &port))
		return -EINVAL;
	iov_iter_revert(from, len - (end + 1 - text));
	*to = toy_addr(node, port);
	return 0;
}

/* With headers on: send what follows the address to it. */
static ssize_t toyfs_data_send_to(struct socket *sock, struct msghdr *msg)
{
	size_t len = iov_iter_count(&msg->msg_iter);
	struct sockaddr_toy name;
	struct toy_addr to;
	ssize_t ret;

	ret = toyfs_data_header(&msg->msg_iter, &to);
	if (ret)
		return ret;
	name = (struct sockaddr_toy){
		.stoy_family	= toy_family,
		.stoy_port	= to.port,
		.stoy_node	= to.node,
	};
	/* The peer of a seqpacket is the only one that can be meant. */
	if (!toy_connection_type(sock->sk) ||
	    to.all != toy_addr_read(&toy_sk(sock->sk)->remote).all) {
		msg->msg_name = &name;
		msg->msg_namelen = sizeof(name);
	}
	ret = sock_sendmsg(sock, msg);
	return ret < 0 ? ret : len;
}

/* Who has data open holds the conversation, or the socket does: toyfs_clone(). */
static bool toyfs_data_headers(const struct sock *sk)
{
	const struct toy_conv *conv = READ_ONCE(toy_sk(sk)->conv);

	return sk->sk_type != SOCK_STREAM && conv && READ_ONCE(conv->headers);
}

static ssize_t toyfs_data_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct socket *sock = toyfs_socket(iocb->ki_filp->private_data);
	struct msghdr msg = { .msg_iter = *from };
	ssize_t ret;

	if (toyfs_nonblock(iocb))
		msg.msg_flags = MSG_DONTWAIT;
	/* As write(2) of a socket has it. */
	if (sock->type == SOCK_SEQPACKET)
		msg.msg_flags |= MSG_EOR;
	if (toyfs_data_headers(sock->sk))
		ret = toyfs_data_send_to(sock, &msg);
	else
		ret = sock_sendmsg(sock, &msg);
	*from = msg.msg_iter;
	return ret;
}

/* ---- the rest ---- */

static __poll_t toyfs_data_poll(struct file *file, poll_table *wait)
{
	struct socket *sock = toyfs_socket(file->private_data);

	return sock->ops->poll(file, sock, wait);
}

/* SIGIO: on the list of the socket, as its own descriptors. */
static int toyfs_data_fasync(int fd, struct file *file, int on)
{
	struct sock *sk = toyfs_socket(file->private_data)->sk;
	struct socket_wq *wq = &toyfs_socket(file->private_data)->wq;
	int ret;

	lock_sock(sk);
	ret = fasync_helper(fd, file, on, &wq->fasync_list);
	if (wq->fasync_list)
		sock_set_flag(sk, SOCK_FASYNC);
	else
		sock_reset_flag(sk, SOCK_FASYNC);
	release_sock(sk);
	return ret < 0 ? ret : 0;
}

/* What asks how much there is; what else a socket knows needs its descriptor. */
static long toyfs_data_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	struct socket *sock = toyfs_socket(file->private_data);
	int ret;

	if (cmd != SIOCINQ && cmd != SIOCOUTQ && cmd != SIOCATMARK)
		return -ENOTTY;
	ret = sock->ops->ioctl(sock, cmd, arg);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

static void toyfs_data_fdinfo(struct seq_file *m, struct file *file)
{
	toyfs_show_socket(m, file->private_data);
}

static int toyfs_data_open(struct inode *inode, struct file *file)
{
	int err;

	err = toyfs_may_enter(inode);
	if (err)
		return err;
	file->private_data = toy_conv_file(toyfs_conv(inode));
	if (!file->private_data)
		return -ENOENT;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int toyfs_data_release(struct inode *inode, struct file *file)
{
	fput(file->private_data);
	return 0;
}

const struct file_operations toyfs_data_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_data_open,
	.release	= toyfs_data_release,
	.read_iter	= toyfs_data_read,
	.write_iter	= toyfs_data_write,
	.poll		= toyfs_data_poll,
	.fasync		= toyfs_data_fasync,
	.unlocked_ioctl	= toyfs_data_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.show_fdinfo	= toyfs_data_fdinfo,
	.splice_read	= toy_splice_read,
	.splice_write	= iter_file_splice_write,
};

/* An address in dial: the data of a socket that the open has connected. */
const struct file_operations toyfs_address_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_dial_open,
	.release	= toyfs_data_release,
	.read_iter	= toyfs_data_read,
	.write_iter	= toyfs_data_write,
	.poll		= toyfs_data_poll,
	.fasync		= toyfs_data_fasync,
	.unlocked_ioctl	= toyfs_data_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.show_fdinfo	= toyfs_data_fdinfo,
	.splice_read	= toy_splice_read,
	.splice_write	= iter_file_splice_write,
};
