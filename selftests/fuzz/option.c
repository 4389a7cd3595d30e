// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options, ioctls, flags of descriptors.
 */
#include <linux/filter.h>
#include <linux/sockios.h>
#include <net/if.h>

#include "fuzz.h"

static const struct option {
	int level;
	int name;
} options[] = {
	{ SOL_SOCKET, SO_SNDBUF }, { SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_RCVLOWAT }, { SOL_SOCKET, SO_REUSEADDR },
	{ SOL_SOCKET, SO_REUSEPORT }, { SOL_SOCKET, SO_PASSCRED },
	{ SOL_SOCKET, SO_PEERCRED }, { SOL_SOCKET, SO_LINGER },
	{ SOL_SOCKET, SO_KEEPALIVE }, { SOL_SOCKET, SO_PEEK_OFF },
	{ SOL_SOCKET, SO_TIMESTAMP }, { SOL_SOCKET, SO_TIMESTAMPNS },
	{ SOL_SOCKET, SO_TIMESTAMPING }, { SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_RCVTIMEO }, { SOL_SOCKET, SO_SNDTIMEO },
	{ SOL_SOCKET, SO_ATTACH_FILTER }, { SOL_SOCKET, SO_DETACH_FILTER },
	{ SOL_SOCKET, SO_LOCK_FILTER }, { SOL_SOCKET, SO_BINDTODEVICE },
	{ SOL_SOCKET, SO_BROADCAST }, { SOL_SOCKET, SO_ERROR },
	{ SOL_SOCKET, SO_RXQ_OVFL }, { SOL_SOCKET, SO_COOKIE },
	{ SOL_SOCKET, SO_BUSY_POLL }, { SOL_SOCKET, SO_ZEROCOPY },
	{ SOL_SOCKET, SO_MARK }, { SOL_SOCKET, SO_PRIORITY },
	{ SOL_SOCKET, SO_MEMINFO }, { SOL_SOCKET, SO_TXTIME },
	{ SOL_SOCKET, SO_ACCEPTCONN }, { SOL_SOCKET, SO_PEERGROUPS },
	{ SOL_TOY, TOY_NODELAY }, { SOL_TOY, TOY_KEEPIDLE },
	{ SOL_TOY, TOY_KEEPINTVL }, { SOL_TOY, TOY_KEEPCNT },
	{ SOL_TOY, TOY_USER_TIMEOUT }, { SOL_TOY, TOY_REUSEPORT },
	{ SOL_TOY, TOY_PASSCRED }, { SOL_TOY, TOY_FSMODE },
	{ SOL_TOY, TOY_LAST_ERROR }, { SOL_TOY, TOY_INFO },
	{ SOL_TOY, TOY_MAXSEG },
};

/* What an option may be set to. */
union value {
	int number;
	struct linger linger;
	struct timeval time;
	struct sock_fprog filter;
	char device[IFNAMSIZ];
};

/* Cuts a message to 100 bytes, drops it, takes it, or is no program at all. */
static void any_filter(union value *value, __u32 arg)
{
	static struct sock_filter code[4][1] = {
		{ BPF_STMT(BPF_RET | BPF_K, 100) },
		{ BPF_STMT(BPF_RET | BPF_K, 0) },
		{ BPF_STMT(BPF_RET | BPF_K, ~0U) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) },
	};

	value->filter = (struct sock_fprog){ 1, code[arg % 4] };
}

/* Its length; times are short, as there is nothing to wait for. */
static socklen_t any_value(union value *value, int option, __u32 arg)
{
	static const int numbers[] = { 0, 1, 2, -1, 100, 128, 0600, 4096,
				       65536, 32767, INT32_MAX, INT32_MIN };
	static const char *const devices[] = { "toy0", "toy1", "lo", "",
					       "nosuch" };

	memset(value, 0, sizeof(*value));
	switch (option) {
	case SO_LINGER:
		value->linger.l_onoff = arg & 1;
		value->linger.l_linger = (arg >> 1) % 2;
		return sizeof(value->linger);
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
		value->time.tv_usec = arg % 16 ? arg % 50000 : arg;
		return sizeof(value->time);
	case SO_ATTACH_FILTER:
		any_filter(value, arg);
		return sizeof(value->filter);
	case SO_BINDTODEVICE:
		strcpy(value->device, devices[arg % ARRAY_SIZE(devices)]);
		return strlen(value->device);
	default:
		value->number = arg & 1 ? (int)(arg >> 1) % 20000 :
				numbers[(arg >> 1) % ARRAY_SIZE(numbers)];
		return sizeof(value->number);
	}
}

