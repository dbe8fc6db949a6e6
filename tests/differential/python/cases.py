# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""What is asked of Python's subprocess and of runnel alike.

A case is a dict. Its keys are those of `Case` in driver.cpp; all but `args`
have defaults. `differs` gives the reason why the two may not be equal: then
they must not be, or the reason is out of date.

Both sides run a case in a directory of the same content, see `prepare` in
reference.py, with stdin, stdout and stderr of their own that are files.
"""

import itertools
import platform
import random

SIGNALS_THAT_END = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24,
                    25, 26, 27, 29, 30, 31, 34, 50, 64]


# From Linux 6.15 on, a pidfd tells how a child ended whose status was lost.
STATUSES_SURVIVE = tuple(
    int(number) for number in platform.release().split("-")[0].split(".")[:2]) >= (6, 15)

EMPTY_NAME = "an empty program name is not found; Python tries directories"
LOST_STATUS = "a status that was lost, as SIGCHLD is ignored, is 255 and not 0"
MARK = "Python writes no byte order mark where stdin is its only pipe"
CLOSED_BY_HAND = "communicate() after stdin was closed is no error"
SAID_ONCE = "what communicate() has given is not kept to be given again"
READ_AHEAD = "communicate() gives what readline() had read ahead; Python loses it"
NOTHING_YET = "captured and empty differ from not captured, after a timeout as well"
NO_STDIN = "input without a pipe is refused; Python drops it if one pipe is open"


def child(name, *args):
    """The command line of a program of tests/children."""
    return ["{children}/" + name, *map(str, args)]


# --- ends ----------------------------------------------------------------------

def codes():
    for code in (0, 1, 2, 3, 126, 127, 128, 129, 141, 254, 255):
        yield {"args": child("exit_with", code)}
        yield {"args": child("exit_with", code), "api": "run"}
    for signal in SIGNALS_THAT_END:
        yield {"args": child("kill_self", signal)}


def older():
    """call, check_call, check_output, run(check), getoutput."""
    for api in ("call", "check_call", "run"):
        for code in (0, 1, 127, 255):
            yield {"api": api, "args": child("exit_with", code)}
        yield {"api": api, "args": child("kill_self", 9)}
        yield {"api": api, "args": ["no-such-program"]}
    for code in (0, 3):
        script = f"cat; echo out; echo err >&2; exit {code}"
        for extra in ({"input": b""}, {"input": b"in\n"}, {"input": None},
                      {"stdin": "devnull"}, {"stdin": "file"}):
            yield {"api": "check_output", "args": script, "shell": True, **extra}
        for extra in ({"capture_output": True}, {"stdout": "pipe"},
                      {"stdout": "pipe", "stderr": "stdout"},
                      {"stderr": "pipe"}, {}):
            yield {"api": "run", "check": True, "args": script, "shell": True,
                   "stdin": "devnull", **extra}
        yield {"api": "check_output", "args": script, "shell": True,
               "input": b"", "stderr": "stdout"}
        yield {"api": "check_output", "args": script, "shell": True,
               "input": b"", "text": True}
    yield {"api": "check_output", "args": child("copy"),
           "differs": "without input, Python reads what it inherits"}
    for api in ("getstatusoutput", "getoutput"):
        for script in ("true", "false", "echo a", "printf a", "printf 'a\\n\\n'",
                       "echo a; echo b >&2; exit 7", "no-such-command-here",
                       "kill -9 $$", "kill $$", "printf 'a\\r\\nb\\rc'", "",
                       "printf '\\303\\274'", "cat", "exit 127", "( exit 3 )"):
            yield {"api": api, "args": script}
        yield {"api": api, "args": "printf '\\374'", "encoding": "latin-1"}
        yield {"api": api, "args": "printf 'a\\377'", "encoding": "utf-8",
               "errors": "replace"}
        yield {"api": api, "args": "printf '\\377'", "encoding": "utf-8"}


# --- streams ---------------------------------------------------------------------

def streams():
    for stdin, stdout, stderr in itertools.product(
            (None, "pipe", "devnull", "file"), (None, "pipe", "devnull", "file"),
            (None, "pipe", "devnull", "file", "stdout")):
        case = {"args": child("copy_both"), "stdin": stdin, "stdout": stdout,
                "stderr": stderr}
        if stdin == "pipe":
            case["input"] = b"fed\n"
        yield case


def closed():
    """A parent some of whose own 0, 1, 2 are closed."""
    arrangements = (
        {}, {"stdin": "pipe", "stdout": "pipe", "stderr": "pipe"},
        {"stdout": "pipe"}, {"stdout": "pipe", "stderr": "stdout"},
        {"stdin": "file", "stdout": "file", "stderr": "file"},
        {"stdin": "devnull", "stdout": "devnull", "stderr": "pipe"})
    for count in (1, 2, 3):
        for numbers in itertools.combinations((0, 1, 2), count):
            for streams_of_it in arrangements:
                yield {"args": child("copy_both"), "closed": list(numbers),
                       **streams_of_it,
                       **({"input": b"x"} if streams_of_it.get("stdin") == "pipe"
                          else {})}


def descriptors():
    for case in (
            {"open": [7]}, {"open": [7, 9], "pass_fds": [7]},
            {"open": [7, 9], "pass_fds": [9, 7, 9]},
            {"open": [7], "inheritable": [7]},
            {"open": [7], "inheritable": [7], "close_fds": False},
            {"open": [7, 8, 9], "inheritable": [8], "close_fds": False},
            {"open": [7, 8], "pass_fds": [7], "close_fds": False,
             "inheritable": [8]},
            {"open": [3, 4, 5, 6, 7, 8, 9], "pass_fds": [3, 9]}):
        yield {"args": child("print_open_fds"), "stdout": "pipe", **case}
    yield {"args": child("write_to", 7, "seven"), "open": [7], "pass_fds": [7]}
    yield {"args": child("write_to", 7, "seven"), "open": [7]}
    yield {"args": child("copy"), "pass_fds": [77]}
    yield {"args": child("copy"), "pass_fds": [-1]}
    chance = random.Random(20230601)
    for _ in range(60):
        opened = chance.sample(range(3, 12), chance.randrange(5))
        kind = lambda *more: chance.choice((None, "pipe", "devnull", "file", *more))
        yield {"args": child("print_open_fds"), "stdin": kind(),
               "stdout": chance.choice(("pipe", "file")), "stderr": kind("stdout"),
               "open": opened,
               "inheritable": [fd for fd in opened if chance.random() < 0.5],
               "pass_fds": [fd for fd in opened if chance.random() < 0.3],
               "close_fds": chance.random() < 0.5,
               "closed": chance.sample((0, 1, 2), chance.choice((0, 0, 0, 1, 2)))}


def large():
    for count in (1, 65536, 65537, 1_000_000):
        data = (b"0123456789abcdef" * (count // 16 + 1))[:count]
        yield {"args": child("copy"), "stdin": "pipe", "stdout": "pipe",
               "input": data}
        yield {"args": child("copy_both"), "stdin": "pipe", "stdout": "pipe",
               "stderr": "pipe", "input": data}
    yield {"args": child("exit_with", 0), "stdin": "pipe", "ignored": [13],
           "input": b"x" * 1_000_000}
    yield {"api": "run", "args": child("fill", 300_000, 300_000),
           "capture_output": True}


# --- the child -------------------------------------------------------------------

def environments():
    for env in ({}, {"A": "1"}, {"A": ""}, {"A": "b=c"}, {"A": "two\nlines"},
                {"A": "1", "B": "2", "PATH": "/usr/bin"},
                {"\udcff": "\udcfe"}, {"A B": "c d"}):
        yield {"args": child("print_env"), "stdout": "pipe", "env": env}
        yield {"args": child("print_env"), "stdout": "pipe", "env": env,
               "api": "run"}
    yield {"args": child("print_env"), "env": {"A=B": "c"}}
    yield {"args": child("print_env"), "env": {"A": "b\0c"}}
    yield {"args": child("print_env"), "env": {"A\0": "c"}}
    yield {"args": ["prog", "x"], "stdout": "pipe", "env": {"PATH": "{dir}"}}
    yield {"args": ["prog"], "stdout": "pipe", "env": {"PATH": "{dir}/dir:{dir}"}}
    yield {"args": ["prog"], "stdout": "pipe", "env": {"PATH": "/nowhere:{dir}"}}
    yield {"args": ["noexec"], "stdout": "pipe", "env": {"PATH": "{dir}"}}
    yield {"args": ["prog"], "env": {"PATH": "/nowhere"}}
    yield {"args": ["prog"], "env": {"PATH": "{dir}/noexec"}}
    yield {"args": ["prog"], "stdout": "pipe", "env": {"PATH": ""},
           "differs": "an empty entry of PATH is not this directory"}
    yield {"args": ["prog"], "stdout": "pipe", "env": {"PATH": "dir"},
           "differs": "a relative entry of PATH is skipped"}
    yield {"args": ["env"], "stdout": "pipe", "env": {"A": "1"}}


def directories():
    for cwd in ("dir", "./dir", "{dir}/dir", "dir/..", ".", "/", "none", "in",
                "dir/none", "in/dir", "a\0b"):
        yield {"args": child("print_cwd"), "stdout": "pipe", "cwd": cwd,
               "view": "cwd"}
    for program in ("./prog", "dir/prog", "../prog", "prog", "./none"):
        yield {"args": [program], "stdout": "pipe", "cwd": "dir"}
        yield {"args": [program], "stdout": "pipe"}


def programs():
    for args in ([], [""], ["none"], ["/none"], ["./noexec"], ["./dir"], ["./in"],
                 ["./badscript"], ["./noshebang"], ["in/x"], ["./prog", ""],
                 ["./prog", "a b", "*", "$HOME", "\\", "'", '"', "\n", "\t"],
                 ["./prog", "a\0b"], ["./pro\0g"], ["x" * 300], ["y/" * 3000 + "z"],
                 ["./prog", "-" * 100_000], ["./prog", "\udcff\udcfe"]):
        case = {"args": args, "stdout": "pipe"}
        if args == [""]:
            case["differs"] = EMPTY_NAME
        yield case
    for text in ("./prog", "./prog a", "none"):
        yield {"args": text, "stdout": "pipe"}
    yield {"args": "", "stdout": "pipe", "differs": EMPTY_NAME}
    for executable in ("./prog", "{children}/print_argv0", "/none", "./noexec"):
        yield {"args": ["shown", "x"], "executable": executable, "stdout": "pipe"}
    yield {"args": ["shown"], "executable": "print_argv0", "stdout": "pipe",
           "env": {"PATH": "{children}"}}
    yield {"args": child("print_args", *map(str, range(1000))), "stdout": "pipe"}


def shells():
    for script in ("echo a; echo b", "exit 5", "kill -9 $$", "none-such", "echo $0",
                   "echo 'a  b'  c", "printf '%s\\n' \"$@\"", "false || true",
                   "echo a | cat", "cd dir && ./prog", "", "echo \"", "a\0b",
                   "x=1; echo $x", "echo ~root", "exec ./prog", "./noexec"):
        yield {"args": script, "shell": True, "stdout": "pipe", "stderr": "devnull"}
    yield {"args": ["echo $0 $1 $#", "zero", "one"], "shell": True,
           "stdout": "pipe"}
    yield {"args": ["printf '<%s>' \"$@\"", "", "a b", "*", "'"], "shell": True,
           "stdout": "pipe"}
    yield {"args": "echo a", "shell": True, "executable": "/bin/bash",
           "stdout": "pipe"}
    yield {"args": "[[ a == a* ]] && echo yes", "shell": True, "stdout": "pipe",
           "executable": "/bin/bash"}
    yield {"args": "echo a", "shell": True, "executable": "/none"}
    yield {"args": "pwd", "shell": True, "cwd": "/", "stdout": "pipe"}
    yield {"args": "echo $A", "shell": True, "env": {"A": "1"}, "stdout": "pipe"}


def signals():
    for restore in (True, False):
        for ignored in ([], [13], [25], [13, 25], [2], [1, 2, 3, 10, 13, 15]):
            yield {"args": child("print_signals"), "stdout": "pipe",
                   "ignored": ignored, "restore_signals": restore}
        lost = {"args": child("print_signals"), "stdout": "pipe", "ignored": [17],
                "restore_signals": restore}
        yield lost if STATUSES_SURVIVE else {**lost, "differs": LOST_STATUS}
    yield {"args": child("print_signals"), "stdout": "pipe", "blocked": [10],
           "differs": "the signal mask of a child is empty here"}


def identities():
    for case in ({}, {"start_new_session": True}, {"process_group": 0},
                 {"process_group": 999_999},
                 {"process_group": -1, "differs": "refused, not passed over"},
                 {"umask": 0}, {"umask": 0o77}, {"umask": 0o777}, {"umask": -1},
                 {"user": 65534}, {"user": "nobody"}, {"user": "no-such-user"},
                 {"user": -1}, {"group": 65534}, {"group": "no-such-group"},
                 {"extra_groups": []}, {"extra_groups": [7, 8]},
                 {"extra_groups": ["no-such-group"]},
                 {"user": 65534, "group": 65534, "extra_groups": []},
                 {"extra_groups": [-1]}):
        yield {"args": child("print_ids"), "stdout": "pipe", "view": "ids", **case}


# --- text ------------------------------------------------------------------------

SAMPLE = "gr\u00fc\u00df dich, \u00e9t\u00e9\r\nzwei\rdrei\n"
TEXTS = {
    "utf-8": SAMPLE + "\u20ac \U0001f600 \u65e5\u672c",
    "latin-1": SAMPLE, "cp1252": SAMPLE + "\u20ac", "iso8859-15": SAMPLE + "\u20ac",
    "cp850": SAMPLE, "ascii": "plain\r\n", "utf-16": SAMPLE + "\U0001f600",
    "utf-16-le": SAMPLE + "\U0001f600", "utf-16-be": SAMPLE, "utf-32": SAMPLE,
    "utf_32_le": SAMPLE, "shift_jis": "\u65e5\u672c\r\n\u8a9e",
    "euc_jp": "\u65e5\u672c\n\u8a9e", "iso2022_jp": "a\u65e5\u672c\nb",
    "big5": "\u4e2d\u6587\r", "gb18030": "\u4e2d\u6587\u20ac", "gbk": "\u4e2d\u6587",
    "koi8-r": "\u043f\u0440\u0438\u0432\u0435\u0442\n", "euc_kr": "\ud55c\uae00",
}
POLICIES = ("strict", "ignore", "replace", "backslashreplace")


def decoding():
    for encoding, text in TEXTS.items():
        yield {"args": child("copy"), "stdin_bytes": text.encode(encoding),
               "stdout": "pipe", "encoding": encoding}
    for flags in ({"text": True}, {"universal_newlines": True},
                  {"errors": "strict"}, {"errors": "ignore"}, {}):
        yield {"args": child("copy"), "stdin_bytes": b"a\r\nb\rc\n\xc3\xbc",
               "stdout": "pipe", **flags}
    yield {"args": child("copy"), "stdout": "pipe", "encoding": "no-such-encoding"}
    chance = random.Random(20240229)
    pieces = [b"a", b"\r", b"\n", b"\r\n", b"\xc3\xbc", b"\xe2\x82\xac", b"\xe2\x82",
              b"\xf0\x9f\x98\x80", b"\xf0\x9f", b"\xff", b"\x80", b"\xc0", b"\xed\xa0",
              b"\xf4\x90", b"\0"]
    for encoding, policy in itertools.product(
            ("utf-8", "ascii", "latin-1", "cp1252", "utf-16-le"), POLICIES):
        for _ in range(3):
            data = b"".join(chance.choices(pieces, k=chance.randrange(1, 12)))
            if encoding == "utf-16-le":
                data = bytes(chance.choice((0, 10, 13, 65, 0xd8, 0xdc, 0xff))
                             for _ in range(2 * chance.randrange(1, 12)
                                            + chance.randrange(2)))
            yield {"args": child("copy"), "stdin_bytes": data, "stdout": "pipe",
                   "encoding": encoding, "errors": policy}


def encoding():
    for name, text in TEXTS.items():
        yield {"args": child("copy"), "stdin": "pipe", "stdout": "file",
               "input": text.encode(), "encoding": name,
               **({"differs": MARK} if name in ("utf-16", "utf-32") else {})}
        yield {"args": child("copy"), "stdin": "pipe", "stdout": "pipe",
               "input": text.encode(), "encoding": name}
    for name, policy in itertools.product(("ascii", "latin-1", "cp1252"), POLICIES):
        yield {"args": child("copy"), "stdin": "pipe", "stdout": "file",
               "input": "a\u00fc\u20ac\U0001f600\u0081.".encode(),
               "encoding": name, "errors": policy}
        yield {"args": child("copy"), "stdout": "pipe", "api": "run",
               "input": "\u65e5\n".encode(), "encoding": name, "errors": policy}


# --- by hand ---------------------------------------------------------------------

def steps():
    """Popen, one call after the other."""
    pipes = {"stdin": "pipe", "stdout": "pipe"}
    scripts = (
        ["write a\\n", "flush", "readline", "close", "read", "wait"],
        ["write one\\ntwo\\nthree", "close", "readline", "readline", "readline",
         "readline", "wait", "poll"],
        ["write abcdef", "close", "read 2", "read 3", "read 4", "read 1", "wait"],
        ["poll", "close", "wait", "poll", "returncode"],
        ["returncode", "kill", "wait", "returncode", "poll", "kill", "terminate"],
        ["terminate", "wait"], ["signal 1", "wait"], ["signal 9", "wait", "signal 15"],
        ["write x", "communicate y"], ["write x", "flush", "communicate"],
        ["close", "communicate z"], ["communicate", "poll"],
        ["close", "close", "wait"], ["close", "write x", "wait"],
        ["wait 0.05", "close", "wait"], ["communicate q", "returncode"],
        ["close", "wait", "read", "readline"], ["close_out", "kill", "wait"],
    )
    for script in scripts:
        for how in ({}, {"bufsize": 0}, {"encoding": "utf-8"}):
            yield {"api": "steps", "args": child("copy"), "steps": script, **pipes,
                   **how}
    for script, reason in (
            (["close", "communicate"], CLOSED_BY_HAND),
            (["communicate a", "communicate", "wait"], SAID_ONCE),
            (["write a\\nb\\n", "flush", "readline", "communicate c"], READ_AHEAD)):
        yield {"api": "steps", "args": child("copy"), "steps": script, **pipes,
               "differs": reason}
    yield {"api": "steps", "args": child("copy"), **pipes, "bufsize": 1, "text": True,
           "steps": ["write a\\n", "readline", "write b", "close", "read", "wait"]}
    yield {"api": "steps", "args": child("copy"), "steps": ["write x", "read"]}
    yield {"api": "steps", "args": child("exit_with", 3), "stdout": "pipe",
           "steps": ["read", "wait"]}


def deadlines():
    late = child("write_then_wait", "partial")
    for extra in ({"stdout": "pipe"}, {"stdout": "pipe", "text": True}, {},
                  {"capture_output": True, "differs": NOTHING_YET}):
        yield {"api": "run", "args": late, "timeout": 0.3, **extra}
    yield {"api": "check_output", "args": late, "timeout": 0.3, "input": b""}
    yield {"api": "call", "args": child("sleep_until_killed"), "timeout": 0.05,
           "stdout": "devnull"}
    yield {"api": "run", "args": child("exit_with", 4), "timeout": 30}


def bad():
    ok = child("exit_with", 0)
    yield {"api": "run", "args": ok, "capture_output": True, "stdout": "pipe"}
    yield {"api": "run", "args": ok, "capture_output": True, "stderr": "pipe"}
    yield {"api": "run", "args": ok, "input": b"x", "stdin": "devnull"}
    yield {"api": "check_output", "args": ok, "stdout": "pipe", "input": b""}
    yield {"api": "check_output", "args": ok, "stdin": "devnull", "input": b"x"}
    yield {"args": ok, "input": b"x", "differs": NO_STDIN}
    yield {"args": ok, "stdin": "fd99"}
    yield {"args": ok, "stdout": "fd99"}
    yield {"args": ok, "umask": 0o1000,
           "differs": "a umask above 0777 is refused"}
    yield {"args": ok, "start_new_session": True, "process_group": 0,
           "differs": "refused: the leader of a session cannot change its group"}


GROUPS = {group.__name__: group for group in (
    codes, older, streams, closed, descriptors, large, environments, directories,
    programs, shells, signals, identities, decoding, encoding, steps, deadlines,
    bad)}
