#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Links: attached and detached by toyfs and sysctl; what becomes of them when
# their device is renamed, moved, removed, goes down, changes its MTU. The scene
# is lib/ether.sh's.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need capsh

without()
{
	local type

	tap_is 'no link: the file is empty' "$(ether_links 0)" ''
	tap_is 'no link: the sysctl is empty' "$(ether_get 0 links)" ''
	ether_set 0 node 2 >/dev/null
	tap_is 'no link: a datagram' "$(ether_sends 0 3 1)" ENETUNREACH
	for type in 1 5; do
		tap_like "no link: connect of type $type" \
			"$(ether_calls 0 3 "$type")" 'ENETUNREACH 0.*'
	done
	tap_is 'no link: to oneself' "$(ether_sends 0 2 1)" ECONNREFUSED
	ether_set 0 node 0 >/dev/null
}

# toyip, a device without Ethernet addresses: not every kernel has the first
foreign_device()
{
	n0 ip link add toyip type ipip local 10.0.0.1 remote 10.0.0.2 \
		2>/dev/null || n0 ip tuntap add dev toyip mode tun
}

by_ctl()
{
	tap_is 'ctl: link add' "$(ether_ctl 0 'link add toy0')" 0
	tap_is 'ctl: it is in links' "$(ether_devices 0)" toy0
	tap_is 'ctl: and in the sysctl' "$(ether_get 0 links)" toy0
	tap_is 'ctl: but not there' "$(ether_devices 1)" ''
	tap_is 'ctl: twice' "$(ether_ctl 0 'link add toy0')" EEXIST
	tap_is 'ctl: an unknown device' "$(ether_ctl 0 'link add nope')" ENODEV
	tap_is 'ctl: of the other namespace' \
		"$(ether_ctl 0 'link add toy1')" ENODEV
	foreign_device
	if n0 ip link show toyip >/dev/null 2>&1; then
		tap_is 'ctl: a device that is not Ethernet' \
			"$(ether_ctl 0 'link add toyip')" EOPNOTSUPP
		n0 ip link del toyip
	else
		tap_skip 'ctl: a device that is not Ethernet' 'no ipip'
	fi
	tap_is 'ctl: no such word' "$(ether_ctl 0 'link frob toy0')" EINVAL
	tap_is 'ctl: too few words' "$(ether_ctl 0 'link add')" EINVAL
	tap_is 'ctl: too many words' "$(ether_ctl 0 'link add a b')" EINVAL
	tap_is 'ctl: none of it changed anything' "$(ether_devices 0)" toy0
	tap_is 'ctl: link del' "$(ether_ctl 0 'link del toy0')" 0
	tap_is 'ctl: it is gone' "$(ether_devices 0)" ''
	tap_is 'ctl: del twice' "$(ether_ctl 0 'link del toy0')" ENODEV
	tap_is 'ctl: del of an unknown one' "$(ether_ctl 0 'link del no')" ENODEV
	tap_is 'ctl: a name that is too long' \
		"$(ether_ctl 0 'link add a23456789012345678')" ENODEV
}

# A command of root's that has not the capability
by_whom()
{
	# shellcheck disable=SC2016
	tap_is 'ctl: takes CAP_NET_ADMIN' "$(n0 capsh --drop=cap_net_admin -- \
		-c 'exec 3<>"$1"; echo link add toy0 >&3' - \
		"$(ether_fs 0)/ctl" 2>&1 | sed 's/.*: //')" \
		'Operation not permitted'
	tap_is 'ctl: for neighbours as well' "$(n0 capsh --drop=cap_net_admin \
		-- -c 'exec 3<>"$1"; echo neigh flush >&3' - \
		"$(ether_fs 0)/ctl" 2>&1 | sed 's/.*: //')" \
		'Operation not permitted'
	tap_is 'ctl: nothing is attached' "$(ether_devices 0)" ''
}

