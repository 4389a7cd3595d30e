# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the labs of the tour share. A lab is a bash script that says something,
# does it before the reader's eyes, and checks that what it promised is there:
#
#	. "$(dirname "$0")/lib.sh"
#	lab 1 'A descriptor and its socket'
#	say  'Opening clone is socket(2).'
#	look 'the number that the new socket has'
#	try  'exec 3<>/net/toy/stream/clone; read n <&3; echo "$n"'
#	promise_like 'the socket has a number' '^[0-9]+$'
#	lab_end
#
# README.md tells of each of these. Two environment variables:
#
#	TOUR_TAP=1	print TAP alone, for the test
#	TOUR_PAUSE=1	wait for Enter between the steps; the default on a terminal

LAB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$LAB_TOP/build/tools:$PATH
# What the last try printed, and its exit status.
TRIED=
TRIED_STATUS=0

LAB_COMMAND=
LAB_TRIES=0
LAB_COUNT=0
LAB_FAILED=0
LAB_SHOWN=
LAB_ENDED=
LAB_NODES=
LAB_GROUPS=()
if [ -z "${TOUR_PAUSE-}" ] && [ -t 0 ]; then
	TOUR_PAUSE=1
fi
LAB_BOLD='' LAB_PLAIN=''
if [ -n "${TOUR_COLOR-}" ] || [ -t 1 ]; then
	LAB_BOLD=$'\e[1m' LAB_PLAIN=$'\e[0m'
fi

# ---- begin and end

# lab NUMBER TITLE: what was left behind by the lab before must have gone
lab()
{
	LAB_NAME=$(printf 'lab %02d' "$((10#$1))")
	if [ ! -e /proc/net/toy ] || ! mountpoint -q /net/toy; then
		echo "$LAB_NAME: no AF_TOY here; 'make tour LAB=$1' boots a machine that has it" >&2
		exit 1
	fi
	LAB_DIR=$(mktemp -d) || exit 1
	trap lab_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	cd "$LAB_DIR" || exit 1
	wait_for 20 lab_no_sockets
	if [ -z "${TOUR_TAP-}" ]; then
		printf '\n%s=== Lab %s: %s%s\n' "$LAB_BOLD" "$((10#$1))" "$2" \
			"$LAB_PLAIN"
	fi
}

lab_no_sockets()
{
	local rows

	mapfile -t rows </proc/net/toy
	[ "${#rows[@]}" -le 1 ]
}

# A lab may define lab_undo to undo what it did to the machine.
lab_cleanup()
{
	local rc=$? group

	trap - EXIT INT TERM
	# A child that is killed before it has forgotten our traps.
	[ "$BASHPID" = "$$" ] || exit "$rc"
	exec 2>/dev/null
	for group in "${LAB_GROUPS[@]}"; do
		kill -KILL -- "-$group"
	done
	wait
	if declare -F lab_undo >/dev/null; then
		lab_undo >/dev/null
	fi
	if [ -n "$LAB_NODES" ]; then
		lab_no_nodes
	fi
	cd / && rm -rf "$LAB_DIR"
	if [ -z "$LAB_ENDED" ] && [ "$rc" -eq 0 ]; then
		rc=1
	fi
	exit "$rc"
}

# The last line of a lab: its exit status tells whether all promises were kept.
lab_end()
{
	LAB_ENDED=yes
	if [ -n "${TOUR_TAP-}" ]; then
		echo "1..$LAB_COUNT"
	elif [ "$LAB_FAILED" -eq 0 ]; then
		printf '\nAll %d figures of %s appeared.\n' "$LAB_COUNT" \
			"$LAB_NAME"
	else
		printf '\n%d of %d figures of %s did not appear.\n' \
			"$LAB_FAILED" "$LAB_COUNT" "$LAB_NAME"
	fi
	[ "$LAB_FAILED" -eq 0 ]
	exit
}

# ---- what the reader sees

# Enter goes on, where somebody is there to press it. Only after something was
# shown.
lab_pause()
{
	local line

	if [ -z "$LAB_SHOWN" ]; then
		return
	fi
	LAB_SHOWN=
	if [ -n "${TOUR_PAUSE-}" ] && [ -z "${TOUR_TAP-}" ]; then
		printf '\n-- Enter --'
		# End of file: there is nobody any more.
		read -r line || TOUR_PAUSE=
	fi
}

