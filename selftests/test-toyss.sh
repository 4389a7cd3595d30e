#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# toyss on sockets that are there: each column against a scene that is known,
# and beside ss on the same scene of TCP and UNIX sockets.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyss.sh"
tap_need perl ip ss nsenter setpriv python3
[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
toyss_build
chmod 755 "$TAP_DIR"
net=toyss-$$
ip netns add "$net" 2>/dev/null || tap_skip_all "no network namespaces"
ip -n "$net" link set lo up

tap_cleanup()
{
	ip netns del "$net"
}

# A command within the namespace; and there as another user
inside()
{
	nsenter --net="/run/netns/$net" "$@"
}

ann()
{
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

ann_inside()
{
	inside setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

# toyss in the namespace, without a header
there()
{
	toyss -N "$net" -H "$@" 2>&1
}

# start NAME COMMAND...: in the namespace, until stop; has said "ready"
start()
{
	local name=$1

	shift
	mkfifo "$TAP_DIR/$name.in"
	rm -f "$TAP_DIR/$name.out"
	tap_start "$name" inside sh -c 'exec 9>&1; exec "$@" <"$0"' \
		"$TAP_DIR/$name.in" "$@"
	eval "pid_$name=$TAP_PID"
	# shellcheck disable=SC2034 # that it is open is its use
	exec {feed}>"$TAP_DIR/$name.in"
	tap_until grep -q ready "$TAP_DIR/$name.out"
}

scene()
{
	start scene perl "$TAP_LIB/toyss-scene" toy_str toy_seq tcp u_str \
		u_seq toy_dgr
}

# rows FILTER...: words of a row, one blank between them
rows()
{
	there -an "$@" | sed 's/  */ /g'
}

connection_rows()
{
	sed "s/^/$1 /" <<'END'
LISTEN 2 5 *:80 *:*
ESTAB 3 5 1:5001 1:80
ESTAB 5 3 1:80 1:5001
FIN-WAIT-2 0 0 1:5002 1:80
CLOSE-WAIT 0 0 1:80 1:5002
ESTAB 0 0 1:5003 1:80
ESTAB 0 0 1:80 1:5003
ESTAB 0 0 1:5004 1:80
ESTAB 0 0 1:80 1:5004
END
}

columns()
{
	local memory

	tap_is 'columns: streams' "$(rows -A toy_str)" \
		"$(connection_rows toy_str)"
	tap_is 'columns: seqpackets' "$(rows -A toy_seq)" \
		"$(connection_rows toy_seq)"
	memory=$(rows -A toy_dgr state established | cut -d' ' -f4)
	tap_is 'columns: datagrams' "$(rows -A toy_dgr)" \
"toy_dgr UNCONN 7 0 *:53 *:*
toy_dgr ESTAB 0 $memory 1:5001 1:53
toy_dgr UNCONN 0 0 *:* *:*"
	tap_ok 'columns: a datagram sender has memory out' \
		test "$memory" -ge 7
	tap_is 'columns: the header' "$(toyss -N "$net" -l | head -n 1 |
		sed 's/  */ /g')" 'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process'
	tap_is 'columns: no trailing blank' \
		"$(toyss -N "$net" -aempio | grep -c '[[:blank:]]$')" 0
	tap_is 'columns: raw sockets, of which there are none' \
		"$(rows -A toy_raw)" ''
}

choices()
{
	tap_is 'default: connected ones' "$(there | wc -l)" 17
	tap_is 'default: none of them listens or is idle' \
		"$(there | grep -cE 'LISTEN|UNCONN')" 0
	tap_is '-a: all' "$(there -a | wc -l)" 21
	tap_is '-l: what waits to be spoken to' \
		"$(there -l | awk '{ print $1, $2, $5 }')" \
"toy_str LISTEN *:80
toy_seq LISTEN *:80
toy_dgr UNCONN *:53
toy_dgr UNCONN *:*"
	tap_is 'filter: a port' "$(there -a sport = :5001 | wc -l)" 3
	tap_is 'filter: both ends' \
		"$(there -a 'sport = :5001 or dport = :5001' | wc -l)" 5
	tap_is 'filter: state and address' \
		"$(rows -A toy_str state close-wait dst 1:5002)" \
		'toy_str CLOSE-WAIT 0 0 1:80 1:5002'
	tap_is 'filter: synchronized' \
		"$(there state synchronized | wc -l)" 17
	tap_is 'filter: bucket' "$(there state bucket)" ''
	tap_is 'filter: none' "$(there -a dst 77; echo "$?")" 0
}

# The rows of ss, with TCP's addresses written as ours
tcp_rows()
{
	inside ss -Htan | awk '{ print $1, $2, $1 == "LISTEN" ? $3 : "-", $4, $5 }' |
		sed 's/127.0.0.1:/1:/g; s/0.0.0.0:/*:/g; s/ 1:80 [*]/ *:80 */' |
		sort
}

# busy NETID COMMAND...: state and queue of its rows in which data waits
busy()
{
	"${@:2}" | grep "^$1" | awk '$3 { print $2, $3, $2 == "LISTEN" ? $4 : "-" }' | sort
}

beside_ss()
{
	local kind

	for kind in str seq; do
		tap_is "ss -t: the rows of toy_$kind are TCP's" \
			"$(there -anA "toy_$kind" |
			   awk '{ print $2, $3, $2 == "LISTEN" ? $4 : "-", $5, $6 }' |
			   sort)" "$(tcp_rows)"
		tap_is "ss -x: the queues of toy_$kind are those of u_$kind" \
			"$(busy "toy_$kind" there -a)" \
			"$(busy "u_$kind" inside ss -Hxa)"
	done
	tap_is 'ss -t: the same default' \
		"$(there -nA toy_str | awk '{ print $5, $6 }' | sort)" \
		"$(inside ss -Htn | awk '{ print $4, $5 }' |
		   sed 's/127.0.0.1:/1:/g' | sort)"
	for kind in connected synchronized bucket big all established \
		    close-wait fin-wait-2 listening closed; do
		tap_is "ss -t: as many $kind" \
			"$(there -A toy_str state $kind | wc -l)" \
			"$(inside ss -Ht state $kind | wc -l)"
	done
	tap_is 'ss -t: the same arrows' \
		"$(there -OeA toy_str state fin-wait-2 state close-wait |
		   sed 's/.* //' | sort)" \
		"$(inside ss -HtOe state fin-wait-2 state close-wait |
		   sed 's/ *$//; s/.* //' | sort)"
	tap_is 'ss -t: the same filter' \
		"$(there -anA toy_str 'sport >= :5002 or not dport < :5003' |
		   wc -l)" \
		"$(inside ss -Htan 'sport >= :5002 or not dport < :5003' |
		   wc -l)"
}

