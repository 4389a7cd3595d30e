#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Mounting toyfs: one tree a network namespace, whose it is and how long it is
# there, options, user namespaces, and the module that none of it lets go.
#
#	  here			  there (ip netns)
#	+-----------------+	+-----------------+
#	| $TOYFS, $a, $b  |	| $there	  |	each sees its own
#	| toyveth0 -------|-----|- toyveth1	  |	gone when the other's
#	+-----------------+	+-----------------+	namespace is

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl ip nsenter unshare setpriv modinfo rmmod

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
net=toy-mounts-$$
ip netns add "$net" 2>/dev/null || tap_skip_all "no network namespaces"
ip link add toyveth0 type veth peer name toyveth1 netns "$net" ||
	tap_skip_all "no veth"

chmod 755 "$TAP_DIR"
a=$TAP_DIR/a
b=$TAP_DIR/b
there=$TAP_DIR/there
mkdir "$a" "$b" "$there"

tap_cleanup()
{
	umount -l "$a"
	umount -l "$b"
	umount -l "$there"
	ip netns del "$net"
	ip link del toyveth0
}

# in_net COMMAND...: in the other network namespace, with the mounts of here
in_net()
{
	nsenter --net="/run/netns/$net" "$@"
}

# mounts OPTIONS DIR [COMMAND...]: mounts, and says what there is to say
mounts()
{
	"${@:3}" mount -t toyfs ${1:+-o "$1"} none "$2" 2>&1 |
		grep -oE 'already mounted|wrong fs type|permission denied|bad usage' |
		head -n 1
	return "${PIPESTATUS[0]}"
}

options()
{
	awk -v dir="$1" '$2 == dir && $3 == "toyfs" { print $4 }' /proc/mounts
}

# new TYPE TREE: a new socket on descriptor 3; its number
new()
{
	exec 3<>"$2/$1/clone"
	read -r number <&3
}

# Tries rmmod all the time; every line it prints but 'in use' is a failure.
cat >"$TAP_DIR/rmmod" <<'EOF'
while [ ! -e "$1" ]; do
	rmmod toy 2>&1 && echo 'unloaded!'
	sleep 0.05
done
EOF

one_tree()
{
	tap_like 'mount: /proc/mounts has it' "$(options "$TOYFS")" 'rw,*'
	tap_is 'mount: statfs knows it' "$(stat -f -c %t "$TOYFS")" 544f5946
	tap_ok 'mount: a second one' mount -t toyfs none "$a"
	tap_ok 'mount: a third one' mount -t toyfs other "$b"
	tap_is 'mount: they are one super block' "$(stat -c %d "$a" "$b")" \
		"$(stat -c %d "$TOYFS" "$TOYFS")"
	new stream "$a"
	tap_like 'mount: a socket of one is in the other' \
		"$(cat "$b/stream/$number/status")" "id=$number type=stream *"
	tap_is 'mount: as the same file' \
		"$(stat -c %i "$b/stream/$number/status")" \
		"$(stat -c %i "$a/stream/$number/status")"
	tap_ok 'umount: of the one that it was made in' umount -l "$a"
	echo 'announce *:9960' >&3
	tap_like 'umount: the socket is alive' \
		"$(cat "$b/stream/$number/status")" '*state=listen*:9960*'
	exec 3>&-
	tap_ok 'umount: of the other' umount "$b"
	tap_ok 'umount: the first is as ever' tap_until toyfs_is 0
}

