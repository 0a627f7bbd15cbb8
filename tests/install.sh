#!/bin/sh
# Installs, with apt, the programs that the tests run and this machine lacks: each argument is
# PROGRAM=PACKAGE. Quick where all are there. Needs root or a sudo that does not ask.
set -eu

missing=
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

fail() {
  echo "make tools: $1; please install:$missing" >&2
  exit 1
}

command -v apt-get >/dev/null || fail "the tests need programs, and this machine has no apt"
root=
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail "the tests need programs that only root can install"
  root="sudo -n"
fi

echo "make tools: installing$missing" >&2
apt() {
  $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null
}
# shellcheck disable=SC2086 # one word a package
apt install --no-install-recommends $missing 2>/dev/null || {
  apt update && apt install --no-install-recommends $missing
} || fail "apt-get failed"
