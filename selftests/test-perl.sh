#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Perl as it is shipped: its socket functions with a packed struct sockaddr_toy,
# its buffered and unbuffered input and output, its select, fork and signals.

. "$(dirname "$0")/lib/tap.sh"
tap_need perl
perl -I"$TAP_LIB" -x "$0"
exit

#!perl
use strict;
use warnings;
use Errno qw(EAGAIN ECONNREFUSED EINTR EPIPE ENOTCONN EADDRINUSE);
use Digest::SHA qw(sha256_hex);
use Fcntl;
use IO::Handle;
use IO::Select;
use Socket;
use Test::More;
use Toy;

use constant SO_PEERCRED => 17;

alarm(100);
$SIG{PIPE} = 'IGNORE';

# child(FUNCTION, ARG...): runs it in a process of its own, which it returns
sub child
{
	my ($function, @args) = @_;
	my $pid = fork();

	die("fork: $!\n") unless defined($pid);
	return $pid if $pid;
	# What Test::More would say at its end is for the parent to say.
	my $ok = eval { $function->(@args); 1 };
	print STDERR "# $@" unless $ok;
	require POSIX;
	POSIX::_exit($ok ? 0 : 1);
}

sub reap
{
	my ($pid) = @_;

	waitpid($pid, 0);
	return $?;
}

sub answer
{
	my ($server) = @_;
	my $addr = accept(my $sock, $server) or die("accept: $!\n");

	$sock->autoflush(1);
	return wantarray ? ($sock, $addr) : $sock;
}

sub pair
{
	my ($type, $port) = @_;
	my $server = toy_server($type, $port);
	my $client = toy_client($type, $port);

	$client->autoflush(1);
	return ($client, scalar(answer($server)));
}

# --- streams

my $server = toy_server(SOCK_STREAM, 9100);
is(toy_name($server), '0:9100', 'stream: the name of a server');
is(toy_peer($server), 'none', 'stream: a server has no peer');
ok(-S $server, 'stream: -S knows a socket');

my $pid = child(sub {
	my $sock = toy_client(SOCK_STREAM, 9100);

	$sock->autoflush(1);
	print $sock "hello, server\n";
	my $line = <$sock>;
	die("got $line") unless $line eq "hello, client\n";
	print $sock "bye\n";
});
my ($sock, $addr) = answer($server);
is(scalar(<$sock>), "hello, server\n", 'stream: readline');
print $sock "hello, client\n";
is(scalar(<$sock>), "bye\n", 'stream: print and readline by turns');
is(scalar(<$sock>), undef, 'stream: undef at the end');
ok(eof($sock), 'stream: eof');
my ($family, $port, $node) = unpack('S S L', $addr);
is($family, AF_TOY, 'stream: accept tells the family');
is($node, 1, 'stream: accept tells the node');
cmp_ok($port, '>=', 32768, 'stream: accept tells a port of the range');
is(reap($pid), 0, 'stream: the client is content');

