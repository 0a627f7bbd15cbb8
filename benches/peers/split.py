"""Writes POD.log for each Pod: the entry lines, or what the container wrote. Arguments: `entry` or `raw`, the file."""

import sys

import orjson

form, path = sys.argv[1:]
files = {}
with open(path, "rb") as entries:
    for line in entries:
        entry = orjson.loads(line)
        pod = entry["pod"]
        file = files.get(pod)
        if file is None:
            file = files[pod] = open(f"{pod}.log", "wb")
        if form == "entry":
            file.write(line)
        elif payload := entry.get("payload"):
            file.write(orjson.dumps({"severity": entry["severity"], "timestamp": entry["timestamp"]} | payload) + b"\n")
        else:
            file.write(entry["message"].encode() + b"\n")
