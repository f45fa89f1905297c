"""The values that pass between packages: frozen, compared by content.

    Article -> Passage -> Hit -> SearchResult
                              -> Sentence, Citation -> Answer (from an AnswerTrace)
                                           Citation -> QuoteResult (where a quotation stands)
    events of a stream: Retrieved, EvidenceFound, DraftToken, AnswerReady

Left to others: how values are computed and how they are displayed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from dataclasses import field as dataclass_field
from typing import Any, Literal, NamedTuple

from rag import notebook

Reason = Literal["not_in_corpus", "not_stated", "outside_filter"]
NoteKind = Literal[
    "time_intent",
    "extractive",
    "unanswered",
    "spelling",
    "records",
    "constraint",
    "date",
    "incomplete",
    "language",
    "corrected",
    "other",
]
QuestionType = Literal[
    "fact",
    "who",
    "when",
    "yes_no",
    "quantity",
    "count",
    "comparison",
    "list",
    "overview",
    "collection",
    "metadata",
    "quote",
    "latest",
    "first",
    "change",
    "disagreement",
    "help",
]
RecordField = Literal["title", "source", "author", "published"]
QuoteVerdict = Literal["verbatim", "altered", "absent"]
QuoteDifferenceKind = Literal["words", "figure", "order", "left out", "added", "joined"]
RecordAspect = Literal[
    "count",
    "list",
    "outlets",
    "authors",
    "dates",
    "newest",
    "oldest",
    "summary",
    "author",
    "outlet",
    "published",
    "headline",
    "url",
    "day",
]
"""What may be asked of the records: of the collection, then of one article or day."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a question asks for, as a trained model reads it (`rag.models.question_classifier`).

    `probability` is that of `question_type`. `aspect` is what is asked of the records, where they
    are asked. `topic` has the question's own words for what it is about, perhaps none.
    """

    question_type: QuestionType
    probability: float
    aspect: RecordAspect | None = None
    topic: str = ""


class Turn(NamedTuple):
    """An earlier turn of a conversation: the question and the text of its answer."""

    question: str
    answer: str


LONGEST_QUESTION = 2_000  # characters
# names that version 0.1 had for signals; `Answer.to_dict` still writes them beside the new ones
OLD_SIGNALS = {"reading": "verifier_logit", "least": "min_token_logprob", "kind": "answer_type"}

History = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Article:
    """One article and its metadata.

    `source` is the outlet. `published` is ISO 8601: a day or, where no more is known, a month or
    a year; `published_basis` says how it is known ("stated: …", "inferred: …"). `details` are
    what its file says besides: "file_made" (the day of the file, which is none of publication),
    "encoding" (where it was guessed and the guess is doubtful), "sender" and "sent" of a mail,
    "captured" of a saved page, "pages_not_read" (broken or scanned ones of a PDF), "ocr" (the
    program that recognised its characters), "places" and "times" (which part of the text is of
    which page or slide, or is said when: `rag.ingest.markup.places`), "inner" (its path in the file
    that holds it).
    `corrected` are the fields that a person corrected, each with what the file says instead.
    `copy_of` is the id of the article that this one is a near copy of, where its index knows it.
    """

    id: str
    title: str
    text: str
    source: str | None = None
    published: str | None = None
    published_basis: str | None = None
    author: str | None = None
    url: str | None = None
    details: Mapping[str, str] = field(default_factory=dict, hash=False)
    corrected: Mapping[RecordField, str | None] = field(default_factory=dict, hash=False)
    copy_of: str | None = None

    @property
    def origin(self) -> str:
        """The id of the article that it is a copy of, else its own."""
        return self.copy_of or self.id


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences; `text` is the article's text at `[start:end]` (characters)."""

    article: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """Unique within an index; ids of one article sort in the order of its text."""
        return f"{self.article}#{self.start:09d}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage: fused `score`, `cosine` in [-1, 1], BM25 score `keyword` >= 0."""

    passage: Passage
    score: float
    cosine: float
    keyword: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages of a search, best first, and the records of their articles.

    `question` is the query as typed, `query` as searched: without operators, names as articles
    write them. `articles` are those of the passages by id, with empty texts.
    """

    question: str
    query: str
    hits: tuple[Hit, ...]
    articles: Mapping[str, Article]
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `passages` have the fields of `Answer.passages` and of a citation."""
        return {
            "question": self.question,
            "query": self.query,
            "passages": [self._passage(hit) for hit in self.hits],
            "notes": [asdict(each) for each in self.notes],
        }

    def _passage(self, hit: Hit) -> dict[str, Any]:
        article = self.articles[hit.passage.article]
        record = ("title", "source", "published", "author", "url")
        return (
            asdict(hit.passage)
            | {name: getattr(article, name) for name in record}
            | {"score": hit.score}
        )


