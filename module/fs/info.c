// SPDX-License-Identifier: GPL-2.0-only
/*
 * local, remote, status, err; the counters; links and neigh.
 *
 * They hold no socket: who has one open after the socket is gone reads that it
 * is. A text is made when it is read from its start.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sock_diag.h>
#include <linux/string_helpers.h>
#include <net/sock.h>

#include "../backend/backend.h"
#include "../core/failure.h"
#include "../core/info.h"
#include "../core/rxq.h"
#include "../core/stat.h"
#include "../core/state.h"
#include "../proto/addr.h"
#include "toyfs.h"

static void toyfs_show_address(struct seq_file *m, struct toy_addr addr)
{
	char text[TOY_ADDR_TEXT];

	toy_addr_format(text, sizeof(text), addr.node, addr.port);
	seq_puts(m, text);
}

/* Show something of a socket, or that it is no more. */
static int toyfs_show(struct seq_file *m,
		      void (*show)(struct seq_file *m, struct sock *sk))
{
	struct sock *sk = toy_conv_sock(toyfs_conv(m->private));

	if (!sk) {
		seq_puts(m, "state=closed\n");
		return 0;
	}
	show(m, sk);
	sock_put(sk);
	return 0;
}

static void toyfs_put_local(struct seq_file *m, struct sock *sk)
{
	struct toy_addr local, remote;

	toy_info_names(sk, &local, &remote);
	toyfs_show_address(m, local);
	seq_putc(m, '\n');
}

static void toyfs_put_remote(struct seq_file *m, struct sock *sk)
{
	struct toy_addr local, remote;

	toy_info_names(sk, &local, &remote);
	toyfs_show_address(m, remote);
	seq_putc(m, '\n');
}

static void toyfs_put_err(struct seq_file *m, struct sock *sk)
{
	char text[TOY_FAILURE_TEXT];

	if (toy_failure_format(sk, text, sizeof(text)))
		seq_printf(m, "%s\n", text);
}

static int toyfs_show_local(struct seq_file *m, void *unused)
{
	return toyfs_show(m, toyfs_put_local);
}

static int toyfs_show_remote(struct seq_file *m, void *unused)
{
	return toyfs_show(m, toyfs_put_remote);
}

static int toyfs_show_err(struct seq_file *m, void *unused)
{
	return toyfs_show(m, toyfs_put_err);
}

/* ---- status ---- */

/* What a program has done with the socket so far, by word. */
static const char *toyfs_state_name(const struct sock *sk)
{
	int state = READ_ONCE(sk->sk_state);

	if (state != TCP_CLOSE)
		return toy_state_name(state);
	return toy_connected(sk) ? "closed" : "idle";
}

/*
 * Its name today; a process that has ended has none, nor has one that the reader
 * does not see.
 */
static void toyfs_show_comm(struct seq_file *m, struct pid *maker)
{
	char comm[TASK_COMM_LEN] = "-";
	struct task_struct *task;

	rcu_read_lock();
	task = pid_vnr(maker) ? pid_task(maker, PIDTYPE_TGID) : NULL;
	if (task)
		get_task_comm(comm, task);
	rcu_read_unlock();
	/* No blank, no newline: a name cannot pass for another key. */
	seq_escape_mem(m, comm, strlen(comm),
		       ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, " \\");
}

static void toyfs_show_owner(struct seq_file *m, struct sock *sk,
			     struct toy_conv *conv)
{
	struct user_namespace *ns = seq_user_ns(m);
	struct toy_conv_view view;

	toy_conv_look(conv, &view);
	seq_printf(m, " uid=%u gid=%u pid=%d comm=",
		   from_kuid_munged(ns, view.uid),
		   from_kgid_munged(ns, view.gid),
		   pid_vnr(toy_sk(sk)->maker));
	toyfs_show_comm(m, toy_sk(sk)->maker);
}

static void toyfs_show_identity(struct seq_file *m, struct sock *sk)
{
	u32 cookie[2];

	sock_diag_save_cookie(sk, cookie);
	seq_printf(m, " inode=%llu cookie=%llu", (u64)sock_i_ino(sk),
		   (u64)cookie[1] << 32 | cookie[0]);
}

static void toyfs_show_queues(struct seq_file *m, struct sock *sk,
			      struct toy_conv *conv)
{
	bool listens = READ_ONCE(sk->sk_state) == TCP_LISTEN;

	seq_printf(m, " rq=%u sq=%d backlog=%u/%u drops=%d skipped=%d",
		   toy_rxq_bytes(sk),
		   READ_ONCE(toy_sk(sk)->backend)->unread(sk),
		   listens ? READ_ONCE(sk->sk_ack_backlog) : 0,
		   listens ? READ_ONCE(sk->sk_max_ack_backlog) : 0,
		   atomic_read(&sk->sk_drops), atomic_read(&conv->skipped));
}

