// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI: a program that was built against the first toy.h goes on working.
 * Numbers and layouts are asserted in toy_layout.h as this compiles.
 */
#include "toy_layout.h"		/* first: it has to stand alone */

#include "toy_test.h"

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
