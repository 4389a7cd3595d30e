#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# toyrun itself: what it refuses to run, what it says then, what programs see of
# their sockets, addresses beyond the loopback's.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
. "$(dirname "$0")/lib/toyrun.sh"
ether_need perl setcap setpriv
toyrun_need

CALLS=$(dirname "$0")/lib/toyrun-calls
MAP=10.0.0.2=2,10.0.0.3=3

# said COMMAND...: its exit status and what it says on standard error
said()
{
	local rc

	tap_timed "$@" >"$TAP_DIR/said" 2>&1
	rc=$?
	echo "$rc $(cat "$TAP_DIR/said")"
}

# python CODE ARG...: a program that knows of IPv4 alone
python()
{
	tap_timed "$TOYRUN" python3 -c "$@" 2>&1
}

# program NAME: a copy of true(1), that can be made into what cannot be run
program()
{
	cp "$(type -P true)" "$TAP_DIR/$1"
	echo "$TAP_DIR/$1"
}

nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'

# Programs are to be reached by others than root.
chmod 755 "$TAP_DIR"
tap_timed "$CALLS" >"$TAP_DIR/tcp" 2>&1
tap_timed "$TOYRUN" "$CALLS" >"$TAP_DIR/toy" 2>&1
tap_plan $((44 + $(wc -l <"$TAP_DIR/tcp")))

# --- the command line

tap_like 'help' "$(said "$TOYRUN" -h)" '0 Usage: toyrun*'
tap_is 'version' "$(said "$TOYRUN" -V)" '0 toyrun utility, AF_TOY'
tap_like 'no command' "$(said "$TOYRUN")" '125 toyrun: no command*'
tap_like 'no such option' "$(said "$TOYRUN" --what)" '125 *--what*'
tap_is 'the exit status is the command'\''s' \
	"$(said "$TOYRUN" sh -c 'echo "$*"; exit 42' - -h --map)" '42 -h --map'
tap_is 'not found' "$(said "$TOYRUN" no-such-program)" \
	'127 toyrun: no-such-program: No such file or directory'
tap_is 'not found, with a path' "$(said "$TOYRUN" /no/such)" \
	'127 toyrun: /no/such: No such file or directory'
tap_is 'not executable' "$(said "$TOYRUN" /etc/passwd)" \
	'126 toyrun: /etc/passwd: Permission denied'
tap_is 'a directory' "$(said "$TOYRUN" /etc)" \
	'126 toyrun: /etc: Permission denied'

# --- what no library can be put before

tap_like 'static' "$(said "$TOYRUN" "$(command -v busybox)" true)" \
	'126 toyrun: */busybox is statically linked: *'
printf '#! %s sh\ntrue\n' "$(command -v busybox)" >"$TAP_DIR/static-script"
chmod +x "$TAP_DIR/static-script"
tap_like 'a script whose interpreter is static' \
	"$(said "$TOYRUN" "$TAP_DIR/static-script")" \
	'126 toyrun: */busybox is statically linked: *'
printf '#!/bin/sh\nexit 3\n' >"$TAP_DIR/script"
chmod +x "$TAP_DIR/script"
tap_is 'a script' "$(said "$TOYRUN" "$TAP_DIR/script")" '3 '
tail -n +2 "$TAP_DIR/script" >"$TAP_DIR/text"
chmod +x "$TAP_DIR/text"
tap_is 'a script that does not name the shell' \
	"$(said "$TOYRUN" "$TAP_DIR/text")" '3 '
foreign=$(program foreign)
printf '\1' | dd of="$foreign" bs=1 seek=4 conv=notrunc status=none
tap_like 'another machine'\''s' "$(said "$TOYRUN" "$foreign")" \
	'126 toyrun: */foreign is of another machine *'
setuid=$(program setuid)
chmod u+s "$setuid"
tap_is 'set-user-ID to oneself' "$(said "$TOYRUN" "$setuid")" '0 '
tap_like 'set-user-ID' "$(said $nobody "$TOYRUN" "$setuid")" \
	'126 toyrun: */setuid gains rights *'
setgid=$(program setgid)
chmod g+s "$setgid"
tap_like 'set-group-ID' "$(said $nobody "$TOYRUN" "$setgid")" \
	'126 toyrun: */setgid gains rights *'
