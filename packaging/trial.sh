#!/bin/sh
# Installs the package $1 on a bare Debian in a folder of its own, looks at what a newcomer sees first, and
# removes it. Needs root, debootstrap and a mirror of Debian; SUITE and MIRROR say which (this machine's).
set -eu

deb=$1
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
version=$(dpkg-deb --field "$deb" Version)
# Every file of the package, and the names of its tools.
files=$(dpkg-deb --contents "$deb" | awk '$1 ~ /^-/ { sub(/^\./, "", $6); print $6 }')
tools=$(echo "$files" | sed -n 's|^/usr/bin/\(lq-.*\)|\1|p')

fail() {
  echo "make trial: $*" >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || fail "needs root, for chroot"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt install debootstrap"

log=$(mktemp)
root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root" "$log"' EXIT
inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive TERM=dumb "$@"
}
# What `$2…` prints has $1 in it, or the trial ends.
says() {
  wanted=$1
  shift
  text=$(inside "$@" 2>&1) || true
  case $text in
    *"$wanted"*) echo "ok: $* | $wanted" ;;
    *) fail "\`$*\` said:
$text
and not: $wanted" ;;
  esac
}

echo "a bare Debian $suite in $root"
debootstrap --variant=minbase "$suite" "$root" ${MIRROR:+"$MIRROR"} >"$log" || fail "debootstrap: $(tail -n 3 "$log")"
cp "$deb" "$root/lq.deb"
inside apt-get -qq install --no-install-recommends /lq.deb >/dev/null
echo "installed: $(inside dpkg -L lq | wc -l) files and folders"

for tool in $tools; do
  says "$tool $version" "$tool" --version
done
says 'bq://PROJECT/DATASET' lq-query agent

inside apt-get -qq install --no-install-recommends man-db bash-completion zsh fish >/dev/null 2>&1
for page in $(echo "$files" | sed -n 's|^/usr/share/man/man./\(.*\)\.gz|\1|p'); do
  says NAME man "${page##*.}" "${page%.*}"
done
for tool in $tools; do
  says " -F _lq" bash -c ". /usr/share/bash-completion/bash_completion; _completion_loader $tool; complete -p $tool"
  says "_lq" zsh -fc "autoload -U compinit; compinit -D; echo \$_comps[$tool]"
  says "--help" fish -c "complete -C '$tool --hel'"
done
says "raw" kubectl_complete-lq --output=ra

inside dpkg --remove lq >/dev/null
for file in $files; do
  [ ! -e "$root$file" ] || fail "dpkg --remove left $file"
done
echo "removed; nothing is left"
