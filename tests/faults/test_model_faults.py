"""What may befall the model's process, done to it for real, with the smallest real model."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import rag.models.llm.client
from benchmarks.common import free_port
from rag import Assistant, answer
from rag.errors import ModelCrashed, ModelError, ModelUnavailable, QuestionError
from rag.models.llm.base import GeneratedToken, ModelOptions
from rag.models.llm.build_check import load_model
from rag.models.llm.chat_template import Prompt, PromptSegment
from rag.models.llm.client import ModelClient
from rag.models.registry import get_card, verify_model
from rag.runtime.cancellation import Cancelled, CancelToken
from rag.settings import Settings
from rag.types import Retrieved
from rag.web.services.app_state import AppState
from tests.browser import opened
from tests.conftest import ROOT
from tests.web.support import Visit, start

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]

SMALL = "smollm2-135m"
COUNT = Prompt((PromptSegment("You count."),), (PromptSegment(" One, two, three, four, five,"),))


@pytest.fixture(scope="module")
def path() -> Path:
    models = Settings.load({k: v for k, v in os.environ.items() if k == "RAG_MODELS"}).models
    return verify_model(get_card(SMALL), models)


@pytest.fixture
def model(path: Path) -> Iterator[ModelClient]:
    made = ModelClient.open(path, ModelOptions("chatml", 512))
    yield made
    made.close()


def told(model: ModelClient, prompt: Prompt = COUNT, tokens: int = 12) -> str:
    return "".join(token.text for token in model.generate(prompt, max_tokens=tokens, stop="\0"))


def begun(model: ModelClient) -> Generator[GeneratedToken]:
    """A long answer of which the first piece has come."""
    pieces = model.generate(COUNT, max_tokens=400, stop="\0")
    next(pieces)
    return pieces


def runs(pid: int | None) -> bool:
    """Whether the process is there; one that nobody has collected yet is not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def gone(pid: int | None, within: float = 10.0) -> bool:
    ends = time.monotonic() + within
    while runs(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    return not runs(pid)


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"])
def test_a_child_that_dies_costs_one_answer(model: ModelClient, name: str) -> None:
    first, pid = told(model), model.pid
    pieces = begun(model)
    os.kill(pid or 0, signal.Signals[name])
    with pytest.raises(
        ModelCrashed, match=rf"the model stopped \({name}\b.*\): ask again"
    ) as caught:
        list(pieces)
    assert "\n" not in str(caught.value)
    began = time.monotonic()
    model._worker()
    assert time.monotonic() - began < 10.0
    assert told(model) == first
    assert model.pid != pid
    assert gone(pid)


def test_a_child_that_dies_between_two_answers_costs_none(model: ModelClient) -> None:
    first, pid = told(model), model.pid
    os.kill(pid or 0, signal.SIGKILL)
    assert gone(pid)
    while model._workers and not model._workers[0].ended:
        time.sleep(0.01)
    assert told(model) == first


def test_a_child_that_hangs_is_ended_at_the_deadline(
    model: ModelClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.models.llm.client, "_CANCEL_SECONDS", 1.0)
    first, pid, pieces = told(model), model.pid, begun(model)
    model._deadline = 1.0
    os.kill(pid or 0, signal.SIGSTOP)
    began = time.monotonic()
    pieces.close()  # who leaves does not wait at all
    assert time.monotonic() - began < 1.0
    model._worker()
    assert time.monotonic() - began < 20.0
    assert not runs(pid)
    os.kill(model.pid or 0, signal.SIGSTOP)
    with pytest.raises(ModelError, match=r"not done within 1 s: ask again, or raise RAG_DEADLINE"):
        told(model)
    model._deadline = float("inf")
    assert told(model) == first


def test_a_child_that_is_only_slow_lives_on(model: ModelClient) -> None:
    first, pid = told(model), model.pid
    model._deadline = 0.0
    with pytest.raises(ModelError, match="RAG_DEADLINE"):
        told(model, tokens=400)
    model._deadline = float("inf")
    assert told(model) == first
    assert model.pid == pid


def test_a_stop_is_noticed_at_once_in_the_midst_of_a_prompt(model: ModelClient) -> None:
    long = Prompt((PromptSegment("word " * 240),), (PromptSegment("word " * 240),))
    first, pid = told(model), model.pid
    asked: list[float] = []

    def poll() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 1

    with pytest.raises(Cancelled):
        list(model.generate(long, max_tokens=10, cancel=CancelToken(poll)))
    assert time.monotonic() - asked[1] < 2.5  # generous: a busy machine
    assert told(model) == first
    assert model.pid == pid


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\xff\n",
        b"[]\n",
        b'{"request": "1", "type": "GeneratedToken", "text": "x", "logprob": -0.5}\n',
        b'{"request": 2, "type": "GeneratedToken", "text": 7, "logprob": -0.5}\n',
        b'{"request": 2, "type": "GeneratedToken", "text": "x"}\n',
        b'{"request": 2, "type": "Prefilled", "has_room": true}\n',
        b'{"request": 2, "type": "Open", "path": "/etc/passwd"}\n',
        b"[" * 500_000 + b"\n",
        b"x" * 3_000_000,
    ],
    ids=["bytes", "list", "number", "text", "lacking", "other", "kind", "deep", "long"],
)
def test_worker_that_sends_an_invalid_message_is_ended(model: ModelClient, line: bytes) -> None:
    first, pid, pieces = told(model), model.pid, begun(model)
    process = model._workers[0]._process
    assert process and process.stdout
    pipe = Path(f"/proc/self/fd/{process.stdout.fileno()}").readlink()
    (end,) = [each for each in Path(f"/proc/{pid}/fd").iterdir() if each.readlink() == pipe]
    os.kill(pid or 0, signal.SIGSTOP)  # or its own words would stand between ours
    with end.open("wb", buffering=0) as into, contextlib.suppress(BrokenPipeError):
        rest = line
        while rest:
            rest = rest[into.write(rest) :]
    with pytest.raises(ModelCrashed, match="invalid message"):
        list(pieces)
    assert not runs(pid)
    assert told(model) == first


