/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Ethernet backend: links, neighbours, frames.
 *
 * Documentation/protocol says what goes over the wire; the steps quoted in
 * brackets are its. Documentation/architecture/ether.md says who holds what.
 */
#ifndef _TOY_BACKEND_ETHER_H
#define _TOY_BACKEND_ETHER_H

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/ratelimit.h>

#include "../core/sock.h"
#include "../proto/header.h"

struct msghdr;
struct toy_creds;

extern int toy_ethertype;

/* [bounds] */
#define TOY_NEIGH_MAX		1024
#define TOY_NEIGH_HASH_BITS	8
#define TOY_NEIGH_WAITING	16
#define TOY_NEIGH_ASKERS	64
#define TOY_NEIGH_ASKED		64
#define TOY_LINKS_MAX		64
#define TOY_PAIRS_HASH		1024
/* More than a bucket has, most likely: those behind are not shown. */
#define TOY_PAIRS_WALK		1024
/* The smallest MTU of a link [V2]. */
#define TOY_LINK_MTU_MIN	256

#define TOY_CALLS_HASH		128

/* States of a neighbour, in the order of how much is known of it. */
enum toy_neigh_state {
	TOY_NEIGH_FAILED,
	TOY_NEIGH_INCOMPLETE,
	/* From here on its address is known. */
	TOY_NEIGH_STALE,
	TOY_NEIGH_DELAY,
	TOY_NEIGH_PROBE,
	TOY_NEIGH_REACHABLE,
};

/**
 * struct toy_link - a device that carries frames of a namespace
 * @node:	in toy_ether.links; changed under RTNL, read under RCU
 * @dev:	the device, held; NULL once the link is detached. Read under RCU:
 *		who has it may use it until the read side ends.
 * @tracker:	of that reference
 * @ifindex:	number of the device
 * @ether:	its namespace
 * @pt:		registration for the EtherType
 * @ref:	the list, neighbours, connections
 * @rcu:	freed after a grace period
 * @ask:	bounds WHO_HAS
 * @answer:	bounds I_AM
 * @defend:	bounds I_AM to who has our node id
 * @refuse:	bounds REFUSED
 * @reset:	bounds RST for what no connection is there for
 * @rx:		frames that were for this node
 * @tx:		frames sent
 * @drops:	frames dropped, whatever the reason
 * @duplicates:	frames of somebody who has our node id
 * @duplicate:	his address, as ether_addr_to_u64() has it: written by several cpus
 * @up:		it took frames when we last looked; under RTNL
 * @announced:	jiffies of the last question for our own id [N6]; under RTNL
 * @announced_id: which id that was
 */
struct toy_link {
	struct list_head	node;
	struct net_device __rcu	*dev;
	netdevice_tracker	tracker;
	int			ifindex;
	struct toy_ether	*ether;
	struct packet_type	pt;
	refcount_t		ref;
	struct rcu_head		rcu;
	struct ratelimit_state	ask;
	struct ratelimit_state	answer;
	struct ratelimit_state	defend;
	struct ratelimit_state	refuse;
	struct ratelimit_state	reset;
	atomic_long_t		rx;
	atomic_long_t		tx;
	atomic_long_t		drops;
	atomic_t		duplicates;
	u64			duplicate;
	bool			up;
	unsigned long		announced;
	u32			announced_id;
};

/**
 * struct toy_neigh - where a node is
 * @hash:	in toy_ether.neigh, under @lock of that; read under RCU
 * @rcu:	freed after a grace period
 * @ref:	the table, the timer, who looks at it
 * @ether:	its namespace
 * @id:		the node
 * @ifindex:	the device that was asked for (SO_BINDTODEVICE); 0: any
 * @lock:	protects what follows; taken with BH off, inside the table's
 * @timer:	the next step of its state; holds a reference while it runs
 * @link:	over which it is reached; NULL in INCOMPLETE and FAILED
 * @mac:	its address
 * @state:	enum toy_neigh_state
 * @asked:	questions without an answer
 * @asker:	while INCOMPLETE: whose question it is, an index of
 *		toy_ether.asking plus 1; else 0
 * @dead:	out of the table: no timer, nothing may wait with it
 * @used:	jiffies of the last use
 * @answered:	jiffies of the last answer
 * @waiting:	frames for it, without their Ethernet header
 */
struct toy_neigh {
	struct hlist_node	hash;
	struct rcu_head		rcu;
	refcount_t		ref;
	struct toy_ether	*ether;
	u32			id;
	int			ifindex;

	spinlock_t		lock; /* what follows */
	struct timer_list	timer;
	struct toy_link		*link;
	u8			mac[ETH_ALEN];
	u8			state;
	u8			asked;
	u8			asker;
	bool			dead;
	unsigned long		used;
	unsigned long		answered;
	struct sk_buff_head	waiting;
};

/**
 * struct toy_call_slot - half-open calls of a port, and of some others
 * @calls:	the oldest first
 * @nr:		how many
 */
struct toy_call_slot {
	struct list_head	calls;
	unsigned int		nr;
};

/**
 * struct toy_ether - the backend in one network namespace
 * @net:	the namespace
 * @links:	attached devices, struct toy_link; changed under RTNL, read under
 *		RCU
 * @nr_links:	how many, under RTNL
 * @used:	there was one, some time
 * @lock:	protects the table of neighbours; taken with BH off
 * @nr_neigh:	entries in it
 * @neigh:	the table, read under RCU
 * @asking:	nodes that are being asked for, by the user who wants them;
 *		some users share a count
 * @logged:	jiffies of the last line in the log about node ids
 * @raw_lock:	protects @raw; in process context alone
 * @raw:	raw sockets, which hear every frame; read under RCU
 * @pair_lock:	protects the table of pairs and what follows; taken with BH off
 * @secret:	makes the table's order hard to foresee
 * @pairs:	connections, TIME_WAIT, half-open calls, by their two addresses;
 *		read under RCU
 * @waiting:	those in TIME_WAIT, the oldest first
 * @nr_waiting:	how many
 * @nr_calls:	half-open calls
 * @calls:	the same by port, several of which share a slot
 * @nr_pairs:	all pairs that are not freed
 * @sysctl:	registration of net.toy.links
 * @table:	its table
 */
