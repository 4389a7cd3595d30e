// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subjects: AF_TOY and its peers, and how each is made and connected.
 */
#include <linux/vm_sockets.h>
#include <netinet/tcp.h>

#include "bench.h"
#include "toy_cable.h"

/* vsock has its own options for buffers; SOL_VSOCK is not their level. */
#define LEVEL_VSOCK	AF_VSOCK
/* A datagram of UDP with its headers fits into an IPv4 packet. */
#define UDP_MOST	65507
/* What default buffers of all take as one message. */
#define MESSAGE_MOST	65536

const struct bench_subject bench_subjects[] = {
	{ "toy-stream", { AF_TOY, SOCK_STREAM } },
	{ "unix-stream", { AF_UNIX, SOCK_STREAM } },
	{ "pipe", { BENCH_PIPE, SOCK_STREAM } },
	{ "tcp", { AF_INET, SOCK_STREAM } },
	{ "vsock-stream", { AF_VSOCK, SOCK_STREAM } },
	{ "toy-seqpacket", { AF_TOY, SOCK_SEQPACKET } },
	{ "unix-seqpacket", { AF_UNIX, SOCK_SEQPACKET } },
	{ "vsock-seqpacket", { AF_VSOCK, SOCK_SEQPACKET } },
	{ "toy-dgram", { AF_TOY, SOCK_DGRAM } },
	{ "unix-dgram", { AF_UNIX, SOCK_DGRAM } },
	{ "udp", { AF_INET, SOCK_DGRAM } },
	{ },
};

static bool is_pipe(const struct bench_subject *subject)
{
	return subject->kind.family == BENCH_PIPE;
}

static bool is_vsock(const struct bench_subject *subject)
{
	return subject->kind.family == AF_VSOCK;
}

bool bench_is_stream(const struct bench_subject *subject)
{
	return toy_kind_is_stream(subject->kind);
}

bool bench_is_conn(const struct bench_subject *subject)
{
	return !is_pipe(subject) && toy_kind_is_conn(subject->kind);
}

bool bench_is_dgram(const struct bench_subject *subject)
{
	return subject->kind.type == SOCK_DGRAM;
}

bool bench_is_ether(const struct bench_subject *subject)
{
	return toy_kind_is_toy(subject->kind) || toy_kind_is_inet(subject->kind);
}

bool bench_takes(const struct bench_subject *subject, long size)
{
	if (bench_is_stream(subject))
		return size <= BENCH_LARGEST;
	if (toy_kind_is_inet(subject->kind))
		return size <= UDP_MOST;
	return size <= MESSAGE_MOST;
}

bool bench_present(const struct bench_subject *subject)
{
	int fd;

	if (is_pipe(subject))
		return true;
	if (is_vsock(subject) &&
	    system("modprobe -q vsock_loopback > /dev/null 2>&1"))
		return false;
	fd = bench_socket(subject);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int bench_socket(const struct bench_subject *subject)
{
	return toy_socket(subject->kind, SOCK_CLOEXEC);
}

/* The name with which bind(2) chooses a free one. */
static struct toy_name name_any(const struct bench_subject *subject)
{
	struct toy_name name = { .len = sizeof(struct sockaddr_vm) };
	struct sockaddr_vm *vm = (struct sockaddr_vm *)&name.ss;

	if (!is_vsock(subject))
		return toy_name_any(subject->kind);
	vm->svm_family = AF_VSOCK;
	vm->svm_cid = VMADDR_CID_LOCAL;
	vm->svm_port = VMADDR_PORT_ANY;
	return name;
}

static int tune_vsock(int fd, unsigned long long size)
{
	if (setsockopt(fd, LEVEL_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size,
		       sizeof(size)))
		return -1;
	return setsockopt(fd, LEVEL_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
			  sizeof(size));
}

int bench_tune(const struct bench_subject *subject, int fd, int buffers)
{
	struct toy_kind kind = subject->kind;

	if (toy_kind_is_inet(kind) && toy_kind_is_stream(kind) &&
	    toy_opt_set(fd, IPPROTO_TCP, TCP_NODELAY, 1))
		return -1;
	if (!buffers)
		return 0;
	if (is_vsock(subject))
		return tune_vsock(fd, buffers);
	if (toy_opt_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, buffers))
		return -1;
	return toy_opt_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffers);
}

static int bound(const struct bench_subject *subject, int buffers,
		 struct toy_name *name)
{
	int fd = bench_socket(subject);

	if (fd < 0 || bench_tune(subject, fd, buffers))
		return -1;
	*name = name_any(subject);
	if (toy_bind(fd, name) || toy_name_of(fd, name))
		return -1;
	return fd;
}

int bench_listener(const struct bench_subject *subject, int buffers,
		   struct toy_name *name)
{
	int fd = bound(subject, buffers, name);

	if (fd < 0 || listen(fd, SOMAXCONN))
		return -1;
	return fd;
}

int bench_connected(const struct bench_subject *subject, int buffers,
		    const struct toy_name *name)
{
	int fd = bench_socket(subject);

	if (fd < 0 || bench_tune(subject, fd, buffers) ||
	    toy_connect(fd, name))
		return -1;
	return fd;
}

static int pair_conn(const struct bench_subject *subject, int buffers, int fd[2])
{
	struct toy_name name;
	int listener;

	listener = bench_listener(subject, buffers, &name);
	if (listener < 0)
		return -1;
	fd[0] = bench_connected(subject, buffers, &name);
	if (fd[0] < 0)
		return -1;
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fd[1] < 0 ? -1 : bench_tune(subject, fd[1], buffers);
}

static int pair_dgram(const struct bench_subject *subject, int buffers,
		      int fd[2])
{
	struct toy_name name[2];
	int i;

	for (i = 0; i < 2; i++) {
		fd[i] = bound(subject, buffers, &name[i]);
		if (fd[i] < 0)
			return -1;
	}
	return toy_connect(fd[0], &name[1]) || toy_connect(fd[1], &name[0]) ?
	       -1 : 0;
}

static int pair_pipe(int buffers, struct bench_end end[2])
{
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		return -1;
	if (buffers && (fcntl(there[0], F_SETPIPE_SZ, buffers) < 0 ||
			fcntl(back[0], F_SETPIPE_SZ, buffers) < 0))
		return -1;
	end[0] = (struct bench_end){ .in = back[0], .out = there[1] };
	end[1] = (struct bench_end){ .in = there[0], .out = back[1] };
	return 0;
}

/* Its sockets go on when the descriptors of the namespaces are closed. */
static int pair_cable(struct toy_kind kind, int fd[2])
{
	struct toy_cable cable;

	if (toy_cable_make(&cable))
		return -1;
	return toy_cable_pair(&cable, kind, fd);
}

int bench_pair(const struct bench_job *job, int buffers,
	       struct bench_end end[2])
{
	const struct bench_subject *subject = job->subject;
	int fd[2] = { -1, -1 }, i, ret;

	if (is_pipe(subject))
		return pair_pipe(buffers, end);
	if (job->what->cable)
		ret = pair_cable(subject->kind, fd);
	else if (bench_is_dgram(subject))
		ret = pair_dgram(subject, buffers, fd);
	else
		ret = pair_conn(subject, buffers, fd);
	for (i = 0; i < 2; i++)
		end[i] = (struct bench_end){ .in = fd[i], .out = fd[i] };
	return ret;
}
