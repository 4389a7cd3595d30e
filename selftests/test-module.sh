#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module comes and goes: who keeps it, what it leaves, where else it fits.
# Ends with the module loaded as it was found.

. "$(dirname "$0")/lib/tap.sh"
tap_need perl insmod rmmod

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
# The VM knows which module it has loaded, and with which parameters.
module=${TOY_KO:-}
params=
if [ -z "$module" ] && [ -r /run/toy-vm/job ]; then
	module=$(. /run/toy-vm/job && echo "$job_toy")
	params=$(. /run/toy-vm/job && echo "$job_params")
fi
module=${module:-$(dirname "$0")/../toy.ko}
[ -r "$module" ] || tap_skip_all "no toy.ko to load"

toyfs=
if mountpoint -q /net/toy; then
	toyfs=/net/toy
	umount "$toyfs" || tap_skip_all "toyfs is in use"
fi
rmmod toy || tap_skip_all "the module is in use"

loaded()
{
	[ -d /sys/module/toy ]
}

load()
{
	insmod "$module" "$@"
}

tap_cleanup()
{
	loaded || eval "load $params"
	[ -z "$toyfs" ] || mount -t toyfs none "$toyfs"
}

# perl_toy NAME CODE: runs it in the background until it prints "ready"
perl_toy()
{
	tap_start "$1" perl -I"$TAP_LIB" -MSocket -MToy \
		-e '$| = 1; $SIG{PIPE} = "IGNORE"; ' -e "$2"
	tap_until grep -q ready "$TAP_DIR/$1.out"
}

# What the kernel has said since the test began.
since=$(dmesg | wc -l)
said()
{
	dmesg | tail -n +$((since + 1))
}

toy_row()
{
	awk '$1 == "TOY"' /proc/net/protocols
}

tap_plan 57

# --- what it says of itself

tap_like 'modinfo: the licence' "$(modinfo -F license "$module")" 'GPL*'
tap_like 'modinfo: the parameter' "$(modinfo -F parm "$module")" '*family:*'
tap_like 'modinfo: the alias' "$(modinfo -F alias "$module")" '*net-pf-18*'

tap_ok 'insmod: loads' load
tap_is 'insmod: family 18' "$(cat /sys/module/toy/parameters/family)" 18
tap_is 'insmod: the parameter cannot be changed' \
	"$(stat -c %a /sys/module/toy/parameters/family)" 444
tap_is 'protocols: a row' "$(toy_row | wc -l)" 1
tap_is 'protocols: no sockets yet' "$(toy_row | awk '{ print $3 }')" 0
tap_is 'protocols: whose it is' "$(toy_row | awk '{ print $8 }')" toy

# --- who keeps it

# in_use WHAT CODE: while it runs, rmmod fails; after it, rmmod does at once
in_use()
{
	local out rc

	loaded || load
	perl_toy user "$2; print 'ready'; sleep(60)"
	out=$(rmmod toy 2>&1)
	rc=$?
	tap_is "rmmod: $1 keeps it" "$rc" 1
	tap_like "rmmod: $1: and says so" "$out" '*Module toy is in use*'
	tap_stop "$TAP_PID"
	tap_ok "rmmod: $1 is gone: at once" rmmod toy
}

in_use 'a socket' 'my $s = toy_socket(SOCK_STREAM)'
in_use 'a bound dgram' 'my $s = toy_server(SOCK_DGRAM, 9600)'
in_use 'a listener' 'my $s = toy_server(SOCK_STREAM, 9600)'
in_use 'a pending call' 'my $s = toy_server(SOCK_STREAM, 9600);
	my $c = toy_client(SOCK_STREAM, 9600)'
in_use 'a connection with data in it' '
	my $s = toy_server(SOCK_STREAM, 9600);
	my $c = toy_client(SOCK_STREAM, 9600); accept(my $a, $s);
	syswrite($c, "x" x 100000); close($s)'
in_use 'a socketpair' 'socketpair(my $a, my $b, AF_TOY, SOCK_SEQPACKET, 0)'
in_use 'a full dgram receiver' 'my $s = toy_server(SOCK_DGRAM, 9600);
	my $c = toy_client(SOCK_DGRAM, 9600);
	1 while defined(send($c, "x" x 1000, MSG_DONTWAIT))'

# The last close and rmmod in one breath, and in one process.
load
cat >"$TAP_DIR/breath.pl" <<'END'
use Socket;
use Toy;
my $server = toy_server(SOCK_STREAM, 9601);
my @clients = map { toy_client(SOCK_STREAM, 9601) } 1 .. 50;
my @dgrams = map { toy_server(SOCK_DGRAM, 9601 + $_) } 1 .. 50;
send(toy_client(SOCK_DGRAM, 9601 + $_), 'x' x 1000, 0) for 1 .. 50;
close($_) for @clients, $server, @dgrams;
exec('rmmod', 'toy');
END
tap_ok 'rmmod: right after 150 sockets were closed' \
	perl -I"$TAP_LIB" "$TAP_DIR/breath.pl"
loaded && rmmod toy

# --- what it leaves

tap_is 'gone: no row in protocols' "$(toy_row)" ''
tap_ok 'gone: no sysctls' test ! -e /proc/sys/net/toy
tap_is 'gone: no sockets of the family' \
	"$(perl -MSocket -MErrno \
	   -e 'socket(my $s, 18, SOCK_STREAM, 0); print $!{EAFNOSUPPORT}+0')" 97

# free NAME: kilobytes; what only waits to be freed is freed first
free()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.3
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

