// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs are run, each in a process of its own, and judged by what is left.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fuzz.h"

#define COMPLAINT	512

struct fuzz_how fuzz_how;
struct fuzz_said *fuzz_said;

/* 'R', 'S', 'D', ... of a thread; '?' where that cannot be told */
static char state_of(pid_t pid, pid_t tid)
{
	char path[64], text[256], *end, state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	file = fopen(path, "r");
	if (!file)
		return state;
	if (fgets(text, sizeof(text), file)) {
		end = strrchr(text, ')');
		if (end && end[1] == ' ')
			state = end[2];
	}
	fclose(file);
	return state;
}

/**
 * struct watch - whether a run gets on
 * @done:	calls that were done when it was last looked at
 * @still:	looks in a row at which none was more
 * @busy:	of these, looks at which a thread had, or wanted, a processor
 */
struct watch {
	unsigned int done;
	unsigned int still;
	unsigned int busy;
};

/* Called once a second. Whether a call hangs, and which */
static bool hangs(struct watch *watch, pid_t pid, unsigned int threads)
{
	unsigned int done = 0, i;
	bool busy = false;

	for (i = 0; i < threads; i++) {
		done += fuzz_said->thread[i].done;
		if (!fuzz_said->thread[i].over &&
		    state_of(pid, fuzz_said->thread[i].tid) == 'R')
			busy = true;
	}
	if (done != watch->done) {
		*watch = (struct watch){ .done = done };
		return false;
	}
	watch->still++;
	watch->busy += busy;
	/* Who wants a processor may just not have got one: much longer. */
	return watch->still - watch->busy >= fuzz_how.patience ||
	       watch->busy >= 10 * fuzz_how.patience;
}

static void tell_hang(char *complaint, unsigned int threads)
{
	size_t len = snprintf(complaint, COMPLAINT, "a call hangs |");
	unsigned int i;

	for (i = 0; i < threads && len < COMPLAINT; i++)
		if (!fuzz_said->thread[i].over)
			len += snprintf(complaint + len, COMPLAINT - len,
					" thread %u: %s", i,
					fuzz_said->thread[i].text);
}

/* Waits for the process; its status, or what it hangs in. */
static int await(pid_t pid, unsigned int threads, char *complaint)
{
	struct watch watch = {};
	int fd = syscall(SYS_pidfd_open, pid, 0), status;
	struct pollfd poller = { fd, POLLIN, 0 };

	while (poll(&poller, 1, 1000) == 0) {
		if (!hangs(&watch, pid, threads))
			continue;
		tell_hang(complaint, threads);
		kill(pid, SIGKILL);
		if (poll(&poller, 1, 1000 * fuzz_how.patience) == 0) {
			strncat(complaint, " (and cannot be killed)",
				COMPLAINT - strlen(complaint) - 1);
			break;
		}
	}
	close(fd);
	if (waitpid(pid, &status, WNOHANG) != pid)
		return 0;
	return status;
}

/* What a run leaves goes with grace periods, and with namespaces. */
static long sockets_left(struct fuzz_world *world)
{
	unsigned int tries = 100 * fuzz_how.patience;
	long left;

	for (;;) {
		left = fuzz_world_sockets() - world->sockets;
		if (left <= 0 || !tries--)
			return left;
		toy_sleep(50);
	}
}

static void tell_end(int status, char *complaint)
{
	if (WIFSIGNALED(status))
		snprintf(complaint, COMPLAINT, "ended by signal %d |",
			 WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(complaint, COMPLAINT, "ended with status %d |",
			 WEXITSTATUS(status));
}

bool fuzz_run(struct fuzz_world *world, const struct fuzz_program *program,
	      char *complaint)
{
	pid_t pid;
	int status;
	long left;

	complaint[0] = '\0';
	memset(fuzz_said->thread, 0, sizeof(fuzz_said->thread));
	fuzz_said->complaint[0] = '\0';
	fuzz_said->fresh = 0;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		fuzz_process(world, program);
	if (pid < 0) {
		perror("fuzz: fork");
		exit(2);
	}
	status = await(pid, program->threads, complaint);
	fuzz_world_reset(world);
	if (!complaint[0])
		memcpy(complaint, fuzz_said->complaint, COMPLAINT);
	if (!complaint[0])
		tell_end(status, complaint);
	if (!complaint[0]) {
		left = sockets_left(world);
		if (left > 0)
			snprintf(complaint, COMPLAINT,
				 "references on the module stay | %ld", left);
	}
	if (!complaint[0])
		fuzz_world_log(world, complaint, COMPLAINT);
	return !complaint[0];
}
