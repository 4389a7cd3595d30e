// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints of AF_TOY by tracefs, for the selftests: see toy_trace.h.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "toy_netlink.h"
#include "toy_trace.h"

#define TRACEFS	"/sys/kernel/tracing"

/* All that an instance may have to tell at a time. */
#define TRACE_MAX	1048576
#define STORY_MAX	256

int toy_trace_write(const struct toy_trace *trace, const char *file,
		    const char *text)
{
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", trace->path, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (*text && write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	errno = err;
	return err ? -1 : 0;
}

ssize_t toy_trace_read(const struct toy_trace *trace, const char *file,
		       char *text, size_t size)
{
	char path[256];
	size_t len = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", trace->path, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return n < 0 ? -1 : (ssize_t)len;
}

int toy_trace_open(struct toy_trace *trace)
{
	static int count;

	memset(trace, 0, sizeof(*trace));
	if (access(TRACEFS "/instances", F_OK) &&
	    mount("none", TRACEFS, "tracefs", 0, NULL))
		return -1;
	snprintf(trace->path, sizeof(trace->path),
		 TRACEFS "/instances/toy-%d-%d", getpid(), count++);
	if (mkdir(trace->path, 0700))
		return -1;
	trace->tid = gettid();
	if (toy_trace_write(trace, "trace_options", "norecord-cmd")) {
		toy_trace_close(trace);
		return -1;
	}
	return 0;
}

void toy_trace_close(struct toy_trace *trace)
{
	int err = errno;

	rmdir(trace->path);
	errno = err;
}

int toy_trace_enable(const struct toy_trace *trace, const char *event, bool on)
{
	char file[128];

	snprintf(file, sizeof(file), "events/toy%s%s/enable",
		 event ? "/" : "", event ? event : "");
	return toy_trace_write(trace, file, on ? "1" : "0");
}

int toy_trace_filter(const struct toy_trace *trace, const char *event,
		     const char *filter)
{
	char file[128];

	snprintf(file, sizeof(file), "events/toy/%s/filter", event);
	return toy_trace_write(trace, file, filter);
}

/* "...-TID [CPU] ...: EVENT: skaddr=P netns=N id=N type=T ADDR > ADDR REST" */
#define TRACE_LINE							\
	": %31[a-z_]: skaddr=%*s netns=%u id=%u type=%15s %31s > %31s %n"

static int tid_of(const char *line)
{
	const char *p = strstr(line, " [");

	while (p && p > line && *p == ' ')
		p--;
	while (p && p > line && *p >= '0' && *p <= '9')
		p--;
	return p && *p == '-' ? atoi(p + 1) : -1;
}

static bool parse(const char *line, struct toy_traced *seen)
{
	const char *p = strstr(line, ": toy_");
	int end = 0;

	memset(seen, 0, sizeof(*seen));
	seen->tid = tid_of(line);
	return p && seen->tid > 0 &&
	       sscanf(p, TRACE_LINE, seen->event, &seen->netns, &seen->id,
		      seen->type, seen->local, seen->remote, &end) == 6 &&
	       end && sscanf(p + end, "%127[^\n]", seen->rest) == 1;
}

int toy_trace_take(const struct toy_trace *trace, struct toy_traced *seen,
		   int max)
{
	char *text = malloc(TRACE_MAX), *line, *next;
	int n = 0;

	if (!text || toy_trace_read(trace, "trace", text, TRACE_MAX) < 0)
		n = -1;
	for (line = text; n >= 0 && *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		if (*line == '#')
			continue;
		if (n == max || !parse(line, &seen[n])) {
			errno = EBADMSG;
			n = -1;
		} else if (seen[n].tid == trace->tid) {
			n++;
		}
	}
	free(text);
	if (n >= 0 && toy_trace_write(trace, "trace", ""))
		return -1;
	return n;
}

/* ----------------------------------------------------------------- stories */

unsigned int toy_trace_number(int sock)
{
	FILE *file = fopen("/proc/net/toy", "r");
	unsigned int inode, id, found = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %*s %*s %*s %*s %*s %*u/%*u %*u %u", &id,
			   &inode) == 2 && inode && inode == toy_inode(sock))
			found = id;
	}
	if (file)
		fclose(file);
	return found;
}

void toy_trace_name(struct toy_trace *trace, char name, int sock)
{
	trace->id[(int)name] = toy_trace_number(sock);
}

static char name_of(const struct toy_trace *trace, unsigned int id)
{
	int i;

	if (!id)
		return '-';
	for (i = 'a'; i <= 'z'; i++)
		if (trace->id[i] == id)
			return i;
	return '?';
}

const char *toy_trace_story(struct toy_trace *trace)
{
	static struct toy_traced seen[STORY_MAX];
	static char text[STORY_MAX * sizeof(seen[0])];
	int i, n = toy_trace_take(trace, seen, STORY_MAX);
	size_t len = 0;

	if (n < 0)
		return "no story";
	text[0] = '\0';
	for (i = 0; i < n; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%s %c %s",
				i ? "; " : "", seen[i].event + strlen("toy_"),
				name_of(trace, seen[i].id), seen[i].rest);
	return text;
}
