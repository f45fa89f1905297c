"""What one text repeats of another, how it differs, and whom it credits."""

from __future__ import annotations

import pytest

from rag.text.reuse.credits import credited_source, credited_sources
from rag.text.reuse.cut import is_cut_short
from rag.text.reuse.differences import Difference, differences, summary
from rag.text.reuse.overlap import overlap, repeated, without
from rag.text.reuse.shingles import sketch, words_of

WIRE = """The harbour board of Orrin decided on Tuesday to raise the north quay by 60 centimetres.

Work begins in April and will cost 4.2 million crowns, board director Lise Aamodt said. Ferries will
leave from the coal pier until the quay is ready.

“We have mopped the waiting room four winters in a row,” she said. “That has to end before somebody
slips and breaks a leg.”

Owners of boats criticised the plan because the fee for a berth rises by 12 per cent. Their club has
310 members and wants to be heard before the contract is signed."""


def test_words_are_folded_and_marked() -> None:
    words = words_of("Nils paid 7,400 crowns. “Enough!” said Møller. 東京 rose.")
    assert [each.folded for each in words] == [
        "nils", "paid", "7400", "crowns", "enough", "said", "moller", "東", "京", "rose",
    ]  # fmt: skip
    assert [each.folded for each in words if each.is_mark] == ["7400", "moller"]
    assert [each.folded for each in words if each.is_quoted] == ["enough"]


def test_a_mark_that_is_not_closed_quotes_nothing() -> None:
    assert not any(
        each.is_quoted for each in words_of('A pipe of 3" was laid. ' + "It held. " * 99)
    )


def test_a_part_has_the_hashes_that_it_has_in_the_whole() -> None:
    part = words_of(" ".join(WIRE.split("\n\n")[:2]))
    whole = words_of(f"{WIRE}\n\n" + " ".join(f"word{n}" for n in range(400)))
    shared = sketch(part) & sketch(whole)
    assert len(shared) >= 4
    assert {each for each in sketch(part) if each % 8 == 0} == shared


def test_a_reprint_with_another_order_and_other_words_is_a_near_copy() -> None:
    first, second, third, last = WIRE.split("\n\n")
    reprint = "\n\n".join(
        [
            last.replace("criticised", "attacked"),
            first.replace("decided", "resolved"),
            "Our reporter stood on the quay in rubber boots.",
            second.replace("until the quay is ready", "meanwhile"),
        ]
    )
    both = overlap(words_of(WIRE), words_of(reprint))
    assert both.is_near_copy
    assert both.figures == 1.0
    assert third not in reprint


def test_two_reports_of_one_event_are_none_though_they_quote_the_same() -> None:
    other = """Orrin's north quay will stand 60 centimetres taller. After years of floods the port
authority has approved a project of 4.2 million crowns, with diggers arriving in April.

Lise Aamodt, its director, recalled that “we have mopped the waiting room four winters in a row”.
“That has to end before somebody slips and breaks a leg.”

Meanwhile passengers board at the coal pier. Not everybody is happy: berths become 12 per cent
dearer, and the 310 members of the boat club feel passed over."""
    assert not overlap(words_of(WIRE), words_of(other)).is_near_copy


def test_two_years_by_one_template_are_none() -> None:
    year = """Sales of the Aurdal dairy rose to 81 million crowns in 2021, from 74 million the year
before. Net profit was 6.5 million crowns. The dairy took in 29 million litres of milk from 212
farms. Director Jon Berg expects sales of 85 million crowns in 2022. The board proposes a dividend
of 14 crowns a share."""
    next_year = """Sales of the Aurdal dairy rose to 88 million crowns in 2023, from 86 million the
year before. Net profit was 7.1 million crowns. The dairy took in 31 million litres of milk from 198
farms. Director Eva Lie expects sales of 93 million crowns in 2024. The board proposes a dividend
of 16 crowns a share."""
    both = overlap(words_of(year), words_of(next_year))
    assert both.one > 0.6
    assert both.figures < 0.5
    assert not both.is_near_copy
    corrected = year.replace("14 crowns", "15 crowns")
    assert overlap(words_of(year), words_of(corrected)).is_near_copy


def test_a_word_between_two_runs_counts_as_repeated_and_a_sentence_does_not() -> None:
    one = words_of("the old crane on the pier fell slowly into the water below")
    other = words_of("the old crane on the pier fell suddenly into the water below")
    assert repeated(one, other) == [True] * len(one)
    assert not any(repeated(one, words_of("a crane fell into the sea at noon")))


def test_what_others_have_can_be_taken_off() -> None:
    own = words_of("one two three four five six seven eight nine ten")
    other = words_of("one two three four five and then many other words follow here")
    assert overlap(own, other).one == 0.5
    assert [each.folded for each in without(own, other)] == ["six", "seven", "eight", "nine", "ten"]


def test_one_block_at_the_end_of_both_makes_no_copy() -> None:
    frame = " ".join(f"frame{n}" for n in range(60))
    one, other = (" ".join(f"{each}{n}" for n in range(50)) for each in "ab")
    both = overlap(words_of(f"{one} {frame}"), words_of(f"{other} {frame}"))
    assert (both.beginning, both.is_near_copy) == (50, False)
    turned = overlap(words_of(f"{frame} {one}"), words_of(f"{frame} {other}"))
    assert (turned.beginning, turned.is_near_copy) == (0, True)


