#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Runs cases through Python's subprocess and through runnel, and compares.

    compare.py DRIVER CHILDREN [GROUP...]

DRIVER runs them through runnel: it reads cases, and writes results, as lines
`name=value`, values in hexadecimal, with an empty line behind each. Both sides
see equal directories, whose content is compared as well.
"""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile

import cases
import reference

SECONDS = 30  # for one case


def filled(value, places):
    """`{dir}` and `{children}` in texts of a case become paths."""
    if isinstance(value, str):
        for name, path in places.items():
            value = value.replace("{" + name + "}", path)
        return value
    if isinstance(value, list):
        return [filled(element, places) for element in value]
    if isinstance(value, dict):
        return {filled(key, places): filled(element, places)
                for key, element in value.items()}
    return value


def wire(value):
    if value is True or value is False:
        value = int(value)
    data = value if isinstance(value, bytes) else os.fsencode(str(value))
    return data.hex()


def lines_of(case):
    for key, value in case.items():
        if key == "env":
            yield "env_given="
            value = [f"{name}={text}" for name, text in value.items()]
        elif key == "input" and value is None:
            continue
        elif key == "args" and isinstance(value, str):
            key = "program"
        if isinstance(value, list):
            yield f"{key}_given="
            yield from (f"{key}={wire(element)}" for element in value)
        elif value is not None and key != "differs":
            yield f"{key}={wire(value)}"


def by_python(case):
    """In a fork, for it changes the whole process."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(SECONDS)
        os.dup2(write_end, 200, inheritable=False)
        os.close(write_end)
        os.close(read_end)
        result = reference.result_of(case)
        with os.fdopen(200, "wb") as out:
            pickle.dump(result, out)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as results:
        data = results.read()
    os.waitpid(pid, 0)
    return pickle.loads(data) if data else {"outcome": "died"}


def by_runnel(driver, table):
    text = "\n".join("\n".join(lines_of(case)) + "\n" for case in table)
    done = subprocess.run([driver], input=text.encode(), stdout=subprocess.PIPE,
                          check=True)
    for block in done.stdout.decode().split("\n\n")[:len(table)]:
        pairs = (line.partition("=") for line in block.split("\n") if line)
        yield {bytes.fromhex(key).decode(): bytes.fromhex(value)
               for key, _, value in pairs}


def normal(value):
    return value if isinstance(value, bytes) else str(value).encode()


def ids_of(text):
    """Who is whose, in place of numbers that differ from run to run."""
    fields = dict(line.split(b":", 1) for line in text.split(b"\n") if b":" in line)
    number = {key: value.strip() for key, value in fields.items()}
    for key in (b"pgid", b"sid"):
        number[key] = b"own" if number[key] == number[b"pid"] else b"inherited"
    for key in (b"pid", b"ppid"):
        number.pop(key)
    return repr(sorted(number.items())).encode()


def viewed(result, case, directory):
    result = {key: normal(value) for key, value in result.items()}
    if case.get("view") == "ids" and result.get("stdout"):
        result["stdout"] = ids_of(result["stdout"])
    for name in sorted(os.listdir(directory)):
        path = f"{directory}/{name}"
        if os.path.isfile(path):
            with open(path, "rb") as file:
                result[f"file {name}"] = file.read()
    return {key: value.replace(directory.encode(), b"{dir}")
            for key, value in result.items()}


def differences(python, runnel):
    for key in sorted(python.keys() | runnel.keys()):
        if python.get(key) != runnel.get(key):
            yield (f"    {key}: Python {python.get(key, b'(none)')[:200]!r}, "
                   f"runnel {runnel.get(key, b'(none)')[:200]!r}")


def run_group(name, driver, children, root):
    table = [dict(case) for case in cases.GROUPS[name]()]
    sides = []
    for side in ("python", "runnel"):
        sides.append([])
        for number, case in enumerate(table):
            directory = f"{root}/{side[0]}{number}"
            os.mkdir(directory)
            reference.prepare(directory)
            sides[-1].append(filled({**case, "dir": directory},
                                    {"dir": directory, "children": children}))
    python = [by_python(case) for case in sides[0]]
    runnel = list(by_runnel(driver, sides[1]))
    wrong = 0
    listed = []
    for case, mine, theirs, ours, theirs_case in zip(table, sides[1], python, runnel,
                                                     sides[0]):
        found = list(differences(viewed(theirs, theirs_case, theirs_case["dir"]),
                                 viewed(ours, mine, mine["dir"])))
        if bool(found) == ("differs" in case):
            listed += [case["differs"]] if found else []
            continue
        wrong += 1
        print(f"  {case}\n" + ("\n".join(found) or "    does not differ any more"))
    print(f"{name}: {len(table) - wrong - len(listed)} of {len(table)} equal"
          + "".join(f"\n  listed: {reason}" for reason in listed))
    return len(table), wrong


def main():
    driver, children, *names = sys.argv[1:]
    os.closerange(3, 65536)  # a child would inherit them from one side only
    os.environ.update(LC_ALL="C.UTF-8", PATH="/usr/local/bin:/usr/bin:/bin")
    root = tempfile.mkdtemp()
    count = wrong = 0
    try:
        for number, name in enumerate(names or cases.GROUPS):
            folder = f"{root}/{number}"
            os.mkdir(folder)
            group_count, group_wrong = run_group(name, driver, children, folder)
            count += group_count
            wrong += group_wrong
    finally:
        shutil.rmtree(root)
    print(f"{count} cases, {wrong} not as expected")
    sys.exit(wrong != 0)


main()
