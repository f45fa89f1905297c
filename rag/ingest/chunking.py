"""Cut an article into passages of whole sentences, with offsets.

In:  an `Article`; a function that counts the embedder's tokens.
Out: `Passage`s that tile the text: `text[p.start:p.end] == p.text`, and every character of the
     text lies in exactly one of them; the text under which a passage is indexed (`contextualize`).
     Where the embedder does not know the language, its tokens tell little: `count_letters`.
Left to others: tokenizers (`rag.models.embedder`), storing passages (`rag.index`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.text.sentences import Span, sentence_spans
from rag.types import Article, Passage

CountTokens = Callable[[Sequence[str]], list[int]]

# characters in a passage: a tokenizer may count a word of any length as one token
PASSAGE_LIMIT = 1_500
_TOKENS_PER_LETTER = 0.22
_FIRST_DENSE = "\u3040"  # kana, Han and Hangul: a letter is a syllable or a word
_TOKENS_PER_DENSE = 0.65


def count_letters(texts: Sequence[str]) -> list[int]:
    """About how many tokens each text would have in a tokenizer that knows its language."""
    dense = [sum(letter >= _FIRST_DENSE for letter in text) for text in texts]
    return [
        round(_TOKENS_PER_DENSE * n + _TOKENS_PER_LETTER * (len(text) - n))
        for text, n in zip(texts, dense, strict=True)
    ]


def chunk_article(article: Article, count: CountTokens, size: int) -> list[Passage]:
    """Cut `article` into passages of at most `size` tokens, sentence by sentence.

    A sentence longer than `size` is cut between words. An article of nothing but white space
    has no passages.
    """
    text = article.text
    if not text.strip():
        return []
    spans = sentence_spans(text)
    pieces: list[tuple[Span, int]] = []
    for span, tokens in zip(spans, count([text[a:b] for a, b in spans]), strict=True):
        pieces.extend(_halve(text, span, tokens, count, size))
    return [Passage(article.id, start, end, text[start:end]) for start, end in _pack(pieces, size)]


def contextualize(article: Article, text: str) -> str:
    """A passage as keyword search sees it: preceded by its article's headline, outlet and date.

    What is embedded, put into prompts and quoted is the passage alone.
    """
    outlet_and_date = " ".join(filter(None, (article.source, article.published)))
    heading = f"{article.title} ({outlet_and_date})" if outlet_and_date else article.title
    return f"{heading.replace('_', ' ')}. {text}"


def _halve(
    text: str, span: Span, tokens: int, count: CountTokens, size: int
) -> list[tuple[Span, int]]:
    """`span` cut near its middle, between words where it has any, until each part fits."""
    start, end = span
    if (tokens <= size and end - start <= PASSAGE_LIMIT) or end - start < 2:
        return [(span, tokens)]
    middle = (start + end) // 2
    space = text.rfind(" ", start + 1, middle)
    cut = space + 1 if space > start + (end - start) // 4 else middle
    left, right = count([text[start:cut], text[cut:end]])
    return [
        *_halve(text, (start, cut), left, count, size),
        *_halve(text, (cut, end), right, count, size),
    ]


def _pack(pieces: Sequence[tuple[Span, int]], size: int) -> Iterator[Span]:
    """Join neighbours, in order, into passages of about equal length, none above `size`.

    Equal shares (rather than full ones and a rest) keep a lone last sentence from becoming a
    passage without context.
    """
    total = sum(tokens for _, tokens in pieces)
    share = total / max(1, -(-total // size))
    (start, end), length = pieces[0][0], pieces[0][1]
    packed, border = length, share  # tokens so far; where the passage should end
    for (first, last), tokens in pieces[1:]:
        too_long = length + tokens > size or last - start > PASSAGE_LIMIT
        if too_long or packed + tokens / 2 > border:
            yield start, end
            start, length = first, 0
            border = max(border + share, packed + tokens)
        end, length, packed = last, length + tokens, packed + tokens
    yield start, end
