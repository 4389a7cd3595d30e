#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tools/python/toysock.py under Debian's python3: every method, selectors,
# asyncio, also over a link, for which the namespace is one of the test's own.

. "$(dirname "$0")/lib/tap.sh"
tap_need /usr/bin/python3 unshare ip sysctl

PYTHONPATH=$(realpath "$TAP_LIB/../../tools/python")
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1

# Node 2, with lo as a link.
alone()
{
	unshare -n sh -c 'ip link set lo up &&
		sysctl -qw net.toy.node=2 net.toy.links=lo && exec "$@"' sh "$@"
}

# The two programs' results as one list.
{
	for program in toysock_test toysock_loop; do
		alone /usr/bin/python3 "$TAP_LIB/$program.py" || echo "status 1"
	done
} | awk '
	BEGIN { print "TAP version 13" }
	/^TAP version/ { next }
	/^1\.\./ { plan += substr($0, 4); next }
	/^status/ { status = 1; next }
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++count) }
	{ print; fflush() }
	END { print "1.." plan + 0; exit status || !plan }'
rc=$?
exit "$rc"
