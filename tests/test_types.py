"""The JSON form of an answer: old names stay readable and are still written."""

from __future__ import annotations

from dataclasses import replace

from rag.types import Answer, Citation, Note, Origin


def answer(signals: dict[str, float]) -> Answer:
    return Answer("q", "q", "t", True, "not_stated", signals=signals)


def test_signals_are_written_by_their_old_names_too() -> None:
    new = {"verifier_logit": 1.5, "min_token_logprob": -0.25, "cosine": 0.5, "answer_type": 1.0}
    written = answer(new).to_dict()["signals"]
    assert written == new | {"reading": 1.5, "least": -0.25, "kind": 1.0}
    assert answer({}).to_dict()["signals"] == {}


def test_an_answer_of_version_0_1_is_read_with_the_new_names() -> None:
    values = answer({}).to_dict() | {"signals": {"reading": 1.5, "cosine": 0.5}, "note": "N."}
    del values["notes"]
    parsed = Answer.from_dict(values)
    assert parsed.signals == {"verifier_logit": 1.5, "cosine": 0.5}
    assert parsed.notes == (Note("other", "N."),)
    assert Answer.from_dict(answer({"verifier_logit": 1.5}).to_dict()).signals == {
        "verifier_logit": 1.5
    }


def test_a_citation_has_a_span_unless_it_is_of_a_record() -> None:
    text = Citation(1, "a", "T", None, None, None, "It rained.", 3, 13)
    record = Citation(2, "a", "T", None, None, None, "Ada Ek", None, None, "author")
    assert (text.span, record.span) == ((3, 13), None)
    values = (answer({}).to_dict() | {"abstained": False, "reason": None}) | {
        "citations": [
            {name: getattr(each, name) for name in each.__slots__} for each in (text, record)
        ]
    }
    assert Answer.from_dict(values).citations == (text, record)
    assert Answer.from_dict(values).to_dict()["citations"][1]["field"] == "author"
    del values["citations"][0]["field"], values["question_type"]  # as written before
    old = Answer.from_dict(values)
    assert (old.citations[0], old.question_type) == (text, None)


def test_the_origins_of_an_answer_are_written_and_read() -> None:
    wire = Origin("wire", ("wire", "reprint", "told"), ("told",), "Coast Wire")
    assert wire.copies == ("reprint",)
    origins = (wire, Origin("other", ("other",)))
    values = replace(answer({}), origins=origins).to_dict()
    assert values["origins"] == [
        {
            "article": "wire",
            "source": "Coast Wire",
            "articles": ["wire", "reprint", "told"],
            "crediting": ["told"],
        },
        {"article": "other", "source": None, "articles": ["other"], "crediting": []},
    ]
    assert Answer.from_dict(values).origins == origins
    del values["origins"]  # of an earlier version
    assert Answer.from_dict(values).origins == ()
