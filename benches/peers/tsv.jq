# What lq-fmt -o tsv --utc writes, of LogEntry and of entry lines.
[
  .timestamp[:-1] + "+00:00",
  .severity,
  (.pod // .resource.labels.pod_name),
  (.container // .resource.labels.container_name),
  (.message // .textPayload // .jsonPayload.message)
] | @tsv
