# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the shell tests of the Ethernet backend share, on top of tap.sh: two
# network namespaces and a cable.
#
#	  n0: node 2					  n1: node 3
#	+---------------------+			+---------------------+
#	| toyfs: $(ether_fs 0)|			|$(ether_fs 1) :toyfs |
#	|		 toy0 |-----------------| toy1		      |
#	+---------------------+ veth, mtu 1500	+---------------------+
#	  02:00:00:00:00:02			  02:00:00:00:00:03
#
#	. "$(dirname "$0")/lib/tap.sh"
#	. "$(dirname "$0")/lib/ether.sh"
#	ether_need perl
#	tap_plan $((1 + ETHER_ENDED))
#	ether_scene			# or ether_bare: no node ids, no links
#	ether_join
#	tap_is '...' "$(n0 some command)" "..."
#	ether_ended			# is nothing left of it?
#
# Functions take the number of a namespace, 0 or 1, first. Those that try
# something print the name of its errno, or 0.

ETHER_NET=toy-ether-$$
ETHER_MAC=(02:00:00:00:00:02 02:00:00:00:00:03)
# Results that ether_ended gives
# shellcheck disable=SC2034
ETHER_ENDED=4

# ether_need PROGRAM...: as tap_need, and what else there has to be
ether_need()
{
	tap_need perl ip nsenter "$@"
	[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
	[ -e /proc/sys/net/toy/links ] || tap_skip_all "no Ethernet backend"
	ip netns add "$ETHER_NET-0" 2>/dev/null ||
		tap_skip_all "no network namespaces"
	ip netns del "$ETHER_NET-0"
	if [ -z "${TOY_KO:-}" ] && [ -r /run/toy-vm/job ]; then
		TOY_KO=$(. /run/toy-vm/job && echo "$job_toy")
		TOY_PARAMS=$(. /run/toy-vm/job && echo "$job_params")
	fi
}

# in_net NUMBER COMMAND...: with the mounts of here
in_net()
{
	nsenter --net="/run/netns/$ETHER_NET-$1" "${@:2}"
}

n0()
{
	in_net 0 "$@"
}

n1()
{
	in_net 1 "$@"
}

# Where the toyfs of a namespace is mounted.
ether_fs()
{
	echo "$TAP_DIR/fs$1"
}

tap_cleanup()
{
	local i

	for i in 0 1; do
		umount -l "$(ether_fs "$i")"
		ip netns del "$ETHER_NET-$i"
	done
	[ -d /sys/module/toy ] || eval "insmod \"\$TOY_KO\" $TOY_PARAMS"
	[ -z "${ETHER_HOME:-}" ] || mountpoint -q "$ETHER_HOME" ||
		mount -t toyfs none "$ETHER_HOME"
}

# The namespaces and the cable alone.
ether_bare()
{
	local i

	ETHER_SOCKS=$(ether_objects TOY)
	ETHER_NETS=$(ether_nets)
	ETHER_LOG=$(dmesg | wc -l)
	for i in 0 1; do
		ip netns add "$ETHER_NET-$i"
		mkdir "$(ether_fs "$i")"
		in_net "$i" mount -t toyfs none "$(ether_fs "$i")"
		in_net "$i" ip link set lo up
	done
	ether_cable || tap_skip_all "no veth"
}

# Plugs it in.
ether_cable()
{
	n0 ip link add toy0 address "${ETHER_MAC[0]}" type veth \
		peer name toy1 address "${ETHER_MAC[1]}" \
		netns "$ETHER_NET-1" || return
	n0 ip link set toy0 up
	n1 ip link set toy1 up
}

# Gives both ends a node id and makes the devices links.
ether_join()
{
	ether_set 0 node 2 >/dev/null
	ether_set 1 node 3 >/dev/null
	ether_set 0 links toy0 >/dev/null
	ether_set 1 links toy1 >/dev/null
}

ether_scene()
{
	ether_bare
	ether_join
}

# ---- the kernel's files

# ether_errno: the name of the errno whose text ends stdin, 0 for no text
ether_errno()
{
	local text

	text=$(cat)
	case $text in
	'')				echo 0 ;;
	*': Operation not permitted')	echo EPERM ;;
	*': No such device')		echo ENODEV ;;
	*': File exists')		echo EEXIST ;;
	*': Invalid argument')		echo EINVAL ;;
	*': Operation not supported')	echo EOPNOTSUPP ;;
	*': No space left on device')	echo ENOSPC ;;
	*)				echo "$text" ;;
	esac
}

# ether_write NUMBER PATH TEXT: one write(2); its errno
ether_write()
{
	# shellcheck disable=SC2016
	in_net "$1" env LC_ALL=C bash -c 'echo "$2" >"$1"' - "${@:2}" 2>&1 |
		ether_errno
}

# ether_ctl NUMBER LINE: a command for the root of toyfs; its errno
ether_ctl()
{
	ether_write "$1" "$(ether_fs "$1")/ctl" "$2"
}

# ether_set NUMBER SYSCTL VALUE: its errno
ether_set()
{
	ether_write "$1" "/proc/sys/net/toy/$2" "$3"
}

