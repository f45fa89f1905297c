"""The words of a question about records, by what they may mean there. Pure functions.

In:  a question; the `Records` of an index, for the names and headlines in it.
Out: `Word`s in order, each of one `Role`; a text without what it quotes.
Left to others: what the words together ask for (`rag.retrieval.records.query`).

A word that is in no list below is content: a word of the topic, or of a question about something
else. Names of authors and outlets, headlines and stated days are one word each. "Agency" is
content: agencies are credited in the text of articles that other outlets published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.retrieval.records.periods import PERIOD, period_of
from rag.retrieval.records.records import Records, comparable_name


class Role(Enum):
    """What a word may mean in a question about records."""

    WHO = auto()
    WHEN = auto()
    WHERE = auto()
    WHICH = auto()
    HOW_MANY = auto()
    GIVE = auto()  # "list", "show me"
    ARTICLE = auto()  # one
    ARTICLES = auto()  # several
    OUTLET = auto()
    OUTLETS = auto()
    AUTHOR = auto()
    AUTHORS = auto()
    HEADLINE_WORD = auto()  # "title"
    DATE_WORD = auto()
    SPAN_WORD = auto()  # "period", "date range"
    COLLECTION = auto()
    NEWEST = auto()
    OLDEST = auto()
    WRITE = auto()
    PUBLISH = auto()
    REPORT = auto()  # "report", "cover": what an outlet and an author do
    CALLED = auto()
    SUMMARY = auto()  # "gist", "summarise"
    SAY = auto()  # what an article does
    ABOUT = auto()
    MENTION = auto()
    AUXILIARY = auto()
    PREPOSITION = auto()
    THAT = auto()
    FILLER = auto()
    NAME = auto()
    HEADLINE = auto()
    PERIOD = auto()
    CONTENT = auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question at `[start:end]`, or several that are one.

    `value` is the name or headline as the records spell it, else the word in lower case; `within`
    the days of a period. With `possessive`, "'s" follows.
    """

    role: Role
    value: str
    start: int
    end: int
    possessive: bool = False
    within: SearchFilter = NO_FILTER


