"""lq-query as a sorter: unsorted entries beyond memory, beside sort(1), which is given the key in front of each line."""

import os
import shlex
import subprocess

from . import data, report, settings
from .archive import DAY
from .contest import Contestant, compare, digest, has_lines, lines

TITLE = "lq-query sorts"
# By timestamp, then insertId, as lq-query does; a tab goes between the key and the line.
KEY = '{ print substr($0, 15, 27) substr($0, length($0) - 21, 20) "\\t" $0 }'
MEMORY = "256M"


def measure(work, _):
    path = data.entries(work, settings.LARGE_SIZE, 200, "entry", "--unsorted")
    keyed = work / "keyed"
    with open(keyed, "wb") as lines_with_key:
        subprocess.run(["awk", KEY, path], check=True, stdout=lines_with_key, env=os.environ | {"LC_ALL": "C"})
    query = [settings.TOOLS / "lq-query", "--source", path, *DAY, "-q", "--memory", f"{MEMORY}iB"]
    out = work / "out"
    lq = Contestant("lq-query", query, out, must=True, check=has_lines(lines(path)))

    def same_order(one):
        cut = work / "cut"
        with open(cut, "wb") as without:
            subprocess.run(["cut", "-f", "2-", out], check=True, stdout=without)
        is_same = digest(cut) == lq.written["out"]
        cut.unlink()
        return "" if is_same else "another order"

    words = ["sort", "-S", MEMORY, "-t", "\t", "-k", "1,1", keyed]
    sort = Contestant("sort", words, out, must=True, check=same_order)
    alone = Contestant("sort --parallel=1", [words[0], "--parallel=1", *words[1:]], out, must=True)
    cut = Contestant("sort, cut", ["sh", "-c", f"{shlex.join(map(str, words))} | cut -f 2-"], out, must=True)
    everybody = compare([lq, sort, alone, cut], work, patience=report.ENDLESS)
    if settings.IS_CHECK:
        return
    found, size = report.Goals(), path.stat().st_size
    found.at_least(f"{data.human(size)} in {MEMORY}iB", lq, sort, 1)
    yield from report.head(["sort"])
    yield (
        f"{data.human(size)} of entries in no order, in {MEMORY}iB. lq-query reads entries, finds time and id, and drops twins; "
        "sort(1) has LC_ALL=C and finds its key in front of a tab, where it was put before. What both write is the same, "
        f"but for the key; it goes where the data are. {report.turns(report.ENDLESS)}"
    )
    yield ""
    yield from found.lines()
    yield from report.table(everybody, size)
    yield from report.commands(everybody)
