#!/bin/sh
# The main job at work: an archive of a small cluster, and one container's logs of yesterday back as
# plain files. Arguments: the folder of the tools, a folder to work in.
set -eu

tools=$1
work=$2
PATH="$(cd "$tools" && pwd):$PATH"
export PATH

bold() { printf '\n\033[1m$ %s\033[0m\n' "$1"; }
if [ ! -t 1 ]; then bold() { printf '\n$ %s\n' "$1"; }; fi
show() { bold "$1"; sh -c "$1"; }

mkdir -p "$work"
"$tools/examples/demo-archive" "$work/archive"
cd "$work"
rm -rf logs
unset LQ_SOURCE LQ_PROFILE
export XDG_CONFIG_HOME="$PWD/no-config"

show 'export LQ_SOURCE=./archive'
export LQ_SOURCE=./archive
show 'lq-query agent --ago 1d | lq-split --dir ./logs'
show 'ls -l logs'
show 'head -n 3 logs/*.log'
show 'tail -qn 1 logs/*.log'
show "cat logs/*.log | awk -F' [|] ' '{print \$3}' | sort | uniq -c"
show "lq-query web -n shop --since 3h --tail 3 | lq-fmt"
show "lq-query api -n shop -s ERROR --since 1d --limit 2 | lq-fmt"

printf '\nTry next:\n  cd %s\n  export LQ_SOURCE=./archive PATH=%s:$PATH\n' "$PWD" "$(dirname "$(command -v lq-query)")"
cat <<'TRY'
  lq-query agent --since 1d --dry-run                    # what would be read
  lq-ls pods -n shop --since 1d                          # which Pods there were
  lq-query web -n shop --since yesterday --grep 注文 | lq-fmt
  lq-query --since 2h | lq-split --dir all --name '{namespace}/{pod}/{container}.log'
  lq-query web --since 1d | jq -r 'select(.severity=="ERROR") | .message' | sort | uniq -c
  less $(lq-query sts/db --ago 2h | lq-split --dir /tmp/lq --print)
TRY