_WORDS: dict[Role, str] = {
    Role.WHO: "who whom whose who's who’s",
    Role.WHEN: "when when's when’s",
    Role.WHERE: "where where's where’s",
    Role.WHICH: "what which what's what’s whats",
    Role.GIVE: "list show give find name enumerate display tell",
    Role.ARTICLE: "article piece story report obituary obit explainer interview editorial column "
    "profile feature dispatch write-up writeup item release blog ticker review letter account",
    Role.ARTICLES: "articles pieces stories reports obituaries explainers interviews editorials "
    "columns profiles features dispatches items releases reviews letters documents texts files "
    "everything anything accounts",
    Role.OUTLET: "outlet newspaper paper publication magazine newsroom broadcaster medium",
    Role.OUTLETS: "outlets newspapers papers publications magazines media sources broadcasters",
    Role.AUTHOR: "author journalist reporter writer correspondent byline",
    Role.AUTHORS: "authors journalists reporters writers correspondents bylines",
    Role.HEADLINE_WORD: "headline title heading headlines titles",
    Role.DATE_WORD: "date day month year",
    Role.SPAN_WORD: "range span timespan period dates years back",
    Role.COLLECTION: "collection corpus archive index database folder",
    Role.NEWEST: "newest latest recent last",
    Role.OLDEST: "oldest earliest first",
    Role.WRITE: "write writes wrote written writing author authored pen penned sign signed file "
    "filed credited behind responsible contributed contribute",
    Role.PUBLISH: "publish publishes published print prints printed run ran runs carry carries "
    "carried appear appears appeared posted broke come came out dated publication",
    Role.REPORT: "reported reporting covered cover covers carrying reports report covering",
    Role.CALLED: "called titled entitled headlined headed",
    Role.SUMMARY: "summarise summarize summary gist outline recap digest overview "
    "points sum describe",
    Role.SAY: "say says said tell tells report reports contain contains",
    Role.ABOUT: "about on concerning concerns concern regarding covering discuss discusses "
    "discussing describes describing",
    Role.MENTION: "mention mentions mentioning mentioned naming containing quote quotes quoting",
    Role.AUXILIARY: "is are was were be been did does do has have had will would can could must "
    "should may might",
    Role.PREPOSITION: "of in from by for at under with to per",
    Role.THAT: "that how",
    Role.FILLER: "the a an this these those all any some each every of there here i you we me us "
    "my your our it them please exactly currently so far total altogether available included "
    "indexed stored held hold got get exist different various individual other separate most more "
    "many number count news press main short quick brief and up exact very know represented listed "
    "much old big large long take taken drawn got its go goes reach reaches stretch "
    "else names talk talks ever also",
}
_ROLE_OF = {word: role for role, words in reversed(_WORDS.items()) for word in words.split()}
# words that may as well be something that the articles tell of
_AMBIGUOUS = frozenset(
    re.findall(
        r"\S+",
        "report reports letter letters review reviews account accounts column columns profile "
        "profiles release releases item items feature features documents texts files",
    )
)
_LIVE = ("blog", "ticker", "live blog", "live ticker", "live report", "live coverage")
_OPINION = ("editorial", "opinion piece", "opinion column", "opinion article")
_GENRES = {
    "obituary": r"obituar|\bdies\b|\bdied\b",
    "obit": r"obituar|\bdies\b|\bdied\b",
    "obituaries": r"obituar|\bdies\b|\bdied\b",
    "explainer": r"explain|what we know|q ?& ?a|questions and answers",
    "interview": r"interview|\btold\b",
    "press release": r"press release|issued by",
    **dict.fromkeys(_LIVE, r"as it happened|\blive\b"),
    **dict.fromkeys(_OPINION, r"editorial|opinion|comment"),
}
_VERBS = (Role.WRITE, Role.PUBLISH, Role.REPORT, Role.SAY, Role.CALLED)
_TOKEN = re.compile(r"\w+(?:[.’'-]\w+)*")
_QUOTED = re.compile(r"(?<!\w)[“\"‘'«„]([^“”\"«»]{2,})[”\"’'»“](?!\w)")
_ANY_QUOTED = re.compile(r"[“\"«„][^“”\"«»„]+[”\"»“]|‘[^‘’]{8,}’")
_HIDDEN = "\ue000"
_POSSESSIVE = re.compile(r"['’]s\b|(?<=s)['’](?!\w)")


def read_words(text: str, records: Records) -> list[Word]:
    """The words of `text` in order."""
    fixed: list[Word] = []
    for readings in (_headlines(text, records), _names(text, records), _periods(text)):
        fixed += [each for each in readings if not _overlaps(each, fixed)]
    words = [word for word in map(_ordinary, _TOKEN.finditer(text)) if not _overlaps(word, fixed)]
    words = sorted((*fixed, *words), key=lambda each: each.start)
    return _joined(list(_with_whole_names(words, text)))


def _with_whole_names(words: Iterable[Word], text: str) -> Iterator[Word]:
    """`words`, those that belong to a name as content: "Run" after "Ridge" is no verb."""
    before: Word | None = None
    for each in words:
        word = each
        if before and before.role is Role.CONTENT and each.role in _VERBS:
            capitals = text[before.start].isupper() and text[each.start].isupper()
            word = replace(each, role=Role.CONTENT) if capitals else each
        yield word
        before = word


def hide_quotes(text: str, headlines: Iterable[str] = ()) -> str:
    """`text` with as many other characters in the place of what is quoted, and of `headlines`."""
    spans = [match.span() for match in _ANY_QUOTED.finditer(text)]
    lowered = text.lower()
    for headline in headlines:
        if (at := lowered.find(headline.lower())) >= 0:
            spans.append((at, at + len(headline)))
    for first, last in spans:
        text = text[:first] + _HIDDEN * (last - first) + text[last:]
    return text


