#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Network namespaces: each has ports, a node id and a port range of its own.
#
#	  here			  there
#	+-----------------+	+-----------------+
#	| ports 0..65535  |	| ports 0..65535  |	no way from one
#	| node	     0	  |	| node	     77	  |	to the other
#	+-----------------+	+-----------------+

. "$(dirname "$0")/lib/tap.sh"
tap_need perl ip

here=toy-here-$$
there=toy-there-$$

tap_cleanup()
{
	ip netns del "$here"
	ip netns del "$there"
	ip link del toyveth0
}

ip netns add "$here" 2>/dev/null || tap_skip_all "no network namespaces"
ip netns add "$there" || exit 1
perl -I"$TAP_LIB" -x "$0" "$here" "$there"
exit

#!perl
use strict;
use warnings;
use Errno qw(ECONNREFUSED EADDRINUSE EADDRNOTAVAIL EINVAL ENETUNREACH EAGAIN);
use Fcntl;
use Socket;
use Test::More;
use Time::HiRes qw(sleep);
use Toy;

use constant {
	SYS_SETNS	=> 308,
	CLONE_NEWNET	=> 0x40000000,
};

my ($here, $there) = @ARGV;
my $got;

alarm(100);
$SIG{PIPE} = 'IGNORE';

sub enter
{
	my ($ns) = @_;

	open(my $file, '<', $ns ? "/run/netns/$ns" : '/proc/1/ns/net')
		or die("$ns: $!\n");
	syscall(SYS_SETNS, fileno($file), CLONE_NEWNET) == 0
		or die("setns: $!\n");
}

# in_ns(NAMESPACE, FUNCTION): calls it there, and stays here
sub in_ns
{
	my ($ns, $function) = @_;

	enter($ns);
	my @ret = $function->();
	my $errno = $!;
	enter($here);
	$! = $errno;
	return wantarray ? @ret : $ret[0];
}

sub sysctl_get
{
	my ($name) = @_;

	open(my $file, '<', "/proc/sys/net/toy/$name") or return "no $name";
	my $value = <$file>;
	chomp($value);
	$value =~ s/\s+/ /g;
	return $value;
}

# Returns 0 or the errno's name.
sub sysctl_set
{
	my ($name, $value) = @_;

	sysopen(my $file, "/proc/sys/net/toy/$name", O_WRONLY)
		or return toy_errno();
	return defined(syswrite($file, "$value\n")) ? 0 : toy_errno();
}

sub try_bind
{
	my ($type, $port, $node) = @_;
	my $sock = toy_socket($type);

	return bind($sock, toy_addr($port, $node)) ? $sock : undef;
}

sub try_connect
{
	my ($type, $port, $node) = @_;
	my $sock = toy_socket($type);

	return connect($sock, toy_addr($port, $node)) ? $sock : undef;
}

enter($here);

# --- the same port in both

for my $type (SOCK_STREAM, SOCK_SEQPACKET) {
	my $name = $type == SOCK_STREAM ? 'stream' : 'seqpacket';
	my $mine = toy_server($type, 9300);
	my $theirs = in_ns($there, sub { toy_server($type, 9300) });

	ok($theirs, "$name: the same port in both");
	syswrite(my $call = toy_client($type, 9300), 'from here');
	accept(my $sock, $mine);
	sysread($sock, $got, 100);
	is($got, 'from here', "$name: a call from here comes out here");
	syswrite($call = in_ns($there, sub { toy_client($type, 9300) }),
		 'from there');
	accept($sock, $theirs);
	sysread($sock, $got, 100);
	is($got, 'from there', "$name: a call from there comes out there");
	fcntl($mine, F_SETFL, O_NONBLOCK);
	ok(!accept($sock, $mine), "$name: and not here");

	close($theirs);
	ok(!in_ns($there, sub { try_connect($type, 9300) }),
	   "$name: nobody there listens now");
	is($! + 0, ECONNREFUSED, "$name: ECONNREFUSED");
}

my $mine = toy_server(SOCK_DGRAM, 9300);
my $sender = in_ns($there, sub { toy_socket(SOCK_DGRAM) });
ok(!defined(send($sender, 'x', 0, toy_addr(9300))), 'dgram: no way across');
is($! + 0, ECONNREFUSED, 'dgram: ECONNREFUSED');
my $theirs = in_ns($there, sub { toy_server(SOCK_DGRAM, 9300) });
ok(send($sender, 'there', 0, toy_addr(9300)), 'dgram: the port there');
recv($theirs, $got, 100, 0);
is($got, 'there', 'dgram: arrives there');
is(recv($mine, $got, 100, MSG_DONTWAIT), undef, 'dgram: and not here');

