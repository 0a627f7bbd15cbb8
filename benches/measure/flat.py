"""What a line costs, from 10 MB to gigabytes and from one Pod to 10,000: it is to stay flat."""

import statistics
from dataclasses import dataclass

from . import data, report, settings
from .archive import DAY
from .contest import Contestant, compare, has_lines, lines

TITLE = "Cost of a line"
PODS = [1, 10, 100, 1_000, 10_000]
# Of how many Pods the files of all sizes are.
SOME = 200


@dataclass
class Point:
    size: int
    pods: int
    path: object
    lines: int
    contestants: list


def sizes():
    last = settings.LARGE_SIZE
    smaller = [settings.SIZE // 100, settings.SIZE // 10, settings.SIZE]
    return [size for size in smaller if size < last] + [last]


def point(work, outputs, size, pods):
    path = data.entries(work, size, pods)
    tools, out = settings.TOOLS, outputs / "out"
    split = [tools / "lq-split", "-q", "--name", "{pod}.log", "-o", "entry", path]
    count = lines(path)
    right = has_lines(count)
    everybody = [
        Contestant("lq-fmt", [tools / "lq-fmt", "-q", "-o", "tsv", path], out, check=right, must=True),
        Contestant("lq-split", split, folder=outputs / "files", check=right, must=True),
        Contestant("lq-query", [tools / "lq-query", "--source", path, *DAY, "-q"], out, check=right, must=True),
    ]
    return Point(size, pods, path, count, everybody)


def rows(points, first):
    yield "| tool | " + " | ".join(first(one) for one in points) + " | most to least | user's alone |"
    yield "|---|" + "--:|" * (len(points) + 2)
    for number, tool in enumerate(points[0].contestants):
        ours = [(one, one.contestants[number]) for one in points]
        users = [cost(its.user, one) for one, its in ours]
        systems = [cost(its.system, one) for one, its in ours]
        shown = [
            f"{user:,.0f} + {system:,.0f} ns, {its.peak / settings.MIB:.0f} MiB"
            for user, system, (_, its) in zip(users, systems, ours)
        ]
        both = [user + system for user, system in zip(users, systems)]
        yield f"| {tool.name} | " + " | ".join(shown) + f" | {most_to_least(both)} | {most_to_least(users)} |"
    yield ""


def cost(seconds, one):
    """Nanoseconds for a line, the median."""
    return 1e9 * statistics.median(seconds) / one.lines


def most_to_least(costs):
    # The shortest runs may be over before the clock of the processor moves.
    return f"{max(costs) / min(costs):.2f}" if min(costs) else ""


def measure(work, outputs):
    by_pods = [point(work, outputs, settings.SIZE // 2, pods) for pods in PODS]
    compare([one for each in by_pods for one in each.contestants], work, patience=report.ENDLESS)
    for each in by_pods:
        each.path.unlink()
    by_size = [point(work, work, size, SOME) for size in sizes()]
    compare([one for each in by_size for one in each.contestants], work, patience=report.ENDLESS)
    if settings.IS_CHECK:
        return
    yield from report.head([])
    yield (
        "Processor time for a line, user's + system's, and the memory resident. By size, all is written where the data are: "
        "not every machine has room for it elsewhere. What a file system has not held before may cost a virtual machine much "
        f"more than what it has: that is in system's. {report.turns(report.ENDLESS)}"
    )
    yield ""
    yield f"### By size, {SOME} Pods"
    yield ""
    yield from rows(by_size, lambda one: data.human(one.size))
    yield f"### By number of Pods, {data.human(settings.SIZE // 2)}"
    yield ""
    yield from rows(by_pods, lambda one: f"{one.pods:,}")
    yield "    lq-fmt -q -o tsv FILE >OUT"
    yield "    lq-split -q --name '{pod}.log' -o entry FILE"
    yield f"    lq-query --source FILE {' '.join(DAY)} -q >OUT"