capable=$(program capable)
setcap cap_net_raw+ep "$capable"
tap_like 'with capabilities' "$(said $nobody "$TOYRUN" "$capable")" \
	'126 toyrun: */capable gains rights *'

# --- the map

for map in 1.2.3.4 1.2.3=4 host=4 1.2.3.4=x 1.2.3.4=0 1.2.3.4=4294967296 \
	127.0.0.2=4 0.0.0.0=4; do
	tap_like "map: $map is none" "$(said "$TOYRUN" -m "$map" true)" \
		"125 toyrun: TOYRUN_MAP: '$map' *"
done
tap_is 'map: two lists, the option'\''s first' \
	"$(TOYRUN_MAP=1.1.1.1=5 "$TOYRUN" --map 2.2.2.2=6,,3.3.3.3=7 \
		sh -c 'echo "$TOYRUN_MAP"')" '2.2.2.2=6,,3.3.3.3=7,1.1.1.1=5'
tap_like 'map: a bad one, found by the library' \
	"$(TOYRUN_MAP=x LD_PRELOAD=$TOYRUN_BUILD/libtoyrun.so "$(type -P true)" 2>&1)" \
	"toyrun: true: TOYRUN_MAP: 'x' is not ADDRESS=NODE"

said='toyrun: python3: 10.1.2.3:80: TOYRUN_MAP has no node for this address'
try='import socket, sys
kind = getattr(socket, sys.argv[1])
sock = socket.socket(socket.AF_INET, kind)
for i in range(2):
    try:
        getattr(sock, sys.argv[2])(*eval(sys.argv[3]))
    except OSError as e:
        print(e.strerror)'
for call in 'connect Network is unreachable' \
	'bind Cannot assign requested address'; do
	tap_is "map: ${call%% *} to an address that is not in it" \
		"$(python "$try" SOCK_STREAM "${call%% *}" '[("10.1.2.3", 80)]')" \
		"$said"$'\n'"${call#* }"$'\n'"${call#* }"
done
tap_is 'map: sendto an address that is not in it' \
	"$(python "$try" SOCK_DGRAM sendto '[b"x", ("10.1.2.3", 80)]')" \
	"$said"$'\n'"Network is unreachable"$'\n'"Network is unreachable"
tap_is 'map: an address for the loopback' \
	"$(TOYRUN_MAP=10.1.2.3=1 python 'import socket
s = socket.socket(); s.bind(("10.1.2.3", 0)); s.listen(); print(
	socket.create_connection(("127.0.0.7", s.getsockname()[1])).getpeername()[0])')" \
	'127.0.0.1'

# --- other sockets

tap_is 'IPv6 and what else IP carries is refused' \
	"$(python 'import socket
for args in ((10, 1), (10, 2), (2, 1, 132), (2, 5), (2, 2, 136)):
    try:
        socket.socket(*args)
        print("made")
    except OSError as e:
        print(e.errno)' | paste -sd ' ')" '97 97 93 94 93'
tap_is 'raw sockets are those of IP' \
	"$(python 'import ctypes, socket
s = socket.socket(2, 3, 1); print(s.getsockopt(1, 39), s.getsockname())')" \
	"2 ('0.0.0.0', 1)"
tap_is 'the kernel says that they are AF_TOY' \
	"$(python 'import ctypes, socket
n, size = ctypes.c_int(), ctypes.c_int(4)
s = socket.socket()
ctypes.CDLL(None).syscall(55, s.fileno(), 1, 39, ctypes.byref(n),
	ctypes.byref(size)); print(n.value)')" "$(toy_family)"
tap_is 'a connect waits for a place in the backlog' \
	"$(python 'import socket, threading, time
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(0)
first = socket.create_connection(server.getsockname())
second = socket.socket(); second.setblocking(False)
threading.Timer(0.1, server.accept).start()
print(second.connect_ex(server.getsockname()))')" 0
tap_is 'a connect gives up in the end' \
	"$(python 'import socket
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(0)
first = socket.create_connection(server.getsockname())
second = socket.socket(); second.setblocking(False)
print(second.connect_ex(server.getsockname()))')" 110
tap_is 'Perl' "$(tap_timed "$TOYRUN" perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1");
	my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1",
		PeerPort => $s->sockport) or die("$@\n");
	my $a = $s->accept; print $c "hello\n"; $c->flush;
	print $a->peerhost, " ", scalar(<$a>)' 2>&1)" '127.0.0.1 hello'

