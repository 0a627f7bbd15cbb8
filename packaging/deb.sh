#!/bin/sh
# Makes a Debian package of version $1 of the tree $2, as `make install` leaves it, in the folder $3.
# With dpkg's own tools, which a Debian has: cargo-deb would want the list of files a second time.
set -eu

version=$1
tree=$2
out=$3

fail() {
  echo "make deb: $*" >&2
  exit 1
}
for tool in dpkg-deb dpkg-shlibdeps dpkg-gencontrol; do
  command -v $tool >/dev/null || fail "$tool is missing: this needs Debian or Ubuntu with dpkg-dev"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian" "$tree/DEBIAN"
root=$(cd "$tree" && pwd)
doc=$root/usr/share/doc/lq
mkdir -p "$doc"

# The changelog in Debian's form; a version without a day is of today. deb-changelog(5)
day=$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
awk -v maintainer="$MAINTAINER" -v day="$day" '
  function item() {
    line = "  *"
    for (i = 1; i <= words; i++) {
      if (length(line " " word[i]) > 78) { print line; line = "   " }
      line = line " " word[i]
    }
    if (words) print line
    words = 0
  }
  function sign() { item(); if (open) printf "\n -- %s  %s\n\n", maintainer, day }
  function add(from) { for (i = from; i <= NF; i++) word[++words] = $i }
  /^## / { sign(); open = 1; printf "lq (%s) unstable; urgency=medium\n\n", $2; next }
  /^- / { item(); add(2); next }
  /^  / { add(1) }
  END { sign() }
' CHANGELOG.md >"$work/debian/changelog"
grep -q "^lq ($version)" "$work/debian/changelog" || fail "CHANGELOG.md says nothing of version $version"

sed "s|@MAINTAINER@|$MAINTAINER|" packaging/debian/control >"$work/debian/control"
(
  cd "$work"
  dpkg-shlibdeps -Tdebian/substvars "$root"/usr/bin/lq-*
  dpkg-gencontrol -v"$version" -Tdebian/substvars -P"$root"
)

find "$root/usr/share/man" "$doc" -type f -exec gzip -9n {} +
gzip -9nc "$work/debian/changelog" >"$doc/changelog.gz"
cp packaging/debian/copyright "$doc/copyright"
mkdir -p "$root/usr/share/lintian/overrides"
cp packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/lq"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)

chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$root" "$out" >/dev/null
echo "$out/lq_${version}_$(dpkg --print-architecture).deb"