# Text wrapped as a paragraph; lines and tabs of the script mean nothing.
lab_wrap()
{
	printf '%s\n' "$1" | sed 's/^[ 	]*//' | fmt -w "$2"
}

# say TEXT: prose; an empty line begins a paragraph
say()
{
	[ -z "${TOUR_TAP-}" ] || return 0
	lab_pause
	echo
	lab_wrap "$1" 78
}

# look TEXT: what to look for in what comes next
look()
{
	[ -z "${TOUR_TAP-}" ] || return 0
	lab_pause
	echo
	lab_wrap "Look for $1" 74 | sed "s/^/$LAB_BOLD>>$LAB_PLAIN /"
}

# draw: a figure from standard input, as it is
draw()
{
	if [ -n "${TOUR_TAP-}" ]; then
		cat >/dev/null
		return
	fi
	LAB_SHOWN=yes
	echo
	sed 's/^/    /'
}

# try COMMAND, or try <<'END': shows it at a prompt and runs it in the shell of the
# lab, so that descriptors, variables and jobs stay; then shows its output. Programs
# in the background get a process group of their own, by which the end of the lab
# finds them and theirs.
try()
{
	if [ $# -gt 0 ]; then
		LAB_COMMAND=$1
	else
		IFS= read -r -d '' LAB_COMMAND
		LAB_COMMAND=${LAB_COMMAND%$'\n'}
	fi
	LAB_TRIES=$((LAB_TRIES + 1))
	if [ -z "${TOUR_TAP-}" ]; then
		LAB_SHOWN=yes
		printf '\n%s%s%s\n' "$LAB_BOLD" \
			"$ ${LAB_COMMAND//$'\n'/$'\n'> }" \
			"$LAB_PLAIN"
	fi
	lab_eval "$LAB_COMMAND" "$LAB_DIR/.try.$LAB_TRIES"
	TRIED_STATUS=$?
	lab_tried "$LAB_DIR/.try.$LAB_TRIES"
}

# lab_tried FILE: the output without bytes 0. What bash itself says begins with the
# name of the script, which would mean nothing to the reader. No program is called
# here: they are slow to start in an emulated machine.
lab_tried()
{
	local line all=''

	while IFS= read -r line || [ -n "$line" ]; do
		if [[ $line =~ ^[^\ ]*\.sh:\ line\ [0-9]+:\ (.*) ]]; then
			line="bash: ${BASH_REMATCH[1]}"
		fi
		all+=$line$'\n'
		[ -n "${TOUR_TAP-}" ] || printf '    %s\n' "$line"
	done <"$1"
	TRIED=${all%$'\n'}
}

# quiet COMMAND: as try, and not shown; for what only prepares
quiet()
{
	lab_eval "$1" "$LAB_DIR/.quiet"
}

# lab_eval COMMAND FILE: its output to a file of its own, as a program in the
# background may write for longer
lab_eval()
{
	local lab_status

	set -m
	eval "$1" >"$2" 2>&1 </dev/null
	lab_status=$?
	set +m
	# shellcheck disable=SC2207 # they are numbers
	LAB_GROUPS+=($(jobs -p))
	return "$lab_status"
}

# ---- what was promised

# promise WHAT COMMAND...: the figure is there if the command succeeds
promise()
{
	local what=$1 rc

	shift
	"$@" >"$LAB_DIR/.promise" 2>&1
	rc=$?
	if [ "$rc" -eq 0 ]; then
		lab_kept "$what"
	else
		lab_broken "$what" "$* gave $rc" "$(cat "$LAB_DIR/.promise")"
	fi
}

# promise_like WHAT REGEX: a line of what the last try printed is like that
promise_like()
{
	if tried_has "$2"; then
		lab_kept "$1"
	else
		lab_broken "$1" "no line is like $2"
	fi
}

# tried_has REGEX, tried_lacks REGEX: for promise
tried_has()
{
	local line

	while IFS= read -r line; do
		if [[ $line =~ $1 ]]; then
			return 0
		fi
	done <<<"$TRIED"
	return 1
}

tried_lacks()
{
	! tried_has "$1"
}

lab_kept()
{
	LAB_COUNT=$((LAB_COUNT + 1))
	if [ -n "${TOUR_TAP-}" ]; then
		echo "ok $LAB_COUNT - $LAB_NAME: $1"
	else
		printf '  ✓ %s\n' "$1"
	fi
}

# lab_broken WHAT WHY...
lab_broken()
{
	local what=$1

	shift
	LAB_COUNT=$((LAB_COUNT + 1))
	LAB_FAILED=$((LAB_FAILED + 1))
	if [ -z "${TOUR_TAP-}" ]; then
		printf '  ✗ %s\n' "$what"
		printf '%s\n' "$@" | sed 's/^/    # /'
		return
	fi
	echo "not ok $LAB_COUNT - $LAB_NAME: $what"
	printf '%s\n' "$@" "last: $LAB_COMMAND" "status $TRIED_STATUS" "$TRIED" |
		sed 's/^/# /'
}

# wait_for SECONDS COMMAND...: until it succeeds, but no longer. A limit is for
# what is broken: choose it so that no slow machine reaches it.
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			return 1
		fi
		sleep 0.05
	done
}

