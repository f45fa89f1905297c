"""What the tests of the page share: articles, an assistant that follows a script, a visitor's page.

`ScriptedAssistant` stands in for `rag.Assistant`; `Visit` drives a page in a real browser.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.common import free_port
from rag.errors import ModelError
from rag.grounding.citations import make_record_citation
from rag.grounding.rendering import render_with_marks
from rag.index.browse import ArticleBrowser
from rag.index.copies.origins import Origins
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.runtime.cancellation import NEVER, Cancelled, CancelToken
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerReady,
    Article,
    Citation,
    DraftToken,
    Event,
    Hit,
    Passage,
    Retrieved,
    Sentence,
    Timings,
)
from rag.web.server import Running, start
from rag.web.services.app_state import AppState

HOSTILE = (
    "<img src=http://evil.example/a.png onerror=alert(1)> **bold** $$x$$ [x](javascript:alert(1)) "
    "![y](http://evil.example/b.png) <script>alert(1)</script> `code` # head <b>fat</b> &lt;i&gt;"
)
TEXT = (
    "The bridge opened on Monday after four years of work. Ferries will run until June. "
    "The mayor called it a gift to the town.\n\nCritics point at the cost, which doubled."
)
FILLER = "\n\n".join(f"In year {n} the harbour was dredged once more." for n in range(300))
ARTICLES = {
    "bridge": Article(
        "bridge",
        "Bridge opens after four years",
        TEXT,
        source="Harbour Post",
        published="2024-05-06",
        url="https://harbour.example/bridge",
    ),
    "archive": Article(
        "archive",
        "Sixty years of the harbour",
        f"{FILLER}\n\n{TEXT}\n\n{FILLER}",
        source="Harbour Post",
        published="1998",
    ),
    "bad": Article("bad", HOSTILE, f"{HOSTILE} End.", source=HOSTILE, url="javascript:alert(1)"),
}
EXAMPLES = ["When did the bridge open?", "How long will ferries run? <b>*"]


def hit(article: str, start: int, end: int) -> Hit:
    return Hit(Passage(article, start, end, ARTICLES[article].text[start:end]), 0.5, 0.6, 2.0)


def cite(number: int, article: str, quote: str) -> Citation:
    a = ARTICLES[article]
    at = a.text.index(quote)
    return Citation(
        number, article, a.title, a.source, a.published, a.url, quote, at, at + len(quote)
    )


def _about_the_collection(question: str) -> Answer:
    """What an answer from the metadata records looks like."""
    citation = make_record_citation(1, ARTICLES["bridge"], "source")
    sentence = Sentence("The articles come from 1 outlet: Harbour Post.", (1,), True)
    text = f"{sentence.text} [1]"
    answer = Answer(question, question, text, False, None, (sentence,), (citation,))
    return replace(answer, question_type="collection")


class ScriptedDocuments:
    """Stands in for the documents of an index."""

    def article_metadata(self) -> dict[str, Article]:
        return {key: replace(each, text="") for key, each in ARTICLES.items()}

    def articles(self, numbers: set[int] | None = None) -> Iterator[Article]:
        assert numbers is None  # there is no index of trigrams to choose by
        return iter(ARTICLES.values())

    def rows_of(self, ids: list[str]) -> list[int]:
        return [1, 2]

    def indexing_times(self, ids: Iterable[str]) -> dict[str, str]:
        return dict.fromkeys(ids, "2024-06-01T08:00:00Z")


class ScriptedSegment:
    """Stands in for a segment without an index of trigrams."""

    trigrams = None


class ScriptedSnapshot:
    """Stands in for a snapshot."""

    documents = ScriptedDocuments()
    segments = (ScriptedSegment(),)
    origins = Origins()


class ScriptedAssistant:
    """Stands in for `rag.Assistant`: words of the question choose the answer and its pace.

    Tokens arrive slowly until `go` is set. `questions` records each question with its history,
    `filters` the `SearchFilter` and `shares` the `max_wrong` of each; `stream_cancelled` is set
    once a stream was cancelled or closed before its end.
    """

    counts = (2, 3)

    def __init__(self) -> None:
        self.questions: list[tuple[str, list[tuple[str, str]]]] = []
        self.filters: list[SearchFilter] = []
        self.shares: list[float | None] = []
        self.stream_cancelled = threading.Event()
        self.go = threading.Event()

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def prefill(self, busy: Callable[[], bool]) -> Iterator[None]:
        return iter(())

    def calibration(self) -> None:
        return None

    def suggest_questions(self, count: int = 4) -> list[str]:
        return EXAMPLES[:count]

    def article(self, key: str) -> Article:
        return ARTICLES[key]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(each.split()) for each in texts]

    @property
    def articles(self) -> ArticleBrowser:
        return ArticleBrowser(ScriptedSnapshot())  # type: ignore[arg-type]

    def stream(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        filters: SearchFilter = NO_FILTER,
        max_wrong: float | None = None,
        cancel: CancelToken = NEVER,
    ) -> Iterator[Event]:
        self.questions.append((question, [tuple(turn) for turn in history]))  # type: ignore[misc]
        self.filters.append(filters)
        self.shares.append(max_wrong)
        if "broken" in question:
            raise ModelError("the model stopped: ask again")
        if "collection" in question:
            yield AnswerReady(_about_the_collection(question))
            return
        article = next((key for key in ("bad", "archive") if key in question), "bridge")
        hits = (hit(article, 0, 83), hit(article, 84, len(ARTICLES[article].text)))
        if "bad" in question:
            hits = (hit("bad", 0, len(ARTICLES["bad"].text)),)
        yield Retrieved(question, hits)
        if "moon" in question:
            text = "The articles do not say."
            yield AnswerReady(Answer(question, question, text, True, "not_stated", passages=hits))
            return
        if filters.since == "2025":
            text = "The articles do not say within the chosen dates and outlets."
            yield AnswerReady(
                Answer(question, question, text, True, "outside_filter", passages=hits)
            )
            return
        draft = f"{HOSTILE} [1]" if "bad" in question else "It opened on Monday [1]. "
        if "slow" in question:
            draft += "very slowly " * 200
        try:
            for word in re.findall(r"\S+\s*", draft):
                self.go.wait(0.06)
                yield DraftToken(word)
                if cancel.is_cancelled:
                    self.stream_cancelled.set()
                    raise Cancelled
        except GeneratorExit:
            self.stream_cancelled.set()
            raise
        if "bad" in question:
            citations = (cite(1, "bad", HOSTILE),)
            sentences = (Sentence(HOSTILE, (1,), True),)
        else:
            opened = Sentence("It opened on Monday.", (1,), True)
            sentences = (opened, Sentence("Ferries run until June.", (2,), True))
            citations = (
                cite(1, article, "The bridge opened on Monday after four years of work."),
                cite(2, article, "Ferries will run until June."),
            )
        timings = Timings(0.1, 0.4, 1.0, 0.1, 1.6)
        text = render_with_marks(sentences)
        yield AnswerReady(
            Answer(
                question, question, text, False, None, sentences, citations, hits, draft, timings
            )
        )


class EditableAssistant(ScriptedAssistant):
    """An index whose articles change; one edited to `None` is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.go.set()
        self.edits: dict[str, Article | None] = {}

    def article(self, key: str) -> Article:
        article = self.edits.get(key, ARTICLES[key])
        if article is None:
            raise KeyError(key)
        return article


