#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Thousands of sockets come and go while others look at the tree, open every
# file of it in every way and hang up on those who wait. Nothing unexpected is
# seen, nothing is left. TOYFS_CHURN=5000 is the number of sockets.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl python3 find grep

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
sockets=${TOYFS_CHURN:-5000}
makers=4
leaks=/sys/kernel/debug/kmemleak
ulimit -n 4096

# --- who looks: until FILE is there; what is not expected goes to output

# Lists the directories in ways that the C library allows: rewind, seek, halves.
# A name that is there all the time is there each time, and once.
cat >"$TAP_DIR/list.pl" <<'EOF'
use strict;
use warnings;

my ($stop, $constant) = @ARGV;
my ($rounds, %seen) = (0);
my ($dir, $name) = $constant =~ m,(.*)/(\d+)$,;
do {
	opendir(my $handle, $dir) or die("$dir: $!\n");
	readdir($handle) for 1 .. rand(20);
	my $place = telldir($handle);
	my @rest = readdir($handle);
	seekdir($handle, $place);
	readdir($handle);
	rewinddir($handle);
	my %count;
	$count{$_}++ for readdir($handle);
	$seen{"$name was there " . ($count{$name} // 0) . ' times'}++
		if ($count{$name} // 0) != 1;
	$seen{"$_ twice"}++ for grep { $count{$_} > 1 } keys(%count);
	$seen{"a strange name: $_"}++ for
		grep { !/^(\d+|clone|dial|\.|\.\.)$/ } keys(%count);
	$rounds++;
} until -e $stop;
print "$_\n" for sort(keys(%seen));
print STDERR "$rounds rounds\n";
EOF

# Waits by epoll for sockets that another process hangs up on
cat >"$TAP_DIR/hangup.py" <<'EOF'
import os, select, sys

stop = sys.argv[1]
tree = '/net/toy/stream/'
def clone(command):
    fd = os.open(tree + 'clone', os.O_RDWR)
    n = os.read(fd, 20).decode().strip()
    os.write(fd, command.encode())
    return fd, tree + n
rounds = 0
hung_up, orders = os.pipe()
if os.fork() == 0:
    os.close(orders)
    names = os.fdopen(hung_up)
    while True:
        name = names.readline().strip()
        if not name:
            os._exit(0)
        # The path may be gone before its turn, never anything else.
        try:
            with open(name + '/ctl', 'w') as ctl:
                ctl.write('hangup')
        except FileNotFoundError:
            pass
while True:
    server, listener = clone('announce *:*')
    port = open(listener + '/local').read().strip().split(':')[1]
    caller, name = clone('connect 1:' + port)
    calls = os.open(listener + '/listen', os.O_RDWR)
    data = os.open(name + '/data', os.O_RDWR)
    epoll = select.epoll()
    for fd in server, calls, caller, data:
        epoll.register(fd, select.EPOLLIN | select.EPOLLRDHUP |
                       select.EPOLLET)
    wanted = [(name, {caller, data}), (listener, {server, calls})]
    for place, want in wanted:
        os.write(orders, (place + '\n').encode())
        while want:
            events = epoll.poll(20)
            if not events:
                print('no hangup of', 'caller' if caller in want or
                      data in want else 'listener')
                break
            want -= {fd for fd, event in events if event & select.EPOLLHUP}
    # every other time the files go while epoll still knows them
    if rounds % 2:
        epoll.close()
    for fd in data, caller, calls, server:
        os.close(fd)
    epoll.close()
    rounds += 1
    if os.path.exists(stop):
        break
print(rounds, 'rounds', file=sys.stderr)
EOF

# look NAME COMMAND...: again and again until the end
look()
{
	local name=$1

	shift
	# shellcheck disable=SC2016 # expanded by the sh that runs it
	tap_start "$name" sh -c 'stop=$1; shift
		until [ -e "$stop" ]; do
			"$@" >/dev/null || :
			n=$((n + 1))
		done
		echo "$n rounds"' sh "$TAP_DIR/stop" "$@"
	lookers+=("$TAP_PID")
}

# looked NAME: errors of programs that walk trees, but for what has just gone
looked()
{
	grep -v 'No such file or directory' "$TAP_DIR/$1.err" | sort |
		uniq -c | head -n 5
}

# Frees what waits to be freed, and empty slabs
settle()
{
	local cache

	sync
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done 2>/dev/null
	# grace periods
	sleep 0.5
}

# Objects in each slab cache, as FILE has them: lines of name and number
slabs()
{
	settle
	awk 'NR > 2 { print $1, $2 }' /proc/slabinfo | sort >"$1"
}

# grown BEFORE AFTER LIMIT: the caches with so many more objects
grown()
{
	join "$1" "$2" | awk -v limit="$3" \
		'$3 - $2 >= limit { print $1 ": " $2 " to " $3 }'
}

# make COUNT: by all makers at once; returns what they said
make_sockets()
{
	local i pids=()

	for ((i = 0; i < makers; i++)); do
		"$TAP_LIB/toyfs-make" "$i" $(($1 / makers)) \
			>"$TAP_DIR/make.$i" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	sed 's/^made [0-9]*$/made/' "$TAP_DIR"/make.? | sort | uniq -c |
		awk '{ $1 = $1; print }'
}

tap_plan 22

# --- what does not move: find and grep touch no data and wait for nothing

exec 3<>"$TOYFS/stream/clone"
read -r n <&3
echo 'announce *:9950' >&3
exec 4<>"$TOYFS/stream/clone"
read -r c <&4
echo 'connect 1:9950' >&4
exec 5<>"$TOYFS/stream/$n/listen"
read -r d <&5
echo 'not to be taken by grep' >"$TOYFS/stream/$d/data"
status=$(timeout 20 grep -r . "$TOYFS" 2>"$TAP_DIR/grep.err")
tap_is 'grep -r: ends' "$?" 0
tap_is 'grep -r: shows each status' \
	"$(grep -c '/status:id=' <<<"$status")" 3
tap_is 'grep -r: makes no socket' "$(toyfs_count)" 3
tap_is 'grep -r: has no complaint' "$(cat "$TAP_DIR/grep.err")" ''
read -r -t 20 text <"$TOYFS/stream/$c/data"
tap_is 'grep -r: takes no data' "$text" 'not to be taken by grep'
tap_is 'find: as many names as there are files' \
	"$(timeout 20 find "$TOYFS/stream" | wc -l)" $((1 + 1 + 2 + 3 * (1 + 7)))
exec 4>&- 5>&-
tap_until toyfs_is 1

# --- all at once

# to warm up: caches, page tables, names
make_sockets 200 >/dev/null
tap_until toyfs_is 1
before_count=$(toy_sockets)
before_refs=$(toy_refcnt)
slabs "$TAP_DIR/before"

lookers=()
look find find "$TOYFS"
look grep grep -r . "$TOYFS"
look ls ls -lR "$TOYFS"
tap_start storm "$TAP_LIB/toyfs-storm" "$TAP_DIR/stop"
lookers+=("$TAP_PID")
tap_start list perl "$TAP_DIR/list.pl" "$TAP_DIR/stop" "$TOYFS/stream/$n"
lookers+=("$TAP_PID")
tap_start hangup python3 "$TAP_DIR/hangup.py" "$TAP_DIR/stop"
lookers+=("$TAP_PID")

started=$SECONDS
tap_is 'make: all sockets, without a failure' \
	"$(make_sockets "$sockets")" "$makers made"
echo "# $sockets sockets in $((SECONDS - started)) s"
touch "$TAP_DIR/stop"
for pid in "${lookers[@]}"; do
	wait "$pid"
	echo "$?" >>"$TAP_DIR/ends"
done
tap_is 'look: all have come to their end' \
	"$(uniq -c <"$TAP_DIR/ends" | awk '{ $1 = $1; print }')" \
	"${#lookers[@]} 0"
for name in find grep ls; do
	tap_is "$name: no complaint" "$(looked "$name")" ''
	echo "# $name: $(cat "$TAP_DIR/$name.out")"
done
for name in storm list hangup; do
	tap_is "$name: nothing unexpected" "$(head -n 8 "$TAP_DIR/$name.out")" ''
	tap_like "$name: ran to its end" "$(tail -n 1 "$TAP_DIR/$name.err")" \
		'*[1-9]* rounds*'
	echo "# $name: $(tail -n 1 "$TAP_DIR/$name.err")"
done

# --- and then nothing

tap_ok 'left: only the listener, as a directory' tap_until toyfs_is 1
tap_is 'left: only the listener, as a socket' "$(toy_sockets)" "$before_count"
tap_ok 'left: the module has as many users' \
	tap_until toy_refcnt_is "$before_refs"
if [ -e "$leaks" ]; then
	# Such a kernel keeps what was freed, to catch who uses it. What is
	# younger than five seconds is not looked at.
	sleep 6
	echo scan >"$leaks"
	tap_is 'left: no memory' "$(grep -E -A 20 '^unref' "$leaks" |
		grep -E 'unref|comm|toy')" ''
else
	# What else the machine does takes some hundreds, most of them once.
	slabs "$TAP_DIR/after"
	tap_is 'left: no memory' "$(grown "$TAP_DIR/before" "$TAP_DIR/after" \
		$((sockets / 10 + 300)))" ''
	echo "# grown most: $(grown "$TAP_DIR/before" "$TAP_DIR/after" 50 |
		tr '\n' ',')"
fi

exec 3>&-
tap_until toyfs_is 0
tap_is 'left: nothing' "$(toyfs_count)" 0
