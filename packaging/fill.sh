#!/bin/sh
# Fills the template $1 in for version $2, into the folder $3, where the tarballs of `make dist` are.
# They will be fetched from the address $4. What stands between `# each tarball` and `# end` is written
# once for each of them, so that a release of several targets is one manifest.
set -eu

template=$1
version=$2
dist=$3
address=${4%/}
out=$dist/$(basename "$template" .in)

fail() {
  echo "make ${out##*.}: $*" | sed 's/^make yaml/make krew/; s/^make rb/make brew/' >&2
  exit 1
}

[ -n "$address" ] || fail "say where the tarballs can be fetched, as in DIST_URL=https://HOST/FOLDER-OF-THIS-VERSION"
case $address in
  https://*) ;;
  *) fail "DIST_URL=$address must begin with https://" ;;
esac
# The page of the project, where Cargo.toml names one.
home=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
fill() {
  sed -e "s|@VERSION@|$version|g" -e "s|@HOME@|${home:-$address}|g" "$@"
}

fill -n -e '/# each tarball/q;p' "$template" >"$out.new"
found=
for tarball in "$dist/lq-$version"-*.tar.gz; do
  [ -e "$tarball" ] || continue
  target=${tarball##*"/lq-$version-"}
  case $target in
    x86_64-*) arch=amd64 cpu=intel ;;
    aarch64-*) arch=arm64 cpu=arm ;;
    *) fail "what is the machine of ${tarball##*/}?" ;;
  esac
  case $target in
    *-linux-*) os=linux system=linux ;;
    *-apple-darwin*) os=darwin system=macos ;;
    *) fail "what is the system of ${tarball##*/}?" ;;
  esac
  case $found in
    *" $os/$arch "*) fail "two tarballs of $version are for $os/$arch: remove one from $dist" ;;
  esac
  found="$found $os/$arch "
  sum=$( (sha256sum "$tarball" || shasum -a 256 "$tarball") 2>/dev/null | cut -d ' ' -f 1)
  fill -n -e '/# each tarball/,/# end/{//!p;}' "$template" |
    sed -e "s|@URL@|$address/${tarball##*/}|; s|@SHA256@|$sum|" \
      -e "s|@OS@|$os|; s|@ARCH@|$arch|; s|@SYSTEM@|$system|; s|@CPU@|$cpu|" >>"$out.new"
done
[ -n "$found" ] || fail "no tarball of $version is in $dist: make dist"
fill -e '1,/# end/d' "$template" >>"$out.new"
mv "$out.new" "$out"
echo "$out"
