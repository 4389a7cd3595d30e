#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 5 'A socket file holds no data'

# received BYTES: so many wait in the queue of the reader
received()
{
	grep -q " rq=$1 " "/net/toy/stream/$id/status"
}

say 'ls shows a socket among the files, and stat gives it a size. But a file is where bytes
lie, and a socket is where they pass through. Where are they meanwhile?'

say 'A regular file for comparison, then a pair of sockets in one program: 3000 bytes are
written to the one, and nobody reads them from the other.'
try 'head -c 3000 /dev/zero >file; stat -c "%F: size %s, blocks %b" file'
promise_like 'a file has a size and blocks' '^regular file: size 3000, blocks [1-9]'
try <<'END'
mkfifo go
perl -MSocket -e 'socketpair($a, $b, 18, SOCK_STREAM, 0);
	syswrite($a, "x" x 3000); open($go, "+<", "go");
	while (<$go>) { print STDERR sysread($b, $x, 1000), " bytes\n" }' 2>said & pid=$!
END
wait_for 60 test -p "/proc/$pid/fd/5"
id=$(awk '$1 == "toy-id:" { print $2 }' "/proc/$pid/fdinfo/4")

look 'two sockets without size and blocks: what stat asks is the inode, and nothing was
ever written to that.'
try 'stat -L -c "%F: size %s, blocks %b" /proc/$pid/fd/[34]'
promise 'both are empty to stat' \
	test "$TRIED" = $'socket: size 0, blocks 0\nsocket: size 0, blocks 0'

look 'Recv-Q and Send-Q. The 3000 bytes are in memory, in the receive queue of the one
who is to read them. Send-Q of the other counts the same bytes: sent, and not read.'
try 'toyss -ap'
promise_like 'they wait in the Recv-Q of descriptor 4' '^toy_str ESTAB +3000 +0 .*fd=4\)'
promise_like 'and count in the Send-Q of descriptor 3' '^toy_str ESTAB +0 +3000 .*fd=3\)'

say 'A file keeps what was read, and each descriptor has a position in it. A queue gives
each byte once, and has none: pos is always 0.'
look 'Recv-Q, after one read of 1000 bytes.'
try 'echo >go'
wait_for 60 received 2000
wait_for 60 test -s said
try 'cat said; toyss -a; grep pos /proc/$pid/fdinfo/4'
promise_like '1000 were read' '^1000 bytes$'
promise_like '2000 are left' '^toy_str ESTAB +2000 +0 '
promise_like 'there is no position' '^pos:[[:space:]]+0$'

say 'Two more, and nothing is left, of a file that never had anything in it.'
try 'echo >go; echo >go'
wait_for 60 received 0
try 'toyss -a'
promise 'all queues are empty' test "$(grep -c '^toy_str ESTAB 0 *0 ' <<<"$TRIED")" = 2

say 'And the sockets that ls does show? AF_UNIX uses a name in a directory as an address,
as AF_TOY uses a port. It can be looked up and removed; to read it is an error.'
look 'the s at the beginning, the size, and what cat says.'
try 'perl -MSocket -e '\''socket($s, AF_UNIX, SOCK_STREAM, 0);
	bind($s, sockaddr_un("name")); listen($s, 1)'\''
ls -l name; cat name'
promise_like 'the name has no data' '^s[^ ]+ +1 [^ ]+ [^ ]+ +0 '
promise_like 'and is not opened' '^cat: name: No such device or address$'

say 'toyfs is between the two: its data is a file whose size is what can be read at
this moment, and reading it takes that away.'
try <<'END'
exec 3<>/net/toy/stream/clone; read n <&3; echo "announce *:80" >&3
exec 4<>/net/toy/stream/clone; read m <&4; echo "connect 1:80" >&4
exec 5<>/net/toy/stream/$n/listen; read c <&5
echo hello >/net/toy/stream/$m/data
stat -c "size %s, blocks %b" /net/toy/stream/$c/data
head -n 1 /net/toy/stream/$c/data
stat -c "size %s, blocks %b" /net/toy/stream/$c/data
END
promise 'six bytes, then none, and never a block' \
	test "$TRIED" = $'size 6, blocks 0\nhello\nsize 0, blocks 0'
lab_end