# ---- two nodes

# two_nodes: two network namespaces with a cable. `a COMMAND` and `b COMMAND`
# run there; each has its toyfs, /net/a and /net/b.
two_nodes()
{
	# A lab that was killed leaves them.
	lab_no_nodes 2>/dev/null
	LAB_NODES=yes
	if ! lab_nodes >"$LAB_DIR/.nodes" 2>&1; then
		echo "# two_nodes: $(cat "$LAB_DIR/.nodes")" >&2
		exit 1
	fi
	draw <<'END'
 namespace a: node 2                 namespace b: node 3
+---------------------+             +---------------------+
| toyfs: /net/a       |             |       toyfs: /net/b |
|                eth0 |-------------| eth0                |
+---------------------+    veth     +---------------------+
 a COMMAND runs here                 b COMMAND runs here
END
}

# Twice as fast as ip netns exec, which makes mounts that nobody needs here.
a()
{
	nsenter --net=/run/netns/a "$@"
}

b()
{
	nsenter --net=/run/netns/b "$@"
}

# conversation [LINE...]: a client in a has called port 80 of b, in one step that the
# reader sees. LINE is for the server's ctl, before it listens. From then on there
# are, with the name of its directory:
#
#	3, $s	ctl of the listener
#	4, $c	ctl of the client's end		6	its data
#	5, $d	ctl of the server's end		7	its data
conversation()
{
	local line set=

	for line in "$@"; do
		set+="echo \"$line\" >&3; "
	done
	try "A=/net/a/stream B=/net/b/stream
exec 3<>\$B/clone; read s <&3; ${set}echo \"announce *:80\" >&3
exec 4<>\$A/clone; read c <&4; echo \"connect 3:80\" >&4
exec 5<>\$B/\$s/listen; read d <&5
exec 6<>\$A/\$c/data 7<>\$B/\$d/data"
}

# No IPv6: its chatter would be in every capture. The shell of the lab is in neither
# namespace and shall open files of both: foreign.
lab_nodes()
{
	local name

	for name in a b; do
		ip netns add "$name" &&
			mkdir -p "/net/$name" &&
			nsenter --net="/run/netns/$name" \
				mount -t toyfs -o foreign none "/net/$name" &&
			"$name" ip link set lo up || return
		"$name" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 || :
	done
	a ip link add eth0 address 02:00:00:00:00:02 type veth \
		peer name eth0 address 02:00:00:00:00:03 netns b &&
		a ip link set eth0 up &&
		b ip link set eth0 up &&
		a sysctl -qw net.toy.node=2 net.toy.links=eth0 &&
		b sysctl -qw net.toy.node=3 net.toy.links=eth0
}

lab_no_nodes()
{
	local name

	for name in a b; do
		umount -l "/net/$name"
		ip netns del "$name"
	done
}
