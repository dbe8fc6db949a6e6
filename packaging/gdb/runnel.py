# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Shows the types of runnel in gdb as people write them.

    (gdb) print errors
    $1 = runnel: dmesg | grep -i error > capture
    (gdb) print job
    $2 = runnel::Job of "dmesg", "sort": runs = {["stage 1"] = pid 4711, runs, ...}
    (gdb) runnel-waits job
    job "dmesg | sort" runs
      stage 1 of 2 "dmesg": pid 4711, waits for a reader of stdout: stage 2
      ...

gdb loads this file by itself beside an installed shared library. For a static one, see
docs/hangs.md. The printers read memory only, so they work on core files as well. The
command runnel-waits calls a function of the program.

What a header of runnel does not define (the state of Popen and Job) is shown if the library
itself was compiled with -g.
"""

import re
import shlex

import gdb
import gdb.printing


# --- values of the standard library, of libstdc++ and libc++ -------------------------


def fields(value):
    """The names of all fields, also of base classes."""
    names = set()
    for field in value.type.strip_typedefs().fields():
        if field.is_base_class:
            names |= fields(value[field])
        elif field.name:
            names.add(field.name)
    return names


def first_field(value, *names):
    known = fields(value)
    for name in names:
        if name in known:
            return value[name]
    raise gdb.error("a standard library whose types runnel.py does not know")


def is_complete(type_):
    """False for a class of which only the name is known."""
    try:
        return bool(type_.strip_typedefs().fields())
    except TypeError:
        return False


def pointer(owner):
    """Of a unique_ptr or shared_ptr."""
    known = fields(owner)
    if "_M_ptr" in known:
        return owner["_M_ptr"]
    if "_M_t" in known:
        inner = owner["_M_t"]
        if "_M_t" in fields(inner):
            inner = inner["_M_t"]
        # A tuple of the pointer and an empty deleter: the pointer is all of it.
        held = inner.type.strip_typedefs().template_argument(0)
        return inner.address.cast(held.pointer()).dereference()
    held = first_field(owner, "__ptr_")
    return held if held.type.code == gdb.TYPE_CODE_PTR else first_field(held, "__value_")


def std_string(value):
    known = fields(value)
    if "_M_dataplus" in known:
        return text_at(value["_M_dataplus"]["_M_p"], int(value["_M_string_length"]))
    printer = gdb.default_visualizer(value)
    if printer is not None:
        shown = printer.to_string()
        if hasattr(shown, "value"):
            shown = shown.value().string()
        return str(shown).strip('"')
    holder = first_field(value, "__r_", "__rep_")
    rep = holder if "__l" in fields(holder) else first_field(holder, "__value_")
    if "__s" not in fields(rep) and "__value_" in fields(rep):
        rep = rep["__value_"]
    long_, short = rep["__l"], rep["__s"]
    if int(short["__is_long_"]):
        return text_at(long_["__data_"], int(long_["__size_"]))
    return text_at(short["__data_"][0].address, int(short["__size_"]))


def text_at(address, length):
    if length == 0:
        return ""
    return address.cast(gdb.lookup_type("char").pointer()).string(
        "utf-8", "backslashreplace", length)


def string_view(value):
    return text_at(first_field(value, "_M_str", "__data_", "__data"),
                   int(first_field(value, "_M_len", "__size_", "__size")))


def vector(value):
    known = fields(value)
    if "_M_impl" in known:
        at, end = value["_M_impl"]["_M_start"], value["_M_impl"]["_M_finish"]
    else:
        at, end = value["__begin_"], value["__end_"]
    while at != end:
        yield at.dereference()
        at += 1


def optional(value):
    """None, or what is in it."""
    if "_M_payload" in fields(value):
        payload = value["_M_payload"]
        return payload["_M_payload"]["_M_value"] if bool(payload["_M_engaged"]) else None
    return value["__val_"] if bool(value["__engaged_"]) else None


def variant(value):
    """The alternative that a variant holds. It is at the address of the variant."""
    holder = value if "_M_index" in fields(value) else first_field(value, "__impl_", "__impl")
    index = int(first_field(holder, "_M_index", "__index"))
    held = value.type.strip_typedefs().template_argument(index)
    return value.address.cast(held.pointer()).dereference()


def atomic(value):
    known = fields(value)
    return value["_M_i"] if "_M_i" in known else first_field(value["__a_"], "__a_value")


def ticks(duration):
    return int(first_field(duration, "__r", "__rep_"))


# --- text ------------------------------------------------------------------------------


def duration_text(nanoseconds):
    for size, unit in ((3600 * 10**9, "h"), (60 * 10**9, "min"), (10**9, "s"),
                       (10**6, "ms"), (10**3, "us")):
        if nanoseconds >= size and nanoseconds % (size // 100 or 1) == 0:
            return f"{nanoseconds / size:g} {unit}"
    return f"{nanoseconds} ns"


def timeout_text(value):
    limit = ticks(value["limit_"])
    if limit == 2**63 - 1:
        return "for ever"
    if bool(value["is_point_"]):
        return f"until {duration_text(limit)} of the steady clock"
    return duration_text(limit)


def signal_text(number):
    import signal
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def status_text(value):
    kind, number = int(value["kind_"]), int(value["value_"])
    if kind == 1:
        return f"exit code {number}"
    if kind == 2:
        return f"killed by {signal_text(number)}" + (
            " (core dumped)" if bool(value["core_dumped_"]) else "")
    return "unknown exit status"


def word_text(value):
    return std_string(value["text_"])


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def output_text(value, most=200):
    bytes_ = pointer(value["bytes_"])
    if int(bytes_) == 0:
        return "not captured"
    if not is_complete(bytes_.type.target()):
        return "captured"
    size = int(bytes_["end_"]) - int(bytes_["front_"])
    text = text_at(bytes_["data_"] + int(bytes_["front_"]), min(size, most))
    cut = "..." if size > most else ""
    return f"{quoted(text)}{cut} ({size} bytes{', cut off' if bool(value['truncated_']) else ''})"


STDIO_KINDS = {"inherit": "inherited", "pipe": "pipe", "devnull": "/dev/null",
               "out": "the same as stdout"}


def stdio_text(value):
    kind = str(value["kind_"]).rsplit("::", 1)[-1]
    if std_string(value["path_"]):
        return quoted(std_string(value["path_"]))
    if int(value["fd_"]) >= 0:
        return f"descriptor {int(value['fd_'])}"
    return STDIO_KINDS.get(kind, kind)


# --- expressions, as shell text ----------------------------------------------------------


def target_text(target):
    held = variant(target)
    name = held.type.strip_typedefs().name.rsplit("::", 1)[-1]
    if name == "Stdio":
        path = std_string(held["path_"])
        return shlex.quote(path) if path else stdio_text(held)
    if name == "SameAs":
        return f"&{int(held['fd'])}"
    return {"Capture": "capture", "ToString": "to(string)", "Text": "text"}[name]


def is_append(target):
    held = variant(target)
    return (held.type.strip_typedefs().name.endswith("Stdio")
            and str(held["mode_"]).endswith("append"))


def redirection_text(one):
    fd, reads = int(one["fd"]), bool(one["reads"])
    number = "" if fd == (0 if reads else 1) else str(fd)
    arrow = "<" if reads else ">>" if is_append(one["target"]) else ">"
    return f"{number}{arrow} {target_text(one['target'])}"


LIST_SIGNS = {"all_of": " && ", "any_of": " || ", "sequence": "; ", "together": " & ",
              "pipeline": " | "}


def node_text(node, inner=False):
    kind = str(node["kind"]).rsplit("::", 1)[-1]
    parts = [pointer(part).dereference() for part in vector(node["parts"])]
    if kind == "command":
        text = command_text(node, parts)
    elif kind == "in_process":
        text = std_string(pointer(node["code"])["label_"])
    elif kind == "tee":
        branches = [target_text(copy) for copy in vector(node["copies"])]
        branches += [f">({node_text(part)})" for part in parts]
        text = "tee " + " ".join(branches)
    elif kind == "negation":
        text = "! " + node_text(parts[0], True)
    elif kind == "pipeline":
        text = node_text(parts[0], True)
        for fd, part in zip(vector(node["piped"]), parts[1:]):
            text += (" | " if int(fd) == 1 else " 2>&1 >/dev/null | ") + node_text(part, True)
    else:
        text = LIST_SIGNS[kind].join(node_text(part, True) for part in parts)
    redirections = [redirection_text(one) for one in vector(node["redirections"])]
    is_simple = kind in ("command", "in_process", "tee")
    if not is_simple and (inner or redirections):
        text = "{ " + text + "; }"
    return " ".join([text] + redirections)


def command_text(node, parts):
    stage = pointer(node["stage"])
    words = [shlex.quote(word_text(word)) for word in vector(stage["args"])]
    for substitution, part in zip(vector(node["substitutions"]), parts):
        sign = "<" if bool(substitution["reads"]) else ">"
        words[int(substitution["word"])] = f"{sign}({node_text(part)})"
    if bool(stage["options"]["shell"]):
        words = ["sh", "-c"] + words
    return " ".join(words)


def setting_texts(node):
    for holder in ("stage", "defaults"):
        stage = pointer(node[holder])
        if int(stage) == 0:
            continue
        name, cwd = std_string(stage["name"]), stage["options"]["cwd"]
        if name:
            yield f"named {name}"
        if bool(cwd["given_"]):
            yield f"in {shlex.quote(std_string(cwd['text_']))}"
        for limit in ("timeout", "idle_timeout"):
            if timeout_text(stage[limit]) != "for ever":
                yield f"{limit} {timeout_text(stage[limit])}"
        if not bool(stage["checked"]):
            yield "unchecked"
    for part in vector(node["parts"]):
        yield from setting_texts(pointer(part).dereference())


def expression_text(value):
    node = pointer(value["node_"])
    if int(node) == 0:
        return "runnel: moved from"
    if not is_complete(node.type.target()):
        return "runnel: an expression (compile with -fstandalone-debug to see it)"
    text = "runnel: " + node_text(node.dereference())
    settings = list(setting_texts(node.dereference()))
    return text + ("  # " + ", ".join(settings) if settings else "")


# --- what runs -----------------------------------------------------------------------------


def exit_of(process):
    """The status of a sys::Process if its end is known."""
    process = process.cast(process.dynamic_type)
    if "exit_" not in fields(process.dereference()):
        return None
    return optional(process["exit_"])


def child_text(state):
    process = pointer(state["process"])
    if int(process) == 0:
        return "no process"
    known = exit_of(process)
    ending = status_text(known["status"]) if known is not None else "no end seen"
    return f"pid {int(process['pid_'])}, {ending}"


NO_LIBRARY = "its state is not in the debug information of librunnel; try runnel-waits"


def popen_text(value):
    state = pointer(value["state_"])
    if int(state) == 0:
        return "runnel::Popen: no child"
    if not is_complete(state.type.target()):
        return f"runnel::Popen: {NO_LIBRARY}"
    words = " ".join(shlex.quote(std_string(word)) for word in vector(state["args"]))
    return f"runnel::Popen of {quoted(words)}: {child_text(state)}"


def job_text(value):
    state = pointer(value["state_"])
    if int(state) == 0:
        return "runnel::Job: no job"
    if not is_complete(state.type.target()):
        return f"runnel::Job: {NO_LIBRARY}"
    ending = "has ended" if bool(state["ended_"]) else "runs"
    commands = ", ".join(quoted(text) for text, _ in stages_of(state))
    return f"runnel::Job of {commands}: {ending}" if commands else f"runnel::Job: {ending}"


def stages_of(state):
    """The command of each stage, and how it is."""
    running = pointer(state["driver_"]["running_"])
    if int(running) == 0:
        return
    running = running.cast(running.dynamic_type)
    if "parts_" not in fields(running.dereference()):
        return
    parts = running["parts_"]
    program = pointer(parts["owned"])
    entries = vector(parts["stages"]["roster_"]["entries_"])
    for command, entry in zip(vector(program["commands"]), entries):
        stage = pointer(command["stage"])
        words = " ".join(shlex.quote(word_text(word)) for word in vector(stage["args"]))
        child = atomic_pointer(entry["child"])
        yield (std_string(stage["name"]) or words,
               child_text(child) if int(child) else "not started")


def atomic_pointer(value):
    known = fields(value)
    return first_field(value["_M_b"], "_M_p") if "_M_b" in known else atomic(value)


def result_text(value):
    stages = list(vector(value["stages"]))
    commands = ", ".join(quoted(std_string(stage["command"])) for stage in stages)
    failed = ", failed" if bool(value["failed"]) else ""
    return f"runnel::CompletedProcess of {commands}: returncode {int(value['returncode'])}{failed}"


def stage_text(value):
    failed = ", failed" if bool(value["failed"]) else ""
    return (f"{quoted(std_string(value['command']))}: "
            f"{std_string(value['refusal']) or status_text(value['status'])}{failed}")


def pathname_text(value):
    return quoted(std_string(value["text_"])) if bool(value["given_"]) else "not given"


# --- printers --------------------------------------------------------------------------------


class Printer:
    """One line, and for some types what is in them. What cannot be read says why."""

    def __init__(self, value, text, children=None):
        self.value = value
        self.text = text
        self.inner = children
        if children is not None:
            self.children = self.list_children

    def to_string(self):
        try:
            return self.text(self.value)
        except (gdb.error, KeyError, TypeError) as error:
            return f"<{error}>"

    def list_children(self):
        try:
            yield from self.inner(self.value)
        except (gdb.error, KeyError, TypeError):
            return


def job_children(value):
    state = pointer(value["state_"])
    if int(state) and is_complete(state.type.target()):
        for i, (_, how) in enumerate(stages_of(state)):
            yield f"[stage {i + 1}]", how


def result_children(value):
    yield "out", output_text(value["out"])
    yield "err", output_text(value["err"])
    for i, stage in enumerate(vector(value["stages"])):
        yield f"[stage {i + 1}]", stage_text(stage)


EXPRESSIONS = "Expression|Command|Pipeline|Connected<.*>|Listed<.*>|Negated<.*>|StderrOf<.*>"

PRINTERS = [
    (EXPRESSIONS, expression_text, None),
    ("Popen", popen_text, None),
    ("Job", job_text, job_children),
    ("CompletedProcess", result_text, result_children),
    ("StageResult", stage_text, None),
    ("ExitStatus", status_text, None),
    ("Output", output_text, None),
    ("Line", lambda value: quoted(string_view(value)), None),
    ("Stdio", stdio_text, None),
    ("Word", lambda value: quoted(word_text(value)), None),
    ("Pathname", pathname_text, None),
    ("Timeout", timeout_text, None),
]


class Lookup(gdb.printing.PrettyPrinter):
    def __init__(self):
        super().__init__("runnel", [gdb.printing.SubPrettyPrinter(name)
                                    for name, _, _ in PRINTERS])
        self.known = [(re.compile(rf"runnel::(v\d+::)?(detail::)?({name})$"), text, children)
                      for name, text, children in PRINTERS]

    def __call__(self, value):
        name = value.type.unqualified().strip_typedefs().tag
        if name is None or not name.startswith("runnel::"):
            return None
        for (pattern, text, children), sub in zip(self.known, self.subprinters):
            if sub.enabled and pattern.match(name):
                return Printer(value, text, children)
        return None


class Waits(gdb.Command):
    """Say what a runnel::Job or runnel::Popen waits for: runnel-waits EXPRESSION

Calls a function of the program, which waits for nothing and changes nothing."""

    FUNCTIONS = {"Job": "runnel_text_of_job", "Popen": "runnel_text_of_popen"}

    def __init__(self):
        super().__init__("runnel-waits", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        value = gdb.parse_and_eval(argument)
        if value.type.code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF):
            value = value.referenced_value()
        kind = (value.type.unqualified().strip_typedefs().tag or "").rsplit("::", 1)[-1]
        if kind not in self.FUNCTIONS or value.address is None:
            raise gdb.GdbError("runnel-waits wants a runnel::Job or a runnel::Popen")
        text = gdb.parse_and_eval(
            f"((char const* (*)(void const*)){self.FUNCTIONS[kind]})"
            f"((void const*){int(value.address)})").string()
        gdb.write(text if text.endswith("\n") else text + "\n")


gdb.printing.register_pretty_printer(gdb.current_objfile(), Lookup(), replace=True)
Waits()
