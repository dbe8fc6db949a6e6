#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks what gdb prints of the types of runnel.

usage: check.py SUBJECT CHILD: the program of subject.cpp, and the child "copy".

Ends with 77 if there is no gdb, or gdb may not trace here."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

PRINTERS = pathlib.Path(__file__).resolve().parents[2] / "packaging/gdb/runnel.py"
SKIPPED = 77

# What to print, and what is expected: N stands for a number of the system.
CASES = {
    "command": "runnel: grep -i 'a b'  # in /tmp, timeout 1.5 s",
    "pipeline": "runnel: { dmesg | grep hda; } > capture",
    "list": "runnel: { a && b; } || sh -c 'c > d'",
    "erased": "runnel: cat < text",
    "redirected": "runnel: make 2> log >> out",
    "substituted": "runnel: diff <(a) <(b | c)",
    "teed": "runnel: a | tee f | b",
    "file": '"some file"',
    "number": "descriptor 5",
    "word": '"***"',
    "limit": "1.5 s",
    "no_limit": "for ever",
    "path": '"some/path"',
    "line": '"a \\"line\\""',
    "status": "exit code 0",
    "done.out": '"hi\\n" (3 bytes)',
    "done.err": "not captured",
    "done": 'runnel::CompletedProcess of "copy": returncode 0 = {out = "hi\\n" (3 bytes),'
            ' err = not captured, [stage 1] = "copy": exit code 0}',
    "done.stages[0]": '"copy": exit code 0',
    "child": 'runnel::Popen of "CHILD": pid N, no end seen',
    "job": "runnel::Job: no job",
    "moved": 'runnel::Job of "copy", "copy": runs = {[stage 1] = pid N, no end seen,'
             " [stage 2] = pid N, no end seen}",
}
WAITS = {
    "moved": r'job "copy \| copy" runs\n  stage 1 of 2 "copy": pid N, .*\n'
             r'  stage 2 of 2 "copy": pid N, .*\n',
    "child": r'"CHILD": pid N, .*\n',
}


def gdb_prints(subject, child, commands):
    """The output of each command."""
    script = ["set width 0", "set confirm off", f"source {PRINTERS}", "break stop_here",
              "run", "up"]
    for command in commands:
        script += ["echo ====", command]
    options = [word for line in script + ["kill"] for word in ("-ex", line)]
    done = subprocess.run(["gdb", "-nx", "-batch", *options, "--args", subject, child],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=100, check=False)
    if "ptrace: Operation not permitted" in done.stderr or "Python scripting" in done.stderr:
        print(done.stderr)
        sys.exit(SKIPPED)
    return done.stdout.split("====")[1:], done.stdout + done.stderr


def main():
    subject, child = sys.argv[1:]
    if shutil.which("gdb") is None:
        print("there is no gdb")
        return SKIPPED
    # A sanitizer that looks for leaks traces the program itself.
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    commands = [f"print {name}" for name in CASES]
    commands += [f"runnel-waits {name}" for name in WAITS]
    parts, whole = gdb_prints(subject, child, commands)
    if len(parts) != len(commands):
        print(whole)
        return 1
    wrong = 0
    for command, part in zip(commands, parts):
        kind, name = command.split(" ", 1)
        shown = re.sub(r"pid \d+", "pid N", part).replace(child, "CHILD")
        shown = re.sub(r"^\$\d+ = ", "", shown)
        if kind == "print":
            is_good = shown.rstrip("\n") == CASES[name]
        else:
            is_good = re.search(WAITS[name], shown) is not None
        if not is_good:
            print(f"{command}:\n  {shown.strip()}\nexpected:\n  "
                  f"{CASES[name] if kind == 'print' else WAITS[name]}")
            wrong += 1
    print(f"{len(commands) - wrong} of {len(commands)} are as expected")
    return 1 if wrong else 0


sys.exit(main())
