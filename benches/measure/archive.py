"""lq-query on an archive: one container of ten out of a sink's files of a day, plain and .gz."""

import gzip
import shlex
from concurrent.futures import ThreadPoolExecutor

from . import data, report, settings
from .contest import Contestant, compare, same_lines
from .machine import find

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


def contestants(out, folder, is_packed):
    files = " ".join(shlex.quote(str(path)) for path in sorted(folder.rglob("*.json*")))
    query, where = settings.TOOLS / "lq-query", ["--source", folder, *DAY, "-q"]
    lq = Contestant("lq-query", [query, CONTAINER, *where], out, must=True)
    yield lq
    yield Contestant("lq-query, all containers", [query, *where], out, must=True)

    def shell(name, line, **more):
        return Contestant(name, ["sh", "-c", line], **({"out": out} | more))

    cat = f"gzip -dc {files}" if is_packed else f"cat {files}"
    grep = f"grep -hF {shlex.quote(NAMED)}"
    grep = f"{cat} | {grep}" if is_packed else f"{grep} {files}"
    yield shell("grep -F of the container's name", grep, check=same_lines(lq), must=True)
    for jq in ["jq", "jaq"]:
        if find(jq):
            yield shell(f"{jq} select", f"{cat} | {find(jq)} -c {shlex.quote(SELECT)}", check=same_lines(lq))
    if is_packed:
        yield shell("zcat, a file at a time", f"{cat} >/dev/null", out=None, must=True)
        two = f"printf '%s\\n' {files} | xargs -P 2 -n 1 gzip -dc >/dev/null"
        yield shell("zcat, two files at a time", two, out=None, must=True)
    else:
        yield shell("cat", cat, must=True)


def measure(work, outputs):
    folder, found, tables = data.archive(work, settings.SIZE), report.Goals(), []
    size = sum(path.stat().st_size for path in folder.rglob("*.json"))
    for is_packed in [False, True]:
        if is_packed:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(compress, list(folder.rglob("*.json"))))
        everybody = compare(list(contestants(outputs / "out", folder, is_packed)), work)
        if settings.IS_CHECK:
            continue
        by_name = {one.name: one for one in everybody}
        lq, kind = by_name["lq-query"], ".gz" if is_packed else "plain files"
        if is_packed:
            found.at_least(kind, lq, by_name["zcat, two files at a time"], 0.8)
        else:
            found.at_least(kind, lq, by_name.get("jq select"), 8, "cat, jq select")
            found.at_least(kind, lq, by_name["grep -F of the container's name"], 0.4)
        tables += [f"### {kind[0].upper()}{kind[1:]}", "", *report.table(everybody, size)]
    if settings.IS_CHECK:
        return
    yield from report.head(PEERS)
    yield (
        f"{data.human(size)} of LogEntry lines in 24 files, an hour each, of ten containers in 200 Pods; one container is asked "
        f"for, and only lq-query sorts, drops twins, and writes entries. MB/s are of plain bytes. {report.turns()}"
    )
    yield ""
    yield from found.lines()
    yield f"    lq-query {CONTAINER} --source FOLDER {' '.join(DAY)} -q"
    yield f"    cat FOLDER/… | jq -c '{SELECT}'"
    yield f"    LC_ALL=C grep -hF '{NAMED}' FOLDER/…"
    yield ""
    yield from tables