by_sysctl()
{
	n0 ip link add toyd type dummy
	tap_is 'sysctl: one' "$(ether_set 0 links toy0)" 0
	tap_is 'sysctl: it is a link' "$(ether_devices 0)" toy0
	tap_is 'sysctl: there' "$(ether_set 1 links toy1)" 0
	tap_is 'sysctl: each namespace has its own' \
		"$(ether_get 0 links) $(ether_get 1 links)" 'toy0 toy1'
	tap_is 'sysctl: two' "$(ether_set 0 links toy0,toyd)" 0
	tap_is 'sysctl: both are links' "$(ether_devices 0)" toy0,toyd
	tap_is 'sysctl: another order is the same list' \
		"$(ether_set 0 links toyd,toy0)" 0
	tap_is 'sysctl: and the links stay' "$(ether_devices 0)" toy0,toyd
	tap_is 'sysctl: one less' "$(ether_set 0 links toy0)" 0
	tap_is 'sysctl: is detached' "$(ether_get 0 links)" toy0
	tap_is 'sysctl: an unknown device' "$(ether_set 0 links nope)" ENODEV
	tap_is 'sysctl: an empty name' "$(ether_set 0 links toy0,,toyd)" EINVAL
	tap_is 'sysctl: a blank' "$(ether_set 0 links 'toy0 toyd')" EINVAL
	tap_is 'sysctl: they changed nothing' "$(ether_devices 0)" toy0
	tap_is 'sysctl: none' "$(ether_set 0 links '')" 0
	tap_is 'sysctl: no link is left' "$(ether_links 0)" ''
	n0 ip link del toyd
	ether_set 1 links '' >/dev/null
}

# A list with a mistake changes nothing, also not by what is before the mistake.
mistakes()
{
	n0 ip link add toyd type dummy
	foreign_device
	ether_set 0 links toy0 >/dev/null
	tap_is 'sysctl: a list with an unknown device' \
		"$(ether_set 0 links toyd,nope)" ENODEV
	tap_is 'sysctl: it changed nothing' "$(ether_devices 0)" toy0
	ether_set 0 links toy0 >/dev/null
	tap_is 'sysctl: a list with a device that cannot be one' \
		"$(ether_set 0 links toyd,toyip)" EOPNOTSUPP
	tap_is 'sysctl: that changed nothing' "$(ether_devices 0)" toy0
	ether_set 0 links '' >/dev/null
	n0 ip link del toyd
	n0 ip link del toyip
}

# A device that stops being like Ethernet is no link any more.
type_change()
{
	n0 ip link add toyb type bond 2>/dev/null
	n0 ip link add toyg type gre local 10.0.0.1 remote 10.0.0.2 2>/dev/null
	if ! n0 ip link show toyb >/dev/null 2>&1 ||
	   ! n0 ip link show toyg >/dev/null 2>&1; then
		tap_skip 'type: a bond is a link' 'no bond, or no gre'
		tap_skip 'type: with another slave it is none' 'as before'
		return
	fi
	ether_set 0 links toyb >/dev/null
	tap_is 'type: a bond is a link' "$(ether_devices 0)" toyb
	n0 ip link set toyg master toyb
	tap_is 'type: with another slave it is none' "$(ether_devices 0)" ''
	n0 ip link del toyb
	n0 ip link del toyg
}

# There are at most 64.
many()
{
	local i

	for ((i = 0; i < 65; i++)); do
		echo "link add toyd$i type dummy"
	done >"$TAP_DIR/batch"
	n0 ip -batch "$TAP_DIR/batch"
	for ((i = 0; i < 64; i++)); do
		echo "link add toyd$i"
	done >"$TAP_DIR/lines"
	tap_is 'many: 64 links' \
		"$(ether_ctl 0 "$(cat "$TAP_DIR/lines")")" 0
	tap_is 'many: one more' "$(ether_ctl 0 'link add toyd64')" ENOSPC
	tap_is 'many: the sysctl has them all' \
		"$(ether_get 0 links | tr , '\n' | sort -u | wc -l)" 64
	tap_is 'many: all at once' "$(ether_set 0 links '')" 0
	sed 's/add/del/; s/ type dummy//' "$TAP_DIR/batch" >"$TAP_DIR/batch2"
	n0 ip -batch "$TAP_DIR/batch2"
}

