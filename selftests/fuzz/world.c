// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where programs run, and what is left of them there.
 */
#include <net/if.h>
#include <stdarg.h>

#include "fuzz.h"
#include "toyfs.h"

static void up(const char *device)
{
	struct ifreq req = { .ifr_flags = IFF_UP };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", device);
	ioctl(fd, SIOCSIFFLAGS, &req);
	toy_close(&fd);
}

/* All connections end with the links. */
void fuzz_world_reset(struct fuzz_world *world)
{
	static const char *const devices[] = { "toy0", "toy1" };
	int end;

	for (end = 1; end >= 0; end--) {
		toy_cable_deaf(&world->cable, end);
		fuzz_link(false);
		up("lo");
		up(devices[end]);
		toy_sysctl_set("histograms", "0");
		toy_sysctl_set("port_range", "32768 60999");
	}
	for (end = 1; end >= 0; end--)
		toy_cable_hear(&world->cable, end);
}

long fuzz_world_sockets(void)
{
	FILE *file = fopen("/sys/module/toy/refcnt", "r");
	long n = 0;

	if (!file || fscanf(file, "%ld", &n) != 1)
		n = 0;
	if (file)
		fclose(file);
	return n;
}

int fuzz_world_make(struct fuzz_world *world)
{
	if (toy_cable_make(&world->cable) || toyfs_private("foreign"))
		return -1;
	fuzz_world_reset(world);
	world->sockets = fuzz_world_sockets();
	world->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (world->kmsg >= 0)
		lseek(world->kmsg, 0, SEEK_END);
	return 0;
}

/* ---------------------------------------------------------- the kernel's log */

/* The first word of the kernel's that is one too many, NULL where there is none */
static const char *complaint_in(const char *line)
{
	static const char *const words[] = {
		"BUG: ", "WARNING: ", "Oops: ", "general protection fault",
		"kernel BUG at", "INFO: possible", "INFO: task ", "INFO: rcu",
		"INFO: trying to register", "possible circular locking",
		"inconsistent lock state", "suspicious RCU usage",
		"soft lockup", "hard LOCKUP", "UBSAN: ", "refcount_t: ",
		"ODEBUG: ", "list_add corruption", "list_del corruption",
		"unregister_netdevice: waiting", "ref_tracker: ",
		"DEBUG_LOCKS_WARN_ON", "Attempt to release alive",
	};
	size_t i;

	/* Races that are not the module's are others' business: scripts/vm. */
	if (strstr(line, "KCSAN"))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(line, words[i]))
			return words[i];
	return NULL;
}

bool fuzz_world_log(struct fuzz_world *world, char *text, size_t size)
{
	char line[2048];
	const char *word;
	ssize_t len;

	for (;;) {
		len = read(world->kmsg, line, sizeof(line) - 1);
		/* EPIPE: some were overwritten before they were read. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return false;
		line[len] = '\0';
		line[strcspn(line, "\n")] = '\0';
		word = complaint_in(line);
		if (word)
			break;
	}
	snprintf(text, size, "the kernel said %s| %.400s", word, line);
	return true;
}

void fuzz_world_tell(const char *format, ...)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* In one write: it is one line there. */
	if (write(fd, text, strlen(text)) < 0)
		perror("fuzz: /dev/kmsg");
	toy_close(&fd);
}
