"""Question sets without half of the articles that answer them."""

from __future__ import annotations

import json

from rag.evaluation.leave_out import is_left_out, main, without_articles


def ids(left_out: bool) -> list[str]:
    return [name for n in range(40) if is_left_out(name := f"article-{n}") is left_out]


def test_about_half_of_the_articles_are_left_out():
    assert 12 <= len(ids(True)) <= 28


def test_a_question_whose_articles_are_all_gone_is_not_answerable():
    gone, also_gone = ids(True)[:2]
    (question,) = without_articles(
        [{"id": "1", "question": "?", "answers": ["x"], "articles": [gone, also_gone]}]
    )
    assert question == {"id": "1", "question": "?", "answerable": False}


def test_only_questions_that_lost_all_their_articles_are_kept():
    gone, left_article = ids(True)[0], ids(False)[0]
    whole = {"id": "1", "question": "?", "answers": ["x"], "article": left_article}
    latest = {"id": "5", "question": "?", "kind": "latest", "answers": ["x"], "article": gone}
    torn = {"id": "2", "question": "?", "answers": ["x"], "articles": [gone, left_article]}
    never = {"id": "3", "question": "?", "answerable": False, "articles": [gone]}
    lost = {"id": "4", "question": "?", "answers": ["x"], "article": gone}
    questions = without_articles([whole, latest, torn, never, lost])
    assert [each["id"] for each in questions] == ["4"]


def test_the_command_writes_a_set_and_names_a_file_it_cannot_read(tmp_path, capsys):
    articles = [{"id": name, "text": "It rained."} for name in (ids(True)[0], ids(False)[0])]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, articles)))
    (tmp_path / "q.jsonl").write_text(json.dumps({"question": "?", "article": ids(True)[0]}))
    names = [str(tmp_path / each) for each in ("a.jsonl", "q.jsonl", "out")]
    assert main(names) == 0
    assert json.loads((tmp_path / "out/articles.jsonl").read_text())["id"] == ids(False)[0]
    assert json.loads((tmp_path / "out/questions.jsonl").read_text())["answerable"] is False
    assert main([str(tmp_path / "none.jsonl"), *names[1:]]) == 1
    assert "none.jsonl" in capsys.readouterr().err
