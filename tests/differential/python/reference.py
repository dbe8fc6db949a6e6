# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Runs one case through Python's own subprocess."""

import os
import signal
import subprocess
import warnings

PROG = "#!/bin/sh\nprintf '%s:' \"$0\" | sed 's,.*/,,'\nprintf '<%s>' \"$@\"\n"


def prepare(directory):
    """What a case finds in its directory."""
    os.mkdir(f"{directory}/dir")
    for name, text, mode in (
            ("in", "from the file\n", 0o644), ("prog", PROG, 0o755),
            ("dir/prog", PROG.replace("printf '%s:'", "printf 'dir %s:'"), 0o755),
            ("noexec", PROG, 0o644), ("badscript", "#!/none\n", 0o755),
            ("noshebang", "echo no shebang\n", 0o755),
            ("inherited_in", "inherited\n", 0o644)):
        with open(f"{directory}/{name}", "w") as file:
            file.write(text)
        os.chmod(f"{directory}/{name}", mode)


def take_descriptor(path, flags, number):
    fd = os.open(path, flags, 0o644)
    if fd != number:
        os.dup2(fd, number, inheritable=False)
        os.close(fd)


def set_up(case):
    """Makes this process the parent that the case wants."""
    os.umask(0o22)
    os.chdir(case["dir"])
    take_descriptor("inherited_in", os.O_RDONLY, 0)
    for number, name in ((1, "inherited_out"), (2, "inherited_err")):
        take_descriptor(name, os.O_WRONLY | os.O_CREAT, number)
    for number in (0, 1, 2):
        os.set_inheritable(number, True)
    if "stdin_bytes" in case:
        with open("in", "wb") as file:
            file.write(case["stdin_bytes"])
    for number in case.get("open", []):
        take_descriptor(f"fd{number}", os.O_RDWR | os.O_CREAT, number)
    for number in case.get("inheritable", []):
        os.set_inheritable(number, True)
    for number in case.get("closed", []):
        os.close(number)
    for number in range(1, 32):
        if number not in (9, 17, 19):
            signal.signal(number, signal.SIG_DFL)
    for number in case.get("ignored", []):
        signal.signal(number, signal.SIG_IGN)
    if "blocked" in case:
        signal.pthread_sigmask(signal.SIG_BLOCK, case["blocked"])