# ether_get NUMBER SYSCTL
ether_get()
{
	in_net "$1" cat "/proc/sys/net/toy/$2"
}

ether_links()
{
	in_net "$1" cat "$(ether_fs "$1")/links"
}

ether_neigh()
{
	in_net "$1" cat "$(ether_fs "$1")/neigh"
}

# ether_key KEY: its value in the first line on stdin, '?' where it is not there
ether_key()
{
	awk -v key="$1" '
		NR == 1 {
			value = "?"
			for (i = 1; i <= NF; i++)
				if (index($i, key "=") == 1)
					value = substr($i, length(key) + 2)
			print value
		}'
}

# ether_devices NUMBER: the names in its links file, by commas
ether_devices()
{
	ether_links "$1" | sed 's/^dev=\([^ ]*\) .*/\1/' | paste -sd,
}

# ether_link NUMBER KEY: of its first link
ether_link()
{
	ether_links "$1" | ether_key "$2"
}

# ether_node NUMBER NODE: the line of a neighbour
ether_node()
{
	ether_neigh "$1" | grep "^node=$2 "
}

# ether_node_is NUMBER NODE STATE
ether_node_is()
{
	[ "$(ether_node "$1" "$2" | ether_key state)" = "$3" ]
}

# ether_stat NUMBER COUNTER: of net/toy_stat, without 'Toy'
ether_stat()
{
	in_net "$1" awk -v name="Toy$2" '$1 == name { print $2 }' \
		/proc/net/toy_stat
}

# What the kernel has said since the scene was made.
ether_log()
{
	dmesg | tail -n +$((ETHER_LOG + 1))
}

# ---- sockets

# ether_perl NUMBER CODE ARG...: prints what it prints
ether_perl()
{
	tap_timed nsenter --net="/run/netns/$ETHER_NET-$1" \
		perl -I"$TAP_LIB" -MSocket -MTime::HiRes=time,sleep -MToy \
		-e '$| = 1; $SIG{PIPE} = "IGNORE";' -e "$2" -- "${@:3}" 2>&1
}

# ether_server NUMBER NAME CODE ARG...: in the background, until it prints
# "ready"
ether_server()
{
	tap_start "$2" nsenter --net="/run/netns/$ETHER_NET-$1" \
		perl -I"$TAP_LIB" -MSocket -MTime::HiRes=time,sleep -MToy \
		-e '$| = 1; $SIG{PIPE} = "IGNORE";' -e "$3" -- "${@:4}"
	tap_until grep -q ready "$TAP_DIR/$2.out"
}

# ether_echo NUMBER TYPE PORT: sends back what comes, of one client after the
# other
ether_echo()
{
	# shellcheck disable=SC2016
	ether_server "$1" "echo.$1.$2.$3" '
		my ($type, $port) = @ARGV;
		my $server = toy_server($type, $port);
		print "ready\n";
		while ($type == SOCK_DGRAM) {
			my $from = recv($server, my $text, 70000, 0);
			send($server, $text, 0, $from) if defined($from);
		}
		while (accept(my $sock, $server)) {
			while (sysread($sock, my $text, 70000)) {
				syswrite($sock, $text);
			}
		}' "${@:2}"
}

# ether_hello NUMBER TYPE NODE PORT: a word there and back, or the errno
ether_hello()
{
	# shellcheck disable=SC2016
	ether_perl "$1" '
		my ($type, $node, $port) = @ARGV;
		my $sock = toy_socket($type);
		setsockopt($sock, SOL_SOCKET, SO_RCVTIMEO, pack("qq", 10, 0));
		connect($sock, toy_addr($port, $node)) or
			print("connect ", toy_errno()), exit;
		defined(send($sock, "hello", 0)) or
			print("send ", toy_errno()), exit;
		defined(recv($sock, my $text, 100, 0)) or
			print("recv ", toy_errno()), exit;
		print($text);' "${@:2}"
}

# ether_sends NUMBER NODE SIZE: the errno of a datagram
ether_sends()
{
	# shellcheck disable=SC2016
	ether_perl "$1" 'my $sock = toy_socket(SOCK_DGRAM);
		print(defined(send($sock, "x" x $ARGV[1], 0,
				   toy_addr(9700, $ARGV[0]))) ?
		      0 : toy_errno());' "$2" "$3"
}

# ether_calls NUMBER NODE TYPE: the errno of a connect, and the seconds it took
ether_calls()
{
	# shellcheck disable=SC2016
	ether_perl "$1" 'my $sock = toy_socket($ARGV[1]);
		my $start = time;
		print(connect($sock, toy_addr(9700, $ARGV[0])) ?
		      0 : toy_errno());
		printf(" %.1f\n", time - $start);' "$2" "$3"
}

# ---- much data

# ether_bulk NUMBER NAME WORD...: one end of lib/toy-bulk, in the background
ether_bulk()
{
	tap_start "$2" nsenter --net="/run/netns/$ETHER_NET-$1" \
		"$TAP_LIB/toy-bulk" "${@:3}"
}

