// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag(7): sockets over netlink, as ss(8) asks for them.
 *
 * The ABI is uapi/linux/toy_diag.h. Requests come from anybody and are believed
 * nothing: a length that is not the struct's, a bit without a meaning, an
 * attribute is EINVAL.
 */
#include <linux/inet_diag.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sock_diag.h>
#include <linux/toy_diag.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "../backend/backend.h"
#include "../core/conv.h"
#include "../core/failure.h"
#include "../core/info.h"
#include "../core/registry.h"
#include "inspect.h"

static_assert(sizeof(struct toy_diag_req) == 24);
static_assert(sizeof(struct toy_diag_msg) == 28);

/**
 * struct toy_diag_ask - what is to be put into an answer, and for whom
 * @skb:	where it goes
 * @net:	namespace that is looked at
 * @user_ns:	user namespace of the reader
 * @portid:	the reader
 * @seq:	sequence number of the request
 * @flags:	NLM_F_*
 * @show:	TOY_DIAG_SHOW_*
 */
struct toy_diag_ask {
	struct sk_buff		*skb;
	struct net		*net;
	struct user_namespace	*user_ns;
	u32			portid;
	u32			seq;
	u16			flags;
	u32			show;
};

/* ---- an answer ---- */

static int toy_diag_put_peer(struct sk_buff *skb, struct sock *sk)
{
	struct toy_peer_id peer;

	toy_info_peer(sk, &peer);
	if (!peer.cookie[0] && !peer.cookie[1])
		return 0;
	return nla_put_u32(skb, TOY_DIAG_PEER_INODE, peer.ino) ?:
	       nla_put(skb, TOY_DIAG_PEER_COOKIE, sizeof(peer.cookie),
		       peer.cookie);
}

static int toy_diag_put_queues(struct sk_buff *skb, struct sock *sk)
{
	struct toy_diag_queues wire;
	struct toy_queues queues;

	toy_info_queues(sk, &queues);
	wire.rqueue = queues.rx;
	wire.wqueue = queues.tx;
	return nla_put(skb, TOY_DIAG_QUEUES, sizeof(wire), &wire);
}

static int toy_diag_put_info(struct sk_buff *skb, struct sock *sk)
{
	const struct toy_backend *backend = READ_ONCE(toy_sk(sk)->backend);
	struct toy_info *info;
	struct nlattr *attr;

	attr = nla_reserve_64bit(skb, TOY_DIAG_INFO, sizeof(*info),
				 TOY_DIAG_PAD);
	if (!attr)
		return -EMSGSIZE;
	toy_info_fill(sk, nla_data(attr));
	return nla_put_string(skb, TOY_DIAG_BACKEND, backend->name);
}

static int toy_diag_put_timer(struct sk_buff *skb,
			      const struct toy_timer_view *view)
{
	struct toy_diag_timer wire = {
		.timer		= view->timer,
		.retrans	= view->retrans,
		.expires	= view->expires,
	};

	if (!view->timer)
		return 0;
	return nla_put(skb, TOY_DIAG_TIMER, sizeof(wire), &wire);
}

static int toy_diag_put_timer_of(struct sk_buff *skb, struct sock *sk)
{
	const struct toy_backend *backend = READ_ONCE(toy_sk(sk)->backend);
	struct toy_timer_view view = {};

	if (backend->timer)
		backend->timer(sk, &view);
	return toy_diag_put_timer(skb, &view);
}

static int toy_diag_put_error(struct sk_buff *skb, struct sock *sk)
{
	char text[TOY_FAILURE_TEXT];

	if (!toy_failure_format(sk, text, sizeof(text)))
		return 0;
	return nla_put_string(skb, TOY_DIAG_LAST_ERROR, text);
}

