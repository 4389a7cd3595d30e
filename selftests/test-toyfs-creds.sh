#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Whose rights a command of toyfs has: those of who opened the file, whoever
# writes to it. And what AppArmor says.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl setpriv unshare gcc

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
chmod 755 "$TAP_DIR"
T=$TOYFS/stream

tap_cleanup()
{
	[ ! -e "$TAP_DIR/profiles" ] || apparmor_parser -R "$TAP_DIR/profiles"
}

# A program that is root whoever starts it, and the same without that
cat >"$TAP_DIR/helper.c" <<'EOF'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* helper FILE COMMAND: FILE is opened here; "3" is a descriptor of the caller */
int main(int argc, char **argv)
{
	int fd = 3;

	if (argc != 3 || geteuid())
		return puts("is not root") == EOF;
	if (strcmp(argv[1], "3"))
		fd = open(argv[1], O_RDWR);
	if (write(fd, argv[2], strlen(argv[2])) < 0)
		return puts(strerrorname_np(errno)) == EOF;
	puts("done");
	return 0;
}
EOF
gcc -D_GNU_SOURCE -O1 -Wall -o "$TAP_DIR/plain" "$TAP_DIR/helper.c" || exit 1
cp "$TAP_DIR/plain" "$TAP_DIR/helper"
chmod 4755 "$TAP_DIR/helper"

ann()
{
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

# ann_lends SETUP COMMAND: runs SETUP as ann, then the helper on descriptor 3,
# then shows what err has of it
ann_lends()
{
	ann bash -c "T=$T; $1; $TAP_DIR/helper 3 '$2'
		sed 's/: .*//' \$T/\$n/err" 2>&1
}

# Tells each caller what it sees of him
cat >"$TAP_DIR/who.pl" <<'EOF'
use Socket;
use Toy;
$| = 1;
my $server = toy_server(SOCK_STREAM, 9980);
print "ready\n";
while (accept(my $sock, $server)) {
	my ($pid, $uid, $gid) =
		unpack('l L L', getsockopt($sock, SOL_SOCKET, 17));
	syswrite($sock, "uid $uid gid $gid\n");
}
EOF

# As ann or root has them
clone='exec 3<>$T/clone; read n <&3'
ctl='exec 4<>$T/clone; read n <&4; exec 3<>$T/$n/ctl'
write_only='exec 4<>$T/clone; read n <&4; exec 3>$T/$n/ctl'

lent()
{
	tap_is 'helper: has rights of its own' \
		"$(ann "$TAP_DIR/helper" "$T/clone" 'bind *:80')" 'done'
	tap_is 'helper: a clone that it was lent has none' \
		"$(ann_lends "$clone" 'bind *:80')" \
		"EACCES
13 EACCES bind *:80"
	tap_is 'helper: a ctl has none' \
		"$(ann_lends "$ctl" 'announce *:80')" \
		"EACCES
13 EACCES bind *:80"
	tap_is 'helper: nor has one for writing only' \
		"$(ann_lends "$write_only" 'bind *:1023')" \
		"EACCES
13 EACCES bind *:1023"
	tap_is 'helper: what the opener may, it may' \
		"$(ann_lends "$clone" 'bind *:1024')" 'done'
}

peers()
{
	tap_start who perl -I"$TAP_LIB" "$TAP_DIR/who.pl"
	tap_until grep -q ready "$TAP_DIR/who.out"
	tap_is 'peer: a user, by files' "$(ann bash -c "T=$T; $clone
		echo 'connect 1:9980' >&3; cat \$T/\$n/data" 2>&1)" \
		'uid 1001 gid 1001'
	tap_is 'peer: the helper for him' "$(ann bash -c "T=$T; $clone
		$TAP_DIR/helper 3 'connect 1:9980'; cat \$T/\$n/data" 2>&1)" \
		"done
uid 1001 gid 1001"
	# shellcheck disable=SC2016
	tap_is 'peer: he, by what root has opened' "$(eval "$clone"
		ann sh -c 'echo "connect 1:9980" >&3'; cat "$T/$n/data")" \
		'uid 0 gid 0'
	tap_stop "$TAP_PID"
}