# --- beside TCP and UDP

mapfile -t tcp <"$TAP_DIR/tcp"
mapfile -t toy <"$TAP_DIR/toy"
for i in "${!tcp[@]}"; do
	tap_is "calls: ${tcp[$i]}" "${toy[$i]}" "${tcp[$i]}"
done
tap_is 'calls: no less is told of TCP' "${#tcp[@]}" "${#toy[@]}"

# --- another node

ether_scene
export TOYRUN_MAP=$MAP
tap_start answer nsenter --net="/run/netns/$ETHER_NET-0" "$TOYRUN" \
	python3 -u -c 'import socket
server = socket.socket(); server.bind(("10.0.0.2", 4000)); server.listen()
dgram = socket.socket(2, 2); dgram.bind(("0.0.0.0", 4000))
print("ready")
child, address = server.accept()
child.sendall(repr((address[0], child.getsockname())).encode()); child.close()
while True:
    data, address = dgram.recvfrom(99)
    dgram.sendto(repr((data, address[0])).encode(), address)'
tap_until grep -q ready "$TAP_DIR/answer.out"
# shellcheck disable=SC2016
tap_is 'node: a stream, and who is who' \
	"$(n1 "$TOYRUN" python3 -c 'import socket
c = socket.create_connection(("10.0.0.2", 4000)); print(c.recv(99).decode(),
	c.getsockname()[0], c.getpeername())' 2>&1)" \
	"('10.0.0.3', ('10.0.0.2', 4000)) 10.0.0.3 ('10.0.0.2', 4000)"
ask='import socket
c = socket.socket(2, 2); c.sendto(b"hello", ("10.0.0.2", 4000))
data, address = c.recvfrom(99); print(data.decode(), address)'
tap_is 'node: datagrams there and back' "$(n1 "$TOYRUN" python3 -c "$ask" 2>&1)" \
	"(b'hello', '10.0.0.3') ('10.0.0.2', 4000)"
tap_is 'node: no bind to that of another' \
	"$(n1 "$TOYRUN" python3 -c "$try" SOCK_STREAM bind '[("10.0.0.2", 1)]' \
		2>&1 | sort -u)" 'Cannot assign requested address'
tap_stop "$TAP_PID"
tap_start nameless nsenter --net="/run/netns/$ETHER_NET-0" \
	env TOYRUN_MAP=10.0.0.2=2 "$TOYRUN" python3 -u -c 'import socket
dgram = socket.socket(2, 2); dgram.bind(("10.0.0.2", 4000)); print("ready")
print(dgram.recvfrom(99)[1][0])'
tap_until grep -q ready "$TAP_DIR/nameless.out"
n1 "$TOYRUN" python3 -c 'import socket
socket.socket(2, 2).sendto(b"x", ("10.0.0.2", 4000))'
tap_until grep -q '^[0-9]' "$TAP_DIR/nameless.out"
tap_is 'node: one without an address' \
	"$(tail -n 1 "$TAP_DIR/nameless.out") $(cat "$TAP_DIR/nameless.err")" \
	'255.255.255.255 toyrun: python3: node 3: TOYRUN_MAP has no address for it, it is shown as 255.255.255.255'
tap_stop "$TAP_PID"

# --- without the module

if [ -r "${TOY_KO:-}" ]; then
	for i in 0 1; do
		umount "$(ether_fs "$i")"
		ip netns del "$ETHER_NET-$i"
	done
	# shellcheck disable=SC2034 # for tap_cleanup of ether.sh
	mountpoint -q /net/toy && umount /net/toy && ETHER_HOME=/net/toy
	tap_until rmmod toy
	tap_is 'no module' "$(said "$TOYRUN" true)" \
		'125 toyrun: no sockets of family 18 (is the module toy loaded?): Address family not supported by protocol'
else
	tap_skip 'no module' 'no toy.ko to load'
fi
