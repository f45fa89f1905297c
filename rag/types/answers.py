"""One answer, how it came about, and both as JSON values and back.

Left to others: how an answer is made (`rag.pipeline`), how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rag import notebook
from rag.types.articles import Hit, Note, Passage
from rag.types.citations import Citation, Origin, Sentence, citation_values
from rag.types.names import QuestionType, Reason
from rag.types.readings import Evidence

# names that version 0.1 had for signals; `Answer.to_dict` still writes them beside the new ones
OLD_SIGNALS = {"reading": "verifier_logit", "least": "min_token_logprob", "kind": "answer_type"}


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
    def quoted_articles(self) -> tuple[str, ...]:
        """The ids of the articles whose words are cited; a cited record is none of them."""
        return tuple(dict.fromkeys(each.article for each in self.citations if each.span))

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
