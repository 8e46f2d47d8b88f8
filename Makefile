# The targets people use; `make help` lists them. As root on a fresh Debian machine `make test` and
# `make demo` install what they need.

PREFIX = /usr
DESTDIR =
# Which generators get their hooks: those present below $(DESTDIR)/usr, "all", or some by name. They look
# below /usr only, and the hooks take /usr/bin/vfio-early.
GENERATORS = $(PRESENT)
TARGET = $(shell uname -m)-unknown-linux-musl
BINARY = target/$(TARGET)/release/vfio-early
BOOT_BINARY = target/$(TARGET)/boot/vfio-early
BOOT_BYTES = 400000
MAN = $(patsubst man/%.scd,target/man/%,$(wildcard man/*.scd))
CARGO = cargo
# Each boot test is a QEMU with about 1 GB of memory.
RUST_TEST_THREADS ?= 2

MKINITCPIO ?=

.PHONY: build boot-build setup kernels fetched roots man format check boot boot-sample arm64 images images-quick libvirt test faults fuzz demo bench \
    install uninstall deb rpm tarball packages clean help
# One after the other, also with -j: the order below is meant.
.NOTPARALLEL:

## build: the static binary, target/*-linux-musl/release/vfio-early
build:
	packaging/build-static

## boot-build: what runs in the initramfs and no more, target/*-linux-musl/boot/vfio-early; prints its size
boot-build:
	packaging/build-static boot --no-default-features
	@size=$$(stat -c %s $(BOOT_BINARY)); [ "$$size" -le $(BOOT_BYTES) ] || \
	    echo "boot-build: $(BOOT_BINARY) has $$size bytes; the goal is $(BOOT_BYTES)" >&2

## setup: installs what build and tests need, where it is missing (as root, with apt-get)
setup:
	tests/setup

## kernels: puts the kernels of the boot tests into the cache, where they are missing: two are fetched, one is compiled
kernels:
	tests/kernels

# The two alone: to compile the other takes minutes.
fetched:
	tests/kernels bookworm trixie

# Each clippy has lints of its own: a new one is for whoever works on this, not for whoever tries it.
## check: format, lints, unit and case tests, shell files, man pages; takes seconds
check: format man
	$(CARGO) clippy --locked --all-targets -- $(if $(CI),-D warnings)
	$(CARGO) clippy --locked --test boot --test images -- $(if $(CI),-D warnings)
	$(CARGO) test --locked
	git ls-files -coz --exclude-standard | \
	    xargs -0 sed -sn '1{/^#!.*\<\(ba\|da\|a\)\?sh\>/F}' | xargs -rd '\n' shellcheck
	shellcheck packaging/completions/vfio-early.bash tests/completions/bash

format:
	@$(CARGO) fmt --version >/dev/null && $(CARGO) clippy --version >/dev/null || { \
	    echo 'check: rustfmt or clippy is missing: rustup component add rustfmt clippy, or' \
	    'the packages rustfmt and rust-clippy (Debian 12: rustfmt-web, rust-web-clippy)'; exit 1; }
	$(CARGO) fmt --check

## man: renders the manual pages into target/man
man: $(MAN)
target/man/%: man/%.scd
	@mkdir -p $(@D)
	scdoc <$< >$@.new && mv $@.new $@

## boot: boots machines in QEMU and checks what was claimed there
boot: kernels build
	RUST_TEST_THREADS=$(RUST_TEST_THREADS) $(CARGO) test --locked --test boot

# No host commands in them: claims from several kinds of host drivers, by guards, by a module loader, and none at all.
SAMPLE = handover:: modes::mode_off modes::nothing selectors::a_path_takes guards::a_disk_on_the drivers::pci_stub_takes_what
## boot-sample: a sample of these boots with the boot build
boot-sample: fetched boot-build
	VFIO_EARLY_BINARY=$(CURDIR)/$(BOOT_BINARY) RUST_TEST_THREADS=$(RUST_TEST_THREADS) \
	    $(CARGO) test --locked --test boot -- $(SAMPLE)

# Not part of `make test`: the standard library alone takes a minute or two to build for another architecture.
## arm64: the static binary for arm64, and boots of it on QEMU's virt machine
arm64: TARGET = aarch64-unknown-linux-musl
arm64:
	tests/setup arm64
	tests/kernels trixie-arm64
	packaging/build-static
	$(CARGO) test --locked --test boot -- arm64:: --ignored

## images: boots images that initramfs-tools, dracut and mkinitcpio made, and prints a table; as root
##   MKINITCPIO=DIR, a checkout of mkinitcpio, in place of its stand-in
# One QEMU after the other: the times in the table are no use on a busy machine.
IMAGES = rm -rf target/images/rows; RUST_TEST_THREADS=1 $(CARGO) test --locked --test images --
# Debian's unstable suite moves: it is in no target that has to come to the same again.
images: build deb
	tests/kernels bookworm trixie sid
	tests/images/roots bookworm trixie sid
	$(IMAGES) $(if $(MKINITCPIO),--include-ignored --skip libvirt::); status=$$?; tests/images/table; exit $$status
export MKINITCPIO

## images-quick: one of them for each generator and suite, the unstable one left out
images-quick: fetched roots build deb
	$(IMAGES) claims_first; status=$$?; tests/images/table; exit $$status

# Not part of `make test`: its root alone takes minutes to make.
## libvirt: has libvirt in a booted Debian start a domain with claimed devices; as root
libvirt: kernels build deb
	tests/images/roots libvirt
	RUST_TEST_THREADS=1 $(CARGO) test --locked --test images -- libvirt:: --ignored

## roots: fills the cache with the root file systems that the images are made in, where they are missing
roots:
	tests/images/roots

## test: everything that CI runs: setup, kernels, build, check, boot, images-quick; as root
test: setup kernels build check boot images-quick

## faults: lets each system call of a claim fail once, in the static binary; `make check` takes a sample
faults: build
	FAULTS=all PROGRAM=$(CURDIR)/$(BINARY) $(CARGO) test --locked --test faults

## fuzz: fuzzes each parser for MINUTES (10), or those in TARGETS; needs cargo-fuzz (cargo install cargo-fuzz)
MINUTES = 10
TARGETS = $(basename $(notdir $(wildcard fuzz/targets/*.rs)))
# The sanitizers are for nightly compilers only; RUSTC_BOOTSTRAP makes a stable one of them.
fuzz:
	fuzz/seed
	for target in $(TARGETS); do RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run $$target -- \
	    -max_total_time=$$((60 * $(MINUTES))) -timeout=10 || exit 1; done

## demo: claims devices in a booted machine and shows them before and after
demo: setup fetched build
	$(CARGO) run --locked --quiet --example demo

## bench: times, system calls, memory and size against what shell hooks need
bench: fetched build boot-build
	$(CARGO) bench --locked --bench claim --bench boot

# Debian's zsh looks into a directory of its own.
ZSH_FUNCTIONS = $(firstword $(patsubst $(DESTDIR)$(PREFIX)/%,%,$(wildcard $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions)) \
    share/zsh/site-functions)
UNITS = vfio-early.service vfio-early-confirm.service vfio-early-ready.service vfio-early-ready@.service vfio-early-ready.target
# Each MODE:FILE:PLACE, where PLACE is below $(PREFIX).
FILES = 755:$(BINARY):bin/vfio-early \
    $(foreach unit,$(UNITS),644:packaging/$(unit):lib/systemd/system/$(unit)) \
    755:packaging/kernel-install/95-vfio-early.install:lib/kernel/install.d/95-vfio-early.install \
    644:packaging/vfio-early.rules:lib/udev/rules.d/70-vfio-early.rules \
    $(foreach page,$(MAN),644:$(page):share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
    644:packaging/completions/vfio-early.bash:share/bash-completion/completions/vfio-early \
    644:packaging/completions/_vfio-early:$(ZSH_FUNCTIONS)/_vfio-early \
    644:packaging/completions/vfio-early.fish:share/fish/vendor_completions.d/vfio-early.fish
# Each TARGET:PLACE of a link.
LINKS = ../vfio-early-confirm.service:lib/systemd/system/basic.target.wants/vfio-early-confirm.service
FILES-initramfs-tools = \
    755:initramfs-tools/hooks/vfio-early:share/initramfs-tools/hooks/vfio-early \
    755:initramfs-tools/scripts/init-top/00-vfio-early:share/initramfs-tools/scripts/init-top/00-vfio-early
FILES-dracut = \
    755:dracut/56vfio-early/module-setup.sh:lib/dracut/modules.d/56vfio-early/module-setup.sh \
    755:dracut/56vfio-early/vfio-early.sh:lib/dracut/modules.d/56vfio-early/vfio-early.sh
FILES-mkinitcpio = \
    644:mkinitcpio/install/vfio-early:lib/initcpio/install/vfio-early \
    644:mkinitcpio/hooks/vfio-early:lib/initcpio/hooks/vfio-early
KNOWN = initramfs-tools dracut mkinitcpio
# What each generator is started by. Its directories prove nothing: other packages have hooks in them.
PROGRAM-initramfs-tools = mkinitramfs
PROGRAM-dracut = dracut
PROGRAM-mkinitcpio = mkinitcpio
PRESENT = $(foreach generator,$(KNOWN),$(if $(strip $(foreach place,bin sbin,\
    $(wildcard $(DESTDIR)/usr/$(place)/$(PROGRAM-$(generator))))),$(generator)))
HOOKED = $(if $(filter all,$(GENERATORS)),$(KNOWN),$(GENERATORS))
INSTALLED = $(FILES) $(foreach generator,$(HOOKED),$(or $(FILES-$(generator)),\
    $(error GENERATORS: "$(generator)" is none of $(KNOWN), and not "all")))

## install: binary, man pages, units, udev rules, completions below $(DESTDIR)$(PREFIX), and the hooks for the generators there;
##   GENERATORS=all, or GENERATORS="dracut ...", chooses
install: $(BINARY) $(MAN)
	@$(if $(strip $(HOOKED)),,echo 'install: no generator found below $(DESTDIR)/usr, so no hook is installed;' \
	    'GENERATORS=all installs those for all: $(KNOWN)' >&2)
	@for file in $(INSTALLED); do (IFS=:; set -- $$file; echo "$(DESTDIR)$(PREFIX)/$$3"; \
	    install -Dm "$$1" "$$2" "$(DESTDIR)$(PREFIX)/$$3") || exit 1; done
	@for link in $(LINKS); do place="$(DESTDIR)$(PREFIX)/$${link#*:}"; echo "$$place"; \
	    mkdir -p "$${place%/*}" && ln -sfn "$${link%%:*}" "$$place" || exit 1; done

## uninstall: removes what install puts there, ends a trial, and on this machine itself rebuilds the images; settings stay
uninstall: GENERATORS = all
uninstall:
	@[ -n "$(DESTDIR)" ] || [ ! -x $(PREFIX)/bin/vfio-early ] || $(PREFIX)/bin/vfio-early cleanup
	for file in $(INSTALLED) $(LINKS); do rm -f "$(DESTDIR)$(PREFIX)/$${file##*:}"; done
	rmdir $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/56vfio-early 2>/dev/null || :
	@[ -n "$(DESTDIR)" ] || packaging/remake-images

# What packaging/* and the makes they start are to build for.
export TARGET

## deb: a Debian package, dist/vfio-early_VERSION_ARCHITECTURE.deb; TARGET=aarch64-unknown-linux-musl for arm64
deb: $(BINARY) $(MAN)
	packaging/deb

## rpm: a package for Fedora and its like, dist/vfio-early-VERSION-1.ARCHITECTURE.rpm
rpm: $(BINARY) $(MAN)
	packaging/rpm

## tarball: the last commit, dist/vfio-early-VERSION.tar.gz, and the PKGBUILD for it, for Arch Linux
tarball:
	packaging/tarball

## packages: makes all of them for this machine and tests them; as root
packages:
	tests/setup packages
	tests/kernels bookworm trixie
	$(MAKE) build deb rpm tarball
	tests/packages

# Only where it is missing: `make && sudo make install` shall not build as root.
$(BINARY):
	packaging/build-static

## clean: removes target and dist; the cache of kernels stays
clean:
	rm -rf target dist

## help: this list
help:
	@sed -n 's/^## //p' Makefile
