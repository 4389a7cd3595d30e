# SPDX-License-Identifier: GPL-2.0-only
# What a Perl program needs to use the family: the numbers and the address

package Toy;

use strict;
use warnings;
use Errno;
use Socket;
use Time::HiRes qw(sleep);

use Exporter 'import';
our @EXPORT = qw(AF_TOY SOL_TOY TOY_REUSEPORT TOY_PASSCRED TOY_LAST_ERROR
		 toy_addr toy_text toy_name toy_peer toy_errno toy_reason
		 toy_socket toy_server toy_client);

use constant {
	SOL_TOY		=> 300,
	TOY_REUSEPORT	=> 6,
	TOY_PASSCRED	=> 7,
	TOY_LAST_ERROR	=> 9,
};

my $family;

sub AF_TOY()
{
	return $family if defined($family);
	$family = 18;
	if (open(my $file, '<', '/sys/module/toy/parameters/family')) {
		$family = int(<$file>);
	}
	return $family;
}

# toy_addr(PORT, NODE): a packed struct sockaddr_toy
sub toy_addr
{
	my ($port, $node) = @_;

	return pack('S S L', AF_TOY, $port, $node // 0);
}

# The text form of a packed address, node:port
sub toy_text
{
	my ($addr) = @_;

	return 'none' unless defined($addr) && length($addr) == 8;
	my ($sa_family, $port, $node) = unpack('S S L', $addr);
	return "family $sa_family" if $sa_family != AF_TOY;
	return "$node:$port";
}

sub toy_name
{
	return toy_text(getsockname($_[0]));
}

sub toy_peer
{
	return toy_text(getpeername($_[0]));
}

# The name of the errno in $!, '0' if there is none
sub toy_errno
{
	my $errno = $! + 0;

	return '0' unless $errno;
	for my $name (sort keys %!) {
		no strict 'refs';
		return $name if &{"Errno::$name"}() == $errno &&
				$name !~ /^(EWOULDBLOCK|EDEADLOCK|ENOTSUP)$/;
	}
	return $errno;
}

# The text that the family keeps about the last failure
sub toy_reason
{
	my $text = getsockopt($_[0], SOL_TOY, TOY_LAST_ERROR);

	return 'no TOY_LAST_ERROR' unless defined($text);
	$text =~ s/\0.*//s;
	return $text;
}

sub toy_socket
{
	my ($type) = @_;

	socket(my $sock, AF_TOY, $type, 0) or die("socket: $!\n");
	return $sock;
}

# toy_server(TYPE, PORT): bound and, where the type can, listening
sub toy_server
{
	my ($type, $port, $backlog) = @_;
	my $sock = toy_socket($type);

	bind($sock, toy_addr($port)) or die("bind: $!\n");
	if ($type != SOCK_DGRAM) {
		listen($sock, $backlog // 128) or die("listen: $!\n");
	}
	return $sock;
}

sub toy_client
{
	my ($type, $port, $node) = @_;
	my $sock = toy_socket($type);

	connect($sock, toy_addr($port, $node)) or die("connect: $!\n");
	return $sock;
}

1;
