"""lq-split beside others that write a file for each Pod: lines copied, and messages unescaped, for 3 and 2,000 Pods."""

import shlex

from . import data, report, settings
from .contest import Contestant, compare, limited, same_bytes, same_lines
from .machine import find, output

TITLE = "lq-split"
PEERS = ["mawk", "gawk", "mlr", "jq", "jaq", "python3"]
MANY = 200 if settings.IS_CHECK else 2_000
# File descriptors: what all of them need, what a shell usually has, and next to none.
PLENTY, USUAL, FEW = 4096, 1024, 64
# By dialect: the paths of the Pod's name, the text, and the payload.
PATHS = {
    "entry": ("pod", "message", "payload"),
    "logentry": ("resource.labels.pod_name", "textPayload", "jsonPayload"),
}


def miller(form, dialect, encode):
    """A program for Miller. `print >` and `tee >` keep a file open for each Pod."""
    pod, text, payload = PATHS[dialect]
    if form == "entry":
        return f'tee > ${pod}.".log", $*'
    members = f'mapsum({{"severity": $severity, "timestamp": $timestamp}}, ${payload})'
    return f'print > ${pod}.".log", is_present(${payload}) ? {encode}({members}) : ${text}'


def jq_filter(form, dialect):
    """A filter for jq: the name, a tab, and what is for its file."""
    pod, text, payload = PATHS[dialect]
    if form == "entry":
        return f'.{pod} + "\\t" + tojson'
    members = f"{{severity, timestamp}} + .{payload} | tojson"
    return f'.{pod} as $pod | if .{payload} then {members} else .{text} | split("\\n")[] end | $pod + "\\t" + .'


BY_TAB = '{ at = index($0, "\\t"); print substr($0, at + 1) > (substr($0, 1, at - 1) ".log") }'


def commands(form, dialect, path):
    """By name: what a peer would be asked."""
    script = settings.PEERS / f"split-{form}{'-logentry' if dialect == 'logentry' else ''}.awk"
    yield "mawk", find("mawk") and [find("mawk"), "-f", script, path]
    yield "gawk", find("gawk") and [find("gawk"), "-f", script, path]
    python = settings.TOOLBOX / "python/bin/python"
    yield "Python with orjson", python.exists() and [python, settings.PEERS / "split.py", form, dialect, path]
    # Its name differs between builds of Miller 6.
    encode = "json_encode" if find("mlr") and "json_encode" in output(find("mlr"), "help", "list-functions") else "json_stringify"
    program = miller(form, dialect, encode)
    mlr = [find("mlr"), "--ijsonl", "--ojsonl", "--no-auto-flatten", "--no-auto-unflatten", "put", "-q", program, path]
    yield "Miller", find("mlr") and mlr
    for jq in ["jq", "jaq"]:
        if find(jq) and find("mawk"):
            asked = [find(jq), "-r", jq_filter(form, dialect), str(path)]
            yield f"{jq}, mawk", ["sh", "-c", shlex.join(asked) + " | " + shlex.join([find("mawk"), BY_TAB])]


def at(files, words):
    return limited(files, words) if words[0] != "sh" else ["sh", "-c", f"ulimit -n {files}; {words[2]}"]


def contestants(folder, form, dialect, pods, path):
    split = [settings.TOOLS / "lq-split", "-q", "--name", "{pod}.log", "-o", form, path]
    minimal = [settings.REPLAY, "split", path, ".", PATHS[dialect][0].rpartition(".")[2]]
    copies = form == "entry"
    lq = Contestant("lq-split", split, folder=folder, must=True)
    yield lq
    same = same_bytes(lq)
    yield Contestant("minimal splitter (copies lines)", minimal, folder=folder, must=True, check=same if copies else lambda one: "")
    if pods == MANY:
        yield Contestant(f"lq-split, ulimit -n {FEW}", limited(FEW, split), folder=folder, must=True, check=same)
        check = same if copies else lambda one: ""
        yield Contestant(f"minimal splitter, ulimit -n {FEW}", limited(FEW, minimal), folder=folder, must=True, check=check)
    for name, words in commands(form, dialect, path):
        if not words:
            continue
        # Miller puts blanks between what it writes as JSON.
        check = same_lines(lq) if name == "Miller" else same
        yield Contestant(name, at(PLENTY, words), folder=folder, check=check)
        if pods == MANY and form == "entry":
            yield Contestant(f"{name}, ulimit -n {USUAL}", at(USUAL, words), folder=folder, check=check)
    if not copies and dialect == "entry" and find("mawk"):
        words = [find("mawk"), "-f", settings.PEERS / "split-entry.awk", path]
        yield Contestant("mawk that copies lines", at(PLENTY, words), folder=folder)


def goals(found, form, work, everybody):
    by_name = {one.name: one for one in everybody}
    minimal, mawk = by_name["minimal splitter (copies lines)"], by_name.get("mawk")
    lq, few = by_name["lq-split"], by_name.get(f"lq-split, ulimit -n {FEW}")
    if not few:
        found.at_least(work, lq, mawk, 2 if form == "entry" else 1.5)
        if form == "entry":
            found.at_least(work, lq, minimal, 0.6)
        else:
            found.at_least(work, lq, by_name.get("mawk that copies lines"), 1.5)
            found.at_least(work, lq, by_name.get("Miller"), 40)
        return
    for one, where, least in [(lq, "", minimal), (few, f", ulimit -n {FEW}", by_name[f"minimal splitter, ulimit -n {FEW}"])]:
        found.at_least(work + where, one, mawk, 4)
        found.at_least(work + where, one, least, 0.6)
        found.at_most(f"{work}{where}, resident", one.peak / settings.MIB, 64, "MiB")


def measure(work, outputs):
    found, tables = report.Goals(), []
    for pods, dialect, forms in [(3, "entry", ["entry", "raw"]), (3, "logentry", ["raw"]), (MANY, "entry", ["entry", "raw"])]:
        path = data.entries(work, settings.SIZE, pods, dialect)
        for form in forms:
            everybody = compare(list(contestants(outputs / "files", form, dialect, pods, path)), work)
            if settings.IS_CHECK:
                continue
            title = f"-o {form}, {pods:,} Pods" + (", LogEntry lines" if dialect == "logentry" else "")
            goals(found, form, title, everybody)
            tables += ["### " + title.replace(f"-o {form}", f"`-o {form}`"), "", *report.table(everybody, path.stat().st_size)]
            tables += report.commands(everybody) if pods == 3 else []
        path.unlink()
    if settings.IS_CHECK:
        return
    yield from report.head(PEERS)
    yield (
        f"{data.human(settings.SIZE)} of entry lines, where nothing else is said, in the order of time, from a file. `-o entry` copies the line, `-o raw` "
        "unescapes the message, and of structured logs writes the payload. "
        f"Peers have {PLENTY:,} file descriptors where nothing else is said. {report.turns()}"
    )
    yield ""
    yield from found.lines()
    yield from tables