shown()
{
	local rx tx before after

	ether_join
	ether_echo 1 2 9700
	tap_is 'links: mac' "$(ether_link 0 mac) $(ether_link 1 mac)" "${ETHER_MAC[*]}"
	tap_is 'links: mtu' "$(ether_link 0 mtu)" 1500
	tap_is 'links: up' "$(ether_link 0 up)" 1
	tap_is 'links: nobody has our id' "$(ether_link 0 duplicates)" 0
	tap_is 'links: and so no address' "$(ether_link 0 duplicate)" '?'
	tap_is 'links: the keys' "$(ether_links 0 | sed 's/=[^ ]*//g')" \
		'dev mac mtu up rx tx drops duplicates'
	tap_is 'talk: there and back' "$(ether_hello 0 2 3 9700)" hello
	before=$(ether_links 0)
	tap_is 'talk: again' "$(ether_hello 0 2 3 9700)" hello
	after=$(ether_links 0)
	rx=$(($(ether_key rx <<<"$after") - $(ether_key rx <<<"$before")))
	tx=$(($(ether_key tx <<<"$after") - $(ether_key tx <<<"$before")))
	tap_ok 'links: rx counts' test "$rx" -ge 1
	# A question of a neighbour's is answered.
	tap_is 'links: tx counts' "$tx" "$rx"
	tap_is 'links: drops' "$(ether_link 0 drops)" 0
	tap_is 'links: drops of a datagram for nobody' \
		"$(ether_sends 1 2 1) $(ether_link 0 drops)" '0 1'
}

mtu()
{
	local size

	for size in 1500 9000 256; do
		n0 ip link set toy0 mtu "$size"
		n1 ip link set toy1 mtu "$size"
		tap_is "mtu $size: is shown" "$(ether_link 0 mtu)" "$size"
		tap_is "mtu $size: the largest datagram" \
			"$(ether_sends 0 3 $((size - 20)))" 0
		tap_is "mtu $size: one more byte" \
			"$(ether_sends 0 3 $((size - 19)))" EMSGSIZE
		tap_is "mtu $size: one talks" "$(ether_hello 0 2 3 9700)" hello
	done
	n0 ip link set toy0 mtu 1500
	n1 ip link set toy1 mtu 1500
	tap_is 'mtu 1500: one talks' "$(ether_hello 0 2 3 9700)" hello
}

# Below 256 it is as if it were down [V2].
small()
{
	n0 ip link set toy0 mtu 255
	tap_is 'mtu 255: is down' "$(ether_link 0 up)" 0
	tap_like 'mtu 255: nothing leaves' "$(ether_sends 0 3 1)" ENET*
	n0 ip link set toy0 mtu 1500
	tap_is 'mtu 1500: up again' "$(ether_link 0 up)" 1
	tap_is 'mtu 1500: one talks' "$(ether_hello 0 2 3 9700)" hello
}

# A stream that what happens to the link must not end [V1, V3]
kept()
{
	ether_echo 1 1 9701
	mkfifo "$TAP_DIR/kept"
	# shellcheck disable=SC2016
	ether_server 0 kept 'my $sock = toy_client(SOCK_STREAM, 9701, 3);
		open(my $words, "+<", $ARGV[0]) or die("$!\n");
		print "ready\n";
		while (my $word = <$words>) {
			defined(syswrite($sock, $word)) or
				print("write ", toy_errno(), "\n"), next;
			my $n = sysread($sock, my $text, 100);
			print(defined($n) ? $text : "read " .
			      toy_errno() . "\n");
		}' "$TAP_DIR/kept"
}

