// SPDX-License-Identifier: GPL-2.0-only
/* SKB_GSO_CB() has a header of its own (6.5). */
#include <net/gso.h>

u16 probe(struct sk_buff *skb);
u16 probe(struct sk_buff *skb)
{
	return SKB_GSO_CB(skb)->csum_start;
}
