#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# socat as it is shipped, knowing nothing of the family, is a server and a
# client of it: streams, records and datagrams.

. "$(dirname "$0")/lib/tap.sh"
tap_need socat sha256sum

family=$(toy_family)
# 3.1 MB, not a multiple of anything
size=3100007

# serve NAME ADDRESS ADDRESS [OPTION...]: a socat that is ready to be called
serve()
{
	local name=$1 server=$2 work=$3

	shift 3
	# -t: half a second after end of file is all that socat would wait
	tap_start "$name" socat -d -d -t "$TAP_PATIENCE" "$@" "$server" "$work"
	if ! tap_until grep -qE 'listening on|receiving on|data transfer' \
	     "$TAP_DIR/$name.err"; then
		sed 's/^/# /' "$TAP_DIR/$name.err"
	fi
}

# call ADDRESS [OPTION...]: standard input to it, what comes back to output
call()
{
	local addr=$1

	shift
	tap_timed socat -t "$TAP_PATIENCE" "$@" - "$addr"
}

sum()
{
	sha256sum | cut -d' ' -f1
}

# gone PID: the server has ended by itself
gone()
{
	! kill -0 "$1"
}

listen_at()
{
	echo "SOCKET-LISTEN:$family:0:$(toy_hex "$1")"
}

connect_to()
{
	echo "SOCKET-CONNECT:$family:0:$(toy_hex "$1" "${2:-0}")"
}

tap_plan 25

head -c "$size" /dev/urandom >"$TAP_DIR/big"
want=$(sum <"$TAP_DIR/big")

# --- streams

serve line "$(listen_at 9000)" "OPEN:$TAP_DIR/line,creat" -u
server=$TAP_PID
echo 'a line of text' | call "$(connect_to 9000)" -u
tap_until gone "$server"
tap_is 'stream: a line from client to server' \
	"$(cat "$TAP_DIR/line")" 'a line of text'

serve hello "$(listen_at 9001)" "SYSTEM:echo welcome"
tap_is 'stream: the server speaks first' \
	"$(call "$(connect_to 9001)" </dev/null)" 'welcome'

serve upper "$(listen_at 9002)" "EXEC:tr a-z A-Z"
tap_is 'stream: half-close, then the answer' \
	"$(echo 'shut down, then read' | call "$(connect_to 9002)")" \
	'SHUT DOWN, THEN READ'

serve up "$(listen_at 9003)" "OPEN:$TAP_DIR/up,creat" -u
server=$TAP_PID
call "$(connect_to 9003)" -u <"$TAP_DIR/big"
tap_until gone "$server"
tap_is 'stream: a big file to the server' "$(sum <"$TAP_DIR/up")" "$want"

serve down "OPEN:$TAP_DIR/big" "$(listen_at 9004)" -u
tap_is 'stream: a big file to the client' \
	"$(call "$(connect_to 9004)" -U </dev/null 2>/dev/null | sum)" "$want"

serve echo "$(listen_at 9005),fork" "EXEC:cat"
server=$TAP_PID
tap_is 'stream: a big file there and back' \
	"$(call "$(connect_to 9005)" <"$TAP_DIR/big" | sum)" "$want"
tap_is 'stream: node 1 is the same server' \
	"$(echo loopback | call "$(connect_to 9005 1)")" 'loopback'

clients=()
for i in 1 2 3 4 5 6; do
	{ head -c 20000 "$TAP_DIR/big"; echo "client $i"; } \
		>"$TAP_DIR/client.$i"
	call "$(connect_to 9005)" <"$TAP_DIR/client.$i" \
		>"$TAP_DIR/client.$i.back" &
	clients+=($!)
done
for i in "${clients[@]}"; do
	wait "$i"
done
wrong=
for i in 1 2 3 4 5 6; do
	cmp -s "$TAP_DIR/client.$i" "$TAP_DIR/client.$i.back" ||
		wrong="$wrong $i"
done
tap_is 'stream: six clients at once of a forking server' "$wrong" ''

tap_is 'stream: small blocks there and back' \
	"$(head -c 10000 "$TAP_DIR/big" |
	   call "$(connect_to 9005)" -b 100 | sum)" \
	"$(head -c 10000 "$TAP_DIR/big" | sum)"

call "$(connect_to 9005),bind=$(toy_hex 9055)" -d -d </dev/null \
	2>"$TAP_DIR/bind.err"
tap_like 'stream: a client with a port of its own' \
	"$(grep 'successfully connected' "$TAP_DIR/bind.err")" \
	'*successfully connected from local address*'
# 9055 is 0x235f, that is 5f 23 in memory
tap_until grep -q 'accepting connection.*5f23' "$TAP_DIR/echo.err"
tap_like 'stream: the server is told which' \
	"$(grep 'accepting connection.*5f23' "$TAP_DIR/echo.err")" \
	'*5f2301000000*on*'
tap_stop "$server"

