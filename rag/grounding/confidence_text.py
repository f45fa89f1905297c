"""How sure an answer is, what it rests on and what is promised for it, in plain words.

In:  an `Answer`; or a `Calibration` and the share of wrong answers that a person allows.
Out: sentences for the page, the command line and reports. Pure functions.
Left to others: the numbers (`rag.grounding.calibration`, `rag.retrieval.evidence`), where the
words are shown (`rag.cli`, `rag.web.views`).

Every share is named in hundredths, so that any two can be compared.
"""

from __future__ import annotations

from collections.abc import Collection

from rag.grounding.calibration import Calibration
from rag.grounding.rendering import OTHERWISE, is_other_account, is_quotation
from rag.retrieval.evidence.ordering import MOST_WITNESSES
from rag.types import Answer

_SURE = ((0.95, "Very sure"), (0.85, "Sure"), (0.7, "Fairly sure"), (0.0, "Not sure"))
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NO_PROMISE = "No limit on wrong answers is promised"
_COMPARED = ", and the account of another article stands beside it"


def share_in_words(share: float) -> str:
    """A share, 0 to 1, in hundredths: 0.1 is "10 in 100"."""
    return f"{share * 100:g} in 100"


def at_most_wrong(max_wrong: float) -> str:
    """The limit on a share: "at most 10 in 100 are wrong"."""
    words = share_in_words(max_wrong)
    return f"at most {words} {_is_or_are(words)} wrong"


def confidence_in_words(answer: Answer) -> str:
    """How sure `answer` is, what it rests on, and what is promised.

    Of an abstention: how likely the answer that was withheld is to be right. Empty where there is
    nothing to be sure of: an answer without citations, an abstention without a confidence.
    """
    if answer.abstained:
        return _withheld(answer.confidence)
    if not answer.citations:
        return ""
    parts = (
        _how_sure(answer.confidence),
        _rests_on(answer),
        origins_in_words(answer),
        _promise_of(answer),
    )
    return " ".join(filter(None, parts))


def origins_in_words(answer: Answer) -> str:
    """From how many independent reports the articles of `answer` come, and whose they are.

    "In all 3 articles, 1 origin: Coast Wire." Those that are cited or say the same are counted,
    with their copies and those that credit them; one without an outlet is named by its headline.
    Empty where that is one article that credits nobody.
    """
    articles = [each for origin in answer.origins for each in origin.articles]
    outlets = {each.article: each.source for each in answer.citations}
    foreign = [
        each.source
        for each in answer.origins
        if each.source and outlets.get(each.article, each.source) != each.source
    ]
    if len(articles) < 2 and not foreign:
        return ""
    titles = {each.article: f"“{each.title}”" for each in answer.citations}
    names = dict.fromkeys(
        each.source or titles.get(each.article, each.article) for each in answer.origins
    )
    absent = f" (no report by {' and '.join(foreign)} is among the articles)" if foreign else ""
    counts = f"{_number(len(articles), 'article')}, {_number(len(answer.origins), 'origin')}"
    lead = "In all " if len(articles) > 1 else ""
    return f"{lead}{counts}: {', '.join(names)}{absent}."


def promise_in_words(calibration: Calibration | None, max_wrong: float) -> str:
    """What is promised where the share `max_wrong` of the answers shown may be wrong.

    `calibration` is that of the judges in use; None where there is none.
    """
    if max_wrong >= 1.0:
        return f"Every answer is shown, however unsure. {_NO_PROMISE}."
    if calibration is None:
        return (
            f"{_NO_PROMISE}: there is no calibration for these models, and every share shows the "
            "same answers."
        )
    limit = calibration.threshold(max_wrong)
    if limit.promise is not None:
        aim = (
            "" if limit.certified else f" The threshold aims at {share_in_words(limit.max_wrong)}."
        )
        return f"{_promise(limit.promise)}{aim}"
    return (
        f"{_NO_PROMISE}: the measurements do not support {share_in_words(max_wrong)}, and the "
        "threshold is an estimate."
    )


