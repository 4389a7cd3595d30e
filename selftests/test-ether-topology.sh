#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Connections over links of other shapes than a cable, and over links that
# change under them: a bridge with three nodes, vxlan, each MTU, flaps, an MTU that
# shrinks, both ends calling or closing at once, a peer that is gone, no port
# left. Two nodes and their cable are lib/ether.sh's; the third one and the
# bridge are made here:
#
#	n0: toy0 --- port0 +-------+ port1 --- toy1 :n1
#			   | toybr |
#			   +-------+ port2 --- toy2 :n2

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need tc

BYTES=${ETHER_BYTES:-300000}
# Seconds for BYTES
PATIENCE=${ETHER_PATIENCE:-$((60 * ${TOY_TEST_SLOW:-1}))}
BRIDGE=3

eval "two_$(declare -f tap_cleanup)"

tap_cleanup()
{
	ip netns del "$ETHER_NET-2"
	ip netns del "$ETHER_NET-$BRIDGE"
	two_tap_cleanup
}

in_bridge()
{
	in_net $BRIDGE "$@"
}

# transfer NAME TYPE [FROM TO]
transfer()
{
	ether_start "$1" "$2" "$BYTES" "${@:3}"
	ether_finish "$PATIENCE"
}

both_types()
{
	transfer "$1: stream" 1 "${@:2}"
	transfer "$1: seqpacket" 5 "${@:2}"
}

# ---- shapes

mtus()
{
	local mtu

	for mtu in 65535 9000 576 256 1500; do
		n0 ip link set toy0 mtu "$mtu"
		n1 ip link set toy1 mtu "$mtu"
		both_types "mtu $mtu"
	done
}

# The MTUs differ: each end tells its own at the handshake.
unequal()
{
	n0 ip link set toy0 mtu 9000
	both_types 'mtu 9000 and 1500'
	n0 ip link set toy0 mtu 1500
}

vxlan()
{
	local name=(vx0 vx1) i

	for i in 0 1; do
		in_net $i ip addr add 10.9.0.$((i + 1))/24 dev toy$i
		if ! in_net $i ip link add "${name[i]}" type vxlan id 5 \
		     local 10.9.0.$((i + 1)) remote 10.9.0.$((2 - i)) \
		     dstport 4789 dev toy$i; then
			tap_skip 'vxlan: stream' 'no vxlan'
			tap_skip 'vxlan: seqpacket' 'no vxlan'
			return
		fi
		in_net $i ip link set "${name[i]}" up
		ether_set $i links "${name[i]}" >/dev/null
	done
	both_types vxlan
	for i in 0 1; do
		in_net $i ip link del "${name[i]}"
		in_net $i ip addr flush dev toy$i
		ether_set $i links toy$i >/dev/null
	done
}

# plug NUMBER: a node's cable to the bridge
plug()
{
	in_bridge ip link add "port$1" type veth peer name "toy$1" \
		address "02:00:00:00:00:0$((2 + $1))" \
		netns "$ETHER_NET-$1" &&
		in_bridge ip link set "port$1" master toybr up &&
		in_net "$1" ip link set "toy$1" up &&
		ether_set "$1" node $((2 + $1)) >/dev/null &&
		ether_set "$1" links "toy$1" >/dev/null
}

third_node()
{
	ip netns add "$ETHER_NET-2" && plug 2
}

bridge()
{
	local i

	n0 ip link del toy0
	ip netns add "$ETHER_NET-$BRIDGE"
	ip netns add "$ETHER_NET-2"
	in_bridge ip link add name toybr type bridge
	in_bridge ip link set toybr up
	for i in 0 1 2; do
		tap_ok "bridge: node $((2 + i)) is plugged in" plug $i
	done
	both_types 'bridge: 2 to 3'
	both_types 'bridge: 3 to 4' 1 2
	both_types 'bridge: 4 to 2' 2 0
}

# ---- changes during a transfer

# slow NAME TYPE: a transfer of some seconds begins
slow()
{
	n0 tc qdisc add dev toy0 root netem rate 2mbit
	n1 tc qdisc add dev toy1 root netem rate 2mbit
	ether_start "$1" "$2" $((3 * BYTES))
}

slow_end()
{
	n0 tc qdisc del dev toy0 root
	n1 tc qdisc del dev toy1 root
	ether_finish "$PATIENCE"
}

flaps()
{
	local type i

	for type in 1 5; do
		slow "flaps: type $type" $type
		for i in 1 2 3; do
			sleep 0.5
			n0 ip link set toy0 down
			sleep 0.3
			n0 ip link set toy0 up
		done
		slow_end
	done
}

shrinks()
{
	local type mtu

	for type in 1 5; do
		n0 ip link set toy0 mtu 9000
		n1 ip link set toy1 mtu 9000
		slow "mtu shrinks and grows: type $type" $type
		for mtu in 1500 600 9000 1500; do
			sleep 0.5
			n0 ip link set toy0 mtu $mtu
			n1 ip link set toy1 mtu $mtu
		done
		slow_end
	done
}

# ---- both at once

# at_once NUMBER TYPE: calls port 9801 of the other node from port 9801 at the time
# $AT, says a word, hears one, closes at a time, too
at_once()
{
	# shellcheck disable=SC2016
	tap_start "at_once.$1" nsenter --net="/run/netns/$ETHER_NET-$1" \
		perl -I"$TAP_LIB" -MSocket -MTime::HiRes=time,sleep -MToy -e '
		my ($type, $peer, $at, $port) = @ARGV;
		my $sock = toy_socket($type);
		setsockopt($sock, SOL_SOCKET, SO_RCVTIMEO, pack("qq", 20, 0));
		bind($sock, toy_addr($port)) or die("bind $!\n");
		sleep($at - time) if $at > time;
		connect($sock, toy_addr($port, $peer)) or
			print("connect ", toy_errno(), "\n"), exit;
		send($sock, "word", 0);
		recv($sock, my $text, 4, 0);
		sleep($at + 4 - time) if $at + 4 > time;
		shutdown($sock, SHUT_WR) or print("shutdown ", toy_errno());
		my $end;
		my $eof = defined(recv($sock, $end, 1, 0)) ?
			  length($end) : toy_errno();
		my $error = unpack("i", getsockopt($sock, SOL_SOCKET, SO_ERROR));
		print("$text $eof $error\n");' \
		"$2" $((3 - $1)) "$AT" "$3"
}

