"""Which language a text is in, by its script and the words that say nothing. Pure functions.

    language_of(text)    ->  the ISO 639-1 code of its language; English where that is in doubt
    get_language(code)   ->  a `Language`: its own name, its stemmer, its stop words
    script_of(word)      ->  the script of a word, by its first letter
    in_script(language, script)  ->  the language of a word in `script` in a text of `language`
    particles()          ->  letters of Chinese and Japanese that say nothing by themselves
    latin_languages()    ->  codes of the languages that only their words tell apart

In:  texts; `data/languages.toml` and the stop words that bm25s has.
Out: codes.
Left to others: stems (`rag.text.stemming`), which languages a model knows
(`rag.models.catalog`).

Another script tells the language, or leaves few to choose from by letters of their own. Among the
languages in Latin letters those words decide that are frequent in every text and that English does
not have. It takes several of them, or a word that only a question begins with, so that a foreign
name in an English text ("Rio de Janeiro", "Der Spiegel") leaves that English.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rag.text.folding import fold, fold_accents

ENGLISH = "en"
_READ = 600  # characters by which a text is judged
_MIN_EVIDENCE = 2  # words of a language; one that begins a question counts double
_MIN_SHARE = 0.12  # of the words of a text
_OTHER_SCRIPT = 0.3  # share of the letters from which a text is not in Latin script
_BLOCKS: Mapping[str, str] = {
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
    "hangul": "\u1100-\u11ff\uac00-\ud7af",
    "kana": "\u3040-\u30ff\u31f0-\u31ff",
    "han": "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
}
LATIN = "latin"
_SCRIPT = re.compile("|".join(f"(?P<{name}>[{block}])" for name, block in _BLOCKS.items()))
_WORD = re.compile(r"[^\W\d_]+")
_OTHER = re.compile(f"[{''.join(_BLOCKS.values())}]")


@dataclass(frozen=True, slots=True)
class Language:
    """A language. `name` is what its speakers call it, `stemmer` Snowball's name of its stemmer.

    Without a stemmer that is "". `stopwords` and `asking`, which are among them, are folded words.
    `letters` are those that no other language has, `particles` letters that say nothing alone.
    """

    code: str
    name: str
    script: str
    stemmer: str = ""
    stopwords: frozenset[str] = frozenset()
    asking: frozenset[str] = frozenset()
    letters: str = ""
    particles: str = ""


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, Language]:
    from bm25s import stopwords

    text = files("rag.text").joinpath("data/languages.toml").read_text(encoding="utf-8")
    languages = {}
    for code, entry in tomllib.loads(text).items():
        listed = getattr(stopwords, f"STOPWORDS_{entry.get('stopwords', '')}", ())
        asking = frozenset(fold(entry.get("asking", "")).split())
        further = frozenset(fold(entry.get("words", "")).split())
        # those of English are compared as bm25s has them
        known = frozenset(listed if code == ENGLISH else (fold(each) for each in listed))
        languages[code] = Language(
            code,
            entry["name"],
            entry["script"],
            entry.get("stemmer", ""),
            known if code == ENGLISH else known | asking | further,
            asking,
            entry.get("letters", ""),
            entry.get("particles", ""),
        )
    return languages


def get_language(code: str) -> Language:
    """The language of this code. Raises `KeyError` for one that is not told apart."""
    return _languages()[code]


@lru_cache(maxsize=1)
def latin_languages() -> tuple[str, ...]:
    """Codes of the languages in Latin letters, English first."""
    return tuple(code for code, each in _languages().items() if each.script == LATIN)


@lru_cache(maxsize=1)
def particles() -> frozenset[str]:
    """The letters of scripts without spaces that say nothing by themselves."""
    return frozenset(letter for each in _languages().values() for letter in each.particles)


def script_of(word: str) -> str:
    """The script of a word, by its first letter that is not Latin; "latin" where there is none."""
    if word.isascii():
        return LATIN
    match = _SCRIPT.search(word)
    return match.lastgroup or LATIN if match else LATIN


@lru_cache(maxsize=512)
def in_script(language: str, script: str) -> str:
    """The language of a word of a text in `language`: another where its script is another's."""
    languages = _languages()
    if languages[language].script == script:
        return language
    return next((code for code, each in languages.items() if each.script == script), ENGLISH)


@lru_cache(maxsize=2048)
def language_of(text: str) -> str:
    """The code of the language that `text` is in; "en" where that is in doubt."""
    text = text[:_READ]
    others = Counter(script_of(each) for each in _OTHER.findall(text)) if not text.isascii() else {}
    if others and sum(others.values()) >= _OTHER_SCRIPT * sum(map(str.isalpha, text)):
        return _by_letters(text, others)
    folded = fold_accents(text)
    is_question = "?" in text or folded.lstrip()[:1].islower()  # else "Kim" or "Chi" is a name
    return _by_words(_WORD.findall(folded.casefold()), is_question)


def _by_letters(text: str, scripts: Mapping[str, int]) -> str:
    """The language of a text in another script than Latin."""
    script = max(scripts, key=lambda each: scripts[each])
    if script == "han" and scripts.get("kana"):
        script = "kana"  # Japanese has both
    candidates = [each for each in _languages().values() if each.script == script]
    lowered = unicodedata.normalize("NFC", text).lower()
    return max(candidates, key=lambda each: sum(map(lowered.count, each.letters))).code


@lru_cache(maxsize=1)
def _telling_words() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """Of each language in Latin letters but English: its words that English has not, and those of
    English that it has not. Single letters tell nothing: they are initials."""

    def words_of(code: str) -> frozenset[str]:
        language = get_language(code)
        return frozenset(w for w in language.stopwords | language.asking if len(w) > 1)

    english = words_of(ENGLISH)
    others = {code: words_of(code) for code in latin_languages()[1:]}
    return {code: (words - english, english - words) for code, words in others.items()}


def _by_words(words: list[str], is_question: bool) -> str:
    """The language in Latin letters that has most of `words`, each counted once."""
    distinct = set(words)
    best, most = ENGLISH, 0
    for code, (own, english) in _telling_words().items():
        asks = is_question and bool(words) and words[0] in get_language(code).asking
        evidence = len(distinct & own) + asks
        least = max(_MIN_EVIDENCE, _MIN_SHARE * len(distinct), 2 * len(distinct & english) + 1)
        if evidence >= least and evidence > most:
            best, most = code, evidence
    return best