def _how_sure(confidence: float | None) -> str:
    if confidence is None:
        return "There is no measure of how sure this is."
    sure = next(words for least, words in _SURE if confidence >= least)
    share = _percent(confidence)
    return f"{sure}: about {share} answers like this {_is_or_are(share)} right."


def _withheld(confidence: float | None) -> str:
    if confidence is None:
        return ""
    share = _percent(confidence)
    return f"The likeliest answer was withheld: about {share} like it {_is_or_are(share)} right."


def _rests_on(answer: Answer) -> str:
    """Quotation or checked wording, of how many articles; who else says the same, or differs.

    Of an answer from metadata records: those that it cites, and what it quotes beside them.
    """
    if any(each.field for each in answer.citations):
        return _rests_on_records(answer)
    citations = {each.number: each for each in answer.citations}
    quotes = [each.quote for each in answer.citations]
    shown = [each for each in answer.sentences if each.supported]
    own = [each for each in shown if not is_other_account(each, quotes)]
    articles = {citations[n].article for each in own for n in each.citations}
    count = _count(articles)
    if all(is_quotation(each, quotes) for each in own):
        basis = f"The answer quotes {count} word for word"
    else:
        basis = f"The wording was checked against the words of {count}"
    differs = len(own) < len(shown)
    others = ""
    if len(articles) == 1 and "witnesses" in answer.signals:  # of several, some may be witnesses
        witnesses = int(answer.signals["witnesses"])
        if answer.origins:  # one that credits another report is no witness of its own
            witnesses = min(witnesses, len(answer.origins) - 1)
        others = _others(witnesses, differs)
    excluding = any(OTHERWISE in each.text for each in shown if each not in own)
    beside = ", but another article has it otherwise" if excluding else _COMPARED
    return f"{basis}{others}{beside if differs else ''}{_second_opinion(answer)}."


def _second_opinion(answer: Answer) -> str:
    """Whether the language model's draft, written without knowing of the quotation, agreed."""
    if "agreement" not in answer.signals:
        return ""
    same = "the same" if answer.signals["agreement"] else "something else"
    return f"; the language model, asked by itself, said {same}"


def _rests_on_records(answer: Answer) -> str:
    records = _count({each.article for each in answer.citations if each.field})
    quoted = {each.article for each in answer.citations if not each.field}
    if not quoted:
        return f"The answer rests on metadata records, and cites those of {records}."
    return f"The answer quotes {_count(quoted)} word for word, and cites the records of {records}."


def _count(articles: Collection[str]) -> str:
    return f"{_in_words(len(articles))} article{'' if len(articles) == 1 else 's'}"


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _others(witnesses: int, differs: bool) -> str:
    if not witnesses:
        return "" if differs else ", and no other was found to say the same"
    least = "at least " if witnesses >= MOST_WITNESSES else ""
    say = "other says" if witnesses == 1 else "others say"
    return f", and {least}{_in_words(witnesses)} {say} the same"


def _promise_of(answer: Answer) -> str:
    if "breaks_off" in answer.signals:
        return (
            f"{_NO_PROMISE}: it rests on a text that breaks off, and how sure it is was measured "
            "on whole articles."
        )
    return _promise(answer.max_wrong)


def _promise(max_wrong: float | None) -> str:
    if max_wrong is None:
        return f"{_NO_PROMISE}."
    return (
        f"Promise: of the answers shown {at_most_wrong(max_wrong)}, for collections like those it "
        "was measured on."
    )


def _percent(probability: float) -> str:
    """A probability in whole hundredths, never "0 in 100" or "100 in 100"."""
    return f"{min(99, max(1, round(probability * 100)))} in 100"


def _is_or_are(share: str) -> str:
    return "is" if share == "1 in 100" else "are"


def _in_words(count: int) -> str:
    return _COUNTS[count] if count < len(_COUNTS) else str(count)
