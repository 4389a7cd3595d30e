# SPDX-License-Identifier: GPL-2.0-only
# Scripts: read, and carried out line by line. The language is in README.md.

package Wire::Script;

use strict;
use warnings;
use File::Basename qw(dirname);
use Time::HiRes qw(time sleep);
use Wire::Call;
use Wire::Net;
use Wire::Play;

# read_script(PATH): { title, labels, seconds, lines }
sub read_script
{
	my ($path) = @_;
	my %script = (title => '', labels => [], seconds => 5);
	my @lines = read_lines($path, \%script);

	$script{lines} = [unroll({}, \@lines)];
	die("$path: 'end' without 'for'\n") if @lines;
	return \%script;
}

# The statements; of an included file, with the number of the line that asks for it
sub read_lines
{
	my ($path, $script) = @_;
	my @lines;

	open(my $file, '<', $path) or die("$path: $!\n");
	while (my $line = <$file>) {
		my $number = $.;
		my $comment = $line =~ s/^#\s*//;
		chomp($line);
		if ($comment) {
			$script->{title} ||= $line if $line !~ /SPDX|^$/;
			next;
		}
		$line =~ s/\s+#\s.*//;
		$line =~ s/^\s+|\s+$//g;
		$line =~ s/\s+/ /g;
		next if $line eq '';
		if ($line =~ /^labels (.*)/) {
			push(@{$script->{labels}}, split(' ', $1));
		} elsif ($line =~ /^seconds (\d+)/) {
			$script->{seconds} = $1;
		} elsif ($line =~ /^include (\w+)/) {
			push(@lines, map({ [$number, $_->[1]] }
					 read_lines(dirname($path) . "/$1.inc",
						    $script)));
		} else {
			push(@lines, [$number, $line]);
		}
	}
	return @lines;
}

# $name and $(name * 2 + 1) become numbers.
sub fill
{
	my ($text, $vars) = @_;

	$text =~ s{\$\(([^()]+)\)}{
		my $sum = $1;
		$sum =~ s/\b([a-z])\b/$vars->{$1} \/\/ die("no $1\n")/ge;
		$sum =~ m,^[-+*/%\d ]+$, or die("what is '$sum'?\n");
		int(eval($sum));
	}ge;
	$text =~ s/\$([a-z])\b/$vars->{$1} \/\/ die("no $1\n")/ge;
	return $text;
}

# Takes lines to the end of a block, with its loops written out.
sub unroll
{
	my ($vars, $lines) = @_;
	my @out;

	while (my $line = shift(@$lines)) {
		my ($number, $text) = @$line;

		if ($text =~ /^for ([a-z]) (\S+) (\S+)$/) {
			my ($name, $from, $to) = ($1, fill($2, $vars),
						  fill($3, $vars));
			my @body = @$lines;
			for my $i ($from .. $to) {
				my @copy = @body;
				push(@out, unroll({ %$vars, $name => $i },
						  \@copy));
				@$lines = @copy;
			}
		} elsif ($text eq 'end') {
			return @out;
		} else {
			push(@out, [$number, fill($text, $vars)]);
		}
	}
	return @out;
}

# ---- statements; $p is the Wire::Play

sub begin
{
	my ($p) = @_;

	return if $p->{net};
	$p->{start} = time();
	$p->{net} = Wire::Net->new(%{$p->{set}});
	$p->{calls} = Wire::Call->new($p->{patience});
	$p->{last} = time();
}

sub counters
{
	my %count;

	open(my $file, '<', '/proc/net/toy_stat') or die("toy_stat: $!\n");
	while (<$file>) {
		my ($name, $value) = split(' ');
		$count{$name} = $value;
	}
	return \%count;
}

# Exactly these reasons for drops, so many of each
sub drops
{
	my ($p, %want) = @_;
	my $end = time() + $p->{patience};
	my ($is, $should);

	$should = join(' ', map({ "$_ $want{$_}" } sort(keys(%want))));
	for (;;) {
		my $count = counters();
		my %are;

		for my $name (grep({ /^ToyDropped/ && $count->{$_} }
				   keys(%$count))) {
			my $short = lc($name =~ s/^ToyDropped//r =~
				       s/(?<=.)([A-Z])/_$1/gr);
			$are{$short} = $count->{$name};
		}
		$is = join(' ', map({ "$_ $are{$_}" } sort(keys(%are))));
		return if $is eq $should;
		last if time() >= $end;
		sleep(0.02);
	}
	die("drops are: $is\n");
}

