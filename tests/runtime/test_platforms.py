"""Modules and functions that other systems lack: nothing of `rag` needs them to be imported."""

from __future__ import annotations

import ast
import json

from rag.runtime.worker_process import Worker
from tests.conftest import ROOT

# What Windows lacks, and macOS in part. Libraries, which bring their own code for each system, may
# import what they like; only what `rag` itself asks for is hidden.
_HIDE = """
import builtins, os, signal, socket, sys
missing = {"resource", "fcntl", "termios", "tty", "pwd", "grp", "pty", "syslog", "readline"}
kept = builtins.__import__
def hidden(name, globals=None, locals=None, fromlist=(), level=0):
    if name.partition(".")[0] in missing and str((globals or {}).get("__name__")).startswith("rag"):
        raise ImportError(f"no module {name} on this system")
    return kept(name, globals, locals, fromlist, level)
builtins.__import__ = hidden
for module, names in (
    (os, "fork forkpty getuid geteuid getppid sched_getaffinity sysconf fchmod killpg setsid mkfifo"
         " O_NONBLOCK O_NOCTTY O_NOFOLLOW O_DIRECTORY O_CLOEXEC"),
    (signal, "SIGKILL SIGXCPU SIGHUP SIGUSR1 SIGALRM alarm setitimer pthread_sigmask"),
    (socket, "AF_UNIX"),
):
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
"""
_IMPORT_ALL = """
import importlib, json, pkgutil
import rag
failed = {}
for each in pkgutil.walk_packages(rag.__path__, "rag."):
    if each.name.endswith("__main__") or each.name.startswith("rag.integrations."):
        continue  # programs; and frameworks, which ask the system themselves
    try:
        importlib.import_module(each.name)
    except Exception as error:
        failed[each.name] = repr(error)
print(json.dumps(failed))
"""
_ASK_THE_MACHINE = """
import sys
sys.platform = "darwin"
from rag.runtime.machine import this_machine
from rag.runtime.memory import release_free_memory
from rag.runtime.process_owner import claim_process
from rag.runtime.worker_process import Worker, begin
begin(1)
release_free_memory()
claim_process()
machine = this_machine()
assert machine.cores >= 1 and machine.memory >= 0, machine
print("[]")
"""


def test_every_module_is_imported_without_what_other_systems_lack() -> None:
    result = Worker(_HIDE + _IMPORT_ALL).run(120)
    assert result.stdout, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == {}


def test_a_module_that_needs_them_would_be_found() -> None:
    code = "\ntry: exec('import fcntl', {'__name__': 'rag.x'})\nexcept ImportError: print('found')"
    assert Worker(_HIDE + code).run(60).stdout == "found\n"


def test_what_asks_the_system_does_without_an_answer() -> None:
    result = Worker(_HIDE + _ASK_THE_MACHINE).run(60)
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_every_file_is_read_and_written_in_a_named_encoding() -> None:
    """Else it is that of the system, which on Windows is none that holds every letter."""
    unnamed = []
    for path in sorted((ROOT / "rag").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            keywords = {each.arg for each in node.keywords}
            if node.func.attr in ("read_text", "write_text") and "encoding" not in keywords:
                unnamed.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert unnamed == []