static long call_setsockopt(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct option o = options[arg[1] % ARRAY_SIZE(options)];
	union value value;
	/* The numbers of SOL_TOY are some of SOL_SOCKET as well. */
	socklen_t len = any_value(&value, o.level == SOL_TOY ? 0 : o.name,
				  arg[2]);

	if (arg[3] % 16 == 0)
		len = arg[4] % 20;
	if (arg[3] % 32 == 1)
		o.name = arg[4] % 90;
	fuzz_say(t, ", %d, %d, %d, %u", o.level, o.name, value.number, len);
	return setsockopt(fd, o.level, o.name,
			  arg[3] % 64 == 2 ? NULL : &value, len);
}

static long call_getsockopt(struct fuzz_thread *t, const __u32 *arg)
{
	int fd = fuzz_fd(t, arg[0], FUZZ_SOCKETS);
	struct option o = options[arg[1] % ARRAY_SIZE(options)];
	socklen_t len = arg[2] % 4 ? 512 : arg[3] % 600;

	if (arg[3] % 32 == 1)
		o.name = arg[4] % 90;
	if (arg[3] % 64 == 2)
		len = -1;
	fuzz_say(t, ", %d, %d, %d", o.level, o.name, len);
	return getsockopt(fd, o.level, o.name, t->pool, &len);
}

static long call_ioctl(struct fuzz_thread *t, const __u32 *arg)
{
	static const unsigned int commands[] = {
		FIONREAD, SIOCOUTQ, SIOCATMARK, FIOASYNC, FIONBIO, SIOCGPGRP,
		0x8906 /* SIOCGSTAMP */, SIOCPROTOPRIVATE, TOYIOC_GETSOCK,
		_IO(0xf7, 0), _IO(0xf7, 2), FIOCLEX,
	};
	int fd = fuzz_fd(t, arg[0], FUZZ_CARRIERS);
	unsigned int command = commands[arg[1] % ARRAY_SIZE(commands)];
	/* Room for the time stamp that one of them writes. */
	int value[4] = { arg[2] & 1 };

	fuzz_say(t, ", %#x, %d", command, value[0]);
	/* A number, not a pointer; a descriptor, which the slots keep. */
	if (command == TOYIOC_GETSOCK)
		return fuzz_put(t, arg[3], ioctl(fd, command, 0), FUZZ_STREAM,
				0);
	return ioctl(fd, command, arg[2] % 32 == 2 ? NULL : value);
}

static long call_fcntl(struct fuzz_thread *t, const __u32 *arg)
{
	static const int flags[] = { O_NONBLOCK, O_ASYNC, O_APPEND };
	int fd = fuzz_fd(t, arg[0], FUZZ_CARRIERS | FUZZ_BIT(FUZZ_CTL) |
			 FUZZ_BIT(FUZZ_LISTEN) | FUZZ_BIT(FUZZ_TEXT));
	int value = fuzz_flags(arg[2], flags, ARRAY_SIZE(flags));

	switch (arg[1] % 4) {
	case 0:
		fuzz_say(t, ", F_SETOWN");
		return fcntl(fd, F_SETOWN, getpid());
	case 1:
		fuzz_say(t, ", F_SETSIG, %d", SIGURG);
		return fcntl(fd, F_SETSIG, SIGURG);
	default:
		fuzz_say(t, ", F_SETFL, %#x", value);
		return fcntl(fd, F_SETFL, value);
	}
}

/*
 * EDOM: SO_RCVTIMEO. ENOENT: SO_DETACH_FILTER. EPERM: SO_LOCK_FILTER. EBUSY,
 * ENOTSUPP's like: the core's own options that are for others.
 */
static const int setsockopt_errnos[] = {
	ENOPROTOOPT, EDOM, EPERM, EOPNOTSUPP, ENODEV, ENOENT, EBADF, ENOMEM, 0
};

static const int getsockopt_errnos[] = {
	ENOPROTOOPT, ERANGE, ENODATA, EOPNOTSUPP, ENOTCONN, 0
};

static const int ioctl_errnos[] = { ENOTTY, ENOENT, 0 };
static const int none[] = { 0 };

const struct fuzz_op fuzz_option_ops[] = {
	{ "setsockopt", call_setsockopt, setsockopt_errnos, 14, FUZZ_SOCKETS },
	{ "getsockopt", call_getsockopt, getsockopt_errnos, 8, FUZZ_SOCKETS },
	{ "ioctl", call_ioctl, ioctl_errnos, 6, FUZZ_CARRIERS },
	{ "fcntl", call_fcntl, none, 6, FUZZ_CARRIERS },
	{}
};