@dataclass(frozen=True, slots=True)
class SpanReading:
    """What the reader makes of one passage as evidence for a question.

    `start` and `end` are characters of the best answer span in the passage's text. `margin` is
    the logit of that span less that of "no answer", `answers` the log odds that the passage
    answers the question at all.
    """

    start: int
    end: int
    margin: float
    answers: float

    @property
    def log_odds(self) -> float:
        """The log odds that the span answers: half the margin, and those of the passage."""
        return self.margin / 2 + self.answers


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """Probabilities, 0 to 1 with sum 1, of what a passage says of a claim."""

    supported: float
    contradicted: float
    neither: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article that was judged to answer: the article's `text` at `[start:end]`.

    The words in it that answer are the article's text at `[answer_start:answer_end]`. `score` is
    the judge's log odds that they do, after retrieval rank and constraints; higher is better.
    """

    article: str
    start: int
    end: int
    text: str
    score: float
    answer_start: int
    answer_end: int

    @property
    def answer(self) -> str:
        """The words that answer."""
        return self.text[self.answer_start - self.start : self.answer_end - self.start]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, without marks; `citations` are numbers of `Answer.citations`."""

    text: str
    citations: tuple[int, ...]
    supported: bool


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of citation `[number]`: `quote` is the article's text at `[start:end]`.

    A *record citation* has a `field`: what it cites is not the text but that field of the article's
    metadata record. `quote` is then its value, and `start` and `end` are None.

    `page` is that of a PDF, a scan or a slide on which the quote begins, from 1. `outlets` are all
    that carry the passage, that of the article first. `author` is as the record has it. `fragment`
    is `url` with the text fragment by which a browser scrolls to the quote (None: `url` is no
    address of the web), `selector` the quote as two selectors of W3C's Web Annotation model, by its
    words (`TextQuoteSelector`) and by its place in the article's text (`TextPositionSelector`); a
    record citation has neither. `where` says where else the text stands, as far as that is known:
    "sender" and "sent" of a mail, "captured" of a saved page, "inner" (the path in the file that
    holds the article), "time" in an interview (h:m:s), "ocr" (the program that recognised the
    characters of a scan). `corrected` names the fields of the record that a person corrected.
    """

    number: int
    article: str
    title: str
    source: str | None
    published: str | None
    url: str | None
    quote: str
    start: int | None
    end: int | None
    field: RecordField | None = None
    page: int | None = None
    outlets: tuple[str, ...] = ()
    where: Mapping[str, str] = dataclass_field(default_factory=dict, hash=False)
    corrected: tuple[RecordField, ...] = ()
    author: str | None = None
    fragment: str | None = None
    selector: tuple[Mapping[str, str | int], ...] = dataclass_field(default=(), hash=False)

    @property
    def span(self) -> tuple[int, int] | None:
        """Where the quote is in the article's text; None for a record citation."""
        return None if self.start is None or self.end is None else (self.start, self.end)


