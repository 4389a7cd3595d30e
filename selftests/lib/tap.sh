# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the shell tests share: TAP lines, a scratch directory that goes away,
# background programs that never outlive the test, addresses for socat.
#
#	. "$(dirname "$0")/lib/tap.sh"
#	tap_need socat perl
#	tap_plan 2
#	tap_ok 'a command succeeds' test -e /dev/null
#	tap_is 'two texts are the same' "$got" "$want"

TAP_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TAP_DIR=$(mktemp -d)
TAP_COUNT=0
TAP_FAILED=0
TAP_PLAN=0
TAP_PIDS=()
# Seconds that any one program may take; software emulation is slow.
TAP_PATIENCE=${TAP_PATIENCE:-60}

# A test may define tap_cleanup to undo what it did to the machine.
tap_exit()
{
	local rc=$? pid

	trap - EXIT INT TERM
	for pid in "${TAP_PIDS[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null
	done
	wait 2>/dev/null
	if declare -F tap_cleanup >/dev/null; then
		tap_cleanup >/dev/null 2>&1
	fi
	rm -rf "$TAP_DIR"
	if [ "$rc" -ne 0 ]; then
		exit "$rc"
	fi
	if [ "$TAP_COUNT" -ne "$TAP_PLAN" ]; then
		echo "# planned $TAP_PLAN tests, ran $TAP_COUNT"
		exit 1
	fi
	[ "$TAP_FAILED" -eq 0 ]
	exit
}
trap tap_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tap_skip_all()
{
	echo "TAP version 13"
	echo "1..0 # SKIP $*"
	exit 4
}

# The test cannot run without these programs and the family.
tap_need()
{
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null ||
			tap_skip_all "no $program"
	done
	if ! perl -I"$TAP_LIB" -MToy \
	     -e 'socket(my $s, AF_TOY, 2, 0) or exit 1' 2>/dev/null; then
		tap_skip_all "no AF_TOY"
	fi
}

tap_plan()
{
	TAP_PLAN=$1
	echo "TAP version 13"
	echo "1..$1"
}

tap_pass()
{
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT $1"
}

# tap_fail NAME [WHY...]
tap_fail()
{
	local name=$1

	shift
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_COUNT $name"
	if [ $# -gt 0 ]; then
		printf '%s\n' "$@" | sed 's/^/# /'
	fi
}

tap_skip()
{
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT $1 # SKIP $2"
}

# tap_ok NAME COMMAND...: its output is shown only where it fails
tap_ok()
{
	local name=$1 rc

	shift
	"$@" >"$TAP_DIR/out" 2>&1
	rc=$?
	if [ "$rc" -eq 0 ]; then
		tap_pass "$name"
	else
		tap_fail "$name" "$* gave $rc" "$(cat "$TAP_DIR/out")"
	fi
}

# tap_is NAME GOT WANT
tap_is()
{
	if [ "$2" = "$3" ]; then
		tap_pass "$1"
	else
		tap_fail "$1" "got:  $2" "want: $3"
	fi
}

# tap_like NAME GOT PATTERN (of the shell)
tap_like()
{
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then
		tap_pass "$1"
	else
		tap_fail "$1" "got:  $2" "want: $3"
	fi
}

# Runs a command for at most TAP_PATIENCE seconds.
tap_timed()
{
	timeout -k 5 "$TAP_PATIENCE" "$@"
}

# tap_start NAME COMMAND...: in the background, as a process group of its own
# whose number is in TAP_PID. No input; the output goes to NAME.out and .err in
# TAP_DIR.
tap_start()
{
	local name=$1

	shift
	set -m
	"$@" </dev/null >"$TAP_DIR/$name.out" 2>"$TAP_DIR/$name.err" &
	TAP_PID=$!
	set +m
	TAP_PIDS+=("$TAP_PID")
}

# Ends what tap_start began, with its children.
tap_stop()
{
	kill -- "-$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# tap_until COMMAND...: tries until it succeeds
tap_until()
{
	local end=$((SECONDS + TAP_PATIENCE))

	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			return 1
		fi
		sleep 0.05
	done
}

# The number of the family in use.
toy_family()
{
	cat /sys/module/toy/parameters/family 2>/dev/null || echo 18
}

# toy_hex PORT [NODE]: what socat wants of an address, all after the family
toy_hex()
{
	perl -e 'print "x", unpack("H*", pack("S L", @ARGV))' "$1" "${2:-0}"
}
