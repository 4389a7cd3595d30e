#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 18 'The same conversation by shell'

tracing=/sys/kernel/tracing

lab_undo()
{
	echo 0 >"$tracing/events/toy/enable"
	echo 0 >"$tracing/events/toy/filter"
}

listens()
{
	grep -qs 'state=listen local=[*]:80 ' /net/toy/stream/*/status
}

# traced REGEX: a line of the trace, from the time that it was emptied
traced()
{
	grep -qE -e "$1" "$tracing/trace"
}

say 'The labs before this one used the files of toyfs all the time: clone, ctl, listen,
data. Here is what that is for: a server and a client in which nothing is called but open,
read and write. And below each line you see what the kernel made of it.'
try <<'END'
cat >server <<'SH'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "announce *:80" >&3
while exec 4<>$T/$n/listen; read c <&4; do
	( exec 5<>$T/$c/data 3>&- 4>&-
	  while read -r line <&5; do echo "got $line" >&5; done ) &
	exec 4>&-
done
SH
END
say 'The kernel shall write down each change of a state and each message of this network
namespace. The word what shows what came since it was last used. The first column is the
program that ran when it happened.'
try <<'END'
events=/sys/kernel/tracing/events/toy
echo "netns == $(stat -L -c %i /proc/self/ns/net)" >$events/filter
echo 1 >$events/enable
what() {
	grep toy_ /sys/kernel/tracing/trace | sed -E 's/ *(.*)-[0-9]+ .*: toy_/\1 \t/
		s/skaddr=[^ ]* netns=[^ ]* //; s/type=stream //'
	echo >/sys/kernel/tracing/trace
}
END
say 'The server.'
try 'echo >/sys/kernel/tracing/trace; dash server & server=$!'
wait_for 100 listens
look 'state, twice. Opening clone was socket(2): NONE becomes CLOSE. "announce *:80" was
bind(2) and listen(2): CLOSE becomes LISTEN. Then it waits: read(2) of the file listen is
accept(2).'
try 'what'
promise_like 'clone: a socket is born' 'state.*oldstate=NONE newstate=CLOSE$'
promise_like 'announce: it listens' 'state.* 0:80 .*oldstate=CLOSE newstate=LISTEN$'

say 'The client, line by line.'
try 'T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo $n'
promise_like 'reading it tells the number' '^[0-9]+$'
try 'what'
promise_like 'clone: a socket' 'state.*id='"$n"' .*oldstate=NONE newstate=CLOSE$'
try 'echo "connect 1:80" >&3'
wait_for 100 traced 'oldstate=CLOSE newstate=ESTABLISHED'
look 'two sockets that change. The kernel makes the one of the server at once, and the
process that does it is the client; the server only finds it.'
try 'what'
promise_like 'connect: our end' 'state.*id='"$n"' .*oldstate=CLOSE newstate=ESTABLISHED$'
promise_like 'and the new one of the server' \
	'state.* 1:80 > 1:[0-9]+ oldstate=CLOSE newstate=ESTABLISHED$'

try 'exec 4<>$T/$n/data; echo hello >&4'
wait_for 100 traced 'dash.*toy_sendmsg'
look 'one sendmsg, for echo is one write(2). rcv comes before xmit: the same call
has put the bytes into the queue of the other end. Then the server, dash: its read takes
one byte at a time, as shells do when they must not take too much; and its echo.'
try 'what'
promise_like 'write: 6 bytes are sent' 'sendmsg: id='"$n"' .*size=6 ret=6 '
promise_like 'they are in the queue of the server' 'rcv: .* 1:80 > 1:[0-9]+ len=6$'
promise_like 'which reads a byte at a time' '^dash.*recvmsg: .* ret=1 '
promise_like 'and answers: "got hello" is 10 bytes' '^dash.*sendmsg: .*size=10 ret=10 '
try 'read -r answer <&4; echo "$answer"'
promise_like 'the answer' '^got hello$'
try 'what | tail -n 3'
promise_like 'read takes the answer, byte by byte' '^bash.*recvmsg: id='"$n"' .* ret=1 '

say 'A second client, while the first one is still there. The server has a child for
each.'
try <<'END'
exec 5<>$T/clone; read m <&5; echo "connect 1:80" >&5
exec 6<>$T/$m/data; echo "me, too" >&6; read -r answer <&6; echo "$answer"
cat $T/*/status | cut -d " " -f 1-5,9,10
END
promise_like 'the second has its answer' '^got me, too$'
promise 'two conversations, four ends' \
	test "$(printf '%s\n' "$TRIED" | grep -c state=established)" -eq 4

say 'And the end.'
try 'echo >/sys/kernel/tracing/trace; exec 3>&- 4>&-'
wait_for 100 traced 'ESTABLISHED newstate=CLOSE_WAIT'
wait_for 100 traced 'CLOSE_WAIT newstate=NONE'
look 'the client whose last descriptor goes: from ESTABLISHED to NONE. The end of the
server learns of it, CLOSE_WAIT; its read comes to the end of file, ret=0; the child of the
server ends, and with it the other descriptor.'
try 'what'
promise_like 'close: our end goes' 'state.*id='"$n"' .*oldstate=ESTABLISHED newstate=NONE$'
promise_like 'the other one is told' 'state.* oldstate=ESTABLISHED newstate=CLOSE_WAIT$'
promise_like 'reads the end of file' '^dash.*recvmsg: .* ret=0 '
promise_like 'and closes' 'state.* oldstate=CLOSE_WAIT newstate=NONE$'

say 'The same between two machines: "connect 3:80", as in labs 10 to 16. Which file of
the module does what: 18-shell.md, beside this script.'
lab_end
