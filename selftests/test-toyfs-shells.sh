#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sockets from a shell that knows nothing of sockets: the scripts that toyfs
# was made for, word for word, in bash, dash and busybox sh.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need bash dash busybox perl sha256sum unshare ip od

shells=(bash dash 'busybox sh')

# --- the scripts

cat >"$TAP_DIR/server" <<'EOF'
T=/net/toy/stream                              # server
exec 3<>$T/clone; read n <&3; echo "announce *:80" >&3
while exec 4<>$T/$n/listen; read c <&4; do
  ( exec 5<>$T/$c/data 3>&- 4>&-
    while read l <&5; do echo "got $l" >&5; done ) &
  exec 4>&-
done
EOF

cat >"$TAP_DIR/client" <<'EOF'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3                   # client
echo "connect 1:80" >&3 || cat $T/$n/err
exec 4<>$T/$n/data; echo hi >&4; read r <&4; echo "$r"
EOF

cat >"$TAP_DIR/dgram-server" <<'EOF'
D=/net/toy/dgram                               # datagram echo server
exec 3<>$D/clone; read n <&3; echo "bind *:53" >&3; echo "headers on" >&3
exec 4<>$D/$n/data
while read -r from m <&4; do echo "$from echo $m" >&4; done
EOF

# NAME FIFO: says five lines after somebody has opened FIFO for writing
cat >"$TAP_DIR/talker" <<'EOF'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3
echo "connect 1:80" >&3 || cat $T/$n/err
exec 4<>$T/$n/data
: <"$2"
for i in 1 2 3 4 5; do
	echo "$1 says $i" >&4; read r <&4; echo "$r"
done
EOF

cat >"$TAP_DIR/dgram-client" <<'EOF'
D=/net/toy/dgram
exec 3<>$D/clone; read n <&3; echo "connect 1:53" >&3
exec 4<>$D/$n/data
for m in one two three; do
	echo "$m" >&4; read r <&4; echo "$r"
done
EOF

cat >"$TAP_DIR/dgram-headers" <<'EOF'
D=/net/toy/dgram
exec 3<>$D/clone; read n <&3; echo "headers on" >&3
exec 4<>$D/$n/data
echo '1:53 to whom it may concern' >&4
read -r from m <&4; echo "$from said $m"
EOF

cat >"$TAP_DIR/cat-server" <<'EOF'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "announce *:81" >&3
exec 4<>$T/$n/listen; read c <&4
exec 5<>$T/$c/data
cat <&5 >&5
EOF

# FILE: there and back
cat >"$TAP_DIR/cat-client" <<'EOF'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "connect 1:81" >&3
exec 4<>$T/$n/data
{ cat "$1" >&4; echo "shutdown wr" >&3; } &
cat <&4
wait
EOF

# Without a descriptor but the one that keeps the socket
cat >"$TAP_DIR/noclobber" <<'EOF'
set -C
T=/net/toy/stream
exec 3<$T/clone; read n <&3
echo "connect 1:80" >$T/$n/ctl
echo careful >$T/$n/data
read r <$T/$n/data; echo "$r"
echo overwritten 2>/dev/null >$T/$n/status || echo kept
EOF

# Where is node 3? And what has come in
cat >"$TAP_DIR/raw" <<'EOF'
R=/net/toy/raw
exec 3<>$R/clone
read n <&3
exec 4<>$R/$n/data
printf 'TY\001\001\0\0\0\002\0\0\0\003\0\0\0\0\0\0\0\0' >&4
dd bs=65536 count=1 2>/dev/null <&4 | od -An -v -tx1 -w20
EOF

# SHELL SCRIPT: at a node whose only link is lo, which brings back what is sent
cat >"$TAP_DIR/at-lo" <<'EOF'
mount -t toyfs none /net/toy && ip link set lo up &&
	printf 'node 2\nlink add lo\n' >/net/toy/ctl || exit
exec "$@"
EOF

# Each of these fails, and the shell goes on
cat >"$TAP_DIR/errors" <<'EOF'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3
for c in 'dance' 'connect' 'connect 1:99999' 'listen' 'disconnect'; do
	echo "$c" 2>/dev/null >&3 && echo "$c: taken"
done
(: >$T/$n/err) 2>/dev/null && echo "err: overwritten"
echo "still here: $(cat $T/$n/ctl)"
EOF

cat >"$TAP_DIR/dgram.pl" <<'EOF'
use Socket;
use Toy;
alarm(60);
my $sock = toy_socket(SOCK_DGRAM);
for my $text ("a\n", 'no newline', 'x' x 1000) {
	send($sock, $text, 0, toy_addr(53, 1)) or die("send: $!\n");
	my $from = recv($sock, my $answer, 2000, 0) or die("recv: $!\n");
	print(toy_text($from), ' ', $answer eq "echo $text" ? 'same' :
	      $answer eq "echo $text\n" ? 'same and newline' : $answer, "\n");
}
EOF

# --- what is done with each shell

# hangup TYPE PATTERN: from outside, as any script of the owner may do it
hangup()
{
	local n

	n=$(toyfs_find "$1" "$2")
	[ -n "$n" ] && echo hangup >"$TOYFS/$1/$n/ctl"
}

# in_shell SHELL SCRIPT [ARG...]
in_shell()
{
	local shell=$1 script=$2

	shift 2
	# shellcheck disable=SC2086 # busybox sh is two words
	tap_timed $shell "$TAP_DIR/$script" "$@"
}

