"""Reports of one event whose origins are known: independent ones, copies, and reports that credit.

    make_reports(seed)  ->  `Report`s, 100 of them, 40 of which are independent

In:  a seed: every run of one seed is the same.
Out: articles, each with the id of the article, or the name of the agency, that it comes from.
Left to others: telling the origins (`benchmarks.origins`).

An independent report has its own choice of facts, its own words and its own voices; a quarter of
them name another outlet without resting on it. A copy was edited as editors do; a report that
credits is in its own words, and says in one of many ways on whom it rests.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.copy_pairs import edited
from rag.types import Article

INDEPENDENT, COPIES, CREDITING, FOREIGN = 40, 25, 25, 10
_TOWNS = ("Arle", "Bram", "Corve", "Dunley", "Eskby", "Farnholt", "Grell", "Hulme", "Ister", "Jorl")
_KINDS = ("Herald", "Courier", "Gazette", "Observer", "Tribune", "Post", "Echo", "Mercury")
_AGENCIES = ("Northern Wire", "NVA")
_FIRST = (
    "Ada",
    "Bo",
    "Cilla",
    "Dag",
    "Elin",
    "Finn",
    "Greta",
    "Hugo",
    "Ines",
    "Jon",
    "Kaja",
    "Leo",
)
_LAST = ("Aamodt", "Berge", "Cronin", "Dahl", "Ekman", "Foss", "Gran", "Holm", "Iversen", "Juhl")
_ROLES = ("fire chief", "neighbour", "miller", "councillor", "driver", "teacher", "farmer", "guard")


def _parts(text: str) -> tuple[tuple[str, ...], ...]:
    """A fact in parts, a line each, with the choices that there are for each of them."""
    lines = (line.strip() for line in text.strip().splitlines())
    return tuple(tuple(each.strip() for each in line.split("/")) for line in lines)


# Parts of two words at most: two reporters seldom choose the same for two in a row.
_LEAD = _parts("""
    fire / flames / a blaze / an inferno / a firestorm / embers / lightning
    destroyed / gutted / ravaged / consumed / levelled / devoured / razed / ruined
    Varn's granary / the cornstore / a storehouse / the silo / grain barns / the mill
    in Varn / beside Varn / near Varn / outside Varn / at Varn / above Varn / below Varn
    on Tuesday / Tuesday night / after dusk / before midnight / past midnight / late Tuesday
""")
_FACTS = (
    _parts("""
        some 300 / about 300 / roughly 300 / almost 300 / nearly 300 / around 300 / over 290
        tonnes / tons / cartloads / sacks / bushels / measures
        of rye / of grain / of corn / of seed / of barley / of harvest / of wheat
        burned / perished / vanished / were lost / charred / went up / blackened
        by dawn / within hours / in minutes / at once / before help / despite efforts / unseen
    """),
    _parts("""
        volunteers / firefighters / four brigades / villagers / crews / farmhands / sixty men
        fought / battled / faced / braved / attacked / doused / chased / held
        the heat / the roof / sparks / burning beams / gables / smoke / the glow / red timber
        until morning / for hours / in frost / with buckets / by tractor / under stars / all night
    """),
    _parts("""
        nobody / no one / not one / no worker / none there / no neighbour
        was hurt / was injured / died / needed help / got burns / came off / lost anything
        though sleeping / by luck / this time / at all / upstairs / on site / so far / luckily
    """),
    _parts("""
        the cause / its origin / what happened / the trigger / the spark / its beginning
        is unknown / stays open / puzzles police / needs study / remains unclear / is guessed
        while experts / as engineers / and inspectors / though chemists / until surveyors
        check dryers / test cables / sift ash / study meters / ask around / draw plans
    """),
    _parts("""
        owners / the cooperative / the guild / its board / insurers / the treasurer / accountants
        fear / expect / reckon / estimate / mention / name / calculate / suggest
        damage / losses / costs / a loss / bills / a shortfall
        of two / near two / above two / around two / under two / beyond two
        million crowns / millions / million altogether / million in / million overall
    """),
    _parts("""
        children / pigeons / old women / tourists / the priest / two dogs / bakers / musicians
        watched / counted / sketched / filmed / wept over / circled / remembered / pitied
        the ruin / cold walls / black wheels / bent rails / wet flour / a gate / the bell / puddles
        from bridges / at noon / on Wednesday / without words / in coats / by lamplight / twice
    """),
    _parts("""
        a bakery / the school / two shops / every stall / a brewery / the market / one inn
        now lacks / must buy / orders / borrows / will ration / hunts for / begs for
        flour / bread / malt / fodder / yeast / oats / bran
        from Arle / abroad / next week / for months / until summer / at cost / by rail
    """),
)
_SAYING = _parts("""
    I saw / we heard / you felt / they knew / everyone smelled / she feared / he dreamed
    such light / that roar / black rain / hot wind / cracking wood / red snow / silent men
    once before / too late / through glass / from afar / in sleep / as boys / like thunder
    and ran / but stayed / so we / then nothing / or worse / and prayed / yet hoped
