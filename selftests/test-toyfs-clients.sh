#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Languages with no idea of the family as its clients and servers, by nothing
# but files: Python, Perl, awk. At the other end are sockets.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl python3 busybox

# --- the other end, on sockets

# TYPE PORT: answers each line or message in capitals, until it is killed
cat >"$TAP_DIR/upper.pl" <<'EOF'
use Socket;
use Toy;
my ($type, $port) = @ARGV;
$| = 1;
$SIG{CHLD} = 'IGNORE';
my $server = toy_server($type, $port);
print "ready\n";
if ($type == SOCK_DGRAM) {
	while (my $from = recv($server, my $text, 70000, 0)) {
		send($server, uc($text), 0, $from);
	}
	exit(1);
}
while (accept(my $sock, $server)) {
	next if fork();
	while (sysread($sock, my $text, 70000)) {
		syswrite($sock, uc($text));
	}
	exit(0);
}
EOF

# upper TYPE PORT
upper()
{
	tap_start "upper.$2" perl -I"$TAP_LIB" "$TAP_DIR/upper.pl" "$1" "$2"
	tap_until grep -q ready "$TAP_DIR/upper.$2.out"
}

# PORT TYPE TEXT: a client on sockets
cat >"$TAP_DIR/caller.pl" <<'EOF'
use Socket;
use Toy;
alarm(60);
my $sock = toy_client($ARGV[1], $ARGV[0], 1);
syswrite($sock, "$ARGV[2]\n");
shutdown($sock, 1);
print <$sock>;
EOF
caller()
{
	perl -I"$TAP_LIB" "$TAP_DIR/caller.pl" "$@" 2>&1
}

# --- the languages: KIND PORT, each prints what it hears, by commas

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

# Some reuse a file by its name, whatever it was opened for: data has two. Some
# wait until their buffer is full: they hear (talk=0) when all has been said.
cat >"$TAP_DIR/client.awk" <<'EOF'
function hear(i) {
	answer = ""
	getline answer < from
	heard = heard "," (answer == toupper(text[i]) ? "same" : answer)
}
BEGIN {
	tree = "/net/toy/" type
	getline n < (tree "/clone")
	ctl = tree "/" n "/ctl"
	to = tree "/" n "/data"
	from = tree "/" n "/./data"
	print "connect 1:" port > ctl
	close(ctl)
	long = sprintf("%3000s", "")
	gsub(" ", "x", long)
	text[1] = "one"; text[2] = "a longer line"; text[3] = long
	for (i = 1; i <= 3; i++) {
		print text[i] > to
		fflush(to)
		if (talk)
			hear(i)
	}
	if (!talk) {
		print "shutdown wr" > ctl
		close(ctl)
		for (i = 1; i <= 3; i++)
			hear(i)
	}
	print substr(heard, 2)
}
EOF

# Awk as a server, one caller after the other: two of them, then it ends
cat >"$TAP_DIR/server.awk" <<'EOF'
BEGIN {
	tree = "/net/toy/" type
	getline n < (tree "/clone")
	ctl = tree "/" n "/ctl"
	print "announce *:" port > ctl
	close(ctl)
	for (calls = 0; calls < 2; calls++) {
		getline c < (tree "/" n "/listen")
		from = tree "/" c "/data"
		to = tree "/" c "/./data"
		getline line < from
		print "awk heard " line > to
		close(from)
		close(to)
		close(tree "/" n "/listen")
	}
}
EOF

# The same with poll, which serves them at once
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

languages=(python perl)
awks=()
for awk in mawk gawk original-awk 'busybox awk'; do
	command -v "${awk%% *}" >/dev/null && awks+=("$awk")
done

# client LANGUAGE TYPE PORT
client()
{
	local run talk=1

	case $1 in
	mawk | original-awk) talk=0 ;;
	esac
	# shellcheck disable=SC2206 # busybox awk is two words
	case $1 in
	python) run=(python3 "$TAP_DIR/client.py" "$2" "$3") ;;
	perl) run=(perl -MIO::Handle "$TAP_DIR/client.pl" "$2" "$3") ;;
	*) run=($1 -v type="$2" -v port="$3" -v talk=$talk
		-f "$TAP_DIR/client.awk") ;;
	esac
	tap_timed "${run[@]}" 2>&1
}

# server_of AWK: called by a socket, then by files
server_of()
{
	local server

	# shellcheck disable=SC2086
	tap_start server.awk $1 -v type=stream -v port=9801 \
		-f "$TAP_DIR/server.awk"
	server=$TAP_PID
	tap_ok "$1: a server listens" tap_until toyfs_listens stream 9801
	tap_is "$1: a server of sockets" "$(caller 9801 1 hello)" \
		'awk heard hello'
	# shellcheck disable=SC2016
	tap_is "$1: a server of files" "$(tap_timed bash -c '
		T=/net/toy/stream
		exec 3<>$T/clone; read n <&3; echo "connect 1:9801" >&3
		exec 4<>$T/$n/data; echo again >&4; echo "shutdown wr" >&3
		read -r r <&4; echo "$r"' 2>&1)" 'awk heard again'
	tap_ok "$1: the server ends" tap_until gone "$server"
	tap_stop "$server"
}

tap_plan $((3 * ${#languages[@]} + 7 * ${#awks[@]} + 11))

upper 1 9800
upper 5 9800
upper 2 9800
for language in "${languages[@]}" "${awks[@]}"; do
	for type in stream seqpacket dgram; do
		if [ $type = dgram ] && [[ $language = @(mawk|original-awk) ]]
		then
			tap_skip "$language: $type" 'there is no end to read to'
			continue
		fi
		tap_is "$language: a client of sockets, $type" \
			"$(client "$language" $type 9800)" same,same,same
	done
done
tap_until toyfs_is 3
tap_is 'clients: nothing is left but the servers' "$(toyfs_count)" 3

for awk in "${awks[@]}"; do
	server_of "$awk"
done

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