sub entry
{
	my ($p, $node, $state) = @_;
	my $end = time() + $p->{patience};
	my $is;

	for (;;) {
		open(my $file, '<', '/mnt/neigh') or die("neigh: $!\n");
		my ($line) = grep({ /^node=$node / } <$file>);
		$is = 'none';
		$is = $1 if ($line // '') =~ / state=(\S+)/;
		$is .= " $1" if $state =~ / / && $line =~ / mac=\S*:(\S\S)/;
		return if $is eq $state;
		last if time() >= $end;
		sleep(0.02);
	}
	die("the entry of node $node is: $is\n");
}

# The node's first number, since 'forget', is further on than before it.
sub further
{
	my ($p, $name, $least) = @_;
	my $c = $p->conn($name);
	my $is = unpack('l', pack('l', ($c->{theirs} - $c->{before}) &
				       0xffffffff));

	die("it is further by $is\n") if $is < $least;
}

my %statement = (
	conn => sub {
		my ($p, $name, $type, $peer, $port, @how) = @_;
		$p->conn_new($name, $type, $peer, $port, @how);
	},
	forget => sub {
		my ($p, $name) = @_;
		my $c = $p->conn($name);
		@$c{qw(before known)} = ($c->{theirs}, 0);
	},
	further => \&further,
	nothing => sub { $_[0]->nothing($_[1]) },
	limited => sub { my ($p, @how) = @_; $p->limited(@how) },
	answered => sub { $_[0]->answered($_[1]) },
	wait => sub { sleep($_[1]); $_[0]{last} = time() },
	drops => \&drops,
	entry => sub { my ($p, $node, @state) = @_;
		       entry($p, $node, "@state") },
	count => sub {
		my ($p, $name, $want) = @_;
		my $is = counters()->{"Toy$name"} // 'not there';
		die("$name is $is\n") if $is ne $want;
	},
	sysctl => sub { my ($p, $name, $value) = @_;
			Wire::Net::put("/proc/sys/net/toy/$name",
				       ($value // '') . "\n") },
	ctl => sub { my ($p, @words) = @_;
		     Wire::Net::put('/mnt/ctl', "@words") },
	ip => sub { my ($p, @words) = @_;
		    Wire::Net::run('', 'ip', @words);
		    $p->{last} = time() },
	rest => sub { $_[0]{rest} = 1 },
);

sub seconds_of
{
	my ($p, $text) = @_;

	return $1 * $p->{gap} if $text =~ /^([\d.]+)x$/;
	return $text unless $text =~ /^([\d.]*)(rto|rtt)\((\w+)\)$/;
	return ($1 eq '' ? 1 : $1) * $p->{calls}->seconds($3, $2);
}

sub line
{
	my ($p, $text) = @_;
	my $after;

	if ($text =~ /^(devices|mtu|node|links|neigh) (\w+)$/) {
		die("too late for '$1'\n") if $p->{net} && $1 ne 'neigh';
		$p->{set}{$1} = $2;
		return;
	}
	begin($p);
	my $gaps = $text =~ /^\+\S+x /;
	$after = seconds_of($p, $1) if $text =~ s/^\+(\S+) //;
	# A gap that was seen is longer than the timer by what it was late.
	return $p->expect($text, $after, $gaps ? 0.75 : 0.95)
		if $text =~ s/^> //;
	my $left = $p->{last} + ($after // 0) - time();
	sleep($left) if $left > 0;
	return $p->inject($text) if $text =~ s/^< //;
	return $p->flood($2, $3, $1) if $text =~ /^flood( ports)? (\d+) < (.*)$/;
	if ($text =~ /^(?:(\w+) = )?(\w+)\(([^)]*)\)(?: = (.*))?$/) {
		my ($to, $name, $args, $want) = ($1, $2, $3, $4);
		my @args = split(/\s*,\s*/, $args);

		# A frame that it causes may come before it is done.
		$p->{last} = time();
		$p->{calls}->call($to // $want // 0, $name, @args);
		$p->note('-', $text);
		return;
	}
	my ($name, @words) = split(' ', $text);
	my $do = $statement{$name} // die("what is '$text'?\n");
	$do->($p, @words);
	$p->note('-', $text) if $name ne 'drops';
}

# play(PATH, SLOW): undef, or what went wrong
sub play
{
	my ($path, $slow) = @_;
	my $script = read_script($path);
	my $p = Wire::Play->new(slow => $slow);
	my $at = 0;

	eval {
		for my $line (@{$script->{lines}}) {
			$at = $line;
			line($p, $line->[1]);
		}
		$at = ['end', ''];
		$p->settle() unless $p->{rest};
	};
	return undef unless $@;
	my @log = @{$p->{log}};
	splice(@log, 0, @log - 12) if @log > 12;
	return join("\n", "line $at->[0]: $at->[1]", split(/\n/, $@), @log);
}

1;
