#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Languages with no idea of the family as its clients and servers, by nothing
# but files: Python and Perl. At the other end are sockets.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl python3

# --- clients: TYPE PORT, each prints what it hears, by commas

cat >"$TAP_DIR/client.py" <<'EOF'
import os, sys

tree = '/net/toy/' + sys.argv[1]
clone = open(tree + '/clone', 'r+b', buffering=0)
n = clone.readline().decode().strip()
assert clone.read() == b'', 'the number has no end'
clone.write(b'connect 1:' + sys.argv[2].encode())
data = open(tree + '/' + n + '/data', 'r+b', buffering=0)
heard = []
for text in 'one', 'a longer line', 'x' * 3000:
    data.write((text + '\n').encode())
    answer = b''
    while not answer.endswith(b'\n'):
        answer += data.read(500)
    heard.append('same' if answer.decode() == text.upper() + '\n'
                 else repr(answer))
print(','.join(heard))
EOF

cat >"$TAP_DIR/client.pl" <<'EOF'
my ($type, $port) = @ARGV;
my $tree = "/net/toy/$type";
open(my $clone, '+<', "$tree/clone") or die("clone: $!\n");
chomp(my $n = <$clone>);
syswrite($clone, "connect 1:$port\n") or die("connect: $!\n");
# a handle for either direction: Perl seeks when it turns round
open(my $in, '<', "$tree/$n/data") or die("data: $!\n");
open(my $out, '>', "$tree/$n/data") or die("data: $!\n");
$out->autoflush(1);
my @heard;
for my $text ('one', 'a longer line', 'x' x 3000) {
	print $out "$text\n";
	my $answer = <$in>;
	push(@heard, $answer eq uc("$text\n") ? 'same' : $answer);
}
print(join(',', @heard), "\n");
EOF

# A server with poll, for four callers
cat >"$TAP_DIR/server.py" <<'EOF'
import os, select, sys

tree = '/net/toy/' + sys.argv[1]
clone = os.open(tree + '/clone', os.O_RDWR)
n = os.read(clone, 20).decode().strip()
os.write(clone, b'announce *:' + sys.argv[2].encode())
poll = select.poll()
calls = os.open(tree + '/' + n + '/listen', os.O_RDWR | os.O_NONBLOCK)
try:
    os.read(calls, 20)
except BlockingIOError:
    print('nobody yet', flush=True)
poll.register(calls, select.POLLIN)
talks = {}
done = 0
while done < 4:
    for fd, events in poll.poll(60000):
        if fd == calls:
            c = os.read(calls, 20).decode().strip()
            poll.unregister(calls)
            data = os.open(tree + '/' + c + '/data',
                           os.O_RDWR | os.O_NONBLOCK)
            os.close(calls)
            talks[data] = b''
            poll.register(data, select.POLLIN)
            calls = os.open(tree + '/' + n + '/listen',
                            os.O_RDWR | os.O_NONBLOCK)
            poll.register(calls, select.POLLIN)
            continue
        got = os.read(fd, 1000)
        talks[fd] += got
        if talks[fd].endswith(b'\n'):
            os.write(fd, b'python heard ' + talks[fd])
            talks[fd] = b''
        if not got:
            poll.unregister(fd)
            os.close(fd)
            done += 1
EOF

# What Python makes of errors and of the socket behind
cat >"$TAP_DIR/errors.py" <<'EOF'
import errno, fcntl, os, sys

tree = '/net/toy/stream'
port = sys.argv[1]
def name(function, *args):
    try:
        return function(*args)
    except OSError as e:
        return errno.errorcode[e.errno]
ctl = os.open(tree + '/clone', os.O_RDWR)
n = os.read(ctl, 20).decode().strip()
print('nobody', name(os.write, ctl, b'connect 1:9899'))
print('words', open(tree + '/' + n + '/err').read().split(':')[0])
print('data', name(os.write, os.open(tree + '/' + n + '/data', os.O_WRONLY),
                   b'x'))
