#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The benchmark's program: each case works with each family, whatever it costs

# shellcheck source-path=SCRIPTDIR source=lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

bench=$TAP_LIB/../../build/selftests/bench/bench
tap_need
cases=$("$bench" --list | awk 'NF > 1 { print $1 }')
tap_plan $(($(wc -w <<<"$cases") + 1))

# AF_TOY and its yardstick: what only figures are for may be missing here.
for case in $cases; do
	size=()
	# 60,000 sockets take their time on a debug kernel.
	[ "$case" != lookup ] || size=(--size 1000)
	"$bench" --quick --case "$case" "${size[@]}" \
		--subject '@(toy-*|unix-*|tcp|udp)' \
		>"$TAP_DIR/out" 2>"$TAP_DIR/err"
	rc=$?
	rows=$(grep -c "^$case	[0-9]*	toy-[a-z]*	[1-9][0-9]*$" "$TAP_DIR/out")
	tap_is "$case" "status $rc, rows: $((rows > 0)) $(cat "$TAP_DIR/err")" \
		'status 0, rows: 1 '
done

"$bench" --case nothing >"$TAP_DIR/out" 2>&1
tap_is 'a case that is not there has no rows' "$(grep -c '	toy-' "$TAP_DIR/out")" 0