@dataclass(frozen=True, slots=True)
class Origin:
    """An article and all that were made from it: `articles` are their ids, its own first.

    They are near copies of it, but for those of `crediting`: reports in other words that rest on it
    by what they say of themselves ("the Herald reported"). `source` is the outlet or agency that it
    came from: that of `article`, or the one that all of them credit and that has no report here.
    """

    article: str
    articles: tuple[str, ...]
    crediting: tuple[str, ...] = ()
    source: str | None = None

    @property
    def copies(self) -> tuple[str, ...]:
        """The near copies of `article`."""
        return tuple(each for each in self.articles[1:] if each not in self.crediting)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: each field by its name."""
        lists = {"articles": list(self.articles), "crediting": list(self.crediting)}
        return {"article": self.article, "source": self.source, **lists}


@dataclass(frozen=True, slots=True)
class QuoteDifference:
    """Words of a quotation that its source has otherwise: `given` there, `source_text` here.

    Either may be empty. `given` is the quotation at `[start:end]`. `kind`: "words" or "figure" that
    were changed, "order" of words that stand the other way round, "left out", "added", or "joined":
    what stands in another place, without an ellipsis between.
    """

    kind: QuoteDifferenceKind
    given: str
    source_text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QuoteResult:
    """Where a quotation stands in the articles, and who says it there.

    `quotation` are the words that were looked for, `named` is whom the user names as the speaker.
    Where it is "verbatim", `citations` are all articles that have it word for word, where it is
    "altered" those that come nearest: of near copies the origin first; of a quotation that was
    joined, each place. `speakers` are who says it in each of them, None where that is not told;
    `speaker` is the first of these who is known, or who is named. `speaker_matches` is None where
    nobody is named, or it cannot be told. `attribution` are the sentences of an article that name
    `speaker`. `origins` are those of the articles cited, with all their copies.
    """

    quotation: str
    verdict: QuoteVerdict
    citations: tuple[Citation, ...] = ()
    differences: tuple[QuoteDifference, ...] = ()
    speaker: str | None = None
    speaker_matches: bool | None = None
    named: str | None = None
    speakers: tuple[str | None, ...] = ()
    attribution: str | None = None
    origins: tuple[Origin, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: each field by its name, tuples as lists."""
        values = asdict(self)
        values["citations"] = list(map(citation_values, values["citations"]))
        values["origins"] = [each.to_dict() for each in self.origins]
        for name in ("differences", "speakers", "origins"):
            values[name] = list(values[name])
        return values


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Where in `Answer.text` a sentence that citation `[number]` supports is: `text[start:end]`.

    Without its marks; in characters.
    """

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations in seconds.

    `evidence` and `first_token` count from the question to the first evidence and to the model's
    first token; None where there was none.
    """

    retrieve: float = 0.0
    first_token: float | None = None
    generate: float = 0.0
    check: float = 0.0
    total: float = 0.0
    evidence: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A remark beside an answer: how it is to be read, or what it leaves out.

    time_intent  how "latest" or "last week" in the question was interpreted
    extractive   the answer quotes the articles' own sentences instead of the draft
    unanswered   a sub-question that the articles do not answer
    spelling     a name that no article has, searched for as the nearest one
    records      how articles were chosen by their records, and how many are not cited one by one
    constraint   of a question that is not answered: what of it the nearest articles do not meet,
                 and what they have instead
    date         a day that an answer names by its weekday alone, as its article has no date
    incomplete   a list to which members may be missing
    language     that no trained reader knows the question's language, or that the articles are in
                 another
    corrected    that a person corrected the field of a record that is cited, and what its file says
    other        a note stored by a version that recorded no kind
    """

    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True)
class AnswerTrace:
    """How an answer came about, whatever its outcome: the fields that every `Answer` has.

    `query` is the question as searched, `passages` what was retrieved, best first, `draft` the
    model's unchecked text. `confidence` is the calibrated probability that answering is right and
    `signals` the features that it was computed from; also for an answer that was withheld for its
    low confidence. Without a calibration, or without anything to verify, it is None.
    `question_type` says what kind of question it was taken for; None where a version answered that
    told no kinds apart.
    """

    question: str
    query: str
    passages: tuple[Hit, ...] = ()
    draft: str = ""
    timings: Timings = field(default_factory=Timings)
    confidence: float | None = None
    signals: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    question_type: QuestionType | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, or an abstention: the same value in Python, in JSON, and on the page.

    `text` is what is shown, with `[n]` behind each sentence that citation n supports. The other
    fields are those of `AnswerTrace`. `notes` are remarks beside the text, not part of it.
    `max_wrong` is the share of wrong answers among those shown that was promised when this one
    was shown, None where nothing was. `origins` are those of the articles that are cited or say the
    same, each once, with its copies and those that credit it; what rests on a report that is not
    here comes last.
    """

    question: str
    query: str
    text: str
    abstained: bool
    reason: Reason | None
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Hit, ...] = ()
    draft: str = ""
    timings: Timings = field(default_factory=Timings)
    confidence: float | None = None
    signals: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    max_wrong: float | None = None
    question_type: QuestionType | None = None
    origins: tuple[Origin, ...] = ()

    @classmethod
    def abstain(
        cls, trace: AnswerTrace, reason: Reason, text: str, notes: tuple[Note, ...] = ()
    ) -> Answer:
        """The answer that declines to answer, for `reason`, in the words of `text`."""
        return cls(text=text, abstained=True, reason=reason, notes=notes, **_fields(trace))

    @classmethod
    def supported(
        cls,
        trace: AnswerTrace,
        text: str,
        sentences: tuple[Sentence, ...],
        citations: tuple[Citation, ...],
        notes: tuple[Note, ...] = (),
        max_wrong: float | None = None,
    ) -> Answer:
        """The answer `text`, made of `sentences`, each supported by the citations it names."""
        return cls(
            text=text,
            abstained=False,
            reason=None,
            sentences=sentences,
            citations=citations,
            notes=notes,
            max_wrong=max_wrong,
            **_fields(trace),
        )

    @property
    def note(self) -> str:
        """The texts of `notes`, joined by a space."""
        return " ".join(each.text for each in self.notes)

    @property
    def spans(self) -> tuple[AnswerSpan, ...]:
        """For each citation where in `text` its sentence is; one for each sentence that has it."""
        spans, end = [], 0
        for sentence in self.sentences:
            start = self.text.find(sentence.text, end) if sentence.supported else -1
            if start >= 0:
                end = start + len(sentence.text)
                spans += [AnswerSpan(number, start, end) for number in sentence.citations]
        return tuple(spans)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return notebook.to_html(self.to_dict())

    def _repr_markdown_(self) -> str:
        """What a notebook shows where it shows no HTML."""
        return notebook.to_markdown(self.to_dict())

    def to_dict(self, *, all_scores: bool = False) -> dict[str, Any]:
        """JSON values: each field by its name, passages flattened to article, start, end, text,
        score; `note` joins the texts of `notes`; `spans` as the property.

        With `all_scores` each passage has its `cosine` and `keyword` too, and `from_dict` gives
        the equal answer. Signals have their names of version 0.1 as well.
        """
        values = asdict(self) | {"note": self.note, "spans": [asdict(each) for each in self.spans]}
        old_names = {old: new for old, new in OLD_SIGNALS.items() if new in self.signals}
        values["signals"] = {
            **self.signals,
            **{old: self.signals[new] for old, new in old_names.items()},
        }
        values["passages"] = [
            {
                "article": hit.passage.article,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "text": hit.passage.text,
                "score": hit.score,
            }
            | ({"cosine": hit.cosine, "keyword": hit.keyword} if all_scores else {})
            for hit in self.passages
        ]
        for sentence in values["sentences"]:
            sentence["citations"] = list(sentence["citations"])
        values["citations"] = list(map(citation_values, values["citations"]))
        values["origins"] = [each.to_dict() for each in self.origins]
        for name in ("sentences", "notes", "evidence", "origins"):
            values[name] = list(values[name])
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` wrote; unknown keys are ignored.

        `cosine` and `keyword` of a passage are 0 where they are missing. Version 0.1 wrote the
        joined texts of the notes alone: they become one note of the kind "other".

        Raises:
            KeyError, TypeError, AttributeError: `values` are not those of an answer.
        """
        sentences = (
            Sentence(**_known(Sentence, each) | {"citations": tuple(each["citations"])})
            for each in values["sentences"]
        )
        hits = (
            Hit(
                Passage(each["article"], each["start"], each["end"], each["text"]),
                each["score"],
                each.get("cosine", 0.0),
                each.get("keyword", 0.0),
            )
            for each in values["passages"]
        )
        joined = values.get("note")
        notes = values.get("notes", [{"kind": "other", "text": joined}] if joined else [])
        parts = {
            "sentences": tuple(sentences),
            "citations": tuple(map(_citation, values["citations"])),
            "passages": tuple(hits),
            "timings": Timings(**_known(Timings, values["timings"])),
            "notes": tuple(Note(each["kind"], each["text"]) for each in notes),
            "signals": rename_signals(values.get("signals", {})),
            "evidence": tuple(
                Evidence(**_whole_sentence(each) | _known(Evidence, each))
                for each in values.get("evidence") or ()
            ),
            "origins": tuple(
                Origin(
                    each["article"],
                    tuple(each["articles"]),
                    tuple(each.get("crediting", ())),
                    each.get("source"),
                )
                for each in values.get("origins") or ()
            ),
        }
        return cls(**_known(cls, values) | parts)


def rename_signals(signals: Mapping[str, float]) -> dict[str, float]:
    """`signals` of an answer, of this version or of 0.1, by the names of this version."""
    return {OLD_SIGNALS.get(name, name): value for name, value in signals.items()}


def _whole_sentence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The answer span of evidence that does not name one: all of its sentence."""
    return {"answer_start": evidence.get("start"), "answer_end": evidence.get("end")}


def citation_values(citation: Mapping[str, Any]) -> dict[str, Any]:
    """A citation as `dataclasses.asdict` gives it, as JSON values."""
    lists = {name: list(citation[name]) for name in ("outlets", "corrected")}
    selector = [dict(each) for each in citation["selector"]]
    return {**citation, "where": dict(citation["where"]), "selector": selector, **lists}


def _citation(values: Mapping[str, Any]) -> Citation:
    lists = ("outlets", "corrected", "selector")
    tuples = {name: tuple(values[name]) for name in lists if name in values}
    return Citation(**_known(Citation, values) | tuples)


def _known(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The `values` that `kind` has a field for: a later version may have written more."""
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def _fields(trace: AnswerTrace) -> dict[str, Any]:
    return {each.name: getattr(trace, each.name) for each in fields(trace)}


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Retrieval is done: the query as searched and its passages, best first."""

    query: str
    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """Passages were judged: the sentences that answer, best first.

    `citation` is that of the first of them, which by the reader alone is likely to answer. Its
    quote is the answer, perhaps in the language model's words, unless the model's second opinion
    is that nothing is to be shown.
    """

    evidence: tuple[Evidence, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class DraftToken:
    """A piece of the draft, as the model generates it; not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """The last event of every stream."""

    answer: Answer


Event = Retrieved | EvidenceFound | DraftToken | AnswerReady