call "$(connect_to 9006)" </dev/null 2>"$TAP_DIR/refused.err"
tap_is 'stream: nobody listens: socat fails' "$?" 1
tap_like 'stream: nobody listens: and says why' \
	"$(cat "$TAP_DIR/refused.err")" '*Connection refused*'

(
	sleep 1
	exec socat -T "$TAP_PATIENCE" "$(listen_at 9007)" "EXEC:cat" \
		</dev/null >/dev/null 2>&1
) &
tap_is 'stream: called again until somebody listens' \
	"$(echo again | call "$(connect_to 9007),retry=100,interval=0.2" \
	   2>/dev/null)" 'again'

# Names of AF_UNIX and ports of TCP can stand for an address of the family.
serve inner "$(listen_at 9008)" "EXEC:cat"
serve outer "UNIX-LISTEN:$TAP_DIR/sock" "$(connect_to 9008)"
tap_is 'stream: behind a name of AF_UNIX' \
	"$(call "UNIX-CONNECT:$TAP_DIR/sock" <"$TAP_DIR/big" | sum)" "$want"

# --- records

serve record "$(listen_at 9000),so-type=5,fork" "EXEC:cat"
server=$TAP_PID
tap_is 'seqpacket: a line there and back' \
	"$(echo 'one record' | call "$(connect_to 9000),so-type=5")" \
	'one record'
tap_is 'seqpacket: a big file there and back' \
	"$(call "$(connect_to 9000),so-type=5" <"$TAP_DIR/big" | sum)" "$want"
call "$(connect_to 9000)" </dev/null 2>"$TAP_DIR/type.err"
tap_like 'seqpacket: a stream cannot call it' \
	"$(cat "$TAP_DIR/type.err")" '*Connection refused*'
tap_stop "$server"

# --- datagrams

serve inbox "SOCKET-RECV:$family:2:0:$(toy_hex 9000)" \
	"OPEN:$TAP_DIR/inbox,creat,append" -u
server=$TAP_PID
for i in 1 2 3; do
	echo "datagram $i" |
		call "SOCKET-SENDTO:$family:2:0:$(toy_hex 9000)" -u
done
tap_until grep -q 'datagram 3' "$TAP_DIR/inbox"
tap_is 'dgram: from three senders to one file' \
	"$(tr '\n' ' ' <"$TAP_DIR/inbox")" \
	'datagram 1 datagram 2 datagram 3 '
tap_stop "$server"

seq 1 2000 >"$TAP_DIR/numbers"
serve many "SOCKET-RECV:$family:2:0:$(toy_hex 9001)" \
	"OPEN:$TAP_DIR/many,creat,append" -u
server=$TAP_PID
call "SOCKET-SENDTO:$family:2:0:$(toy_hex 9001)" -u -b 5 <"$TAP_DIR/numbers"
tap_until grep -q '^2000$' "$TAP_DIR/many"
tap_is 'dgram: none is lost and they come in order' \
	"$(sum <"$TAP_DIR/many")" "$(sum <"$TAP_DIR/numbers")"
tap_stop "$server"

# socat takes answers only from the address it has sent to: node 1, not "any".
serve answer "SOCKET-RECVFROM:$family:2:0:$(toy_hex 9002),fork" \
	"EXEC:sed -u -e s/me/you/ -e q"
server=$TAP_PID
echo 'answer me' |
	tap_timed socat -t 5 - "SOCKET-SENDTO:$family:2:0:$(toy_hex 9002 1)" \
	>"$TAP_DIR/answered"
tap_is 'dgram: an unbound client gets its answer' \
	"$(cat "$TAP_DIR/answered")" 'answer you'
echo 'me too' |
	tap_timed socat -t 5 - \
	"SOCKET-SENDTO:$family:2:0:$(toy_hex 9002 1),bind=$(toy_hex 9003)" \
	>"$TAP_DIR/answered"
tap_is 'dgram: a bound client gets its answer' \
	"$(cat "$TAP_DIR/answered")" 'you too'
tap_stop "$server"

# Two ends that name each other.
at()
{
	echo "SOCKET-DATAGRAM:$family:2:0:$(toy_hex "$2"),bind=$(toy_hex "$1")"
}
serve left "$(at 9004 9005)" "EXEC:cat"
server=$TAP_PID
echo 'to and fro' | tap_timed socat -t 5 - "$(at 9005 9004)" \
	>"$TAP_DIR/fro"
tap_is 'dgram: two ends that name each other' \
	"$(cat "$TAP_DIR/fro")" 'to and fro'
tap_stop "$server"

echo nobody | call "SOCKET-SENDTO:$family:2:0:$(toy_hex 9006)" -u \
	2>"$TAP_DIR/nobody.err"
tap_is 'dgram: nobody has the port: socat fails' "$?" 1
tap_like 'dgram: nobody has the port: and says why' \
	"$(cat "$TAP_DIR/nobody.err")" '*Connection refused*'
