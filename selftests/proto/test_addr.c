// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses: as text, and which are the same.
 */
#include "proto_test.h"

#include "../../module/proto/addr.h"

TEST(parse__good)
{
	static const struct {
		const char *text;
		u32 node;
		u16 port;
	} cases[] = {
		{ "2:80", 2, 80 }, { "*:53", 0, 53 }, { "2:*", 2, 0 },
		{ "*:*", 0, 0 }, { "2!80", 2, 80 },
		{ "4294967295:65535", 4294967295U, 65535 }, { "007:008", 7, 8 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 node = 99;
		u16 port = 99;

		EXPECT_EQ(0, toy_addr_parse(cases[i].text, &node, &port));
		EXPECT_EQ(cases[i].node, node);
		EXPECT_EQ(cases[i].port, port);
	}
}

TEST(parse__bad)
{
	static const char *const texts[] = {
		"", ":", "2", "2:", ":80", "2:80 ", " 2:80", "2:65536",
		"4294967296:1", "-1:1", "+1:1", "0x1:1", "2::80", "**:1",
		"2:80:1", "99999999999999999999:1",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		u32 node;
		u16 port;

		EXPECT_EQ(-EINVAL, toy_addr_parse(texts[i], &node, &port)) {
			TH_LOG("'%s'", texts[i]);
		}
	}
}

TEST(format__round_trip)
{
	static const char *const texts[] = {
		"2:80", "*:53", "2:*", "*:*", "4294967295:65535",
	};
	char text[TOY_ADDR_TEXT];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		u32 node;
		u16 port;

		ASSERT_EQ(0, toy_addr_parse(texts[i], &node, &port));
		EXPECT_EQ(strlen(texts[i]),
			  toy_addr_format(text, sizeof(text), node, port));
		EXPECT_STREQ(texts[i], text);
	}
}

TEST(node__here)
{
	EXPECT_TRUE(toy_node_is_here(0, 7));
	EXPECT_TRUE(toy_node_is_here(1, 7));
	EXPECT_TRUE(toy_node_is_here(7, 7));
	EXPECT_FALSE(toy_node_is_here(8, 7));
}

TEST(node__shown_can_be_answered)
{
	EXPECT_EQ(7, toy_node_shown(7, 0));
	EXPECT_EQ(8, toy_node_shown(0, 8));
	EXPECT_EQ(1, toy_node_shown(0, 0));
}

TEST_HARNESS_MAIN
