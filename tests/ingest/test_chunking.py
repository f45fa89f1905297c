"""Passages: they tile the text, none is too long, and sentences stay whole."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.ingest.chunking import PASSAGE_LIMIT, chunk_article, contextualize, count_letters
from rag.text.sentences import sentence_spans
from rag.types import Article


def count_words(texts):
    return [len(text.split()) for text in texts]


def sentences(text):
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One came. Two left.", ["One came. ", "Two left."]),
        ("Rep. Kang said so. The U.S. agreed.", ["Rep. Kang said so. ", "The U.S. agreed."]),
        ("It cost 3.5 million. Then more.", ["It cost 3.5 million. ", "Then more."]),
        ('"Go. And stay," he said. He left.', ['"Go. And stay," he said. ', "He left."]),
        ("A heading\nThe text under it.", ["A heading\n", "The text under it."]),
        ("• one thing\n• another thing", ["• one thing\n", "• another thing"]),
        ("First part.\n\n\nSecond part.", ["First part.\n\n\n", "Second part."]),
        ("  \n Text after a blank.", ["  \n Text after a blank."]),
        (
            "a line that was wrapped by a program at about seventy characters or\nso goes on.",
            ["a line that was wrapped by a program at about seventy characters or\nso goes on."],
        ),
        ("", []),
    ],
)
def test_sentence_spans_split_at_sentence_ends_lines_and_bullets(text, expected):
    assert sentences(text) == expected


TEXTS = st.text(
    st.sampled_from("ab .!?\n\"“”'()[]1,;:—é漢\u200d😀\tDrU.S\r\u2028\0"), max_size=400
) | st.text(max_size=200)


@given(TEXTS)
@example("Dr. No left.\n\nThen 3.5 more.")
def test_sentence_spans_tile_any_text(text):
    assert "".join(sentences(text)) == text


@given(TEXTS, st.integers(2, 30))
def test_chunk_article_tiles_any_text_and_no_passage_is_too_long(text, size):
    article = Article(id="a", title="t", text=text)
    passages = chunk_article(article, count_words, size)
    if not text.strip():
        assert passages == []
        return
    assert "".join(p.text for p in passages) == text
    assert [p.start for p in passages[1:]] == [p.end for p in passages[:-1]]
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert all(
        count_words([p.text])[0] <= size and len(p.text) <= 2 * PASSAGE_LIMIT for p in passages
    )


def test_chunk_article_packs_whole_sentences_in_about_equal_shares():
    article = Article("a", "t", "One two three four. " * 7)
    assert [count_words([p.text])[0] for p in chunk_article(article, count_words, 12)] == [8, 12, 8]


def test_chunk_article_cuts_a_word_of_any_length():
    article = Article("a", "t", "x" * 10_000)
    passages = chunk_article(article, lambda texts: [1] * len(texts), 100)
    assert max(len(p.text) for p in passages) <= PASSAGE_LIMIT
    assert "".join(p.text for p in passages) == article.text


@pytest.mark.real
def test_chunk_article_stays_within_the_real_tokenizer(real_settings):
    from rag.models.embedder import Embedder
    from rag.models.registry import get_card, verify_model
    from tests.conftest import SHARED

    encoder = Embedder.open(verify_model(get_card(real_settings.embedder), real_settings.models))
    texts = ["漢字 " * 300, "word" * 800, "Kim. " * 500]
    if SHARED.is_dir():
        texts += [path.read_text() for path in sorted((SHARED / "seeds").glob("*.txt"))]
    for text in texts:
        passages = chunk_article(Article("a", "t", text), encoder.count, 120)
        assert "".join(p.text for p in passages) == text
        assert max(encoder.count([p.text for p in passages])) <= encoder.max_tokens


def test_contextualize_puts_headline_outlet_and_date_before_a_passage():
    dated = Article(
        id="a", title="The_ferry Maren", text="It left.", source="Kurier", published="2024-05-03"
    )
    assert contextualize(dated, "It left.") == "The ferry Maren (Kurier 2024-05-03). It left."
    assert contextualize(Article(id="a", title="Notes", text="x"), "It left.") == "Notes. It left."


def test_count_letters_is_about_the_tokens_of_a_tokenizer_that_knows_the_script():
    assert count_letters(["x" * 100, "漢字" * 50, "漢字 " * 2 + "x" * 98, ""]) == [22, 65, 25, 0]