def stream(kind, name, reads):
    if kind is None:
        return None
    if kind == "file":
        return os.open(name, os.O_RDONLY if reads
                       else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    if kind.startswith("fd"):
        return int(kind[2:])
    return {"pipe": subprocess.PIPE, "devnull": subprocess.DEVNULL,
            "stdout": subprocess.STDOUT}[kind]


PLAIN = ("shell", "executable", "cwd", "env", "close_fds", "pass_fds",
         "restore_signals", "start_new_session", "process_group", "umask", "user",
         "group", "extra_groups", "bufsize", "text", "universal_newlines",
         "encoding", "errors")


def options_of(case):
    options = {key: case[key] for key in PLAIN if key in case}
    in_kind = "file" if "stdin_bytes" in case else case.get("stdin")
    for key, kind, name in (("stdin", in_kind, "in"),
                            ("stdout", case.get("stdout"), "out"),
                            ("stderr", case.get("stderr"), "err")):
        if kind is not None:
            options[key] = stream(kind, name, key == "stdin")
    return options


def is_text(case):
    return any(case.get(key) for key in
               ("text", "universal_newlines", "encoding", "errors"))


def as_bytes(data):
    return data.encode("utf-8") if isinstance(data, str) else data


def outputs(result, source):
    for key in ("stdout", "stderr"):
        data = getattr(source, key, None)
        if data is not None:
            result[key] = as_bytes(data)
    return result


def text_or_bytes(data, case):
    return data.decode() if is_text(case) and isinstance(data, bytes) else data


def popen(case):
    options = options_of(case)
    child = subprocess.Popen(case["args"], **options)
    with_input = [text_or_bytes(case["input"], case)] if "input" in case else []
    out, err = child.communicate(*with_input)
    child.stdout, child.stderr = out, err
    return outputs({"returncode": child.returncode}, child)


def run(case):
    options = options_of(case)
    for key in ("timeout", "check", "capture_output"):
        if key in case:
            options[key] = case[key]
    if "input" in case:
        options["input"] = text_or_bytes(case["input"], case)
    done = subprocess.run(case["args"], **options)
    return outputs({"returncode": done.returncode}, done)


def simple(function, key):
    def call(case):
        options = options_of(case)
        if "timeout" in case:
            options["timeout"] = case["timeout"]
        if "input" in case:
            options["input"] = text_or_bytes(case["input"], case)
        return {key: as_bytes(function(case["args"], **options))}
    return call


def of_script(case):
    options = {key: case[key] for key in ("encoding", "errors") if key in case}
    status, output = subprocess.getstatusoutput(case["args"], **options)
    return {"returncode": status, "stdout": as_bytes(output)}


def output_of_script(case):
    options = {key: case[key] for key in ("encoding", "errors") if key in case}
    return {"stdout": as_bytes(subprocess.getoutput(case["args"], **options))}


def one_step(child, case, step):
    verb, _, argument = step.partition(" ")
    data = argument.replace("\\n", "\n")
    data = data if is_text(case) else data.encode()
    if verb == "write":
        child.stdin.write(data)
    elif verb == "flush":
        child.stdin.flush()
    elif verb == "close":
        child.stdin.close()
    elif verb == "close_out":
        child.stdout.close()
    elif verb == "readline":
        return as_bytes(child.stdout.readline())
    elif verb == "read":
        return as_bytes(child.stdout.read(*map(int, argument.split())))
    elif verb == "communicate":
        out, err = child.communicate(*([data] if argument else []))
        return as_bytes(out) if out is not None else None
    elif verb == "wait":
        return child.wait(*map(float, argument.split()))
    elif verb in ("poll", "kill", "terminate"):
        return getattr(child, verb)()
    elif verb == "returncode":
        return child.returncode
    elif verb == "signal":
        child.send_signal(int(argument))
    return None


def step_by_step(case):
    result = {}
    child = subprocess.Popen(case["args"], **options_of(case))
    for number, step in enumerate(case["steps"]):
        try:
            gives = one_step(child, case, step)
            gives = "nothing" if gives is None else gives
            gives = gives if isinstance(gives, bytes) else str(gives).encode()
        except Exception as error:  # pylint: disable=broad-except
            # That a stream is closed or absent has many names in Python.
            is_state = isinstance(error, (ValueError, AttributeError))
            gives = (b"refused" if is_state
                     else kind_of(error)["outcome"].encode())
        result[f"step {number}, {step}"] = gives
    return result


APIS = {
    "popen": popen, "run": run, "steps": step_by_step,
    "call": simple(subprocess.call, "returncode"),
    "check_call": simple(subprocess.check_call, "returncode"),
    "check_output": simple(subprocess.check_output, "stdout"),
    "getstatusoutput": of_script, "getoutput": output_of_script,
}


def kind_of(error):
    if isinstance(error, subprocess.TimeoutExpired):
        return outputs({"outcome": "timeout"}, error)
    if isinstance(error, subprocess.CalledProcessError):
        return outputs({"outcome": "called", "returncode": error.returncode}, error)
    if isinstance(error, UnicodeError):
        return {"outcome": "text"}
    if isinstance(error, (ValueError, TypeError, LookupError, OverflowError)):
        return {"outcome": "invalid"}
    if isinstance(error, OSError):
        return {"outcome": f"os:{error.errno}"}
    return {"outcome": type(error).__name__}


def result_of(case):
    """In a process of its own: what it leaves behind does not matter."""
    set_up(case)
    warnings.simplefilter("ignore")  # on stderr, which is compared
    try:
        return {"outcome": "result", **APIS[case.get("api", "popen")](case)}
    except Exception as error:  # pylint: disable=broad-except
        return kind_of(error)
