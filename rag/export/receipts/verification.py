"""A receipt checked against the index, its corpus and, where they are there, the same models.

In:  a receipt, and an open index or the assistant over it. Out: findings, in words; each says
     whether what it is about holds, differs, or could not be checked.

    the file                 is as it was written (`check_file`)
    the signature            is good, and of whom (`check_seals`)
    the articles             have the same texts and records, and their files are as indexed
    the quotes               stand where the receipt says
    the answer               is given again (`check_answer`)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rag.errors import CorpusError
from rag.export.receipts.receipt import (
    RECORD,
    Receipt,
    is_as_written,
    models_in_use,
    plain_values,
    text_hash,
)
from rag.export.receipts.signature import check_signature, is_by
from rag.grounding.citations import make_citation
from rag.ingest.corpus import Corpus
from rag.ingest.files import CorpusFile, FileStamp
from rag.settings import Settings
from rag.text.citation_marks import find_citation_marks
from rag.types import Answer, Article, Citation

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.index.snapshot import Snapshot

__all__ = ["Finding", "check_answer", "check_quotes", "check_seals", "hindrance"]

# what of an answer must be the same besides its text and citations
_COMPARED = (
    *("abstained", "reason", "sentences", "query", "confidence", "max_wrong", "notes"),
    *("origins", "question_type"),
)
_OF_PLACE = ("page", "where", "fragment", "selector")  # of a citation, besides its record
_FIELD_NAMES = {"title": "headline", "source": "outlet", "published": "day", "url": "address"}


class Finding(NamedTuple):
    """One thing that was checked: it holds, differs, or is not known; and the same in words."""

    state: Literal["holds", "differs", "unknown"]
    text: str


def check_seals(receipt: Receipt, path: Path, signers: Path | None) -> Iterator[Finding]:
    """Whether the file at `path` was edited, and by whom it is signed.

    `signers` are the keys that the person trusts; without them a good signature says only that
    nobody without that key has edited the receipt since.
    """
    if is_as_written(path, receipt):
        yield Finding("holds", "the file is as it was written")
    else:
        yield Finding("differs", "the file was edited: its contents do not have the hash it states")
    yield _signature(receipt, signers)


def _signature(receipt: Receipt, signers: Path | None) -> Finding:
    if not receipt.signature:
        return _unsigned(receipt, signers)
    key = check_signature(receipt)
    if key is None:
        return Finding("differs", "the signature is not of what the receipt says")
    if key != receipt.signer:
        return Finding("differs", f"signed by {key}, but says {receipt.signer or 'nobody'}")
    if signers is None:
        return Finding("holds", f"signed by {key} (whose key that is: --signer FILE checks it)")
    if is_by(receipt, signers):
        return Finding("holds", f"signed by {key}, a key in {signers}")
    return Finding("differs", f"signed by {key}, no key in {signers}")


def _unsigned(receipt: Receipt, signers: Path | None) -> Finding:
    if receipt.signer:
        return Finding("differs", f"signed by {receipt.signer}, but the signature is missing")
    if signers:
        return Finding("differs", f"not signed, so not by a key in {signers}")
    text = "not signed: who edits a receipt can renew its hash; what articles say stays checked"
    return Finding("unknown", text)


def check_quotes(receipt: Receipt, index: Snapshot, roots: list[Path]) -> Iterator[Finding]:
    """Whether the articles are as they were, and every quote stands in its article.

    `roots` are the paths that the index is made of.
    """
    answer = receipt.answer
    stated = {each["id"]: each for each in receipt.values["articles"]}
    files, stamps = _files_now(roots), index.documents.file_stamps()
    for id in dict.fromkeys((*stated, *(each.article for each in answer.citations))):
        try:
            article = index.article(id)
        except KeyError:
            yield Finding("differs", f"{id}: no longer in the index")
            continue
        yield from _check_article(article, stated.get(id))
        name = index.documents.origin(id)
        yield from _check_file(id, files.get(name), stamps.get(name))
        for citation in answer.citations:
            if citation.article == id:
                yield _check_quote(citation, article)
                yield from _check_citation(citation, article, stated.get(id, {}))
    yield from _check_marks(answer)


def _check_article(article: Article, stated: dict[str, Any] | None) -> Iterator[Finding]:
    if stated is None:
        yield Finding("differs", f"{article.id}: cited, but the receipt has no hash of it")
        return
    same = stated.get("sha256") == text_hash(article)
    now = "is as it was" if same else "is another than that of the receipt (SHA-256)"
    yield Finding("holds" if same else "differs", f"{article.id}: the text {now}")
    for name in RECORD:
        before, value = stated.get(name), getattr(article, name)
        if before != value:
            noun = _FIELD_NAMES.get(name, name)
            text = f"{article.id}: the {noun} is {_shown(value)}; the receipt has {_shown(before)}"
            yield Finding("differs", text)


def _files_now(roots: list[Path]) -> dict[str, CorpusFile]:
    """The files of the corpus by name; none where it is gone."""
    try:
        return Corpus.open(*roots).files
    except CorpusError:
        return {}


def _check_file(id: str, file: CorpusFile | None, stamp: str | None) -> Iterator[Finding]:
    """Whether the file of an article is as it was when it was indexed, as its stamp says."""
    if file is None:
        yield Finding("differs", f"{id}: its file is no longer in the corpus")
        return
    delta = file.changes_since(FileStamp.parse(stamp, file.name) if stamp else None)
    if not (delta.unchanged or delta.appended):
        text = f"{id}: its file changed since it was indexed; `rag index`, then verify again"
        yield Finding("differs", text)


def _check_quote(citation: Citation, article: Article) -> Finding:
    where = f"[{citation.number}] {article.id}"
    if citation.field:
        value = getattr(article, citation.field, None) or ""
        if value == citation.quote:
            return Finding("holds", f"{where}: the record says so")
        return Finding("differs", f"{where}: the record says {_shown(value)}, the receipt "
                       f"{_shown(citation.quote)}")  # fmt: skip
    start, end = citation.span or (0, 0)
    if article.text[start:end] == citation.quote and citation.quote:
        return Finding("holds", f"{where}: the quote stands in the article")
    if citation.quote and citation.quote in article.text:
        return Finding("differs", f"{where}: the quote stands in the article, but at another place")
    there = " ".join(article.text[start:end].split())
    text = f"{where}: the article does not say “{citation.quote}”"
    return Finding("differs", text + (f"; at that place it says “{there}”" if there else ""))


def _check_citation(
    citation: Citation, article: Article, stated: dict[str, Any]
) -> Iterator[Finding]:
    """Whether a citation names the article as the receipt has it, and the place of its quote."""
    where = f"[{citation.number}] {citation.article}"
    for name in RECORD:
        value, before = getattr(citation, name), stated.get(name)
        if value != before:
            noun = _FIELD_NAMES.get(name, name)
            text = f"{where}: the {noun} cited is {_shown(value)}; its article has {_shown(before)}"
            yield Finding("differs", text)
    is_as_stated = all(getattr(article, name) == stated.get(name) for name in RECORD)
    has_same_text = stated.get("sha256") == text_hash(article)
    if citation.span is None or not (is_as_stated and has_same_text):
        return
    again = make_citation(citation.number, article, *citation.span)
    for name in _OF_PLACE:
        if getattr(again, name) != getattr(citation, name):
            yield Finding("differs", f"{where}: the {name} is not that of the quote")


def _check_marks(answer: Answer) -> Iterator[Finding]:
    """Whether each mark of the answer has its citation, and each citation its mark."""
    marks = {each.number for each in find_citation_marks(answer.text)}
    numbers = {each.number for each in answer.citations}
    if odd := sorted(marks ^ numbers):
        text = f"the answer and its citations do not fit: {', '.join(map(str, odd))}"
        yield Finding("differs", text)


def hindrance(receipt: Receipt, settings: Settings) -> str:
    """Why the answer cannot be made again here; empty where it can."""
    for role, model in models_in_use(settings).items():
        before = receipt.values["models"].get(role)
        if before != model:
            names = [each["name"] if each else "none" for each in (before, model)]
            same_name = f" {names[0]} (another file)"
            change = same_name if names[0] == names[1] else f" {names[1]}, not {names[0]}"
            return f"the {role} is{change}"
    # one that the receipt does not know came later, and its default changes nothing
    before = {**plain_values(Settings().affecting_answers()), **receipt.values["settings"]}
    for name, value in plain_values(settings.affecting_answers()).items():
        if before.get(name) != value:
            return f"RAG_{name.upper()} is {value}, not {before.get(name)}"
    return ""


def check_answer(receipt: Receipt, assistant: Assistant) -> Iterator[Finding]:
    """Whether the question gets the same answer again; the same models must be there."""
    before = receipt.answer
    now = assistant.ask(before.question, filters=receipt.filters)
    index = receipt.values["index"]["snapshot"]
    since = "" if index == assistant.snapshot_name else " (the index was changed since)"
    differences = list(_differences(before, now))
    for each in differences:
        yield Finding("differs", f"asked again{since}, {each}")
    if not differences:
        yield Finding("holds", f"asked again, the answer is the same{since}")


def _differences(before: Answer, now: Answer) -> Iterator[str]:
    if before.text != now.text:
        yield f"the answer is “{now.text}”; the receipt has “{before.text}”"
    if before.citations != now.citations and before.text == now.text:
        yield "the same answer has other citations"
    for name in _COMPARED:
        values = [getattr(answer, name) for answer in (before, now)]
        if values[0] != values[1] and before.text == now.text:
            yield f"its {name} is {values[1]}; the receipt has {values[0]}"


def _shown(value: str | None) -> str:
    return f"“{value}”" if value else "not known"