cat >"$TAP_DIR/round.pl" <<'END'
use Socket;
use Toy;
for my $type (SOCK_STREAM, SOCK_SEQPACKET) {
	my $server = toy_server($type, 9602);
	my $client = toy_client($type, 9602, 55);
	accept(my $sock, $server);
	syswrite($client, 'x' x 50000);
	sysread($sock, my $data, 100);
	toy_client($type, 9602);
}
my $inbox = toy_server(SOCK_DGRAM, 9602);
send(toy_socket(SOCK_DGRAM), 'x' x 1000, 0, toy_addr(9602));
END

# rounds COUNT WITH: loads and unloads, in use or not in between
rounds()
{
	local i

	for i in $(seq "$1"); do
		load || return 1
		if [ "$2" = used ]; then
			echo 55 >/proc/sys/net/toy/node
			perl -I"$TAP_LIB" "$TAP_DIR/round.pl" || return 1
		fi
		rmmod toy || return 1
	done
}

# A module's own memory is some 100 KB: a hundred lost ones would be 10 MB. What
# else goes on in the machine may take as much once, but not three times.
limit=3000

# leaks COUNT WITH: whether that many rounds cost memory each time
leaks()
{
	local before slab vmalloc lost tries=3

	while [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		before=$(free MemAvailable)
		slab=$(free Slab)
		vmalloc=$(free VmallocUsed)
		rounds "$1" "$2" || return 0
		slab=$(($(free Slab) - slab))
		vmalloc=$(($(free VmallocUsed) - vmalloc))
		lost=$((before - $(free MemAvailable)))
		echo "# $1 rounds, $2: MemAvailable $((-lost)) KB," \
			"Slab $slab KB, VmallocUsed $vmalloc KB"
		[ "$lost" -gt "$limit" ] || [ "$slab" -gt "$limit" ] || return 1
	done
}

for with in unused used; do
	tap_ok "rounds, $with: to warm up" rounds 5 "$with"
	count=100
	[ "$with" = unused ] || count=30
	if leaks "$count" "$with"; then
		tap_fail "rounds, $with: $count cost no memory"
	else
		tap_pass "rounds, $with: $count cost no memory"
	fi
done
tap_is 'rounds: no slab of the family is left' \
	"$(grep -cw TOY /proc/slabinfo)" 0

# --- namespaces

net=toy-module-$$
if ip netns add "$net" 2>/dev/null; then
	load
	tap_ok 'namespace: has its sysctls' ip netns exec "$net" \
		sh -c 'echo 7 >/proc/sys/net/toy/node'
	tap_ok 'namespace: keeps nothing' rmmod toy
	tap_ok 'namespace: has them no more' ip netns exec "$net" \
		test ! -e /proc/sys/net/toy
	load
	tap_is 'namespace: has new ones' "$(ip netns exec "$net" \
		cat /proc/sys/net/toy/node)" 0
	ip netns del "$net"
	rmmod toy
else
	for i in 1 2 3 4; do
		tap_skip "namespace $i" 'no network namespaces'
	done
fi

# --- under load

# Sockets are made and closed all the time; rmmod gets in or does not.
load
tap_start load perl -I"$TAP_LIB" -MSocket -MToy -e '
	for (1 .. 1e9) {
		socket(my $server, 18, SOCK_STREAM, 0) or next;
		bind($server, toy_addr(9603)) && listen($server, 5) or next;
		socket(my $client, 18, SOCK_STREAM, 0) or next;
		connect($client, toy_addr(9603)) or next;
		syswrite($client, "x" x 100);
		accept(my $sock, $server);
	}'
load_pid=$TAP_PID
in=0
out=0
end=$((SECONDS + 8))
while [ "$SECONDS" -lt "$end" ]; do
	if rmmod toy 2>/dev/null; then
		out=$((out + 1))
		load && in=$((in + 1))
	fi
done
tap_stop "$load_pid"
echo "# unloaded $out times under load"
tap_is 'load: whatever was unloaded could be loaded' "$in" "$out"
loaded && tap_until rmmod toy

# --- other numbers

tap_ok 'family=22: loads' load family=22
tap_is 'family=22: is shown' "$(cat /sys/module/toy/parameters/family)" 22
cat >"$TAP_DIR/family.pl" <<'END'
use Socket;
use Toy;
my $server = toy_server(SOCK_STREAM, 9604);
my $client = toy_client(SOCK_STREAM, 9604);
my $addr = accept(my $sock, $server);
print $client "spoken\n";
close($client);
my $line = <$sock>;
chomp($line);
print join(' ', AF_TOY, unpack('S', $addr), $line,
	   unpack('i', getsockopt($sock, SOL_SOCKET, 39)),
	   socket(my $s, 18, SOCK_STREAM, 0) ? 'both' : 'alone'), "\n";
END
tap_is 'family=22: two ends talk' \
	"$(perl -I"$TAP_LIB" "$TAP_DIR/family.pl")" '22 22 spoken 22 alone'
tap_ok 'family=22: unloads' rmmod toy

# Taken by the kernel itself, and never a family at all.
for family in 1 2 16; do
	since=$(dmesg | wc -l)
	out=$(load family=$family 2>&1)
	tap_like "family=$family, taken: File exists" "$out" '*File exists*'
	words=$(said | grep 'toy:')
	tap_like "family=$family, taken: the log names others" "$words" \
		'*22*13*14*'
	loaded && rmmod toy
done
wrong=
for family in 0 -1 46 100 65536; do
	out=$(load family=$family 2>&1)
	case $out in
	*'Invalid param'*) ;;
	*) wrong="$wrong $family: $out" ;;
	esac
	loaded && rmmod toy
done
tap_is 'family out of range: EINVAL' "$wrong" ''
out=$(load family=abc 2>&1)
tap_like 'family=abc: EINVAL' "$out" '*Invalid param*'
loaded && rmmod toy
tap_ok 'and after all that: loads as ever' load