# A socket stays where it was made, wherever its user goes.
ok(in_ns($there, sub { send(toy_client(SOCK_DGRAM, 9300), 'there', 0) }) &&
   recv($theirs, $got, 100, 0), 'dgram: a client of there');
my $local = toy_socket(SOCK_DGRAM);
ok(in_ns($there, sub { send($local, 'here', 0, toy_addr(9300)) }),
   'dgram: sent there by a socket of here');
recv($mine, $got, 100, MSG_DONTWAIT);
is($got, 'here', 'dgram: arrives here');
close($mine);
close($theirs);

# --- net.toy.node

is(sysctl_get('node'), 0, 'node: unset at first');
is(in_ns($there, sub { sysctl_set('node', 77) }), 0, 'node: set there');
is(in_ns($there, sub { sysctl_get('node') }), 77, 'node: reads back');
is(sysctl_get('node'), 0, 'node: still unset here');
is(sysctl_set('node', $_), 'EINVAL', "node: $_ is EINVAL")
	for 1, 4294967295, 4294967296, -1, 'abc';
is(sysctl_get('node'), 0, 'node: unset still');
is(sysctl_set('node', $_), 0, "node: $_ is taken")
	for 2, 4294967294, 0;

ok(!try_connect(SOCK_STREAM, 9301, 77), 'node: 77 is not reachable from here');
is($! + 0, ENETUNREACH, 'node: ENETUNREACH');
ok(!try_bind(SOCK_STREAM, 9301, 77), 'node: nobody is 77 here');
is($! + 0, EADDRNOTAVAIL, 'node: EADDRNOTAVAIL');

enter($there);
my $server = toy_server(SOCK_STREAM, 9301);
my $own = try_connect(SOCK_STREAM, 9301, 77);
ok($own, 'own node: can be dialled');
accept(my $sock, $server);
like(toy_name($own), qr/^77:\d+$/, 'own node: getsockname of the caller');
is(toy_peer($own), '77:9301', 'own node: getpeername of the caller');
is(toy_name($sock), '77:9301', 'own node: getsockname of the called');
is(toy_peer($sock), toy_name($own), 'own node: getpeername of the called');

for my $node (0, 1) {
	$own = try_connect(SOCK_STREAM, 9301, $node);
	accept($sock, $server);
	like(toy_name($own), qr/^1:\d+$/, "node $node: getsockname says 1");
	is(toy_peer($own), '1:9301', "node $node: getpeername says 1");
	is(toy_name($sock), '1:9301', "node $node: and on the other side");
	is(toy_peer($sock), toy_name($own), "node $node: both agree");
}

ok(!try_bind(SOCK_STREAM, 9302, 78), 'bind: to a foreign node');
is($! + 0, EADDRNOTAVAIL, 'bind: EADDRNOTAVAIL');
my $bound = try_bind(SOCK_STREAM, 9302, 77);
ok($bound, 'bind: to the own node');
is(toy_name($bound), '77:9302', 'bind: which is its name');
my $loop = try_bind(SOCK_STREAM, 9302, 1);
ok($loop, 'bind: the same port of node 1');
ok(!try_bind(SOCK_STREAM, 9302, 0), 'bind: but not of any');
is($! + 0, EADDRINUSE, 'bind: EADDRINUSE');
listen($bound, 5);
ok(!try_connect(SOCK_STREAM, 9302, 1), 'bound to 77: not by node 1');
ok(!try_connect(SOCK_STREAM, 9302, 0), 'bound to 77: nor by node 0');
ok(try_connect(SOCK_STREAM, 9302, 77), 'bound to 77: by 77');
listen($loop, 5);
ok(try_connect(SOCK_STREAM, 9302, 1), 'bound to 1: by node 1');
ok(try_connect(SOCK_STREAM, 9302, 0), 'bound to 1: by node 0');
close($bound);
ok(!try_connect(SOCK_STREAM, 9302, 77), 'bound to 1: not by 77');

my $inbox = toy_server(SOCK_DGRAM, 9302);
my $outbox = toy_socket(SOCK_DGRAM);
for my $node (0, 1, 77) {
	send($outbox, 'x', 0, toy_addr(9302, $node));
	my $from = toy_text(recv($inbox, $got, 10, 0));
	my $seen = $node || 1;
	like($from, qr/^$seen:\d+$/, "dgram to node $node: from node $seen");
}
enter($here);

# --- net.toy.port_range

is(sysctl_get('port_range'), '32768 60999', 'port_range: at first');
is(sysctl_set('port_range', $_), 'EINVAL', "port_range: $_ is EINVAL")
	for '5000 4000', '0 10', '40000 65536', '-1 5000', 'a b';
