// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile frames at a node whose sockets listen, connect, are connected, close.
 * Whatever comes: a stream between two other ports keeps its bytes, each frame is
 * counted, memory is bounded and comes back, the kernel has nothing to say.
 *
 *	TOY_FUZZ_FRAMES		how many (50,000)
 *	TOY_FUZZ_SYNS		SYNs of the flood (100,000)
 *	TOY_FUZZ_SEED		the seed of a run that is to be repeated
 */
#include "toy_rubbish.h"
#include "toy_test.h"

#define LISTENER	7100
#define ROUND		500		/* frames at one set of victims */
#define VICTIMS		8
#define ENEMY		4		/* his node and station */
#define TARGET		3		/* end 1 */
#define SPARE_MB	96		/* memory that it may take meanwhile */

FIXTURE(ether_fuzz)
{
	struct toy_cable cable;
	struct toy_gun gun;
	struct toy_victim victim[VICTIMS];
	__u64 random;
	unsigned int words;
	int ear;
	int listener[2];
	int fd[2];
	long taint;
	long memory;
	long least;
};

static long number(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	size_t len = strlen(key);
	char line[256];
	long value = -1;

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, key, len)) {
			value = atol(line + len);
			break;
		}
	}
	if (file)
		fclose(file);
	return value;
}

/* kB that are free, or could be */
static long memory(void)
{
	return number("/proc/meminfo", "MemFree:") +
	       number("/proc/meminfo", "Buffers:") +
	       number("/proc/meminfo", "Cached:") +
	       number("/proc/meminfo", "SReclaimable:");
}

/* A warning, an oops, a lockup */
static long taint(void)
{
	return number("/proc/sys/kernel/tainted", "") &
	       (1 << 7 | 1 << 9 | 1 << 14);
}