# What an end said that got, or sent, as the second word says; or all it said.
ether_bulk_said()
{
	sed -n "s/^$2 //p" "$TAP_DIR/$1.out" | grep . ||
		cat "$TAP_DIR/$1.out" "$TAP_DIR/$1.err"
}

# Whether both ends have come to an end.
ether_bulk_over()
{
	! kill -0 -- "-$ETHER_SERVER" && ! kill -0 -- "-$ETHER_CLIENT"
}

# ether_start NAME TYPE BYTES [FROM TO]: both ends of a connection send so much,
# of node FROM (0) and TO (1); the rest is up to ether_finish. TYPE is 1 or 5.
ether_start()
{
	local from=${4:-0} to=${5:-1}

	ETHER_PORT=$((${ETHER_PORT:-9800} + 1))
	ETHER_BULK="$1"
	ether_bulk "$to" server server "$2" "$ETHER_PORT" "$3"
	ETHER_SERVER=$TAP_PID
	tap_until grep -q ready "$TAP_DIR/server.out"
	ether_bulk "$from" client client "$2" $((2 + to)) "$ETHER_PORT" "$3"
	ETHER_CLIENT=$TAP_PID
}

# One result: what each end got is what the other one sent. Ends it where it is
# not over within SECONDS.
ether_finish()
{
	# shellcheck disable=SC2034 # of tap.sh
	local TAP_PATIENCE=$1

	tap_until ether_bulk_over
	tap_stop "$ETHER_CLIENT"
	tap_stop "$ETHER_SERVER"
	tap_is "$ETHER_BULK" \
		"$(ether_bulk_said client got) $(ether_bulk_said server got)" \
		"$(ether_bulk_said server sent) $(ether_bulk_said client sent)"
}

# ---- the end

# ether_objects CACHE: objects that are in use. What is free counts as in use
# until the cache is shrunk. 0 on kernels that do not tell.
ether_objects()
{
	[ -e /proc/slabinfo ] || { echo 0; return; }
	echo 1 >"/sys/kernel/slab/$1/shrink"
	awk -v name="$1" '
		$1 == name { n = $2 }
		END { print n + 0 }' /proc/slabinfo
}

# Network namespaces that are there before a test, those of others that are about
# to go not counted: when there are no fewer of them a second later, on slow
# kernels some seconds. One that has gone is in use until the next one goes.
ether_nets()
{
	local least now still=0

	[ -e /proc/slabinfo ] || { echo 0; return; }
	unshare -n true
	least=$(ether_objects net_namespace)
	while [ "$still" -lt "${TOY_TEST_SLOW:-1}" ]; do
		sleep 1
		now=$(ether_objects net_namespace)
		still=$((still + 1))
		if [ "$now" -lt "$least" ]; then
			least=$now
			still=0
		fi
	done
	echo "$least"
}

# ether_left CACHE COUNT: whether no more than that are in use
ether_left()
{
	[ "$(ether_objects "$1")" -le "$2" ]
}

# ether_nets_left COUNT: the same of namespaces. The one that makes the others go
# takes its time itself: that has to be over before there is the next one, or the
# slowest machine would always see one more.
ether_nets_left()
{
	local TAP_PATIENCE=$((5 * ${TOY_TEST_SLOW:-1}))

	unshare -n true
	tap_until ether_left net_namespace "$1"
}

# ether_nothing_left NAME COMMAND...: one result; in time it is so
ether_nothing_left()
{
	if [ -e /proc/slabinfo ]; then
		tap_ok "$1" tap_until "${@:2}"
	else
		tap_skip "$1" 'this kernel does not count'
	fi
}

# ether_reload: the module goes and comes, with it what may refer to it
ether_reload()
{
	if mountpoint -q /net/toy; then
		ETHER_HOME=/net/toy
		umount "$ETHER_HOME" || return
	fi
	rmmod toy || return
	eval "insmod \"\$TOY_KO\" $TOY_PARAMS" || return
	[ -z "${ETHER_HOME:-}" ] || mount -t toyfs none "$ETHER_HOME"
}

# Nothing is left of the scene: sockets, then namespaces, then the module.
ether_ended()
{
	local pid i TAP_PATIENCE=$((60 * ${TOY_TEST_SLOW:-1}))

	for pid in "${TAP_PIDS[@]}"; do
		tap_stop "$pid"
	done
	TAP_PIDS=()
	ether_nothing_left 'end: no socket is left' \
		ether_left TOY "$ETHER_SOCKS"
	for i in 0 1; do
		umount "$(ether_fs "$i")"
		ip netns del "$ETHER_NET-$i"
	done
	ether_nothing_left 'end: no namespace is left' \
		ether_nets_left "$ETHER_NETS"
	tap_is 'end: no device was waited for' \
		"$(ether_log | grep 'waiting for .* to become free')" ''
	if [ -r "${TOY_KO:-}" ]; then
		tap_ok 'end: the module goes' ether_reload
	else
		tap_skip 'end: the module goes' 'no toy.ko to load'
	fi
}