# member ROWS EXPRESSION: of the first socket that a filter chooses, as JSON
member()
{
	# shellcheck disable=SC2086 # a list of words
	there -ajepmi $1 | json_get "$2"
}

details()
{
	local link='-A toy_str src 1:5001' child='-A toy_str dst 1:5001'

	tap_is 'json: all rows' "$(there -aj | json_get 'len(j)')" 21
	tap_is 'json: with everything' \
		"$(there -aj -e -m -p -i -o | json_get 'len(j)')" 21
	tap_is '-e: the inode is the peer of its peer' \
		"$(member "$link" 'j[0]["ino"]')" \
		"$(member "$child" 'j[0]["peer_ino"]')"
	tap_is '-e: a call that nobody accepted has none' \
		"$(member '-A toy_str dst 1:5003' 'j[0]["ino"]')" 0
	tap_is '-e: cookies are unique' \
		"$(there -aje | json_get 'len(set(s["sk"] for s in j))')" 21
	tap_is '-e: ids are unique' \
		"$(there -aje | json_get 'len(set(s["id"] for s in j))')" 21
	tap_is '-e: root is not said' "$(there -ae | grep -c uid:)" 0
	tap_is '-m: what is queued takes memory' \
		"$(member '-A toy_dgr sport = :53' 'j[0]["skmem"]["r"] >= 7')" True
	tap_is '-m: sent and not read' \
		"$(member "$link" 'j[0]["skmem"]["t"] >= 5')" True
	tap_is '-m: the size of the buffer' \
		"$(member "$link" 'j[0]["skmem"]["tb"]')" \
		"$(cat /proc/sys/net/core/wmem_default)"
	tap_like '-m: as ss has it' "$(there -amO $link)" \
		'*skmem:(r*,rb*,t*,tb*,f*,w*,o*,bl*,d*)'
	tap_is '-i: bytes' \
		"$(member "$link" 'j[0]["backend"], j[0]["info"]["bytes_sent"]')" \
		"('local', 5)"
	tap_is '-i: of a datagram' \
		"$(member '-A toy_dgr sport = :5001' \
		   'j[0]["info"]["bytes_sent"], j[0]["info"]["max_message"] > 7')" \
		'(7, True)'
	tap_is '-o: no timer on one node' "$(there -aoO | grep -c timer:)" 0
}

# Names that a process gave itself
cat >"$TAP_DIR/names.pl" <<'END'
use Socket;
use Toy;
$| = 1;
$0 = eval("qq\0$ARGV[0]\0");
setsockopt(my $s = toy_socket(SOCK_STREAM), SOL_SOCKET, SO_REUSEADDR, 1);
connect($s, toy_addr(9999));
bind($s, toy_addr($ARGV[1])) or die("bind: $!\n");
open(my $twice, '>&', $s);
print("ready\n");
<STDIN>;
END

