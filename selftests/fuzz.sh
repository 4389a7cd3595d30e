#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The fuzzer (fuzz/) for a few seeds, always the same ones; for minutes, and for
# seeds that nobody has tried, there is scripts/fuzz. Then whether it sees what it
# is there for: each kind of failure is planted once, and a complaint is cut down to
# few calls.

. "$(dirname "$0")/lib/tap.sh"
tap_need ip

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
unshare -n true 2>/dev/null || tap_skip_all "no network namespaces"
fuzz=${BUILD:-$(dirname "$0")/../build}/selftests/fuzz/fuzz
[ -x "$fuzz" ] || tap_skip_all "not built"

# run_fuzz NAME OPTION...: its output is in NAME.out, its exit status is returned.
# What it leaves running goes with its process group.
run_fuzz()
{
	local status pid

	tap_start "$1" "$fuzz" --no-kcov "${@:2}"
	pid=$TAP_PID
	wait "$pid"
	status=$?
	kill -KILL -- "-$pid" 2>/dev/null
	return "$status"
}

out_of()
{
	cat "$TAP_DIR/$1.out" "$TAP_DIR/$1.err"
}

# found NAME STATUS WHAT: it complained of that
found()
{
	tap_like "$1: is complained of" "$2 $(out_of "$1")" "1 *complaint: $3*"
}

# The names of the calls that a trace shows
calls_of()
{
	sed -n 's/^[0-9]* *\([0-9]*\) \([^(]*\)(.*/\1 \2/p' "$TAP_DIR/$1.out"
}

tap_plan 13

run_fuzz one --seed 1 --runs 3 --threads 1
tap_is 'one thread: nothing to complain of' "$? $(out_of one | grep complaint)" '0 '
run_fuzz two --seed 101 --runs 3
tap_is 'two threads: nothing to complain of' "$? $(out_of two | grep complaint)" '0 '
run_fuzz four --seed 201 --runs 2 --threads 4
tap_is 'four threads: nothing to complain of' "$? $(out_of four | grep complaint)" '0 '
# Or nothing was tested.
tap_ok 'a third of the calls succeeded' awk '
	/programs from seed/ { made = $7; done = $9 }
	END { exit !(made >= 800 && done * 3 > made) }' "$TAP_DIR/one.out"

run_fuzz hang --seed 1 --calls 40 --plant hang --patience 3
found hang $? 'a call hangs'
run_fuzz crash --seed 1 --calls 40 --plant crash
found crash $? 'ended by signal 11'
run_fuzz stay --seed 1 --calls 40 --plant stay --patience 3
found stay $? 'references on the module stay'
run_fuzz warn --seed 1 --calls 40 --plant warn
found warn $? 'the kernel said WARNING: '
run_fuzz errno --seed 1 --calls 40 --plant errno
found errno $? 'errno gave ENOTRECOVERABLE'

# An errno that is right, and that many programs come across.
run_fuzz refused --seed 1 --runs 20 --threads 1 --forbid 111 --minimise
found refused $? '*gave ECONNREFUSED'
replay=$(sed -n 's/^minimised: fuzz //p' "$TAP_DIR/refused.out")
keep=${replay##* }
tap_ok 'minimise: few calls are left' test -n "$keep" -a "${#keep}" -lt 40
# shellcheck disable=SC2086 # options
run_fuzz again $replay --forbid 111
found again $? '*gave ECONNREFUSED'

run_fuzz first --seed 7 --calls 60 --threads 1 --trace
run_fuzz second --seed 7 --calls 60 --threads 1 --trace
tap_is 'a seed: always the same calls' "$(calls_of first | wc -l) $(calls_of first)" \
	"60 $(calls_of second)"
