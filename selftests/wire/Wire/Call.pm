# SPDX-License-Identifier: GPL-2.0-only
# System calls of a script, on sockets of the node under test. None of them waits:
# what is not there yet is asked for again, until the patience is at its end.

package Wire::Call;

use strict;
use warnings;
use Errno qw(EAGAIN);
use Fcntl;
use IO::Poll;
use Socket;
use Time::HiRes qw(time);
use Toy;
use Wire::Frame qw(frame_pattern);

my %TYPES = (stream => SOCK_STREAM, seqpacket => SOCK_SEQPACKET,
	     dgram => SOCK_DGRAM);
my %HOW = (rd => 0, wr => 1, rdwr => 2);
my %SEND = (oob => MSG_OOB, more => 0x8000, eor => 0x80);
my %POLL = (in => 1, pri => 2, out => 4, err => 8, hup => 16, rdhup => 0x2000);
my @STATES = qw(? ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT
		CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING);
# Of struct toy_info: how, and at which offset
my %INFO = (state => ['C', 0], backend => ['C', 1], retransmits => ['C', 2],
	    rtt => ['L', 4], rttvar => ['L', 8], rto => ['L', 12],
	    cwnd => ['L', 16], ssthresh => ['L', 20], mss => ['L', 24],
	    maxmsg => ['L', 28], total_retrans => ['L', 32]);
my %OPTIONS = (
	linger		=> [SOL_SOCKET, SO_LINGER],
	rcvbuf		=> [SOL_SOCKET, SO_RCVBUF],
	sndbuf		=> [SOL_SOCKET, SO_SNDBUF],
	keepalive	=> [SOL_SOCKET, SO_KEEPALIVE],
	broadcast	=> [SOL_SOCKET, SO_BROADCAST],
	oobinline	=> [SOL_SOCKET, SO_OOBINLINE],
	nodelay		=> [SOL_TOY, 1],
	keepidle	=> [SOL_TOY, 2],
	keepintvl	=> [SOL_TOY, 3],
	keepcnt		=> [SOL_TOY, 4],
	user_timeout	=> [SOL_TOY, 5],
);

# new(PATIENCE): seconds
sub new
{
	my ($class, $patience) = @_;

	return bless({ patience => $patience, socks => {} }, $class);
}

sub address
{
	my ($text) = @_;
	my ($node, $port) = $text =~ /^(\d+|\*|all):(\d+)$/
		or die("no address '$text'\n");

	$node = 0 if $node eq '*';
	$node = 0xffffffff if $node eq 'all';
	return toy_addr($port, $node);
}

sub enter
{
	my ($self, $name, $sock, $type) = @_;

	fcntl($sock, F_SETFL, O_RDWR | O_NONBLOCK);
	# The numbers of the bytes that are written and read next
	$self->{socks}{$name} = { sock => $sock, type => $type, wrote => 1,
				  read => 1 };
}

sub sock
{
	my ($self, $name) = @_;

	return $self->{socks}{$name} // die("no socket '$name'\n");
}

# ---- one try of each; undef and $!, or what came of it

