#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 4 'Where one message ends'

say 'Three writes, "one", "two" and "three". How many reads does the other side need? That
is the difference between the socket types. dd with count=1 is one read(); -bs is how
much it asks for.'

say 'A stream first. Both ends are this shell, by toyfs: descriptor 6 is the client'"'"'s
data, 7 the server'"'"'s.'
try <<'END'
type=stream
exec 3<>/net/toy/$type/clone; read n <&3; echo "announce *:80" >&3
exec 4<>/net/toy/$type/clone; read m <&4; echo "connect 1:80" >&4
exec 5<>/net/toy/$type/$n/listen; read c <&5
exec 6<>/net/toy/$type/$m/data 7<>/net/toy/$type/$c/data
END
promise 'there is a connection' test "$TRIED_STATUS" -eq 0

look 'one read that gets all three words. A stream has no boundaries: it is a pipe with
two ends. Who wants lines has to look for the ends of lines.'
try 'for word in one two three; do echo $word >&6; done
dd bs=100 count=1 status=none <&7'
promise 'the first read has all three' \
	test "$TRIED" = $'one\ntwo\nthree'

look 'the rest. A short read of a stream leaves it where it is.'
try 'echo "one two three" >&6
dd bs=3 count=1 status=none <&7; echo; echo --; dd bs=100 count=1 status=none <&7'
promise_like 'three bytes of it' '^one$'
promise_like 'then what was left' '^ two three$'

say 'Now a seqpacket: a connection, too, but of messages. The same lines.'
try <<'END'
type=seqpacket
exec 3<>/net/toy/$type/clone; read n <&3; echo "announce *:80" >&3
exec 4<>/net/toy/$type/clone; read m <&4; echo "connect 1:80" >&4
exec 5<>/net/toy/$type/$n/listen; read c <&5
exec 6<>/net/toy/$type/$m/data 7<>/net/toy/$type/$c/data
END
look 'a read for each write, however much it asks for.'
try 'for word in one two three; do echo $word >&6; done
for i in 1 2 3; do echo "read $i:"; dd bs=100 count=1 status=none <&7; done'
promise 'each read has one message' \
	test "$TRIED" = $'read 1:\none\nread 2:\ntwo\nread 3:\nthree'

say 'What if the reader asks for less than the message has? With recv() the rest is lost;
MSG_TRUNC in the answer tells. toyfs would keep it, as shells like to read a byte at a
time; "short discard" asks it not to.'
look 'the two words that are missing. The second read gets the next message.'
try 'echo "short discard" >&5
echo "one two three" >&6; echo next >&6
dd bs=3 count=1 status=none <&7; echo; echo --; dd bs=100 count=1 status=none <&7'
promise 'the rest is gone' test "$TRIED" = $'one\n--\nnext'

say 'Datagrams are messages without a connection. One socket is bound to a port, and
whoever likes sends to it. "headers on" puts the address of the sender before each
message.'
try <<'END'
exec 3<>/net/toy/dgram/clone; read n <&3
printf 'bind *:53\nheaders on\n' >&3
exec 7<>/net/toy/dgram/$n/data
exec 4<>/net/toy/dgram/clone; read m <&4
printf 'bind *:2001\nconnect 1:53\n' >&4
exec 5<>/net/toy/dgram/clone; read k <&5
printf 'bind *:2002\nconnect 1:53\n' >&5
exec 6<>/net/toy/dgram/$m/data 8<>/net/toy/dgram/$k/data
END
look 'two senders in one queue, a read for each message, and who it came from.'
try 'echo one >&6; echo two >&8; echo three >&6
for i in 1 2 3; do dd bs=100 count=1 status=none <&7; done'
promise 'each read has one datagram and its sender' \
	test "$TRIED" = $'1:2001 one\n1:2002 two\n1:2001 three'

say 'A message has a length, and 0 is one. Of a stream it would mean the end.'
look 'a recv() of 0 bytes between two others.'
try <<'END'
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_SEQPACKET, 0);
	send($a, $_, 0) for ("one", "", "three");
	for (1 .. 3) { recv($b, $x, 100, 0); print length($x), " bytes\n" }'
END
promise 'the empty message arrives' test "$TRIED" = $'3 bytes\n0 bytes\n5 bytes'
lab_end
