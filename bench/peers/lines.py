# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Lines in Python, driven by the benchmark.

usage: lines.py PROGRAM

Answers each line of stdin, the arguments for PROGRAM, with a line: the
nanoseconds that it took to read what that writes, how many lines there were and
how many bytes, newlines not counted; or what went wrong.
"""

import sys
import time
from subprocess import PIPE, Popen


def tally(arguments):
    lines = size = 0
    with Popen([sys.argv[1], *arguments], stdout=PIPE) as child:
        for line in child.stdout:
            lines += 1
            size += len(line) - 1
    if child.returncode != 0:
        raise RuntimeError("it failed")
    return lines, size


def answer(arguments):
    begin = time.perf_counter_ns()
    lines, size = tally(arguments)
    return f"{time.perf_counter_ns() - begin} {lines} {size}"


for request in sys.stdin:
    try:
        print(answer(request.split()), flush=True)
    except Exception as error:  # the benchmark tells the reader
        print(f"{type(error).__name__}: {error}", flush=True)