is(sysctl_get('port_range'), '32768 60999', 'port_range: unchanged');
is(sysctl_set('port_range', '5000 5004'), 0, 'port_range: five ports');
is(in_ns($there, sub { sysctl_get('port_range') }), '32768 60999',
   'port_range: there it is as before');

for my $type (SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM) {
	my $name = { SOCK_STREAM() => 'stream', SOCK_SEQPACKET() => 'seqpacket',
		     SOCK_DGRAM() => 'dgram' }->{$type};
	my @socks;
	my %ports;
	my $server = toy_server($type, 9303);

	for (1 .. 5) {
		my $sock = try_bind($type, 0);
		push(@socks, $sock) if $sock;
		$ports{toy_name($sock)}++ if $sock;
	}
	is(join(' ', sort(keys(%ports))),
	   '0:5000 0:5001 0:5002 0:5003 0:5004', "$name: all five are given");
	ok(!try_bind($type, 0), "$name: not a sixth");
	is($! + 0, EADDRINUSE, "$name: EADDRINUSE");
	ok(!try_connect($type, 9303), "$name: none for connect");
	my $errno = toy_errno();
	like($errno, qr/^EADDR(INUSE|NOTAVAIL)$/, "$name: connect fails so");
	note("connect without a free port: $errno");
	ok(try_bind($type, 5005), "$name: a port of one's own is free");
	my $gone = toy_name(pop(@socks));
	my $sock = try_bind($type, 0);
	ok($sock && toy_name($sock) eq $gone, "$name: what is closed is free");
	close($sock) if $sock;
	$sock = try_connect($type, 9303);
	$gone =~ s/^0:/1:/;
	is($sock ? toy_name($sock) : 'none', $gone, "$name: also for connect");
}
is(sysctl_set('port_range', '32768 60999'), 0, 'port_range: back');

# --- a namespace that goes while sockets are in it

my $veth = system("ip link add toyveth0 type veth peer name toyveth1 " .
		  "netns $there 2>/dev/null") == 0;
enter('');
system("ip netns exec $here ip link set toyveth0 netns 1") if $veth;
enter($here);

sub veth_there
{
	my $found;

	enter('');
	$found = -e '/sys/class/net/toyveth0' ||
		 system('ip link show toyveth0 >/dev/null 2>&1') == 0;
	enter($here);
	return $found;
}

my @kept = in_ns($there, sub {
	my $server = toy_server(SOCK_STREAM, 9304);
	my $client = toy_client(SOCK_STREAM, 9304);
	accept(my $sock, $server);
	my $pending = toy_client(SOCK_STREAM, 9304);
	my $inbox = toy_server(SOCK_DGRAM, 9304);
	my $outbox = toy_client(SOCK_DGRAM, 9304);
	send($outbox, 'kept', 0);
	return ($server, $client, $sock, $pending, $inbox, $outbox);
});
close($_) for $server, $own, $sock, $loop, $inbox, $outbox, $sender;
is(system("ip netns del $there"), 0, 'deleted: with sockets in it');
ok(!-e "/run/netns/$there", 'deleted: it has no name any more');
is(syswrite($kept[1], 'still'), 5, 'deleted: its connections go on');
sysread($kept[2], $got, 100);
is($got, 'still', 'deleted: both ways');
recv($kept[4], $got, 100, 0);
is($got, 'kept', 'deleted: what was queued is there');
is(send($kept[5], 'new', 0), 3, 'deleted: datagrams travel');
ok(accept($sock, $kept[0]), 'deleted: calls are answered');
close($sock);
SKIP: {
	skip('no veth', 2) unless $veth;
	ok(veth_there(), 'deleted: it lives as long as its sockets');
	close($_) for @kept;
	@kept = ();
	my $tries = 100;
	sleep(0.1) while veth_there() && --$tries;
	ok(!veth_there(), 'deleted: it goes with the last of them');
}
@kept = ();

# Many come and go, each with sockets that outlive its name.
my $well = 0;
for my $i (1 .. 10) {
	my $name = "$there-$i";
	next if system("ip netns add $name");
	my @socks = in_ns($name, sub {
		sysctl_set('node', 100 + $i);
		my $server = toy_server(SOCK_STREAM, 9305);
		my $client = toy_client(SOCK_STREAM, 9305, 100 + $i);
		return ($server, $client, toy_server(SOCK_DGRAM, 9305));
	});
	$well++ if system("ip netns del $name") == 0 && @socks == 3 &&
		   toy_peer($socks[1]) eq (100 + $i) . ':9305';
}
is($well, 10, 'deleted: ten more, with a connection and a pending call');

done_testing();
