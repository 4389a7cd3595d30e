// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a test leaves behind: sockets, numbers, ports, links, neighbours, pairs.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/rtnetlink.h>

#include "../backend/ether.h"
#include "../core/port.h"
#include "../core/registry.h"
#include "fake.h"

/* Grace periods, timers and softirqs may hold a thing for a while: 10 s. */
#define TOY_LEFT_TRIES	500

/**
 * struct toy_left - how much there is of everything that comes and goes
 * @sockets:	of the family, all that hold memory
 * @numbers:	of sockets that can be found
 * @ports:	that have an owner
 * @links:	attached devices
 * @neighbours:	entries in the table
 * @pairs:	connections, half-open calls, TIME_WAIT
 * @readers:	of events
 */
struct toy_left {
	long	sockets;
	long	numbers;
	long	ports;
	long	links;
	long	neighbours;
	long	pairs;
	long	readers;
};

static struct toy_left toy_left_before;

static long toy_left_numbers(struct net *net)
{
	unsigned long id = 0;
	struct sock *sk;
	long n = 0;

	for (; (sk = toy_registry_next(net, &id)); id++) {
		sock_put(sk);
		n++;
	}
	return n;
}

static long toy_left_ports(const struct toy_net *tn)
{
	const struct toy_port_table *table;
	long n = 0;
	int i;

	for (i = 0; i < TOY_SPACE_MAX; i++) {
		table = rcu_access_pointer(tn->ports[i]);
		if (table)
			n += bitmap_weight(table->used, U16_MAX + 1);
	}
	return n;
}

static void toy_left_look(struct toy_left *left)
{
	struct toy_ether *ether = toy_ether(&init_net);
	struct toy_net *tn = toy_net(&init_net);

	*left = (struct toy_left){
		.sockets	= sock_prot_inuse_get(&init_net, &toy_proto),
		.numbers	= toy_left_numbers(&init_net),
		.ports		= toy_left_ports(tn),
		.links		= READ_ONCE(ether->nr_links),
		.neighbours	= READ_ONCE(ether->nr_neigh),
		.pairs		= atomic_read(&ether->nr_pairs),
		.readers	= READ_ONCE(tn->nr_event_readers),
	};
}

/**
 * toy_test_begin() - what every test begins with
 * @test:	test
 *
 * Return: 0.
 */
int toy_test_begin(struct kunit *test)
{
	toy_fake_begin();
	toy_left_look(&toy_left_before);
	return 0;
}

/**
 * toy_test_end() - the fakes of a test go, and all that it made has to be gone
 * @_metadata:	test
 */
void toy_test_end(struct kunit *_metadata)
{
	const struct toy_left *before = &toy_left_before;
	struct toy_left now;
	int tries;

	toy_fake_end();
	for (tries = 0; tries < TOY_LEFT_TRIES; tries++) {
		toy_left_look(&now);
		if (!memcmp(&now, before, sizeof(now)))
			return;
		rcu_barrier();
		msleep(20);
	}
	EXPECT_EQ(before->sockets, now.sockets);
	EXPECT_EQ(before->numbers, now.numbers);
	EXPECT_EQ(before->ports, now.ports);
	EXPECT_EQ(before->links, now.links);
	EXPECT_EQ(before->neighbours, now.neighbours);
	EXPECT_EQ(before->pairs, now.pairs);
	EXPECT_EQ(before->readers, now.readers);
}
