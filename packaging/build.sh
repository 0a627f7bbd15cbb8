#!/bin/sh
# Builds the tools for the target $2, to be handed to other machines: nothing in them tells of this one. They use
# the C library of the machine they run on ($1 is `shared`), or no library at all (`static`). That they are built for
# a named target keeps them out of target/release, where a developer's own build would have to begin anew.
set -eu

linkage=$1
target=$2
cargo=${CARGO:-cargo}

case $linkage in
  shared) goal=deb ;;
  static) goal=dist ;;
esac
fail() {
  echo "make $goal: $*" >&2
  exit 1
}

libraries=$(rustc --print target-libdir --target "$target") || fail "rustc does not know the target $target"
[ -d "$libraries" ] || fail "Rust's standard library for $target is missing: rustup target add $target"

# Where this machine keeps its sources is not part of the tools.
RUSTFLAGS="${RUSTFLAGS-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/lq"
export RUSTFLAGS

case $linkage-$target in
  static-"$(uname -m)"-*-linux-musl)
    # ring and zstd are C; without CC_… their build looks for musl-gcc.
    variable=CC_$(echo "$target" | tr - _)
    eval "compiler=\${$variable:-musl-gcc}"
    command -v "$compiler" >/dev/null ||
      fail "$compiler, a C compiler for musl, is missing: apt install musl-tools, or set $variable"
    ;;
  static-*-linux-gnu)
    # Since 2.34 glibc itself reads /etc/hosts and asks DNS; for all else that /etc/nsswitch.conf names it loads a
    # library of the machine it runs on, which must be of the same version.
    # https://sourceware.org/glibc/wiki/Release/2.34, https://sourceware.org/glibc/wiki/FAQ
    echo "make dist: a static glibc resolves names by files and DNS; where /etc/nsswitch.conf asks others first, it" \
      "needs the same glibc there. A musl target has no such limit" >&2
    RUSTFLAGS="$RUSTFLAGS -C target-feature=+crt-static"
    ;;
esac

"$cargo" build --release --locked --bins --target "$target"

case $linkage-$target in
  static-*-linux-*)
    for tool in src/bin/*.rs; do
      tool=$(basename "$tool" .rs)
      needed=$(LC_ALL=C readelf --dynamic "target/$target/release/$tool") || fail "$tool cannot be examined"
      case $needed in *NEEDED*) fail "$tool is not static: it needs shared libraries" ;; esac
    done
    ;;
esac
