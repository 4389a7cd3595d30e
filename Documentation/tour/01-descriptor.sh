#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 1 'A descriptor, its file, its socket, its inode'

say 'A program that has a socket has a small number, the descriptor. Behind that
number stand three things of the kernel, one after the other, and each can be
seen from outside:'
draw <<'END'
descriptor 3 --+
               +--> file ---------> socket -----------> the family's own part
descriptor 4 --+    flags           inode number        addresses, state, queue
/proc/PID/fd        /proc/PID/      stat,               /proc/net/toy,
                    fdinfo          /proc/PID/fd        toyss, toyfs
END
say 'Here is a program that makes a stream socket (18 is AF_TOY, 1 SOCK_STREAM) and
then a second descriptor for it. It sleeps, so that we can look; at a signal it will
make the socket non-blocking.'
try <<'END'
perl -MFcntl -e 'socket($s, 18, 1, 0); open($t, ">&", $s);
	$SIG{USR1} = sub { fcntl($t, F_SETFL, O_RDWR | O_NONBLOCK) };
	sleep while 1' & pid=$!
END
wait_for 60 test -S "/proc/$pid/fd/4"

look 'two descriptors with the same text behind them. The number in brackets is
the inode of the socket; there is no path, for the socket lies in no directory.'
try 'ls -l /proc/$pid/fd | grep socket'
promise_like 'descriptor 3 is a socket' ' 3 -> socket:\[[0-9]+\]$'
inode=$(readlink "/proc/$pid/fd/3" | tr -dc 0-9)
promise_like 'descriptor 4 is the same one' " 4 -> socket:\\[$inode\\]\$"

say 'Both descriptors lead to one open file (the kernel says: file description). What
belongs to the file is seen through both. O_NONBLOCK does, and is bit 04000 of the
flags.'
look 'the same flags twice, and both of them change, although the program changed
them through descriptor 4 alone.'
try 'grep flags /proc/$pid/fdinfo/[34]'
promise_like 'the socket blocks' 'fdinfo/3:flags:.*[0-3]002$'
try 'kill -USR1 $pid'
wait_for 60 grep -q 'flags:.*4002$' "/proc/$pid/fdinfo/4"
try 'grep flags /proc/$pid/fdinfo/[34]'
promise_like 'O_NONBLOCK is there through descriptor 3' 'fdinfo/3:flags:.*4002$'
promise_like 'and through descriptor 4' 'fdinfo/4:flags:.*4002$'

say 'Behind the file is the inode. That of a socket is made with it, in a file system
that is mounted nowhere (sockfs), and dies with it.'
look 'the type, the number that you know by now, and a size of 0: the inode of a
socket holds no data (lab 5).'
try 'stat -L -c "%F, inode %i, size %s, %h link" /proc/$pid/fd/3'
promise_like 'stat says it is a socket with that inode' \
	"^socket, inode $inode, size 0,"

say 'Behind that is what the family knows. AF_TOY writes it into fdinfo of each of its
descriptors, in lines that begin with toy-.'
look 'toy-id, the number of the socket in this namespace, and ino, the inode.'
try 'cat /proc/$pid/fdinfo/3'
promise_like 'fdinfo names the inode' "^ino:[[:space:]]+$inode\$"
promise_like 'fdinfo says what the family knows' '^toy-type:[[:space:]]+stream$'
id=$(awk '$1 == "toy-id:" { print $2 }' "/proc/$pid/fdinfo/3")

say 'There is a table of all sockets of the family. Its column sl is the id.'
look 'the inode again: it ties the three views together.'
try 'cat /proc/net/toy'
promise_like 'the table has the socket' "^ *$id stream .* $inode "

say 'toyss is to this family what ss is to TCP. -p looks through /proc/PID/fd of all
processes for that inode.'
look 'one socket, and two descriptors of one process.'
try 'toyss -ap'
promise_like 'toyss finds both descriptors' "pid=$pid,fd=3\\).*pid=$pid,fd=4\\)"

say 'And each socket is a directory in toyfs, which is mounted at /net/toy. Who wrote
the program did not have to know about it. ctl, data and listen have no rights at all,
for nobody should take bytes from a program that does not expect it; the others may be
read.'
try 'ls -l /net/toy/stream/'"$id"'; cat /net/toy/stream/'"$id"'/status'
promise_like 'its data file is closed to others' '^p--------- .* data$'
promise_like 'its status can be read' "^id=$id type=stream .* inode=$inode "

say 'It works the other way round, too. Opening the file clone is socket(2) for those
who can only open files, such as this shell. Its descriptor 3 is then a file of toyfs,
with a path, that keeps a socket alive.'
look 'the number that is read from it: the name of a new directory; and toy-inode in
fdinfo, the inode of that socket. The one called ino is that of the file clone.'
try 'exec 3<>/net/toy/stream/clone; read n <&3; echo "$n"'
promise_like 'a new socket has a number' '^[0-9]+$'
try 'readlink /proc/$$/fd/3; cat /proc/$$/fdinfo/3'
promise_like 'the descriptor has a path' '^/net/toy/stream/clone$'
promise_like 'fdinfo names the socket that it keeps' '^toy-inode:'
try 'cat /proc/net/toy'
promise 'the table has the same inode' \
	grep -q "^ *$n stream .* $(awk '/toy-inode/ { print $2 }' "/proc/$$/fdinfo/3") " \
	/proc/net/toy

say 'A socket goes when the last descriptor goes. The program ends, and with it both of
its descriptors; the shell closes its own.'
look 'a table without rows, and a directory in which only clone and dial are left.'
try 'kill $pid; wait $pid 2>/dev/null; exec 3>&-
cat /proc/net/toy; ls /net/toy/stream'
promise_like 'no socket is left in the table' '^ *sl type'
promise 'nor in toyfs' test "$(cd /net/toy/stream && echo *)" = 'clone dial'

say 'Which function does what: 01-descriptor.md, beside this script.'
lab_end
