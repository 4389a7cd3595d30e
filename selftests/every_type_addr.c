// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every type: addresses that are refused, taken, chosen and shown. Making
 * sockets is in every_type_socket.c.
 */
#include <grp.h>
#include <sched.h>

#include "toy_test.h"

FIXTURE(every_type_addr)
{
	struct toy_name name;	/* of server */
	int server;		/* bound, and listening where the kind does */
	int fd;			/* new */
};

FIXTURE_VARIANT(every_type_addr)
{
	struct toy_kind kind;
};

TOY_VARIANTS(every_type_addr, VARIANTS_ALL)

FIXTURE_SETUP(every_type_addr)
{
	toy_guard(20);
	if (toy_kind_is_conn(variant->kind))
		self->server = toy_listener(variant->kind, &self->name, 4);
	else
		self->server = toy_bound(variant->kind, &self->name);
	ASSERT_OK(self->server);
	self->fd = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd);
}

FIXTURE_TEARDOWN(every_type_addr)
{
}

/* ------------------------------------------------------------------ refused */

/* AF_UNIX has addresses of any length. */
TOY_TEST(every_type_addr, short_length__einval, VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name name = toy_name_any(variant->kind);
	const socklen_t full = name.len;

	for (name.len = 0; name.len < full; name.len++)
		EXPECT_ERR(EINVAL, toy_bind(self->fd, &name));
	self->name.len = full - 1;
	EXPECT_ERR(EINVAL, toy_connect(self->fd, &self->name));
	self->name.len = 1;
	EXPECT_ERR(EINVAL, toy_connect(self->fd, &self->name));
	self->name.len = 0;
	EXPECT_ERR(EINVAL, toy_connect(self->fd, &self->name));
	if (!toy_kind_is_conn(variant->kind)) {
		self->name.len = full - 1;
		EXPECT_ERR(EINVAL, toy_sendto(self->fd, "x", 1, 0,
					      &self->name));
	}
	self->name.len = full;
	EXPECT_OK(toy_connect(self->fd, &self->name));
}

/* Programs pass the size of their buffer: longer is good. */
TOY_TEST(every_type_addr, long_length__is_good, VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name name = toy_name_any(variant->kind);

	name.len = sizeof(name.ss);
	EXPECT_OK(toy_bind(self->fd, &name));
	self->name.len = sizeof(self->name.ss);
	EXPECT_OK(toy_connect(self->fd, &self->name));
}

TEST_F(every_type_addr, length__negative_or_beyond_all_einval)
{
	EXPECT_ERR(EINVAL, bind(self->fd, &self->name.sa, -1));
	EXPECT_ERR(EINVAL, connect(self->fd, &self->name.sa, -1));
	EXPECT_ERR(EINVAL, sendto(self->fd, "x", 1, 0, &self->name.sa, -1));
	EXPECT_ERR(EINVAL, bind(self->fd, &self->name.sa,
				sizeof(self->name.ss) + 1));
	EXPECT_ERR(EINVAL, connect(self->fd, &self->name.sa,
				   sizeof(self->name.ss) + 1));
}

/* AF_UNIX says EINVAL. */
TOY_TEST(every_type_addr, wrong_family__eafnosupport,
	 VARIANTS_TOY | VARIANTS_INET)
{
	const int family[] = { AF_UNIX, AF_INET6, AF_PACKET, 4711 };
	struct toy_name name = self->name;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(family); i++) {
		name.sa.sa_family = family[i];
		EXPECT_ERR(EAFNOSUPPORT, toy_bind(self->fd, &name));
		EXPECT_ERR(EAFNOSUPPORT, toy_connect(self->fd, &name));
		if (!toy_kind_is_conn(variant->kind)) {
			EXPECT_ERR(EAFNOSUPPORT,
				   toy_sendto(self->fd, "x", 1, 0, &name));
		}
	}
	EXPECT_OK(toy_connect(self->fd, &self->name));
}

