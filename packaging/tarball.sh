#!/bin/sh
# Packs the tree $2, with the documents that belong to it, into $3/$1.tar.gz, with $1/ in front of each
# name. The same tree makes the same bytes. No links in it: krew unpacks none.
set -eu

name=$1
tree=$2
out=$3

tar=$(command -v gtar || command -v tar)
"$tar" --version | grep -q GNU || {
  echo "make dist: GNU tar is missing (macOS: brew install gnu-tar)" >&2
  exit 1
}
cp README*.md CHANGELOG.md LICENSE-* "$tree"
"$tar" --create --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --mode=u=rwX,go=rX --transform="s,^\.,$name," --directory="$tree" . | gzip -9n >"$out/$name.tar.gz"
echo "$out/$name.tar.gz"
