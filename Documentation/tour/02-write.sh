#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 2 'The path of one write()'

tracing=/sys/kernel/tracing

lab_undo()
{
	cd "$tracing" || return
	echo 0 >tracing_on
	echo nop >current_tracer
	echo >set_graph_function
	echo >set_ftrace_filter
	echo >set_ftrace_pid
	echo 1 >options/funcgraph-duration
	echo 1 >options/funcgraph-overhead
	echo 1 >options/funcgraph-cpu
	echo 1 >options/funcgraph-irqs
	echo >trace
	echo 1 >tracing_on
}

# received BYTES: so many wait in the queue of the server's end
received()
{
	grep -q " rq=$1 " "$T/$c/status"
}

say 'The kernel can draw which function calls which. We have it draw one write() of
five bytes, from the system call to the queue of the peer.'

say 'First two ends. The server is this shell, by toyfs. The client is a program that has
a socket: it writes "hello" each time that a line comes out of the pipe go.'
try <<'END'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "announce *:80" >&3
mkfifo go
perl -e 'socket($s, 18, 1, 0); connect($s, pack("SSL", 18, 80, 1));
	open($go, "+<", "go"); syswrite($s, "hello") while <$go>' & pid=$!
exec 4<>$T/$n/listen; read c <&4; echo "$c is the server's end"
exec 5<>$T/$c/data 4>&-
END
promise_like 'the client has called' "^[0-9]+ is the server's end\$"

say 'Then the tracer, all by files: the functions of the module and a few of the kernel
around them; only what is called by sock_write_iter(), which is where a write() arrives
that is for a socket; only in the client; and no times and no interrupts, only names.'
try <<'END'
cd /sys/kernel/tracing
echo ':mod:toy' >set_ftrace_filter
echo sock_write_iter sock_def_readable woken_wake_function >>set_ftrace_filter
echo sock_write_iter >set_graph_function
echo $pid >set_ftrace_pid
for i in duration overhead cpu irqs; do echo 0 >options/funcgraph-$i; done
echo function_graph >current_tracer
cd - >/dev/null
END
promise 'the tracer draws graphs' grep -q function_graph "$tracing/current_tracer"

look 'three levels. toy_stream_sendmsg() is the system call, local_send_stream() is the
backend that carries data within one node, and below it toy_rxq_append() puts a buffer,
made by toy_buf_alloc(), into the queue of the peer. sock_def_readable() tells whoever
waits there. Nothing else: no packet, no second queue.'
try 'echo >go'
wait_for 60 received 5
# The function that it is in returns after the bytes are there.
wait_for 60 grep -q '^}' "$tracing/trace"
try 'grep -v "^#" /sys/kernel/tracing/trace | sed "s/ \[toy\]//"'
promise_like 'the write arrives at the family' '^  toy_stream_sendmsg\(\) \{'
promise_like 'the backend takes it' '^    local_send_stream\(\) \{'
promise_like 'a buffer is made' '^      toy_buf_alloc\('
promise_like 'and put into the queue' '^      toy_rxq_append\('
promise_like 'the reader is told' '^      sock_def_readable\('
promise 'nobody was asleep there' tried_lacks woken_wake_function

say 'The five bytes now wait on the other side, in its Recv-Q. Send-Q of the client says
that they are not read. Its write() has returned long since.'
try 'toyss'
promise_like 'five bytes wait with the server' '^toy_str ESTAB +5 +0 +1:80 '
promise_like 'and are not read, says the client' '^toy_str ESTAB +0 +5 .* 1:80 *$'

say 'A second write, while those five wait.'
look 'what is no longer there. The last buffer of the queue has room: toy_rxq_fill()
copies the bytes into it, and no buffer is made.'
try 'echo >/sys/kernel/tracing/trace; echo >go'
wait_for 60 received 10
wait_for 60 grep -q '^}' "$tracing/trace"
try 'grep -v "^#" /sys/kernel/tracing/trace | sed "s/ \[toy\]//"'
promise_like 'the buffer at the end is filled up' '^      toy_rxq_fill\('
promise 'no buffer is made' tried_lacks 'toy_buf_alloc|toy_rxq_append'
promise 'ten bytes wait' received 10

say 'A third write, and this time somebody waits for it: cat reads the ten bytes, and
then sleeps in its next read().'
try 'cat $T/$c/data >got & reader=$!'
wait_for 60 received 0
wait_for 60 grep -q wait_woken "/proc/$reader/stack"
try 'cat /proc/$reader/stack'
promise_like 'cat sleeps in a read of the family' 'toy_'
look 'woken_wake_function(), below sock_def_readable(): the writer itself wakes the reader,
within its own system call.'
try 'echo >/sys/kernel/tracing/trace; echo >go'
wait_for 60 test "$(stat -c %s got)" -eq 15
wait_for 60 grep -q '^}' "$tracing/trace"
try 'grep -v "^#" /sys/kernel/tracing/trace | sed "s/ \[toy\]//"'
promise_like 'the reader is woken' '^ +woken_wake_function\('
try 'cat got; echo'
promise_like 'and has read all three' '^hellohellohello$'

say 'README.md of the project has the same path as a drawing; 02-write.md says what each
function is for.'
lab_end
