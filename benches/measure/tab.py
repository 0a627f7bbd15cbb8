"""The tab key where 20,000 containers are known."""

import datetime
import json
import subprocess

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


def commands(query, work, environment):
    """Lets lq-query see the containers; then by what was typed the command that the shell runs at the tab key."""
    archive = work / "archive.json"
    now = datetime.datetime.now(datetime.timezone.utc)
    archive.write_text("".join(json.dumps(entry) + "\n" for entry in entries(now)))
    environment |= {"HOME": str(work), "XDG_STATE_HOME": str(work), "LQ_SOURCE": str(archive)}
    subprocess.run([query, "--since", "30d", "-q"], check=True, stdout=subprocess.DEVNULL, env=environment)
    environment["COMPLETE"] = "fish"
    for line in LINES:
        words = line.split("|")
        yield f"lq-query {' '.join(words)}⇥", [query, str(len(words)), "lq-query", *words]
