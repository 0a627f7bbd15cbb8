"""Measures lq beside its peers and beside the least that can be done: `make bench`, or a part, `make bench BENCH=fmt`.

Argument: the folder of the tools. On the same data, in the same run, in turns; medians count, and of them the ratios.
The report goes to benches/RESULTS.md, a section a part; parts that are not measured keep theirs.

    BENCH               which parts (all): query (lq-query on BigQuery), fmt, split, archive, sort, flat (cost per line
                        at any size and number of Pods), start (how soon each tool is there; sizes)
    BENCH_RUNS          how often each runs (5), after a turn that warms up
    BENCH_PATIENCE      who takes longer than so many seconds (10) runs once
    BENCH_SIZE          how many bytes of entries (1G)
    BENCH_LARGE_SIZE    for sort, and the end of the curve (4G)
    BENCH_ROWS          how many rows come from BigQuery (1000000)
    BENCH_LARGE_ROWS    and for the runs that watch memory alone (4000000; 0 for none)
    BENCH_DIR           where data go, and large outputs (/var/tmp): five times BENCH_LARGE_SIZE
    BENCH_OUTPUTS       where the others go (/dev/shm: no disk is measured), up to BENCH_SIZE
    BENCH_OUT           where the report goes (benches/RESULTS.md; - for nowhere)

Peers that are neither on PATH nor in target/tools are left out, which the report says; `make peers` installs those that
registries have; hl is at https://github.com/pamburus/hl. Who loses lines, or ends badly, is told as that and has no
ratio. Where a peer needs more than a line, it is in benches/peers. With `--check` nothing is measured: it fails where ours give other bytes than they should.
"""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from measure import archive, bigquery, flat, fmt, report, settings, sort, split, start  # noqa: E402

PARTS = {
    "query": bigquery, "fmt": fmt, "split": split, "archive": archive, "sort": sort, "flat": flat, "start": start,
}


def folder(where):
    return tempfile.TemporaryDirectory(prefix="lq-bench-", dir=where)


def main():
    unknown = [part for part in settings.PARTS if part not in PARTS]
    if unknown:
        sys.exit(f"no part is called {unknown[0]}: {', '.join(PARTS)}")
    measured = {}
    for part in settings.PARTS or PARTS:
        with folder(settings.DIR) as work, folder(settings.OUTPUTS) as outputs:
            measured[PARTS[part].TITLE] = list(PARTS[part].measure(Path(work), Path(outputs)))
        if not settings.IS_CHECK:
            report.write([part.TITLE for part in PARTS.values()], measured)
            measured = {}
    if settings.IS_CHECK:
        print("all agree")


main()