# Descriptors stay when the tree has gone from their sight.
lazily()
{
	local refs n c

	refs=$(toy_refcnt)
	in_net mount -t toyfs -o foreign none "$there"
	new stream "$there"
	n=$number
	echo 'announce *:80' >&3
	exec 4<>"$there/stream/clone"
	read -r c <&4
	exec 5<>"$there/stream/$n/listen" 6<>"$there/stream/$c/data"
	exec 7<"$there/stream/$c/status" 8<"$there/events"
	tap_is 'umount: busy with open files' \
		"$(umount "$there" 2>&1 | grep -c busy)" 1
	tap_ok 'umount -l: does it' umount -l "$there"
	tap_ok 'umount -l: the tree is out of sight' \
		test ! -e "$there/stream"
	echo 'connect 1:80' >&4
	read -r n <&5
	tap_like 'umount -l: descriptors work: accept' "$n" '[0-9]*'
	tap_like 'umount -l: descriptors work: status' "$(cat <&7)" \
		'*state=established*'
	tap_ok 'umount -l: descriptors work: data' \
		sh -c 'echo "to nobody" >&6'
	tap_ok 'umount -l: the module has users' \
		test "$(toy_refcnt)" -gt "$refs"
	exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&-
	tap_ok 'umount -l: the last close lets all go' \
		tap_until toy_refcnt_is "$refs"
}

option_table()
{
	local o

	for o in mode=0700 mode=0610 mode=abc hide=2 nonsense gid=-2; do
		tap_like "options: $o is no option" \
			"$(mounts "$o" "$there" in_net)" 'wrong fs type'
		in_net umount "$there" 2>/dev/null
	done
	tap_ok 'options: all of them' \
		mounts gid=7,mode=0660,hide=1,foreign "$there" in_net
	tap_is 'options: /proc/mounts has them' \
		"$(options "$there" | tr ',' '\n' |
		   grep -E '^(gid|mode|hide|foreign)' | sort | tr '\n' ' ' |
		   sed 's/mode=0*/mode=/')" 'foreign gid=7 hide=1 mode=660 '
	for o in gid=8 mode=0600 hide=0; do
		tap_is "options: $o of a second mount" \
			"$(mounts "$o" "$a" in_net)" 'already mounted'
	done
	tap_ok 'options: a second mount may ask for the same' \
		mounts gid=7,hide=1 "$a" in_net
	tap_ok 'options: or for nothing' mounts '' "$b" in_net
	tap_is 'options: and has them all the same' "$(options "$b")" \
		"$(options "$there")"
	umount "$a" "$b"
	in_net bash -c "exec 3<>$there/dgram/clone; read n <&3
		stat -c '%a %g' $there/dgram/\$n/data" >"$TAP_DIR/mode"
	tap_is 'options: mode and gid are those of new sockets' \
		"$(cat "$TAP_DIR/mode")" '660 7'
	tap_ok 'options: remount changes them' \
		mount -o remount,mode=0640,hide=0 "$there"
	tap_like 'options: remount: /proc/mounts has the new ones' \
		"$(options "$there")" '*mode=*640*'
	umount "$there"
	mounts '' "$there" in_net
	tap_is 'options: a namespace without mounts forgets them' \
		"$(options "$there" | grep -cE 'gid|mode|hide|foreign')" 0
	umount "$there"
}

# trespass PATH: opens it for both from the other namespace
trespass()
{
	in_net perl -MFcntl -MErrno -e \
		'print(sysopen(my $f, $ARGV[0], O_RDWR) ? "open" :
		       $!{EACCES} ? "EACCES" : $!)' "$1"
}

