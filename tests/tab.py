"""How long the tab key takes where 20,000 containers are known: `make tab`. Argument: the folder of the tools."""

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONTAINERS = 20_000
LINES = ["--na", "", "--pod|", "--pod|app12", "-n|ns-7|--pod|", "deploy/", "-n|", "--since|", "--tz|"]


def entries(now):
    alphabet = "bcdfghjklmnpqrstvwxz2456789"
    for i in range(CONTAINERS):
        app = f"app{i % 500}"
        made_up = "".join(alphabet[(i * 31 + k * 7 + i // 27**k) % 27] for k in range(5))
        moment = now - datetime.timedelta(seconds=i * 100)
        yield {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cluster": "prod-tokyo",
            "namespace": f"ns-{i % 40}",
            "pod": f"{app}-6d4b75cb{i % 10}d-{made_up}",
            "container": app,
            "stream": "stdout",
            "message": str(i),
            "insertId": str(i),
        }


def main():
    query = Path(sys.argv[1]).resolve() / "lq-query"
    with tempfile.TemporaryDirectory() as home:
        archive = Path(home) / "archive.json"
        now = datetime.datetime.now(datetime.timezone.utc)
        archive.write_text("".join(json.dumps(entry) + "\n" for entry in entries(now)))
        os.environ.update(HOME=home, XDG_STATE_HOME=home, LQ_SOURCE=str(archive))
        subprocess.run([query, "--since", "30d", "-q"], check=True, stdout=subprocess.DEVNULL)
        os.environ["COMPLETE"] = "fish"
        for line in LINES:
            words = line.split("|")
            command = [query, str(len(words)), "lq-query", *words]
            taken = []
            for _ in range(50):
                start = time.perf_counter()
                offered = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
                taken.append((time.perf_counter() - start) * 1000)
            words = len(offered.splitlines()) - 1
            print(f"{statistics.median(taken):5.1f} ms, {words:3} words: lq-query {' '.join(line.split('|'))}⇥")


main()
