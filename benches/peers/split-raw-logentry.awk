# split-raw.awk for LogEntry lines: their members in the order of the alphabet, times with six digits.
match($0, /"pod_name":"[^"]*"/) {
  name = substr($0, RSTART + 12, RLENGTH - 13) ".log"
  if ((at = index($0, ",\"jsonPayload\":{"))) {
    end = index($0, ",\"labels\":{\"k8s-pod")
    tail = substr($0, end)
    match(tail, /"severity":"[^"]*",/); severity = substr(tail, RSTART, RLENGTH)
    print "{" severity substr($0, length($0) - 41, 41) "," substr($0, at + 16, end - at - 16) > name
  } else {
    at = index($0, "\"textPayload\":\"") + 15
    message = substr($0, at, length($0) - 43 - at)
    if (index(message, "\\")) {
      gsub(/\\n/, "\n", message)
      gsub(/\\t/, "\t", message)
      gsub(/\\"/, "\"", message)
      gsub(/\\\\/, "\\", message)
    }
    print message > name
  }
}
