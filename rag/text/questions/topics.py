"""Whether a question asks for an overview, and of what, by its wording. Pure functions.

    asks_for_overview(question)
    parse_topic(question)  ->  a `Topic`

In:  "Give me a short overview of what is reported about the dam at Kesh."
Out: the topic, "dam at Kesh"; whether one article is meant ("Summarise the article …"), and its
     headline where that was quoted.
Left to others: other types of questions (`rag.text.questions.question_types`), which articles are
about the topic (`rag.grounding.composition.overviews.about`).

The words of the frame are taken off the beginning one by one, and those that close it ("… been
doing over the years") off the end: whatever their order, what is left is the topic. Which of them
there are tells whether an overview is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_ARTICLE = r"(?:article|obituary|interview|editorial|column|profile|piece|report)"
_NAMES_ONE = re.compile(
    rf"(?:the|this|that|an?) (?:\w+ )?{_ONE_ARTICLE}\b(?! says? that)(?!s)", re.IGNORECASE
)
_QUOTED = re.compile(r"[“\"‘«„]([^“”\"«»]+)[”\"’»“]")


def _words(text: str) -> list[str]:
    return re.findall(r"[\w’']+", text.lower())


_FRAME = frozenset(
    re.findall(
        r"\w+",
        "please can could would you give write show tell me us a an the all any some short brief "
        "quick concise summarise summarize sum up recap outline describe overview "
        "summary account digest report reports reported reporting article articles story stories "
        "piece obituary interview editorial column profile coverage sources "
        "papers newspapers outlets what is was are were has have had been do "
        "does did say says said tells told written write wrote known know learn stated mentioned "
        "about of on in regarding concerning everything something more titled entitled headed "
        "headlined called under with headline happened became become come to from and here there "
        "contain contains content contents main key points gist events course digest rundown "
        "background happening going with how know we update bring catch fill date speed behind "
        "argument dispute debate controversy fuss quarrel over briefly so far whole",
    )
) | {"what's", "what’s", "how's", "how’s"}
_SUMMARY = frozenset(
    _words(
        "summarise summarize summary recap outline gist overview digest rundown points background "
        "briefly"
    )
)
_TELL = frozenset(
    _words("say says said tell tells told report reports reported write written known know stated")
)
_MATTER = frozenset(_words("argument dispute debate controversy fuss quarrel"))
_CLOSING = frozenset(
    _words(
        "about all been being doing done over the years time unfold unfolded fared faring "
        "developed evolved progressed going on happening so far please lately recently gone along"
    )
)
_COURSE = frozenset(
    _words("doing unfold unfolded fared faring developed evolved progressed years happening")
)
_CLOSES = _COURSE | {"about", "far", "please", "lately", "recently", "going", "gone"}
_ROW = re.compile(r"\brow(?= (?:over|about)\b)")
_ASIDE = re.compile(
    r",? and (?:what|how|where|when|who|why)\b.*|,? please$"
    r"|,? and (?:(?:its|their|the) )?(?:outcome|results?|consequences|aftermath|upshot|sequel|"
    r"effects|background|causes?)\W*$",
    re.IGNORECASE,
)
_THROUGH = re.compile(
    r"^(?:please |(?:can|could|would|will) you (?:please )?)*"
    r"(?:brief (?:me|us) (?:on|about)|(?:walk|talk|run|take|lead) (?:me|us) through)\b",
    re.IGNORECASE,
)
_ENDS_SAYING = re.compile(r"\b(?:say|report|tell|contain|about)\W*$", re.IGNORECASE)
_MOST_WORDS = 12  # of a topic: more is no topic


@dataclass(frozen=True, slots=True)
class Topic:
    """What an overview is to be about.

    `text` is the topic in the question's words, perhaps empty. With `is_article` it names one
    article; `headline` is the quoted headline, else "".
    """

    text: str
    is_article: bool = False
    headline: str = ""


def asks_for_overview(question: str) -> bool:
    """Whether `question` asks what there is to say of a matter, rather than for one fact."""
    text = _plain(question)
    first, last = _frame_end(text), _topic_end(text)
    opening, closing = _words(text[:first]), _words(text[max(first, last) :])
    start, words = "".join(opening[:1]), frozenset(opening)
    if words & _SUMMARY or words >= {"sum", "up"} or words >= {"me", "up"} or start == "fill":
        return True
    if start == "tell":
        return bool(words & {"about", "story"})
    if start.startswith("how"):
        return not _COURSE.isdisjoint(closing)
    return start.startswith("what") and _asks_what_there_is(text, words, words.union(closing))


def _asks_what_there_is(text: str, opening: frozenset[str], frame: frozenset[str]) -> bool:
    """Whether a question with "what" asks for all there is: known, going on, or in an article.

    `opening` has the words of the frame before the topic, `frame` those behind it as well.
    """
    if opening & _TELL and opening & {"about", "of", "on"}:
        return True
    if opening & {"story", *_MATTER} or frame & {"happening", "going"}:
        return True
    if "happened" in opening and ("with" in opening or "became" in text):
        return True
    says = opening & {"in", "about"} or _ENDS_SAYING.search(text)
    return bool(says) and re.search(rf"\b{_ONE_ARTICLE}\b", text, re.IGNORECASE) is not None


def parse_topic(question: str) -> Topic:
    """The topic of a question that asks for an overview."""
    text = _plain(question)
    position = _frame_end(text)
    is_article = _NAMES_ONE.search(text[:position]) is not None
    quoted = _QUOTED.search(text)
    if is_article and quoted:
        return Topic(quoted[1].strip(" ?.!,"), True, quoted[1].strip())
    end = max(position, _topic_end(text))
    return Topic(_ASIDE.sub("", text[position:end]).strip(" ,:;"), is_article)


def names_topic(topic: Topic) -> bool:
    """Whether `topic` is short enough to be one, and there is one at all."""
    return bool(topic.headline) or 0 < len(topic.text.split()) <= _MOST_WORDS


def _frame_end(text: str) -> int:
    """Where the first word stands that is no word of the frame."""
    for word in re.finditer(r"[\w’']+", text):
        if word[0].lower() not in _FRAME:
            quoted = word.start() and text[word.start() - 1] in '“"‘«„'
            return word.start() - bool(quoted)
    return len(text)


def _plain(question: str) -> str:
    text = _THROUGH.sub("overview of", question.strip(" ?.!"))
    return _ROW.sub("dispute", text)


def _topic_end(text: str) -> int:
    """Where the words begin that close the frame; the end of `text` where none do."""
    end, words = len(text), list(re.finditer(r"[\w’']+", text))
    closes = False
    for word in reversed(words):
        if word[0].lower() not in _CLOSING:
            break
        end = word.start()
        closes = closes or word[0].lower() in _CLOSES
    return end if closes else len(text)
