// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag(7): requests that are none are refused, and rubbish breaks nothing.
 */
#include <time.h>

#include "toy_netlink.h"
#include "toy_test.h"
#include "toyfs.h"

/* Longer than any request. */
#define LENGTH_MAX	64

FIXTURE(inspect_strict)
{
	int nl;
	int sock;
	struct toy_diag_req req;	/* a good one for @sock */
};

FIXTURE_VARIANT(inspect_strict)
{
	int type;
	int flags;
};

FIXTURE_VARIANT_ADD(inspect_strict, one)
{
	.type = SOCK_DIAG_BY_FAMILY,
};

FIXTURE_VARIANT_ADD(inspect_strict, dump)
{
	.type = SOCK_DIAG_BY_FAMILY,
	.flags = NLM_F_DUMP,
};

FIXTURE_VARIANT_ADD(inspect_strict, destroy)
{
	.type = SOCK_DESTROY,
	.flags = NLM_F_ACK,
};

FIXTURE_SETUP(inspect_strict)
{
	toy_guard(60);
	/* Where nobody else has a socket. */
	ASSERT_OK(toyfs_sandbox(NULL));
	self->nl = toy_nl_open();
	self->sock = toy_socket(TOY_DGRAM, 0);
	ASSERT_OK(self->nl);
	ASSERT_OK(self->sock);
	self->req = toy_nl_req_of(self->sock, TOY_DIAG_SHOW_ALL);
}

FIXTURE_TEARDOWN(inspect_strict)
{
}

#define ask(body, len)							\
	toy_nl_ask(self->nl, variant->type, variant->flags, body, len,	\
		   NULL, NULL)

TEST_F(inspect_strict, request__of_every_length)
{
	char body[LENGTH_MAX] = "";
	size_t len;

	memcpy(body, &self->req, sizeof(self->req));
	for (len = 0; len <= LENGTH_MAX; len++) {
		if (len == sizeof(self->req))
			EXPECT_OK(ask(body, len));
		else
			EXPECT_ERR(EINVAL, ask(body, len)) {
				TH_LOG("length %zu", len);
			}
	}
}

TEST_F(inspect_strict, request__with_a_pad)
{
	int bit;

	for (bit = 0; bit < 16; bit++) {
		self->req.pad = 1U << bit;
		EXPECT_ERR(EINVAL, ask(&self->req, sizeof(self->req)));
	}
	self->req.pad = 0;
	EXPECT_OK(ask(&self->req, sizeof(self->req)));
}

TEST_F(inspect_strict, request__to_show_what_is_not_known)
{
	__u32 bit;

	for (bit = 1; bit; bit <<= 1) {
		self->req.tdiag_show = bit;
		if (bit & TOY_DIAG_SHOW_ALL)
			EXPECT_OK(ask(&self->req, sizeof(self->req)));
		else
			EXPECT_ERR(EINVAL, ask(&self->req,
					       sizeof(self->req)));
	}
}

TEST_F(inspect_strict, request__with_attributes)
{
	struct {
		struct toy_diag_req req;
		struct nlattr attr;
		__u32 value;
	} body = { .attr = { .nla_len = 8, .nla_type = 1 } };

	body.req = self->req;
	EXPECT_ERR(EINVAL, ask(&body, sizeof(body)));
	body.attr.nla_len = 4;
	EXPECT_ERR(EINVAL, ask(&body, sizeof(body) - sizeof(body.value)));
}

/* Every type, with and without flags, of every length, and a few in a row. */
TEST_F(inspect_strict, request__with_every_attribute)
{
	static const int types[] = { 0, NLA_F_NESTED, NLA_F_NET_BYTEORDER };
	struct {
		struct toy_diag_req req;
		unsigned char attrs[256];
	} body = { .req = self->req };
	struct nlattr attr;
	unsigned int type, len, room, i;

	for (type = 0; type < 80; type++) {
		for (len = 0; len < 40; len++) {
			attr.nla_type = type | types[(type + len) % 3];
			attr.nla_len = len;
			room = NLA_ALIGN(len < NLA_HDRLEN ? NLA_HDRLEN : len);
			for (i = 0; i <= len % 3; i++)
				memcpy(body.attrs + i * room, &attr,
				       sizeof(attr));
			ASSERT_ERR(EINVAL, ask(&body, sizeof(body.req) +
					       i * room)) {
				TH_LOG("type %u, length %u", type, len);
			}
		}
	}
	EXPECT_OK(ask(&self->req, sizeof(self->req)));
}

TEST_F(inspect_strict, request__of_great_length)
{
	static const size_t lengths[] = { 128, 1000, 4096, 65536, 150000 };
	char *body = calloc(1, 150000);
	int one = 1;
	size_t i;

	ASSERT_NE(NULL, body);
	/* The answer does not bring all of it back. */
	ASSERT_OK(setsockopt(self->nl, SOL_NETLINK, NETLINK_CAP_ACK, &one,
			     sizeof(one)));
	memcpy(body, &self->req, sizeof(self->req));
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		EXPECT_ERR(EINVAL, ask(body, lengths[i]));
}