static int toy_diag_put_wanted(const struct toy_diag_ask *ask, struct sock *sk)
{
	int err = 0;

	if (ask->show & TOY_DIAG_SHOW_PEER)
		err = toy_diag_put_peer(ask->skb, sk);
	if (!err && ask->show & TOY_DIAG_SHOW_QUEUES)
		err = toy_diag_put_queues(ask->skb, sk);
	if (!err && ask->show & TOY_DIAG_SHOW_MEMINFO)
		err = sock_diag_put_meminfo(sk, ask->skb, TOY_DIAG_MEMINFO);
	if (!err && ask->show & TOY_DIAG_SHOW_TIMER)
		err = toy_diag_put_timer_of(ask->skb, sk);
	if (!err && ask->show & TOY_DIAG_SHOW_INFO)
		err = toy_diag_put_info(ask->skb, sk);
	if (!err && ask->show & TOY_DIAG_SHOW_ERROR)
		err = toy_diag_put_error(ask->skb, sk);
	return err;
}

static void toy_diag_fill(struct toy_diag_msg *msg, struct sock *sk)
{
	struct toy_addr local, remote;

	toy_info_names(sk, &local, &remote);
	*msg = (struct toy_diag_msg){
		.tdiag_family		= toy_family,
		.tdiag_type		= sk->sk_type,
		.tdiag_state		= READ_ONCE(sk->sk_state),
		.tdiag_shutdown		= READ_ONCE(sk->sk_shutdown),
		.tdiag_ino		= sock_i_ino(sk),
		.tdiag_local_node	= local.node,
		.tdiag_remote_node	= remote.node,
		.tdiag_local_port	= local.port,
		.tdiag_remote_port	= remote.port,
	};
	sock_diag_save_cookie(sk, msg->tdiag_cookie);
}

