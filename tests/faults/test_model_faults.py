"""Faults of the worker process and of model files, provoked with the smallest real model."""

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
from rag.types import EvidenceFound
from rag.web.services.app_state import AppState
from tests.browser import launch_browser
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
    client = ModelClient.open(path, ModelOptions("chatml", 512))
    yield client
    client.close()


def generate_text(model: ModelClient, prompt: Prompt = COUNT, tokens: int = 12) -> str:
    return "".join(token.text for token in model.generate(prompt, max_tokens=tokens, stop="\0"))


def start_generating(model: ModelClient) -> Generator[GeneratedToken]:
    """A long answer whose first token has arrived."""
    pieces = model.generate(COUNT, max_tokens=400, stop="\0")
    next(pieces)
    return pieces


def is_running(pid: int | None) -> bool:
    """Whether the process is running; a zombie is not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def has_ended(pid: int | None, within: float = 10.0) -> bool:
    """Whether the process has ended; waits for its end for up to `within` seconds."""
    deadline = time.monotonic() + within
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def resources() -> tuple[int, int]:
    """Threads and open files of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.fault(16)
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"])
def test_worker_that_crashes_costs_one_answer(model: ModelClient, name: str) -> None:
    first, pid = generate_text(model), model.pid
    pieces = start_generating(model)
    os.kill(pid or 0, signal.Signals[name])
    with pytest.raises(
        ModelCrashed, match=rf"the model stopped \({name}\b.*\): ask again"
    ) as failure:
        list(pieces)
    assert "\n" not in str(failure.value)
    start_time = time.monotonic()
    model._worker()
    assert time.monotonic() - start_time < 10.0
    assert generate_text(model) == first
    assert model.pid != pid
    assert has_ended(pid)


@pytest.mark.fault(16)
def test_worker_that_dies_between_two_answers_costs_none(model: ModelClient) -> None:
    first, pid = generate_text(model), model.pid
    os.kill(pid or 0, signal.SIGKILL)
    assert has_ended(pid)
    while model._workers and not model._workers[0].ended:
        time.sleep(0.01)
    assert generate_text(model) == first


@pytest.mark.fault(16)
def test_worker_that_hangs_is_ended_at_the_deadline(
    model: ModelClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.models.llm.client, "_CANCEL_SECONDS", 1.0)
    first, pid, pieces = generate_text(model), model.pid, start_generating(model)
    model._deadline = 1.0
    os.kill(pid or 0, signal.SIGSTOP)
    start_time = time.monotonic()
    pieces.close()  # closing does not wait for the worker
    assert time.monotonic() - start_time < 1.0
    model._worker()
    assert time.monotonic() - start_time < 20.0
    assert not is_running(pid)
    os.kill(model.pid or 0, signal.SIGSTOP)
    with pytest.raises(ModelError, match=r"not done within 1 s: ask again, or raise RAG_DEADLINE"):
        generate_text(model)
    model._deadline = float("inf")
    assert generate_text(model) == first


@pytest.mark.fault(16)
def test_worker_that_is_only_slow_survives_the_deadline(model: ModelClient) -> None:
    first, pid = generate_text(model), model.pid
    model._deadline = 0.0
    with pytest.raises(ModelError, match="RAG_DEADLINE"):
        generate_text(model, tokens=400)
    model._deadline = float("inf")
    assert generate_text(model) == first
    assert model.pid == pid


def test_cancelling_takes_effect_within_a_long_prompt(model: ModelClient) -> None:
    long = Prompt((PromptSegment("word " * 240),), (PromptSegment("word " * 240),))
    first, pid = generate_text(model), model.pid
    polls: list[float] = []

    def poll() -> bool:
        polls.append(time.monotonic())
        return len(polls) > 1

    with pytest.raises(Cancelled):
        list(model.generate(long, max_tokens=10, cancel=CancelToken(poll)))
    assert time.monotonic() - polls[1] < 2.5  # generous: a busy machine
    assert generate_text(model) == first
    assert model.pid == pid