def is_ambiguous(word: Word) -> bool:
    """Whether a word for an article is as often one for something else: "report"."""
    return word.value in _AMBIGUOUS


def genre_pattern(word: str) -> str:
    """A pattern for what headline or opening of an article of the genre have; "" for none."""
    return _GENRES.get(word, "")


def _ordinary(match: re.Match[str]) -> Word:
    value = match[0].lower()
    if value in _ROLE_OF:
        return Word(_ROLE_OF[value], value, *match.span())
    if possessive := _POSSESSIVE.search(value):
        bare = value[: possessive.start()]
        end = match.start() + len(bare)
        return Word(_ROLE_OF.get(bare, Role.CONTENT), bare, match.start(), end, possessive=True)
    return Word(Role.CONTENT, value, *match.span())


def _headlines(text: str, records: Records) -> Iterator[Word]:
    """What is quoted, and headlines that the records have."""
    quoted: list[Word] = []
    for match in _QUOTED.finditer(text):
        written = match[1].strip(" .,?!")
        if comparable_name(written):
            headline = records.headline(written) or written
            quoted.append(Word(Role.HEADLINE, headline, *match.span()))
    yield from quoted
    lowered = text.lower()
    for headline in records.headlines_in(text):
        at = lowered.find(headline.lower())
        word = Word(Role.HEADLINE, headline, at, at + len(headline))
        if not _overlaps(word, quoted):
            yield word


def _names(text: str, records: Records) -> Iterator[Word]:
    for name, start, end in records.names_in(text):
        owns = _POSSESSIVE.match(text, end) is not None
        yield Word(Role.NAME, name, start, end, possessive=owns)


def _periods(text: str) -> Iterator[Word]:
    for match in PERIOD.finditer(text):
        if within := period_of(match):
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            yield Word(Role.PERIOD, match[0].strip(), start, match.end(), within=within)


def _overlaps(word: Word, others: Iterable[Word]) -> bool:
    return any(word.start < each.end and each.start < word.end for each in others)


_PAIRS: dict[tuple[str, str], Role] = {
    ("how", "many"): Role.HOW_MANY,
    ("number", "of"): Role.HOW_MANY,
    ("count", "the"): Role.HOW_MANY,
    ("how", "large"): Role.HOW_MANY,
    ("how", "big"): Role.HOW_MANY,
    ("how", "old"): Role.WHEN,
    ("how", "far"): Role.SPAN_WORD,
    ("from", "when"): Role.SPAN_WORD,
    ("to", "when"): Role.FILLER,
    ("time", "span"): Role.SPAN_WORD,
    ("time", "range"): Role.SPAN_WORD,
    ("dealing", "with"): Role.ABOUT,
    ("deals", "with"): Role.ABOUT,
    ("deal", "with"): Role.ABOUT,
    ("do", "with"): Role.ABOUT,
    ("referring", "to"): Role.MENTION,
    ("refer", "to"): Role.MENTION,
    ("since", "when"): Role.SPAN_WORD,
    ("court", "report"): Role.ARTICLE,
    ("live", "report"): Role.ARTICLE,
    ("live", "coverage"): Role.ARTICLE,
    ("live", "blog"): Role.ARTICLE,
    ("live", "ticker"): Role.ARTICLE,
    ("opinion", "piece"): Role.ARTICLE,
    ("opinion", "column"): Role.ARTICLE,
    ("opinion", "article"): Role.ARTICLE,
    ("press", "release"): Role.ARTICLE,
    ("at", "all"): Role.FILLER,
}


def _joined(words: list[Word]) -> list[Word]:
    """`words` with pairs that mean one thing as one."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        role = _PAIRS.get((before.value, word.value)) if before else None
        if before is not None and role is not None:
            joined[-1] = Word(role, f"{before.value} {word.value}", before.start, word.end)
        else:
            joined.append(word)
    return joined