TOY_TEST(every_type_addr, wrong_family__unspec_eafnosupport, VARIANTS_TOY)
{
	struct toy_name name = self->name;

	name.sa.sa_family = AF_UNSPEC;
	EXPECT_ERR(EAFNOSUPPORT, toy_bind(self->fd, &name));
	/* To connect to it is to disconnect, of which there is nothing yet. */
	EXPECT_OK(toy_connect(self->fd, &name));
	if (!toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(EAFNOSUPPORT, toy_sendto(self->fd, "x", 1, 0,
						    &name));
	}
	EXPECT_OK(toy_connect(self->fd, &self->name));
}

TEST_F(every_type_addr, bad_pointer__efault)
{
	struct sockaddr *bad = (struct sockaddr *)toy_page_bad();
	socklen_t len = sizeof(struct sockaddr_storage);

	EXPECT_ERR(EFAULT, bind(self->fd, bad, 16));
	EXPECT_ERR(EFAULT, connect(self->fd, bad, 16));
	EXPECT_ERR(EFAULT, sendto(self->fd, "x", 1, 0, bad, 16));
	EXPECT_ERR(EFAULT, getsockname(self->server, bad, &len));
	EXPECT_ERR(EFAULT, getsockname(self->server, &self->name.sa,
				       (void *)bad));
	ASSERT_OK(toy_connect(self->fd, &self->name));
	EXPECT_ERR(EFAULT, getpeername(self->fd, bad, &len));
	EXPECT_ERR(EFAULT, getpeername(self->fd, &self->name.sa, (void *)bad));
}

/* The call that could not be told is gone, the next one is there. */
TOY_TEST(every_type_addr, bad_pointer__of_accept_efault, VARIANTS_CONN)
{
	struct sockaddr *bad = (struct sockaddr *)toy_page_bad();
	socklen_t len = sizeof(struct sockaddr_storage);
	struct toy_name own = toy_name_new(variant->kind);

	ASSERT_OK(toy_bind(self->fd, &own));
	ASSERT_OK(toy_connect(self->fd, &self->name));
	EXPECT_ERR(EFAULT, accept(self->server, bad, &len));
	ASSERT_OK(toy_connected(variant->kind, &self->name));
	EXPECT_OK(accept(self->server, NULL, NULL));
	ASSERT_OK(toy_nonblock(self->server, true));
	EXPECT_ERR(EAGAIN, accept(self->server, NULL, NULL));
}

TEST_F(every_type_addr, second_bind__einval)
{
	struct toy_name name = toy_name_new(variant->kind);
	struct toy_name other = toy_name_new(variant->kind);
	struct toy_name shown;

	ASSERT_OK(toy_bind(self->fd, &name));
	EXPECT_ERR(EINVAL, toy_bind(self->fd, &other));
	EXPECT_ERR(EINVAL, toy_bind(self->fd, &name));
	ASSERT_OK(toy_name_of(self->fd, &shown));
	EXPECT_TRUE(toy_name_equal(&name, &shown));
	EXPECT_ERR(EINVAL, toy_bind(self->server, &other));
}

/* AF_UNIX does not need a name to connect. */
TOY_TEST(every_type_addr, second_bind__after_autobind_einval,
	 VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name name = toy_name_new(variant->kind);

	ASSERT_OK(toy_connect(self->fd, &self->name));
	EXPECT_ERR(EINVAL, toy_bind(self->fd, &name));
}

/* What the call chose goes with the refusal. */
TOY_TEST(every_type_addr, second_bind__after_a_refused_connect_is_the_first,
	 VARIANTS_CONN)
{
	struct toy_name name = toy_name_new(variant->kind), shown;

	EXPECT_ERR(ECONNREFUSED, toy_connect(self->fd, &name));
	EXPECT_OK(toy_bind(self->fd, &name));
	ASSERT_OK(toy_name_of(self->fd, &shown));
	EXPECT_TRUE(toy_name_equal(&name, &shown));
	EXPECT_OK(toy_connect(self->fd, &self->name));
}