struct toy_ether {
	struct net		*net;
	struct list_head	links;
	unsigned int		nr_links;
	bool			used;

	spinlock_t		lock; /* neighbours */
	unsigned int		nr_neigh;
	struct hlist_head	neigh[1 << TOY_NEIGH_HASH_BITS];
	atomic_t		asking[TOY_NEIGH_ASKERS];
	unsigned long		logged;

	spinlock_t		raw_lock; /* raw */
	struct hlist_head	raw;

	spinlock_t		pair_lock; /* pairs, and what follows */
	u32			secret;
	struct hlist_head	pairs[TOY_PAIRS_HASH];
	struct list_head	waiting;
	unsigned int		nr_waiting;
	unsigned int		nr_calls;
	struct toy_call_slot	calls[TOY_CALLS_HASH];
	atomic_t		nr_pairs;

	struct ctl_table_header	*sysctl;
	struct ctl_table	*table;
};

/* ether_net.c */
struct toy_ether *toy_ether(const struct net *net);
bool toy_ether_may_log(struct toy_ether *ether);

/* link.c */
int toy_link_attach(struct toy_ether *ether, struct net_device *dev);
void toy_link_detach(struct toy_link *link);
struct toy_link *toy_link_of(struct toy_ether *ether,
			     const struct net_device *dev);
struct toy_link *toy_link_get(struct toy_ether *ether, int ifindex);
bool toy_link_is_own(const struct toy_ether *ether, const u8 *mac);
void toy_links_renamed(struct net *net);
unsigned int toy_link_payload(struct toy_ether *ether, int ifindex);
int toy_link_register(void);
void toy_link_unregister(void);

static inline struct toy_link *toy_link_hold(struct toy_link *link)
{
	refcount_inc(&link->ref);
	return link;
}

static inline void toy_link_put(struct toy_link *link)
{
	if (link && refcount_dec_and_test(&link->ref))
		kfree_rcu(link, rcu);
}

/* Whether a link is a device's own loop: node 1 and our own id are legal there. */
static inline bool toy_link_loops(const struct net_device *dev)
{
	return dev->flags & IFF_LOOPBACK;
}

/* Whether a device is like Ethernet. */
static inline bool toy_link_fits(const struct net_device *dev)
{
	return (dev->type == ARPHRD_ETHER || dev->type == ARPHRD_LOOPBACK) &&
	       dev->addr_len == ETH_ALEN;
}

/* Whether a device takes frames now; one of tiny frames does not [V2]. */
static inline bool toy_link_is_up(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev) &&
	       READ_ONCE(dev->mtu) >= TOY_LINK_MTU_MIN;
}

/* link_sysctl.c */
int toy_link_sysctl_add(struct toy_ether *ether);
void toy_link_sysctl_del(struct toy_ether *ether);

/* neigh.c */
void toy_neigh_init(struct toy_ether *ether);
void toy_neigh_exit(struct toy_ether *ether);
int toy_neigh_send(struct toy_ether *ether, u32 node, int ifindex,
		   struct sk_buff *skb);
void toy_neigh_answered(struct toy_link *link, u32 node, const u8 *mac);
void toy_neigh_asked(struct toy_link *link, u32 node, const u8 *mac);
void toy_neigh_forget(struct toy_ether *ether, const struct toy_link *link);

/* gso.c: the largest payload of a segment that is cut on its way */
#define TOY_GSO_MAX	(SZ_64K - 1 - ETH_HLEN - TOY_HEADER_MAX)

void toy_frame_cut(struct sk_buff *skb, unsigned int hlen, u16 size);
void toy_gso_register(void);
void toy_gso_unregister(void);

/* frame.c */
struct sk_buff *toy_frame_alloc(const struct net_device *dev,
				struct toy_frame *frame);
void toy_frame_seal(struct sk_buff *skb);
void toy_frame_push(struct sk_buff *skb, struct toy_frame *frame);
int toy_frame_send(struct toy_link *link, struct sk_buff *skb, const u8 *mac);
void toy_frame_say(struct toy_link *link, u8 type, const struct toy_addr *from,
		   const struct toy_addr *to, const u8 *mac);
void toy_frame_drop(struct toy_link *link, struct sk_buff *skb,
		    enum toy_drop reason);

/* ether_rx.c */
int toy_ether_receive(struct sk_buff *skb, struct net_device *dev,
		      struct packet_type *pt, struct net_device *orig_dev);

/* raw.c */
void toy_raw_hear(struct toy_link *link, struct sk_buff *skb);

/* ether_dgram.c */
void toy_ether_sign(struct sk_buff *skb, struct toy_addr from);
struct sk_buff *toy_ether_fill(struct sock *sk, struct msghdr *msg, size_t len,
			       int *err);
int toy_ether_broadcast(struct toy_ether *ether, int ifindex,
			struct sk_buff *skb);
void toy_ether_datagram(struct toy_link *link, struct sk_buff *skb,
			const struct toy_frame *frame);
void toy_ether_refused(struct toy_link *link, struct sk_buff *skb,
		       const struct toy_frame *frame);
ssize_t toy_ether_send_message(struct sock *sk, const struct toy_addr *to,
			       struct msghdr *msg, size_t len,
			       const struct toy_creds *creds);

#endif /* _TOY_BACKEND_ETHER_H */
