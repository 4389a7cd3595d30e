// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process of a run: threads that make calls, one after the other.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "fuzz.h"

/* Calls that wait are interrupted so often. */
#define TICK_NS		20000000

static void tick(int signo)
{
	(void)signo;
}

static void tick_start(void)
{
	const struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1,
	};
	timer_t timer;

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		abort();
}

/* The first complaint is what counts. */
static void complain(struct fuzz_thread *t, unsigned int at, const char *what)
{
	static int taken;

	if (__atomic_exchange_n(&taken, 1, __ATOMIC_SEQ_CST))
		return;
	snprintf(t->said->complaint, sizeof(t->said->complaint),
		 "%s| call %u of thread %u: %s", what, at, t->number, t->text);
}

static void judge(struct fuzz_thread *t, unsigned int at,
		  const struct fuzz_op *op, long ret, int err)
{
	char what[128];

	fuzz_say(t, ") = %ld%s%s", ret, ret == -1 ? " " : "",
		 ret == -1 ? toy_errno_name(err) : "");
	if (fuzz_how.trace)
		dprintf(1, "%u %4u %s\n", t->number, at, t->text);
	if (ret == -1 && !fuzz_op_may(t, op, err)) {
		snprintf(what, sizeof(what), "%s gave %s ", op->name,
			 toy_errno_name(err));
		complain(t, at, what);
	} else if (ret < -1 || (t->most >= 0 && ret > t->most)) {
		snprintf(what, sizeof(what), "%s gave too much ", op->name);
		complain(t, at, what);
	}
}

static void make_call(struct fuzz_thread *t, unsigned int at)
{
	const struct fuzz_call *call = &t->program->call[at];
	const struct fuzz_op *op = fuzz_op(call->op);
	long ret;
	int err;

	t->kind = FUZZ_NONE;
	t->at = NULL;
	t->most = -1;
	t->text[0] = '\0';
	fuzz_say(t, "%s(", op->name);
	if (fuzz_how.tell)
		fuzz_world_tell("fuzz: %u %u %s\n", t->number, at, op->name);
	errno = 0;
	ret = op->call(t, call->arg);
	err = errno;
	fuzz_kcov_take(t->number, t->said);
	__atomic_add_fetch(&t->said->made[call->op], 1, __ATOMIC_RELAXED);
	if (ret != -1)
		__atomic_add_fetch(&t->said->done[call->op], 1,
				   __ATOMIC_RELAXED);
	judge(t, at, op, ret, err);
	t->said->thread[t->number].done++;
}

static void *work(void *arg)
{
	struct fuzz_thread *t = arg;
	unsigned int i;

	t->said->thread[t->number].tid = gettid();
	t->end = t->number % 2;
	if (toy_cable_enter(&t->world->cable, t->end))
		abort();
	tick_start();
	fuzz_kcov_begin(t->number);
	for (i = 0; i < t->program->calls && !t->said->complaint[0]; i++)
		if (t->program->call[i].thread == t->number)
			make_call(t, i);
	t->said->thread[t->number].over = true;
	return NULL;
}

/* Memory with a page behind it that is none. */
static char *pool(void)
{
	char *p = mmap(NULL, FUZZ_POOL + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED || mprotect(p + FUZZ_POOL, 4096, PROT_NONE))
		abort();
	return p;
}

static void prepare(void)
{
	const struct rlimit no_core = { 0, 0 };
	struct sigaction action = { .sa_handler = tick };

	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	/* Nobody waits for those that fork() makes. */
	signal(SIGCHLD, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	/* Mounts go with the process. */
	if (unshare(CLONE_NEWNS))
		abort();
}

void fuzz_process(struct fuzz_world *world, const struct fuzz_program *program)
{
	struct fuzz_slot slot[FUZZ_SLOTS];
	struct fuzz_thread thread[FUZZ_THREADS] = {};
	pthread_t id[FUZZ_THREADS];
	unsigned int i;

	prepare();
	for (i = 0; i < FUZZ_SLOTS; i++)
		slot[i] = (struct fuzz_slot){ .fd = -1 };
	for (i = 0; i < program->threads; i++)
		thread[i] = (struct fuzz_thread){
			.number = i, .world = world, .said = fuzz_said,
			.slot = slot, .pool = pool(), .program = program,
			.text = fuzz_said->thread[i].text,
		};
	for (i = 1; i < program->threads; i++)
		if (pthread_create(&id[i], NULL, work, &thread[i]))
			abort();
	work(&thread[0]);
	for (i = 1; i < program->threads; i++)
		pthread_join(id[i], NULL);
	_exit(0);
}
