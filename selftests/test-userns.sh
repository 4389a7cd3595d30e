#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may bind a privileged port, and whose credentials a peer sees: users,
# capabilities, user namespaces.

. "$(dirname "$0")/lib/tap.sh"
tap_need perl unshare setpriv

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
unshare -Ur true 2>/dev/null || tap_skip_all "no user namespaces"

# try_bind TYPE PORT: prints 0 or the errno; a prefix is put in front of perl
cat >"$TAP_DIR/bind.pl" <<'END'
use Toy;
my $sock;
socket($sock, AF_TOY, $ARGV[0], 0) or die("socket: $!\n");
print bind($sock, toy_addr($ARGV[1], 0)) ? "0\n" : toy_errno() . "\n";
END
chmod 755 "$TAP_DIR"
chmod 644 "$TAP_DIR/bind.pl"

# bound PORT PREFIX...: what stream, seqpacket and dgram say, by commas
bound()
{
	local port=$1 type all=

	shift
	for type in 1 5 2; do
		all="$all,$("$@" perl -I"$TAP_LIB" "$TAP_DIR/bind.pl" \
			"$type" "$port" 2>&1)"
	done
	echo "${all#,}"
}

nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
denied=EACCES,EACCES,EACCES

tap_plan 26

# --- users and capabilities

tap_is 'root: port 80' "$(bound 80 env)" 0,0,0
tap_is 'user: port 80' "$(bound 80 $nobody)" "$denied"
tap_is 'user: port 1' "$(bound 1 $nobody)" "$denied"
tap_is 'user: port 1023' "$(bound 1023 $nobody)" "$denied"
tap_is 'user: port 1024' "$(bound 1024 $nobody)" 0,0,0
tap_is 'user: any port' "$(bound 0 $nobody)" 0,0,0
tap_is 'user with CAP_NET_BIND_SERVICE: port 80' \
	"$(bound 80 $nobody --inh-caps +net_bind_service \
	   --ambient-caps +net_bind_service)" 0,0,0
tap_is 'user with another capability: port 80' \
	"$(bound 80 $nobody --inh-caps +net_admin --ambient-caps +net_admin)" \
	"$denied"
tap_is 'root without CAP_NET_BIND_SERVICE: port 80' \
	"$(bound 80 setpriv --bounding-set -net_bind_service \
	   --inh-caps -net_bind_service)" "$denied"

# --- user namespaces

tap_is 'root of a user namespace, its own network: port 80' \
	"$(bound 80 unshare -Urn)" 0,0,0
tap_is 'root of a user namespace, the network of the host: port 80' \
	"$(bound 80 unshare -Ur)" "$denied"
tap_is 'root of a user namespace, the network of the host: port 1024' \
	"$(bound 1024 unshare -Ur)" 0,0,0
tap_is 'user in a network of the host: port 80' \
	"$(bound 80 unshare -n $nobody)" "$denied"
tap_is 'root in a network of the host: port 80' \
	"$(bound 80 unshare -n)" 0,0,0
tap_is 'a user made root of a user namespace: port 80 of its network' \
	"$(bound 80 $nobody unshare -Urn)" 0,0,0
tap_is 'a user made root of a user namespace: port 80 of the host' \
	"$(bound 80 $nobody unshare -Ur)" "$denied"
# Two levels: the network belongs to the outer one.
tap_is 'root of an inner user namespace, the network of the outer: port 80' \
	"$(bound 80 unshare -Urn unshare -Ur)" "$denied"

cat >"$TAP_DIR/force.pl" <<'END'
use Socket;
use Toy;
my $sock = toy_socket(SOCK_STREAM);
print setsockopt($sock, SOL_SOCKET, 32, pack('i', 5000000)) ?
	"0\n" : toy_errno() . "\n";
END
tap_is 'root of a user namespace: no SO_SNDBUFFORCE' \
	"$(unshare -Urn perl -I"$TAP_LIB" "$TAP_DIR/force.pl")" EPERM

cat >"$TAP_DIR/knob.pl" <<'END'
use Fcntl;
use Toy;
my $file;
sysopen($file, '/proc/sys/net/toy/node', O_WRONLY) &&
	defined(syswrite($file, "5\n")) or print(toy_errno(), "\n"), exit;
open($file, '<', '/proc/sys/net/toy/node');
print <$file>;
END
before=$(cat /proc/sys/net/toy/node)
$nobody perl -I"$TAP_LIB" "$TAP_DIR/knob.pl" >"$TAP_DIR/knob" 2>&1
tap_is 'user: no net.toy.node' "$(cat "$TAP_DIR/knob")" EACCES
unshare -Urn perl -I"$TAP_LIB" "$TAP_DIR/knob.pl" >"$TAP_DIR/knob" 2>&1
tap_is 'root of a user namespace: net.toy.node of its own network' \
	"$(cat "$TAP_DIR/knob")" 5
tap_is 'and not that of the host' "$(cat /proc/sys/net/toy/node)" "$before"

# --- whose credentials

# A server that tells each caller who he is: uid, gid, and whether the process
# can be seen; the caller tells whom it has called.
cat >"$TAP_DIR/who.pl" <<'END'
use Socket;
use Toy;
$| = 1;
my $server = toy_server(SOCK_STREAM, 9400);
print "ready\n";
while (accept(my $sock, $server)) {
	my ($pid, $uid, $gid) =
		unpack('l L L', getsockopt($sock, SOL_SOCKET, 17));
	syswrite($sock, "$uid $gid");
}
END
cat >"$TAP_DIR/call.pl" <<'END'
use Socket;
use Toy;
my $sock = toy_client(SOCK_STREAM, 9400);
my ($pid, $uid, $gid) = unpack('l L L', getsockopt($sock, SOL_SOCKET, 17));
sysread($sock, my $me, 100);
print "I am $me, you are $uid $gid\n";
END
call()
{
	"$@" perl -I"$TAP_LIB" "$TAP_DIR/call.pl" 2>&1
}

tap_start who perl -I"$TAP_LIB" "$TAP_DIR/who.pl"
server=$TAP_PID
tap_until grep -q ready "$TAP_DIR/who.out"
tap_is 'SO_PEERCRED: root and root' "$(call env)" 'I am 0 0, you are 0 0'
tap_is 'SO_PEERCRED: a user calls root' "$(call $nobody)" \
	'I am 65534 65534, you are 0 0'
# There, root of here is nobody's number but its own one, which is mapped to 0.
tap_is 'SO_PEERCRED: seen from a user namespace of root' \
	"$(call unshare -Ur)" 'I am 0 0, you are 0 0'
tap_is 'SO_PEERCRED: unmapped in a user namespace of a user' \
	"$(call $nobody unshare -Ur)" \
	'I am 65534 65534, you are 65534 65534'
tap_stop "$server"

# uid and gid as they were at connect, not as they are when they are asked for.
cat >"$TAP_DIR/later.pl" <<'END'
use POSIX;
use Socket;
use Toy;
my $server = toy_server(SOCK_STREAM, 9401);
my $caller = toy_client(SOCK_STREAM, 9401);
POSIX::setgid(65534);
POSIX::setuid(65534);
accept(my $sock, $server);
my ($pid, $uid, $gid) = unpack('l L L', getsockopt($sock, SOL_SOCKET, 17));
print "$uid $gid\n";
END
tap_is 'SO_PEERCRED: of the moment of connect' \
	"$(perl -I"$TAP_LIB" "$TAP_DIR/later.pl" 2>&1)" '0 0'
