# The commands of this project. `make help` lists them.

CARGO  ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
DEMO   ?= target/demo
TOOLS  := $(basename $(notdir $(wildcard src/bin/*.rs)))

# The one version number, and where packages are put.
VERSION := $(shell sed -n '/^version/{s/.*"\(.*\)"/\1/p;q;}' Cargo.toml)
DIST   ?= target/dist
# What the static tools of `make dist` are for.
DIST_TARGET ?= x86_64-unknown-linux-musl
# Where the tarballs of this version can be fetched once it is out; `make krew` and `make brew` ask for it.
DIST_URL ?=
# No file of a package is younger: two builds of a commit are the same bytes.
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || date +%s))
# What a package says about who made it, in the words of Debian's own tools: dch(1), ENVIRONMENT.
MAINTAINER ?= $(or $(DEBFULLNAME),The lq authors) <$(or $(DEBEMAIL),lq@localhost)>

# BIN=FOLDER takes the tools from there and builds none: `make build && sudo make install BIN=target/release`.
ifndef BIN
BIN    := target/release
BUILD  := build
SHARED := shared
STATIC := static
endif
# This machine, by Rust's name.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

.PHONY: help build shared static demo test tools emulator check advisories fuzz soak bench peers sizes man install uninstall deb dist krew brew trial clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z ]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the tools, optimised, in target/release
	$(CARGO) build --release --locked --bins

demo: ## the main job at work, on a small cluster's archive; no cloud account
	$(CARGO) build --locked --bins --example demo-archive
	@sh examples/demo.sh target/debug $(DEMO)

test: tools emulator ## everything that must hold
	$(CARGO) build --locked --examples
	$(CARGO) test --locked --lib --bins --tests

tools: ## what the tests run and the machine lacks: a jq, readers of man pages, makers of packages, shells, a clock
	@sh tests/install.sh mandoc=mandoc groff=groff-base man=man-db zsh=zsh fish=fish
	@sh tests/install.sh dpkg-shlibdeps=dpkg-dev fakeroot=fakeroot ruby=ruby strip=binutils
	@sh tests/install.sh faketime=faketime unshare=util-linux
	@command -v jq >/dev/null || test -x target/tools/bin/jq || \
	  { $(CARGO) install --quiet --locked --root target/tools jaq && ln -sf jaq target/tools/bin/jq; }

emulator: ## a BigQuery to test against, in target/tools; needs python3 with venv
	@sh tests/bigquery/install.sh target/tools/bigquery

# Tools of cargo's, each of the version that was tried. They run for seconds: it does not pay to optimise them.
cargo-deny = 0.20.2
cargo-fuzz = 0.13.2
target/tools/bin/cargo-%:
	$(CARGO) install --quiet --locked --debug --root target/tools $(@F)@$($(@F))

check: target/tools/bin/cargo-deny ## format, lints, docs; licences, versions and sources of crates
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --bins --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --locked --no-deps --document-private-items --quiet
	target/tools/bin/cargo-deny --locked check -D warnings licenses bans sources

# Not part of check: what holds today may not hold tomorrow, and RustSec's database is fetched from GitHub.
advisories: target/tools/bin/cargo-deny ## crates with known vulnerabilities; needs the network
	target/tools/bin/cargo-deny --locked check advisories

fuzz/Cargo.lock: Cargo.lock
	cp Cargo.lock $@

FUZZ_SECONDS ?= 60
FUZZ ?= $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))

# Without sanitizers, which need a nightly Rust and look for what safe code cannot do; so any Rust will do. The
# crates are those of the tools. What is new stays in target/fuzz; what breaks a target is in fuzz/artifacts.
fuzz: target/tools/bin/cargo-fuzz fuzz/Cargo.lock ## slow: each fuzzing target (or those of FUZZ) for FUZZ_SECONDS
	@sh tests/install.sh c++=g++
	@for target in $(FUZZ); do \
	  mkdir -p target/fuzz/found/$$target && \
	  target/tools/bin/cargo-fuzz fuzz run --sanitizer none --target-dir target/fuzz $$target \
	    target/fuzz/found/$$target fuzz/corpus/$$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -verbosity=0 -print_final_stats=1 || exit 1; \
	done

soak: ## slow: ten million entries of 5,000 Pods through the tools, memory watched
	$(CARGO) build --release --locked --bins
	python3 tests/soak.py target/release

# The parts are those of benches/bench.py, which says what else may be set.
export BENCH
bench: emulator ## slow: how fast the tools are beside their peers, in turns, all or BENCH=fmt; writes benches/RESULTS.md
	@sh tests/install.sh /usr/bin/time=time
	$(CARGO) build --release --locked --example replay
	$(CARGO) build --release --locked --bins # by itself: as it is shipped, without what examples need of crates
	python3 benches/bench.py target/release

peers: ## what make bench compares with, in target/tools and from Debian; hl is taken where it is on PATH
	@sh tests/install.sh mawk=mawk gawk=gawk mlr=miller lnav=lnav jq=jq npm=npm
	$(CARGO) install --quiet --locked --root target/tools ag fblog jaq
	npm install --silent --prefix target/tools/node pino-pretty
	python3 -m venv target/tools/python
	target/tools/python/bin/pip install --quiet orjson klp-logviewer

# In MB. What takes the room: `nm --size-sort` of a build with CARGO_PROFILE_RELEASE_STRIP=false.
MOST = lq-query=12 lq-ls=12 lq-fmt=6 lq-split=3

sizes: $(BUILD) ## how many bytes each tool has; fails where that is too many
	@over=; for it in $(MOST); do \
	  bytes=$$(($$(wc -c <$(BIN)/$${it%=*}))); verdict=ok; \
	  [ $$bytes -le $${it#*=}000000 ] || { verdict="more than $${it#*=} MB"; over=1; }; \
	  echo "$${it%=*} $$bytes $$verdict"; \
	done; [ -z "$$over" ]

man: ## renew the man pages of the tools from their flags, and the table of faults
	SNAPSHOTS=overwrite $(CARGO) test --locked --lib manual
	SNAPSHOTS=overwrite $(CARGO) test --locked --test faults page::

# What is installed: each word is PLACE=FILE, the place below PREFIX.
BASH_DIR := share/bash-completion/completions
FISH_DIR := share/fish/vendor_completions.d
ZSH_DIR  ?= share/zsh/site-functions
INSTALLED = \
  $(foreach tool,$(TOOLS),bin/$(tool)=$(BIN)/$(tool) $(BASH_DIR)/$(tool)=completions/lq.bash) \
  bin/kubectl-lq=packaging/kubectl-lq bin/kubectl_complete-lq=packaging/kubectl-lq \
  $(foreach page,$(wildcard man/*.[1-9]),share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page))=$(page)) \
  $(foreach file,$(wildcard completions/*.fish),$(FISH_DIR)/$(notdir $(file))=$(file)) \
  $(foreach file,$(wildcard completions/_*),$(ZSH_DIR)/$(notdir $(file))=$(file))
# Not every shell expands the ~ of PREFIX=~/.local.
BELOW = $(DESTDIR)$(patsubst ~/%,$(HOME)/%,$(PREFIX))

install: $(BUILD) ## binaries, man pages, completions below PREFIX
	@umask 022; for it in $(INSTALLED); do \
	  place="$(BELOW)/$${it%%=*}"; \
	  case $$it in bin/*) mode=755 ;; *) mode=644 ;; esac; \
	  mkdir -p "$${place%/*}" && install -m $$mode "$${it#*=}" "$$place" || exit 1; \
	done
	@echo "lq $(VERSION) is installed below $(BELOW)/"

uninstall: ## what install put there
	@for it in $(INSTALLED); do rm -f "$(BELOW)/$${it%%=*}" || exit 1; done
	@echo "lq is removed from $(BELOW)/"

# The tree that goes into a package; its licences; and the sums of all that was made of this version.
TREE  = $(DIST)/tree
FRESH = rm -rf $(TREE) && $(MAKE) --no-print-directory install >/dev/null DESTDIR=$(TREE)
TEXTS = mkdir -p $(1) && CARGO="$(CARGO)" python3 packaging/licences.py $(2) >$(1)/THIRD-PARTY-LICENSES
SUMS  = cd $(DIST) && $$(command -v sha256sum || echo shasum -a 256) lq?$(VERSION)?*.* >SHA256SUMS

shared static: # the tools to be handed on, in a folder of their own: packaging/build.sh
	@CARGO="$(CARGO)" sh packaging/build.sh $@ $(if $(filter static,$@),$(DIST_TARGET),$(HOST))

deb: export MAINTAINER := $(MAINTAINER)
deb: $(SHARED) ## a Debian package, in target/dist
	@$(FRESH) BIN=$(if $(SHARED),target/$(HOST)/release,$(BIN)) PREFIX=/usr ZSH_DIR=share/zsh/vendor-completions
	@$(call TEXTS,$(TREE)/usr/share/doc/lq,$(HOST))
	@SOURCE_DATE_EPOCH=$(EPOCH) sh packaging/deb.sh $(VERSION) $(TREE) $(DIST)
	@$(SUMS)

dist: $(STATIC) ## a tarball of static tools, in target/dist
	@$(FRESH) BIN=$(if $(STATIC),target/$(DIST_TARGET)/release,$(BIN)) PREFIX=
	@$(call TEXTS,$(TREE)/share/doc/lq,$(DIST_TARGET))
	@SOURCE_DATE_EPOCH=$(EPOCH) sh packaging/tarball.sh lq-$(VERSION)-$(DIST_TARGET) $(TREE) $(DIST)
	@$(SUMS)

krew: ## a manifest for krew of the tarballs in target/dist
	@sh packaging/fill.sh packaging/krew/lq.yaml.in $(VERSION) $(DIST) "$(DIST_URL)"

brew: ## a formula for Homebrew of the tarballs in target/dist
	@sh packaging/fill.sh packaging/homebrew/lq.rb.in $(VERSION) $(DIST) "$(DIST_URL)"

trial: deb ## slow: the package on a bare Debian; needs root, debootstrap and a mirror
	sh packaging/trial.sh $(DIST)/lq_$(VERSION)_$$(dpkg --print-architecture).deb

clean: ## all that was built
	$(CARGO) clean