def test_differences_name_figures_words_and_sentences() -> None:
    copy = """HARBOUR: The harbour board of Orrin decided on Tuesday to raise the north quay by 80
centimetres. Work starts in April and will cost 4.2 million crowns, board director Lise Aamodt said.
Divers will look at the foundations first."""
    origin = "\n\n".join(WIRE.split("\n\n")[:2])
    items = differences(origin, copy)
    assert Difference("figure", "60", "80") in items
    assert Difference("words", "begins", "starts") in items
    assert Difference("added", "", "Divers will look at the foundations first.") in items
    left_out = [each.origin for each in items if each.kind == "left out"]
    assert left_out == ["Ferries will leave from the coal pier until the quay is ready."]
    assert summary(items) == (
        "1 figure changed, 2 phrases changed, 1 sentence added, 1 sentence left out"
    )


def test_another_order_and_other_line_breaks_are_no_difference() -> None:
    first, *others = WIRE.split("\n\n")
    assert differences(WIRE, " ".join("\n\n".join([*others, first]).split())) == []
    assert summary([]) == "same words"


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("Rain fell. First published in the Orrin Herald.", ["Orrin Herald"]),
        ("Rain fell. Source: Coast Wire", ["Coast Wire"]),
        ("ORRIN (Reuters) - Rain fell, Nord Wire reported.", ["Reuters", "Nord Wire"]),
        ("Rain fell. Additional reporting by AFP.", ["AFP"]),
        ("Rain fell, police reported. Residents reported hail.", []),
        ("Reuters reported rain. Reuters reported hail.", ["Reuters"]),
        ("Nobody is credited here.", []),
    ],
)
def test_all_that_a_text_credits(text: str, sources: list[str]) -> None:
    assert credited_sources(text) == sources


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("OSLO (Nord Wire) - Rain fell.", "Nord Wire"),
        ("Rain fell, according to the news agency NTB.", "NTB"),
        ("The bill rose, documents seen by the Molde Post show.", None),  # its own report
        ("Rain fell on Sunday.", None),
        ("He reported rain on Sunday.", None),
        ("It has reported rain on Sunday.", None),
        ("On Monday Police reported rain.", None),
        ("Residents reported rain.", None),
        ("On Monday Nord Wire reported rain.", "Nord Wire"),
        ("On 3 May Nord Wire reported rain.", "Nord Wire"),
        ("But on 3 May Nord Wire reported rain.", "Nord Wire"),
        ("Yesterday Reuters reported rain.", "Reuters"),
        ("Earlier reported rain fell on.", None),
        ("The Sunday Times reported rain.", "The Sunday Times"),
        ("But Reuters reported rain.", "Reuters"),
        ("Reuters reported rain.", "Reuters"),
    ],
)
def test_credit(sentence: str, source: str | None) -> None:
    assert credited_source(sentence, "Molde Post") == source


CLAIMED = "Minister Shin Wonsik claimed in March that 7,000 containers had gone. Kim denied it."


@pytest.mark.parametrize(
    ("sentence", "text", "is_cut"),
    [
        ("Minister Shin Wonsik claimed in March.", CLAIMED, True),
        ("He claimed in March.", CLAIMED, True),
        ("Shin Wonsik claimed.", CLAIMED, True),
        ("Shin Wonsik claimed in March that 7,000 containers had gone.", CLAIMED, False),
        ("Kim denied it.", CLAIMED, False),
        ("The minister is Shin Wonsik.", CLAIMED, False),  # its verb is its own
        ("Shin Wonsik spoke in May.", CLAIMED, False),
        ("Ada Lund is the fire chief.", "“It is out,” said fire chief Ada Lund.", False),
        ("Lena Holt bought.", "Lena Holt bought three ships in Tarn.", True),
        ("Lena Holt bought three.", "Lena Holt bought three ships in Tarn.", True),
        ("Lena Holt bought three ships.", "Lena Holt bought three ships in Tarn.", False),
        ("Mayor Holt said.", "It cost 18 crowns, mayor Holt said.", True),
        ("Holt said it leaks.", "In May, Holt said it leaks.", False),
        ("Holt came.", "It rained. Holt came.", False),
        ("The bridge opened in May.", "The bridge opened in May after a year.", False),
        ("The bridge opened in May.", "The bridge opened in May, a year late.", False),
        ("She told the council.", "She told the council the quay is lost.", True),
        ("She told the council.", "“The quay is lost,” she told the council.", False),
        ("Row opened it in May.", "Row opened it in May a year late. Row opened it in May.", False),
        ("El puente costó tres millones.", "El puente costó tres millones euros.", True),
        ("El puente costó tres millones.", "El puente costó tres millones.", False),
        ("", CLAIMED, False),
        ("It opened.", "", False),
    ],
)
def test_a_sentence_is_cut_short_where_the_text_goes_on_with_what_its_verb_needs(
    sentence: str, text: str, is_cut: bool
) -> None:
    assert is_cut_short(sentence, text) is is_cut
