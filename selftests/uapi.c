// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI: a program that was built against the first toy.h goes on working.
 * What is asserted here may be added to, never changed.
 */
#include <linux/toy.h>		/* first: it has to stand alone */

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>

#include "toy_test.h"

static_assert(AF_TOY == 18, "family");
static_assert(PF_TOY == AF_TOY, "protocol family");
static_assert(SOL_TOY == 300, "option level");

static_assert(TOY_NODE_ANY == 0, "any node");
static_assert(TOY_NODE_LOOPBACK == 1, "loopback");
static_assert(TOY_NODE_BROADCAST == 0xffffffff, "broadcast");
static_assert(TOY_PORT_ANY == 0, "any port");
static_assert(TOY_PORT_PRIVILEGED == 1024, "privileged ports");

static_assert(sizeof(struct sockaddr_toy) == 8, "address");
static_assert(alignof(struct sockaddr_toy) == 4, "address alignment");
static_assert(offsetof(struct sockaddr_toy, stoy_family) == 0, "stoy_family");
static_assert(offsetof(struct sockaddr_toy, stoy_port) == 2, "stoy_port");
static_assert(offsetof(struct sockaddr_toy, stoy_node) == 4, "stoy_node");
static_assert(sizeof(((struct sockaddr_toy *)0)->stoy_family) == 2, "family");
static_assert(sizeof(((struct sockaddr_toy *)0)->stoy_port) == 2, "port");
static_assert(sizeof(((struct sockaddr_toy *)0)->stoy_node) == 4, "node");

static_assert(TOY_NODELAY == 1, "option");
static_assert(TOY_KEEPIDLE == 2, "option");
static_assert(TOY_KEEPINTVL == 3, "option");
static_assert(TOY_KEEPCNT == 4, "option");
static_assert(TOY_USER_TIMEOUT == 5, "option");
static_assert(TOY_REUSEPORT == 6, "option");
static_assert(TOY_PASSCRED == 7, "option");
static_assert(TOY_FSMODE == 8, "option");
static_assert(TOY_LAST_ERROR == 9, "option");
static_assert(TOY_INFO == 10, "option");
static_assert(TOY_MAXSEG == 11, "option");

/* The address is in host byte order: what bind(2) took comes back as it was. */
TEST(sockaddr_toy__bytes_are_in_host_order)
{
	const __u16 family = toy_family(), port = 0x1234;
	const __u32 node = TOY_NODE_LOOPBACK;
	unsigned char sent[8], seen[8] = { 0 };
	socklen_t len = sizeof(seen);
	int fd;

	memcpy(sent, &family, 2);
	memcpy(sent + 2, &port, 2);
	memcpy(sent + 4, &node, 4);
	fd = toy_socket(TOY_DGRAM, 0);
	ASSERT_OK(fd);
	ASSERT_OK(bind(fd, (struct sockaddr *)sent, sizeof(sent)));
	ASSERT_OK(getsockname(fd, (struct sockaddr *)seen, &len));
	EXPECT_EQ(8, len);
	EXPECT_EQ(0, memcmp(sent, seen, sizeof(seen)));
	EXPECT_OK(close(fd));
}

/* The module's parameter tells programs which number they need. */
TEST(af_toy__is_the_parameter_of_the_module)
{
	int fd;

	ASSERT_OK(access("/sys/module/toy/parameters/family", R_OK));
	fd = toy_socket(TOY_STREAM, 0);
	ASSERT_OK(fd);
	EXPECT_EQ(toy_family(), toy_opt_get(fd, SOL_SOCKET, SO_DOMAIN));
	EXPECT_OK(close(fd));
}

TOY_TEST_MAIN