@pytest.mark.fault(16)
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
    ids=[
        "bytes",
        "list",
        "number",
        "text",
        "missing field",
        "other reply",
        "request",
        "deep",
        "long",
    ],
)
def test_worker_that_sends_an_invalid_message_is_ended(model: ModelClient, line: bytes) -> None:
    first, pid, pieces = generate_text(model), model.pid, start_generating(model)
    process = model._workers[0]._process
    assert process and process.stdout
    pipe = Path(f"/proc/self/fd/{process.stdout.fileno()}").readlink()
    (end,) = [each for each in Path(f"/proc/{pid}/fd").iterdir() if each.readlink() == pipe]
    os.kill(pid or 0, signal.SIGSTOP)  # so that its own output does not mix with ours
    with end.open("wb", buffering=0) as into, contextlib.suppress(BrokenPipeError):
        rest = line
        while rest:
            rest = rest[into.write(rest) :]
    with pytest.raises(ModelCrashed, match="invalid message"):
        list(pieces)
    assert not is_running(pid)
    assert generate_text(model) == first


@pytest.mark.fault(16)
def test_worker_without_memory_leaves_its_client_running(model: ModelClient) -> None:
    first, pid = generate_text(model), model.pid
    size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(pid or 0, resource.RLIMIT_AS, (size, size))
    long = Prompt((PromptSegment("word " * 400),), (PromptSegment("end"),))
    with pytest.raises(ModelCrashed) as failure:
        generate_text(model, long)
    assert "\n" not in str(failure.value)
    assert generate_text(model) == first
    assert Path(f"/proc/{model.pid}/oom_score_adj").read_text().strip() == "1000"


@pytest.mark.fault(16)
def test_client_pauses_after_three_crashes_in_a_row(
    model: ModelClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.models.llm.client, "_PAUSE", 3.0)
    first = generate_text(model)
    before = resources()
    for _ in range(3):
        pieces = start_generating(model)
        os.kill(model.pid or 0, signal.SIGKILL)
        with pytest.raises(ModelCrashed):
            list(pieces)
    start_time = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"stopped 3 times in a row \(SIGKILL\).*rag doctor"):
        generate_text(model)
    assert time.monotonic() - start_time < 1.0
    assert model.pid is None
    time.sleep(3.0)
    assert generate_text(model) == first
    assert resources() == before


@pytest.mark.fault(16)
def test_worker_outlives_the_thread_that_opened_it_and_ignores_ctrl_c(path: Path) -> None:
    clients: list[ModelClient] = []
    thread = threading.Thread(
        target=lambda: clients.append(ModelClient.open(path, ModelOptions("chatml", 512)))
    )
    thread.start()
    thread.join()
    pid = clients[0].pid
    os.kill(pid or 0, signal.SIGINT)
    assert generate_text(clients[0])
    assert clients[0].pid == pid
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "llama" in maps
    assert not any(library in maps for library in ("torch", "chromadb", "tokenizers"))
    clients.clear()
    gc.collect()
    assert has_ended(pid), "nothing refers to the model, and its process still runs"


@pytest.mark.fault(16)
def test_close_ends_an_answer_that_is_being_generated(model: ModelClient) -> None:
    pieces, pid = start_generating(model), model.pid
    threading.Timer(0.2, model.close).start()
    with pytest.raises(ModelError, match="was closed"):
        list(pieces)
    assert not is_running(pid)
    with pytest.raises(ModelError, match="was closed"):
        generate_text(model)


