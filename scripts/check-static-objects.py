#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that the library has no static object that is built or torn down at run time.

Programs may start commands before `main`, in the initialiser of a static object,
and after it, in the destructor of one. At both times a static object of the
library may not exist: C++ does not say in which order source files are
initialised, and a static object inside a function is destroyed before every
static object that was finished before it. Hence:

1. No object at namespace scope with dynamic initialisation or a destructor.
2. No static object inside a function, and no thread-local object, with a destructor.
   Such an object is an Immortal (src/sys/immortal.hpp) instead.
3. No static object inside a function that a guard protects: if another thread forks
   while it is made, the new process waits for ever. Such an object is an Immortal, too.

What the compiler made is looked at: the objects of the static library, and a file
that includes every public header, as those define objects in the user's program.

    scripts/check-static-objects.py [ARCHIVE]

Without ARCHIVE the dev preset is built and looked at. A sanitizer's build cannot
be checked: sanitizers add initialisers of their own.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILERS = [name for name in ("g++", "clang++-16") if shutil.which(name)]

AT_START_OR_END = re.compile(r" \.(init_array|fini_array|preinit_array|ctors|dtors)\b")
REGISTERS_END = re.compile(r"R_\S+\s+(__cxa_atexit|__cxa_thread_atexit|__cxa_thread_atexit_impl"
                           r"|atexit|__tls_init)\b")
GUARD = re.compile(r"R_\S+\s+__cxa_guard_acquire\b")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")

problems = []


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check_object(name, path):
    if AT_START_OR_END.search(output_of("objdump", "-h", path)):
        problems.append(f"{name}: runs code before main or after it")
    function = "?"
    for line in output_of("objdump", "-drC", "--no-show-raw-insn", path).splitlines():
        if found := FUNCTION.match(line):
            function = found[1]
        elif REGISTERS_END.search(line):
            problems.append(f"{name}: a static or thread-local object with a destructor in"
                            f" {readable(function)}")
        elif GUARD.search(line):
            problems.append(f"{name}: a static object that is made at the first call of"
                            f" {readable(function)}")


def readable(function):
    file_scope = re.match(r"_GLOBAL__sub_I_(\w+)", function)
    if file_scope:
        name = output_of("c++filt", file_scope[1]).strip()
        return f"the initialiser of the file that defines {name}"
    return function


def check_archive(archive):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ar", "x", archive.resolve()], cwd=folder, check=True)
        objects = sorted(pathlib.Path(folder).glob("*.o"))
        for path in objects:
            check_object(path.name.removesuffix(".o"), path)
        return len(objects)


def check_headers():
    headers = sorted(path.relative_to(ROOT / "include")
                     for path in (ROOT / "include/runnel").rglob("*.hpp"))
    text = "".join(f"#include <{name}>\n" for name in headers if name.name not in ("range_v3.hpp", "asio.hpp", "fmt.hpp"))
    with tempfile.TemporaryDirectory() as folder:
        source, made = pathlib.Path(folder, "headers.cpp"), pathlib.Path(folder, "headers.o")
        source.write_text(text)
        for compiler in COMPILERS:
            subprocess.run([compiler, "-std=c++20", "-I", ROOT / "include", "-c", source,
                            "-o", made], check=True)
            check_object(f"the public headers, {compiler}", made)


def built_archive():
    for command in (["cmake", "--preset", "dev"],
                    ["cmake", "--build", "--preset", "dev", "--target", "runnel"]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout)
    return ROOT / "build/dev/librunnel.a"


count = check_archive(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else built_archive())
check_headers()

for problem in problems:
    print(problem, file=sys.stderr)
if problems:
    sys.exit(1)
print(f"ok: {count} object files and the public headers under {' and '.join(COMPILERS)},"
      " no static object is built or destroyed at run time")
