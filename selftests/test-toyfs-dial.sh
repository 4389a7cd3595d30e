#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Clients that know how to open a file, and nothing else: cat, cp, dd and shells
# dial by path, within a namespace and over a cable.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
. "$(dirname "$0")/lib/ether.sh"
toyfs_need bash dash busybox perl sha256sum dd
ether_need cp

shells=(bash dash 'busybox sh')

# --- servers, by files as well: TREE PORT TYPE

# says two lines to one caller
cat >"$TAP_DIR/daytime" <<'EOF'
exec 3<>"$1/stream/clone"; read n <&3; echo "announce *:$2" >&3
exec 4<>"$1/stream/$n/listen"; read c <&4
printf 'it is\nlate\n' >"$1/stream/$c/data"
EOF

# prints what one caller sends
cat >"$TAP_DIR/sink" <<'EOF'
exec 3<>"$1/$3/clone"; read n <&3; echo "announce *:$2" >&3
exec 4<>"$1/$3/$n/listen"; read c <&4
exec cat "$1/$3/$c/data"
EOF

# answers each line of one caller
cat >"$TAP_DIR/answer" <<'EOF'
exec 3<>"$1/stream/clone"; read n <&3; echo "announce *:$2" >&3
exec 4<>"$1/stream/$n/listen"; read c <&4
exec 5<>"$1/stream/$c/data"
while read -r l <&5; do echo "got $l" >&5; done
EOF

# answers each datagram
cat >"$TAP_DIR/dgram" <<'EOF'
exec 3<>"$1/dgram/clone"; read n <&3
printf 'bind *:%d\nheaders on\n' "$2" >&3
exec 4<>"$1/dgram/$n/data"
while read -r from m <&4; do echo "$from got $m" >&4; done
EOF

# --- clients: what to dial

cat >"$TAP_DIR/talk" <<'EOF'
exec 3<>"$1"
for l in one two; do echo "$l" >&3; read -r a <&3; echo "$a"; done
EOF

cat >"$TAP_DIR/noclobber" <<'EOF'
set -C
test -e "$1" && echo careful >"$1" && echo sent
EOF

# it fails, by a word and in words, and the shell goes on
cat >"$TAP_DIR/refused" <<'EOF'
{ echo hello >&3; } 2>/dev/null 3<>"$1" || cat "${1%/*}/err"
(cat <"$1") 2>/dev/null || echo 'and goes on'
EOF

# serve SCRIPT PORT TYPE: in the namespace of $there, whose toyfs is $tree
serve()
{
	# shellcheck disable=SC2086
	tap_start "$1" $there bash "$TAP_DIR/$1" "$tree" "$2" "$3"
	if [ "$3" = dgram ]; then
		TOYFS=$tree tap_until toyfs_has dgram "local=[*]:$2 "
	else
		TOYFS=$tree tap_until toyfs_listens "$3" "$2"
	fi
}

# in_shell SHELL SCRIPT PATH: where the callers are
in_shell()
{
	# shellcheck disable=SC2086
	tap_timed $here $1 "$TAP_DIR/$2" "$3" 2>&1
}

# What the server has printed, when it has come to its end.
printed()
{
	tap_until gone "$TAP_PID" || echo 'the server does not end'
	cat "$TAP_DIR/$1.err" "$TAP_DIR/$1.out"
}

# of_shell WHERE SHELL NODE DIAL
of_shell()
{
	local name="$1: $2" dial=$4

	serve answer 80 stream
	tap_is "$name: exec 3<> talks" "$(in_shell "$2" talk "$dial/$3:80")" \
		'got one
got two'
	tap_is "$name: the server saw the end" "$(printed answer)" ''
	serve sink 81 stream
	tap_is "$name: set -C is no hindrance" \
		"$(in_shell "$2" noclobber "$dial/$3:81")" sent
	tap_is "$name: and it arrived" "$(printed sink)" careful
	tap_is "$name: refused, with the reason" \
		"$(in_shell "$2" refused "$dial/$3:82")" \
		"111 ECONNREFUSED connect $3:82: nothing listens on that port
and goes on"
	serve dgram 53 dgram
	tap_is "$name: datagrams" \
		"$(in_shell "$2" talk "${dial%/stream/dial}/dgram/dial/$3:53")" \
		'got one
got two'
	tap_stop "$TAP_PID"
}

# of_program WHERE NAME TYPE COMMAND...: sends the file whole
of_program()
{
	serve sink 90 "$3"
	# shellcheck disable=SC2086
	tap_ok "$1: $2" tap_timed $here "${@:4}"
	tap_is "$1: $2: whole" "$(printed sink | sum)" "$want"
}

# of_programs WHERE NODE DIAL
of_programs()
{
	local dial=$3 file=$TAP_DIR/file

	serve daytime 13 stream
	# shellcheck disable=SC2016,SC2086
	tap_is "$1: cat < is a client" \
		"$(tap_timed $here sh -c 'cat <"$1"' - "$dial/$2:13" 2>&1)" \
		'it is
late'
	of_program "$1" cp stream cp "$file" "$dial/$2!90"
	# shellcheck disable=SC2016
	of_program "$1" 'cat >' stream \
		sh -c 'cat "$1" >"$2"' - "$file" "$dial/$2:90"
	of_program "$1" 'dd, odd blocks' stream \
		dd if="$file" of="$dial/$2:90" bs=7777 status=none
	of_program "$1" 'dd of seqpackets' seqpacket \
		dd if="$file" of="${dial%/stream/dial}/seqpacket/dial/$2:90" \
		bs=50000 status=none
}

# of_all WHERE NODE
of_all()
{
	local shell dial=$dials/stream/dial

	for shell in "${shells[@]}"; do
		of_shell "$1" "$shell" "$2" "$dial"
	done
	of_programs "$1" "$2" "$dial"
}

tap_plan $((4 * 6 + 2 * 9 + ETHER_ENDED))

head -c 1500001 /dev/urandom >"$TAP_DIR/file"
want=$(sum <"$TAP_DIR/file")

here='' there='' tree=$TOYFS dials=$TOYFS
of_all here 1

ether_scene
here="nsenter --net=/run/netns/$ETHER_NET-0"
there="nsenter --net=/run/netns/$ETHER_NET-1"
tree=$(ether_fs 1) dials=$(ether_fs 0)
shells=(dash)
of_all cable 3
ether_ended