/* Frames that its device had for the target, of whatever kind. */
static long arrived(const struct toy_cable *cable)
{
	FILE *file;
	char line[512];
	long packets = -1;

	toy_cable_enter(cable, 1);
	file = fopen("/proc/net/dev", "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, " toy1: %*d %ld", &packets);
	if (file)
		fclose(file);
	return packets;
}

/* Sockets that are left at an end */
static long sockets(const struct toy_cable *cable, int end)
{
	FILE *file;
	char line[512];
	long n = -1;

	toy_cable_enter(cable, end);
	file = fopen("/proc/net/protocols", "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "TOY %*d %ld", &n);
	if (file)
		fclose(file);
	return n;
}

static __u64 setting(const char *name, __u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

FIXTURE_SETUP(ether_fuzz)
{
	struct toy_kind kind = { AF_TOY, SOCK_STREAM };
	int i;

	toy_guard(3600);
	signal(SIGPIPE, SIG_IGN);
	ASSERT_OK(toy_cable_make(&self->cable));
	for (i = 1; i >= 0; i--)
		toy_cable_run(&self->cable, i,
			      "echo 1 > /proc/sys/net/ipv6/conf/toy%d/disable_ipv6",
			      i);
	ASSERT_OK(toy_cable_pair(&self->cable, kind, self->fd));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(toy_opt_timeo(self->fd[i], SO_RCVTIMEO, 60000));
		ASSERT_OK(toy_opt_timeo(self->fd[i], SO_SNDTIMEO, 60000));
		kind.type = i ? SOCK_SEQPACKET : SOCK_STREAM;
		self->listener[i] = toy_cable_listener(&self->cable, 1, kind,
						       LISTENER, 64);
		ASSERT_OK(self->listener[i]);
		toy_nonblock(self->listener[i], true);
	}
	self->random = setting("TOY_FUZZ_SEED", toy_now() | 1);
	TH_LOG("seed %llu", (unsigned long long)self->random);
	ASSERT_OK(toy_gun_open(&self->gun, &self->cable, 0));
	self->taint = taint();
	self->memory = memory();
	self->least = self->memory;
}

FIXTURE_TEARDOWN(ether_fuzz)
{
}

/* The stream between two others: as much there and back, byte by byte */
static bool bystander(const int fd[2], unsigned int *words)
{
	char sent[4096], got[4096];
	int i;

	for (i = 0; i < 2; i++) {
		toy_fill(sent, sizeof(sent), ++*words);
		if (toy_send_all(fd[i], sent, sizeof(sent)) != sizeof(sent) ||
		    toy_recv_all(fd[!i], got, sizeof(got)) != sizeof(got) ||
		    memcmp(sent, got, sizeof(got)))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- victims */

static void say(struct toy_gun *gun, const struct toy_victim *v, int flags)
{
	struct toy_frame *f = toy_gun_next(gun);

	toy_frame_init(f, ENEMY, TARGET);
	toy_frame_base(f, v->type, ENEMY, TARGET, v->from, v->port, 0);
	toy_frame_segment(f, v->seq, flags & FRAME_ACK ? v->ack : 0, 65536,
			  flags);
	toy_frame_sum(f);
	toy_gun_fire(gun);
}

/* The victim's next number, from its SYN or SYN ACK; false: it said nothing */
static bool hear(int ear, struct toy_victim *v)
{
	struct toy_frame f;

	while (!toy_frame_recv(ear, &f, ENEMY, v->type, 300)) {
		if (toy_frame_get(&f, 14, 2) != v->from ||
		    !(f.at[33] & FRAME_SYN))
			continue;
		v->port = toy_frame_get(&f, 12, 2);
		v->ack = toy_frame_get(&f, 20, 4) + 1;
		return true;
	}
	return false;
}

/* It is half-open, or accepted as well. */
static bool call(struct toy_gun *gun, int ear, struct toy_victim *v,
		 int listener, bool whole)
{
	say(gun, v, FRAME_SYN);
	v->seq++;
	if (!hear(ear, v))
		return false;
	if (!whole)
		return true;
	say(gun, v, FRAME_ACK);
	if (toy_poll(listener, POLLIN, 300) != POLLIN)
		return false;
	v->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return v->fd >= 0;
}

/* It has a SYN on its way to us. Who asks is known afterwards. */
static bool called(const struct toy_cable *cable, struct toy_gun *gun, int ear,
		   struct toy_victim *v)
{
	struct toy_kind kind = { AF_TOY, v->type == FRAME_STREAM ?
				 SOCK_STREAM : SOCK_SEQPACKET };
	struct toy_name name = toy_name_toy(ENEMY, v->from);
	struct toy_frame *f = toy_gun_next(gun);

	toy_frame_init(f, ENEMY, TARGET);
	toy_frame_base(f, FRAME_WHO_HAS, ENEMY, TARGET, 0, 0, 0);
	toy_frame_sum(f);
	toy_gun_fire(gun);
	v->fd = toy_cable_socket(cable, 1, kind, SOCK_NONBLOCK);
	toy_connect(v->fd, &name);
	return hear(ear, v);
}

/*
 * One in each state: 0, 1 half-open; 2, 3 SYN_SENT; 4 with data on its way,
 * 5 FIN_WAIT1, 6 an orphan; 7 nobody.
 */
static int victims(const struct toy_cable *cable, struct toy_gun *gun,
		   const int listener[2], struct toy_victim *victim,
		   __u64 *random)
{
	static const char data[3000] = "data";
	int ear = toy_frame_open(cable, 0), i, made = 0;
	struct toy_victim *v;

	for (i = 0; i < VICTIMS; i++) {
		v = &victim[i];
		v->type = i % 2 ? FRAME_SEQPACKET : FRAME_STREAM;
		v->port = i == 7 ? 9999 : LISTENER;
		v->from = 1024 + toy_random(random) % 60000;
		v->seq = toy_random(random);
		v->ack = toy_random(random);
		v->fd = -1;
		if (i < 7)
			made += i == 2 || i == 3 ?
				called(cable, gun, ear, v) :
				call(gun, ear, v, listener[i % 2], i > 3);
	}
	for (i = 4; i < 7; i++)
		send(victim[i].fd, data, sizeof(data), MSG_NOSIGNAL);
	shutdown(victim[5].fd, SHUT_WR);
	toy_close(&victim[6].fd);
	toy_close(&ear);
	return made;
}

/* With a reset, so that nothing is left */
static void away(struct toy_victim *victim)
{
	struct linger now = { .l_onoff = 1 };
	int i;

	for (i = 0; i < VICTIMS; i++) {
		if (victim[i].fd < 0)
			continue;
		setsockopt(victim[i].fd, SOL_SOCKET, SO_LINGER, &now,
			   sizeof(now));
		toy_close(&victim[i].fd);
	}
}

/* What nobody has accepted */
static void hang_up(const int listener[2])
{
	int i, fd;

	for (i = 0; i < 2; i++) {
		for (;;) {
			fd = accept4(listener[i], NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0)
				break;
			close(fd);
		}
	}
}

/* ------------------------------------------------------------------ tests */

/* Frames that fall before it is known who they are from */
static long early(const struct toy_cable *cable)
{
	static const char * const reason[] = {
		"Short", "Magic", "Version", "Type", "Length", "Checksum",
		"Option", "Flags", "Broadcast", "Loop", "Martian", "Duplicate",
		"NotOurs",
	};
	char name[64];
	long sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reason); i++) {
		snprintf(name, sizeof(name), "ToyDropped%s", reason[i]);
		sum += toy_cable_stat(cable, 1, name);
	}
	return sum;
}

/* Frames that nothing tells of: 0, but for messages that are malformed */
static long lost(const struct toy_cable *cable, long before)
{
	return arrived(cable) - before - early(cable) -
	       toy_cable_stat(cable, 1, "ToyFramesIn");
}

/* What the sockets and the links took */
static void all_comes_back(struct __test_metadata *_metadata,
			   const struct toy_cable *cable, long before)
{
	int i;

	ASSERT_OK(toy_cable_deaf(cable, 1));
	ASSERT_OK(toy_cable_deaf(cable, 0));
	for (i = 0; i < 200 && sockets(cable, 1); i++)
		toy_sleep(50);
	EXPECT_EQ(0, sockets(cable, 1));
	EXPECT_EQ(0, sockets(cable, 0));
	EXPECT_GE(memory(), before - 16 * 1024);
}

/* A million takes minutes in a VM. */
TEST_F_TIMEOUT(ether_fuzz, rubbish__hurts_nobody, 3600)
{
	long frames = setting("TOY_FUZZ_FRAMES", 50000), before, made = 0;
	long rounds = (frames + ROUND - 1) / ROUND, i;
	const struct toy_victim *v;
	int j;

	before = arrived(&self->cable) - early(&self->cable) -
		 toy_cable_stat(&self->cable, 1, "ToyFramesIn");
	for (i = 0; i < rounds; i++) {
		made += victims(&self->cable, &self->gun, self->listener,
				self->victim, &self->random);
		for (j = 0; j < ROUND; j++) {
			v = &self->victim[toy_random(&self->random) % VICTIMS];
			toy_rubbish(toy_gun_next(&self->gun), &self->random, v,
				    ENEMY, TARGET);
		}
		ASSERT_OK(toy_gun_fire(&self->gun));
		away(self->victim);
		hang_up(self->listener);
		ASSERT_TRUE(bystander(self->fd, &self->words));
		if (memory() < self->least)
			self->least = memory();
	}
	EXPECT_GE(self->gun.shot, (unsigned long)frames);
	EXPECT_GE(made, rounds * 7 / 2);
	EXPECT_GE(lost(&self->cable, before), 0);
	EXPECT_LE(lost(&self->cable, before),
		  toy_cable_stat(&self->cable, 1, "ToyDroppedMalformed"));
	EXPECT_GE(self->least, self->memory - SPARE_MB * 1024);
	EXPECT_EQ(self->taint, taint());
	TH_LOG("%lu frames, %ld victims, %ld kB at most", self->gun.shot, made,
	       self->memory - self->least);
	for (j = 0; j < 2; j++) {
		toy_close(&self->fd[j]);
		toy_close(&self->listener[j]);
	}
	all_comes_back(_metadata, &self->cable, self->memory);
}

TEST_F_TIMEOUT(ether_fuzz, flood__of_calls, 3600)
{
	struct toy_kind kind = { AF_TOY, SOCK_STREAM };
	struct toy_name name = toy_name_toy(TARGET, LISTENER);
	long syns = setting("TOY_FUZZ_SYNS", 100000), i;
	struct toy_victim v = { .type = FRAME_STREAM, .port = LISTENER };
	struct toy_frame *f;
	int fd;

	for (i = 0; i < syns; i++) {
		f = toy_gun_next(&self->gun);
		v.from = 1 + toy_random(&self->random) % 65535;
		toy_frame_init(f, ENEMY, TARGET);
		toy_frame_base(f, v.type, 10 + toy_random(&self->random) % 100000,
			       TARGET, v.from, v.port, 0);
		toy_frame_segment(f, toy_random(&self->random), 0, 65536,
				  FRAME_SYN);
		toy_frame_sum(f);
		if (i % 2000)
			continue;
		ASSERT_TRUE(bystander(self->fd, &self->words));
		if (memory() < self->least)
			self->least = memory();
	}
	ASSERT_OK(toy_gun_fire(&self->gun));
	ASSERT_TRUE(bystander(self->fd, &self->words));
	/* 256 of them, and as many calls that have been refused or pushed out */
	EXPECT_GE(toy_cable_stat(&self->cable, 1, "ToyDroppedHalfOpen"),
		  syns - 4096);
	EXPECT_EQ(EAGAIN, accept(self->listener[0], NULL, NULL) < 0 ? errno : 0);
	EXPECT_GE(self->least, self->memory - 32 * 1024);
	EXPECT_EQ(self->taint, taint());
	TH_LOG("%ld kB at most", self->memory - self->least);

	/* And who calls in earnest is let in. */
	fd = toy_cable_socket(&self->cable, 0, kind, 0);
	ASSERT_OK(toy_opt_timeo(fd, SO_SNDTIMEO, 20000));
	ASSERT_OK(toy_connect(fd, &name));
	self->fd[0] = fd;
	self->fd[1] = toy_cable_answer(self->listener[0]);
	ASSERT_OK(self->fd[1]);
	EXPECT_TRUE(toy_cable_talk(self->fd[0], self->fd[1]));
}

TOY_TEST_MAIN
