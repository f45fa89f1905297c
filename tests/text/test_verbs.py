"""The forms of verbs, from the table."""

from __future__ import annotations

import pytest

from rag.text.verbs import is_done_by_bodies, verb_of, verbs_of_form, with_plain_verbs


@pytest.mark.parametrize(
    ("plain", "forms"),
    [
        ("take", ("took", "taken", "takes")),
        ("build", ("built", "built", "builds")),
        ("carry", ("carried", "carried", "carries")),
        ("ban", ("banned", "banned", "bans")),
        ("close", ("closed", "closed", "closes")),
        ("buy", ("bought", "bought", "buys")),
        ("reach", ("reached", "reached", "reaches")),
        ("have", ("had", "had", "has")),
        ("destroy", ("destroyed", "destroyed", "destroys")),
    ],
)
def test_the_forms_of_a_verb(plain: str, forms: tuple[str, str, str]) -> None:
    verb = verb_of(plain)
    assert (verb.past, verb.participle, verb.present) == forms
    for form, name in zip(forms, ("past", "participle", "present"), strict=True):
        assert (verb, name) in verbs_of_form(form)


def test_one_word_may_be_a_form_of_two_verbs() -> None:
    assert {verb.plain for verb, _ in verbs_of_form("found")} == {"find", "found"}
    assert {verb.plain for verb, _ in verbs_of_form("Left")} == {"leave"}


def test_what_is_not_in_the_table_is_no_verb() -> None:
    assert verbs_of_form("ferry") == ()
    with pytest.raises(KeyError):
        verb_of("ferry")


def test_a_text_with_its_verbs_in_the_plain_form() -> None:
    text = "Hulm won the Row and took the lantern that Skelsa had given"
    assert with_plain_verbs(text) == "Hulm win the Row and take the lantern that Skelsa have give"


def test_what_companies_do_and_what_only_people_do() -> None:
    assert is_done_by_bodies(verb_of("sign"))
    assert not is_done_by_bodies(verb_of("retire"))