/* One socket as one message. Returns 0; -EMSGSIZE: no room, nothing was put. */
static int toy_diag_put(const struct toy_diag_ask *ask, struct sock *sk)
{
	struct nlmsghdr *nlh;
	kuid_t uid = toy_conv_uid_of(sk);
	int err;

	nlh = nlmsg_put(ask->skb, ask->portid, ask->seq, SOCK_DIAG_BY_FAMILY,
			sizeof(struct toy_diag_msg), ask->flags);
	if (!nlh)
		return -EMSGSIZE;
	toy_diag_fill(nlmsg_data(nlh), sk);
	err = nla_put_u32(ask->skb, TOY_DIAG_ID, READ_ONCE(toy_sk(sk)->id)) ?:
	      nla_put_u32(ask->skb, TOY_DIAG_UID,
			  from_kuid_munged(ask->user_ns, uid)) ?:
	      nla_put_u32(ask->skb, TOY_DIAG_DROPS,
			  atomic_read(&sk->sk_drops)) ?:
	      toy_diag_put_wanted(ask, sk);
	if (err) {
		nlmsg_cancel(ask->skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(ask->skb, nlh);
	return 0;
}

/* What has no socket: it has no inode, no cookie, and nobody's uid. */
static int toy_diag_fill_pair(const struct toy_diag_ask *ask,
			      struct toy_diag_msg *msg,
			      const struct toy_pair_view *view)
{
	struct toy_diag_queues wire = { .wqueue = view->unacked };
	int err;

	*msg = (struct toy_diag_msg){
		.tdiag_family		= toy_family,
		.tdiag_type		= view->type,
		.tdiag_state		= view->state,
		.tdiag_shutdown		= view->state == TCP_SYN_RECV ?
					  0 : SHUTDOWN_MASK,
		.tdiag_local_node	= view->local.node,
		.tdiag_remote_node	= view->remote.node,
		.tdiag_local_port	= view->local.port,
		.tdiag_remote_port	= view->remote.port,
	};
	err = nla_put_u32(ask->skb, TOY_DIAG_ID, 0) ?:
	      nla_put_u32(ask->skb, TOY_DIAG_UID,
			  from_kuid_munged(ask->user_ns, GLOBAL_ROOT_UID)) ?:
	      nla_put_u32(ask->skb, TOY_DIAG_DROPS, 0);
	if (!err && ask->show & TOY_DIAG_SHOW_QUEUES)
		err = nla_put(ask->skb, TOY_DIAG_QUEUES, sizeof(wire), &wire);
	if (!err && ask->show & TOY_DIAG_SHOW_TIMER)
		err = toy_diag_put_timer(ask->skb, &view->timer);
	if (!err && ask->show & TOY_DIAG_SHOW_INFO)
		err = nla_put_string(ask->skb, TOY_DIAG_BACKEND,
				     toy_ethernet.name);
	return err;
}

static int toy_diag_put_pair(const struct toy_diag_ask *ask,
			     const struct toy_pair_view *view)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(ask->skb, ask->portid, ask->seq, SOCK_DIAG_BY_FAMILY,
			sizeof(struct toy_diag_msg), ask->flags);
	if (!nlh)
		return -EMSGSIZE;
	if (toy_diag_fill_pair(ask, nlmsg_data(nlh), view)) {
		nlmsg_cancel(ask->skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(ask->skb, nlh);
	return 0;
}

/* ---- all of them ---- */

static bool toy_diag_wanted(const struct toy_diag_req *req, int type, int state)
{
	if (req->sdiag_type && req->sdiag_type != type)
		return false;
	return !req->tdiag_states || req->tdiag_states & (1U << state);
}

/* What has no socket any more, or not yet. */
static void toy_diag_dump_pairs(const struct toy_diag_ask *ask,
				const struct toy_diag_req *req,
				unsigned long *pos)
{
	unsigned long next = *pos;
	struct toy_pair_view view;

	while (toy_pair_next(ask->net, &next, &view)) {
		if (toy_diag_wanted(req, view.type, view.state) &&
		    toy_diag_put_pair(ask, &view))
			return;
		*pos = next;
		cond_resched();
	}
	*pos = next;
}

/*
 * Goes on where the last message was full: args[0] is the next number, args[1]:
 * there are no more, args[2]: the next of what has no socket.
 */
static int toy_diag_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct toy_diag_req *req = nlmsg_data(cb->nlh);
	struct toy_diag_ask ask = {
		.skb		= skb,
		.net		= sock_net(skb->sk),
		.user_ns	= sk_user_ns(NETLINK_CB(cb->skb).sk),
		.portid		= NETLINK_CB(cb->skb).portid,
		.seq		= cb->nlh->nlmsg_seq,
		.flags		= NLM_F_MULTI,
		.show		= req->tdiag_show,
	};
	unsigned long id = cb->args[0];
	struct sock *sk;
	int err = 0;

	while (!cb->args[1] && (sk = toy_registry_next(ask.net, &id))) {
		if (toy_diag_wanted(req, sk->sk_type, READ_ONCE(sk->sk_state)))
			err = toy_diag_put(&ask, sk);
		sock_put(sk);
		if (err)
			break;
		id++;
		cond_resched();
	}
	cb->args[0] = id;
	if (!err) {
		cb->args[1] = 1;
		toy_diag_dump_pairs(&ask, req, (unsigned long *)&cb->args[2]);
	}
	return skb->len;
}

/* ---- one of them ---- */

static bool toy_diag_is(const struct toy_diag_req *req, struct sock *sk)
{
	if (req->sdiag_type && req->sdiag_type != sk->sk_type)
		return false;
	if (req->tdiag_ino && req->tdiag_ino != (u32)sock_i_ino(sk))
		return false;
	return !sock_diag_check_cookie(sk, req->tdiag_cookie);
}

static bool toy_diag_names_one(const struct toy_diag_req *req)
{
	return req->tdiag_ino ||
	       req->tdiag_cookie[0] != INET_DIAG_NOCOOKIE ||
	       req->tdiag_cookie[1] != INET_DIAG_NOCOOKIE;
}

/* The socket that a request names, with a reference. */
static struct sock *toy_diag_find(struct net *net,
				  const struct toy_diag_req *req)
{
	unsigned long id = 0;
	struct sock *sk;

	if (!toy_diag_names_one(req))
		return ERR_PTR(-EINVAL);
	for (; (sk = toy_registry_next(net, &id)); id++) {
		if (toy_diag_is(req, sk))
			return sk;
		sock_put(sk);
		cond_resched();
	}
	return ERR_PTR(-ENOENT);
}

/* More than a message takes: what there is of a fixed size, and a text. */
#define TOY_DIAG_ROOM	(NLMSG_DEFAULT_SIZE)

static int toy_diag_one(struct sk_buff *in, const struct nlmsghdr *nlh)
{
	const struct toy_diag_req *req = nlmsg_data(nlh);
	struct toy_diag_ask ask = {
		.net		= sock_net(in->sk),
		.user_ns	= sk_user_ns(NETLINK_CB(in).sk),
		.portid		= NETLINK_CB(in).portid,
		.seq		= nlh->nlmsg_seq,
		.show		= req->tdiag_show,
	};
	struct sock *sk;
	int err;

	sk = toy_diag_find(ask.net, req);
	if (IS_ERR(sk))
		return PTR_ERR(sk);
	ask.skb = nlmsg_new(TOY_DIAG_ROOM, GFP_KERNEL);
	if (!ask.skb) {
		err = -ENOMEM;
		goto put;
	}
	err = toy_diag_put(&ask, sk);
	if (err)
		kfree_skb(ask.skb);
	else
		err = nlmsg_unicast(ask.net->diag_nlsk, ask.skb, ask.portid);
put:
	sock_put(sk);
	return err;
}

/* ---- requests ---- */

/* Strict: what has no meaning today may have one tomorrow. */
static int toy_diag_check(const struct nlmsghdr *nlh)
{
	const struct toy_diag_req *req = nlmsg_data(nlh);

	if (nlmsg_len(nlh) != sizeof(*req))
		return -EINVAL;
	if (req->pad || req->tdiag_show & ~TOY_DIAG_SHOW_ALL)
		return -EINVAL;
	return 0;
}

static int toy_diag_request(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	struct netlink_dump_control control = {
		.dump	= toy_diag_dump,
		.module	= THIS_MODULE,
	};
	struct net *net = sock_net(skb->sk);
	int err;

	err = toy_diag_check(nlh);
	if (err)
		return err;
	if (nlh->nlmsg_flags & NLM_F_DUMP)
		return netlink_dump_start(net->diag_nlsk, skb, nlh, &control);
	return toy_diag_one(skb, nlh);
}

static int toy_diag_destroy(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	struct sock *sk;
	int err;

	err = toy_diag_check(nlh);
	if (err)
		return err;
	/* Before it is said whether there is such a socket. */
	if (!netlink_net_capable(skb, CAP_NET_ADMIN))
		return -EPERM;
	sk = toy_diag_find(sock_net(skb->sk), nlmsg_data(nlh));
	if (IS_ERR(sk))
		return PTR_ERR(sk);
	err = sock_diag_destroy(sk, ECONNABORTED);
	sock_put(sk);
	return err;
}

static struct sock_diag_handler toy_diag_handler __ro_after_init = {
	.dump		= toy_diag_request,
	.destroy	= toy_diag_destroy,
};

/**
 * toy_diag_register() - answer requests for the family
 *
 * Return: 0; -EBUSY: somebody else does.
 */
int __init toy_diag_register(void)
{
	toy_diag_handler.family = toy_family;
	return sock_diag_register(&toy_diag_handler);
}

/**
 * toy_diag_unregister() - and no longer; waits for those under way
 */
void toy_diag_unregister(void)
{
	sock_diag_unregister(&toy_diag_handler);
}

MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, AF_TOY);
