"""Writes POD.log for each Pod: the lines, or what the container wrote. Arguments: `entry` or `raw`, the lines' dialect
(`entry` or `logentry`), the file."""

import sys

import orjson

form, dialect, path = sys.argv[1:]
text, payload = ("message", "payload") if dialect == "entry" else ("textPayload", "jsonPayload")
files = {}
with open(path, "rb") as entries:
    for line in entries:
        entry = orjson.loads(line)
        pod = entry["pod"] if dialect == "entry" else entry["resource"]["labels"]["pod_name"]
        file = files.get(pod)
        if file is None:
            file = files[pod] = open(f"{pod}.log", "wb")
        if form == "entry":
            file.write(line)
        elif members := entry.get(payload):
            file.write(orjson.dumps({"severity": entry["severity"], "timestamp": entry["timestamp"]} | members) + b"\n")
        else:
            file.write(entry[text].encode() + b"\n")
