#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks a file against the rules of Chrome's trace event format, in the JSON form
that https://ui.perfetto.dev and chrome://tracing read, and prints what it shows.

    check_trace.py [--unfinished] FILE

With --unfinished, the last bracket and the ends of spans may be missing, as after a
crash. Prints each process and its rows in the order of the picture, with the names of
their spans, then the arrows and the last values of the counters.
"""

import collections
import json
import sys

PHASES = {"B", "E", "C", "s", "f", "M", "i"}
META = {"process_name": ("name", str), "thread_name": ("name", str),
        "thread_sort_index": ("sort_index", int), "process_labels": ("labels", str)}

unfinished = "--unfinished" in sys.argv
path = [word for word in sys.argv[1:] if not word.startswith("--")][0]
problems = []


def problem(number, event, text):
    problems.append(f"event {number}: {text}: {json.dumps(event)}")


def events_of(text):
    if unfinished and not text.rstrip().endswith("]"):
        text += "]"
    events = json.loads(text)  # strict: no raw control characters, no invalid UTF-8
    if not isinstance(events, list):
        sys.exit("not an array of events")
    return events


with open(path, "rb") as file:
    events = events_of(file.read().decode("utf-8", "strict"))

names, order, spans = {}, {}, collections.defaultdict(list)
stacks, last = collections.defaultdict(list), {}
begun, arrows, counters = {}, [], {}

for number, event in enumerate(events):
    def bad(text):
        problem(number, event, text)

    kind, row = event.get("ph"), (event.get("pid"), event.get("tid"))
    if kind not in PHASES:
        bad("no such phase")
        continue
    if not all(isinstance(part, int) and 0 <= part < 2**31 for part in row):
        bad("pid and tid are numbers of 31 bits")
    if kind == "M":
        key, of = META.get(event.get("name"), (None, None))
        value = event.get("args", {}).get(key)
        if key is None or not isinstance(value, of):
            bad("unknown metadata")
        elif event["name"] == "process_name":
            names[row[0]] = value
        elif event["name"] == "thread_name":
            names[row] = value
        elif event["name"] == "thread_sort_index":
            order[row] = value
        continue
    time = event.get("ts")
    if not isinstance(time, (int, float)) or time < 0:
        bad("no time")
        continue
    if time < last.get(row, 0):
        bad("time goes back in its row")
    last[row] = time
    if kind != "E" and not (isinstance(event.get("name"), str) and event["name"]):
        bad("no name")
    if not isinstance(event.get("args", {}), dict):
        bad("args is no object")
    if kind == "B":
        if not isinstance(event.get("cat"), str):
            bad("no category")
        stacks[row].append(event)
        spans[row].append(event["name"])
    elif kind == "E":
        if not stacks[row]:
            bad("ends what was not begun")
        else:
            stacks[row].pop()
    elif kind == "C":
        args = event.get("args", {})
        if not args or not all(isinstance(v, (int, float)) for v in args.values()):
            bad("a counter without numbers")
        for name, value in args.items():
            key = (row[0], event["name"], name)
            if value < counters.get(key, 0):
                bad("bytes do not become fewer")
            counters[key] = value
    elif kind in "sf":
        key = (event.get("cat"), event.get("id"), event["name"])
        if not isinstance(event.get("id"), (str, int)) or not event.get("cat"):
            bad("an arrow without id or category")
        if not stacks[row]:
            bad("an arrow that is tied to no span")
        if kind == "s":
            if key in begun:
                bad("an id twice")
            begun[key] = row
        elif event.get("bp") != "e":
            bad("an arrow to the next span, not to this one")
        elif key not in begun:
            bad("the end of no arrow")
        else:
            arrows.append((begun.pop(key), row))
    elif kind == "i" and event.get("s") not in ("t", "p", "g"):
        bad("no scope")

for key, row in begun.items():
    problems.append(f"an arrow without end: {key}")
for row, open_ones in stacks.items():
    if open_ones and not unfinished:
        problems.append(f"not ended in {row}: {[e['name'] for e in open_ones]}")
for row in stacks:
    if row not in names:
        problems.append(f"a row without name: {row}")

if problems:
    sys.exit("\n".join(problems))
for pid in [name for name in names if isinstance(name, int)]:
    print(names[pid])
    rows = [row for row in names if isinstance(row, tuple) and row[0] == pid]
    for row in sorted(rows, key=lambda row: order.get(row, 0)):
        print(f"  {names[row]}: {', '.join(spans[row])}")
for start, end in arrows:
    print(f"{names[start]} -> {names[end]}")
for (pid, name, key), value in counters.items():
    print(f"{name}: {value} {key}")
