"""`rag doctor`: is everything here that a question needs, and if not, what to type?

In:  `Settings`. Out: `CheckResult`s, one at a time, as they become known.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from rag.cli.arguments import Commands, add_index_flag
from rag.cli.terminal import print_line
from rag.errors import RagError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.models.catalog import ModelCard
    from rag.runtime.extensions import Extension

Severity = Literal["ok", "fault"]

_LLAMA_CPP = "llama.cpp"
_LIMITS = "limits of parsers"
_SERVER_SECONDS = 60.0  # in which a language model server must answer a short question
_CPU_FLAGS = {  # instruction sets as llama.cpp names them, and the CPU flag of each
    "AVX2": "avx2",
    "FMA": "fma",
    "AVX512": "avx512f",
    "AVX512_VNNI": "avx512_vnni",
    "AMX_INT8": "amx_int8",
    "DOTPROD": "asimddp",
    "MATMUL_INT8": "i8mm",
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check; `remediation` says what to type, empty where nothing is wrong."""

    name: str
    severity: Severity
    message: str
    remediation: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.severity == "ok"

    def __str__(self) -> str:
        label = "ok   " if self.ok else "FAULT"
        return f"{label} {self.name}: {': '.join(filter(None, (self.message, self.remediation)))}"


def add_commands(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add(
        "doctor", _doctor, "check models, index and build; say how to repair each fault"
    )
    add_index_flag(parser)


def run_checks(settings: Settings) -> Iterator[CheckResult]:
    """Check Python, models (every file is hashed), the llama.cpp build, limits, index, confidence.

    The last ones list what is stored besides the index, and the collections that there are.
    """
    python = sys.version.split()[0]
    yield CheckResult("python", "ok" if sys.version_info >= (3, 11) else "fault", python)
    if settings.uses_server:
        yield _result("language model", lambda: check_server(settings))
    elif settings.words_answers:
        yield _result("language model", lambda: check_model(settings, settings.model))
    elif settings.llm_url:
        message = "none: RAG_MODEL=none, so the server in RAG_LLM_URL is not used"
        yield CheckResult("language model", "ok", message)
    yield _result("embedder", lambda: check_model(settings, settings.embedder))
    if settings.reranker != "none":
        yield _result("reranker", lambda: check_reranker(settings))
    if settings.reader != "none":
        yield _result("reader", lambda: check_reader(settings))
    if settings.words_answers and not settings.uses_server and not _is_added(settings.model):
        yield check_llama_cpp(settings)
    if settings.chroma_url:
        yield _result("vectors", lambda: check_chroma(settings))
    if settings.database_url:
        yield _result("record", lambda: check_record(settings))
    yield from check_extensions()
    yield check_limits()
    yield _result("index", lambda: check_index(settings))
    yield _result("confidence", lambda: check_confidence(settings))
    yield _result("stored", lambda: list_stored(settings))
    yield _result("collections", lambda: list_collections(settings))


def check_model(settings: Settings, name: str) -> str:
    """Name, licence and path of a model.

    Raises:
        ModelError: it is missing, or its hash is wrong.
    """
    from rag.models.registry import get_card, verify_model

    card = get_card(name)
    if card.extension is not None:
        return _check_added(card, settings)
    path = verify_model(card, settings.models, fresh=True)
    return f"{card.name} ({card.licence}), {path}"


def check_extensions() -> Iterator[CheckResult]:
    """One for each extension that is installed: package and version, and whether it loads."""
    from rag.index.vectors.added import vector_stores
    from rag.ingest.parsers import added as added_parsers
    from rag.models import added as added_models

    for offered in (added_parsers.parsers(), added_models.models(), vector_stores()):
        for extension in offered.by_name.values():
            yield _result("extension", partial(_check_extension, extension))
        for fault in offered.faults:
            message, _, remediation = fault.rpartition(": " if ": " in fault else "; ")
            yield CheckResult("extension", "fault", message, remediation)


def _check_extension(extension: Extension) -> str:
    if not callable(extension.load()):
        raise extension.fault("is no function")
    return f"{extension} ({extension.kind}), {extension.target}"


def _check_added(card: ModelCard, settings: Settings) -> str:
    """A model of another package: it is opened, and an embedder or a reader tried.

    Raises:
        ModelError: it does not do what it must.
    """
    from rag.models import added
    from rag.models.opening import model_setup

    text = "The ferry sank on 3 May."
    if card.kind == "embedder":
        embedder = added.open_embedder(card, model_setup(settings))
        embedder.encode([text, "Nine sailors were saved."])
        embedder.encode_queries([text])
        embedder.count([text])
    elif card.kind == "reranker":
        pass  # `check_reranker` has tried it
    elif card.kind == "reader":
        added.open_reader(card, model_setup(settings)).read("When did it sink?", [text])
    else:
        added.open_language_model(card, model_setup(settings)).close()
    return f"{card.extension}"


def _is_added(name: str) -> bool:
    from rag.models import added

    return name in added.models().by_name


def check_server(settings: Settings) -> str:
    """Name and address of the model on a server, and what it gives: it is asked for one word.

    Raises:
        ModelServerError: the server failed, or has not just one model and none is named.
    """
    from rag.models.opening import open_server_model, with_server_model
    from rag.prompts.templates import verification_prompt

    deadline = min(settings.deadline or _SERVER_SECONDS, _SERVER_SECONDS)
    settings = with_server_model(replace(settings, deadline=deadline))
    quote, question = "The ferry sank on 3 May.", "When did the ferry sink?"
    with closing(open_server_model(settings)) as model:
        prompt = verification_prompt(model.chat_template, question, [quote], quote)
        started = time.perf_counter()
        log_odds = model.logit_difference(prompt, "Yes", "No")
        seconds = time.perf_counter() - started
    given = (
        "gives log-probabilities"
        if log_odds is not None
        else "gives no log-probabilities, so that the reader's calibration decides alone"
    )
    return (
        f"{settings.llm_model} at {settings.llm_url}, answers in {seconds:.1f} s, {given}; "
        "questions and passages are sent there"
    )


def check_reader(settings: Settings) -> str:
    """Name, licence and path of the reader, of the models that it needs, of the classifier.

    Raises:
        ModelError: as `check_model`.
    """
    from rag.models.registry import CLASSIFIER, needed_cards

    names = [CLASSIFIER, *(each.name for each in needed_cards(settings.reader))]
    return "; ".join(check_model(settings, name) for name in reversed(names))


def check_reranker(settings: Settings) -> str:
    """Name, licence and path of the reranker, which is opened and scores a passage.

    Raises:
        ModelError: as `check_model`, or it does not load, or it is no reranker.
    """
    from rag.models.opening import open_reranker

    if (reranker := open_reranker(settings)) is not None:
        reranker.score("When did the ferry sink?", ["The ferry sank on 3 May."])
    return check_model(settings, settings.reranker)


def check_llama_cpp(settings: Settings) -> CheckResult:
    """Load the model and generate, in another process; compare the build with the processor."""
    from rag.models.llm.build_check import check_build
    from rag.models.registry import build_check_dir, get_card, verify_model
    from rag.native.build import build_command, cpu_features

    try:
        model = verify_model(get_card(settings.model), settings.models)
        check = check_build(model, build_check_dir(settings.models))
    except RagError as error:
        return CheckResult(_LLAMA_CPP, "fault", f"not checked ({error})")
    rebuild = f"type `{build_command()}`"
    if not check.ok_without_amx:
        message = f"the build does not run here ({check.fault})"
        return CheckResult(_LLAMA_CPP, "fault", message, rebuild)
    sets = ", ".join(check.instruction_sets)
    if not check.ok:
        message = f"runs, slowly: its fast kernels end in {check.fault}; uses {sets}"
        return CheckResult(_LLAMA_CPP, "fault", message, rebuild)
    available = cpu_features()
    unused = [
        name
        for name, flag in _CPU_FLAGS.items()
        if flag in available and name not in check.instruction_sets
    ]
    if unused:
        message = f"generates; uses {sets}; this processor also has {', '.join(unused)}"
        return CheckResult(_LLAMA_CPP, "fault", message, rebuild)
    return CheckResult(_LLAMA_CPP, "ok", f"generates; uses {sets}")


def check_limits() -> CheckResult:
    """Which limits on whatever opens foreign files hold here; those that do not are no fault."""
    from rag.ingest.sandbox.limits import CPU_SECONDS, MEMORY_LIMIT, missing_limits

    try:
        missing = missing_limits()
    except OSError as error:
        return CheckResult(_LIMITS, "fault", str(error), "ask whoever runs this machine")
    if missing:
        message = f"this system does not limit {', '.join(missing)} (docs/platforms.md)"
    else:
        message = f"{MEMORY_LIMIT >> 30} GB of memory, {CPU_SECONDS} s of processor time a document"
        message += ", no file is written"
    return CheckResult(_LIMITS, "ok", message)


def check_chroma(settings: Settings) -> str:
    """Where the vectors are, and what is sent there.

    Raises:
        ChromaServerError: the server in `RAG_CHROMA_URL` fails.
    """
    from rag.index.vectors.server import ServerVectors

    place = ServerVectors(settings.chroma_url, settings.index).describe()
    return f"{place}; vectors of passages and questions and passage numbers are sent there, no text"


def check_record(settings: Settings) -> str:
    """Where the record is, and what is sent there.

    Raises:
        DatabaseFault: the database in `RAG_DATABASE_URL` fails.
    """
    from rag.index.records.server import ServerRecords

    place = ServerRecords(settings.record_place, settings.index).describe()
    return f"{place}; articles, passages, their vectors and corrections are sent there"


def check_index(settings: Settings) -> str:
    """Counts and recall of the index, verified file by file in another process.

    Raises:
        IndexFault: there is none, it or its corrections are damaged, or it was built with other
            settings.
    """
    from rag.index.build import expected_fingerprint
    from rag.index.snapshots import SnapshotStore
    from rag.index.verify import verify_in_subprocess

    snapshots = SnapshotStore.of(settings)
    folder = snapshots.require_compatible(expected_fingerprint(settings))
    snapshots.corrections.read()
    report = verify_in_subprocess(
        folder,
        all_segments=True,
        place=settings.vector_place,
        record_place=settings.record_place,
    )
    return (
        f"{report.articles} articles, {report.passages} passages, recall@10 of "
        f"{settings.vector_store.capitalize()} against exact search {report.recall:.3f}, {folder}"
    )


def check_confidence(settings: Settings) -> str:
    """What is promised of the answers shown.

    Raises:
        ModelError: a file of calibrations is broken.
    """
    from rag.grounding.calibration import (
        deciding_calibration,
        load_calibration,
        own_calibration_file,
        read_calibrations,
    )
    from rag.grounding.confidence_text import at_most_wrong

    judges, calibration = deciding_calibration(
        settings.reader,
        settings.language_model,
        lambda key: load_calibration(key, settings.index),
    )
    if calibration is None:
        return f"no calibration for {judges}: nothing is promised; `rag calibrate` makes one"
    own = judges in read_calibrations(own_calibration_file(settings.index))
    source = "calibrated on this index" if own else "as shipped"
    choice = calibration.threshold(settings.max_wrong)
    if choice.promise is not None:
        promise = f"of the answers shown {at_most_wrong(choice.promise)}"
        aim = "" if choice.certified else f" (RAG_MAX_WRONG={settings.max_wrong:g} is aimed at)"
        return f"{promise}, at {calibration.level:.0%} confidence{aim}; {source}"
    return (
        f"nothing is promised: the threshold of {choice.threshold:.2f} is not certified for "
        f"RAG_MAX_WRONG={settings.max_wrong:g}; {source}; `rag calibrate QUESTIONS.jsonl` "
        "certifies one"
    )


def list_stored(settings: Settings) -> str:
    """What is stored besides the index, how much of it and where (docs/privacy.md).

    Raises:
        ConversationError, AlertError, IndexFault: one of the files cannot be read.
    """
    from rag.conversations.inventory import stored_data

    kinds = [
        f"{each.name}: {each.amount} in {each.place} (`{each.removal}`)"
        for each in stored_data(settings)
    ]
    return "; ".join([*kinds, "receipts and exports: where you wrote them; no log is written"])


def list_collections(settings: Settings) -> str:
    """The collections besides the default one, each with its size.

    Raises:
        CollectionError: their folder cannot be read.
    """
    from rag.conversations.collections import contents_of
    from rag.index.companions.collections import collection_names

    names = collection_names(settings.collections)
    each = [f"{name} ({contents_of(settings.of(name))})" for name in names]
    return "; ".join([*each, f"in {settings.collections}"]) if each else "only the default one"


def _result(name: str, check: Callable[[], str]) -> CheckResult:
    """The outcome of `check`. The message of a `RagError` ends with what to type."""
    try:
        return CheckResult(name, "ok", check())
    except RagError as error:
        message, _, remediation = str(error).rpartition(": ")
        return CheckResult(name, "fault", message, remediation)


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    healthy = True
    for result in run_checks(settings):
        healthy &= result.ok
        print_line(str(result))
    return 0 if healthy else 1
