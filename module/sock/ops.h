/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of struct proto_ops that the socket types share.
 */
#ifndef _TOY_SOCK_OPS_H
#define _TOY_SOCK_OPS_H

#include <linux/net.h>
#include <linux/poll.h>
#include <net/scm.h>

#include "../compat.h"
#include "../backend/backend.h"
#include "../core/buf.h"
#include "../core/failure.h"
#include "../core/sock.h"

extern const struct proto_ops toy_stream_ops;
extern const struct proto_ops toy_seqpacket_ops;
extern const struct proto_ops toy_dgram_ops;
extern const struct proto_ops toy_raw_ops;

/* af_toy.c */
int toy_family_register(void);
void toy_family_unregister(void);
int toy_release(struct socket *sock);
int toy_shutdown(struct socket *sock, int how);

/* raw.c */
int toy_raw_may(const struct net *net, int protocol, int kern);

/* name.c */
int toy_bind(struct socket *sock, struct toy_sockaddr *uaddr, int len);
int toy_getname(struct socket *sock, struct sockaddr *uaddr, int peer);
int toy_name_parse(const void *uaddr, int len, struct toy_addr *addr);
int toy_name_autobind(struct sock *sk);
void toy_name_give_back(struct sock *sk);
void toy_name_fill(struct msghdr *msg, const struct toy_addr *addr);

/* conn.c */
int toy_connect(struct socket *sock, struct toy_sockaddr *uaddr, int len,
		int flags);
void toy_conn_abort(struct socket *sock);
int toy_socketpair(struct socket *a, struct socket *b);
int toy_listen(struct socket *sock, int backlog);
int toy_accept(struct socket *sock, struct socket *newsock, TOY_ACCEPT_ARGS);

/* poll.c */
__poll_t toy_poll(struct file *file, struct socket *sock, poll_table *wait);
int toy_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
#ifdef CONFIG_COMPAT
int toy_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
#endif

/* opts.c */
int toy_setsockopt(struct socket *sock, int level, int name, sockptr_t val,
		   unsigned int len);
int toy_getsockopt(struct socket *sock, int level, int name, char __user *val,
		   int __user *len);

/* stream.c */
int toy_stream_read_urgent(struct sock *sk, struct msghdr *msg, size_t len,
			   int flags);

/* stream_read.c */
int toy_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		       int flags);
ssize_t toy_stream_splice_read(struct socket *sock, loff_t *ppos,
			       struct pipe_inode_info *pipe, size_t len,
			       unsigned int flags);

/* message.c */
int toy_seqpacket_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int toy_message_check(struct sock *sk, const struct msghdr *msg, size_t len);
ssize_t toy_message_send(struct socket *sock,
			 const struct toy_backend *backend,
			 const struct toy_addr *to, struct msghdr *msg,
			 size_t len);
int toy_message_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			int flags);

struct sk_buff *toy_message_next(struct sock *sk, int flags, int *off,
				 int *err);

/* text.c */
int toy_message_read(struct sock *sk, struct msghdr *msg, size_t len,
		     int flags);

/* creds.c */
int toy_creds_get(struct socket *sock, struct msghdr *msg,
		  struct scm_cookie *scm, struct toy_creds *creds);
void toy_creds_put(const struct msghdr *msg, struct scm_cookie *scm);
void toy_creds_show(struct msghdr *msg, const struct toy_buf_cb *cb);

/* fdinfo.c */
void toy_show_fdinfo(struct seq_file *m, struct socket *sock);

/* failed.c */
int toy_sigpipe(const struct msghdr *msg, int err);
int toy_send_failed(struct sock *sk, const struct msghdr *msg, int err);
int toy_send_ended(struct sock *sk);
int toy_send_no_peer(struct sock *sk, const struct msghdr *msg);
int toy_recv_no_peer(struct sock *sk);
int toy_recv_failed(struct sock *sk, int err);

#endif /* _TOY_SOCK_OPS_H */