inherited()
{
	local file

	new stream "$TOYFS"
	echo 'announce *:9961' >&3
	for file in ctl stream/clone dgram/clone "stream/$number/ctl" \
		    "stream/$number/data" "stream/$number/listen"; do
		tap_is "inherited: no way in by $file" \
			"$(trespass "$TOYFS/$file" | sed 's/[0-9]\+/N/')" EACCES
	done
	tap_like 'inherited: the rest can be looked at' \
		"$(in_net cat "$TOYFS/stream/$number/status")" '*listen*'
	# shellcheck disable=SC2016
	tap_is 'inherited: a descriptor that was passed works' "$(
		exec 5<>"$TOYFS/stream/clone"
		read -r n <&5
		in_net sh -c 'echo "connect 1:9961" >&5; echo $?')" 0
	tap_ok 'foreign: remounted so' mount -o remount,foreign "$TOYFS"
	tap_like 'foreign: /proc/mounts has it' "$(options "$TOYFS")" \
		'*,foreign*'
	tap_is 'foreign: clone opens' "$(trespass "$TOYFS/stream/clone")" open
	in_net sh -c "exec 5<>$TOYFS/stream/clone; read n <&5
		echo 'connect 1:9961' >&5 && cat $TOYFS/stream/\$n/remote" \
		>"$TAP_DIR/remote" 2>&1
	tap_is 'foreign: and is a socket of the mount, not of the opener' \
		"$(cat "$TAP_DIR/remote")" 1:9961
	exec 3>&-
	tap_ok 'noforeign: remounted so' mount -o remount,noforeign "$TOYFS"
	tap_is 'noforeign: clone does not' \
		"$(trespass "$TOYFS/stream/clone")" EACCES
}

# A namespace that only its mount keeps, and then only open files.
deleted()
{
	in_net mount -t toyfs -o foreign none "$there"
	ip netns del "$net"
	new seqpacket "$there"
	echo 'announce *:9962' >&3
	exec 4<>"$there/seqpacket/clone"
	tap_ok 'netns del: sockets of it meet' \
		sh -c 'echo "connect 1:9962" >&4'
	tap_ok 'netns del: and are not of here' toyfs_is 0
	tap_ok 'netns del: the namespace is there: its device' \
		test -e /sys/class/net/toyveth0
	tap_ok 'netns del: umount -l' umount -l "$there"
	# long enough to see it go
	sleep 0.5
	tap_ok 'netns del: files keep it' test -e /sys/class/net/toyveth0
	exec 3>&- 4>&-
	tap_ok 'netns del: the last close ends the namespace' \
		tap_until test ! -e /sys/class/net/toyveth0
}

users()
{
	local nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
	local script="mount -t toyfs none $there || exit
		exec 3<>$there/stream/clone; read n <&3
		echo 'announce *:80' >&3
		stat -c '%u %g' $there/stream/clone $there/stream/\$n/ctl |
			tr '\n' ' '
		sed 's/.*local=\([^ ]*\) .*/\1/' $there/stream/\$n/status"
	local refs

	refs=$(toy_refcnt)
	tap_is 'user namespace: root of it, its own network' \
		"$(unshare -Urnm bash -c "$script" 2>&1)" '0 0 0 0 *:80'
	tap_is 'user namespace: of any user' \
		"$($nobody unshare -Urnm bash -c "$script" 2>&1)" '0 0 0 0 *:80'
	tap_like 'user namespace: not with the network of here' \
		"$(unshare -Urm bash -c "$script" 2>&1)" '*permission denied*'
	tap_like 'user: not without one' \
		"$($nobody bash -c "$script" 2>&1)" '*must be superuser*'
	tap_ok 'user namespace: all is gone with it' \
		tap_until toy_refcnt_is "$refs"
}

tap_plan 64

module=${TOY_KO:-}
if [ -z "$module" ] && [ -r /run/toy-vm/job ]; then
	module=$(. /run/toy-vm/job && echo "$job_toy")
fi
tap_start rmmod sh "$TAP_DIR/rmmod" "$TAP_DIR/stop"
tap_like 'modinfo: mount(2) finds the module by its alias' \
	"$(modinfo -F alias "${module:-toy}" | tr '\n' ' ')" '*fs-toyfs *'

one_tree
lazily
option_table
tap_until grep -q . "$TAP_DIR/rmmod.out"
touch "$TAP_DIR/stop"
wait "$TAP_PID"
tap_is 'rmmod: the module was in use all the time' \
	"$(sed 's/.*Module toy is in use.*/in use/' "$TAP_DIR/rmmod.out" |
	   sort -u)" 'in use'
inherited
deleted
users
