#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Nodes: ids that are derived from a device, ids that two have; neighbours that
# answer and those that do not. The scene is lib/ether.sh's.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need

# between VALUE FROM TO: whether it is in there, as awk compares
between()
{
	awk -v v="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(v >= a && v <= b) }'
}

# Each side has the address of the other in its links file.
both_know()
{
	[ "$(ether_link 0 duplicate)" = "${ETHER_MAC[1]}" ] &&
		[ "$(ether_link 1 duplicate)" = "${ETHER_MAC[0]}" ]
}

# The first link of a namespace without a node id gives it one.
derived()
{
	local first other

	ether_ctl 0 'link add lo' >/dev/null
	tap_is 'derived: not of lo' "$(ether_get 0 node)" 0
	ether_ctl 0 'link del lo' >/dev/null
	ether_ctl 0 'link add toy0' >/dev/null
	ether_ctl 1 'link add toy1' >/dev/null
	first=$(ether_get 0 node)
	tap_ok 'derived: a node id of its own' test "$first" -gt 1
	tap_ok 'derived: not everybody' test "$first" -lt 4294967295
	other=$(ether_get 1 node)
	tap_ok 'derived: two devices, two ids' \
		test "$other" -gt 1 -a "$first" != "$other"
	tap_is 'derived: one can talk with it' \
		"$(ether_sends 0 "$other" 1)" 0
	ether_ctl 0 'link del toy0' >/dev/null
	tap_is 'derived: stays when the link goes' "$(ether_get 0 node)" "$first"
	ether_set 0 node 0 >/dev/null
	ether_ctl 0 'link add toy0' >/dev/null
	tap_is 'derived: the same of the same device' \
		"$(ether_get 0 node)" "$first"
	ether_set 0 links '' >/dev/null
	ether_set 0 node 2 >/dev/null
	ether_ctl 0 'link add toy0' >/dev/null
	tap_is 'derived: not where there is one' "$(ether_get 0 node)" 2
	ether_ctl 0 'link del toy0' >/dev/null
	ether_ctl 1 'link del toy1' >/dev/null
}

neighbours()
{
	local line there begun most

	tap_is 'neigh: flush' "$(ether_ctl 0 'neigh flush')" 0
	tap_is 'neigh: empty' "$(ether_neigh 0)" ''
	tap_is 'neigh: another word' "$(ether_ctl 0 'neigh frob')" EINVAL
	ether_ctl 1 'neigh flush' >/dev/null
	begun=$SECONDS
	tap_is 'neigh: one talks' "$(ether_hello 0 2 3 9700)" hello
	line=$(ether_node 0 3)
	there=$(ether_node 1 2)
	# In whole seconds, and a slow machine takes some to come here.
	most=$((SECONDS - begun + 1))
	tap_is 'neigh: who answered is reachable' \
		"$(ether_key state <<<"$line")" reachable
	tap_is 'neigh: by this device' "$(ether_key dev <<<"$line")" toy0
	tap_is 'neigh: at this address' "$(ether_key mac <<<"$line")" \
		"${ETHER_MAC[1]}"
	tap_is 'neigh: nothing waits' "$(ether_key waiting <<<"$line")" 0
	tap_ok 'neigh: used just now' \
		between "$(ether_key used <<<"$line")" 0 "$most"
	tap_is 'neigh: the keys' "$(sed 's/=[^ ]*//g' <<<"$line")" \
		'node state dev mac used waiting'
	tap_ok 'neigh: who asked is known there' \
		test "$(ether_key mac <<<"$there")" = "${ETHER_MAC[0]}"
	# Not confirmed yet, unless this machine is very slow.
	tap_like 'neigh: and was talked to' \
		"$(ether_key state <<<"$there")" '@(delay|probe|reachable)'
	tap_is 'neigh: only one' "$(ether_neigh 0 | wc -l)" 1
}

