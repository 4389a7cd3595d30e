# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of toyss share, on top of tap.sh.

TOYSS_TOP=$(cd "$TAP_LIB/../.." && pwd)
TOYSS=${BUILD:-$TOYSS_TOP/build}/tools/toyss

# toyss_build: the program, where it is not there or old
toyss_build()
{
	make -s -C "$TOYSS_TOP/tools" BUILD="${BUILD:-$TOYSS_TOP/build}" \
		>"$TAP_DIR/make" 2>&1 && return
	sed 's/^/# /' "$TAP_DIR/make"
	tap_skip_all "no $TOYSS"
}

toyss()
{
	tap_timed "$TOYSS" "$@"
}

# toyss_status ARGUMENT...: its exit status alone
toyss_status()
{
	toyss "$@" >/dev/null 2>&1
	echo $?
}

# toyss_replay: from now on toyss reads a file in place of the kernel's answer
toyss_replay()
{
	export TOYDIAG_FILE=$TAP_DIR/answer
}

# toyss_record: makes that file of the sockets on stdin, one a line as
# lib/toyss-record has them
toyss_record()
{
	perl "$TAP_LIB/toyss-record" >"$TAP_DIR/answer"
}

# json_get EXPRESSION: of the JSON on stdin, which Python calls j
json_get()
{
	python3 -c 'import json, sys
j = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1" 2>&1
}
