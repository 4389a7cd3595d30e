#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The scripts of tools/bpftrace, on sockets whose lives and messages are known.

. "$(dirname "$0")/lib/tap.sh"
tap_need perl bpftrace taskset
[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
tracing=/sys/kernel/tracing
[ -e $tracing/events ] || mount -t tracefs none $tracing ||
	tap_skip_all "no tracefs"
[ -e $tracing/uprobe_events ] ||
	tap_skip_all "no CONFIG_BPF_EVENTS and CONFIG_UPROBE_EVENTS"
scripts=$(cd "$(dirname "$0")/../tools/bpftrace" && pwd)
# It takes a compiler and the kernel's verifier until a script is there.
export TAP_PATIENCE=$((120 * ${TOY_TEST_SLOW:-1}))

# A process of its own name, of which everything is traced. Prints what it knows
# of its sockets: ID and the time in us that the client was connected, at least
# and at most.
cat >"$TAP_DIR/scene.pl" <<'END'
use strict;
use warnings;
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);
use Toy;

$0 = 'bt-scene';
$SIG{PIPE} = 'IGNORE';

sub now
{
	return 1e6 * clock_gettime(CLOCK_MONOTONIC);
}

my $server = toy_server(SOCK_STREAM, 7101);
my $client = toy_socket(SOCK_STREAM);
my $got;

my $before = now();
connect($client, toy_addr(7101, 1)) or die("connect: $!\n");
my $connected = now();
accept(my $child, $server);
open(my $proc, '<', '/proc/net/toy');
my $inode = (stat($client))[1];
my ($row) = grep { (split)[8] eq $inode } <$proc>;
syswrite($client, 'x' x $_) for 5, 100, 100, 3000;
sysread($child, $got, $_) for 5, 100, 3000;
recv($client, $got, 10, MSG_DONTWAIT) for 1 .. 3;
sleep(0.2);
my $closing = now();
close($client);
printf("%d %d %d\n", (split(' ', $row))[0], $closing - $connected,
       now() - $before);
syswrite($child, 'x');		# EPIPE
close($child);
close($server);

my $inbox = toy_server(SOCK_DGRAM, 7101);
my $outbox = toy_client(SOCK_DGRAM, 7101);
syswrite($outbox, 'x' x 20);
sysread($inbox, $got, 4096);
my $drop_all = pack('SCCL', 6, 0, 0, 0);
setsockopt($inbox, SOL_SOCKET, 26, pack('S x![P] P', 1, $drop_all))
	or die("SO_ATTACH_FILTER: $!\n");
syswrite($outbox, 'x' x 7) for 1, 2;
END

# The same for those that only want to know whether a script is there: passes
# all that is traced.
cat >"$TAP_DIR/mark.pl" <<'END'
use Socket;
use Toy;

$0 = 'bt-mark';
my $inbox = toy_server(SOCK_DGRAM, 7102);
my $outbox = toy_client(SOCK_DGRAM, 7102);
my $got;
syswrite($outbox, 'x') for 1, 2;
sysread($inbox, $got, 10);
END

# On one processor, for bpftrace reads what each has to say in no order.
play()
{
	taskset -c 0 perl -I"$TAP_LIB" "$TAP_DIR/$1.pl"
}

# said NAME PATTERN
said()
{
	grep -q -e "$2" "$TAP_DIR/$1.out"
}

# Has toyio print what it has counted up to now.
snapshot()
{
	snapshots=$((snapshots + 1))
	kill -USR1 "$pid_io"
	tap_until printed_are "$snapshots"
}

# printed_are COUNT: how often the last of its tables, in their order, was
printed_are()
{
	[ "$(grep -c '^@reason\[1\]' "$TAP_DIR/io.out")" -eq "$1" ]
}

both_trace()
{
	play mark
	snapshot
	said life '^bt-mark' && said io '^@bytes\[bt-mark, send\]' &&
		said io '^@bytes\[bt-mark, recv\]' && said io '^@drops\[UNREAD\]'
}

# value KEY: the last one of that key that toyio printed, 0 for none
value()
{
	awk -v key="$1:" 'index($0, key) == 1 { n = substr($0, length(key) + 1) }
		END { print n + 0 }' "$TAP_DIR/io.out"
}

