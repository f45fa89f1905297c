"""What an overview is to be about, by the wording of the question. Pure functions.

    parse_topic(question)  ->  a `Topic`

In:  "Give me a short overview of what is reported about the dam at Kesh."
Out: the topic, "dam at Kesh"; whether one article is meant ("Summarise the article …"), and its
     headline where that was quoted.
Left to others: whether a question asks for an overview (`rag.text.questions.question_types`),
which articles are about the topic (`rag.grounding.composition.overviews.about`).

The words of the frame are taken off the beginning one by one: whatever their order, what follows
them is the topic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_ARTICLE = r"(?:article|obituary|interview|editorial|column|profile|piece|report)"
_NAMES_ONE = re.compile(
    rf"(?:the|this|that|an?) (?:\w+ )?{_ONE_ARTICLE}\b(?! says? that)(?!s)", re.IGNORECASE
)
_QUOTED = re.compile(r"[“\"‘«„]([^“”\"«»]+)[”\"’»“]")
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
        "contain contains content contents main points gist events course",
    )
)
_ASIDE = re.compile(r",? and (?:what|how|where|when|who|why)\b.*|,? please$", re.IGNORECASE)
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


def parse_topic(question: str) -> Topic:
    """The topic of a question that asks for an overview."""
    text = question.strip(" ?.!")
    position = _frame_end(text)
    is_article = _NAMES_ONE.search(text[:position]) is not None
    quoted = _QUOTED.search(text)
    if is_article and quoted:
        return Topic(quoted[1].strip(" ?.!,"), True, quoted[1].strip())
    return Topic(_ASIDE.sub("", text[position:]).strip(" ,:;"), is_article)


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
