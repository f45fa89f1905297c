"""Cut an article into passages of whole sentences, with offsets.

In:  an `Article`; a way to count the embedder's tokens.
Out: `Passage`s that tile the text: `text[p.start:p.end] == p.text`, and every character of the
     text lies in exactly one of them; the same with what tells whose passage it is.
Left to others: tokenizers (`rag.models.embedder`), keeping passages (`rag.index`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.text.sentences import Span, sentence_spans
from rag.types import Article, Passage

Count = Callable[[Sequence[str]], list[int]]

LONGEST = 1_500  # characters in a passage: a tokenizer may read a word of any length as one token


def chunk_article(article: Article, count: Count, size: int) -> list[Passage]:
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
        pieces.extend(_halved(text, span, tokens, count, size))
    return [
        Passage(article.id, start, end, text[start:end]) for start, end in _packed(pieces, size)
    ]


def contextualize(article: Article, text: str) -> str:
    """A passage as its words are searched: behind its article's headline, outlet and date.

    What is embedded, read and quoted is the passage alone.
    """
    outlet_and_date = " ".join(filter(None, (article.source, article.published)))
    known_as = f"{article.title} ({outlet_and_date})" if outlet_and_date else article.title
    return f"{known_as.replace('_', ' ')}. {text}"


def _halved(text: str, span: Span, tokens: int, count: Count, size: int) -> list[tuple[Span, int]]:
    """`span` cut near its middle, between words where it has any, until each part fits."""
    start, end = span
    if (tokens <= size and end - start <= LONGEST) or end - start < 2:
        return [(span, tokens)]
    middle = (start + end) // 2
    space = text.rfind(" ", start + 1, middle)
    cut = space + 1 if space > start + (end - start) // 4 else middle
    left, right = count([text[start:cut], text[cut:end]])
    return [
        *_halved(text, (start, cut), left, count, size),
        *_halved(text, (cut, end), right, count, size),
    ]


def _packed(pieces: Sequence[tuple[Span, int]], size: int) -> Iterator[Span]:
    """Neighbours joined, in order, into passages of about equal length, none above `size`.

    Equal shares (rather than full ones and a rest) keep a lone last sentence from becoming a
    passage without context.
    """
    total = sum(tokens for _, tokens in pieces)
    share = total / max(1, -(-total // size))
    (start, end), held = pieces[0][0], pieces[0][1]
    behind, border = held, share
    for (first, last), tokens in pieces[1:]:
        too_much = held + tokens > size or last - start > LONGEST
        if too_much or behind + tokens / 2 > border:
            yield start, end
            start, held = first, 0
            border = max(border + share, behind + tokens)
        end, held, behind = last, held + tokens, behind + tokens
    yield start, end
