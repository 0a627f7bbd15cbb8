# What lq-fmt --utc --color=$color writes, of LogEntry and of entry lines, but that all Pods have one colour; without
# the payload where $fields are not all.
def pairs($above): to_entries[] | .key as $key | .value
  | if type == "object" then pairs($above + $key + ".")
    elif type == "string" then " \($above)\($key)=" + (if . == "" or contains(" ") or contains("\"") or contains("=") or contains("\n") then tojson else . end)
    else " \($above)\($key)=\(tojson)" end;

def dim: if $color == "always" then "\u001b[2m\(.)\u001b[0m" else . end;
def pod: if $color == "always" then "\u001b[38;5;98m\(.)\u001b[0m" else . end;

(.payload // .jsonPayload) as $payload
| ((.message // .textPayload // $payload.message) | split("\n")) as $lines
| [
    (.timestamp[:-1] + "+00:00" | dim),
    .severity,
    (.pod // .resource.labels.pod_name | pod),
    (.container // .resource.labels.container_name | dim),
    $lines[0] + if $payload and $fields == "all" then [$payload | del(.message) | pairs("")] | add | dim else "" end
  ] | join(" "),
  "    " + $lines[1:][]
