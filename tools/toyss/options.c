// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the command line asks for.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>

#include "alloc.h"
#include "netid.h"
#include "options.h"
#include "state.h"

static const struct option long_options[] = {
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ "numeric",	no_argument,		NULL, 'n' },
	{ "all",	no_argument,		NULL, 'a' },
	{ "listening",	no_argument,		NULL, 'l' },
	{ "options",	no_argument,		NULL, 'o' },
	{ "extended",	no_argument,		NULL, 'e' },
	{ "memory",	no_argument,		NULL, 'm' },
	{ "processes",	no_argument,		NULL, 'p' },
	{ "info",	no_argument,		NULL, 'i' },
	{ "summary",	no_argument,		NULL, 's' },
	{ "events",	no_argument,		NULL, 'E' },
	{ "kill",	no_argument,		NULL, 'K' },
	{ "no-header",	no_argument,		NULL, 'H' },
	{ "oneline",	no_argument,		NULL, 'O' },
	{ "json",	no_argument,		NULL, 'j' },
	{ "net",	required_argument,	NULL, 'N' },
	{ "query",	required_argument,	NULL, 'A' },
	{ "socket",	required_argument,	NULL, 'A' },
	{ "diag",	required_argument,	NULL, 'D' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: toyss [OPTIONS] [state STATE | exclude STATE]... [EXPRESSION]\n"
	"  -a, --all          all sockets\n"
	"  -l, --listening    sockets that wait to be spoken to\n"
	"                     (neither: connected ones)\n"
	"  -A, --query=LIST   of these types: toy_str,toy_seq,toy_dgr,toy_raw,all\n"
	"  -p, --processes    who holds them\n"
	"  -e, --extended     owner, inode, cookie, last error\n"
	"  -o, --options      timers\n"
	"  -m, --memory       memory\n"
	"  -i, --info         counters, and all else that the kernel knows\n"
	"  -n, --numeric      numbers for ports that have a name\n"
	"  -s, --summary      how many there are\n"
	"  -E, --events       what happens from now on\n"
	"  -K, --kill         close them, print those that were closed\n"
	"  -N, --net=NETNS    in another network namespace\n"
	"  -H, --no-header    no header line\n"
	"  -O, --oneline      one line for a socket\n"
	"  -j, --json         JSON\n"
	"  -D, --diag=FILE    print nothing, keep the kernel's answers\n"
	"  -h, --help\n"
	"  -V, --version\n"
	"STATE: established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait closed\n"
	"       close-wait last-ack listening closing, all connected synchronized\n"
	"       bucket big\n"
	"EXPRESSION: src|dst [=|!=|<|>|<=|>=] [NODE][:PORT], sport|dport [...] :PORT,\n"
	"       and, or, not, ( )\n";

static noreturn void hint(void)
{
	fprintf(stderr, "'toyss -h' lists what it takes\n");
	exit(STATUS_USAGE);
}

static noreturn void usage(const char *why)
{
	warnx("%s", why);
	hint();
}

static noreturn void usage_word(const char *word, const char *why)
{
	warnx("'%s' %s", word, why);
	hint();
}

static noreturn void print_and_exit(const char *text)
{
	fputs(text, stdout);
	exit(fclose(stdout) ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Where the switch of an option without an argument is; NULL: elsewhere. */
static bool *option_switch(struct options *options, int option)
{
	switch (option) {
	case 'n':
		return &options->numeric;
	case 'o':
		return &options->timer;
	case 'e':
		return &options->extended;
	case 'm':
		return &options->memory;
	case 'p':
		return &options->processes;
	case 'i':
		return &options->info;
	case 's':
		return &options->summary;
	case 'E':
		return &options->events;
	case 'K':
		return &options->kill;
	case 'H':
		return &options->bare;
	case 'O':
		return &options->oneline;
	case 'j':
		return &options->json;
	default:
		return NULL;
	}
}

static void option_states(struct options *options, uint32_t states)
{
	options->filter.states = states;
	options->states = true;
}

static void option_types(struct options *options, const char *list)
{
	const char *bad = netid_parse(list, &options->filter.types);

	if (bad)
		usage_word(bad, "is no type of socket");
	options->choice = true;
}

static void option(struct options *options, int option)
{
	bool *on = option_switch(options, option);

	if (on) {
		*on = true;
		return;
	}
	switch (option) {
	case 'a':
		option_states(options, STATES_ALL);
		break;
	case 'l':
		option_states(options, states_listening());
		break;
	case 'A':
		option_types(options, optarg);
		break;
	case 'N':
		options->netns = optarg;
		break;
	case 'D':
		options->record = optarg;
		break;
	case 'h':
		print_and_exit(help);
	case 'V':
		print_and_exit("toyss utility, AF_TOY\n");
	default:
		/* getopt(3) has told why. */
		hint();
	}
}

/* One text of what may come as one argument or as many. */
static char *join(char **words)
{
	size_t size;
	char *text;
	FILE *stream = xstream(&text, &size);

	while (*words)
		fprintf(stream, "%s ", *words++);
	xfinish(stream);
	return text;
}

/*
 * The next word of a text that ends in a blank, and is cut there; NULL: there is
 * none.
 */
static char *next_word(char **text)
{
	char *word;

	do {
		word = strsep(text, " \t\n");
	} while (word && !*word);
	return word;
}

/*
 * "state X" and "exclude X" at the beginning: the former add up and replace
 * -a and -l, the latter take away. Returns what follows them.
 */
static char *parse_states(struct options *options, char *text)
{
	bool named = false;

	for (;;) {
		char *rest = text + strspn(text, " \t\n");
		size_t len = strcspn(rest, " \t\n");
		bool state = len == 5 && !strncmp(rest, "state", len);
		const char *word;
		uint32_t bits;

		if (!state && !(len == 7 && !strncmp(rest, "exclude", len)) &&
		    !(len == 4 && !strncmp(rest, "excl", len)))
			return rest;
		rest += len;
		word = next_word(&rest);
		bits = word ? states_parse(word) : 0;
		if (!bits)
			usage_word(word ?: "", "is no state");
		if (!named)
			options->filter.states = state ? 0 : STATES_ALL;
		named = true;
		options->states = true;
		if (state)
			options->filter.states |= bits;
		else
			options->filter.states &= ~bits;
		text = rest;
	}
}

/* What contradicts itself. */
static void check(const struct options *options)
{
	if (options->events &&
	    (options->kill || options->summary || options->record))
		usage("-E goes with none of -K, -s, -D");
	if (options->kill && (options->summary || options->record))
		usage("-K goes with none of -s, -D");
	if (options->record && options->json)
		usage("-D prints nothing, be it -j");
}

void options_parse(struct options *options, int argc, char **argv)
{
	const char *error;
	char *text;
	int c;

	*options = (struct options) { .filter.types = NETID_ALL };
	while ((c = getopt_long(argc, argv, "hVnaloempisEKHOjN:A:D:",
				long_options, NULL)) != -1)
		option(options, c);
	text = join(argv + optind);
	error = filter_parse(&options->filter, parse_states(options, text));
	free(text);
	if (error)
		usage(error);
	if (!options->states)
		options->filter.states = options->events ? STATES_ALL :
							   states_default();
	if (options->filter.count)
		options->choice = true;
	check(options);
}

uint32_t options_show(const struct options *options)
{
	uint32_t show = TOY_DIAG_SHOW_QUEUES;

	if (options->timer)
		show |= TOY_DIAG_SHOW_TIMER;
	if (options->extended)
		show |= TOY_DIAG_SHOW_PEER | TOY_DIAG_SHOW_ERROR;
	if (options->memory)
		show |= TOY_DIAG_SHOW_MEMINFO;
	if (options->info)
		show |= TOY_DIAG_SHOW_INFO;
	return show;
}
