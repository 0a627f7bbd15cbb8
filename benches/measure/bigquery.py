"""lq-query on BigQuery, beside Google's own client and one that only drains, which read the same rows from the same
server; it replays what was recorded."""

import os
import statistics
import subprocess
from pathlib import Path

from . import machine, report, settings
from .contest import Contestant, compare, has_lines, same_bytes
from .report import verdict

TITLE = "lq-query on BigQuery"
PYTHON = settings.TOOLBOX / "bigquery/venv/bin/python"
ASKED = ["--source", "bq://acme/gke", "--since", "2026-11-20T00:00:00Z", "--until", "2026-11-21T00:00:00Z"]
COLUMNS = "resource textPayload jsonPayload timestamp severity insertId"
FIELDS = COLUMNS.replace("resource", " ".join(
    f"resource.labels.{name}" for name in ["cluster_name", "namespace_name", "pod_name", "container_name"]
))
WAYS = {"rest": "query, REST pages", "result": "query, rows over gRPC", "table": "straight from the table, gRPC"}
# What is to be reached: times Google's client to JSON lines on disk, share of the draining client, MiB resident.
GOALS = {"rest": 10, "result": 3, "table": 3}
SHARE, MEMORY = 0.5, 300


class Server:
    def __init__(self, rows):
        command = [settings.REPLAY, "serve", "--rows", str(rows)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.rest, self.grpc = self.process.stdout.readline().split()

    def processor(self):
        """Seconds of processor time so far."""
        times = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.kill()
        self.process.wait()


def says(rows, place):
    """For a check: the number in this place of what was said is that of the rows."""
    return lambda one: "" if int(one.said.split()[place]) == rows else f"{one.said.split()[place]} rows, not {rows}"


def contestants(server, work, rows, all_of_them):
    """By way; lq-query is the first of each."""
    query = settings.TOOLS / "lq-query"
    rest = {"BIGQUERY_EMULATOR_HOST": server.rest}
    environment = rest | {"BIGQUERY_STORAGE_EMULATOR_HOST": server.grpc}
    sql = machine.output(query, *ASKED, "--print-sql", "-q", environment=rest | {"HOME": str(work)})
    first = None
    for way in WAYS:
        via = {"rest": [], "result": ["--via", "query"], "table": ["--via", "storage"]}[way]
        agrees = has_lines(rows)
        if first:
            agrees = same_bytes(first)
        lq = Contestant(
            "lq-query", [query, *ASKED, "--no-cache", "-q", *via], work / "out", check=agrees, must=True, served=server.processor,
            environment=rest if way == "rest" else environment,
        )
        first = first or lq
        yield way, lq
        if not all_of_them:
            continue
        asked = COLUMNS if way == "table" else sql
        for target in ["orjson"] if settings.IS_CHECK else ["alone", "json", "orjson"]:
            yield way, Contestant(
                f"Google's client, {target}", [PYTHON, settings.PEERS / "official.py", way, target, server.rest, server.grpc],
                None if target == "alone" else work / "out", stdin=asked, check=says(rows, -1), must=True,
                served=server.processor,
            )
        yield way, Contestant(
            "drain", [settings.REPLAY, "drain", way, server.rest, server.grpc], stdin=FIELDS if way == "table" else sql,
            check=says(rows, 0), must=True, served=server.processor,
        )


def contest(work, rows, runs, all_of_them=True):
    server = Server(rows)
    try:
        everybody = list(contestants(server, work, rows, all_of_them))
        compare([one for _, one in everybody], work, runs)
        return everybody
    finally:
        server.stop()


def table(everybody, rows):
    yield "| what | median | spread | entries/s | MB/s written | processor | server's | resident |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for one in everybody:
        took = one.median()
        written = f"{one.size / took / 1e6:.0f}" if one.out else ""
        yield (
            f"| {one.name} | {took:.2f} s | {min(one.seconds):.2f}–{max(one.seconds):.2f} | {round(rows / took, -3):,.0f} "
            f"| {written} | {one.processor():.2f} s | {statistics.median(one.server):.2f} s | {one.peak / settings.MIB:.0f} MiB |"
        )


def measure(work, _):
    rows, large = settings.ROWS, settings.LARGE_ROWS
    everybody = contest(work, rows, settings.RUNS)
    if settings.IS_CHECK:
        return
    modules = ["google-cloud-bigquery", "google-cloud-bigquery-storage", "pyarrow", "orjson"]
    yield from report.head([], f"{machine.output(PYTHON, '--version').strip()}, {machine.modules(PYTHON, modules)}")
    size = max(one.size for _, one in everybody if one.name == "lq-query")
    yield (
        f"{rows:,} entries, {size / rows:.0f} bytes a line as lq-query writes them; {settings.RUNS} runs each, in turns. The "
        "server runs on the same machine: what it takes is part of the time of all. `alone` ends with Arrow's table in "
        "memory; `json` and `orjson` go on to JSON lines on disk with the Python module of that name; `drain` is a client "
        "in Rust that decodes pages and batches and drops them. The ratios are of medians."
    )
    yield ""
    yield f"    lq-query {' '.join(ASKED)} --no-cache -q [--via query|storage] >FILE"
    for way, title in WAYS.items():
        here = {one.name: one for its, one in everybody if its == way}
        yield ""
        yield f"### {title[0].upper()}{title[1:]}"
        yield ""
        yield from table(here.values(), rows)
        json, orjson, drain = (
            here[name].median() / here["lq-query"].median() for name in ["Google's client, json", "Google's client, orjson", "drain"]
        )
        yield ""
        yield (
            f"lq-query to JSON lines on disk is {json:.1f} × Google's client with `json`, of which it is to be "
            f"{GOALS[way]} ×{verdict(json >= GOALS[way])}; {orjson:.1f} × with `orjson`; {drain:.2f} × the draining "
            f"client, of which it is to be {SHARE} ×{verdict(drain >= SHARE)}."
        )
    yield ""
    yield "### Memory of lq-query at any size"
    yield ""
    yield "| rows | way | resident | entries/s |"
    yield "|--:|---|--:|--:|"
    runs = [(rows, way, one) for way, one in everybody if one.name == "lq-query"]
    runs += [(large, way, one) for way, one in contest(work, large, 1, False)] if large else []
    for rows, way, one in runs:
        peak = f"{one.peak / settings.MIB:.0f} MiB{verdict(one.peak <= MEMORY * settings.MIB)}"
        yield f"| {rows:,} | {WAYS[way]} | {peak} | {round(rows / one.median(), -3):,.0f} |"
