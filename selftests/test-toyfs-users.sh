#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may what in toyfs: owners, modes, sockets that were not made here, and
# those that are hidden from others.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl setpriv ip nsenter

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
chmod 755 "$TAP_DIR"
net=toy-users-$$
hidden=$TAP_DIR/hidden
mkdir "$hidden"

tap_cleanup()
{
	umount -l "$hidden"
	ip netns del "$net"
}

# Prefixes for a command: two users, bob of the group 3000 too; root with less
ann()
{
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

bob()
{
	setpriv --reuid 1002 --regid 1002 --groups 3000 "$@"
}

harmless()
{
	setpriv --bounding-set -dac_override,-dac_read_search \
		--inh-caps -dac_override,-dac_read_search "$@"
}

# The same within the other namespace
inside()
{
	nsenter --net="/run/netns/$net" "$@"
}

ann_inside()
{
	inside setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

bob_inside()
{
	inside setpriv --reuid 1002 --regid 1002 --clear-groups "$@"
}

cat >"$TAP_DIR/open.pl" <<'EOF'
use Fcntl;
use Toy;
print sysopen(my $f, $ARGV[0], O_RDWR | O_NONBLOCK) ? "open\n" :
      toy_errno() . "\n";
EOF

# may WHO PATH: opens it for both, and says what comes of it
may()
{
	"$1" perl -I"$TAP_LIB" "$TAP_DIR/open.pl" "$2"
}

# may_all WHO DIR: the same of ctl, data and listen
may_all()
{
	echo "$(may "$1" "$2/ctl"),$(may "$1" "$2/data"),$(
		may "$1" "$2/listen")"
}

# A socket that lives until its keeper is stopped
cat >"$TAP_DIR/keep" <<'EOF'
exec 3<>$1/clone; read n <&3
shift
for c; do echo "$c" >&3; done
echo $n
exec sleep 1000
EOF

# keep WHO TREE COMMAND...: leaves its directory in $dir
keep()
{
	rm -f "$TAP_DIR/keep.out"
	tap_start keep "$1" sh "$TAP_DIR/keep" "${@:2}"
	keeper=$TAP_PID
	tap_until grep -q '^[0-9]' "$TAP_DIR/keep.out"
	dir=$2/$(cat "$TAP_DIR/keep.out")
}

modes()
{
	stat -c %a "$dir/ctl" "$dir/data" "$dir/listen" | tr '\n' ' '
}

owners()
{
	stat -c %u:%g "$dir" "$dir/ctl" "$dir/data" "$dir/listen" \
		"$dir/status" "$dir/local" | sort -u | tr '\n' ' '
}

# denied COMMAND...: 1 where it fails with EPERM
denied()
{
	"$@" 2>&1 | grep -c 'not permitted'
}

owner()
{
	keep ann "$TOYFS/stream" 'announce *:9970'
	tap_is 'owner: all files are of who made it' "$(owners)" '1001:1001 '
	tap_is 'owner: modes of the three' "$(modes)" '600 600 600 '
	tap_is 'owner: a directory is for looking' "$(stat -c %a "$dir")" 555
	tap_is 'owner: the rest too' \
		"$(stat -c %a "$dir/status" "$dir/err" | sort -u)" 444
	tap_like 'owner: status has him' "$(cat "$dir/status")" \
		'* uid=1001 gid=1001 *'
	tap_is 'owner: may open the three' "$(may_all ann "$dir")" \
		open,open,open
	tap_is 'another: may not' "$(may_all bob "$dir")" EACCES,EACCES,EACCES
	tap_is 'root: may' "$(may_all env "$dir")" open,open,open
	tap_is 'root without CAP_DAC_OVERRIDE: may not' \
		"$(may_all harmless "$dir")" EACCES,EACCES,EACCES
	tap_like 'another: may look' "$(bob cat "$dir/status")" '*state=listen*'
	tap_is 'another: no ctl of the tree' "$(may bob "$TOYFS/ctl")" EACCES
}

change()
{
	tap_is 'chmod: by another' "$(denied bob chmod 0666 "$dir/data")" 1
	tap_ok 'chmod: by the owner' ann chmod 0660 "$dir/data"
	tap_is 'chmod: changes the three' "$(modes)" '660 660 660 '
	ann chmod 0755 "$dir/ctl" 2>/dev/null
	tap_is 'chmod: keeps what a socket has use for' "$(modes)" \
		'644 644 644 '
	tap_is 'chmod: of what shows only' \
		"$(denied ann chmod 0666 "$dir/status")" 1
	tap_is 'chmod: of the directory' "$(denied ann chmod 0777 "$dir")" 1
	tap_is 'chown: by the owner' "$(denied ann chown 1002 "$dir/ctl")" 1
	ann chmod 0660 "$dir/listen"
	tap_ok 'chown: by root' chown 1001:3000 "$dir/data"
	tap_is 'chown: changes all' "$(owners)" '1001:3000 '
	tap_is 'chown: the group may open' "$(may_all bob "$dir")" \
		open,open,open
	tap_ok 'chown: of the directory' chown 1002:1002 "$dir"
	tap_is 'chown: gives it away' "$(owners)" '1002:1002 '
	tap_is 'chown: and the former owner is out' "$(may_all ann "$dir")" \
		EACCES,EACCES,EACCES
	tap_stop "$keeper"
}

tree_is_fixed()
{
	local who want word

	for who in env ann; do
		want='Operation not permitted'
		[ $who = env ] || want='Permission denied'
		for word in 'mkdir new' 'mkdir stream/new' 'rmdir stream' \
			    'rm -f stream/clone' 'mv stats other' \
			    'ln -s stats new' 'mknod new p'; do
			# shellcheck disable=SC2086 # a command with arguments
			tap_is "${who/env/root}: $word" "$(cd "$TOYFS" &&
				$who $word 2>&1 | grep -c "$want")" 1
		done
		tap_is "${who/env/root}: a new file" "$(
			$who sh -c ": >$TOYFS/new" 2>&1 |
			grep -cE 'No such file|nonexistent')" 1
	done
}

