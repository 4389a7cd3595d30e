#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The mixed stress alone, for as long as one likes. In the VM, on more or fewer
# processors:
#
#	scripts/vm --smp 4 --timeout 300 -- selftests/stress.sh 120 [SEED]

seconds=${1:-120}
export TOY_STRESS_SECONDS=$seconds
export TOY_STRESS_SEED=${2:-}

exec "$(dirname "$0")/run" --timeout $((seconds + 180)) stress
