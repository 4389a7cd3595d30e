#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 7 'Half-close, and the end of file'

say 'A connection is two streams, one each way, and each has an end of its own. A client
that has asked all its questions may say so, and still wait for the answers.'
try <<'END'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "announce *:80" >&3
exec 4<>$T/clone; read m <&4; echo "connect 1:80" >&4; exec 6<>$T/$m/data
exec 5<>$T/$n/listen; read c <&5; exec 7<>$T/$c/data
END

say 'The client (4, and 6 its data) sends two lines and shuts its sending down. Nothing is
closed: all descriptors stay.'
look 'FIN-WAIT-2 and CLOSE-WAIT: the one has ended its direction, the other one has not
yet. And Recv-Q: the end comes behind the data, not before.'
try 'printf "pear\napple\n" >&6; echo "shutdown wr" >&4; toyss'
promise_like 'the client is in FIN-WAIT-2' '^toy_str FIN-WAIT-2 +0 +11 '
promise_like 'the server in CLOSE-WAIT, with the data' '^toy_str CLOSE-WAIT +11 +0 +1:80 '

look 'a cat that comes to an end, though nobody has closed: a read() of 0 bytes is the end
of file. It is not used up by being read: the second cat sees it, too.'
try 'cat <&7; echo "-- end"; cat <&7; echo "-- still the end"'
promise 'both lines, then the end' \
	test "$TRIED" = $'pear\napple\n-- end\n-- still the end'

say 'The direction from client to server is over. (In a subshell, as a shell that writes
into nothing is ended by SIGPIPE; lab 3.)'
try '(trap "" PIPE; echo more >&6); cat $T/$m/err'
promise_like 'the client cannot send' '^32 EPIPE send'

say 'The other direction is not.'
try 'echo "two lines" >&7; read answer <&6; echo "$answer"'
promise_like 'the answer arrives' '^two lines$'
try 'exec 5>&- 7>&-; cat <&6; echo "-- end"'
promise_like 'until the server closes, too' '^-- end$'

say 'Is that good for anything? sort cannot print a line before it has read the last one.
A client that closes its socket to say "that was all" never gets the answer; one that
shuts down its sending does. socat does so when its input ends. (It knows no names of
AF_TOY, and takes an address as bytes: 18 is the family, 5000 port 80, 01000000 node 1.)'
try <<'END'
(exec 5<>$T/$n/listen; read c <&5; exec sort <>$T/$c/data >&0 5>&-) &
printf 'pear\napple\nfig\n' | socat -t 60 - SOCKET-CONNECT:18:0:x500001000000
END
promise 'the answer of sort' test "$TRIED" = $'apple\nfig\npear'
lab_end