TEST_F(every_type_addr, taken_port__eaddrinuse)
{
	EXPECT_ERR(EADDRINUSE, toy_bind(self->fd, &self->name));
	EXPECT_ERR(EADDRINUSE, toy_bind(self->fd, &self->name));
	EXPECT_OK(close(self->server));
	EXPECT_OK(toy_bind(self->fd, &self->name));
}

/* Any node is every node. */
TOY_TEST(every_type_addr, taken_port__by_any_node_eaddrinuse, VARIANTS_TOY)
{
	const __u16 port = self->name.toy.stoy_port;
	struct toy_name any = toy_name_toy(TOY_NODE_ANY, port);

	EXPECT_ERR(EADDRINUSE, toy_bind(self->fd, &any));
	EXPECT_OK(close(self->server));
	EXPECT_OK(toy_bind(self->fd, &any));
	self->fd = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd);
	EXPECT_ERR(EADDRINUSE, toy_bind(self->fd, &self->name));
	EXPECT_ERR(EADDRINUSE, toy_bind(self->fd, &any));
}

TOY_TEST(every_type_addr, taken_port__of_another_type_is_free, VARIANTS_TOY)
{
	struct toy_kind kind[] = { TOY_STREAM, TOY_SEQPACKET, TOY_DGRAM };
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(kind); i++) {
		if (kind[i].type == variant->kind.type)
			continue;
		fd = toy_socket(kind[i], 0);
		ASSERT_OK(fd);
		EXPECT_OK(toy_bind(fd, &self->name));
	}
}

TOY_TEST(every_type_addr, foreign_node__eaddrnotavail,
	 VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name name = toy_name_any(variant->kind);

	if (toy_kind_is_inet(variant->kind))
		name.in.sin_addr.s_addr = htonl(0xc0000201);
	else
		name.toy.stoy_node = toy_node_own() == 4711 ? 4712 : 4711;
	EXPECT_ERR(EADDRNOTAVAIL, toy_bind(self->fd, &name));
	if (toy_kind_is_toy(variant->kind)) {
		name.toy.stoy_node = TOY_NODE_BROADCAST;
		EXPECT_ERR(EADDRNOTAVAIL, toy_bind(self->fd, &name));
	}
	name = toy_name_any(variant->kind);
	EXPECT_OK(toy_bind(self->fd, &name));
}

static struct toy_name with_port(struct toy_kind kind, int port)
{
	struct toy_name name = toy_name_any(kind);

	if (toy_kind_is_inet(kind)) {
		/* The loopback device of a new namespace is down. */
		name.in.sin_addr.s_addr = htonl(INADDR_ANY);
		name.in.sin_port = htons(port);
	} else {
		name.toy.stoy_port = port;
	}
	return name;
}

TOY_TEST(every_type_addr, low_port__eacces, VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name low = with_port(variant->kind, 1023);
	struct toy_name high = with_port(variant->kind, 1024);
	pid_t pid = fork();

	if (!pid) {
		EXPECT_OK(setgroups(0, NULL));
		EXPECT_OK(setresuid(4711, 4711, 4711));
		EXPECT_ERR(EACCES, toy_bind(self->fd, &low));
		EXPECT_OK(toy_bind(self->fd, &high));
		_exit(!_metadata->passed);
	}
	EXPECT_EQ(0, toy_child_wait(pid));
	self->fd = toy_socket(variant->kind, 0);
	EXPECT_OK(toy_bind(self->fd, &low));
}