says()
{
	echo "$1" >"$TAP_DIR/kept"
	tap_until grep -q "^$2\$" "$TAP_DIR/kept.out"
}

# stream NAME WORD [ANSWER]: the stream goes on, or ended as ANSWER says
stream()
{
	tap_ok "$1" says "$2" "${3:-$2}"
}

events()
{
	kept
	stream 'stream: is there' one
	n0 ip link set toy0 down
	tap_is 'down: is shown' "$(ether_link 0 up)" 0
	tap_is 'down: its neighbours are forgotten' "$(ether_neigh 0)" ''
	tap_is 'down: without a carrier there, too' "$(ether_link 1 up)" 0
	n0 ip link set toy0 up
	tap_is 'up: is shown' "$(ether_link 0 up)" 1
	tap_is 'up: one talks' "$(ether_hello 0 2 3 9700)" hello
	stream 'up: the stream goes on' two

	n0 ip link set toy0 down
	n0 ip link set toy0 name toyr
	n0 ip link set toyr up
	tap_is 'renamed: is shown' "$(ether_devices 0)" toyr
	tap_is 'renamed: in the sysctl' "$(ether_get 0 links)" toyr
	tap_is 'renamed: one talks' "$(ether_hello 0 2 3 9700)" hello
	stream 'renamed: the stream goes on' three
	tap_is 'renamed: del by its new name' "$(ether_ctl 0 'link del toyr')" 0
	tap_stop "$TAP_PID"
	n0 ip link set toyr down
	n0 ip link set toyr name toy0
	n0 ip link set toy0 up

	ether_set 0 links toy0 >/dev/null
	tap_is 'attached: one talks' "$(ether_hello 0 2 3 9700)" hello
	n0 ip link set toy0 netns "$ETHER_NET-1"
	tap_is 'moved: is no link here' "$(ether_links 0)" ''
	tap_is 'moved: its neighbours are forgotten' "$(ether_neigh 0)" ''
	tap_is 'moved: nor there' "$(ether_devices 1)" toy1
	tap_is 'moved: no link leads there' "$(ether_sends 0 3 1)" ENETUNREACH
	n1 ip link set toy0 netns "$ETHER_NET-0"
	tap_is 'moved back: is no link' "$(ether_links 0)" ''
	n0 ip link set toy0 up
	ether_set 0 links toy0 >/dev/null
	tap_is 'moved back: one talks' "$(ether_hello 0 2 3 9700)" hello

	n0 ip link del toy0
	tap_is 'removed: is no link here' "$(ether_links 0)" ''
	tap_is 'removed: nor there' "$(ether_links 1)" ''
	tap_is 'removed: its neighbours are forgotten' \
		"$(ether_neigh 0)$(ether_neigh 1)" ''
	tap_is 'removed: no link leads there' "$(ether_sends 0 3 1)" ENETUNREACH
	tap_is 'removed: the sysctl is empty' "$(ether_get 0 links)" ''
	ether_cable
	tap_is 'a new cable: is no link' "$(ether_links 0)" ''
	ether_join
	tap_is 'a new cable: one talks' "$(ether_hello 0 2 3 9700)" hello
}

loop()
{
	tap_is 'lo: can be a link' "$(ether_ctl 0 'link add lo')" 0
	tap_like 'lo: is shown' "$(ether_links 0 | tail -n 1)" \
		'dev=lo mac=00:00:00:00:00:00 mtu=65536 up=1 *'
	tap_is 'lo: is not looked for others on' \
		"$(ether_hello 0 2 3 9700)" hello
	tap_is 'lo: del' "$(ether_ctl 0 'link del lo')" 0
}

# shellcheck disable=SC2034 # of tap.sh
TAP_PATIENCE=$((20 * ${TOY_TEST_SLOW:-1}))
tap_plan $((111 + ETHER_ENDED))

ether_bare
without
by_ctl
by_whom
by_sysctl
mistakes
type_change
many
shown
mtu
small
events
loop
ether_ended