PARENT = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
from rag.models.llm.base import ModelOptions
from rag.models.llm.client import ModelClient
from rag.models.llm.chat_template import Prompt, PromptSegment
model = ModelClient.open(Path(sys.argv[1]), ModelOptions("chatml", 512))
prompt = Prompt((), (PromptSegment("One, two, three,"),))
pieces = model.generate(prompt, max_tokens=400, stop="\\0")
next(pieces)
print(model.pid, flush=True)
match sys.argv[2]:
    case "raise": raise SystemError("no")
    case "exit": os._exit(0)
    case "close": model.close()
    case "wait": time.sleep(60)
"""


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    ("how", "sent_signal"),
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
def test_worker_ends_however_its_parent_ends(
    path: Path, how: str, sent_signal: signal.Signals | None
) -> None:
    command = [sys.executable, "-c", PARENT, str(path), "wait" if how == "stopped" else how]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout and parent.stderr
        pid = int(parent.stdout.readline())
        assert is_running(pid) or sent_signal is None  # it may have ended by now
        if how == "stopped":
            os.kill(pid, signal.SIGSTOP)
        if sent_signal is not None:
            parent.send_signal(sent_signal)
        parent.wait(20)
        assert has_ended(pid)
        if how in ("end", "exit", "close"):
            assert (parent.returncode, parent.stderr.read()) == (0, "")


def test_importing_the_client_starts_no_process() -> None:
    code = (
        "import os, rag, rag.assistant, rag.models.llm.client, rag.models.llm.build_check\n"
        "me = str(os.getpid())\n"
        "print([p for p in os.listdir('/proc') if p.isdigit() and"
        " open(f'/proc/{p}/stat').read().rpartition(')')[2].split()[1] == me])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.fault(18)
def test_callers_are_served_in_order_and_each_gets_its_own_answer(model: ModelClient) -> None:
    prompts = [Prompt((), (PromptSegment(f"{n}, {n + 1}, {n + 2},"),)) for n in range(10, 90, 10)]
    alone = [generate_text(model, each) for each in prompts]
    assert len(set(alone)) == len(alone)
    pieces, order = start_generating(model), []
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = generate_text(model, prompts[number])
        order.append(number)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(prompts))]
    for number, thread in enumerate(threads):
        thread.start()
        while len(model._queue) < number + 2:
            time.sleep(0.005)
    pieces.close()
    for thread in threads:
        thread.join()
    assert [answers[n] for n in range(len(prompts))] == alone
    assert order == sorted(order)


def test_waiting_caller_can_cancel(model: ModelClient) -> None:
    pieces = start_generating(model)
    start_time = time.monotonic()
    cancel_at = start_time + 0.3
    cancel = CancelToken(lambda: time.monotonic() > cancel_at)
    with pytest.raises(Cancelled):
        list(model.generate(COUNT, max_tokens=4, cancel=cancel))
    assert time.monotonic() - start_time < 2.0
    pieces.close()
    assert generate_text(model)


@pytest.mark.fault(18)
def test_prompt_of_the_context_length_fits_and_one_token_more_is_refused(path: Path) -> None:
    model = ModelClient.open(path, ModelOptions("chatml", 256))

    def words(count: int) -> Prompt:
        return Prompt((PromptSegment("Words:"),), (PromptSegment(" word" * count),))

    with pytest.raises(QuestionError) as failure:
        generate_text(model, words(300), tokens=1)
    overhead = int(str(failure.value).split("need ")[1].split()[0]) - 300
    fits = 256 - overhead
    for count in (fits - 1, fits):
        assert len(list(model.generate(words(count), max_tokens=1))) == 1
    with pytest.raises(QuestionError, match="need 257 tokens, the model holds 256"):
        generate_text(model, words(fits + 1), tokens=1)
    with pytest.raises(QuestionError):
        generate_text(model, Prompt((), (PromptSegment("word \ud800\x00 " * 100_000),)))
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


@pytest.mark.fault(17)
@pytest.mark.parametrize("kind", [*BROKEN, "folder", "missing", "hash"])
def test_broken_model_file_raises_model_error(tmp_path: Path, path: Path, kind: str) -> None:
    name = tmp_path / "broken.gguf"
    model_name = str(name)
    if kind in BROKEN:
        name.write_bytes(BROKEN[kind](path.read_bytes()))
    elif kind == "folder":
        name.mkdir()
    elif kind == "hash":  # one bit of a weight differs: only its hash shows it
        model_name = SMALL
        copy = tmp_path / get_card(SMALL).target
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
        with copy.open("r+b") as file:
            file.seek(-1000, os.SEEK_END)
            byte = file.read(1)[0]
            file.seek(-1001, os.SEEK_END)
            file.write(bytes([byte ^ 1]))
    with pytest.raises(ModelError) as failure:
        verified = verify_model(get_card(model_name), tmp_path)
        load_model(verified, ModelOptions("chatml", 512)).close()
    assert "\n" not in str(failure.value)
    assert kind != "hash" or "SHA-256" in str(failure.value)


@pytest.fixture(scope="module")
def small(real_settings: Settings) -> Settings:
    """The real index with the small model."""
    retrieval = {"k": 2, "context_k": 1}
    return replace(real_settings, model=SMALL, reader="reader", max_tokens=24, **retrieval)


QUESTIONS = [
    "What did Kim Jong Un call Putin?",
    "Who is Artyom Lukin?",
    "Which news agency reported it from Pyongyang?",
    "How many people were killed?",
]


@pytest.mark.fault(18)
def test_eight_threads_get_the_same_answers_as_one(small: Settings) -> None:
    def plain(question: str) -> dict[str, object]:
        return {
            k: v for k, v in answer(question, settings=small).to_dict().items() if k != "timings"
        }

    answers: list[dict[str, object]] = [{}] * 8

    def ask(number: int) -> None:
        answers[number] = plain(QUESTIONS[number % 4])

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = [plain(each) for each in QUESTIONS]
    assert answers == alone * 2
    assert len({str(each["draft"]) for each in alone}) == 4


@pytest.mark.fault(18)
def test_endless_history_is_trimmed_and_an_endless_question_is_refused(
    small: Settings,
) -> None:
    long = "What did Kim say? " * 60_000
    start = time.monotonic()
    reply = answer("and why?", history=[(long, long)] * 1000, settings=small)
    assert len(reply.query) < 3000
    assert time.monotonic() - start < 120.0  # it is trimmed before any rule reads it
    with pytest.raises(QuestionError, match="shorten it"):
        answer(long, settings=small)


@pytest.mark.fault(16)
def test_page_shows_the_passages_and_the_reason_when_the_model_crashes(small: Settings) -> None:
    small = replace(small, read_ahead=False)  # else the worker may crash on that first
    assistant = Assistant.open(small)
    app_state = AppState(small, lambda *_: None, lambda _: assistant)
    app_state._examples = lambda _: ()  # type: ignore[method-assign,assignment]
    server = start(app_state, port=free_port())
    try:
        with launch_browser() as browser:
            visit = Visit(browser, server.url, ready=False)
            visit.page.wait_for_selector("#question textarea:enabled", timeout=120_000)
            for _ in range(3):
                stream = assistant.stream(QUESTIONS[0])
                assert any(isinstance(each, EvidenceFound) for each in stream)  # up to that
                worker = assistant.model()._worker()
                os.kill(worker.pid or 0, signal.SIGSTOP)  # so that no answer gets out
                threading.Timer(0.3, os.kill, (worker.pid, signal.SIGKILL)).start()
                with pytest.raises(ModelCrashed):
                    list(stream)
            visit.ask("And why did Kim Jong Un call Putin that?")
            visit.wait("the model stopped 3 times in a row (SIGKILL)")
            visit.wait("Passages found", "#sources")
            assert visit.page.locator("#sources .card").count() == 12
            assert visit.page.is_enabled("#question textarea")
            assert visit.errors == []
    finally:
        server.close()
        app_state.close()