def serve(assistant: ScriptedAssistant, build: Callable[..., object] = lambda *_: None) -> Running:
    """The page over `assistant`, on a free port."""
    return start(AppState(Settings(), build, lambda _: assistant), port=free_port())  # type: ignore[arg-type,return-value]


class Visit:
    """A visitor's page; `requests` are the URLs it fetched, `errors` its errors and dialogs."""

    def __init__(self, browser: Any, url: str, ready: bool = True, **options: Any) -> None:
        self.page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(30_000)  # ms: the machine may be busy
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.errors.append("dialog"), dialog.dismiss()))
        self.page.goto(url)
        if ready:
            self.page.wait_for_selector("#question textarea:enabled")

    def ask(self, question: str) -> None:
        """Type a question and send it."""
        self.page.fill("#question textarea", question)
        self.page.keyboard.press("Enter")

    def wait(self, text: str, inside: str = "#chat") -> None:
        """Wait until `text` appears."""
        self.page.locator(inside).get_by_text(text).first.wait_for()

    def text(self, inside: str = "#chat") -> str:
        """The text that is visible."""
        return str(self.page.inner_text(inside))

    def settle(self, expression: str) -> Any:
        """The value of a JavaScript `expression`, once it no longer changes."""
        before, value = None, self.page.evaluate(expression)
        while value != before:
            self.page.wait_for_timeout(150)
            before, value = value, self.page.evaluate(expression)
        return value

    def hosts(self) -> set[str]:
        """The hosts that the page fetched from."""
        urls = [url for url in self.requests if not url.startswith(("data:", "blob:"))]
        return {url.split("/")[2].split(":")[0] for url in urls}


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not hold in time"
        time.sleep(0.1)