dropped()
{
	local n

	exec 3<>"$T/clone"
	read -r n <&3
	tap_ok 'root opens, a user writes: with the rights of root' \
		ann sh -c 'echo "announce *:80" >&3'
	tap_like 'root opens, a user writes: it is done' \
		"$(cat "$T/$n/status")" '*state=listen local=[*]:80 *'
	exec 3>&-
	tap_is 'root of a user namespace: has none here' "$(unshare -Ur sh -c \
		"T=$T; $clone; echo 'bind *:80' >&3 ||
		 sed 's/: .*//' \$T/\$n/err" 2>/dev/null)" '13 EACCES bind *:80'
	tap_is 'a user: no ctl of the tree' "$(ann sh -c \
		"(echo 'node 5' >$TOYFS/ctl) 2>&1" | grep -ci 'denied')" 1
	# The right to open it is no right to change the node.
	tap_is 'no CAP_NET_ADMIN: the ctl of the tree' "$(setpriv \
		--bounding-set -net_admin --inh-caps -net_admin \
		"$TAP_DIR/plain" "$TOYFS/ctl" 'node 5')" EPERM
}

# --- AppArmor

cat >"$TAP_DIR/talk.sh" <<'EOF'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "announce *:9981" >&3
exec 4<>$T/clone; read c <&4; echo "connect 1:9981" >&4
exec 5<>$T/$n/listen; read d <&5
echo "said and heard" >$T/$c/data; read r <$T/$d/data; echo "$r"
cat $T/$c/remote
EOF

cat >"$TAP_DIR/rules" <<'EOF'
abi <kernel>,
profile toy-test-some flags=(attach_disconnected) {
	file, network, capability,
	deny /net/toy/dgram/clone rw,
}
profile toy-test-mute flags=(attach_disconnected) {
	file, capability,
}
EOF

# confined PROFILE COMMAND...
confined()
{
	# shellcheck disable=SC2016 # the shell that is confined expands it
	sh -c 'echo "exec $0" >/proc/self/attr/apparmor/exec && exec "$@"' "$@"
}

apparmor()
{
	local n open

	apparmor_parser -K -r "$TAP_DIR/rules" 2>&1 | sed 's/^/# /'
	mv "$TAP_DIR/rules" "$TAP_DIR/profiles"
	tap_is 'AppArmor: a profile that allows: two ends talk' \
		"$(confined toy-test-some bash "$TAP_DIR/talk.sh" 2>&1)" \
		"said and heard
1:9981"
	tap_is 'AppArmor: a file that it denies' \
		"$(confined toy-test-some sh -c ": <>$TOYFS/dgram/clone" 2>&1 |
		   grep -c 'Permission denied')" 1
	# Descriptors are looked at again when a profile is entered.
	exec 3<>"$T/clone"
	read -r n <&3
	tap_is 'AppArmor: descriptors from before' \
		"$(confined toy-test-some sh -c \
		   'echo "announce *:9982" >&3 && cat <&3' 2>&1)" "$n"
	exec 3>&-
	# shellcheck disable=SC2016
	open='print sysopen(my $f, $ARGV[0], O_RDWR) ? 0 : toy_errno()'
	# shellcheck disable=SC2016
	tap_is 'AppArmor: no network: no socket(2)' "$(
		confined toy-test-mute perl -I"$TAP_LIB" -MToy -e \
		'print socket(my $s, AF_TOY, 1, 0) ? 0 : toy_errno()')" EACCES
	tap_is 'AppArmor: no network: no clone' "$(
		confined toy-test-mute perl -I"$TAP_LIB" -MToy -MFcntl -e \
		"$open" "$T/clone")" EACCES
}

tap_plan 19

lent
peers
dropped
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
	for i in 1 2 3 4 5; do
		tap_skip "AppArmor $i" 'it is off'
	done
elif ! command -v apparmor_parser >/dev/null; then
	for i in 1 2 3 4 5; do
		tap_skip "AppArmor $i" 'no apparmor_parser'
	done
else
	apparmor
fi
tap_ok 'all: nothing is left' tap_until toyfs_is 0