both_at_once()
{
	local type pid0

	# Far away, so that calls and ends cross.
	n0 tc qdisc add dev toy0 root netem delay 700ms
	n1 tc qdisc add dev toy1 root netem delay 700ms
	for type in 1 5; do
		AT=$(($(date +%s) + 2 + ${TOY_TEST_SLOW:-1}))
		at_once 0 $type $((9890 + type))
		pid0=$TAP_PID
		at_once 1 $type $((9890 + type))
		wait "$pid0" "$TAP_PID"
		tap_is "both call and close at once: type $type" \
			"$(cat "$TAP_DIR"/at_once.[01].out)" \
			$'word 0 0\nword 0 0'
	done
	n0 tc qdisc del dev toy0 root
	n1 tc qdisc del dev toy1 root
}

# ---- a peer that is gone

# patient TYPE PORT HOW: a server in the third node that says nothing, and who
# waits for it to, with keepalive (for long: "patience") or, with something sent,
# a user timeout
patient()
{
	# shellcheck disable=SC2016
	ether_server 2 "quiet$2" 'my $server = toy_server($ARGV[0], $ARGV[1]);
		print "ready\n";
		my @kept;
		while (accept(my $sock, $server)) { push(@kept, $sock); }' \
		"$1" "$2"
	QUIET=$TAP_PID
	# shellcheck disable=SC2016
	ether_server 0 "patient$2" 'use constant { IDLE => 2, INTVL => 3,
				CNT => 4, USER => 5 };
		my ($type, $port, $how) = @ARGV;
		my $sock = toy_client($type, $port, 4);
		if ($how ne "user_timeout") {
			setsockopt($sock, SOL_SOCKET, SO_KEEPALIVE, 1);
			setsockopt($sock, SOL_TOY, IDLE, 1);
			setsockopt($sock, SOL_TOY, INTVL, 1);
			setsockopt($sock, SOL_TOY, CNT,
				   $how eq "patience" ? 100 : 3);
		} else {
			setsockopt($sock, SOL_TOY, USER, 3000);
		}
		print("ready\n");
		if ($how eq "user_timeout") {
			sleep(2);
			send($sock, "word", 0);
		}
		my $n = sysread($sock, my $text, 1);
		print(defined($n) ? "eof" : toy_errno(), "\n");' "$1" "$2" "$3"
}

# The third node loses its cable, its program, and itself; nobody is told.
power_failure()
{
	in_bridge ip link set port2 down
	{ kill -KILL -- "-$QUIET"; wait "$QUIET"; } 2>/dev/null
	in_net 2 ip link del toy2
	ip netns del "$ETHER_NET-2"
}

# How it ended.
ended()
{
	tap_until grep -qv ready "$TAP_DIR/patient$1.out"
	grep -v ready "$TAP_DIR/patient$1.out"
}

gone()
{
	local port=9870 type how

	for type in 1 5; do
		for how in keepalive user_timeout; do
			port=$((port + 1))
			patient $type $port $how
			power_failure
			tap_is "peer without power, $how: type $type" \
				"$(ended $port)" ETIMEDOUT
			third_node
		done
		port=$((port + 1))
		patient $type $port patience
		power_failure
		third_node
		tap_is "peer is back and knows nothing: type $type" \
			"$(ended $port)" ECONNRESET
	done
}

# ---- no port is left

ports()
{
	ether_echo 1 1 9860
	ether_set 0 port_range '50000 50004' >/dev/null
	# shellcheck disable=SC2016
	tap_is 'ports: each once, then EADDRNOTAVAIL' "$(ether_perl 0 '
		my @kept;
		for (1 .. 6) {
			my $sock = toy_socket(SOCK_STREAM);
			print(connect($sock, toy_addr(9860, 3)) ? "ok" :
			      toy_errno(), " ");
			push(@kept, $sock);
		}')" 'ok ok ok ok ok EADDRNOTAVAIL '
	ether_set 0 port_range '32768 60999' >/dev/null
}

# By name, for who looks at one thing alone: ETHER_ONLY=bridge,gone
wanted()
{
	[ -z "${ETHER_ONLY:-}" ] || [[ ,$ETHER_ONLY, == *,$1,* ]]
}

ether_scene
if ! n0 tc qdisc add dev toy0 root netem 2>/dev/null; then
	tap_skip_all 'no netem'
fi
n0 tc qdisc del dev toy0 root

plan=0
for part in mtus:10 unequal:2 vxlan:2 flaps:2 shrinks:2 both_at_once:2 ports:1 \
	    bridge:9 gone:6; do
	! wanted "${part%:*}" || plan=$((plan + ${part#*:}))
done
tap_plan $((plan + ETHER_ENDED))
for part in mtus unequal vxlan flaps shrinks both_at_once ports bridge gone; do
	! wanted $part || $part
done

# lib/ether.sh knows of two.
for pid in "${TAP_PIDS[@]}"; do
	tap_stop "$pid"
done
ip netns del "$ETHER_NET-2" 2>/dev/null
ip netns del "$ETHER_NET-$BRIDGE" 2>/dev/null
ether_ended