/* The right counts in the user namespace that owns the network namespace. */
TOY_TEST(every_type_addr, low_port__of_ones_own_namespace,
	 VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name low = with_port(variant->kind, 1023);

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		SKIP(return, "this kernel has no user namespaces");
	/* Not for a socket of the namespace that we have left ... */
	EXPECT_ERR(EACCES, toy_bind(self->fd, &low));
	/* ... but for one of the new one. */
	self->fd = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd);
	EXPECT_OK(toy_bind(self->fd, &low));
}

/* ------------------------------------------------------------------- chosen */

static int port_of(int fd)
{
	struct toy_name name;

	if (toy_name_of(fd, &name))
		return -1;
	if (name.sa.sa_family == AF_INET)
		return ntohs(name.in.sin_port);
	return name.toy.stoy_port;
}

TOY_TEST(every_type_addr, port_0__chooses_one, VARIANTS_TOY | VARIANTS_INET)
{
	struct toy_name any = toy_name_any(variant->kind);
	int port[100], i, j;

	for (i = 0; i < 100; i++) {
		int fd = toy_socket(variant->kind, 0);

		ASSERT_OK(fd);
		ASSERT_OK(toy_bind(fd, &any));
		port[i] = port_of(fd);
		EXPECT_LE(32768, port[i]);
		EXPECT_GE(60999, port[i]);
		for (j = 0; j < i; j++)
			EXPECT_NE(port[i], port[j]);
	}
}

static int sysctl_set(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -1;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	errno = err;
	return err ? -1 : 0;
}

/* A range of a namespace's own, all of it used up; TCP gives up earlier. */
TOY_TEST(every_type_addr, port_0__none_left_eaddrinuse,
	 VARIANTS_TOY | VARIANT_UDP)
{
	const char *range = toy_kind_is_toy(variant->kind) ?
		"/proc/sys/net/toy/port_range" :
		"/proc/sys/net/ipv4/ip_local_port_range";
	struct toy_name any = with_port(variant->kind, 0);
	int i, fd;

	ASSERT_OK(unshare(CLONE_NEWNET));
	ASSERT_OK(sysctl_set(range, "61001 61009\n"));
	for (i = 0; i < 9; i++) {
		fd = toy_socket(variant->kind, 0);
		ASSERT_OK(fd);
		ASSERT_OK(toy_bind(fd, &any));
		EXPECT_LE(61001, port_of(fd));
		EXPECT_GE(61009, port_of(fd));
	}
	self->fd = toy_socket(variant->kind, 0);
	ASSERT_OK(self->fd);
	EXPECT_ERR(EADDRINUSE, toy_bind(self->fd, &any));
	EXPECT_OK(close(fd));
	EXPECT_OK(toy_bind(self->fd, &any));
}

TOY_TEST(every_type_addr, port_range__bad_values_einval, VARIANT_TOY_STREAM)
{
	const char *range = "/proc/sys/net/toy/port_range";

	ASSERT_OK(unshare(CLONE_NEWNET));
	EXPECT_ERR(EINVAL, sysctl_set(range, "5000 4000\n"));
	EXPECT_ERR(EINVAL, sysctl_set(range, "5000 70000\n"));
	EXPECT_ERR(EINVAL, sysctl_set(range, "-5 4000\n"));
	EXPECT_ERR(EINVAL, sysctl_set(range, "0 4000\n"));
	EXPECT_ERR(EINVAL, sysctl_set(range, "some ports\n"));
	EXPECT_OK(sysctl_set(range, "5000 5000\n"));
}

/* -------------------------------------------------------------------- shown */

TOY_TEST(every_type_addr, getsockname__of_the_unbound_is_0_0, VARIANTS_TOY)
{
	struct toy_name want = toy_name_toy(0, 0), name;

	ASSERT_OK(toy_name_of(self->fd, &name));
	EXPECT_TRUE(toy_name_equal(&want, &name));
}

