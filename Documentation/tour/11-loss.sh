#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 11 'Loss, retransmission, and a timer that doubles'

events=/sys/kernel/tracing/events/toy/toy_xmit

lab_undo()
{
	echo 0 >"$events/enable"
	echo 0 >"$events/filter"
}

# status KEY: of the client's end
status()
{
	sed "s/.* $1=\([^ ]*\).*/\1/" "/net/a/stream/$c/status"
}

# sent_again COUNT
sent_again()
{
	[ "$(status retrans)" -ge "$1" ]
}

acknowledged()
{
	[ "$(status sq)" -eq 0 ]
}

# doubles RTO: the text of times.txt. A timer never expires early, and on a busy
# machine it may expire late: after so many that were sent again there have gone by at
# least so many ms as the doubling makes. Rounding: a tenth.
doubles()
{
	awk -v rto="$1" '
		NR == 1	{ first = $1; least = 0; wait = rto; next }
			{ least += wait; wait *= 2
			  if (($1 - first) * 1000 < 0.9 * least) bad = 1 }
		END	{ exit bad || NR < 4 }' times.txt
}

say 'A cable loses frames. Nobody tells the sender: a frame that is lost and one that is
late look the same, and so does an acknowledgement that is lost. All that is left is to
wait for a while, and send it again. How long, is what this lab is about.'
two_nodes
say 'A client in a has called a server in b: descriptor 6 is the data of the one, 7 that
of the other.'
conversation
say 'Each answer tells how long a round trip takes. A few of them:'
try 'for i in 1 2 3 4 5 6; do echo hello >&6; read -r line <&7; done
a toyss -i'
look 'rtt, the round trip in ms, rttvar, how much it varies, and rto, what follows from
these: so long it waits for an acknowledgement. It is 200 ms at least.'
rto=$(printf '%s\n' "$TRIED" | sed -n 's/.* rto:\([0-9]*\).*/\1/p')
promise_like 'the round trip was measured' ' rtt:[0-9.]+ rttvar:[0-9.]+ '
promise 'rto is not below 200 ms' test "${rto:-0}" -ge 200

say 'The kernel shall write down each segment with payload that leaves a socket, and
when; then the cable loses everything that a sends.'
try <<'END'
echo >/sys/kernel/tracing/trace
echo "len > 0" >/sys/kernel/tracing/events/toy/toy_xmit/filter
echo 1 >/sys/kernel/tracing/events/toy/toy_xmit/enable
a tc qdisc add dev eth0 root netem loss 100%
END

say 'write() does not know. The five bytes are in the send buffer, and the call is done.'
try 'echo lost >&6 && echo written'
promise_like 'the write succeeds' '^written$'
wait_for 250 sent_again 3

look 'Send-Q: five bytes that nobody has acknowledged. timer:(on,...): what is left until
the next attempt, and how often it has expired; backoff is that, too. cwnd: one segment
is all that is let out after a timeout, for the path may be jammed (lab 13).'
try 'a toyss -io'
promise_like 'five bytes are not acknowledged' '^toy_str +ESTAB +0 +5 '
promise_like 'its timer has expired at least 3 times' \
	'timer:\(on,[^,]*,([3-9]|[1-9][0-9]+)\)'
promise_like 'so it says itself' 'backoff:([3-9]|[1-9][0-9])'
promise_like 'one segment at a time' 'mss:1464 cwnd:1464 '
try 'b toyss'
promise_like 'the other end has nothing, and knows nothing' '^toy_str +ESTAB +0 +0 '

say 'The cable works again. Nobody tells the sender that either: the next attempt comes
when the timer says so.'
try 'a tc qdisc del dev eth0 root'
try 'read -r -t 250 line <&7; echo "$line"'
promise_like 'it arrives, late and whole' '^lost$'
echo 0 >"$events/enable"
wait_for 60 acknowledged

say 'What the kernel wrote down: when the segment went, and how long after the one
before.'
look 'the gaps. Each is twice the one before, the first is rto.'
try <<'END'
sed -n 's/.* \([0-9.]*\): toy_xmit: .* len=5$/\1/p' /sys/kernel/tracing/trace >times.txt
awk 'NR > 1 { printf "%.3f, %.1f s later\n", $1, $1 - last } { last = $1 }' times.txt
END
promise "the time between them doubles, from $rto ms on" doubles "$rto"
promise 'the same five bytes went at least five times' \
	test "$(wc -l <times.txt)" -ge 5

say 'Why twice as long each time: if many wait for a jammed path, and all of them ask as
often as before, it never gets free. After an acknowledgement all is as it was, and the
next word goes at once.'
try 'echo again >&6; read -r -t 250 line <&7; echo "$line"'
promise_like 'the next word arrives' '^again$'
wait_for 60 acknowledged
try 'a toyss -io'
promise_like 'all is acknowledged' '^toy_str +ESTAB +0 +0 '
promise 'no timer runs, nothing is backed off' tried_lacks 'timer:|backoff:'

say 'It does not go on for ever: after 15 attempts, about a quarter of an hour, the
socket gives up with ETIMEDOUT. Which rule says what: 11-loss.md, beside this script.'
lab_end
