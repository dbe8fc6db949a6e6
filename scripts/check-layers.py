#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that the rooms of src/ are what docs/contributing.md says.

A file of src/ includes files of its own folder, of folders listed above it, and
public headers. No files include each other in a cycle. Headers of the operating
system are included in src/sys/posix and src/sys/linux only, and those two folders
only by each other: sys/linux may include sys/posix, not the reverse. What is not
in POSIX is not in sys/posix.
"""

import pathlib
import re
import sys

ROOMS = ["sys", "text", "base", "io", "child", "plan", "flow", "seen", "job", "verbs"]

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
NOT_POSIX = re.compile(
    r"<(linux/[^>]+|sys/(epoll|eventfd|syscall|sysmacros|prctl|inotify|ioctl|signalfd|"
    r"timerfd|sendfile|vfs)\.h|sched\.h|features\.h)>"
    r"|\b(O_TMPFILE|O_PATH|F_SETPIPE_SZ|F_GETPIPE_SZ|MSG_NOSIGNAL|memfd_create|pidfd_\w+|"
    r"epoll_\w+|clone3?|syscall)\b|/proc/")

problems = []


def room_of(path):
    return path.split("/")[0]


def includes_of(path):
    text = (ROOT / path).read_text()
    for name in INCLUDE.findall(text):
        if (ROOT / name).exists():
            yield name
        else:
            problems.append(f"src/{path} includes \"{name}\", which is not in src/")


def check_room(path, name):
    if ROOMS.index(room_of(name)) > ROOMS.index(room_of(path)):
        problems.append(
            f"src/{path} includes \"{name}\": {room_of(path)} stands below {room_of(name)}")
    inner = re.match(r"sys/(posix|linux)/", name)
    if inner and not path.startswith("sys/"):
        problems.append(f"src/{path} includes \"{name}\", which is for src/sys only")
    if inner and re.fullmatch(r"sys/[^/]+", path):
        problems.append(f"src/{path} includes \"{name}\": the seam declares, it names no system")
    if path.startswith("sys/posix/") and name.startswith("sys/linux/"):
        problems.append(f"src/{path} includes \"{name}\": POSIX stands below Linux")


def check_posix(path):
    text = re.sub(r"//.*", "", (ROOT / path).read_text())
    for match in NOT_POSIX.finditer(text):
        problems.append(f"src/{path} uses {match.group(0)}, which is not in POSIX")


def find_cycle(graph):
    done, on_path = set(), []

    def visit(path):
        if path in done:
            return None
        if path in on_path:
            return on_path[on_path.index(path):] + [path]
        on_path.append(path)
        for name in graph[path]:
            cycle = visit(name)
            if cycle:
                return cycle
        on_path.pop()
        done.add(path)
        return None

    for path in sorted(graph):
        cycle = visit(path)
        if cycle:
            return cycle
    return None


files = [str(path.relative_to(ROOT)) for path in sorted(ROOT.rglob("*"))
         if path.suffix in (".hpp", ".cpp", ".S")]
graph = {path: list(includes_of(path)) for path in files}
for path, names in graph.items():
    if "/" not in path or room_of(path) not in ROOMS:
        problems.append(f"src/{path} is in no room")
        continue
    for name in names:
        check_room(path, name)
    if path.startswith("sys/posix/"):
        check_posix(path)
cycle = find_cycle(graph)
if cycle:
    problems.append("a cycle of includes: " + " -> ".join(cycle))

for problem in problems:
    print(problem, file=sys.stderr)
if problems:
    sys.exit(1)
print(f"ok: {len(files)} files in {len(ROOMS)} rooms, no include goes up, no cycle")
