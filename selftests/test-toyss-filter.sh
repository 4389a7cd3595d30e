#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# toyss where there is no socket and no module: which sockets its filters
# choose, what it makes of the kernel's answers, and of what is none.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyss.sh"
command -v perl >/dev/null || tap_skip_all "no perl"
toyss_build
toyss_replay
set -f

# picks NAME FILTER WANT: the ids of the sockets that a filter chooses
picks()
{
	local got

	# shellcheck disable=SC2086 # a list of words
	got=$(toyss -aHeO $2 2>&1 | sed 's/.* id:\([0-9]*\).*/\1/' |
	      paste -sd ' ')
	tap_is "$1: $2" "$got" "$3"
}

# refuses FILTER WHY: a usage error that says why
refuses()
{
	local got

	# shellcheck disable=SC2086
	got=$(toyss -a $1 2>&1 >/dev/null; echo "$?")
	tap_like "error: '$1'" "$got" "*toyss: *$2*2"
}

types()
{
	picks types '' '1 2 3 4 5 6 7 8'
	picks types '-A toy_str' '1 2 3'
	picks types '-A toy_seq,toy_dgr' '4 5 6 7'
	picks types '-A toy_raw' 8
	picks types '-A all,!toy_str' '4 5 6 7 8'
	picks types '-A !toy_str,!toy_raw' '4 5 6 7'
	picks types '--query=toy_raw' 8
	picks types '--socket toy_raw' 8
	refuses '-A tcp' 'tcp'
	refuses '-A toy_str,' 'is no type'
}

# A socket of each state, whose id is the state's number
states()
{
	local state

	for state in 1 2 3 4 5 6 7 8 9 10 11; do
		echo "state=$state id=$state"
	done | toyss_record
	tap_is 'states: connected ones by default' \
		"$(toyss -HeO | sed 's/.* id:\([0-9]*\).*/\1/' | paste -sd ' ')" \
		'1 2 4 5 8 9 11'
	tap_is 'states: -l' \
		"$(toyss -lHeO | sed 's/.* id:\([0-9]*\).*/\1/' | paste -sd ' ')" \
		'7 10'
	picks states 'state all' '1 2 3 4 5 6 7 8 9 10 11'
	picks states 'state connected' '1 2 3 4 5 6 8 9 11'
	picks states 'state synchronized' '1 3 4 5 6 8 9 11'
	picks states 'state bucket' '3 6'
	picks states 'state big' '1 2 4 5 7 8 9 10 11'
	picks states 'state established' 1
	picks states 'state syn-sent' 2
	picks states 'state syn-recv' 3
	picks states 'state fin-wait-1' 4
	picks states 'state fin-wait-2' 5
	picks states 'state time-wait' 6
	picks states 'state closed' 7
	picks states 'state close' 7
	picks states 'state close-wait' 8
	picks states 'state last-ack' 9
	picks states 'state listening' 10
	picks states 'state closing' 11
	picks states 'state LISTEN' 10
	picks states 'state established state listening' '1 10'
	picks states 'exclude listening' '1 2 3 4 5 6 7 8 9 11'
	picks states 'state connected exclude bucket' '1 2 4 5 8 9 11'
	picks states 'state listening exclude listening' ''
	tap_is 'states: by word' \
		"$(toyss -aHO | awk '{ print $2 }' | paste -sd ' ')" \
		'ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING'
	refuses 'state' 'is no state'
	refuses 'state bogus' bogus
	refuses 'exclude sport' sport
}

predicates()
{
	picks port 'sport = :80' '1 4'
	picks port 'sport = 80' '1 4'
	picks port 'sport :80' '1 4'
	picks port 'sport=:80' '1 4'
	picks port 'sport == :80' '1 4'
	picks port 'sport eq :80' '1 4'
	picks port 'sport != :80' '2 3 5 6 7 8'
	picks port 'sport ne :80' '2 3 5 6 7 8'
	picks port 'sport neq :80' '2 3 5 6 7 8'
	picks port 'sport < :80' '3 6 7 8'
	picks port 'sport lt :80' '3 6 7 8'
	picks port 'sport <= :80' '1 3 4 6 7 8'
	picks port 'sport le :80' '1 3 4 6 7 8'
	picks port 'sport leq :80' '1 3 4 6 7 8'
	picks port 'sport > :80' '2 5'
	picks port 'sport gt :80' '2 5'
	picks port 'sport >= :80' '1 2 4 5'
	picks port 'sport ge :80' '1 2 4 5'
	picks port 'sport geq :80' '1 2 4 5'
	picks port 'sport = *' '1 2 3 4 5 6 7 8'
	picks port 'sport = *:80' '1 4'
	picks port 'sport = :0' '3 7 8'
	picks port 'dport = :80' 2
	picks port 'dport >= :65535' 5
	picks node 'src 0' '1 3 4 7 8'
	picks node 'src 1' '2 6'
	picks node 'dst 2' 5
	picks node 'dst = 2' 5
	picks node 'dst != 0' '2 5'
	picks node 'src > 1' 5
	picks node 'src 4294967294' 5
	picks node 'src *' '1 2 3 4 5 6 7 8'
	picks node 'src != *' ''
	picks both 'src 0:80' '1 4'
	picks both 'src :80' '1 4'
	picks both 'src *:80' '1 4'
	picks both 'src 1:*' '2 6'
	picks both 'dst 1:80' 2
	picks both 'dst != 1:80' '1 3 4 5 6 7 8'
	picks both 'src > :80' '2 5'
}

