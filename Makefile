# SPDX-License-Identifier: GPL-2.0-only
#
# make help tells what there is. kbuild reads Kbuild, not this file.

# Where a module is built for the kernel KDIR: the top, or a directory below
# build/ for kernels other than the default one (scripts/vm asks for those).
TOY_OUT ?= .
# Default: the newest stock kernel that is installed, not the one that runs.
KDIR	?=

stock	  = $(shell eval "$$(scripts/kernel-info stock)" && echo "$$kdir")
# Looked for once, and only by the targets that need it, as the package may have
# to be installed first. Expands to nothing.
kdir	 :=
find-kdir = $(if $(kdir),,$(eval kdir := $(or $(KDIR),$(stock),$(error no kernel \
		to build for))))
release	  = $(shell sed 's/.*"\(.*\)".*/\1/' $(kdir)/include/generated/utsrelease.h)
out	  = $(abspath $(TOY_OUT))
kbuild	  = $(find-kdir)$(MAKE) -C $(kdir) M=$(out)

all: module

help:
	@echo 'make                  build toy.ko'
	@echo '     KDIR=DIR         ... for the kernel with this build directory'
	@echo '     W=1 C=2          ... with more warnings, with sparse (see kbuild)'
	@echo 'make demo             show what the module does, in a VM'
	@echo 'make tour             labs that show how sockets work, in a VM'
	@echo '     LAB=N            ... that one alone'
	@echo 'make check            what each change has to pass'
	@echo 'make check-all        everything, before a release'
	@echo 'make check-debug      a part of the tests with KASAN, lockdep, ...; check-kcsan'
	@echo 'make coverage         which lines of the module the tests run'
	@echo 'make lint             checkpatch, sparse, layers, ... alone'
	@echo 'make check-vm         the tests of scripts/vm alone'
	@echo 'make check-kernels    build for and test on other kernels of Debian'
	@echo '     FULL=1           ... with all of the selftests'
	@echo 'make check-two-vms    connections between two VMs with a cable'
	@echo 'make model            check the models of the wire protocol with spin'
	@echo 'make shell            a shell in a VM with the module loaded'
	@echo 'make bench            what everything costs, beside other families'
	@echo 'make bench-check      ... compared with what was committed, and its targets'
	@echo 'make bench-parallel   ... many at once, by the clock'
	@echo 'make bench-programs   what redis-benchmark, wrk, ... say, beside TCP'
	@echo 'make selftests        build the test programs'
	@echo 'make proto            test the wire protocol in user space (two minutes)'
	@echo 'make kunit            test the module from within, on the debug kernel'
	@echo 'make tools            build the user-space programs'
	@echo 'make debug-kernel     build a kernel with KASAN, lockdep, ... (ten minutes)'
	@echo 'make kcsan-kernel     build a kernel that finds data races; gcov-kernel'
	@echo 'make modules_install  install toy.ko (INSTALL_MOD_PATH=DIR: below DIR)'
	@echo 'make install          install the user-space programs and the manual pages'
	@echo '     PREFIX=DIR       ... below DIR (/usr/local); DESTDIR=DIR: before it'
	@echo 'make deb              build the Debian packages toy-dkms and toy-tools'
	@echo 'make fuzz             random system calls on the debug kernel (twenty minutes)'
	@echo 'make soak             mixed load, and that nothing is left of it (ten minutes)'
	@echo '     MINUTES=N        ... for so long'
	@echo 'make clean'

# Without KDIR it is us who choose the kernel, so it is us who install it.
build-deps:
ifeq ($(KDIR),)
	@scripts/deps build
endif

# A recipe is expanded as a whole before it runs: hence build-deps of its own.
module: build-deps
	@echo '=== building toy.ko for $(find-kdir)$(release)'
	@scripts/link-sources $(TOY_OUT)
	@scripts/probe-kernel $(kdir) $(out)/build/probes/toy_probes.h
	+@$(kbuild) --no-print-directory modules

demo:
	@scripts/deps build vm demo
	@$(MAKE) --no-print-directory module tools
	@echo '=== starting the demonstration'
	@scripts/demo

tour:
	@scripts/tour $(LAB)

check:
	@scripts/check

check-all:
	@scripts/check --all

check-debug check-kcsan:
	@scripts/check build $(@:check-%=%)

coverage:
	@scripts/coverage

lint:
	@scripts/deps build lint
	@scripts/lint

check-two-vms:
	@scripts/deps build vm test
	@scripts/check-two-vms

check-kernels:
	@scripts/check-kernels $(if $(FULL),--full)

check-vm:
	@scripts/deps build vm test
	@scripts/test-vm

model:
	@scripts/check-model

bench:
	@scripts/bench

bench-check bench-parallel:
	@scripts/bench --$(@:bench-%=%)

bench-programs:
	@scripts/bench-programs

# Each by itself: scripts/fuzz fuzz, scripts/fuzz trinity.
fuzz:
	@MINUTES=$(MINUTES) scripts/fuzz

soak:
	@MINUTES=$(MINUTES) scripts/soak

shell:
	@scripts/deps build vm
	@scripts/vm --shell

selftests:
	@$(MAKE) --no-print-directory -C $@

# The wire protocol's engine in user space: unit tests, simulation, fuzzing.
proto:
	@scripts/deps proto
	@$(MAKE) --no-print-directory -C selftests/proto run

# toy_test.ko for the kernel KDIR: the module and its tests in one.
kunit-module: build-deps
	@scripts/link-sources $(TOY_OUT) selftests/proto
	@scripts/probe-kernel $(find-kdir)$(kdir) $(out)/build/probes/toy_probes.h
	@scripts/kunit-suites $(out)
	+@$(kbuild) --no-print-directory TOY_KUNIT=y modules

kunit:
	@scripts/deps build vm kernel
	@scripts/kunit

tools:
	@scripts/deps tools
	@$(MAKE) --no-print-directory -C $@

debug-kernel kcsan-kernel gcov-kernel:
	@scripts/build-debug-kernel $(@:-kernel=)

# The family is not loaded for whoever asks for it, unless the administrator
# says so: an autoloadable family is attack surface.
modules_install: module
	@$(kbuild) modules_install
	install -D -m 644 scripts/config/modprobe.conf \
		$(INSTALL_MOD_PATH)/usr/lib/modprobe.d/af_toy.conf

# Not the module, which is for the kernel that runs: modules_install.
install: tools
	@$(MAKE) --no-print-directory -C tools install

deb:
	@scripts/deps deb
	@scripts/build-deb

# The objects beside the sources; a kernel is not needed to find them.
clean:
	rm -f toy.ko toy.mod toy.mod.c toy.mod.o toy.o .toy.* .modules.order.cmd \
		.Module.symvers.cmd Module.symvers modules.order
	find module -name '*.o' -delete -o -name '.*.cmd' -delete -o -name '.*.d' -delete
	rm -rf build

.PHONY: all help build-deps module demo tour check check-all check-debug check-kcsan \
	coverage lint check-vm \
	check-kernels check-two-vms model bench bench-check bench-parallel bench-programs shell \
	selftests proto tools fuzz soak \
	kunit-module kunit debug-kernel kcsan-kernel gcov-kernel modules_install install \
	deb clean
