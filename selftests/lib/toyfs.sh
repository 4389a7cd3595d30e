# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the shell tests of toyfs share, on top of tap.sh: the tree as it is now.

TOYFS=${TOYFS:-/net/toy}

# toyfs_need PROGRAM...: as tap_need, and toyfs where everybody expects it
toyfs_need()
{
	tap_need "$@"
	grep -qw toyfs /proc/filesystems || tap_skip_all "no toyfs"
	[ "$(stat -f -c %t "$TOYFS" 2>/dev/null)" = 544f5946 ] ||
		tap_skip_all "no toyfs at $TOYFS"
}

# toyfs_list [TREE]: the directories of sockets, one a line
toyfs_list()
{
	find "${1:-$TOYFS}" -mindepth 2 -maxdepth 2 -type d ! -name dial
}

toyfs_count()
{
	toyfs_list "$@" | wc -l
}

# toyfs_is COUNT [TREE]: whether there are so many sockets
toyfs_is()
{
	[ "$(toyfs_count "${@:2}")" -eq "$1" ]
}

# toyfs_find TYPE PATTERN: the number of the one whose status matches
toyfs_find()
{
	grep -ls -e "$2" "$TOYFS/$1"/[0-9]*/status | head -n 1 |
		sed 's,/status$,,; s,.*/,,'
}

# toyfs_has TYPE PATTERN: whether there is one
toyfs_has()
{
	[ -n "$(toyfs_find "$1" "$2")" ]
}

# toyfs_listens TYPE PORT: whether a listener of any node has this port
toyfs_listens()
{
	toyfs_has "$1" "state=listen local=[*]:$2 "
}

# What TAP_PID tells of a program that tap_start began
gone()
{
	! kill -0 "$1"
}

# Sockets of the family in this namespace, as the kernel counts them
toy_sockets()
{
	awk '$1 == "TOY" { print $3 }' /proc/net/protocols
}

toy_refcnt()
{
	cat /sys/module/toy/refcnt
}

# toy_refcnt_is COUNT
toy_refcnt_is()
{
	[ "$(toy_refcnt)" -eq "$1" ]
}

sum()
{
	sha256sum | cut -d' ' -f1
}

# upper TYPE PORT: sockets that answer each line or message in capitals
upper()
{
	# shellcheck disable=SC2016
	tap_start "upper.$1.$2" perl -I"$TAP_LIB" -MSocket -MToy -e '
		my ($type, $port) = @ARGV;
		$| = 1;
		$SIG{CHLD} = "IGNORE";
		my $server = toy_server($type, $port);
		print "ready\n";
		while ($type == SOCK_DGRAM) {
			my $from = recv($server, my $text, 70000, 0);
			send($server, uc($text), 0, $from);
		}
		while (accept(my $sock, $server)) {
			next if fork();
			while (sysread($sock, my $text, 70000)) {
				syswrite($sock, uc($text));
			}
			exit(0);
		}' "$@"
	tap_until grep -q ready "$TAP_DIR/upper.$1.$2.out"
}

# caller PORT TYPE TEXT: a client on sockets; prints the answer
caller()
{
	# shellcheck disable=SC2016
	perl -I"$TAP_LIB" -MSocket -MToy -e 'alarm(60);
		my $sock = toy_client($ARGV[1], $ARGV[0], 1);
		syswrite($sock, "$ARGV[2]\n");
		shutdown($sock, 1);
		print <$sock>;' "$@" 2>&1
}