TOY_TEST(every_type_addr, getsockname__of_the_bound, VARIANTS_TOY)
{
	struct toy_name any = toy_name_new(variant->kind), name;

	ASSERT_OK(toy_name_of(self->server, &name));
	EXPECT_TRUE(toy_name_equal(&self->name, &name));
	any.toy.stoy_node = TOY_NODE_ANY;
	ASSERT_OK(toy_bind(self->fd, &any));
	ASSERT_OK(toy_name_of(self->fd, &name));
	EXPECT_TRUE(toy_name_equal(&any, &name));
}

/* Connected to the loopback node: it is reached there too. */
TOY_TEST(every_type_addr, getsockname__of_the_connected, VARIANTS_TOY)
{
	struct toy_name name, peer;

	ASSERT_OK(toy_connect(self->fd, &self->name));
	ASSERT_OK(toy_name_of(self->fd, &name));
	EXPECT_EQ(TOY_NODE_LOOPBACK, name.toy.stoy_node);
	EXPECT_NE(0, name.toy.stoy_port);
	ASSERT_OK(toy_name_of_peer(self->fd, &peer));
	EXPECT_TRUE(toy_name_equal(&self->name, &peer));
}

TOY_TEST(every_type_addr, getsockname__of_the_accepted,
	 VARIANTS_CONN & ~VARIANTS_UNIX)
{
	struct toy_name caller, name;
	int fd;

	ASSERT_OK(toy_connect(self->fd, &self->name));
	ASSERT_OK(toy_name_of(self->fd, &caller));
	fd = accept(self->server, NULL, NULL);
	ASSERT_OK(fd);
	ASSERT_OK(toy_name_of(fd, &name));
	EXPECT_TRUE(toy_name_equal(&self->name, &name));
	ASSERT_OK(toy_name_of_peer(fd, &name));
	EXPECT_TRUE(toy_name_equal(&caller, &name));
}

/* Dialled by its own node id, a node shows that, and 0 dials the node too. */
TOY_TEST(every_type_addr, getsockname__of_who_dialled_the_own_node,
	 VARIANTS_TOY)
{
	struct toy_name any = toy_name_toy(TOY_NODE_ANY, 5000), name;
	struct toy_name own = toy_name_toy(4242, 5000);
	int server, fd;

	ASSERT_OK(unshare(CLONE_NEWNET));
	ASSERT_OK(toy_node_set(4242));
	server = toy_socket(variant->kind, 0);
	ASSERT_OK(toy_bind(server, &any));
	if (toy_kind_is_conn(variant->kind))
		ASSERT_OK(listen(server, 4));
	fd = toy_connected(variant->kind, &own);
	ASSERT_OK(fd);
	ASSERT_OK(toy_name_of(fd, &name));
	EXPECT_EQ(4242, name.toy.stoy_node);
	ASSERT_OK(toy_name_of_peer(fd, &name));
	EXPECT_TRUE(toy_name_equal(&own, &name));
	fd = toy_connected(variant->kind, &any);
	ASSERT_OK(fd);
	EXPECT_EQ(1, send(fd, "x", 1, 0));
	/* The nodes have ports of their own, but not beside node 0. */
	fd = toy_socket(variant->kind, 0);
	EXPECT_ERR(EADDRINUSE, toy_bind(fd, &own));
	EXPECT_OK(close(server));
	EXPECT_OK(toy_bind(fd, &own));
	fd = toy_socket(variant->kind, 0);
	own.toy.stoy_node = TOY_NODE_LOOPBACK;
	EXPECT_OK(toy_bind(fd, &own));
}

TOY_TEST(every_type_addr, node__bad_values_einval, VARIANT_TOY_STREAM)
{
	const char *node = "/proc/sys/net/toy/node";

	ASSERT_OK(unshare(CLONE_NEWNET));
	EXPECT_EQ(0, toy_node_own());
	EXPECT_ERR(EINVAL, sysctl_set(node, "1\n"));
	EXPECT_ERR(EINVAL, sysctl_set(node, "4294967295\n"));
	EXPECT_ERR(EINVAL, sysctl_set(node, "4294967296\n"));
	EXPECT_ERR(EINVAL, sysctl_set(node, "-1\n"));
	EXPECT_EQ(0, toy_node_own());
	EXPECT_OK(sysctl_set(node, "4294967294\n"));
	EXPECT_EQ(4294967294, toy_node_own());
	EXPECT_OK(sysctl_set(node, "0\n"));
}

