// SPDX-License-Identifier: GPL-2.0-only
/* sock_i_uid() is there (up to 6.16; sk_uid() took its place). */
#include <net/sock.h>

kuid_t probe(struct sock *sk);
kuid_t probe(struct sock *sk)
{
	return sock_i_uid(sk);
}
