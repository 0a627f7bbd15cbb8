# Writes what the container wrote to POD.log. Knows the order of lq-entry(5)'s members, and of the escapes of JSON
# those that are common.
match($0, /"pod":"[^"]*"/) {
  name = substr($0, RSTART + 7, RLENGTH - 8) ".log"
  end = index($0, ",\"insertId\":\"")
  if ((at = index($0, ",\"payload\":{"))) {
    head = substr($0, 1, at)
    match(head, /"severity":"[^"]*",/); severity = substr(head, RSTART, RLENGTH)
    match(head, /"timestamp":"[^"]*",/); timestamp = substr(head, RSTART, RLENGTH)
    print "{" severity timestamp substr($0, at + 12, end - at - 12) > name
  } else {
    at = index($0, "\"message\":\"") + 11
    message = substr($0, at, end - at - 1)
    if (index(message, "\\")) {
      gsub(/\\n/, "\n", message)
      gsub(/\\t/, "\t", message)
      gsub(/\\"/, "\"", message)
      gsub(/\\\\/, "\\", message)
    }
    print message > name
  }
}