print('lines', name(os.write, ctl, b'set keepalive on\nset sndbuf 5000000000\n'))
print('seek', name(os.lseek, ctl, 0, os.SEEK_SET))
print('create', name(os.open, tree + '/new', os.O_RDWR | os.O_CREAT))
print('write status', name(os.open, tree + '/' + n + '/status', os.O_WRONLY))
print('connect', name(os.write, ctl, b'connect 1:' + port.encode()))
print('again', name(os.write, ctl, b'connect 1:' + port.encode()))
sock = fcntl.ioctl(ctl, 0xf701, os.O_CLOEXEC)
print('a socket', os.readlink('/proc/self/fd/%d' % sock).split(':')[0])
os.close(ctl)
os.write(sock, b'without files\n')
print('answer', os.read(sock, 100).decode().strip())
EOF

# --- what is done with them

tap_plan 17

upper 1 9800
upper 5 9800
upper 2 9800
for type in stream seqpacket dgram; do
	tap_is "python: a client of sockets, $type" \
		"$(tap_timed python3 "$TAP_DIR/client.py" $type 9800 2>&1)" \
		same,same,same
	tap_is "perl: a client of sockets, $type" \
		"$(tap_timed perl -MIO::Handle "$TAP_DIR/client.pl" $type 9800 \
		   2>&1)" same,same,same
done
tap_until toyfs_is 3
tap_is 'clients: nothing is left but the servers' "$(toyfs_count)" 3

for type in 'stream 1' 'seqpacket 5'; do
	tap_start server.py python3 "$TAP_DIR/server.py" ${type% *} 9802
	server=$TAP_PID
	tap_ok "python: a server listens, $type" \
		tap_until toyfs_listens ${type% *} 9802
	pids=()
	for i in 1 2 3 4; do
		caller 9802 ${type#* } "caller $i" >"$TAP_DIR/caller.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	tap_is "python: four callers of a server with poll, $type" \
		"$(cat "$TAP_DIR"/caller.? | tr '\n' ';')" \
		"$(for i in 1 2 3 4; do
			printf 'python heard caller %d;' "$i"; done)"
	tap_until gone "$server"
	tap_is "python: the listener told that nobody had called, $type" \
		"$(cat "$TAP_DIR/server.py.out" "$TAP_DIR/server.py.err")" \
		'nobody yet'
done

tap_is 'python: errors are exceptions, the socket a descriptor' \
	"$(tap_timed python3 "$TAP_DIR/errors.py" 9800 2>&1)" \
	"nobody ECONNREFUSED
words 111 ECONNREFUSED connect 1
data ENOTCONN
lines 17
seek ESPIPE
create ENOENT
write status EACCES
connect 14
again EISCONN
a socket socket
answer WITHOUT FILES"

tap_is 'python: a buffered file reads lines' "$(tap_timed python3 -c '
import os
tree = "/net/toy/stream/"
clone = open(tree + "clone")
n = clone.readline().strip()
print("connect 1:9800", file=open(tree + n + "/ctl", "w"))
with open(tree + n + "/data", "w") as out, open(tree + n + "/data") as lines:
    print("first\nsecond", file=out, flush=True)
    print(lines.readline().strip(), lines.readline().strip())
' 2>&1)" 'FIRST SECOND'

# dd names every block size; the answer is read a byte at a time
tap_is 'sh and dd: one byte a read' "$(bash -c '
	exec 3<>/net/toy/seqpacket/clone; read n <&3; echo connect 1:9800 >&3
	d=/net/toy/seqpacket/$n/data
	printf "one message\n" >$d
	dd if=$d bs=1 count=12 status=none' 2>&1)" 'ONE MESSAGE'

tap_until toyfs_is 3
tap_is 'all: nothing is left but the servers' "$(toyfs_count)" 3
