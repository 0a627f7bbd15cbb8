#!/usr/bin/env python3
"""Writes the licences of the crates that are linked into the tools for the target argv[1], with their texts.

Which crates those are cargo tells; their texts lie in their sources, which cargo has at hand. Each text is
written once, so the file is the same wherever it is made.
"""

import json
import os
import re
import subprocess
import sys

TEXT = re.compile(r"(un)?licen[cs]e|copying|copyright|notice", re.IGNORECASE)
CODE = re.compile(r"\.(rs|c|h|py|toml|json|ya?ml)$")

# What is linked in beside crates. musl is in static tools: https://git.musl-libc.org/cgit/musl/tree/COPYRIGHT
STANDARD_LIBRARY = "Copyright (c) The Rust Project Contributors"
MUSL = "Copyright © 2005-2020 Rich Felker, et al."


def cargo(*arguments):
    command = [*os.environ.get("CARGO", "cargo").split(), *arguments, "--locked"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return ran.stdout if ran.returncode == 0 else sys.exit(f"licences.py: {' '.join(command)} failed")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().replace("\r\n", "\n").strip("\n")


def mit(holder):
    """The MIT licence of somebody else."""
    return re.sub(r"^Copyright.*$", lambda _: holder, read("LICENSE-MIT"), count=1, flags=re.MULTILINE)


def texts(package):
    """The texts that lie in a crate's sources, in the order of their names."""
    root = os.path.dirname(package["manifest_path"])
    found = []
    for folder, folders, files in os.walk(root):
        folders.sort()
        names = sorted(name for name in files if TEXT.match(name) and not CODE.search(name))
        # zstd's COPYING is the other one of the two that it may be had under.
        if "COPYING" in names and "LICENSE" in names:
            names.remove("COPYING")
        found.extend(read(os.path.join(folder, name)) for name in names)
    # Some say no more than which licence it is.
    return [text for text in found if text not in ("", package["license"])] or [usual(package)]


def usual(package):
    """The text that the licence of a crate has where the crate itself brings none."""
    licence = package["license"] or ""
    if "Apache-2.0" in licence:
        return read("LICENSE-APACHE")
    if licence == "MIT" and package["authors"]:
        return mit("Copyright (c) " + ", ".join(re.sub(" <.*>", "", author) for author in package["authors"]))
    sys.exit(f"licences.py: {package['name']} has no text of its licence ({licence}): add it here")


def main(target):
    tree = cargo("tree", "--edges", "normal,no-proc-macro", "--target", target, "--prefix", "none", "--format", "{p}")
    linked = {tuple(line.replace(" v", " ", 1).split(" ")[:2]) for line in tree.splitlines() if line}
    metadata = json.loads(cargo("metadata", "--format-version", "1"))
    root = metadata["resolve"]["root"]
    parts = [
        (f"{package['name']} {package['version']}", package["license"] or "", texts(package))
        for package in metadata["packages"]
        if (package["name"], package["version"]) in linked and package["id"] != root
    ]
    parts.append(("Rust's standard library", "MIT OR Apache-2.0", [mit(STANDARD_LIBRARY), read("LICENSE-APACHE")]))
    if "musl" in target:
        parts.append(("musl", "MIT", [mit(MUSL)]))
    numbers = {}
    out = ["lq's own code is MIT OR Apache-2.0. The tools hold code of these as well, under licences of their own.",
           "The numbers are those of the texts below.", ""]
    for name, licence, its in sorted(parts, key=lambda part: part[0].lower()):
        its = [numbers.setdefault(" ".join(text.split()), (len(numbers) + 1, text))[0] for text in its]
        out.append(f"{name}: {licence} {' '.join(f'[{number}]' for number in dict.fromkeys(its))}")
    for number, text in numbers.values():
        out += ["", f"{' [' + str(number) + '] ':-^79}", "", text]
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("\n".join(out))


if len(sys.argv) != 2:
    sys.exit("licences.py: say for which target, as in licences.py x86_64-unknown-linux-gnu")
main(sys.argv[1])
