"""What a quote must contain to support a claim."""

from __future__ import annotations

from rag.grounding.requirements import extract_quotations, facts_in, requirements_of


def test_extract_quotations_takes_those_of_several_words():
    assert extract_quotations('He said “We Will go,” and "stay".') == ("we will go",)


def test_requirements_of_a_claim_tell_new_facts_from_those_of_the_question():
    requirements = requirements_of(
        "In 1987 Lena Holt paid 18 million.", "What did Lena Holt pay in 1987?"
    )
    assert requirements.facts == {
        "restated 1987",
        "figure 18000000",
        "mention Lena",
        "mention Holt",
    }
    assert requirements.new_terms == {"figure 18000000", "million", "paid"}
    assert requirements.quotable_facts() == {
        *("figure 1987", "figure 18000000", "name Lena", "name Holt")
    }


def test_facts_in_looks_for_the_kinds_it_is_given():
    facts = frozenset(
        {"figure 18", "restated 18", "quotation so it is", "name Holt", "mention Holt"}
    )
    text = "“So it  is,” Holt said of the 18 boats."
    assert facts_in(facts, text) == {"figure 18", "quotation so it is", "name Holt"}
    assert facts_in(facts, text, ("restated", "mention")) == {"restated 18", "mention Holt"}


def test_facts_are_found_in_any_spelling():
    claim = "Lucja Brzezinska called it “a well-known map” of 7400 eels, 38km off."
    quote = "“A WELL KNOWN map of 7,400 eels”, Łucja Brzezińska’s office said, 38 km off."
    facts = requirements_of(claim).quotable_facts()
    assert facts == {
        *("name Lucja", "name Brzezinska", "quotation a well known map"),
        *("figure 7400", "figure 38 kilometre"),
    }
    assert facts_in(facts, quote) == facts
    assert facts_in(facts, "A known map of 7,401 eels, Lucia said, 38 miles off.") == frozenset()