TEST_F(every_type_addr, getpeername__unconnected_enotconn)
{
	struct toy_name name;

	EXPECT_ERR(ENOTCONN, toy_name_of_peer(self->fd, &name));
	EXPECT_ERR(ENOTCONN, toy_name_of_peer(self->server, &name));
}

typedef int get_name(int fd, struct sockaddr *addr, socklen_t *len);

static void expect_truncation(struct __test_metadata *_metadata,
			      const struct toy_name *full, int fd,
			      get_name *get)
{
	const socklen_t sizes[] = { 0, 1, 2, 5, full->len - 1, full->len,
				    full->len + 1, 127, 100000 };
	char buf[256];
	socklen_t len;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(buf, '?', sizeof(buf));
		len = sizes[i];
		EXPECT_OK(get(fd, (struct sockaddr *)buf, &len));
		EXPECT_EQ(full->len, len);
		n = sizes[i] < full->len ? sizes[i] : full->len;
		EXPECT_EQ(0, memcmp(buf, &full->ss, n));
		EXPECT_EQ('?', buf[n]);
	}
	len = -1;
	EXPECT_ERR(EINVAL, get(fd, (struct sockaddr *)buf, &len));
}

TEST_F(every_type_addr, getsockname__truncates_and_tells_the_true_length)
{
	struct toy_name full;

	ASSERT_OK(toy_name_of(self->server, &full));
	expect_truncation(_metadata, &full, self->server, getsockname);
}

TEST_F(every_type_addr, getpeername__truncates_and_tells_the_true_length)
{
	ASSERT_OK(toy_connect(self->fd, &self->name));
	expect_truncation(_metadata, &self->name, self->fd, getpeername);
}

TOY_TEST(every_type_addr, recvfrom__truncates_and_tells_the_true_length,
	 VARIANTS_DGRAM)
{
	struct toy_name own = toy_name_new(variant->kind);
	char c, buf[sizeof(struct sockaddr_storage)];
	socklen_t len;
	int i;

	ASSERT_OK(toy_bind(self->fd, &own));
	for (i = 0; i < 2; i++) {
		memset(buf, '?', sizeof(buf));
		ASSERT_EQ(1, toy_sendto(self->fd, "x", 1, 0, &self->name));
		len = i ? sizeof(buf) : 3;
		ASSERT_EQ(1, recvfrom(self->server, &c, 1, 0,
				      (struct sockaddr *)buf, &len));
		EXPECT_EQ(own.len, len);
		EXPECT_EQ(0, memcmp(buf, &own.ss, i ? own.len : 3));
		EXPECT_EQ('?', buf[i ? own.len : 3]);
	}
}

/* A namespace is a network of its own. */
TOY_TEST(every_type_addr, namespaces__do_not_hear_each_other, VARIANTS_TOY)
{
	int fd;

	ASSERT_OK(unshare(CLONE_NEWNET));
	fd = toy_socket(variant->kind, 0);
	ASSERT_OK(fd);
	if (toy_kind_is_conn(variant->kind)) {
		EXPECT_ERR(ECONNREFUSED, toy_connect(fd, &self->name));
	} else {
		EXPECT_ERR(ECONNREFUSED, toy_sendto(fd, "x", 1, 0,
						    &self->name));
	}
	fd = toy_socket(variant->kind, 0);
	EXPECT_OK(toy_bind(fd, &self->name));
	/* A socket belongs to the namespace that it was made in. */
	EXPECT_OK(toy_connect(self->fd, &self->name));
}

TOY_TEST_MAIN
