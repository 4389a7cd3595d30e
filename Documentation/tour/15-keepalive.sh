#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 15 'A dead peer, and keepalive'

events=/sys/kernel/tracing/events/toy/toy_xmit

lab_undo()
{
	echo 0 >"$events/enable"
	echo 0 >"$events/filter"
}

# in_state FILE STATE
in_state()
{
	grep -q " state=$2 " "$1"
}

say 'A program that ends, even by kill -9, says goodbye: the kernel closes its sockets, and
that sends a FIN or a RST. A machine that loses its power says nothing, nor does a cable
that is pulled. What does the other side see?'
two_nodes
conversation
try 'echo hello >&6; read -r line <&7; echo "$line"'
promise_like 'they talk' '^hello$'
say 'From now on no frame gets through, either way.'
try 'a tc qdisc add dev eth0 root netem loss 100%; b tc qdisc add dev eth0 root netem loss 100%'
look 'what either side knows of it. There is no timer: both could go on like that for
years.'
try 'sleep 2; a toyss -o; b toyss -o'
promise_like 'a sees nothing' '^toy_str +ESTAB .* 2:[0-9]+ +3:80$'
promise_like 'nor does b' '^toy_str +ESTAB .* 3:80 +2:[0-9]+$'
say 'That is no mistake. An idle connection costs nothing, and survives a cable that is
pulled and put back. Who wants to know has to ask: SO_KEEPALIVE. By default that begins
after two hours of silence; here it does after one second, asks each second, and three
times without an answer are enough.'
try <<'END'
echo >/sys/kernel/tracing/trace
echo "len == 0 && snode == 2" >/sys/kernel/tracing/events/toy/toy_xmit/filter
echo 1 >/sys/kernel/tracing/events/toy/toy_xmit/enable
echo "set keepidle 1" >&4; echo "set keepintvl 1" >&4; echo "set keepcnt 3" >&4
echo "set keepalive on" >&4
END
wait_for 250 in_state "/net/a/stream/$c/status" closed
echo 0 >"$events/enable"
look 'the questions in what the kernel wrote down: segments without a byte, a second
apart. The last one is the end: a RST, for a peer that hears us although we do not hear
it.'
try "sed -n 's/.* \\([0-9.]*\\): toy_xmit: .* \\(type.*\\)/\\1 \\2/p' /sys/kernel/tracing/trace"
asked=$(printf '%s\n' "$TRIED" | grep -c len=0)
promise 'it was asked at least three times' test "$asked" -ge 3
try 'read -r -t 60 line <&6; cat $A/$c/err'
promise_like 'the program is told' 'Connection timed out$'
promise_like 'and why' '^110 ETIMEDOUT '

look 'the other side, which has not asked. It is half open: one end of a connection that
has no other.'
try 'a toyss; b toyss -o'
promise_like 'b still believes in it' '^toy_str +ESTAB .* 3:80 +2:[0-9]+$'
promise 'a does not' tried_lacks 'ESTAB .* 2:[0-9]+ +3:80'

say 'The cable is put back, and b says something. To a that is a segment for a connection
that it does not have. It answers so: RST.'
try <<'END'
a tc qdisc del dev eth0 root; b tc qdisc del dev eth0 root
echo "are you there?" >&7 && echo written
END
promise_like 'the write succeeds' '^written$'
wait_for 250 in_state "/net/b/stream/$d/status" closed
try 'read -r -t 60 line <&7; cat $B/$d/err'
promise_like 'then b knows, too' 'Connection reset by peer$'
promise_like 'by ECONNRESET' '^104 ECONNRESET '

say 'Who sends does not need keepalive: what is not acknowledged is sent again, and ends
in ETIMEDOUT as well (lab 11), after a quarter of an hour or after TOY_USER_TIMEOUT
milliseconds. Keepalive is for who only listens, a server that waits for the next request
above all. Which rule says what: 15-keepalive.md, beside this script.'
lab_end
