#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What toyss(8) shows of connections over a cable: timers, and what has no socket
# that a program has: half-open calls, what was closed, TIME_WAIT. The scene is
# lib/ether.sh's.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need tc
TOYSS=$(dirname "$0")/../build/tools/toyss

# server PORT: takes calls and answers each line, until it is killed
server()
{
	# shellcheck disable=SC2016 # it is Perl
	tap_start server n1 perl -I"$(dirname "$0")/lib" -MToy -e '
		$SIG{CHLD} = "IGNORE";
		my $s = toy_server(1, $ARGV[0], 3);
		print "ready\n"; close(STDOUT);
		while (accept(my $c, $s)) {
			if (fork) { close($c); next }
			while (sysread($c, my $line, 100)) {
				last if $line =~ /bye/;
				syswrite($c, $line);
			}
			exit;
		}' "$1"
	until grep -qs ready "$TAP_DIR/server.out"; do
		sleep 0.1
	done
}

# client PORT LINES [UNTIL]: calls node 3, says the lines, keeps quiet, with
# keepalive, until there is a file of that name, closes
client()
{
	n0 perl -I"$(dirname "$0")/lib" -MToy -MTime::HiRes=sleep -e '
		my ($port, $lines, $until) = @ARGV;
		my $s = toy_client(1, $port, 3) or die toy_errno();
		setsockopt($s, 1, 9, pack("i", 1)) or die if defined($until);
		for (1 .. $lines) {
			syswrite($s, "hello\n"); sysread($s, my $got, 100);
		}
		print "said\n"; close(STDOUT);
		sleep(0.1) while defined($until) && !-e $until;' "$@"
}

# shown NUMBER ARG...: the rows of toyss there
shown()
{
	in_net "$1" "$TOYSS" -Ho "${@:2}"
}

# has NUMBER TEXT ARG...: whether a row of toyss there has it; in time
has()
{
	local tries=$((100 * ${TOY_TEST_SLOW:-1}))

	while ((tries--)); do
		shown "$1" "${@:3}" | grep -qE "$2" && return
		sleep 0.2
	done
	shown "$1" "${@:3}" | sed 's/^/# /'
	return 1
}

ether_scene
tap_plan 9
server 80
SERVER=$TAP_PID

client 80 1 "$TAP_DIR/enough" >"$TAP_DIR/said" &
CLIENT=$!
until grep -qs said "$TAP_DIR/said"; do
	sleep 0.1
done
tap_ok 'keepalive: its timer is shown' \
	has 0 'ESTAB.* 2:[0-9]+ +3:80.* timer:\(keepalive,(119min|120min|2h),0\)' \
	state established
n1 ip link set toy1 down
n0 tc qdisc add dev toy0 root netem loss 100%
touch "$TAP_DIR/enough"
wait "$CLIENT"
tap_ok 'closed: it is there without a socket, and its timer runs' \
	has 0 'FIN-WAIT-1.* 2:[0-9]+ +3:80.* timer:\(on,.*,[0-9]+\)' \
	state fin-wait-1
tap_is 'closed: what is not acknowledged, FIN is no byte of it' \
	"$(shown 0 state fin-wait-1 | awk '{ print $3, $4 }')" '0 0'
tap_is 'closed: no inode' \
	"$(shown 0 -e state fin-wait-1 | grep -c 'ino:[1-9]')" 0
n0 tc qdisc del dev toy0 root
n1 ip link set toy1 up
tap_ok 'closed: it goes when the peer has all' \
	has 0 'TIME-WAIT.* 2:[0-9]+ +3:80.* timer:\(timewait,[0-9.]+(sec|min|ms).*,0\)' \
	state time-wait
tap_is 'time-wait: not among what is shown without being asked' \
	"$(shown 0 | grep -c TIME-WAIT)" 0
tap_is 'time-wait: by type' "$(shown 0 -A toy_seq state time-wait | wc -l)" 0

# Nobody hears the SYN ACK; that they know each other is older than that. Where it
# is too old by the time that one looks, a call fails, and there is the next one.
client 80 1 >/dev/null
n1 tc qdisc add dev toy1 root netem loss 100%
until [ -e "$TAP_DIR/seen" ]; do
	client 80 0
done >/dev/null 2>&1 &
CLIENT=$!
tap_ok 'half-open: shown where it is' \
	has 1 'SYN-RECV.* 3:80 +2:[0-9]+.* timer:\(on,' state syn-recv
tap_ok 'calling: shown where that is, with whom it calls; SYN is no byte' \
	has 0 'SYN-SENT +0 +0 +2:[0-9]+ +3:80.* timer:\(on,' \
	state syn-sent dst 3:80
touch "$TAP_DIR/seen"
n1 tc qdisc del dev toy1 root
wait "$CLIENT"
tap_stop "$SERVER"

