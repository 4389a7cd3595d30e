// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/fdinfo/N of a socket.
 */
#include <linux/seq_file.h>

#include "../core/info.h"
#include "../core/state.h"
#include "ops.h"

static void toy_fdinfo_address(struct seq_file *m, const char *what,
			       struct toy_addr addr)
{
	char text[TOY_ADDR_TEXT];

	toy_addr_format(text, sizeof(text), addr.node, addr.port);
	seq_printf(m, "%s:\t%s\n", what, text);
}

/**
 * toy_show_fdinfo() - what fdinfo says of a socket, beside what it says of any
 * @m:		where to
 * @sock:	socket
 */
void toy_show_fdinfo(struct seq_file *m, struct socket *sock)
{
	struct toy_queues queues;
	struct sock *sk = sock->sk;

	if (!sk)
		return;
	toy_info_queues(sk, &queues);
	seq_printf(m, "toy-type:\t%s\ntoy-id:\t%u\n",
		   toy_type_name(sk->sk_type), READ_ONCE(toy_sk(sk)->id));
	toy_fdinfo_address(m, "toy-local", toy_addr_read(&toy_sk(sk)->local));
	toy_fdinfo_address(m, "toy-remote", toy_addr_read(&toy_sk(sk)->remote));
	seq_printf(m, "toy-state:\t%s\ntoy-rq:\t%u\ntoy-sq:\t%u\n",
		   toy_state_name(READ_ONCE(sk->sk_state)), queues.rx,
		   queues.tx);
}