def test_a_child_without_memory_ends_alone(model: ModelClient) -> None:
    first, pid = told(model), model.pid
    size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(pid or 0, resource.RLIMIT_AS, (size, size))
    long = Prompt((PromptSegment("word " * 400),), (PromptSegment("end"),))
    with pytest.raises(ModelCrashed) as caught:
        told(model, long)
    assert "\n" not in str(caught.value)
    assert told(model) == first
    assert Path(f"/proc/{model.pid}/oom_score_adj").read_text().strip() == "1000"


def test_after_three_deaths_it_is_left_alone_for_a_while(
    model: ModelClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.models.llm.client, "_PAUSE", 3.0)
    first = told(model)
    before = held()
    for _ in range(3):
        pieces = begun(model)
        os.kill(model.pid or 0, signal.SIGKILL)
        with pytest.raises(ModelCrashed):
            list(pieces)
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"stopped 3 times in a row \(SIGKILL\).*rag doctor"):
        told(model)
    assert time.monotonic() - began < 1.0
    assert model.pid is None
    time.sleep(3.0)
    assert told(model) == first
    assert held() == before


def test_it_outlives_the_thread_that_opened_it_and_heeds_no_ctrl_c(path: Path) -> None:
    made: list[ModelClient] = []
    thread = threading.Thread(
        target=lambda: made.append(ModelClient.open(path, ModelOptions("chatml", 512)))
    )
    thread.start()
    thread.join()
    pid = made[0].pid
    os.kill(pid or 0, signal.SIGINT)
    assert told(made[0])
    assert made[0].pid == pid
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "llama" in maps
    assert not any(library in maps for library in ("torch", "chromadb", "tokenizers"))
    made.clear()
    gc.collect()
    assert gone(pid), "nobody holds the model, and its process is still there"


def test_closing_ends_what_is_under_way(model: ModelClient) -> None:
    pieces, pid = begun(model), model.pid
    threading.Timer(0.2, model.close).start()
    with pytest.raises(ModelError, match="was closed"):
        list(pieces)
    assert not runs(pid)
    with pytest.raises(ModelError, match="was closed"):
        told(model)


PARENT = """
import os, signal, sys, time
from pathlib import Path
from rag.models.llm.base import ModelOptions
from rag.models.llm.client import ModelClient
from rag.models.llm.chat_template import Prompt, PromptSegment
model = ModelClient.open(Path(sys.argv[1]), ModelOptions("chatml", 512))
pieces = model.generate(Prompt((), (PromptSegment("One, two, three,"),)), max_tokens=400, stop="\\0")
next(pieces)
print(model.pid, flush=True)
match sys.argv[2]:
    case "raise": raise SystemError("no")
    case "exit": os._exit(0)
    case "close": model.close()
    case "wait": time.sleep(60)
"""