# six clients, two of each shell, that are all connected before any speaks
at_once()
{
	local server=$1 i wrong='' pids=()

	rm -f "$TAP_DIR/go"
	mkfifo "$TAP_DIR/go"
	for i in 0 1 2 3 4 5; do
		in_shell "${shells[i % 3]}" talker "client $i" "$TAP_DIR/go" \
			>"$TAP_DIR/talk.$i" 2>&1 &
		pids+=($!)
	done
	# the listener, six callers, six children
	tap_until toyfs_is 13
	tap_is "$server: six are connected at once" "$(toyfs_count)" 13
	# <> does not wait for a reader
	exec 9<>"$TAP_DIR/go"
	wait "${pids[@]}"
	exec 9>&-
	for i in 0 1 2 3 4 5; do
		[ "$(cat "$TAP_DIR/talk.$i")" = "$(for j in 1 2 3 4 5; do
			echo "got client $i says $j"; done)" ] ||
			wrong="$wrong; $(cat "$TAP_DIR/talk.$i")"
	done
	tap_is "$server: each hears its own answers" "$wrong" ''
	tap_until toyfs_is 1
	tap_is "$server: nothing is left of them" "$(toyfs_count)" 1
}

stream_of()
{
	local server=$1 client pid

	# shellcheck disable=SC2086
	tap_start server $server "$TAP_DIR/server"
	pid=$TAP_PID
	tap_ok "$server: the server listens" \
		tap_until toyfs_listens stream 80
	for client in "${shells[@]}"; do
		tap_is "$server: a client in $client" \
			"$(in_shell "$client" client 2>&1)" 'got hi'
	done
	at_once "$server"
	tap_is "$server: set -C is no hindrance" \
		"$(in_shell "$server" noclobber 2>&1)" "got careful
kept"
	tap_ok "$server: hangup from outside" hangup stream 'state=listen'
	tap_ok "$server: ends the server" tap_until gone "$pid"
	# bash tells why its last read failed
	tap_is "$server: which had no other complaints" \
		"$(grep -v 'Invalid argument' "$TAP_DIR/server.err")" ''
	tap_until toyfs_is 0
	tap_is "$server: nobody listens: the reason is printed" \
		"$(in_shell "$server" client 2>/dev/null | head -n 1)" \
		'111 ECONNREFUSED connect 1:80: nothing listens on that port'
	tap_is "$server: a wrong command is an error, not the end" \
		"$(in_shell "$server" errors 2>"$TAP_DIR/errors.err" |
		   sed 's/[0-9]\+$/N/')" 'still here: N'
}

dgram_of()
{
	local server=$1 pid

	# shellcheck disable=SC2086
	tap_start dgram $server "$TAP_DIR/dgram-server"
	pid=$TAP_PID
	tap_ok "$server: the datagram server is bound" \
		tap_until toyfs_has dgram 'local=[*]:53 '
	tap_is "$server: datagrams by files" \
		"$(in_shell "$server" dgram-client 2>&1)" "echo one
echo two
echo three"
	tap_is "$server: datagrams by files, with headers" \
		"$(in_shell "$server" dgram-headers 2>&1)" \
		'1:53 said echo to whom it may concern'
	tap_is "$server: datagrams by a socket in Perl" \
		"$(perl -I"$TAP_LIB" "$TAP_DIR/dgram.pl" 2>&1)" \
		"1:53 same
1:53 same and newline
1:53 same and newline"
	tap_ok "$server: hangup of datagrams" hangup dgram 'local=[*]:53 '
	tap_ok "$server: ends that server too" tap_until gone "$pid"
	tap_stop "$pid"
	tap_is "$server: which had no complaints either" \
		"$(cat "$TAP_DIR/dgram.err")" ''
}

# the sum in the last two bytes is there or not, as the device likes
raw_of()
{
	# shellcheck disable=SC2086
	tap_is "$1: a frame out and in" \
		"$(tap_timed unshare -nm sh "$TAP_DIR/at-lo" $1 \
			"$TAP_DIR/raw" 2>&1 | cut -c -54)" \
		"$(printf ' %s' 54 59 01 01 00 00 00 02 00 00 00 03 \
			00 00 00 00 00 00)"
}

cat_of()
{
	local server=$1 pid

	# shellcheck disable=SC2086
	tap_start cat $server "$TAP_DIR/cat-server"
	pid=$TAP_PID
	tap_until toyfs_listens stream 81
	tap_is "$server: cat <&5 >&5, there and back" \
		"$(in_shell "$server" cat-client "$TAP_DIR/big" 2>&1 | sum)" \
		"$want"
	tap_ok "$server: cat ends with its input" tap_until gone "$pid"
	tap_is "$server: cat is content" "$(cat "$TAP_DIR/cat.err")" ''
	tap_until toyfs_is 0
	tap_is "$server: nothing is left" "$(toyfs_count)" 0
}

tap_plan 75

toyfs_is 0 || echo "# $(toyfs_count) sockets are there before the test"
head -c 700001 /dev/urandom >"$TAP_DIR/big"
want=$(sum <"$TAP_DIR/big")

for shell in "${shells[@]}"; do
	stream_of "$shell"
	dgram_of "$shell"
	raw_of "$shell"
	cat_of "$shell"
done
