// SPDX-License-Identifier: GPL-2.0-only
/* sk_drops_add() takes a number, this one a buffer (6.18). */
#include <net/sock.h>

void probe(struct sock *sk, struct sk_buff *skb);
void probe(struct sock *sk, struct sk_buff *skb)
{
	sk_drops_skbadd(sk, skb);
}
