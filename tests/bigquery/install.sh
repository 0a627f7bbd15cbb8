#!/bin/sh
# Installs what the tests of BigQuery need below the folder $1: the emulator, Google's own client and
# another parser of BigQuery's SQL, in the versions of requirements.txt. Quick where that is done already.
set -eu
here=$(dirname "$0")
mkdir -p "$1"
dir=$(cd "$1" && pwd)
wanted=$here/requirements.txt

if cmp -s "$wanted" "$dir/installed" && "$dir/venv/bin/python" -c '' 2>/dev/null; then
  exit 0
fi

fail() {
  echo "make emulator: $*" >&2
  exit 1
}

python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
  if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$name
    break
  fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is missing: install python3 (on Debian and Ubuntu python3-venv too)"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
  fail "$python cannot make a virtual environment: install python3-venv (Debian, Ubuntu: apt install python3-venv)"

echo "make emulator: installing into $dir (once; about a minute)" >&2
rm -rf "$dir/venv" "$dir/.duckdb" "$dir/installed"
"$python" -m venv "$dir/venv" || fail "$python -m venv failed"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" ||
  fail "pip could not install $wanted; it needs PyPI, or PIP_INDEX_URL"
# DuckDB keeps its extensions in the home folder; emulator.py says this one too.
HOME=$dir "$dir/venv/bin/python" -c 'from duckdb_extensions import import_extension; import_extension("spatial")' ||
  fail "the DuckDB extension spatial could not be unpacked"
cp "$wanted" "$dir/installed"
