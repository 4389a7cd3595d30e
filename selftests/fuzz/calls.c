// SPDX-License-Identifier: GPL-2.0-only
/*
 * All calls, and what they share: descriptors, addresses, lengths.
 */
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fuzz.h"

static const struct fuzz_op *const groups[] = {
	fuzz_sock_ops, fuzz_data_ops, fuzz_option_ops, fuzz_file_ops,
	fuzz_toyfs_ops, fuzz_net_ops, fuzz_plant_ops,
};

const struct fuzz_op *fuzz_op(unsigned int number)
{
	const struct fuzz_op *op;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (op = groups[i]; op->name; op++)
			if (!number--)
				return op;
	return NULL;
}

int fuzz_op_named(const char *name)
{
	int i;

	for (i = 0; fuzz_op(i); i++)
		if (!strcmp(fuzz_op(i)->name, name))
			return i;
	return -1;
}

static bool is_in(const int *errnos, int err)
{
	for (; *errnos; errnos++)
		if (*errnos == err)
			return true;
	return false;
}

/*
 * What a call is told of a descriptor that is not for it is the core's business.
 * But for the numbers that no user is ever to see.
 */
bool fuzz_op_may(const struct fuzz_thread *t, const struct fuzz_op *op, int err)
{
	static const int any[] = { EINTR, EAGAIN, EINVAL, EFAULT, 0 };

	if (fuzz_how.forbid && err == fuzz_how.forbid)
		return false;
	if (err <= 0 || err >= 512)
		return false;
	if (op->wants && !(op->wants & FUZZ_BIT(t->kind)))
		return true;
	/* A file may be open for the other direction alone. */
	if (err == EBADF && t->at && !(FUZZ_SOCKETS & FUZZ_BIT(t->kind)))
		return true;
	/* Another thread may have closed it, and put something else there. */
	if (t->program->threads > 1 && (err == EBADF || err == ENOTSOCK))
		return true;
	if (t->at && (t->at->fd != t->fd || t->at->kind != t->kind))
		return true;
	return is_in(any, err) || is_in(op->errnos, err);
}

void fuzz_say(struct fuzz_thread *t, const char *format, ...)
{
	size_t len = strlen(t->text), size = sizeof(t->said->thread[0].text);
	va_list args;

	va_start(args, format);
	vsnprintf(t->text + len, size - len, format, args);
	va_end(args);
}

/* ------------------------------------------------------------- descriptors */

struct fuzz_slot *fuzz_slot_of(struct fuzz_thread *t, __u32 arg,
			       unsigned int kinds)
{
	unsigned int at = arg % FUZZ_SLOTS, i;
	struct fuzz_slot *slot;

	/* From a place on, so that a call less leaves the others as they are. */
	for (i = 0; i < FUZZ_SLOTS; i++) {
		slot = &t->slot[(at + i) % FUZZ_SLOTS];
		if (arg >> 28 == 0 || kinds & FUZZ_BIT(slot->kind))
			return slot;
	}
	return &t->slot[at];
}

int fuzz_fd(struct fuzz_thread *t, __u32 arg, unsigned int kinds)
{
	static const char *const names[] = {
		"none", "stream", "seqpacket", "dgram", "raw", "ctl", "data",
		"listen", "text", "dir", "pipe", "file",
		"epoll",
	};
	struct fuzz_slot *slot = fuzz_slot_of(t, arg, kinds);

	t->at = slot;
	t->fd = slot->fd;
	t->kind = slot->kind;
	fuzz_say(t, "%d<%s>", t->fd, names[t->kind]);
	return t->fd;
}

int fuzz_put(struct fuzz_thread *t, __u32 arg, int fd, enum fuzz_kind kind,
	     int id)
{
	struct fuzz_slot *slot = &t->slot[arg % FUZZ_SLOTS];
	int err = errno, old;

	if (fd >= 0) {
		old = __atomic_exchange_n(&slot->fd, fd, __ATOMIC_SEQ_CST);
		slot->kind = kind;
		slot->id = id;
		if (old >= 0)
			close(old);
	}
	errno = err;
	return fd;
}

