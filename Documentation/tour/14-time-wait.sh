#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 14 'TIME_WAIT, and an address already in use'

# waits FUNCTION PORT: the pair of that port of a is in TIME_WAIT there
waits()
{
	"$1" toyss -H state time-wait | grep -qE " 2:$2( |\$)"
}

# ends FUNCTION NUMBER: that socket has heard the end of its peer
ends()
{
	grep -q state=close_wait "/net/$1/stream/$2/status"
}

say 'A connection is known by two addresses, its own and that of its peer: the pair. When
it is over somebody has to remember the pair for a while. Frames of it may still be on
their way, and must not end up in a new connection between the same addresses; and the
last ACK may be lost, so that the peer says its end once more and wants an answer. Who
closed first does it. The state is TIME_WAIT, and takes a minute.'
two_nodes
say 'The client takes port 4000 for itself, so that we can have the same pair again.'
try <<'END'
A=/net/a/stream B=/net/b/stream
exec 3<>$B/clone; read s <&3; echo "announce *:80" >&3
exec 4<>$A/clone; read c <&4; echo "bind *:4000" >&4; echo "connect 3:80" >&4
exec 5<>$B/$s/listen; read d <&5
END
say 'The client closes, then the server.'
try 'exec 4>&-'
wait_for 60 ends b "$d"
try 'exec 5>&-'
wait_for 60 waits a 4000
look 'TIME-WAIT in a, and in b only the listener: b has nothing to remember.'
try 'a toyss -ao; b toyss -ao'
promise_like 'a keeps the pair' '^toy_str +TIME-WAIT .* 2:4000 +3:80 +timer:\(timewait,'
promise 'b does not' tried_lacks ' 3:80 +2:4000'

say 'Once more, from the same port to the same port.'
try 'exec 4<>$A/clone; read c <&4; echo "bind *:4000" >&4 && echo bound'
promise_like 'the port is free' '^bound$'
try 'echo "connect 3:80" >&4; cat $A/$c/err'
promise_like 'the pair is not: EADDRNOTAVAIL' '^99 EADDRNOTAVAIL connect 3:80: '
say 'It is about the pair, not the port. To another port the same socket can call; that
nobody is there is another matter.'
try 'echo "connect 3:81" >&4; cat $A/$c/err'
promise_like 'another pair is as good as ever' '^111 ECONNREFUSED connect 3:81: '
say 'A client that does not choose its port never notices: the kernel takes another one.'
try 'exec 4>&-; exec 4<>$A/clone; read c <&4; echo "connect 3:80" >&4 && echo connected'
promise_like 'from any other port it connects' '^connected$'
quiet 'exec 5<>$B/$s/listen; read d <&5; exec 4>&-'
wait_for 60 ends b "$d"
quiet 'exec 5>&-'

say 'Now the server closes first. It is the one that keeps the pair then.'
try <<'END'
exec 4<>$A/clone; read c <&4; echo "bind *:4001" >&4; echo "connect 3:80" >&4
exec 5<>$B/$s/listen; read d <&5
exec 5>&-
END
wait_for 60 ends a "$c"
try 'exec 4>&-'
wait_for 60 waits b 4001
try 'b toyss -ao'
promise_like 'b keeps the pair' '^toy_str +TIME-WAIT .* 3:80 +2:4001 +timer:\(timewait,'
look 'what becomes of it when the client calls again, from the same port. Its SYN has a
number above all that b has seen of the old connection: no old frame can be taken for
one of the new. So b lets the pair go.'
try <<'END'
exec 4<>$A/clone; read c <&4; echo "bind *:4001" >&4; echo "connect 3:80" >&4
exec 5<>$B/$s/listen; read d <&5
b toyss -a
END
promise_like 'the pair is in use again' '^toy_str +ESTAB .* 3:80 +2:4001$'
promise 'and waits no more' tried_lacks 'TIME-WAIT .* 2:4001'

say 'The other trouble with addresses, well known to all who restart a server: the old
one has gone, but a conversation that it began goes on. Here the listener closes; 4 and 5
stay connected.'
try 'exec 3>&-; exec 3<>$B/clone; read s <&3; echo "announce *:80" >&3; cat $B/$s/err'
promise_like 'address already in use' '^bash: .*Address already in use$'
promise_like 'and by whom' '^98 EADDRINUSE bind \*:80: socket '"$d"' '
say 'SO_REUSEADDR says: I know, let me have it all the same. But both have to say so,
also the one that was there before.'
try 'echo "set reuseaddr on" >&3; echo "announce *:80" >&3; cat $B/$s/err'
promise_like 'one alone does not help' 'Address already in use$'

say 'When the conversation is over the port is free: the server closes, the client closes.'
try 'exec 5>&-'
wait_for 60 ends a "$c"
try 'exec 4>&-'
wait_for 60 waits b 4001
look 'TIME-WAIT and LISTEN side by side. Linux would refuse the port to a TCP server that
has not set SO_REUSEADDR. Here TIME_WAIT keeps the pair and nothing else.'
try 'echo "announce *:80" >&3 && b toyss -a'
promise_like 'the pair waits' '^toy_str +TIME-WAIT .* 3:80 +2:4001$'
promise_like 'and somebody listens' '^toy_str +LISTEN .* \*:80 '

say 'This listener has SO_REUSEADDR set, and what it accepts has that, too. So it can be
replaced by another one while they talk.'
try <<'END'
exec 4<>$A/clone; read c <&4; echo "connect 3:80" >&4
exec 5<>$B/$s/listen; read d <&5
exec 3>&-; exec 3<>$B/clone; read s <&3; echo "set reuseaddr on" >&3
echo "announce *:80" >&3 && b toyss -a
END
promise_like 'the new server listens' '^toy_str +LISTEN .* \*:80 '
promise_like 'while the old conversation goes on' '^toy_str +ESTAB .* 3:80 +2:[0-9]+$'

say 'Two listeners are too much in any case: whose would a call be?'
try <<'END'
exec 8<>$B/clone; read k <&8; echo "set reuseaddr on" >&8
echo "announce *:80" >&8; cat $B/$k/err
END
promise_like 'no two listeners' '^98 EADDRINUSE bind \*:80: socket '"$s"' '

say 'Several processes that want to share one port set TOY_REUSEPORT instead, all of
them. Which rule says what: 14-time-wait.md, beside this script.'
lab_end
