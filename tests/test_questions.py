"""Checks on the question set about the five seed articles.

Each accepted answer must be findable: at least one accepted string of each
answerable question occurs in a retold article in seeds/ and, if the original
pages are beside the checkout (../shared/seeds), in an original.

A question of the kind `disagree` names two articles that report one thing
differently: its `parts` are their versions, in the order of its `articles`.
"""

import json
import re
import unicodedata
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
ORIGINALS = Path(__file__).parents[2] / "shared" / "seeds"
QUESTIONS = Path(__file__).parent / "questions" / "seeds.jsonl"

KINDS = {"fact", "quote", "who", "date", "number", "two", "disagree", "unanswerable"}
KEYS = {"id", "question", "answerable", "answers", "articles", "kind"}


def normalize(text):
    """Lowercase words without punctuation and without a, an, the."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[-‐-―]", " ", text)  # hyphens and dashes separate words
    text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
    return " ".join(w for w in text.split() if w not in {"a", "an", "the"})


def contains(text, accepted):
    """Whether one of the accepted strings occurs in the normalized text, as whole words."""
    return any(f" {normalize(a)} " in f" {text} " for a in accepted)


def load_questions():
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def retold_texts():
    """Article id -> normalized body, without the front matter."""
    return {
        p.stem: normalize(p.read_text(encoding="utf-8").split("---\n", 2)[2])
        for p in sorted(SEEDS.glob("*.md"))
    }


def original_texts():
    return {
        p.stem: normalize(p.read_text(encoding="utf-8")) for p in sorted(ORIGINALS.glob("*.txt"))
    }


ALL = load_questions()
ANSWERABLE = [q for q in ALL if q["answerable"]]
UNANSWERABLE = [q for q in ALL if not q["answerable"]]
DISAGREEING = [q for q in ALL if q["kind"] == "disagree"]


def by_id(question):
    return question["id"]


def check_answer_occurs(question, texts):
    listed = [texts[a] for a in question["articles"]]
    assert any(contains(text, question["answers"]) for text in listed)
    parts = question.get("parts", [])
    for group in parts:
        assert any(contains(text, group) for text in listed), group
    if parts:
        # each group from another article, and no article alone answers the whole
        assert any(
            all(contains(t, g) for t, g in zip(choice, parts, strict=True))
            for choice in permutations(listed, len(parts))
        )
        assert not any(all(contains(text, g) for g in parts) for text in texts.values())


def test_question_set_has_enough_questions_of_each_kind():
    assert len(ALL) == 120
    assert len(ANSWERABLE) == 88
    assert len(UNANSWERABLE) == 32
    kinds = Counter(q["kind"] for q in ALL)
    assert set(kinds) == KINDS
    assert kinds["unanswerable"] == 32
    assert kinds["two"] >= 15
    assert 4 <= kinds["disagree"] <= 6
    assert min(kinds[each] for each in ("fact", "quote", "who", "date", "number")) >= 11


def test_question_ids_and_texts_are_unique():
    assert [q["id"] for q in ALL] == [f"s{n:03d}" for n in range(1, 121)]
    assert len({normalize(q["question"]) for q in ALL}) == 120


def test_every_article_has_at_least_fifteen_questions():
    questions_per_article = Counter(a for q in ANSWERABLE for a in q["articles"])
    assert set(questions_per_article) == set(retold_texts())
    assert min(questions_per_article.values()) >= 15


@pytest.mark.parametrize("question", ALL, ids=by_id)
def test_question_is_well_formed_and_does_not_give_its_answer_away(question):
    assert set(question) - {"parts"} == KEYS
    assert isinstance(question["answerable"], bool)
    assert question["question"].strip() == question["question"]
    assert question["question"].endswith(("?", "."))
    assert question["kind"] in KINDS
    assert all(isinstance(a, str) and normalize(a) for a in question["answers"])
    assert len(set(question["articles"])) == len(question["articles"])
    assert ("parts" in question) == (question["kind"] in {"two", "disagree"})
    if "parts" in question:
        assert len(question["parts"]) == 2
        assert question["answers"] == [a for group in question["parts"] for a in group]
    groups = question.get("parts", [question["answers"]])
    assert not any(contains(normalize(question["question"]), group) for group in groups)


def check_disagreement(question, texts):
    """Each of the two articles contains its own version and nothing of the other's."""
    first, second = (texts[a] for a in question["articles"])
    one, other = question["parts"]
    assert contains(first, one)
    assert contains(second, other)
    assert not contains(first, other)
    assert not contains(second, one)


@pytest.mark.parametrize("question", DISAGREEING, ids=by_id)
def test_retold_articles_of_a_disagreement_disagree(question):
    assert len(question["articles"]) == 2
    assert len(question["parts"]) == 2
    check_disagreement(question, retold_texts())


@pytest.mark.parametrize("question", DISAGREEING, ids=by_id)
def test_original_articles_of_a_disagreement_disagree(question):
    if not ORIGINALS.is_dir():
        pytest.skip("the original web pages (../shared/seeds) are not beside this checkout")
    check_disagreement(question, original_texts())