""")
_TELLERS = (
    "“{words},” said {role} {name}.", "“{words},” {name}, a {role}, told us.",
    "{name}, the {role}: “{words}.”", "“{words},” as {role} {name} put it.",
    "As {name} remembers: “{words}.” The {role} is {age}.", "“{words}.” ({name}, {role}, {age})",
    "Says {name}, {age}: “{words}.”", "“{words},” recalls {name} ({age}), {role} here.",
)  # fmt: skip
_LEADS: tuple[str, ...] = (
    "{lead}, the {outlet} reported on Wednesday.",
    "{lead}, according to the {outlet}.",
    "{lead}, according to the newspaper {outlet}.",
    "The {outlet} reported that {lower}.",
    "Citing the {outlet}, officials in the county said that {lower}.",
    "On Wednesday the {outlet} reported that {lower}.",
)
_ENDINGS: tuple[str, ...] = (
    "First published in the {outlet}.",
    "This story was first reported by the {outlet}.",
    "Source: {outlet}",
)
_ASIDES: tuple[str, ...] = (
    "He told the {outlet} two years ago that the roof was unsafe.",
    "Contrary to what the {outlet} reported, the chapel was not touched.",
    "The mill had been praised by the {outlet} as the finest of the region.",
    "The number of villages, according to the {outlet}, was three.",
)


@dataclass(frozen=True)
class Report:
    """An article and where it comes from: the id of an article (its own: independent), or the name
    of an agency that has no report of its own."""

    article: Article
    origin: str
    kind: str


def make_reports(seed: int) -> list[Report]:
    """The reports of one seed, in an order that says nothing."""
    rng = random.Random(seed)
    outlets = [f"{town} {kind}" for town, kind in product(_TOWNS, _KINDS)]
    rng.shuffle(outlets)
    turn = iter(outlets * 2)
    own = [_independent(n, next(turn), rng, outlets) for n in range(INDEPENDENT)]
    reports = list(own)
    for n in range(COPIES):
        reports.append(_copy(n, rng.choice(own), next(turn), rng))
    for n in range(CREDITING):
        reports.append(_crediting(n, rng.choice(own), next(turn), rng))
    for n in range(FOREIGN):
        agency = _AGENCIES[n % len(_AGENCIES)]
        text = _credited(_report_text(rng), agency, rng)
        article = Article(f"foreign{n:02}", "Fire at Varn", text, next(turn), "2024-03-06")
        reports.append(Report(article, agency, "credits an agency without a report"))
    rng.shuffle(reports)
    return reports


def _independent(n: int, outlet: str, rng: random.Random, outlets: Sequence[str]) -> Report:
    paragraphs = _report_text(rng)
    kind = "independent"
    if n % 4 == 0:
        other = rng.choice([each for each in outlets if each != outlet])
        aside = rng.choice(_ASIDES).format(outlet=other)
        at = rng.randint(3, len(paragraphs))
        paragraphs = [*paragraphs[:at], aside, *paragraphs[at:]]
        kind = "independent, names another outlet"
    id = f"own{n:02}"
    text = "\n\n".join(paragraphs)
    return Report(Article(id, f"Varn: report {n}", text, outlet, "2024-03-05"), id, kind)


def _copy(n: int, base: Report, outlet: str, rng: random.Random) -> Report:
    paragraphs = edited(base.article.text.split("\n\n"), rng)
    article = Article(f"copy{n:02}", "Granary burns", "\n\n".join(paragraphs), outlet, "2024-03-06")
    return Report(article, base.origin, "copy")


def _crediting(n: int, base: Report, outlet: str, rng: random.Random) -> Report:
    text = _credited(_report_text(rng), base.article.source or "", rng)
    article = Article(f"credit{n:02}", "Varn mourns its granary", text, outlet, "2024-03-07")
    return Report(article, base.origin, "credits another report")


def _credited(paragraphs: list[str], outlet: str, rng: random.Random) -> str:
    """A report that says on whom it rests, at its beginning or at its end."""
    if rng.random() < 0.3:
        return "\n\n".join([*paragraphs, rng.choice(_ENDINGS).format(outlet=outlet)])
    lead = paragraphs[0].rstrip(".")
    lower = lead if lead.startswith("Varn") else lead[0].lower() + lead[1:]
    opening = rng.choice(_LEADS).format(outlet=outlet, lead=lead, lower=lower)
    return "\n\n".join([opening, *paragraphs[1:]])


def _report_text(rng: random.Random) -> list[str]:
    """The paragraphs of a report in words of its own."""
    rest = [_sentence(fact, rng) for fact in rng.sample(_FACTS, rng.randint(4, len(_FACTS)))]
    rest += [_saying(rng) for _ in range(rng.randint(2, 4))]
    rng.shuffle(rest)
    return [_sentence(_LEAD, rng), *rest]


def _sentence(fact: Sequence[Sequence[str]], rng: random.Random) -> str:
    text = " ".join(rng.choice(each) for each in fact)
    return f"{text[0].upper()}{text[1:]}."


def _saying(rng: random.Random) -> str:
    words = _sentence(_SAYING, rng).rstrip(".")
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    form, role, age = rng.choice(_TELLERS), rng.choice(_ROLES), rng.randint(24, 88)
    return form.format(words=words, name=name, role=role, age=age)
