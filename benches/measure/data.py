"""The entries: made up by benches/replay, the same each time. One line has 600 to 900 bytes on the average; four fifths
of them are text, one fifth structured; some are Japanese, some are stack traces."""

import subprocess

from . import settings


def entries(work, size, pods, dialect="entry", *flags):
    """A file of entries, in the order of time."""
    path = work / f"{dialect}-{pods}-{size}{''.join(flags)}.json"
    command = [settings.REPLAY, "entries", "--size", str(size), "--pods", str(pods), "--dialect", dialect, *flags]
    with open(path, "wb") as out:
        subprocess.run(command, check=True, stdout=out)
    return path


def archive(work, size):
    """A sink's archive of one day, an hour a file, of ten containers, 20 Pods each."""
    folder = work / "archive"
    folder.mkdir()
    subprocess.run([settings.REPLAY, "archive", folder, "--size", str(size), "--pods", "200"], check=True)
    return folder


def human(size):
    for unit, name in [(settings.GIB, "GiB"), (settings.MIB, "MiB"), (settings.KIB, "KiB")]:
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
