# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of toyrun share, on top of tap.sh.

TOYRUN_BUILD=$(cd "${BUILD:-$(dirname "$0")/../build}/tools" 2>/dev/null && pwd)
TOYRUN=$TOYRUN_BUILD/toyrun
TOYSS=$TOYRUN_BUILD/toyss

# toyrun_need PROGRAM...
toyrun_need()
{
	tap_need python3 ss "$@"
	[ -x "$TOYRUN" ] || tap_skip_all 'no toyrun: make tools'
	ip link set lo up
}

# Listeners and UDP sockets of IP: there ought to be none.
toyrun_inet()
{
	ss -Hltun
}

# toyrun_listens PORT: whether a stream socket of AF_TOY does
toyrun_listens()
{
	"$TOYSS" -Hl -A toy_str src ":$1" | grep -q .
}

# toyrun_bound PORT: the same of datagram sockets
toyrun_bound()
{
	"$TOYSS" -Hl -A toy_dgr src ":$1" | grep -q .
}

# toyrun_server NAME PORT PROGRAM...: in the background, until it listens
toyrun_server()
{
	tap_start "$1" "$TOYRUN" "${@:3}"
	tap_until toyrun_listens "$2"
}
