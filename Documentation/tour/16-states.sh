#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 16 'All the states, and how to filter them'

# What hangs in a state would go on for a while without its program.
lab_undo()
{
	a toyss -K state all
	b toyss -K state all
}

# has STATE...: a socket of a is in each of them
has()
{
	local state all

	all=$(a toyss -aH)
	for state in "$@"; do
		grep -q "^toy_str *$state " <<<"$all" || return
	done
}

# only REGEX: the last try has rows, and all of them are like that
only()
{
	local rows

	rows=$(printf '%s\n' "$TRIED" | grep -v '^Netid')
	echo "$rows"
	grep -qE -e "$1" <<<"$rows" && ! grep -qvE -e "$1" <<<"$rows"
}

say 'A connection goes through eleven states, of which most are over before one can look.
A cable that loses what it is told to lose holds them still: this lab puts a socket of
node 2 into each of them, and then asks toyss for some.'
two_nodes
say 'A server in b, and a word for "call it, and accept": near is the ctl of this end, far
that of the other one.'
try <<'END'
A=/net/a/stream B=/net/b/stream
exec {server}<>$B/clone; read s <&$server; echo "announce *:80" >&$server
call() {
	exec {near}<>$A/clone; echo "connect 3:80" >&$near
	exec {far}<>$B/$s/listen; read d <&$far
}
END
say 'Those that stay by themselves. UNCONN: a socket, and nothing more. LISTEN. ESTAB.
FIN-WAIT-2: we have said our end, they have acknowledged it. CLOSE-WAIT: they have, and we
have not. TIME-WAIT: both, and we were first.'
try <<'END'
exec {none}<>$A/clone; echo "bind *:4000" >&$none
exec {listener}<>$A/clone; echo "announce *:82" >&$listener
call
call; echo "shutdown wr" >&$near
call; echo "shutdown wr" >&$far
call; echo "shutdown wr" >&$near; exec {near}>&- {far}>&-
END
say 'And three more, which go on when the cable is cut. One of them has heard the end of
its peer by then.'
try <<'END'
call; one=$near
call; two=$near two_far=$far
call; three=$near; echo "shutdown wr" >&$far
END
wait_for 100 eval 'has UNCONN LISTEN ESTAB FIN-WAIT-2 CLOSE-WAIT TIME-WAIT &&
	[ "$(a toyss -H state close-wait | wc -l)" -eq 2 ]'

say 'Now all that a sends is lost; what b sends arrives. So nothing of a is acknowledged
any more. FIN-WAIT-1: our end is on its way. CLOSING: so is ours when theirs comes.
LAST-ACK: theirs came long ago.'
try <<'END'
a tc qdisc add dev eth0 root netem loss 100%
echo "shutdown wr" >&$one
echo "shutdown wr" >&$two; echo "shutdown wr" >&$two_far
echo "shutdown wr" >&$three
END
say 'SYN-SENT: we call, and nobody answers. SYN-RECV: somebody calls, we answer, and he
does not hear it. (In the end a node is taken for dead, and the call fails; then it is
made once more.)'
try <<'END'
exec {out}<>$A/clone; while ! echo "connect 3:80" >&$out; do sleep 1; done &
exec {in}<>$B/clone; while ! echo "connect 2:82" >&$in; do sleep 1; done &
END
wait_for 200 has SYN-SENT SYN-RECV FIN-WAIT-1 CLOSING LAST-ACK

look 'the column State: all eleven.'
try 'a toyss -a | sort -k 2'
for state in UNCONN LISTEN SYN-SENT SYN-RECV ESTAB FIN-WAIT-1 FIN-WAIT-2 CLOSE-WAIT \
	CLOSING LAST-ACK TIME-WAIT; do
	promise_like "$state" "^toy_str +$state "
done

say 'On a machine that does something the list is long, so one asks for less. What comes
first is a class of states. Without anything: connections, without those that only
remember or have not begun.'
try 'a toyss'
promise 'no listener, none that is unconnected' \
	tried_lacks '^toy_[a-z]+ +(LISTEN|UNCONN|TIME-WAIT) '
say '-l: who waits for others.'
try 'a toyss -l'
promise '-l: listeners and unconnected sockets only' only ' (LISTEN|UNCONN) '
say 'A state by name; several add up, and "exclude" takes away.'
try 'a toyss state close-wait state last-ack'
promise 'two states' only ' (CLOSE-WAIT|LAST-ACK) '
promise_like 'close-wait is there' ' CLOSE-WAIT '
promise_like 'last-ack is there' ' LAST-ACK '
try 'a toyss exclude established exclude listening exclude closed'
promise 'all but three' tried_lacks ' (ESTAB|LISTEN|UNCONN) '
promise_like 'time-wait is there, as it was not excluded' ' TIME-WAIT '

say 'Then an expression about addresses: src and dst are nodes, sport and dport ports; and,
or, not. Who is at our port 82?'
try 'a toyss -a sport = :82'
promise 'only port 82' only ' (2|\*):82 '
promise_like 'the listener' ' LISTEN '
promise_like 'and the call that is half open' ' SYN-RECV '
say 'To port 80 of node 3, and over as far as we are concerned: what a server that hangs
looks like from the client.'
try 'a toyss state fin-wait-1 state fin-wait-2 dst 3 and dport = :80'
promise 'two states, one peer' only ' FIN-WAIT-[12] .* 3:80$'
try 'a toyss -l not sport = :82'
promise 'of those who wait, the one that does nothing' only ' UNCONN .* \*:4000 '

say '-s counts.'
try 'a toyss -s'
promise_like 'as many as we made' '^TOY: .*\(estab 1, closed 1, listen 1, timewait 1\)'

say 'CLOSE-WAIT that stays is a program that forgot to close; SYN-RECV that fills up, an
attack, or a path that loses one direction; many in TIME-WAIT, somebody who opens a
connection for each question. Who set which state: 16-states.md, beside this script.'
lab_end
