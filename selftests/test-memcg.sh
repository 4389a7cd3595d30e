#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory cgroups: who pays for what is queued. Measured with AF_UNIX beside.

. "$(dirname "$0")/lib/tap.sh"
tap_need perl

top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$top" ] || tap_skip_all "no cgroup2"
echo +memory >"$top/cgroup.subtree_control" 2>/dev/null
grep -qw memory "$top/cgroup.subtree_control" 2>/dev/null ||
	tap_skip_all "no memory controller"
ulimit -n 20000 2>/dev/null || tap_skip_all "cannot have 20000 descriptors"
cgroup=$top/toy-test-$$

tap_cleanup()
{
	rmdir "$cgroup"/* "$cgroup"
}

mkdir "$cgroup" || exit 1
echo +memory >"$cgroup/cgroup.subtree_control"
perl -I"$TAP_LIB" -x "$0" "$cgroup"
exit

#!perl
use strict;
use warnings;
use Fcntl;
use IO::Handle;
use POSIX ();
use Socket;
use Test::More;
use Time::HiRes qw(sleep);
use Toy;

use constant { MB => 1 << 20, PAIRS => 100 };

my ($cgroup) = @ARGV;
my $got;
my $serial = 0;

alarm(200);
$SIG{PIPE} = 'IGNORE';

# --- tasks in cgroups that do what they are told

# task(NAME): a process in a cgroup of its own
sub task
{
	my ($name) = @_;
	my $self = { dir => "$cgroup/$name-" . ++$serial };

	mkdir($self->{dir}) or die("$self->{dir}: $!\n");
	pipe(my $orders, $self->{orders}) or die("pipe: $!\n");
	pipe($self->{results}, my $results) or die("pipe: $!\n");
	$self->{orders}->autoflush(1);
	$results->autoflush(1);
	$self->{pid} = fork();
	return $self if $self->{pid};

	close($self->{orders});
	open(my $procs, '>', "$self->{dir}/cgroup.procs") or POSIX::_exit(1);
	syswrite($procs, $$);
	close($procs);
	our @kept;
	while (my $order = <$orders>) {
		my @ret = eval($order);
		print $results $@ ? "died: $@" =~ s/\n/ /gr . "\n" : "@ret\n";
	}
	POSIX::_exit(0);
}

# order(TASK, PERL): has it run this and returns what it returned
sub order
{
	my ($task, $perl) = @_;

	$perl =~ s/\s+/ /g;
	print { $task->{orders} } "$perl\n";
	my $ret = readline($task->{results});
	return 'gone' unless defined($ret);
	chomp($ret);
	return $ret;
}

sub end
{
	my ($task) = @_;

	# other tasks have this pipe open too: its end would not be seen
	print { $task->{orders} } "POSIX::_exit(0)\n";
	close($task->{orders});
	waitpid($task->{pid}, 0);
	rmdir($task->{dir});
}

sub value
{
	my ($task, $file) = @_;

	open(my $in, '<', "$task->{dir}/$file") or return -1;
	local $/;
	return <$in>;
}

sub used
{
	return int(value($_[0], 'memory.current'));
}

# Run in tasks: a name of either family, and full connections of any type.

sub name_of
{
	my ($family, $n) = @_;

	return $family eq 'toy' ? toy_addr(9500 + $n) :
		pack('S a*', AF_UNIX, "\0toy-memcg/$n");
}

sub number_of
{
	return $_[0] eq 'toy' ? AF_TOY : AF_UNIX;
}

# Receivers: @kept is left with them. Types that listen have one listener.
sub receivers
{
	my ($family, $type) = @_;
	our @kept = ();

	for my $n (0 .. ($type == SOCK_DGRAM ? PAIRS - 1 : 0)) {
		socket(my $sock, number_of($family), $type, 0) or die("$!");
		bind($sock, name_of($family, $n)) or die("bind: $!");
		$type == SOCK_DGRAM or listen($sock, 10000) or die("$!");
		push(@kept, $sock);
	}
	return scalar(@kept);
}

sub accept_all
{
	our @kept;
	my $server = shift(@kept);

	accept($kept[@kept], $server) or die("accept: $!") for 1 .. PAIRS;
	return scalar(@kept);
}

sub callers
{
	my ($family, $type, $count) = @_;
	our @kept = ();

	for my $n (0 .. $count - 1) {
		socket(my $sock, number_of($family), $type, 0) or die("$!");
		connect($sock, name_of($family, $type == SOCK_DGRAM ? $n : 0))
			or die("connect: $!");
		fcntl($sock, F_SETFL, O_NONBLOCK);
		push(@kept, $sock);
	}
	return scalar(@kept);
}

# Fills all connections; the bytes that went in.
sub fill
{
	my ($size) = @_;
	our @kept;
	my $data = 'x' x $size;
	my $sum = 0;

	for my $sock (@kept) {
		while (my $n = syswrite($sock, $data)) {
			$sum += $n;
		}
	}
	return $sum;
}

# Writes once to each; the bytes that went in.
sub touch
{
	my ($size) = @_;
	our @kept;
	my $sum = 0;

	$sum += syswrite($_, 'x' x $size) for @kept;
	return $sum;
}

sub drain
{
	our @kept;
	my $sum = 0;

	for my $sock (@kept) {
		fcntl($sock, F_SETFL, O_NONBLOCK);
		while (my $n = sysread($sock, my $data, 100000)) {
			$sum += $n;
		}
	}
	return $sum;
}

# --- what is queued is charged to the sender

# Returns the bytes queued, the growth of sender and receiver, and what is left when
# all is read: of the sender against an earlier time when that was so. Empty buffers
# stay at hand, two a connection at most: they are part of what the sender pays.
sub measure
{
	my ($family, $type) = @_;
	my ($sender, $receiver) = (task('sender'), task('receiver'));

	order($receiver, "receivers('$family', $type)");
	my $count = order($sender, "callers('$family', $type, " . PAIRS . ")");
	die("$count\n") unless $count eq PAIRS;
	order($receiver, 'accept_all()') if $type != SOCK_DGRAM;
	# once before, so that buffers of Perl's own are there
	order($sender, 'touch(4000)');
	order($receiver, 'drain()');
	my @base = (used($sender), used($receiver));
	order($sender, 'fill(4000)');
	order($receiver, 'drain()');
	my @before = (used($sender), used($receiver));
	my $queued = order($sender, 'fill(4000)');
	my @full = (used($sender), used($receiver));
	order($receiver, 'drain()');
	sleep(0.5);
	my @after = (used($sender), used($receiver));
	end($sender);
	end($receiver);
	return { queued => $queued, sender => $full[0] - $base[0],
		 receiver => $full[1] - $base[1],
		 kept => $before[0] - $base[0],
		 left => $after[0] - $before[0] };
}

for my $type (SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM) {
	my $name = { SOCK_STREAM() => 'stream', SOCK_SEQPACKET() => 'seqpacket',
		     SOCK_DGRAM() => 'dgram' }->{$type};
	my $toy = measure('toy', $type);
	my $unix = measure('unix', $type);

	for (['toy', $toy], ['unix', $unix]) {
		my ($family, $m) = @$_;
		note(sprintf('%s, %s: queued %.1f MB, sender +%.1f, ' .
			     'receiver +%.1f, kept +%.1f, drained +%.1f',
			     $family, $name, $m->{queued} / MB,
			     $m->{sender} / MB, $m->{receiver} / MB,
			     $m->{kept} / MB, $m->{left} / MB));
	}
	cmp_ok($toy->{queued}, '>', 4 * MB, "$name: enough is queued");
	cmp_ok($toy->{sender}, '>', 0.9 * $toy->{queued},
	       "$name: the sender is charged for what is queued");
	cmp_ok($toy->{receiver}, '<', 0.1 * $toy->{queued} + MB,
	       "$name: the receiver is not");
	cmp_ok($toy->{left}, '<', 0.2 * $toy->{queued} + MB,
	       "$name: the charge goes when it is read");
	cmp_ok($toy->{kept}, '<', PAIRS * 80_000,
	       "$name: no more than two buffers of each stay");
	my $ours = $toy->{sender} / $toy->{queued};
	my $theirs = $unix->{sender} / $unix->{queued};
	note(sprintf('charged per byte queued: %.2f, AF_UNIX %.2f', $ours,
		     $theirs));
	cmp_ok($ours, '<', 1.5 * $theirs, "$name: no more than with AF_UNIX");
}

# --- the limit

# Fills against a limit of 6 MB more than there is: what becomes of the sender.
sub against_the_limit
{
	my ($family) = @_;
	my ($sender, $receiver) = (task('sender'), task('receiver'));

	order($receiver, "receivers('$family', 1)");
	order($sender, "callers('$family', 1, " . PAIRS . ')');
	order($receiver, 'accept_all()');
	my $max = used($sender) + 6 * MB;
	open(my $file, '>', "$sender->{dir}/memory.max") or die("$!\n");
	syswrite($file, $max);
	close($file);
	open($file, '>', "$sender->{dir}/memory.swap.max") and
		syswrite($file, '0');
	my $queued = order($sender, 'fill(4000)');
	my ($kills) = value($sender, 'memory.events') =~ /^oom_kill (\d+)/m;
	my ($hits) = value($sender, 'memory.events') =~ /^max (\d+)/m;
	my $now = used($sender);
	# what it has queued is with the receiver, who is alive
	my $had = order($receiver, 'drain()');
	end($sender);
	my $well = order($receiver, '4711');
	end($receiver);
	return { queued => $queued, kills => $kills, hits => $hits,
		 now => $now, max => $max, had => $had, well => $well };
}

for my $family ('unix', 'toy') {
	my $m = against_the_limit($family);

	note("$family: the sender returned '$m->{queued}', hit the limit " .
	     "$m->{hits} times, $m->{kills} kills, $m->{had} bytes arrived");
	cmp_ok($m->{hits}, '>', 0, "limit, $family: it was reached");
	cmp_ok($m->{now}, '<=', $m->{max} + 64 * 4096,
	       "limit, $family: it was kept");
	cmp_ok($m->{had}, '<', 8 * MB, "limit, $family: it stopped the sender");
	is($m->{well}, 4711, "limit, $family: the receiver is well");
	ok($m->{queued} eq 'gone' ? $m->{kills} > 0 : $m->{queued} < 8 * MB,
	   "limit, $family: an error or the OOM killer");
}

# --- the sockets themselves

# Calls that nobody accepts: the growth of caller and listener.
sub calls
{
	my ($family, $count) = @_;
	my ($caller, $listener) = (task('caller'), task('listener'));

	order($listener, "receivers('$family', 1)");
	order($caller, 'our @kept = (); 1');
	my @before = (used($caller), used($listener));
	my $made = order($caller, "callers('$family', 1, $count)");
	my @after = (used($caller), used($listener));
	end($caller);
	end($listener);
	return { made => $made, caller => $after[0] - $before[0],
		 listener => $after[1] - $before[1] };
}

my $calls = 4000;
my $m = calls('toy', $calls);
note(sprintf('%s calls: caller +%.1f MB, listener +%.1f MB', $m->{made},
	     $m->{caller} / MB, $m->{listener} / MB));
is($m->{made}, $calls, 'calls: all of them wait to be accepted');
cmp_ok($m->{caller}, '>', $calls * 1000, 'calls: the caller pays for his end');
cmp_ok($m->{listener}, '>', $calls * 500,
       'calls: the listener pays for the other');

done_testing();