TEST_F(inspect_strict, request__for_none)
{
	self->req = toy_nl_req(0);
	if (variant->flags & NLM_F_DUMP)
		EXPECT_OK(ask(&self->req, sizeof(self->req)));
	else
		EXPECT_ERR(EINVAL, ask(&self->req, sizeof(self->req)));
}

/* No ABI of today: an option of the netlink socket cannot make them pass. */
TEST_F(inspect_strict, request__of_a_strict_socket)
{
	int one = 1;

	ASSERT_OK(setsockopt(self->nl, SOL_NETLINK, NETLINK_GET_STRICT_CHK,
			     &one, sizeof(one)));
	EXPECT_ERR(EINVAL, ask(&self->req, sizeof(self->req) + 4));
	EXPECT_OK(ask(&self->req, sizeof(self->req)));
}

/* ----------------------------------------------------------------- rubbish */

#define RANDOM_REQUESTS	10000
#define SCENE		8

static void check(const struct toy_seen *seen, void *arg)
{
	*(bool *)arg |= seen->odd || seen->twice ||
			seen->msg.tdiag_family != toy_family();
}

static void scene_make(int *fd)
{
	struct toy_name name;
	int i;

	for (i = 0; i < SCENE; i++)
		toy_close(&fd[i]);
	toy_pair(TOY_STREAM, fd);
	toy_socketpair(TOY_SEQPACKET, fd + 2);
	toy_pair(TOY_DGRAM, fd + 4);
	fd[6] = toy_listener(TOY_STREAM, &name, 1);
	fd[7] = toy_connected(TOY_STREAM, &name);
}

/* A request that looks right here and there. Returns its length. */
static size_t rubbish(unsigned char *body, const int *fd)
{
	struct toy_diag_req req = toy_nl_req(rand() & TOY_DIAG_SHOW_ALL);
	size_t i, n;

	if (rand() % 2)
		req = toy_nl_req_of(fd[rand() % SCENE],
				    rand() & TOY_DIAG_SHOW_ALL);
	if (rand() % 4 == 0)
		req.sdiag_type = rand();
	if (rand() % 4 == 0)
		req.tdiag_states = rand();
	for (i = 0; i < LENGTH_MAX; i++)
		body[i] = rand();
	memcpy(body, &req, sizeof(req));
	/* Not the family, which would be another one's rubbish. */
	for (n = rand() % 3 ? 0 : rand() % 8; n; n--)
		body[1 + rand() % (sizeof(req) - 1)] = rand();
	n = 1 + rand() % LENGTH_MAX;
	return rand() % 4 ? sizeof(req) : n;
}

TEST(rubbish__is_answered)
{
	static const int flags[] = {
		0, NLM_F_ACK, NLM_F_ECHO, NLM_F_ROOT, NLM_F_MATCH, NLM_F_DUMP,
		NLM_F_DUMP | NLM_F_ACK, NLM_F_ATOMIC, NLM_F_MULTI,
	};
	unsigned int seed = time(NULL) ^ getpid(), i, ok = 0;
	unsigned char body[LENGTH_MAX];
	struct toy_diag_req req = toy_nl_req(TOY_DIAG_SHOW_ALL);
	int fd[SCENE], nl, type, how;
	bool bad = false;
	size_t len;

	toy_guard(60);
	TH_LOG("seed %u", seed);
	srand(seed);
	memset(fd, 0xff, sizeof(fd));
	ASSERT_OK(toyfs_sandbox(NULL));
	nl = toy_nl_open();
	for (i = 0; i < RANDOM_REQUESTS; i++) {
		if (i % 256 == 0)
			scene_make(fd);
		len = rubbish(body, fd);
		how = flags[rand() % ARRAY_SIZE(flags)];
		type = rand() % 4 ? SOCK_DIAG_BY_FAMILY : SOCK_DESTROY;
		/* Else it has no answer where it succeeds. */
		if (type == SOCK_DESTROY)
			how |= NLM_F_ACK;
		if (toy_nl_ask(nl, type, how, body, len, check, &bad) >= 0)
			ok++;
		else
			ASSERT_TRUE(errno == EINVAL || errno == ENOENT) {
				TH_LOG("%d %x: %m", type, how);
			}
	}
	EXPECT_FALSE(bad);
	EXPECT_LT(RANDOM_REQUESTS / 10, ok);
	scene_make(fd);
	EXPECT_LE(SCENE, toy_nl_dump(nl, &req, check, &bad));
	EXPECT_FALSE(bad);
}

TOY_TEST_MAIN