static void toyfs_show_age(struct seq_file *m, const struct sock *sk)
{
	u32 ms = jiffies_to_msecs((u32)jiffies - toy_sk(sk)->born);

	seq_printf(m, " age=%u.%03u", ms / 1000, ms % 1000);
}

/* Within a machine nothing is sent twice, and nothing is waited for. */
static void toyfs_show_wire(struct seq_file *m, struct sock *sk)
{
	struct toy_info info = {};

	toy_info_of_link(sk, &info);
	seq_printf(m, " retrans=%u rtt=%u", info.toyi_total_retrans,
		   info.toyi_rtt);
}

static int toyfs_show_status(struct seq_file *m, void *unused)
{
	struct toy_conv *conv = toyfs_conv(m->private);
	struct sock *sk = toy_conv_sock(conv);
	struct toy_addr local, remote;
	struct toy_conv_view view;

	seq_printf(m, "id=%u type=%s", conv->id, toy_type_name(conv->type));
	if (!sk) {
		seq_puts(m, " state=closed\n");
		return 0;
	}
	toy_info_names(sk, &local, &remote);
	seq_printf(m, " state=%s local=", toyfs_state_name(sk));
	toyfs_show_address(m, local);
	seq_puts(m, " remote=");
	toyfs_show_address(m, remote);
	seq_printf(m, " backend=%s", READ_ONCE(toy_sk(sk)->backend)->name);
	toyfs_show_owner(m, sk, conv);
	toyfs_show_identity(m, sk);
	toyfs_show_queues(m, sk, conv);
	toyfs_show_wire(m, sk);
	toyfs_show_age(m, sk);
	toy_conv_look(conv, &view);
	seq_printf(m, " mode=%04o\n", view.mode);
	sock_put(sk);
	return 0;
}

/* ---- of dial ---- */

/* The words of whom who opened it is; others' are not for him. */
static int toyfs_show_dial_err(struct seq_file *m, void *unused)
{
	const struct inode *inode = m->private;
	struct toyfs_info *info = toyfs_info(inode->i_sb);
	char text[TOY_FAILURE_TEXT];
	struct toy_failure failure;

	if (!toyfs_words_find(&info->words, m->file->f_cred->fsuid,
			      toyfs_sock_type(inode), &failure))
		return 0;
	if (toy_failure_text(&failure, text, sizeof(text)))
		seq_printf(m, "%s\n", text);
	return 0;
}

/* ---- of the namespace ---- */

static int toyfs_show_stats(struct seq_file *m, void *unused)
{
	const struct inode *inode = m->private;
	const struct toyfs_info *info = toyfs_info(inode->i_sb);
	int i;

	for (i = 0; i < TOY_STAT_MAX; i++) {
		if (toy_stat_name(i))
			seq_printf(m, "%s %lu\n", toy_stat_name(i),
				   toy_stat_read(info->net, i));
	}
	return 0;
}

static struct net *toyfs_shown_net(const struct seq_file *m)
{
	const struct inode *inode = m->private;

	return toyfs_info(inode->i_sb)->net;
}

static int toyfs_show_links(struct seq_file *m, void *unused)
{
	toy_links_show(m, toyfs_shown_net(m));
	return 0;
}

static int toyfs_show_neigh(struct seq_file *m, void *unused)
{
	toy_neigh_show(m, toyfs_shown_net(m));
	return 0;
}

/* ---- files ---- */

static int (*const toyfs_shows[TOYFS_NODE_MAX])(struct seq_file *, void *) = {
	[TOYFS_LINKS]	= toyfs_show_links,
	[TOYFS_NEIGH]	= toyfs_show_neigh,
	[TOYFS_STATS]	= toyfs_show_stats,
	[TOYFS_STREAM_DIAL_ERR] = toyfs_show_dial_err,
	[TOYFS_SEQPACKET_DIAL_ERR] = toyfs_show_dial_err,
	[TOYFS_DGRAM_DIAL_ERR] = toyfs_show_dial_err,
	[TOYFS_LOCAL]	= toyfs_show_local,
	[TOYFS_REMOTE]	= toyfs_show_remote,
	[TOYFS_STATUS]	= toyfs_show_status,
	[TOYFS_ERR]	= toyfs_show_err,
};

static int toyfs_info_open(struct inode *inode, struct file *file)
{
	return single_open(file, toyfs_shows[toyfs_node(inode)], inode);
}

const struct file_operations toyfs_info_fops = {
	.owner		= THIS_MODULE,
	.open		= toyfs_info_open,
	.read_iter	= seq_read_iter,
	.splice_read	= toy_splice_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};
