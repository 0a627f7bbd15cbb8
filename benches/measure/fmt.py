"""lq-fmt beside other formatters: five fields or all of them, plain and coloured, LogEntry and entry lines."""

import os
import shlex
from pathlib import Path

from . import data, machine, report, settings
from .contest import Contestant, compare, has_lines, same_bytes
from .machine import find

TITLE = "lq-fmt"
PEERS = ["hl", "agrind", "jq", "jaq", "fblog", "lnav", "pino-pretty", "klp"]
DIALECTS = {"logentry": "LogEntry", "entry": "entry"}
NULL = Path(os.devnull)
TEMPLATE = "{time} {severity} {pod} {container} {message}"
LABELS = "resource.labels."
# What lq-fmt does not show either.
HIDDEN = {
    "logentry": ["insertId", "labels", "logName", "receiveTimestamp", "resource.type"]
    + [f"{LABELS}{name}" for name in ["project_id", "cluster_name", "namespace_name"]],
    "entry": ["insertId", "cluster", "namespace", "stream", "payload.message"],
}
AGRIND = {
    "logentry": "{timestamp} {severity} {pod} {container} {textPayload} {jsonPayload}",
    "entry": "{timestamp} {severity} {pod} {container} {message}",
}
AGRIND_QUERY = {
    "logentry": f"* | json | {LABELS}pod_name as pod | {LABELS}container_name as container",
    "entry": "* | json",
}


def of(dialect, *names):
    """Names of members as the dialect has them."""
    there = {"pod": f"{LABELS}pod_name", "container": f"{LABELS}container_name", "message": "textPayload"}
    return [there.get(name, name) if dialect == "logentry" else name for name in names]


def hl(color, hidden, path):
    """A line an entry. Its configuration says where severity and message are."""
    command = [find("hl"), "--config", "-", "--config", settings.PEERS / "hl.toml", "-P", "-x", "never", f"--color={color}"]
    return [*command, *(word for name in hidden for word in ["-h", name]), path]


def five(dialect, path, color):
    """Time, severity, Pod, container, message; by name."""
    shown = [f"!{name}" for name in of(dialect, "pod", "container")]
    yield "hl minimal", hl(color, ["*", *shown], path)
    for jq in ["jq", "jaq"]:
        text = ["--arg", "color", color, "--arg", "fields", "five", "-f", settings.PEERS / "text.jq"]
        yield jq, [find(jq), "-r", *(["-f", settings.PEERS / "tsv.jq"] if color == "never" else text), path]
    if color == "always":
        return
    yield "agrind", [find("agrind"), "-f", path, "-o", f"format={AGRIND[dialect]}", AGRIND_QUERY[dialect]]
    more = ["jsonPayload.message"] if dialect == "logentry" else []
    names = [*of(dialect, "timestamp", "severity", "pod", "container", "message"), *more]
    pod, container, message = of(dialect, "pod", "container", "message")
    form = f"{{{{timestamp}}}} {{{{severity}}}} {{{{{pod}}}}} {{{{{container}}}}} {{{{fblog_message}}}}"
    yield "fblog", [find("fblog"), "-m", message, "-m", "jsonPayload > message", "--main-line-format", form, path]
    yield "klp", [find("klp"), "-j", "-p", "--no-color", "--no-indent", "-k", ",".join(names), path]
    yield "lnav", [find("lnav"), "-n", "-I", settings.PEERS / "lnav", path]


def everything(dialect, path, color):
    """And all of a structured payload; by name."""
    yield "hl all fields", hl(color, HIDDEN[dialect], path)
    for jq in ["jq", "jaq"]:
        yield jq, [find(jq), "-r", "--arg", "color", color, "--arg", "fields", "all", "-f", settings.PEERS / "text.jq", path]
    pod, container, message = of(dialect, "pod", "container", "message")
    payload = "jsonPayload" if dialect == "logentry" else "payload"
    top = "resource" if dialect == "logentry" else "pod,container"
    pino = ["-c"] if color == "always" else []
    pino = [find("pino-pretty"), *pino, "-S", "-m", message, "-a", "timestamp", "-I", f"timestamp,severity,{top},{message},{payload}"]
    yield "pino-pretty", pino[0] and ["sh", "-c", f"exec {shlex.join(pino)} <{path}"]


def contestants(out, dialect, path, fields, color, check):
    fmt = [settings.TOOLS / "lq-fmt", "-q", "--utc", f"--color={color}"]
    is_plain = color == "never"
    form = {"all": [], "five": ["-o", "tsv"] if is_plain else ["--template", TEMPLATE]}[fields]
    lq = Contestant("lq-fmt", [*fmt, *form, path], out, must=True, check=check)
    yield lq
    if is_plain:
        yield Contestant("lq-fmt to /dev/null", lq.command, NULL, must=True)
        minimal = [settings.REPLAY, "fmt", path]
        yield Contestant("minimal formatter (five fields)", minimal, out, must=True, check=check)
        yield Contestant("minimal formatter to /dev/null", minimal, NULL, must=True)
    for name, words in (five if fields == "five" else everything)(dialect, path, color):
        if words and None not in words:
            # fblog has no other way to be told.
            plainly = {"NO_COLOR": "1"} if name == "fblog" else {}
            right = same_bytes(lq) if name == "jq" and is_plain else check
            yield Contestant(name, words, out, environment=plainly, check=right)


def shown(path):
    """How many lines may be shown: one an entry, one for each line of its text, one for each line of its message."""
    count = texts = 0
    with open(path, "rb") as entries:
        for line in entries:
            count += 1
            texts += line.count(rb"\n") if b'ayload":{' not in line else 0
    every = machine.output("sh", "-c", f"{settings.REPLAY} fmt {path} | wc -l")
    return count, count + texts, int(every)


def goals(found, work, everybody):
    by_name = {one.name: one for one in everybody}
    lq = by_name["lq-fmt"]
    for name, goal in [("hl minimal", 2), ("hl all fields", 2), ("jq", 12)]:
        found.at_least(work, lq, by_name.get(name), goal)
    found.at_most(f"{work}, resident", lq.peak / settings.MIB, 16, "MiB")


def measure(work, outputs):
    found, tables = report.Goals(), []
    for dialect, title in DIALECTS.items():
        path = data.entries(work, settings.SIZE, 200, dialect)
        size, check = path.stat().st_size, has_lines(*shown(path))
        for fields in ["five", "all"]:
            for color, how in [("never", "plain"), ("always", "coloured")]:
                everybody = compare(list(contestants(outputs / "out", dialect, path, fields, color, check)), work)
                if settings.IS_CHECK:
                    continue
                name = f"{fields} fields, {how}, {title} lines"
                goals(found, name, everybody)
                tables += [f"### {name[0].upper()}{name[1:]}", "", *report.table(everybody, size)]
                tables += report.commands(everybody) if dialect == "logentry" else []
        path.unlink()
    if settings.IS_CHECK:
        return
    yield from report.head(PEERS)
    yield (
        f"{data.human(settings.SIZE)} of entries in the order of time, of 200 Pods, from a file to a file. Five fields are time, "
        "severity, Pod, container and message; all of them are these and a structured payload's. The minimal formatter has "
        f"serde_json parse five fields, and prints them. {report.turns()}"
    )
    yield ""
    yield from found.lines()
    yield from tables
