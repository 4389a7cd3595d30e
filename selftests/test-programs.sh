#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everyday programs with a socket of the family as their standard input and
# output, as inetd would start them. They know of no sockets at all; socat only
# makes the connection and becomes the program (nofork).

. "$(dirname "$0")/lib/tap.sh"
tap_need socat sha256sum tar gzip

family=$(toy_family)
port=9700

# inetd PROGRAM [TYPE]: waits for calls at the next port
inetd()
{
	port=$((port + 1))
	tap_start "inetd.$port" socat -d -d \
		"SOCKET-LISTEN:$family:0:$(toy_hex $port),fork,so-type=${2:-1}" \
		"EXEC:$1,nofork"
	tap_until grep -q 'listening on' "$TAP_DIR/inetd.$port.err"
}

# call [TYPE]: standard input there, what comes back to standard output
call()
{
	tap_timed socat -t "$TAP_PATIENCE" - \
		"SOCKET-CONNECT:$family:0:$(toy_hex $port),so-type=${1:-1}"
}

# caller PROGRAM: calls and becomes the program
caller()
{
	tap_timed socat "SOCKET-CONNECT:$family:0:$(toy_hex $port)" \
		"EXEC:$1,nofork"
}

sum()
{
	sha256sum | cut -d' ' -f1
}

tap_plan 16

head -c 1500007 /dev/urandom >"$TAP_DIR/big"
want=$(sum <"$TAP_DIR/big")
seq 1 20000 | sort -R --random-source="$TAP_DIR/big" >"$TAP_DIR/mixed"

inetd cat
tap_is 'cat: there and back' "$(call <"$TAP_DIR/big" | sum)" "$want"
tap_is 'cat: nothing there and back' "$(call </dev/null)" ''

inetd 'dd bs=777 status=none'
tap_is 'dd: in odd blocks' "$(call <"$TAP_DIR/big" | sum)" "$want"

inetd 'gzip -c'
tap_is 'gzip: there packed back' \
	"$(call <"$TAP_DIR/big" | gzip -dc | sum)" "$want"

inetd 'sort -n'
tap_is 'sort: answers after the end of its input' \
	"$(call <"$TAP_DIR/mixed" | sum)" "$(seq 1 20000 | sum)"

inetd 'sha256sum -'
tap_is 'sha256sum: reads to the end' \
	"$(call <"$TAP_DIR/big")" "$want  -"

# bash reads byte by byte so that what follows stays for other programs.
cat >"$TAP_DIR/talk" <<'END'
#!/bin/bash
echo 'what is your name?'
read -r name
echo "hello, $name; and now the rest:"
cat
END
chmod +x "$TAP_DIR/talk"
inetd "$TAP_DIR/talk"
tap_is 'bash: read, echo, and cat for the rest' \
	"$(printf 'socket\none\ntwo\n' | call | tr '\n' '|')" \
	'what is your name?|hello, socket; and now the rest:|one|two|'

mkdir "$TAP_DIR/from" "$TAP_DIR/to"
cp "$TAP_DIR/big" "$TAP_DIR/mixed" "$TAP_DIR/from"
ln -s big "$TAP_DIR/from/link"
inetd "tar xf - -C $TAP_DIR/to"
tar cf - -C "$TAP_DIR/from" . | call
tap_until test -L "$TAP_DIR/to/link" -a -e "$TAP_DIR/to/mixed"
tap_until cmp "$TAP_DIR/from/mixed" "$TAP_DIR/to/mixed"
tap_ok 'tar: a directory arrives' diff -r "$TAP_DIR/from" "$TAP_DIR/to"

inetd "tar cf - -C $TAP_DIR/from ."
mkdir "$TAP_DIR/here"
call </dev/null 2>/dev/null | tar xf - -C "$TAP_DIR/here"
tap_ok 'tar: a directory is fetched' diff -r "$TAP_DIR/from" "$TAP_DIR/here"

# Both ends: two programs and nothing but the socket between them.
inetd "dd of=$TAP_DIR/kept status=none"
caller "cat $TAP_DIR/big" 2>/dev/null
tap_until cmp "$TAP_DIR/big" "$TAP_DIR/kept"
tap_is 'dd: keeps what cat sends' "$(sum <"$TAP_DIR/kept")" "$want"

inetd 'wc -c' 5
tap_is 'seqpacket, wc: counts' \
	"$(call 5 <"$TAP_DIR/big" | tr -d ' ')" 1500007
inetd cat 5
tap_is 'seqpacket, cat: there and back' \
	"$(call 5 <"$TAP_DIR/big" | sum)" "$want"

# --- those that look from outside

tap_start held perl -I"$TAP_LIB" -MSocket -MToy -e '$| = 1;
	my $sock = toy_server(SOCK_STREAM, 9790); print "ready\n"; sleep(100)'
held=$TAP_PID
tap_until grep -q ready "$TAP_DIR/held.out"

tap_like 'ls: /proc/PID/fd shows a socket' \
	"$(ls -l "/proc/$held/fd/3" 2>&1)" '*socket:*'
cat "/proc/$held/fd/3" 2>"$TAP_DIR/open"
tap_like 'cat: it cannot be opened' "$(cat "$TAP_DIR/open")" \
	'*No such device or address*'
if command -v lsof >/dev/null; then
	tap_like 'lsof: names the protocol' \
		"$(lsof -w -n -a -p "$held" -d 3 2>/dev/null | tail -n 1)" \
		'*protocol: TOY*'
else
	tap_skip 'lsof: names the protocol' 'no lsof'
fi
if command -v strace >/dev/null; then
	tap_timed strace -o "$TAP_DIR/strace" perl -I"$TAP_LIB" -MSocket -MToy \
		-e 'toy_client(SOCK_STREAM, 9790)' 2>/dev/null
	tap_like 'strace: shows the call' \
		"$(grep 'connect(' "$TAP_DIR/strace")" '*connect(*= 0*'
else
	tap_skip 'strace: shows the call' 'no strace'
fi
tap_stop "$held"