@pytest.mark.parametrize("question", UNANSWERABLE, ids=by_id)
def test_unanswerable_question_has_no_answer(question):
    assert question["kind"] == "unanswerable"
    assert question["answers"] == []
    assert question["articles"] == []


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_answer_occurs_in_a_retold_article(question):
    assert question["articles"]
    for article in question["articles"]:
        assert (SEEDS / f"{article}.md").is_file()
    check_answer_occurs(question, retold_texts())


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_every_listed_article_contains_an_answer(question):
    texts = retold_texts()
    for article in question["articles"]:
        assert contains(texts[article], question["answers"]), article


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_answer_occurs_in_an_original(question):
    if not ORIGINALS.is_dir():
        pytest.skip("the original web pages (../shared/seeds) are not beside this checkout")
    check_answer_occurs(question, original_texts())


# the newsroom's set: 30 articles, and 200 questions in two halves

NEWSROOM = Path(__file__).parent / "questions" / "newsroom"
HALVES = ("tuning", "heldout")
# what these accept is computed or written out, and need not stand in an article
DERIVED = {"when_absolute", "yes_no", "metadata", "collection", "comparison", "follow_up"}


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def folded(text):
    """Words and figures as they are compared: without case, and 7,400 as 7400."""
    text = re.sub(r"(?<=\d)[,.](?=\d{3}\b)", "", unicodedata.normalize("NFC", text).lower())
    words = re.findall(r"\d+[.,:]\d+|\w+", re.sub("['’]", "", text))
    return f" {' '.join(words)} "


def test_newsroom_halves_have_the_same_kinds_and_no_question_in_common():
    tuning, heldout = (read_lines(NEWSROOM / f"{half}.jsonl") for half in HALVES)
    assert len(tuning) == len(heldout) == 100
    assert Counter(q["kind"] for q in tuning) == Counter(q["kind"] for q in heldout)
    assert len({q["id"] for q in (*tuning, *heldout)}) == 200


@pytest.mark.parametrize("collection", ["islands", "uplands"])
def test_other_collections_have_six_questions_of_each_kind(collection):
    questions = read_lines(NEWSROOM.parent / collection / "questions.jsonl")
    assert set(Counter(q["kind"] for q in questions).values()) == {6}
    assert len({q["id"] for q in questions}) == len(questions) == 132


@pytest.mark.parametrize(
    ("collection", "name"),
    [("newsroom", "tuning"), ("newsroom", "heldout"), ("islands", "questions"),
     ("uplands", "questions"), ("plains", "tuning"), ("plains", "heldout"),
     ("snippets", "tuning"), ("snippets", "heldout"), ("marsh", "tuning"), ("marsh", "heldout")],
)  # fmt: skip
def test_accepted_strings_stand_in_the_articles(collection, name):
    folder = NEWSROOM.parent / collection
    articles = {each["id"]: each for each in read_lines(folder / "articles.jsonl")}
    texts = {id: f"{a['title']}\n{a['text']}" for id, a in articles.items()}
    for question in read_lines(folder / f"{name}.jsonl"):
        assert set(question["articles"]) <= set(articles), question["id"]
        if not question["answerable"]:
            assert not question["answers"] and not question.get("parts"), question["id"]
            continue
        assert question["articles"], question["id"]
        groups = question.get("parts") or [question["answers"]]
        assert groups[0], question["id"]
        if question.get("kind") not in DERIVED:
            sources = [texts[id] for id in question["articles"]]
            for group in groups:  # Japanese has no spaces between words
                stated = [each in text or folded(each) in folded(text)
                          for each in group for text in sources]  # fmt: skip
                assert any(stated), question["id"]


@pytest.mark.parametrize("half", HALVES)
def test_newsroom_answers_do_not_stand_in_the_question(half):
    for question in read_lines(NEWSROOM / f"{half}.jsonl"):
        for group in question.get("parts") or [question["answers"]]:
            for accepted in group:
                assert folded(accepted) not in folded(question["question"]), question["id"]


def test_questions_about_records_are_ten_of_each_kind_with_answers_that_articles_have():
    folder = NEWSROOM.parent / "uplands"
    halves = [read_lines(folder / f"records-{half}.jsonl") for half in HALVES]
    assert [set(Counter(q["kind"] for q in half).values()) for half in halves] == [{5}, {5}]
    questions = [question for half in halves for question in half]
    assert len({q["id"] for q in questions}) == len(questions) == 80
    articles = "\n".join(
        " ".join(
            filter(None, (each["title"], each["text"], each.get("author"), each.get("source")))
        )
        for each in read_lines(folder / "articles.jsonl")
    )
    for question in questions:
        for group in question["parts"]:
            has_digit = any(any(map(str.isdigit, each)) for each in group)  # a day or a count
            stated = any(each in articles or folded(each) in folded(articles) for each in group)
            assert has_digit or stated, question["id"]
