"""What was asked for: the variables and arguments of bench.py."""

import os
import sys
from pathlib import Path

BENCHES = Path(__file__).resolve().parent.parent
PROJECT = BENCHES.parent
PEERS = BENCHES / "peers"
# Where `make peers`, `make tools` and `make emulator` put what no package of the system has.
TOOLBOX = PROJECT / "target/tools"

IS_CHECK = "--check" in sys.argv
TOOLS = Path(next((word for word in sys.argv[1:] if not word.startswith("-")), "target/release")).resolve()
REPLAY = TOOLS / "examples/replay"

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def size(name, default, in_check):
    """A variable's bytes: 50M, 1G, 4096."""
    text = str(in_check) if IS_CHECK else os.environ.get(name, default)
    unit = {"K": KIB, "M": MIB, "G": GIB}.get(text[-1:].upper())
    return int(float(text[:-1]) * unit) if unit else int(text)


ROWS = 2_000 if IS_CHECK else int(os.environ.get("BENCH_ROWS", 1_000_000))
LARGE_ROWS = 0 if IS_CHECK else int(os.environ.get("BENCH_LARGE_ROWS", 4_000_000))
SIZE = size("BENCH_SIZE", "1G", MIB // 2)
LARGE_SIZE = size("BENCH_LARGE_SIZE", "4G", MIB)
RUNS = 0 if IS_CHECK else int(os.environ.get("BENCH_RUNS", 5))
PATIENCE = float(os.environ.get("BENCH_PATIENCE", 10))
DIR = Path(os.environ.get("BENCH_DIR", "/var/tmp"))
# Where there is no disk, none is measured.
OUTPUTS = DIR if IS_CHECK else Path(os.environ.get("BENCH_OUTPUTS", "/dev/shm"))
OUT = os.environ.get("BENCH_OUT", str(BENCHES / "RESULTS.md"))
PARTS = os.environ.get("BENCH", "").replace(",", " ").split()
