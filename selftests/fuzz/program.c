// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs: made from a seed, changed by others, cut down.
 */
#include "fuzz.h"

/* splitmix64: any seed is as good as any other, also 0, 1, 2. */
__u64 fuzz_random(__u64 *state)
{
	__u64 z;

	*state += 0x9e3779b97f4a7c15ULL;
	z = *state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned int weights(void)
{
	static unsigned int sum;
	unsigned int i;

	if (!sum)
		for (i = 0; fuzz_op(i); i++)
			sum += fuzz_op(i)->weight;
	return sum;
}

static unsigned int any_op(__u64 *random)
{
	unsigned int at = fuzz_random(random) % weights(), i;

	for (i = 0; at >= fuzz_op(i)->weight; i++)
		at -= fuzz_op(i)->weight;
	return i;
}

static void any_call(struct fuzz_call *call, unsigned int threads,
		     __u64 *random)
{
	size_t i;

	call->op = any_op(random);
	call->thread = fuzz_random(random) % threads;
	for (i = 0; i < 5; i++)
		call->arg[i] = fuzz_random(random) >> 16;
}

static void insert(struct fuzz_program *p, unsigned int at, __u64 *random)
{
	if (p->calls == FUZZ_CALLS)
		return;
	memmove(&p->call[at + 1], &p->call[at],
		(p->calls - at) * sizeof(p->call[0]));
	any_call(&p->call[at], p->threads, random);
	p->calls++;
}

static void drop(struct fuzz_program *p, unsigned int at)
{
	if (p->calls < 2)
		return;
	p->calls--;
	memmove(&p->call[at], &p->call[at + 1],
		(p->calls - at) * sizeof(p->call[0]));
}

static void mutate(struct fuzz_program *p, __u64 seed)
{
	unsigned int n = 1 + fuzz_random(&seed) % 8, at, other;
	struct fuzz_call call;

	while (n--) {
		at = fuzz_random(&seed) % p->calls;
		other = fuzz_random(&seed) % p->calls;
		switch (fuzz_random(&seed) % 5) {
		case 0:
			any_call(&p->call[at], p->threads, &seed);
			break;
		case 1:
			insert(p, at, &seed);
			break;
		case 2:
			drop(p, at);
			break;
		case 3:
			p->call[at].arg[other % 5] = fuzz_random(&seed) >> 16;
			break;
		default:
			call = p->call[at];
			p->call[at] = p->call[other];
			p->call[other] = call;
		}
	}
}

void fuzz_program_make(struct fuzz_program *p, unsigned int calls)
{
	__u64 random = p->lineage[0];
	unsigned int i;

	p->calls = calls;
	for (i = 0; i < calls; i++)
		any_call(&p->call[i], p->threads, &random);
	for (i = 1; i < p->seeds; i++)
		mutate(p, p->lineage[i]);
}

int fuzz_program_keep(struct fuzz_program *p, const char *text)
{
	unsigned long at, next = 0;
	unsigned int kept = 0;
	char *end;

	while (*text) {
		at = strtoul(text, &end, 10);
		if (end == text || at < next || at >= p->calls)
			return -1;
		p->call[kept++] = p->call[at];
		next = at + 1;
		text = end + (*end == ',');
	}
	p->calls = kept;
	return 0;
}

const char *fuzz_program_show(const struct fuzz_program *p, unsigned int calls,
			      char *text, size_t size)
{
	size_t len = snprintf(text, size, "--seed ");
	unsigned int i;

	for (i = 0; i < p->seeds && len < size; i++)
		len += snprintf(text + len, size - len, "%s%llu",
				i ? "+" : "", p->lineage[i]);
	if (len < size)
		snprintf(text + len, size - len, " --calls %u --threads %u",
			 calls, p->threads);
	return text;
}