my %try;
%try = (
	socket => sub {
		my ($self, $s, $type) = @_;
		return toy_socket($TYPES{$type} // die("type\n"));
	},
	bind => sub { my ($self, $s, $to) = @_;
		      return bind($s->{sock}, address($to)) && 0 },
	connect => sub { my ($self, $s, $to) = @_;
			 return connect($s->{sock}, address($to)) && 0 },
	listen => sub { my ($self, $s, $backlog) = @_;
			return listen($s->{sock}, $backlog) && 0 },
	accept => sub {
		my ($self, $s) = @_;
		my $sock;
		return accept($sock, $s->{sock}) ? $sock : undef;
	},
	shutdown => sub { my ($self, $s, $how) = @_;
			  return shutdown($s->{sock}, $HOW{$how}) && 0 },
	close => sub { my ($self, $s) = @_;
		       return close($s->{sock}) && 0 },
	write => sub { my ($self, $s, @how) = @_;
		       return write_some($s, @how) },
	send => sub { my ($self, $s, @how) = @_;
		      return write_some($s, @how) },
	sendto => sub {
		my ($self, $s, $to, $count) = @_;
		return CORE::send($s->{sock}, frame_pattern(1, $count), 0,
				  address($to));
	},
	read => sub { my ($self, $s, @how) = @_; return read_some($s, @how) },
	recvfrom => sub {
		my ($self, $s, $count) = @_;
		my $from = recv($s->{sock}, my $text, $count, 0);
		return undef unless defined($from);
		die("other bytes: $text\n")
			if $text ne frame_pattern(1, length($text));
		return length($text) . ' ' . toy_text($from);
	},
	set => sub { my ($self, $s, $option, @values) = @_;
		     my $at = $OPTIONS{$option} // die("option $option\n");
		     return setsockopt($s->{sock}, $at->[0], $at->[1],
				       pack('l*', @values)) && 0 },
	device => sub { my ($self, $s, $name) = @_;
			return setsockopt($s->{sock}, SOL_SOCKET, 25, $name) && 0 },
	error => sub {
		my ($self, $s) = @_;
		my $bytes = getsockopt($s->{sock}, SOL_SOCKET, SO_ERROR);
		local $! = unpack('l', $bytes);
		return toy_errno();
	},
	# What a connect that did not wait has come to
	connected => sub {
		my ($self, $s) = @_;
		if (!(poll_mask($s) & $POLL{out})) {
			$! = EAGAIN;
			return undef;
		}
		return $try{error}->($self, $s);
	},
	poll => sub {
		my ($self, $s) = @_;
		my $mask = poll_mask($s);
		my @are = grep({ $mask & $POLL{$_} }
			       qw(in pri out err hup rdhup));
		return join('|', @are) || 'nothing';
	},
	info => sub { my ($self, $s, $what) = @_;
		      return info($s->{sock}, $what) },
	name => sub { my ($self, $s) = @_; return toy_name($s->{sock}) },
	inq => sub { my ($self, $s) = @_; return ioctl_int($s, 0x541b) },
	outq => sub { my ($self, $s) = @_; return ioctl_int($s, 0x5411) },
	atmark => sub { my ($self, $s) = @_; return ioctl_int($s, 0x8905) },
	# The next byte that is read has this number.
	seek => sub { my ($self, $s, $number) = @_;
		      $s->{read} = $number;
		      return 0 },
);

sub write_some
{
	my ($s, $count, @flags) = @_;
	my $flags = MSG_NOSIGNAL;

	$flags |= $SEND{$_} // die("flag $_\n") for @flags;
	my $sent = CORE::send($s->{sock}, frame_pattern($s->{wrote}, $count),
			      $flags);
	return undef unless defined($sent);
	$s->{wrote} += $sent;
	$s->{wrote}++ if $s->{type} eq 'seqpacket';
	return $sent;
}

# Bytes have to be those of their numbers. $oob: that one, by its number
sub read_some
{
	my ($s, $count, $oob) = @_;
	my $text;

	return undef unless defined(recv($s->{sock}, $text, $count,
					 defined($oob) ? MSG_OOB : 0));
	my $want = frame_pattern($oob // $s->{read}, length($text));
	die("other bytes than those from number " . ($oob // $s->{read}) .
	    " on: $text\nwant: $want\n") if $text ne $want;
	return length($text) if defined($oob);
	$s->{read} += length($text);
	$s->{read}++ if $s->{type} eq 'seqpacket';
	return length($text);
}

sub info
{
	my ($sock, $what) = @_;
	my $at = $INFO{$what} // die("no '$what' in TOY_INFO\n");
	my $bytes = getsockopt($sock, SOL_TOY, 10);

	return undef unless defined($bytes);
	my $value = unpack("x$at->[1] $at->[0]", $bytes);
	return $what eq 'state' ? $STATES[$value] : $value;
}

sub ioctl_int
{
	my ($s, $number) = @_;
	my $value = pack('l', 0);

	return undef unless ioctl($s->{sock}, $number, $value);
	return unpack('l', $value);
}

sub poll_mask
{
	my ($s) = @_;
	my ($fd, $mask) = (fileno($s->{sock}), 0x2007);

	# Beneath its functions IO::Poll knows POLLRDHUP, too.
	IO::Poll::_poll(0, $fd, $mask) >= 0 or die("poll: $!\n");
	return $mask;
}

# ---- what scripts say

# Results are texts, or ranges of numbers.
sub is
{
	my ($got, $want) = @_;

	if ($want =~ /^(\d+)\.\.(\d+)$/) {
		my ($least, $most) = ($1, $2);
		return $got =~ /^\d+$/ && $got >= $least && $got <= $most;
	}
	return $got eq $want;
}

# call(RESULT, NAME, SOCKET, ARG...): tries until it is the expected result
sub call
{
	my ($self, $want, $name, $to, @args) = @_;
	my $try = $try{$name} // die("no call '$name'\n");
	my $end = time() + $self->{patience};
	my ($s, $got, $value);

	$s = $self->sock($to) if $name ne 'socket';
	@args = ($to, @args) if $name eq 'socket';
	for (;;) {
		$! = 0;
		$value = $try->($self, $s, @args);
		$got = defined($value) ? $value : toy_errno();
		last if $name eq 'accept' && ref($value);
		last if $name eq 'socket';
		last if is($got, $want) || time() >= $end;
		# Only what says 'not yet' is asked again.
		last if defined($value) &&
			$name !~ /^(poll|info|inq|outq|error|atmark)$/;
		last if !defined($value) && $got ne 'EAGAIN';
		select(undef, undef, undef, 0.005);
	}
	if (ref($value)) {
		die("$name: succeeds, not $want\n") if $want =~ /^E[A-Z]+$/;
		$self->enter($want, $value,
			     $name eq 'socket' ? $to : $s->{type});
		return;
	}
	die("$name: $got, not $want\n") unless is($got, $want);
	delete($self->{socks}{$to}) if $name eq 'close';
}

# Microseconds that TOY_INFO says of a socket, as seconds
sub seconds
{
	my ($self, $name, $what) = @_;

	return info($self->sock($name)->{sock}, $what) / 1e6;
}

1;
