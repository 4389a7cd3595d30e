#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 6 'The life of a server and a client'

say 'A connection has more than two ends: there is the socket that listens, too, and who
knows which is which has understood half of it. We take each step by hand, in toyfs, and
look at the table of all sockets after each. Descriptor 3 will be the listener, 4 the
client, 5 the end that the server talks by.'
quiet 'exec 9</net/toy/events; cat <&9 >events & exec 9<&-'
try 'T=/net/toy/stream'

say 'Step 1, the server: socket(). A socket, and nothing yet. (toyss has it, too: it is a
child of the shell, and children inherit descriptors.)'
try 'exec 3<>$T/clone; read n <&3; toyss -ap'
promise_like 'a socket without address' '^toy_str UNCONN .* \*:\* +\*:\* .*fd=3'

say 'Step 2, the server: bind(). It has an address now, but nobody can call it.'
try 'echo "bind *:80" >&3; toyss -a'
promise_like 'it has an address' '^toy_str UNCONN .* \*:80 +\*:\*'

say 'Step 3, the server: listen(). From here on the two queue columns mean something else:
calls that wait to be accepted, and how many may.'
try 'echo "listen 5" >&3; toyss -a'
promise_like 'it listens' '^toy_str LISTEN 0 +5 +\*:80 '

say 'Step 4, the client: socket() and connect(). The server does nothing.'
look 'two more lines. One is the client, with a port that was chosen for it. The other
one is its peer: made by the connect, for the server, who has not asked for it yet. It
waits in Recv-Q of the listener, and belongs to no process.'
try 'exec 4<>$T/clone; read m <&4; echo "connect 1:80" >&4; toyss -ap'
promise_like 'a call waits' '^toy_str LISTEN 1 +5 '
promise_like 'the client is connected' '^toy_str ESTAB .* 1:80 .*fd=4'
promise_like 'to an end that nobody has' '^toy_str ESTAB +0 +0 +1:80 +1:[0-9]+ *$'

say 'The client cannot tell: it may send already.'
look 'Recv-Q of the end that nobody has.'
try 'exec 6<>$T/$m/data; echo hello >&6; toyss -a'
promise_like 'six bytes wait there' '^toy_str ESTAB +6 +0 +1:80 '

say 'Step 5, the server: accept(). The call leaves the backlog and gets a descriptor. The
listener stays as it was, ready for the next one.'
try 'exec 5<>$T/$n/listen; read c <&5; toyss -ap'
promise_like 'no call waits' '^toy_str LISTEN 0 +5 '
promise_like 'the end has an owner' '^toy_str ESTAB +6 +0 +1:80 .*fd=5'

say 'Step 6: they talk.'
try 'exec 7<>$T/$c/data; read line <&7; echo "got $line" >&7; read answer <&6
echo "$answer"'
promise_like 'there and back' '^got hello$'

say 'Step 7, the client: close(). Its socket is gone at once. Between two machines
something of it would stay for a minute (lab 14).'
look 'CLOSE-WAIT: the server is told, and waited for.'
try 'exec 4>&- 6>&-; toyss -a'
promise_like 'the server is waited for' '^toy_str CLOSE-WAIT .* 1:80 '
promise 'the client has gone' tried_lacks ESTAB
try 'cat <&7; echo "end of file"'
promise_like 'which the server reads as the end of file' '^end of file$'

say 'Step 8, the server: close(), of this conversation, and then of the listener.'
try 'exec 5>&- 7>&-; toyss -a'
promise_like 'the listener is left' '^toy_str LISTEN 0 +5 '
promise 'and nothing else' tried_lacks 'ESTAB|CLOSE-WAIT'
try 'exec 3>&-; toyss -a'
promise 'then nothing' tried_lacks toy_str

say 'A file of toyfs has written all of it down meanwhile: each change of state of each
socket, in the order in which they came.'
wait_for 60 grep -q "id=$n .* new=none " events
look 'the two lines before the first "established": the client, and the end that is made
for the server in the same call. The stamps are seconds.'
try 'cut -d " " -f 1-6 events'
promise_like 'the end of the server was born with the call' \
	"id=$c type=stream old=close new=established local=1:80"
promise_like 'and waited for its close' "id=$c type=stream old=close_wait new=none"
promise_like 'the listener went last' "id=$n type=stream old=close new=none"
lab_end
