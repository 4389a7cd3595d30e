// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyrun: run a program's IPv4 sockets over AF_TOY. See toyrun(1).
 *
 * All that happens here is before the program starts: its socket calls go
 * through libtoyrun.so (lib/).
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "family.h"
#include "map.h"
#include "program.h"

#define LIBRARY		"libtoyrun.so"

/* As env(1), nohup(1) and their kin have them. */
enum status {
	STATUS_OWN = 125,
	STATUS_CANNOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
};

static const char help[] =
	"Usage: toyrun [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
	"Runs COMMAND with its IPv4 sockets in the family AF_TOY.\n"
	"  -m, --map=LIST  ADDRESS=NODE[,ADDRESS=NODE...], before what TOYRUN_MAP says\n"
	"  -h, --help\n"
	"  -V, --version\n"
	"127.0.0.0/8 is node 1, 0.0.0.0 any node; other addresses need a pair.\n";

static const struct option long_options[] = {
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ "map",	required_argument,	NULL, 'm' },
	{ NULL, 0, NULL, 0 },
};

static noreturn void print_and_exit(const char *text)
{
	fputs(text, stdout);
	exit(fclose(stdout) ? STATUS_OWN : EXIT_SUCCESS);
}

static noreturn void usage(void)
{
	fputs("'toyrun -h' lists what it takes\n", stderr);
	exit(STATUS_OWN);
}

/* Puts a value before those that a variable has. */
static void env_prepend(const char *name, const char *value,
			const char *separator)
{
	const char *old = getenv(name) ?: "";
	char *text;

	if (asprintf(&text, "%s%s%s", value, *old ? separator : "", old) < 0 ||
	    setenv(name, text, 1))
		err(STATUS_OWN, "%s", name);
	free(text);
}

static void parse_options(int argc, char **argv)
{
	int c;

	/* '+': what follows COMMAND is COMMAND's */
	while ((c = getopt_long(argc, argv, "+hVm:", long_options,
				NULL)) != -1) {
		switch (c) {
		case 'm':
			env_prepend(MAP_ENV, optarg, ",");
			break;
		case 'h':
			print_and_exit(help);
		case 'V':
			print_and_exit("toyrun utility, AF_TOY\n");
		default:
			/* getopt(3) has told why. */
			usage();
		}
	}
	if (optind == argc) {
		warnx("no command");
		usage();
	}
}

static void check_map(void)
{
	static struct map map;
	const char *bad, *why;

	why = map_parse(&map, getenv(MAP_ENV) ?: "", &bad);
	if (why)
		errx(STATUS_OWN, "%s: '%.*s' %s", MAP_ENV,
		     (int)strcspn(bad, ","), bad, why);
}

static void check_module(void)
{
	int family = family_read();
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(STATUS_OWN,
		    "no sockets of family %d (is the module toy loaded?)",
		    family);
	close(fd);
}

static noreturn void cannot_run(const char *name, int err)
{
	warnx("%s: %s", name, strerror(-err));
	exit(err == -ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
}

static void check_program(const char *name)
{
	char path[PATH_MAX];
	const char *why;
	int err = program_find(path, name);

	if (err)
		cannot_run(name, err);
	why = program_check(path);
	if (why)
		errx(STATUS_CANNOT_RUN, "%s %s", path, why);
}

/*
 * The library lies beside this program where it was built, and in ../lib/toyrun
 * where it was installed, under whatever prefix.
 */
static void set_library(void)
{
	static const char * const places[] = { "", "../lib/toyrun/" };
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	unsigned int i;

	if (n < 0)
		err(STATUS_OWN, "/proc/self/exe");
	self[n] = '\0';
	strrchr(self, '/')[1] = '\0';
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), "%s%s" LIBRARY, self, places[i]);
		if (access(path, R_OK))
			continue;
		/* The loader splits its list there. */
		if (strpbrk(path, " :"))
			errx(STATUS_OWN, "'%s': a blank or colon in the path",
			     path);
		env_prepend("LD_PRELOAD", path, ":");
		return;
	}
	errx(STATUS_OWN, "there is no " LIBRARY " in %s or %s%s", self, self,
	     places[1]);
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	check_map();
	check_program(argv[optind]);
	check_module();
	set_library();
	execvp(argv[optind], argv + optind);
	cannot_run(argv[optind], -errno);
}
