#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Shows what run(a | (b > capture)) goes through before its first child exists.

    scripts/trace-run.py                     this tree
    scripts/trace-run.py --commit 4cebe47    a commit, whatever its layout
    scripts/trace-run.py --tree              each call as well, indented
    scripts/trace-run.py --check             fails if a limit below is passed

The library is built with -finstrument-functions and each function that is entered
is recorded from the call of run until the first clone3. "Own" functions are those
of namespace runnel, whether or not the compiler inlines them. Printed are:

- own calls, and the distinct functions and source files that they are of;
- frames: how many own functions are active at the clone3; neither `run` is counted nor
  the function that makes the system call;
- walks over the expression: entries into a function that takes a PlanNode and then
  calls itself, directly or through others, unless it did so already further out;
- system calls of the parent for one run, from strace: many runs less one run.

A build takes some minutes; it is kept in build/trace, and that of a commit in
build/trace-COMMIT.
"""

import argparse
import collections
import pathlib
import re
import struct
import subprocess
import sys

MOST_WALKS = 3
MOST_FRAMES = 12

ROOT = pathlib.Path(__file__).resolve().parent.parent

PROGRAM = r"""
#include <runnel/runnel.hpp>

#include <cstdlib>
#include <cstring>

extern "C" void trace_begin(char const* path);

int main(int argc, char** argv)
{
    using namespace runnel;
    Pipeline const piped = cmd("true") | (cmd("true") > capture);
    Command const alone = cmd("true");
    bool const is_piped = argc > 1 && std::strcmp(argv[1], "piped") == 0;
    int const rounds = argc > 2 ? std::atoi(argv[2]) : 1;
    if (argc > 3)
        trace_begin(argv[3]);
    for (int i = 0; i < rounds; ++i) {
        bool const good = is_piped ? bool(run(piped)) : bool(run(alone));
        if (!good)
            return 1;
    }
    return 0;
}
"""

# An entry is the function's address, an exit is 0.
HOOKS = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { most = 1 << 20 };
static void* events[most];
static int count;
static int is_on;
static char const* output;

void trace_begin(char const* path)
{
    output = path;
    is_on = 1;
}

static void trace_end(void)
{
    is_on = 0;
    FILE* file = fopen(output, "wb");
    if (file == NULL || fwrite(events, sizeof *events, count, file) != (size_t)count
        || fclose(file) != 0 || count == most)
        abort();
}

void __cyg_profile_func_enter(void* function, void* caller)
{
    (void)caller;
    if (is_on && count < most)
        events[count++] = function;
}

void __cyg_profile_func_exit(void* function, void* caller)
{
    (void)function, (void)caller;
    if (is_on && count < most)
        events[count++] = NULL;
}

struct clone_args;
long __real_runnel_clone3(struct clone_args* args, int (*child)(void*), void* argument);
long __wrap_runnel_clone3(struct clone_args* args, int (*child)(void*), void* argument)
{
    if (is_on)
        trace_end();
    return __real_runnel_clone3(args, child, argument);
}
"""


def quiet(*command, **rest):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **rest)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


def build_library(tree, build, flags):
    quiet("cmake", "-G", "Ninja", "-S", tree, "-B", build, "-DCMAKE_BUILD_TYPE=None",
          f"-DCMAKE_CXX_FLAGS={flags}", "-DRUNNEL_TESTS=OFF", "-DRUNNEL_EXAMPLES=OFF")
    quiet("cmake", "--build", build, "--target", "runnel")
    return build / "librunnel.a"


def build_programs(tree, build):
    """The traced program, and a plain one to count system calls of."""
    traced = build_library(
        tree, build / "traced",
        "-O1 -g -finstrument-functions -finstrument-functions-exclude-file-list=/usr/")
    plain = build_library(tree, build / "plain", "-O2")
    (build / "program.cpp").write_text(PROGRAM)
    (build / "hooks.c").write_text(HOOKS)
    quiet("gcc", "-O1", "-c", build / "hooks.c", "-o", build / "hooks.o")
    quiet("g++", "-std=c++20", "-O1", "-I", tree / "include", "-c", build / "program.cpp",
          "-o", build / "program.o")
    for name, library in (("traced", traced), ("plain", plain)):
        quiet("g++", "-no-pie", build / "program.o", build / "hooks.o", library, "-pthread",
              "-Wl,--wrap=runnel_clone3", "-o", build / f"{name}_program")
    return build / "traced_program", build / "plain_program"


Function = collections.namedtuple("Function", "name file takes_node")