int fuzz_id(const struct fuzz_slot *slot)
{
	struct stat st;
	char text[64], path[64];
	FILE *info;
	int id = slot->id;

	if (id || !(FUZZ_SOCKETS & FUZZ_BIT(slot->kind)) ||
	    fstat(slot->fd, &st))
		return id;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", slot->fd);
	info = fopen(path, "r");
	while (info && fgets(text, sizeof(text), info))
		if (sscanf(text, "toy-id: %d", &id) == 1)
			break;
	if (info)
		fclose(info);
	return id;
}

/* ------------------------------------------------------------------ values */

int fuzz_flags(__u32 arg, const int *flags, unsigned int n)
{
	int all = 0;
	unsigned int i;

	/* Half of all calls have none. */
	if (arg & 1)
		return 0;
	for (i = 0; i < n; i++)
		if ((arg >> (1 + 2 * i)) % 4 == 0)
			all |= flags[i];
	return all;
}

struct toy_name fuzz_name(const struct fuzz_thread *t, __u32 arg, bool own)
{
	static const __u32 others[] = { 2, 3, 2, 3, 1, 2, 3, 2, 3, 0, 2, 3,
					TOY_NODE_BROADCAST, 77, 4, 1 };
	const __u32 owns[] = { 0, 0, 0, 1, 2 + t->end, 0, 2 + t->end, 3 };
	struct toy_name name = toy_name_toy(own ? owns[arg % 8] :
					    others[arg % 16],
					    2000 + (arg >> 4) % 6);

	switch ((arg >> 8) % 64) {
	case 0:
		name.toy.stoy_port = 0;
		break;
	case 1:
		name.toy.stoy_port = (arg >> 16) % 1024;
		break;
	case 2:
		name.toy.stoy_family = AF_INET;
		break;
	case 3:
		name.len = (arg >> 16) % 20;
		break;
	case 4:
		name.sa.sa_family = AF_UNSPEC;
		break;
	case 5:
		name.len = -1;
		break;
	case 6:
		name.toy.stoy_node = arg;
		break;
	}
	return name;
}

const char *fuzz_name_text(const struct toy_name *name)
{
	static __thread char text[64];

	if (name->len == 8 && name->sa.sa_family == toy_family())
		snprintf(text, sizeof(text), "%u:%u", name->toy.stoy_node,
			 name->toy.stoy_port);
	else
		snprintf(text, sizeof(text), "{family=%u, %u:%u}, %d",
			 name->sa.sa_family, name->toy.stoy_node,
			 name->toy.stoy_port, name->len);
	return text;
}

void *fuzz_buf(struct fuzz_thread *t, __u32 arg, size_t len)
{
	switch (arg % 64) {
	case 0:
		return NULL;
	case 1:
		return t->pool + FUZZ_POOL - len / 2;
	default:
		return t->pool + (arg >> 6) % (FUZZ_POOL / 4);
	}
}

size_t fuzz_len(__u32 arg)
{
	static const size_t lens[] = { 0, 1, 19, 20, 48, 1480, 1481, 4096,
				       32768, FUZZ_POOL / 2 };

	switch (arg % 4) {
	case 0:
		return lens[(arg >> 2) % ARRAY_SIZE(lens)];
	case 1:
		return (arg >> 2) % 20000;
	default:
		return (arg >> 2) % 300;
	}
}

enum fuzz_kind fuzz_kind_of(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return FUZZ_STREAM;
	case SOCK_SEQPACKET:
		return FUZZ_SEQPACKET;
	case SOCK_DGRAM:
		return FUZZ_DGRAM;
	default:
		return FUZZ_RAW;
	}
}

int fuzz_type(__u32 arg, enum fuzz_kind *kind)
{
	static const int types[] = {
		SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM, SOCK_STREAM,
		SOCK_SEQPACKET, SOCK_DGRAM, SOCK_STREAM, SOCK_RAW,
	};
	int type = types[arg % 8];

	*kind = fuzz_kind_of(type);
	return type;
}
