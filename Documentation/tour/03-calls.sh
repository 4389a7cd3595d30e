#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 3 'read and write, beside send and recv'

tracing=/sys/kernel/tracing

lab_undo()
{
	echo 0 >"$tracing/events/toy/enable"
	echo >"$tracing/trace"
}

say 'A socket understands read() and write(), as each descriptor does, and send() and
recv(), which have one argument more: flags. Below the system call they are one.'

say 'A pair of connected sockets, a write() and a send(), a read() and a recv(), while
the kernel notes what arrives at the family. (Perl calls read and write sysread and
syswrite.)'
look 'the two lines toy_sendmsg, and the two lines toy_recvmsg: the same function, and
nothing by which to tell them apart.'
try <<'END'
cd /sys/kernel/tracing
echo 1 >events/toy/toy_sendmsg/enable
echo 1 >events/toy/toy_recvmsg/enable
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0);
	syswrite($a, "hello"); sysread($b, $x, 5);
	send($a, "hello", 0);  recv($b, $x, 5, 0)'
echo 0 >events/toy/enable
grep -o 'toy_[sr].*' trace | sed 's/skaddr=[^ ]* netns=[^ ]* //'
cd - >/dev/null
END
promise 'write and send look alike' \
	test "$(grep -c '^toy_sendmsg: .*size=5 ret=5 flags=0x0$' <<<"$TRIED")" = 2
promise 'read and recv look alike' \
	test "$(grep -c '^toy_recvmsg: .*ret=5 flags=0x0$' <<<"$TRIED")" = 2

say 'What the flags are for. MSG_PEEK reads, and leaves what it has read in the queue.'
look 'the same word three times: a peek, a peek, a read.'
try <<'END'
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0); syswrite($a, "hello");
	for (MSG_PEEK, MSG_PEEK, 0) { recv($b, $x, 100, $_); print "flags $_: $x\n" }'
END
promise 'the bytes were there each time' test "$(grep -c ': hello$' <<<"$TRIED")" = 3

say 'MSG_DONTWAIT does for one call what O_NONBLOCK does for the file, that is for all who
have it (lab 1).'
look 'EAGAIN, in words, of a socket that blocks.'
try <<'END'
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0);
	recv($b, $x, 100, MSG_DONTWAIT); print "recv: $!\n"'
END
promise_like 'the call does not wait' '^recv: Resource temporarily unavailable$'

say 'A read() of a stream is content with what is there. MSG_WAITALL wants all of it, and
waits.'
look 'three bytes, although ten were asked for; then nothing, as recv() waits for seven
more that another process is to write.'
try <<'END'
mkfifo go
perl -MSocket -e '$| = 1; socketpair($a, $b, 18, SOCK_STREAM, 0);
	syswrite($a, "abc"); print "read: ", sysread($b, $x, 10), "\n";
	syswrite($a, "abc");
	if (!fork) { open($go, "<", "go"); <$go>; syswrite($a, "defghij"); exit }
	recv($b, $x, 10, MSG_WAITALL); print "recv: ", length($x), " $x\n"' >said &
pid=$!
END
wait_for 60 grep -q wait_woken "/proc/$pid/stack"
try 'cat said; cat /proc/$pid/stack'
promise_like 'read is content with three' '^read: 3$'
promise 'MSG_WAITALL is not' tried_lacks '^recv'
promise_like 'it sleeps in the family' 'toy_read_loop'
try 'echo >go; wait $pid; cat said'
promise_like 'until there are ten' '^recv: 10 abcdefghij$'

say 'A write to a peer that has gone raises SIGPIPE, which ends a program that does not
expect it. That is right for yes | head, and wrong for most servers: MSG_NOSIGNAL gives
them the error alone.'
look 'exit status 141, that is 128 and 13, SIGPIPE, and no word printed; then EPIPE in
words.'
try <<'END'
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0); close($b);
	syswrite($a, "hello"); print "write: $!\n"'; echo "status $?"
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0); close($b);
	send($a, "hello", MSG_NOSIGNAL); print "send: $!\n"'
END
promise_like 'write ends the program' '^status 141$'
promise 'before it can print' tried_lacks '^write:'
promise_like 'with MSG_NOSIGNAL it goes on' '^send: Broken pipe$'

say 'MSG_TRUNC asks a message for its true length. (A seqpacket here; lab 4 has more about
messages.)'
look '12, although there was room for 5 bytes only.'
try <<'END'
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_SEQPACKET, 0);
	syswrite($a, "twelve bytes"); $x = "." x 5;
	print syscall(45, fileno($b), $x, 5, MSG_TRUNC, 0, 0), " $x\n"'
END
promise_like 'the length of all of it' '^12 twelv$'

say 'MSG_OOB: streams carry one urgent byte, which is read beside the others, whenever the
reader likes.'
look 'the ! before the rest, although it was sent last.'
try <<'END'
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0);
	syswrite($a, "slowly"); send($a, "!", MSG_OOB);
	recv($b, $x, 1, MSG_OOB); print "urgent: $x\n";
	sysread($b, $x, 100); print "normal: $x\n"'
END
promise_like 'the urgent byte comes first' '^urgent: !$'
promise_like 'the others follow' '^normal: slowly$'
lab_end