def functions_at(program, addresses):
    """What stands at the addresses: name with parameters, source file."""
    listed = sorted(addresses)
    text = quiet("addr2line", "-f", "-C", "-e", program, *map(hex, listed)).splitlines()
    known = {}
    for address, name, place in zip(listed, text[::2], text[1::2]):
        file = re.sub(r":\S+.*$", "", place)
        file = re.sub(r"^.*/(?=(src|include)/)", "", file)
        is_lambda = "{lambda" in name
        parameters = "" if is_lambda else name[name.find("("):]
        known[address] = Function(name, file, bool(re.search(r"\bPlanNode\b", parameters)))
    return known


def is_own(function):
    # Templates have their result in front of their name.
    before = function.name.split("(", 1)[0]
    return "runnel::" in before and not re.match(r"\S*\s*std::", before)


class Trace:
    def __init__(self, events, functions):
        self.calls = []      # (depth, function) of own calls
        self.walks = []
        self.stack = []      # all active functions, with what is known of each
        self.functions = functions
        for event in events:
            if event:
                self.enter(functions[event])
            else:
                self.leave()

    def enter(self, function):
        own = [frame for frame in self.stack if is_own(frame[0])]
        frame = [function, False]
        if is_own(function):
            self.calls.append((len(own), function))
            if function.takes_node:
                self.look_for_walk(function, own)
        self.stack.append(frame)

    def look_for_walk(self, function, own):
        outermost = next((frame for frame in own if frame[0] == function), None)
        if outermost is not None and not outermost[1]:
            outermost[1] = True
            self.walks.append(function)

    def leave(self):
        if self.stack:
            self.stack.pop()

    def frames(self):
        return [frame[0] for frame in self.stack if is_own(frame[0])]


def traced(program, build, kind):
    path = build / f"{kind}.trace"
    quiet(program, kind, "1", path)
    data = path.read_bytes()
    events = struct.unpack(f"{len(data) // 8}Q", data)
    return Trace(events, functions_at(program, {event for event in events if event}))


def system_calls(program, build, kind):
    """System calls of the parent by name, for one run."""
    rounds = 200
    counts = []
    for number in (1, 1 + rounds):
        path = build / "strace"
        quiet("strace", "-c", "-U", "name,calls", "-o", path, program, kind, str(number))
        counts.append(collections.Counter(
            {name: int(calls) for name, calls
             in re.findall(r"^(\w+)\s+(\d+)\s*$", path.read_text(), re.M) if name != "total"}))
    return {name: (calls - counts[0][name]) / rounds for name, calls in counts[1].items()
            if calls != counts[0][name]}


def short(function):
    name = re.sub(r"runnel::(v0::)?|\(anonymous namespace\)::|\[abi:cxx11\]", "", function.name)
    return name if len(name) <= 90 else name[:87] + "..."


def report(kind, text, programs, build, as_tree):
    trace = traced(programs[0], build, kind)
    own = [function for _, function in trace.calls]
    files = {function.file for function in own}
    frames = trace.frames()
    below = frames[1 + max(i for i, one in enumerate(frames) if re.search(r"\brun\(", one.name)):]
    below = [one for one in below if "posix::" not in one.name]
    if as_tree:
        for depth, function in trace.calls:
            print(f"{'  ' * depth}{short(function)}  [{function.file}]")
    print(f"{text}, up to its first child:")
    print(f"  {len(own)} own calls of {len(set(own))} functions in {len(files)} files,"
          f" {sum(name.startswith('src/') for name in files)} of them in src/")
    print(f"  {len(below)} frames below run at clone3:")
    for function in below:
        print(f"      {short(function)}")
    print(f"  {len(trace.walks)} walks over the expression:")
    for function, times in collections.Counter(trace.walks).items():
        print(f"      {times} x {short(function)}")
    calls = system_calls(programs[1], build, kind)
    print(f"  {sum(calls.values()):.1f} system calls in all:",
          ", ".join(f"{name} {count:g}" for name, count
                    in sorted(calls.items(), key=lambda one: -one[1])))
    return len(trace.walks) <= MOST_WALKS and len(below) <= MOST_FRAMES


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--commit")
    options.add_argument("--tree", action="store_true")
    options.add_argument("--check", action="store_true")
    given = options.parse_args()
    tree, build = ROOT, ROOT / "build/trace"
    if given.commit:
        build = ROOT / f"build/trace-{given.commit}"
        tree = build / "tree"
        if not tree.exists():
            tree.mkdir(parents=True)
            quiet("sh", "-c", f"git archive {given.commit} | tar -x -C '{tree}'", cwd=ROOT)
    build.mkdir(parents=True, exist_ok=True)
    programs = build_programs(tree, build)
    good = [report(kind, text, programs, build, given.tree)
            for kind, text in (("piped", "run(a | (b > capture))"),
                               ("alone", 'run(cmd("true"))'))]
    if given.check and not all(good):
        sys.exit(f"more than {MOST_WALKS} walks or {MOST_FRAMES} frames")


main()