# Listens, then sets the mode that each line has, and tells how that went
cat >"$TAP_DIR/socket.pl" <<'EOF'
use Socket;
use Toy;
$| = 1;
my $server = toy_server(SOCK_STREAM, 9971);
while (<STDIN>) {
	print setsockopt($server, SOL_TOY, 8, pack('i', oct($_))) ?
		"0\n" : toy_errno() . "\n";
}
EOF

more_lines()
{
	[ "$(wc -l <"$TAP_DIR/owner.out")" -gt "$1" ]
}

# opt_in MODE: what the owner's setsockopt says
opt_in()
{
	local lines

	lines=$(wc -l <"$TAP_DIR/owner.out")
	echo "$1" >&9
	tap_until more_lines "$lines"
	tail -n 1 "$TAP_DIR/owner.out"
}

by_socket()
{
	local all=EPERM,EPERM,EPERM pid

	mkfifo "$TAP_DIR/orders"
	exec 9<>"$TAP_DIR/orders"
	ann perl -I"$TAP_LIB" "$TAP_DIR/socket.pl" <"$TAP_DIR/orders" \
		>"$TAP_DIR/owner.out" 2>&1 9>&- &
	pid=$!
	tap_until toyfs_listens stream 9971
	dir=$TOYFS/stream/$(toyfs_find stream 'local=[*]:9971 ')
	tap_is 'socket(2): is of its maker' "$(owners)" '1001:1001 '
	tap_is 'socket(2): closed' "$(modes)" '0 0 0 '
	tap_is 'socket(2): to its owner' "$(may_all ann "$dir")" $all
	tap_is 'socket(2): to another' "$(may_all bob "$dir")" $all
	tap_is 'socket(2): and to root' "$(may_all env "$dir")" $all
	tap_is 'socket(2): chmod does not open it' \
		"$(denied ann chmod 0600 "$dir/data")" 1
	tap_is 'socket(2): nor does chown' "$(denied chown 0 "$dir/data")" 1
	tap_is 'TOY_FSMODE: other bits' "$(opt_in 0700)" EINVAL
	tap_is 'TOY_FSMODE: 0600' "$(opt_in 0600)" 0
	tap_is 'TOY_FSMODE: opens it to its owner' "$(may_all ann "$dir")" \
		open,open,open
	tap_is 'TOY_FSMODE: not to another' "$(may_all bob "$dir")" \
		EACCES,EACCES,EACCES
	tap_is 'TOY_FSMODE: is the mode' "$(modes)" '600 600 600 '
	tap_is 'TOY_FSMODE: 0' "$(opt_in 0)" 0
	tap_is 'TOY_FSMODE: closes it again' "$(may_all ann "$dir")" $all
	exec 9>&-
	wait "$pid"
	tap_ok 'socket(2): goes with its owner' tap_until test ! -e "$dir"
}

# has_open PID PATH
has_open()
{
	readlink "/proc/$1/fd"/* | grep -qxF -- "$2"
}

hide()
{
	local reader fixed=$'clone\ndial'

	ip netns add "$net" && inside mount -t toyfs -o hide=1 none "$hidden"
	tap_is 'hide: mounted so' "$?" 0
	tap_start events nsenter --net="/run/netns/$net" setpriv --reuid 1002 \
		--regid 1002 --clear-groups cat "$hidden/events"
	reader=$TAP_PID
	tap_until has_open "$reader" "$hidden/events"
	keep ann_inside "$hidden/stream" 'announce *:9972'
	tap_is 'hide: another does not see it' \
		"$(bob_inside ls "$hidden/stream")" "$fixed"
	tap_is 'hide: nor finds it' "$(may bob_inside "$dir/data")" ENOENT
	tap_like 'hide: the owner does' "$(ann_inside cat "$dir/status")" \
		'*state=listen*'
	tap_is 'hide: and lists it' \
		"$(ann_inside ls "$hidden/stream" | wc -l)" 3
	tap_is 'hide: so does root' "$(inside ls "$hidden/stream" | wc -l)" 3
	tap_is 'hide: root without CAP_NET_ADMIN does not' \
		"$(inside setpriv --bounding-set -net_admin \
		   --inh-caps -net_admin ls "$hidden/stream")" "$fixed"
	# What others have looked at is no way in.
	tap_is 'hide: still not for another' \
		"$(bob_inside ls "$dir" 2>&1 | grep -c 'No such file')" 1
	tap_stop "$keeper"
	keep bob_inside "$hidden/dgram" 'bind *:9973'
	tap_until grep -q 'type=dgram' "$TAP_DIR/events.out"
	tap_is 'hide: events are of what is seen' \
		"$(sed 's/.*\(type=[a-z]*\).*/\1/' "$TAP_DIR/events.out" |
		   sort -u)" type=dgram
	tap_stop "$keeper"
	tap_stop "$reader"
}

tap_plan 65

owner
change
tree_is_fixed
by_socket
hide
tap_ok 'all: nothing is left' tap_until toyfs_is 0