my $cred = getsockopt($sock, SOL_SOCKET, SO_PEERCRED);
is_deeply([unpack('l L L', $cred)], [$pid, $<, $( + 0],
	  'stream: SO_PEERCRED is the client');
close($sock);

# Many lines both ways, through stdio's buffers.
$pid = child(sub {
	my $sock = toy_client(SOCK_STREAM, 9100);

	print $sock "line $_ " . 'x' x ($_ % 300) . "\n" for 1 .. 5000;
	$sock->flush();
	shutdown($sock, SHUT_WR);
	my $count = 0;
	while (<$sock>) {
		$count++;
		die("line $count: $_") unless
			$_ eq "LINE $count " . 'X' x ($count % 300) . "\n";
	}
	die("$count lines\n") unless $count == 5000;
});
$sock = answer($server);
$sock->autoflush(0);
my @lines = <$sock>;
is(scalar(@lines), 5000, 'stream: 5000 lines until the client shuts down');
print $sock uc($_) for @lines;
close($sock);
is(reap($pid), 0, 'stream: 5000 lines come back');

# Unbuffered, in parts.
my $big = join('', map { pack('N', $_ * 2654435761 % 4294967296) } 1 .. 500000);
$pid = child(sub {
	my $sock = toy_client(SOCK_STREAM, 9100);
	my $at = 0;

	while ($at < length($big)) {
		my $n = syswrite($sock, $big, 65537, $at);
		die("syswrite: $!\n") unless defined($n);
		$at += $n;
	}
});
$sock = answer($server);
my $got = '';
my $n;
do {
	$n = sysread($sock, $got, 10007, length($got));
} while ($n);
is($n, 0, 'stream: sysread to the end');
is(sha256_hex($got), sha256_hex($big), 'stream: 2 MB by syswrite and sysread');
is(reap($pid), 0, 'stream: syswrite wrote them all');
close($sock);

# select
ok(!IO::Select->new($server)->can_read(0.1), 'select: no call yet');
$pid = child(sub {
	my $sock = toy_client(SOCK_STREAM, 9100);
	select(undef, undef, undef, 0.3);
	syswrite($sock, 'x');
	sysread($sock, my $end, 1);
});
ok(IO::Select->new($server)->can_read(10), 'select: a call');
$sock = answer($server);
my ($read, $write) = ('', '');
vec($read, fileno($sock), 1) = 1;
vec($write, fileno($sock), 1) = 1;
is(select(my $r = $read, my $w = $write, undef, 0), 1, 'select: writable');
is(unpack('b*', $w), unpack('b*', $write), 'select: and says so');
is(select($r = $read, undef, undef, 10), 1, 'select: readable');
is(sysread($sock, $got, 10), 1, 'select: and it is');
close($sock);
is(reap($pid), 0, 'select: the client is content');

# Not blocking.
my ($client, $peer) = pair(SOCK_STREAM, 9101);
fcntl($client, F_SETFL, fcntl($client, F_GETFL, 0) | O_NONBLOCK);
is(sysread($client, $got, 1), undef, 'nonblocking: nothing to read');
is($! + 0, EAGAIN, 'nonblocking: EAGAIN');
my $sent = 0;
while (defined($n = syswrite($client, 'x' x 10000))) {
	$sent += $n;
}
is($! + 0, EAGAIN, 'nonblocking: full');
cmp_ok($sent, '>', 10000, 'nonblocking: took something first');
shutdown($client, SHUT_WR);
my $had = 0;
while ($n = sysread($peer, $got, 100000)) {
	$had += $n;
}
is($had, $sent, 'nonblocking: all of it is read');

# send and recv, a timeout, a signal.
($client, $peer) = pair(SOCK_STREAM, 9102);
is(send($client, 'abc', 0), 3, 'send: length');
is(toy_text(recv($peer, $got, 100, MSG_PEEK)), toy_name($client),
   'recv: names the sender of a stream');
is($got, 'abc', 'recv: MSG_PEEK');
ok(defined(recv($peer, $got, 2, 0)) && $got eq 'ab', 'recv: a part');
ok(defined(recv($peer, $got, 2, 0)) && $got eq 'c', 'recv: the rest');
setsockopt($peer, SOL_SOCKET, SO_RCVTIMEO, pack('l! l!', 0, 200000));
is(recv($peer, $got, 1, 0), undef, 'recv: SO_RCVTIMEO');
is($! + 0, EAGAIN, 'recv: EAGAIN then');
setsockopt($peer, SOL_SOCKET, SO_RCVTIMEO, pack('l! l!', 0, 0));
my $left = alarm(0);
{
	my $caught = 0;
	local $SIG{ALRM} = sub { $caught++ };
	Time::HiRes::alarm(0.3);
	is(sysread($peer, $got, 1), undef, 'signal: interrupts sysread');
	is($! + 0, EINTR, 'signal: EINTR');
	is($caught, 1, 'signal: its handler ran');
}
alarm($left);
syswrite($client, 'y');
is(sysread($peer, $got, 1), 1, 'signal: the socket works still');

# A descriptor for two processes, and two for one.
open(my $copy, '>&', $client) or die("dup: $!\n");
close($client);
$pid = child(sub { syswrite($copy, 'from the child') });
reap($pid);
is(sysread($peer, $got, 100), 14, 'fork: the child writes');
syswrite($copy, 'from the parent');
is(sysread($peer, $got, 100), 15, 'fork: the parent still can');
close($copy);
is(sysread($peer, $got, 100), 0, 'fork: the end when all have closed');
is(syswrite($peer, 'x'), undef, 'closed: no more writing');
is($! + 0, EPIPE, 'closed: EPIPE');
{
	my $caught = 0;
	local $SIG{PIPE} = sub { $caught++ };
	syswrite($peer, 'x');
	is($caught, 1, 'closed: SIGPIPE');
}

# What fails, fails as elsewhere.
my $other = toy_socket(SOCK_STREAM);
is(connect($other, toy_addr(9199)), undef, 'connect: nobody there');
is($! + 0, ECONNREFUSED, 'connect: ECONNREFUSED');
is(bind($other, toy_addr(9100)), undef, 'bind: somebody there');
is($! + 0, EADDRINUSE, 'bind: EADDRINUSE');
is(getpeername($other), undef, 'getpeername: no peer');
is($! + 0, ENOTCONN, 'getpeername: ENOTCONN');
ok(connect($other, toy_addr(9100)), 'connect: after all that');

# --- socketpair

socketpair(my $left_end, my $right_end, AF_TOY, SOCK_STREAM, 0)
	or die("socketpair: $!\n");
$_->autoflush(1) for $left_end, $right_end;
print $left_end "to the right\n";
print $right_end "to the left\n";
is(scalar(<$right_end>), "to the right\n", 'socketpair: one way');
is(scalar(<$left_end>), "to the left\n", 'socketpair: the other');
is(toy_name($left_end), '0:0', 'socketpair: has no name');

# --- seqpackets

($client, $peer) = pair(SOCK_SEQPACKET, 9100);
syswrite($client, $_) for 'one', 'four', '';
syswrite($client, 'last');
is(sysread($peer, $got, 100), 3, 'seqpacket: the first record');
is(sysread($peer, $got, 2), 2, 'seqpacket: a part of the second');
is($got, 'fo', 'seqpacket: which is its beginning');
is(sysread($peer, $got, 100), 0, 'seqpacket: whose rest was dropped');
is(sysread($peer, $got, 100), 4, 'seqpacket: the one after the empty one');
is($got, 'last', 'seqpacket: and it is the last');
close($client);
is(sysread($peer, $got, 100), 0, 'seqpacket: the end');

# --- datagrams

my $inbox = toy_server(SOCK_DGRAM, 9100);
my $from = recv($inbox, $got, 100, MSG_DONTWAIT);
is($from, undef, 'dgram: nothing there');
is($! + 0, EAGAIN, 'dgram: EAGAIN');

my $sender = toy_socket(SOCK_DGRAM);
is(send($sender, 'question', 0, toy_addr(9100)), 8, 'dgram: to an address');
$from = recv($inbox, $got, 100, 0);
is($got, 'question', 'dgram: arrives');
(my $mine = toy_name($sender)) =~ s/^0:/1:/;
is(toy_text($from), $mine, 'dgram: recv names the sender');
is(send($inbox, 'answer', 0, $from), 6, 'dgram: which can be answered');
is(toy_text(recv($sender, $got, 100, 0)), '1:9100', 'dgram: from the server');
is($got, 'answer', 'dgram: with the answer');

ok(connect($sender, toy_addr(9100)), 'dgram: connect');
is(toy_peer($sender), '1:9100', 'dgram: getpeername');
is(send($sender, 'x' x $_, 0), $_, "dgram: $_ bytes") for 0, 1, 30000;
recv($inbox, $got, 100000, 0);
is(length($got), 0, 'dgram: 0 bytes arrive');
recv($inbox, $got, 100000, 0);
is(length($got), 1, 'dgram: 1 byte arrives');
recv($inbox, $got, 100000, 0);
is(length($got), 30000, 'dgram: 30000 bytes arrive');

# A server that answers whoever asks, in the words of perlipc.
$pid = child(sub {
	for (1 .. 60) {
		my $who = recv($inbox, my $what, 1000, 0);
		die("recv: $!\n") unless defined($who);
		send($inbox, scalar(reverse($what)), 0, $who);
	}
});
my @clients = map { toy_client(SOCK_DGRAM, 9100) } 1 .. 6;
my $right = 0;
for my $round (1 .. 10) {
	send($clients[$_], "client $_ round $round", 0) for 0 .. 5;
	for (0 .. 5) {
		recv($clients[$_], $got, 1000, 0);
		$right++ if $got eq reverse("client $_ round $round");
	}
}
is($right, 60, 'dgram: six clients of one server');
is(reap($pid), 0, 'dgram: the server is content');

close($inbox);
is(send($sender, 'x', 0), undef, 'dgram: the server is gone');
is($! + 0, ECONNREFUSED, 'dgram: ECONNREFUSED');

done_testing();