# Node 9 does not answer: 3 questions, a second apart [N1].
silent()
{
	local words asked

	# Nor does anybody ask us.
	ether_ctl 1 'neigh flush' >/dev/null
	asked=$(ether_link 0 tx)
	# shellcheck disable=SC2016
	words=$(ether_perl 0 'my $sock = toy_socket(SOCK_DGRAM);
		connect($sock, toy_addr(9700, 9)) or print("connect $!");
		my $start = time;
		print(defined(send($sock, "x", 0)) ? 0 : toy_errno(), " ");
		print(defined(recv($sock, my $text, 10, 0)) ?
		      0 : toy_errno(), " ");
		printf("%.1f ", time - $start);
		print(defined(send($sock, "x", 0)) ? 0 : toy_errno());')
	tap_like 'silent: the first datagram leaves, a connected socket is told' \
		"$words" '0 EHOSTUNREACH *'
	tap_ok 'silent: after three seconds' between \
		"$(cut -d' ' -f3 <<<"$words")" 2.5 4.5
	tap_is 'silent: another one at once' \
		"$(cut -d' ' -f4 <<<"$words")" EHOSTUNREACH
	tap_is 'silent: three questions' "$(($(ether_link 0 tx) - asked))" 3
	tap_ok 'silent: failed' ether_node_is 0 9 failed
	tap_is 'silent: others are reached' "$(ether_hello 0 2 3 9700)" hello
	ether_ctl 0 'neigh flush' >/dev/null
	# shellcheck disable=SC2016
	words=$(ether_perl 0 'send(toy_socket(SOCK_DGRAM), "x", 0,
				   toy_addr(9700, 9));
		open(my $neigh, "<", $ARGV[0]) or die("$!\n");
		print(grep(/^node=9 /, <$neigh>));' "$(ether_fs 0)/neigh")
	tap_is 'silent: incomplete meanwhile' \
		"$(ether_key state <<<"$words")" incomplete
	tap_is 'silent: one waits' "$(ether_key waiting <<<"$words")" 1
	tap_is 'silent: flush' "$(ether_ctl 0 'neigh flush')" 0
	tap_is 'silent: is forgotten' "$(ether_neigh 0)" ''
}

# Node 9 does not answer calls, either.
silent_calls()
{
	local words type

	for type in 1 5; do
		words=$(ether_calls 0 9 "$type")
		tap_like "silent: connect of type $type" "$words" 'EHOSTUNREACH *'
		tap_ok "silent: type $type, in time" \
			between "${words#* }" 2.5 4.5
		ether_ctl 0 'neigh flush' >/dev/null
	done
}

# Who asks teaches no more than he is answered: 20 at once, 100 a second [N2, N4].
strangers()
{
	local known

	# shellcheck disable=SC2016
	known=$(ether_perl 1 'my ($dev, $to, $count) = @ARGV;
		socket(my $sock, 17, SOCK_RAW, 0) or die("socket: $!\n");
		my $ifreq = pack("a16a24", $dev, "");
		ioctl($sock, 0x8933, $ifreq) or die("SIOCGIFINDEX: $!\n");
		bind($sock, pack("SnlSCCa8", 17, 0x88b5,
				 unpack("x16l", $ifreq), 0, 0, 0, "")) or
			die("bind: $!\n");
		my $start = time;
		for my $node (1000 .. 999 + $count) {
			my $frame = pack("nCCNNnnnn", 0x5459, 1, 1, $node, $to,
					 0, 0, 0, 0);
			my $sum = unpack("%32n*", $frame);
			$sum = ($sum & 0xffff) + ($sum >> 16) for 1, 2;
			substr($frame, 18, 2) = pack("n", ~$sum & 0xffff);
			send($sock, pack("H12H12n", "f" x 12, "02000000000a",
					 0x88b5) . $frame, 0) or
				die("send: $!\n");
		}
		printf("%d", 60 + 100 * (time - $start));' toy1 2 400)
	tap_ok 'strangers: no more are known than were answered' test \
		"$(ether_neigh 0 | grep -c '^node=1[0-9][0-9][0-9] ')" -le "$known"
	tap_ok 'strangers: some are' ether_node_is 0 1000 stale
	ether_ctl 0 'neigh flush' >/dev/null
}

# One user asks for nodes that do not answer; others still reach theirs.
selfish()
{
	local words

	ether_ctl 0 'neigh flush' >/dev/null
	# shellcheck disable=SC2016
	words=$(ether_perl 0 'my ($sent, $err) = (0, 0);
		$> = 65534;
		my $sock = toy_socket(SOCK_DGRAM);
		for my $node (3000 .. 4999) {
			next if defined(send($sock, "x", 0,
					     toy_addr(9700, $node)));
			$sent = $node - 3000 if !$err;
			$err = toy_errno();
		}
		print("$sent $err");')
	tap_is 'selfish: 64 questions of a user at once' "$words" \
		'64 ENOBUFS'
	tap_is 'selfish: others are reached' "$(ether_hello 0 2 3 9700)" hello
	ether_ctl 0 'neigh flush' >/dev/null
}

# Both say that they are node 2 [I4, N6].
duplicate()
{
	local begun=$SECONDS

	ether_set 0 links '' >/dev/null
	ether_set 1 links '' >/dev/null
	ether_set 1 node 2 >/dev/null
	ether_ctl 0 'link add toy0' >/dev/null
	tap_is 'duplicate: not while one is alone' "$(ether_link 0 duplicates)" 0
	ether_ctl 1 'link add toy1' >/dev/null
	tap_ok 'duplicate: both know it' tap_until both_know
	tap_ok 'duplicate: and count it' test \
		"$(ether_link 0 duplicates)" -ge 1 -a \
		"$(ether_link 1 duplicates)" -ge 1
	tap_ok 'duplicate: as a reason, too' \
		test "$(ether_stat 0 DroppedDuplicate)" -ge 1
	tap_ok 'duplicate: both are in the log' test "$(ether_log |
		grep -cE 'toy: 02:.*:0[23] has node id 2')" -eq 2
	tap_is 'duplicate: to our id is to ourselves' "$(ether_sends 0 2 1)" \
		ECONNREFUSED

	# The same by a change of the id, long after.
	ether_set 1 node 3 >/dev/null
	ether_set 0 links '' >/dev/null
	ether_set 1 links '' >/dev/null
	ether_join
	tap_is 'duplicate: over' \
		"$(ether_link 0 duplicates) $(ether_link 1 duplicates)" '0 0'
	ether_set 1 node 2 >/dev/null
	tap_ok 'duplicate: both know it when the id changes' \
		tap_until both_know
	ether_set 1 node 3 >/dev/null
	ether_set 0 links '' >/dev/null
	ether_ctl 1 'link del toy1' >/dev/null
	ether_join
	ether_ctl 1 'node 2' >/dev/null
	tap_ok 'duplicate: also by ctl' tap_until both_know

	# No carrier when it was attached; then there is one.
	ether_set 1 node 3 >/dev/null
	ether_set 0 links '' >/dev/null
	ether_set 1 links '' >/dev/null
	n1 ip link set toy1 down
	ether_join
	ether_set 1 node 2 >/dev/null
	n1 ip link set toy1 up
	tap_ok 'duplicate: when the link comes up' tap_until both_know
	tap_ok 'duplicate: the log says it once a minute' test "$(ether_log |
		grep -c 'has node id 2')" -le $((2 + 2 * (SECONDS - begun) / 60))
	ether_set 1 node 3 >/dev/null
	tap_is 'duplicate: one talks as before' \
		"$(ether_hello 0 2 3 9700)" hello
}

# shellcheck disable=SC2034 # of tap.sh
TAP_PATIENCE=$((20 * ${TOY_TEST_SLOW:-1}))
tap_plan $((51 + ETHER_ENDED))

ether_bare
derived
ether_join
ether_echo 1 2 9700
neighbours
silent
silent_calls
strangers
selfish
duplicate
ether_ended