processes()
{
	local pid

	start hostile perl -I"$TAP_LIB" "$TAP_DIR/names.pl" \
		'x",pid=1\n\e[2J\\\\' 6001
	pid=$(pgrep -P "$pid_hostile" 2>/dev/null || echo "$pid_hostile")
	tap_is '-p: a hostile name, two descriptors' \
		"$(there -apO sport = :6001 | sed 's/.*users/users/')" \
		"users:((\"x\\042,pid=1\\012\\033[2J\\134\\134\",pid=$pid,fd=3),(\"x\\042,pid=1\\012\\033[2J\\134\\134\",pid=$pid,fd=4))"
	tap_is '-p: is one row' "$(there -ap sport = :6001 | wc -l)" 1
	tap_is '-p: in JSON' \
		"$(there -apj sport = :6001 | json_get '[u["comm"] for u in j[0]["users"]]')" \
		"['x\",pid=1\\n\\x1b[2J\\\\\\\\', 'x\",pid=1\\n\\x1b[2J\\\\\\\\']"
	tap_like '-e: the last error' "$(there -aeO sport = :6001)" \
		'* error:"111 ECONNREFUSED connect 1:9999: *"'
	tap_is '-p: all but the calls that wait' \
		"$(there -apO | grep -c users:)" 18
	start ann setpriv --reuid 1001 --regid 1001 --clear-groups \
		perl -I"$TAP_LIB" "$TAP_DIR/names.pl" ann 6002
	tap_like '-e: the owner' "$(there -aeO sport = :6002)" '* uid:1001 *'
	tap_is 'another user: sees the same rows' \
		"$(ann_inside "$TOYSS" -aeH)" "$(there -ae)"
	tap_is 'another user: and processes of his alone' \
		"$(ann_inside "$TOYSS" -apHO | grep -o 'users:.*' |
		   sed 's/pid=[0-9]*/pid=N/g')" \
		'users:(("ann",pid=N,fd=3),("ann",pid=N,fd=4))'
	tap_is 'another user: cannot close' \
		"$(ann_inside "$TOYSS" -aKH sport = :80 2>/dev/null; echo "$?")" 1
	tap_is 'another user: and has not' "$(rows sport = :80 | wc -l)" 10
}

