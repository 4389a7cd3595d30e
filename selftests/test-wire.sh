#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Scripts of frames (wire/README.md) against the module, all of them, and whether
# there is one for each rule of Documentation/protocol.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need unshare
wire=$(cd "$(dirname "$0")/wire" && pwd)

count=$(ls "$wire"/scripts/*.wire | wc -l)
tap_plan $((count + 1))
tap_is 'each rule of the protocol has a script' "$("$wire/run" --labels)" ''
# Several run at once, and a machine that stands still for a third of a second in a
# handshake has another RTO: one that fails is played once more, alone.
again()
{
	local name=${1%%:*}

	echo "# $name: once more, alone"
	"$wire/run" --jobs 1 --slow "${TOY_TEST_SLOW:-1}" "$name" > "$result"
	grep '^#' "$result"
	grep -q '^ok ' "$result"
}

result=$(mktemp)
while read -r line; do
	case $line in
	'ok '*)
		tap_pass "${line#*- }"
		;;
	'not ok '*)
		if again "${line#*- }"; then
			tap_pass "${line#*- }"
		else
			tap_fail "${line#*- }"
		fi
		;;
	'#'*)
		echo "$line"
		;;
	esac
done < <("$wire/run" --slow "${TOY_TEST_SLOW:-1}")
rm -f "$result"
