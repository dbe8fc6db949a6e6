# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Python's subprocess, driven by the benchmark.

usage: spawn.py PROGRAM DESCRIPTORS MEBIBYTES [ARG...]

Opens so many descriptors, touches so much memory, then answers each line of
stdin with a line: the nanoseconds that the task took, or what went wrong.

    spawn N          N times: start PROGRAM with each ARG, wait, expect exit code 0
    missing N        N times: fail to start a program that is not there
    group STAGES N   N times: a pipeline of as many PROGRAMs
    read BYTES N     N times: the whole stdout of PROGRAM, which has so many bytes
"""

import mmap
import os
import resource
import sys
import time
from subprocess import PIPE, Popen, check_output

program = sys.argv[1]
command = [program, *sys.argv[4:]]


def take_over(fd, mode):
    """As in programs/serve.hpp: child processes inherit the null device."""
    moved = os.fdopen(os.dup(fd), mode)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, fd)
    os.close(null)
    return moved


def open_descriptors(count):
    if count == 0:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = max(soft, count + 100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (need, max(hard, need)))
    for _ in range(count):
        os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def touch_memory(mebibytes):
    if mebibytes == 0:
        return None
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    memory = mmap.mmap(-1, mebibytes << 20, flags)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    for at in range(0, len(memory), mmap.PAGESIZE):
        memory[at] = 1
    return memory


def spawn():
    if Popen(command).wait() != 0:
        raise RuntimeError("it failed")


def missing():
    try:
        Popen([program + "-that-is-not-there"])
    except FileNotFoundError:
        return
    raise RuntimeError("it was found")


def group(stages):
    children = []
    source = None
    for stage in range(stages):
        last = stage + 1 == stages
        child = Popen([program], stdin=source, stdout=None if last else PIPE)
        if source is not None:
            source.close()
        source = child.stdout
        children.append(child)
    for child in children:
        child.wait()


def read(size):
    if len(check_output(command)) != size:
        raise RuntimeError("it wrote another number of bytes")


tasks = {"spawn": spawn, "missing": missing, "group": group, "read": read}


def time_of(count, task, *args):
    task(*args)  # bring the code back into the caches
    begin = time.perf_counter_ns()
    for _ in range(count):
        task(*args)
    return time.perf_counter_ns() - begin


def answer(name, *numbers):
    *args, count = map(int, numbers)
    return time_of(count, tasks[name], *args)


questions = take_over(0, "r")
answers = take_over(1, "w")
open_descriptors(int(sys.argv[2]))
memory = touch_memory(int(sys.argv[3]))
for line in questions:
    try:
        print(answer(*line.split()), file=answers, flush=True)
    except Exception as error:  # the benchmark tells the reader
        print(f"{type(error).__name__}: {error}", file=answers, flush=True)