# Sockets that a process has as files alone
files()
{
	local name='-p: who holds it through toyfs'

	# shellcheck disable=SC2016 # for the inner shell
	tap_start files sh -c 'exec 3<>/net/toy/stream/clone
		read -r n <&3; echo "announce *:6003" >&3
		exec 4<>"/net/toy/stream/$n/data" 5</dev/null sleep 1000'
	tap_until test -e "/proc/$TAP_PID/fd/5"
	if grep -q '^toy-inode:' "/proc/$TAP_PID/fdinfo/3"; then
		tap_is "$name" "$(toyss -lpHO sport = :6003 |
			grep -o 'users.*')" \
			"users:((\"sleep\",pid=$TAP_PID,fd=3),(\"sleep\",pid=$TAP_PID,fd=4))"
	else
		tap_skip "$name" 'fdinfo does not tell the inode'
	fi
	tap_stop "$TAP_PID"
}

namespaces()
{
	tap_is '-N: by name' "$(there -ae)" "$(inside "$TOYSS" -aeH)"
	tap_is '-N: by path' "$(toyss -aeHN "/run/netns/$net")" "$(there -ae)"
	tap_is '-N: not those of another' "$(toyss -aH sport = :5001)" ''
	tap_is '-N: no such' "$(toyss -N nowhere -a 2>&1; echo "$?")" \
		'toyss: cannot open network namespace "nowhere": No such file or directory
1'
	tap_like '-N: takes rights' \
		"$(ann "$TOYSS" -N "$net" -a 2>&1; echo "$?")" '*permitted*1'
	tap_is '-s' "$(there -s)" \
'Total: 23
TOY:   23 (estab 13, closed 4, listen 2, timewait 0)

Transport Total   Estab   Listen  Closed  Other
toy_str   11      6       1       2       2
toy_seq   9       6       1       0       2
toy_dgr   3       1       0       2       0
toy_raw   0       0       0       0       0
TOY       23      13      2       4       4'
	tap_is '-s: json' "$(there -sj | json_get 'j["total"]["total"]')" 23
}

# said FILE PATTERN
said()
{
	grep -q "$2" "$TAP_DIR/$1.out"
}

# begin_events NAME COMMAND...: waits until it listens
begin_events()
{
	tap_start "$@"
	tap_until said "$1" Netid
}

birth='toy_seq NONE UNCONN *:* *:* uid:0 id:ID
toy_seq UNCONN LISTEN *:7001 *:* uid:0 id:ID
toy_seq LISTEN UNCONN *:7001 *:* uid:0 id:ID
toy_seq UNCONN NONE *:7001 *:* uid:0 id:ID'

# A listener at port 7001, for a moment
listen_at()
{
	# shellcheck disable=SC2016
	inside perl -I"$TAP_LIB" -MSocket -MToy \
		-e 'toy_server($ARGV[0], $ARGV[1])' "$1" "$2"
}

# The events of that port that toyss has printed
events_of()
{
	sed -n '2,$s/^[0-9.]* *//p' "$TAP_DIR/$1.out" |
		sed 's/  */ /g; s/id:[0-9]*$/id:ID/' | grep toy_seq
}

live()
{
	begin_events events "$TOYSS" -N "$net" -E
	begin_events filtered "$TOYSS" -N "$net" -E -A toy_seq state listening
	begin_events mounted inside "$TOYSS" -E
	tap_start json "$TOYSS" -N "$net" -Ej -A toy_seq
	tap_start elsewhere "$TOYSS" -E
	tap_until said elsewhere Netid
	sleep 1
	listen_at 5 7001
	listen_at 1 7002
	for name in events mounted; do
		tap_until said $name 'LISTEN *UNCONN.*:7002'
	done
	tap_is '-E: a life' "$(events_of events)" "$birth"
	tap_is '-E: in the own namespace' "$(events_of mounted)" "$birth"
	tap_is '-E: filtered' "$(events_of filtered)" \
		"$(sed -n 2p <<<"$birth")"
	tap_is '-E: json, an object a line' \
		"$(head -n 2 "$TAP_DIR/json.out" | tail -n 1 |
		   json_get 'j["netid"], j["old_state"], j["state"], j["local"]["port"]')" \
		"('toy_seq', 'UNCONN', 'LISTEN', 7001)"
	tap_is '-E: not of another namespace' \
		"$(grep -c ':700[12]' "$TAP_DIR/elsewhere.out")" 0
	tap_like '-E: another user, from a mount of another namespace' \
		"$(ann_inside timeout 20 "$TOYSS" -E 2>&1; echo "$?")" \
		"toyss: *toyfs*1"
}

# Who may not mount reads what is mounted.
unprivileged()
{
	local at=$TAP_DIR/mnt

	tap_start fallback setpriv --reuid 1001 --regid 1001 --clear-groups \
		"$TOYSS" -E
	tap_ok '-E: another user, from /net/toy' tap_until said fallback Netid
	mkdir "$at"
	# shellcheck disable=SC2016 # for the inner shell
	tap_start mounts unshare -m sh -c '
		while umount -l /net/toy 2>/dev/null; do :; done
		mount -t toyfs none "$1" &&
		exec setpriv --reuid 1001 --regid 1001 --clear-groups "$2" -E' \
		sh "$at" "$TOYSS"
	tap_ok '-E: another user, from a mount elsewhere' \
		tap_until said mounts Netid
	# shellcheck disable=SC2016
	tap_like '-E: another user, without a mount' "$(tap_timed unshare -m sh -c '
		while umount -l /net/toy 2>/dev/null; do :; done
		exec setpriv --reuid 1001 --regid 1001 --clear-groups "$1" -E' \
		sh "$TOYSS" 2>&1; echo "$?")" 'toyss: no toyfs is mounted*1'
}

kill_them()
{
	tap_is '-K: lists what it closed' \
		"$(there -nK -A toy_str dst 1:80 src 1:5001 | sed 's/  */ /g')" \
		'toy_str ESTAB 3 5 1:5001 1:80'
	tap_is '-K: it is closed' \
		"$(rows -A toy_str state connected src 1:5001)" ''
	tap_is '-K: and its peer has no peer' \
		"$(rows -A toy_str state established dst 1:5001)" ''
	tap_is '-K: no other' "$(rows -A toy_seq)" "$(connection_rows toy_seq)"
	tap_is '-K: a listener' \
		"$(there -nK -A toy_seq state listening | wc -l)" 1
	tap_is '-K: and its calls' \
		"$(rows -A toy_seq dst 1:5003 or dst 1:5004)" ''
	tap_is '-K: all' "$(toyss_status -N "$net" -aK)" 0
	tap_is '-K: no connection is left' "$(there -A toy_str,toy_seq)" ''
	tap_is '-K: nothing to close is no error' "$(toyss_status -N "$net" -K)" 0
}

tap_plan 84
scene
columns
choices
beside_ss
details
processes
files
namespaces
live
unprivileged
kill_them