@pytest.mark.parametrize(
    ("how", "sent"),
    [
        ("end", None),
        ("raise", None),
        ("exit", None),
        ("close", None),
        ("wait", signal.SIGINT),
        ("wait", signal.SIGTERM),
        ("wait", signal.SIGKILL),
        ("stopped", signal.SIGKILL),
    ],
)
def test_however_the_parent_ends_the_child_is_gone(
    path: Path, how: str, sent: signal.Signals | None
) -> None:
    command = [sys.executable, "-c", PARENT, str(path), "wait" if how == "stopped" else how]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout and parent.stderr
        pid = int(parent.stdout.readline())
        assert runs(pid) or sent is None  # some are gone by now
        if how == "stopped":
            os.kill(pid, signal.SIGSTOP)
        if sent is not None:
            parent.send_signal(sent)
        parent.wait(20)
        assert gone(pid)
        if how in ("end", "exit", "close"):
            assert (parent.returncode, parent.stderr.read()) == (0, "")


def test_import_starts_no_process() -> None:
    code = (
        "import os, rag, rag.assistant, rag.models.llm.client, rag.models.llm.build_check\n"
        "me = str(os.getpid())\n"
        "print([p for p in os.listdir('/proc') if p.isdigit() and"
        " open(f'/proc/{p}/stat').read().rpartition(')')[2].split()[1] == me])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_callers_wait_in_line_and_each_gets_its_own(model: ModelClient) -> None:
    prompts = [Prompt((), (PromptSegment(f"{n}, {n + 1}, {n + 2},"),)) for n in range(10, 90, 10)]
    alone = [told(model, each) for each in prompts]
    assert len(set(alone)) == len(alone)
    held, order = begun(model), []
    got: dict[int, str] = {}

    def ask(number: int) -> None:
        got[number] = told(model, prompts[number])
        order.append(number)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(prompts))]
    for number, thread in enumerate(threads):
        thread.start()
        while len(model._queue) < number + 2:
            time.sleep(0.005)
    held.close()
    for thread in threads:
        thread.join()
    assert [got[n] for n in range(len(prompts))] == alone
    assert order == sorted(order)


def test_who_waits_in_line_may_leave_it(model: ModelClient) -> None:
    held = begun(model)
    began = time.monotonic()
    stops = began + 0.3
    cancel = CancelToken(lambda: time.monotonic() > stops)
    with pytest.raises(Cancelled):
        list(model.generate(COUNT, max_tokens=4, cancel=cancel))
    assert time.monotonic() - began < 2.0
    held.close()
    assert told(model)


def test_a_prompt_as_long_as_the_context_and_one_token_more(path: Path) -> None:
    model = ModelClient.open(path, ModelOptions("chatml", 256))

    def words(count: int) -> Prompt:
        return Prompt((PromptSegment("Words:"),), (PromptSegment(" word" * count),))

    with pytest.raises(QuestionError) as caught:
        told(model, words(300), tokens=1)
    frame = int(str(caught.value).split("need ")[1].split()[0]) - 300
    fits = 256 - frame
    for count in (fits - 1, fits):
        assert len(list(model.generate(words(count), max_tokens=1))) == 1
    with pytest.raises(QuestionError, match="need 257 tokens, the model holds 256"):
        told(model, words(fits + 1), tokens=1)
    with pytest.raises(QuestionError):
        told(model, Prompt((), (PromptSegment("word \ud800\x00 " * 100_000),)))
    model.close()


HEAD = b"GGUF" + (3).to_bytes(4, "little")
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "text": lambda whole: b"not a model\n" * 99,
    "magic alone": lambda whole: whole[:4],
    "version 1": lambda whole: b"GGUF" + (1).to_bytes(4, "little") + whole[8:100_000],
    "version 99": lambda whole: b"GGUF" + (99).to_bytes(4, "little") + whole[8:100_000],
    "0xff": lambda whole: b"GGUF" + b"\xff" * 4096,
    "zeros": lambda whole: HEAD + bytes(4096),
    "many keys": lambda whole: HEAD + whole[8:16] + b"\xff" * 7 + b"\x7f" + whole[24:100_000],
    "many tensors": lambda whole: HEAD + b"\xff" * 7 + b"\x7f" + whole[16:100_000],
    "key of type 99": lambda whole: HEAD + bytes(8) + b"\1" + bytes(7) + b"\1" + bytes(7) + b"ac",
    "cut in a key": lambda whole: whole[:60],
    "cut in the words": lambda whole: whole[:200_000],
    "cut in the tensors": lambda whole: whole[: len(whole) // 2],
    "one byte short": lambda whole: whole[:-1],
    "pickle": lambda whole: b"\x80\x04K\x01." * 100,
    "flipped": lambda whole: whole[:2000] + bytes(b ^ 255 for b in whole[2000:2600]) + whole[2600:],
}  # fmt: skip


