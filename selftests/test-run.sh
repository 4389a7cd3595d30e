#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# selftests/run itself: programs that end in every way a program can end

# shellcheck source-path=SCRIPTDIR source=lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

here=$(cd "$(dirname "$0")" && pwd)
fake=$TAP_DIR/selftests
mkdir -p "$fake" "$TAP_DIR/build/selftests"
cp "$here/run" "$fake/run"

# program NAME: a test program that does what stdin says
program()
{
	touch "$fake/$1.c"
	{
		echo '#!/bin/bash'
		cat
	} >"$TAP_DIR/build/selftests/$1"
	chmod +x "$TAP_DIR/build/selftests/$1"
}

# run ARG...: fills in $out and $rc
run()
{
	out=$(BUILD="$TAP_DIR/build" "$fake/run" --peers "$@" 2>&1)
	rc=$?
}

# has NAME LINE: a line of the report, numbers aside
has()
{
	local lines

	lines=$(sed -E 's/^((not )?ok) [0-9]+/\1/' <<<"$out")
	if grep -qxF -e "$2" <<<"$lines"; then
		tap_pass "$1"
	else
		tap_fail "$1" "no line '$2' in" "$out"
	fi
}

program good <<'END'
echo "TAP version 13"
echo "1..2"
echo "# Starting 2 tests from 1 test cases."
echo "#  RUN           good.first ..."
echo "ok 1 good.first"
echo "ok 2 - second"
END
program bad <<'END'
echo "1..2"
echo "why it fails"
echo "not ok 1 first"
echo "ok 2 second"
exit 1
END
program skips <<'END'
echo "1..2"
echo "#  RUN           skips.first ..."
echo "ok 1 # SKIP no such thing"
echo "ok 2 second # SKIP neither"
END
program skips_all <<'END'
echo "1..0 # SKIP not on this kernel"
exit 4
END
program crashes <<'END'
echo "1..2"
echo "ok 1 first"
kill -SEGV $$
END
program short <<'END'
echo "1..3"
echo "ok 1 first"
END
program planless <<'END'
echo "ok 1 first"
END
program status <<'END'
echo "1..1"
echo "ok 1 first"
exit 3
END
program bails <<'END'
echo "1..2"
echo "ok 1 first"
echo "Bail out! no more"
exit 1
END
program hangs <<'END'
echo "1..2"
echo "ok 1 first"
sleep 1000 &
echo $! >"${0%/*}/pid"
sleep 1000
END
program silent <<'END'
exit 0
END
touch "$fake/unbuilt.c"

tap_plan 20

run good skips skips_all
tap_is 'good, skips: exit status' "$rc" 0
run good bad
tap_is 'bad: exit status' "$rc" 1

run --slow 1 --timeout 5
tap_is 'all: exit status' "$rc" 1
has 'good: a name less its program' 'ok - good: first'
has 'good: a name of its own' 'ok - good: second'
has 'bad: the failure' 'not ok - bad: first'
has 'bad: other output becomes a comment' '# why it fails'
has 'skips: named as it was announced' 'ok - skips: first # SKIP no such thing'
has 'skips: the reason' 'ok - skips: second # SKIP neither'
has 'skips: all of a program' \
	'ok - skips_all: all of it # SKIP not on this kernel'
has 'crashes: counts as a failure' 'not ok - crashes: ended by signal 11'
has 'short: counts as a failure' \
	'not ok - short: planned 3 results, gave 1'
has 'planless: counts as a failure' \
	'not ok - planless: gave results without a plan'
has 'status: counts as a failure' 'not ok - status: exit status 3'
has 'bails: counts as a failure' 'not ok - bails: bailed out: no more'
has 'hangs: counts as a failure' 'not ok - hangs: took longer than 5 s'
# The children of the dead are init's to bury: a zombie is dead enough.
child=$(ps -o stat= -p "$(cat "$TAP_DIR/build/selftests/pid")")
tap_is 'hangs: leaves no process' "${child%%[!Z]*}" "${child:0:1}"
has 'unbuilt: counts as a failure' 'not ok - unbuilt: not built'

# Every result of all of them has a number of its own, up to the plan.
numbers=$(grep -Eo '^(not )?ok [0-9]+' <<<"$out" | grep -Eo '[0-9]+')
plan=$(sed -n 's/^1\.\.//p' <<<"$out")
tap_is 'all: numbered' "$numbers" "$(seq "${plan:-0}")"

run nonsense
has 'nonsense: counts as a failure' 'not ok - nonsense: no such test'
