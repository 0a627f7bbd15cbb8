# The commands of this project. `make help` lists them.

CARGO  ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
DEMO   ?= target/demo
TOOLS  := lq-query lq-split lq-fmt lq-ls

BASH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

.PHONY: help build demo test tools emulator check soak man install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the tools, optimised, in target/release
	$(CARGO) build --release --locked --bins

demo: ## the main job at work, on a small cluster's archive; no cloud account
	$(CARGO) build --locked --bins --example demo-archive
	@sh examples/demo.sh target/debug $(DEMO)

test: tools emulator ## everything that must hold
	$(CARGO) build --locked --examples
	$(CARGO) test --locked --lib --bins --tests

tools: ## what the tests run and the machine lacks: a jq, readers of man pages
	@sh tests/install.sh mandoc=mandoc groff=groff-base man=man-db
	@command -v jq >/dev/null || test -x target/tools/bin/jq || \
	  { $(CARGO) install --quiet --locked --root target/tools jaq && ln -sf jaq target/tools/bin/jq; }

emulator: ## a BigQuery to test against, in target/tools; needs python3 with venv
	@sh tests/bigquery/install.sh target/tools/bigquery

check: ## format, lints, docs
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --bins --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --locked --no-deps --document-private-items --quiet

soak: ## slow: gigabytes through the tools, memory watched
	$(CARGO) build --release --locked --bins --example demo-archive
	python3 tests/soak.py target/release

man: ## renew the man pages of the tools from their flags
	SNAPSHOTS=overwrite $(CARGO) test --locked --lib manual

install: build ## binaries, man pages, completions below PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
	  $(DESTDIR)$(PREFIX)/share/man/man7 $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS)
	for tool in $(TOOLS); do \
	  install -m 755 target/release/$$tool $(DESTDIR)$(PREFIX)/bin/ && \
	  install -m 644 man/$$tool.1 $(DESTDIR)$(PREFIX)/share/man/man1/ && \
	  install -m 644 completions/lq.bash $(BASH_COMPLETIONS)/$$tool && \
	  install -m 644 completions/$$tool.fish $(FISH_COMPLETIONS)/ || exit 1; \
	done
	install -m 644 completions/_lq $(ZSH_COMPLETIONS)/
	install -m 644 man/lq-entry.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 man/lq.7 $(DESTDIR)$(PREFIX)/share/man/man7/

uninstall: ## what install put there
	for tool in $(TOOLS); do \
	  rm -f $(DESTDIR)$(PREFIX)/bin/$$tool $(DESTDIR)$(PREFIX)/share/man/man1/$$tool.1 \
	    $(BASH_COMPLETIONS)/$$tool $(FISH_COMPLETIONS)/$$tool.fish; \
	done
	rm -f $(ZSH_COMPLETIONS)/_lq $(DESTDIR)$(PREFIX)/share/man/man5/lq-entry.5 $(DESTDIR)$(PREFIX)/share/man/man7/lq.7

clean: ## all that was built
	$(CARGO) clean