@pytest.mark.parametrize("kind", [*BROKEN, "folder", "missing", "hash"])
def test_a_broken_model_file_is_refused_by_name(tmp_path: Path, path: Path, kind: str) -> None:
    name = tmp_path / "broken.gguf"
    chosen = str(name)
    if kind in BROKEN:
        name.write_bytes(BROKEN[kind](path.read_bytes()))
    elif kind == "folder":
        name.mkdir()
    elif kind == "hash":  # right but for one bit of a weight: only its hash can tell
        chosen = SMALL
        placed = tmp_path / get_card(SMALL).target
        placed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, placed)
        with placed.open("r+b") as file:
            file.seek(-1000, os.SEEK_END)
            byte = file.read(1)[0]
            file.seek(-1001, os.SEEK_END)
            file.write(bytes([byte ^ 1]))
    with pytest.raises(ModelError) as caught:
        found = verify_model(get_card(chosen), tmp_path)
        load_model(found, ModelOptions("chatml", 512)).close()
    assert "\n" not in str(caught.value)
    assert kind != "hash" or "SHA-256" in str(caught.value)


@pytest.fixture(scope="module")
def small(real_settings: Settings) -> Settings:
    """The real index with the small model."""
    found = {"k": 2, "k_one": 1, "min_cosine": 0.0, "min_coverage": 0.0}
    return replace(real_settings, model=SMALL, max_tokens=24, **found)


QUESTIONS = [
    "What did Kim Jong Un call Putin?",
    "Who is Artyom Lukin?",
    "Which news agency reported it from Pyongyang?",
    "How many people were killed?",
]


def test_eight_threads_get_the_answers_that_one_gets(small: Settings) -> None:
    def plain(question: str) -> dict[str, object]:
        return {
            k: v for k, v in answer(question, settings=small).to_dict().items() if k != "timings"
        }

    got: list[dict[str, object]] = [{}] * 8

    def ask(number: int) -> None:
        got[number] = plain(QUESTIONS[number % 4])

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = [plain(each) for each in QUESTIONS]
    assert got == alone * 2
    assert len({str(each["draft"]) for each in alone}) == 4


def test_endless_earlier_turns_are_trimmed_and_an_endless_question_is_refused(
    small: Settings,
) -> None:
    long = "What did Kim say? " * 60_000
    told = answer("and why?", history=[(long, long)] * 1000, settings=small)
    assert len(told.query) < 3000
    with pytest.raises(QuestionError, match="shorten it"):
        answer(long, settings=small)


def test_the_page_shows_the_passages_alone_and_says_why(small: Settings) -> None:
    small = replace(small, read_ahead=False)  # else the child may die of that first
    assistant = Assistant.open(small)
    desk = AppState(small, lambda *_: None, lambda _: assistant)
    desk._examples = lambda _: ()  # type: ignore[method-assign,assignment]
    running = start(desk, port=free_port())
    try:
        with opened() as browser:
            here = Visit(browser, running.url, ready=False)
            here.page.wait_for_selector("#question textarea:enabled", timeout=120_000)
            for _ in range(3):
                stream = assistant.stream(QUESTIONS[0])
                assert isinstance(next(stream), Retrieved)
                child = assistant.model()._worker()
                os.kill(child.pid or 0, signal.SIGSTOP)  # no answer may slip out
                threading.Timer(0.3, os.kill, (child.pid, signal.SIGKILL)).start()
                with pytest.raises(ModelCrashed):
                    next(stream)
            here.ask("And why did he call him that?")
            here.wait("the model stopped 3 times in a row (SIGKILL)")
            here.wait("Passages found", "#sources")
            assert here.page.locator("#sources .card").count() == small.k
            assert here.page.is_enabled("#question textarea")
            assert here.errors == []
    finally:
        running.close()
        desk.close()