# histogram KEY: its classes that are not empty, and their counts
histogram()
{
	awk -v key="$1:" 'index($0, key) == 1 { on = 1; next } /^$/ { on = 0 }
		on && $3 { print $1, $2, $3 }' "$TAP_DIR/io.out"
}

# Ends a script as a user does it, and checks that it ended well.
stop()
{
	kill -INT "$2"
	tap_ok "$1: ends by Ctrl-C" wait "$2"
	tap_is "$1: has nothing to complain about" \
		"$(cat "$TAP_DIR/$1.err")" ''
}

# TYPE OLD NEW of the scene's sockets
lives()
{
	awk '$1 == "bt-scene" { print $4, $8, $10 }' "$TAP_DIR/life.out"
}

in_order()
{
	test "$1" -le "$2" -a "$2" -le "$3"
}

life()
{
	local id least most us

	read -r id least most
	tap_is 'life: the header' "$(grep -c '^COMM  *PID  *ID ' \
		"$TAP_DIR/life.out")" 1
	tap_is 'life: each change of each socket' "$(lives)" \
'stream NONE CLOSE
stream CLOSE LISTEN
stream NONE CLOSE
stream NONE CLOSE
stream CLOSE ESTABLISHED
stream CLOSE ESTABLISHED
stream ESTABLISHED NONE
stream ESTABLISHED CLOSE_WAIT
stream CLOSE_WAIT NONE
stream LISTEN CLOSE
stream CLOSE NONE
dgram NONE CLOSE
dgram NONE CLOSE
dgram CLOSE ESTABLISHED
dgram ESTABLISHED NONE
dgram CLOSE NONE'
	us=$(awk -v id="$id" '$1 == "bt-scene" && $3 == id &&
		$8 == "ESTABLISHED" { print $11 }' "$TAP_DIR/life.out")
	tap_ok 'life: the time in a state' in_order "$least" "$us" "$most"
	tap_is 'life: addresses' "$(awk -v id="$id" '$1 == "bt-scene" &&
		$3 == id && $8 == "ESTABLISHED" { print $5, $7 }' \
		"$TAP_DIR/life.out" | sed 's/:[0-9]* /:PORT /')" \
		'1:PORT 1:7101'
	tap_is 'life: of a state that began before it' \
		"$(awk '$1 == "bt-old" && $11 == "-" { print $8, $10 }' \
		   "$TAP_DIR/life.out")" 'LISTEN CLOSE'
}

io()
{
	tap_is 'io: sizes of what was sent' \
		"$(histogram '@bytes[bt-scene, send]')" \
'[4, 8) 3
[16, 32) 1
[64, 128) 2
[2K, 4K) 1'
	tap_is 'io: sizes of what was received' \
		"$(histogram '@bytes[bt-scene, recv]')" \
'[4, 8) 1
[16, 32) 1
[64, 128) 1
[2K, 4K) 1'
	tap_is 'io: errors of receiving' "$(value '@errors[recv, 11, EAGAIN]')" 3
	tap_is 'io: errors of sending' "$(value '@errors[send, 32, EPIPE]')" 1
	tap_is 'io: drops by a filter' "$(value '@drops[FILTER]')" 2
	tap_is 'io: and their bytes' "$(value '@dropped_bytes[FILTER]')" 14
	tap_is 'io: drops of what nobody read' \
		$(($(value '@drops[UNREAD]') - unread)) 1
	tap_ok 'io: at the end none of its own tables' printed_are "$snapshots"
}

tap_plan 20
snapshots=0
# shellcheck disable=SC2016 # for perl
tap_start old perl -I"$TAP_LIB" -MSocket -MToy -e '
	$0 = "bt-old";
	my $server = toy_server(SOCK_STREAM, 7103);
	sleep(10000);'
old=$TAP_PID
tap_start life "$scripts/toylife.bt"
pid_life=$TAP_PID
tap_start io "$scripts/toyio.bt"
pid_io=$TAP_PID
tap_ok 'life: starts' tap_until said life '^Attaching'
tap_ok 'io: starts' tap_until said io '^Attaching'
echo "# after $SECONDS s"
tap_ok 'both trace' tap_until both_trace
snapshot
unread=$(value '@drops[UNREAD]')
play scene >"$TAP_DIR/known" 2>&1
tap_stop "$old"
tap_until said life '^bt-old .* NONE'
stop life "$pid_life"
stop io "$pid_io"
life <"$TAP_DIR/known"
io