joined()
{
	picks and 'sport = :80 and src 0' '1 4'
	picks and 'sport = :80 src 0 dst 0' '1 4'
	picks and 'sport = :80 && dst 2' ''
	picks and 'src 1 & dst 1' 2
	picks or 'dst 1 or dst 2' '2 5'
	picks or 'dst 1 || dst 2' '2 5'
	picks or 'dst 1|dst 2' '2 5'
	picks not 'not src 0' '2 5 6'
	picks not '! src 0' '2 5 6'
	picks not '!src 0' '2 5 6'
	picks not 'not not src 0' '1 3 4 7 8'
	picks not '! ! ! src 0' '2 5 6'
	picks order 'src 1 or src 0 and sport = :80' '1 2 4 6'
	picks order '( src 1 or src 0 ) and sport = :80' '1 4'
	picks order 'sport = :80 and src 0 or src 1' '1 2 4 6'
	picks order 'not src 0 and not src 1' 5
	picks order 'not ( src 0 or src 1 )' 5
	picks order 'not(src 0 or(dst 1))' '5 6'
	picks order 'src 1 or src 4294967294 sport = :5000' '2 5 6'
	picks order '((((src 1))))' '2 6'
	picks options '-A toy_dgr sport = :53' 6
	picks options 'state listening sport = :80' '1 4'
	picks options 'state listening ( sport = :80 or dst 2 ) -A toy_seq' 4
	tap_is 'one argument: or many' \
		"$(toyss -aH 'state listening' 'sport = :80' | wc -l)" 2
}

errors()
{
	local deep

	refuses 'sport' 'no address at the end'
	refuses 'sport =' 'no address at the end'
	refuses 'sport = :' 'no port'
	refuses 'sport = :65536' 'no port'
	refuses 'sport = :-1' 'no port'
	refuses 'sport = :8x' 'no port'
	refuses 'sport = 1:80' 'no port alone'
	refuses 'sport = = 80' 'no address'
	refuses 'src 4294967296' 'no node'
	refuses 'src 1.2.3.4' 'no node'
	refuses 'src 1:' 'no port'
	refuses 'src 1:2:3' 'no node'
	refuses 'src < 1:80' 'order'
	refuses 'sport > *' 'order'
	refuses 'bogus' "no src, dst, sport or dport at 'bogus"
	refuses ':80' 'no src'
	refuses '( sport = :80' 'no )'
	refuses 'sport = :80 )' "nothing is expected at ')"
	refuses '( )' 'no src'
	refuses 'sport = :80 and' 'no src'
	refuses 'or sport = :80' 'no src'
	refuses 'sport = :80 or or' 'no src'
	refuses 'not' 'no src'
	refuses "src $(printf '1%.0s' {1..100})" 'no address'
	deep=$(printf '(%.0s' {1..30})
	picks deep "${deep}src 1${deep//(/)}" '2 6'
	deep="($deep"
	refuses "${deep}src 1${deep//(/)}" 'too many'
	deep=$(printf 'not %.0s' {1..10000})
	tap_is 'long: 10000 times not' \
		"$(toyss -aH "$deep src 1" | wc -l)" 2
	deep=$(printf 'or src 1 %.0s' {1..10000})
	tap_is 'long: 10000 alternatives' \
		"$(toyss -aH "src 2 $deep" | wc -l)" 2
}

tap_plan 130

cat >"$TAP_DIR/scene" <<'END'
type=1 state=10 id=1 local=0:80
type=1 state=1 id=2 local=1:32768 remote=1:80
type=1 state=7 id=3
type=5 state=10 id=4 local=0:80
type=5 state=1 id=5 local=4294967294:5000 remote=2:65535
type=2 state=7 id=6 local=1:53
type=2 state=7 id=7
type=3 state=7 id=8
END
toyss_record <"$TAP_DIR/scene"
types
predicates
joined
errors
states
