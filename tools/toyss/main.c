// SPDX-License-Identifier: GPL-2.0-only
/*
 * toyss: what ss(8) is to other sockets, for AF_TOY. See toyss(8).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"
#include "events.h"
#include "list.h"
#include "netns.h"
#include "options.h"
#include "summary.h"

/*
 * The summary alone, unless sockets were asked for as well; JSON has but one
 * value.
 */
static bool print(struct diag *diag, const struct options *options)
{
	struct json json = { .out = stdout };
	bool done = true;

	if (options->summary) {
		done = summary_print(diag, options->json ? &json : NULL);
		if (!options->choice || options->json)
			return done;
	}
	return list_print(diag, options) && done;
}

int main(int argc, char **argv)
{
	struct options options;
	struct diag *diag;
	bool done;

	options_parse(&options, argc, argv);
	if (options.netns)
		netns_enter(options.netns);
	if (options.events) {
		events_print(&options);
		done = true;
	} else {
		diag = diag_open();
		if (options.kill && diag_replays(diag))
			errx(STATUS_USAGE, "-K closes nothing in a file");
		done = print(diag, &options);
		diag_close(diag);
	}
	free(options.filter.steps);
	if (fclose(stdout))
		err(EXIT_FAILURE, "output");
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
