#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run test programs, then ask the kernel what only a debug kernel knows: two TAP
# streams, one after the other.
#
#	scripts/vm --kernel debug --smp 4 --timeout 3600 -- \
#		selftests/debug.sh NAME...
#
# That there is no report in the kernel's log is for scripts/vm to say.

"$(dirname "$0")/run" -q "$@"
status=$?

. "$(dirname "$0")/lib/tap.sh"
leaks=/sys/kernel/debug/kmemleak

# What is found is confirmed by a second scan some seconds later: what was about to
# be freed, or on its way from one list to another, was no leak.
leaks_found()
{
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	cat $leaks
}

# Objects of our caches that are in use; what is free counts until they shrink.
objects_left()
{
	local cache

	for cache in /sys/kernel/slab/TOY* /sys/kernel/slab/toy*; do
		[ ! -e "$cache/shrink" ] || echo 1 >"$cache/shrink"
	done
	awk '/^(TOY|toy)/ && $2 > 0 { print $1, $2 }' /proc/slabinfo
}

no_objects_left()
{
	[ -z "$(objects_left)" ]
}

module_goes()
{
	umount -a -t toyfs && rmmod toy
}

tap_plan 5
if [ -e /proc/lockdep_stats ]; then
	tap_is 'debug: locks are still checked' \
		"$(awk '$1 == "debug_locks:" { print $2 }' /proc/lockdep_stats)" 1
else
	tap_skip 'debug: locks are still checked' 'this kernel checks none'
fi
if [ -e $leaks ]; then
	tap_is 'debug: no memory has leaked' "$(leaks_found)" ''
else
	tap_skip 'debug: no memory has leaked' 'this kernel does not look'
fi
tap_until no_objects_left
tap_is 'debug: no object of the family is left' "$(objects_left)" ''
tap_ok 'debug: the module goes' tap_until module_goes
tap_is 'debug: so do its caches' \
	"$(awk '/^(TOY|toy)/ { print $1 }' /proc/slabinfo)" ''
exit "$status"
