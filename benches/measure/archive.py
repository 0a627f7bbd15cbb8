"""lq-query on an archive: one container of ten out of a sink's files of a day, plain and .gz."""

import gzip
import shlex
from concurrent.futures import ThreadPoolExecutor

from . import data, report, settings
from .contest import Contestant, compare, has_lines
from .machine import find, output

TITLE = "lq-query on an archive"
PEERS = ["jq", "jaq", "grep", "gzip"]
DAY = ["--since", "2026-11-20T00:00:00Z", "--until", "2026-11-21T00:00:00Z"]
CONTAINER = "worker"
SELECT = f'select(.resource.labels.container_name == "{CONTAINER}")'
NAMED = f'"container_name":"{CONTAINER}"'


def compress(path):
    with open(path, "rb") as plain, gzip.open(f"{path}.gz", "wb", compresslevel=6) as packed:
        for block in iter(lambda: plain.read(settings.MIB), b""):
            packed.write(block)
    path.unlink()


def contestants(work, folder, is_packed):
    files = " ".join(shlex.quote(str(path)) for path in sorted(folder.rglob("*.json*")))
    cat = "gzip -dc" if is_packed else "cat"
    query = [settings.TOOLS / "lq-query", CONTAINER, "--source", folder, *DAY, "-q"]
    lq = Contestant("lq-query", query, work / "lq", must=True)
    yield lq
    other, same = work / "other", has_lines(lq)
    yield Contestant("lq-query, all containers", [query[0], *query[2:]], other, must=True)
    line = f"{cat} {files} | LC_ALL=C grep -F {shlex.quote(NAMED)}"
    yield Contestant("grep -F of the container's name", ["sh", "-c", line if is_packed else line.replace(f"cat {files} | ", "").replace("grep -F", "grep -hF") + f" {files}"], other, check=same, must=True)
    for jq in ["jq", "jaq"]:
        if find(jq):
            yield Contestant(f"{cat}, {jq} select", ["sh", "-c", f"{cat} {files} | {find(jq)} -c {shlex.quote(SELECT)}"], other, check=same)
    if is_packed:
        yield Contestant("zcat, a file at a time", ["sh", "-c", f"gzip -dc {files}"], other, must=True)
        two = f"printf '%s\\n' {files} | xargs -P 2 -n 1 gzip -dc >/dev/null"
        yield Contestant("zcat, two files at a time", ["sh", "-c", two], must=True)
    else:
        yield Contestant("cat", ["sh", "-c", f"cat {files}"], other, must=True)


def measure(work):
    folder, found, tables = data.archive(work, settings.SIZE), report.Goals(), []
    size = sum(path.stat().st_size for path in folder.rglob("*.json"))
    for is_packed in [False, True]:
        if is_packed:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(compress, list(folder.rglob("*.json"))))
        everybody = compare(list(contestants(work, folder, is_packed)), work)
        if settings.IS_CHECK:
            continue
        by_name = {one.name: one for one in everybody}
        lq, kind = by_name["lq-query"], ".gz" if is_packed else "plain files"
        if is_packed:
            found.at_least(kind, lq, by_name["zcat, two files at a time"], 0.8)
        else:
            found.at_least(kind, lq, by_name.get("cat, jq select"), 8)
            found.at_least(kind, lq, by_name["grep -F of the container's name"], 0.4)
        tables += [f"### {kind[0].upper()}{kind[1:]}", "", *report.table(everybody, size)]
    if settings.IS_CHECK:
        return
    yield from report.head(PEERS)
    yield (
        f"{data.human(size)} of LogEntry lines in 24 files, an hour each, of ten containers in 200 Pods; one container is asked "
        "for, and only lq-query sorts, drops twins, and writes entries. MB/s are of plain bytes."
    )
    yield ""
    yield from found.lines()
    yield f"    lq-query {CONTAINER} --source FOLDER {' '.join(DAY)} -q"
    yield f"    cat FOLDER/… | jq -c '{SELECT}'"
    yield f"    LC_ALL=C grep -hF '{NAMED}' FOLDER/…"
    yield ""
    yield from tables
