"""Invented news to examples about editions, years, roles, figures and dates.

In:  a random number generator.
Out: examples whose passage is a short report or a cut-off snippet, with or without a dateline, a
     headline and a day of publication, and questions that it answers or just does not.
Left to others: everything that is not invented here.

A family is a thing that happens again and again (a race, a company's quarter, an election). Its
sentences have slots; a question asks for one slot. The question is unanswerable where its sentence
was left out of the passage, or where its year, its event or its role is another than the passage's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from rag.training.examples import Example

_FIRST = [
    "Anna",
    "Boris",
    "Carla",
    "Daniel",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
    "Mateo",
    "Nadia",
    "Oskar",
    "Priya",
    "Rafael",
    "Sofia",
    "Tomas",
    "Uma",
    "Viktor",
    "Wanda",
    "Xavier",
    "Yusuf",
    "Zoe",
    "Amara",
    "Bruno",
    "Chen",
    "Dilan",
    "Erik",
    "Fatima",
    "Gideon",
    "Hana",
    "Ivan",
    "Julia",
    "Karim",
    "Lucia",
    "Marek",
    "Nils",
    "Olga",
    "Pedro",
    "Rosa",
    "Samir",
    "Tessa",
    "Ursula",
    "Vera",
    "Walter",
    "Maria",
    "James",
    "Mary",
    "Robert",
    "Linda",
    "David",
    "Susan",
    "Paul",
    "Karen",
    "Mark",
    "Laura",
    "Steven",
    "Emma",
    "Kevin",
    "Alice",
    "Brian",
]
_STARTS = [
    "Al",
    "Bar",
    "Cor",
    "Dal",
    "El",
    "Fen",
    "Gar",
    "Hol",
    "Ist",
    "Jar",
    "Kal",
    "Lor",
    "Mar",
    "Nor",
    "Ost",
    "Pel",
    "Quen",
    "Ros",
    "Sal",
    "Tor",
    "Ul",
    "Ver",
    "Wes",
    "Zan",
]
_ENDS = [
    "berg",
    "dale",
    "ford",
    "gate",
    "ham",
    "ino",
    "itz",
    "ley",
    "mann",
    "moor",
    "ova",
    "quist",
    "rick",
    "sen",
    "shaw",
    "son",
    "stad",
    "ton",
    "vik",
    "wood",
    "worth",
    "yev",
]
_TOWN_ENDS = [
    "burgh",
    "bury",
    "by",
    "field",
    "ford",
    "ham",
    "haven",
    "holm",
    "mouth",
    "port",
    "stead",
    "ton",
    "vale",
    "ville",
    "wick",
]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_SPORTS = ["tennis", "chess", "snooker", "rowing", "cycling", "swimming", "fencing", "golf"]
_ROLES = [("men's", "women's"), ("women's", "men's"), ("junior", "senior"), ("senior", "junior")]
_POSTS = ["chief executive", "chairman", "finance director", "head coach", "editor", "director"]
_PRIZES = [("best film", "best script"), ("best actress", "best actor"), ("best album", "best song"),
           ("best director", "best film"), ("best novel", "best debut")]  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Sentences with slots; questions as (text, slot); `traps` are slots whose other value misleads."""

    event: str  # how the thing is called; `{year}` may stand in it
    sentences: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    traps: tuple[str, ...] = ("year", "name")
    title: str = ""
    slots: dict[str, str] = field(default_factory=dict)


FAMILIES = (
    Family(
        "the {name} {sport} Championships",
        (
            "{a} beat {b} {score} in the final of the {role} singles at the {name} {sport} Championships{when}.",
            "{a} won the {role} singles title at the {name} Championships{when}, beating {b}.",
            "It was the {nth} title for {a}, who received {money}.",
            "In the {role2} final, {c} defeated {d}.",
            "{c} took the {role2} title.",
            "A crowd of {count} watched the final in {place}.",
        ),
        (
            ("Who won the {role} singles at the {name} {sport} Championships in {year}?", "a"),
            ("Who won the {year} {name} Championships {role} title?", "a"),
            ("{name} Championships {year} {role} winner", "a"),
            ("Who lost the {role} final of the {name} Championships in {year}?", "b"),
            ("Who was the {role} runner-up at the {name} Championships {year}?", "b"),
            ("Who won the {role2} final at the {name} Championships in {year}?", "c"),
            (
                "What was the score of the {role} final at the {name} Championships in {year}?",
                "score",
            ),
            (
                "How much prize money did the winner of the {year} {name} Championships receive?",
                "money",
            ),
            ("How many people watched the final of the {name} Championships in {year}?", "count"),
        ),
        ("year", "name", "role", "missing"),
        "{a} wins {name} title",
    ),
    Family(
        "the {name} Marathon",
        (
            "{a} won the {name} Marathon{when} in {time}, {seconds} seconds ahead of {b}.",
            "{c} was first among the women in {time2}.",
            "A total of {count} runners started and {count2} finished.",
            "Prize money was {money} for each winner.",
            "The race was held for the {nth} time.",
            "The winner, a {age}-year-old {job} from {place}, broke away on the last climb.",
        ),
        (
            ("Who won the men's race of the {name} Marathon in {year}?", "a"),
            ("{name} Marathon {year} winner", "a"),
            ("Who came second in the {name} Marathon of {year}?", "b"),
            ("Who was the fastest woman in the {name} Marathon {year}?", "c"),
            ("In what time was the {name} Marathon of {year} won?", "time"),
            ("How many runners started in the {name} Marathon in {year}?", "count"),
            ("How many runners finished the {year} {name} Marathon?", "count2"),
            ("How much was the prize money of the {name} Marathon in {year}?", "money"),
            ("How old was the winner of the {name} Marathon in {year}?", "age"),
            ("What is the job of the winner of the {year} {name} Marathon?", "job"),
        ),
        ("year", "name", "missing"),
        "{a} wins in {name}",
    ),
    Family(
        "the {name} Awards",
        (
            "{work} won {prize} at the {name} Awards{when}.",
            "{prize2_c} went to {work2}.",
            "{a} hosted the ceremony in {place}.",
            "{b} received an honorary award for {pron} life's work.",
            "The ceremony was watched by {count} viewers.",
        ),
        (
            ("Which work won {prize} at the {name} Awards in {year}?", "work"),
            ("Who won {prize} at the {year} {name} Awards?", "work"),
            ("{name} Awards {year} {prize}", "work"),
            ("What won {prize2} at the {name} Awards {year}?", "work2"),
            ("Who hosted the {year} {name} Awards?", "a"),
            ("{name} Awards {year} host", "a"),
            ("Who received an honorary award at the {name} Awards in {year}?", "b"),
            ("Where were the {year} {name} Awards held?", "place"),
            ("How many viewers watched the {name} Awards in {year}?", "count"),
        ),
        ("year", "name", "prize", "missing"),
        "{work} takes {prize} at the {name} Awards",
    ),
    Family(
        "{company}'s {quarter} quarter",
        (
            "{company} said on {day} that revenue in the {quarter} quarter{of_year} rose to {money}.",
            "Net profit of {company} was {money2} in the {quarter} quarter{of_year}, up {percent} percent.",
            "The company expects full-year revenue of {money3}.",
            "It employs {count} people.",
            "{a}, the chief executive, said demand was strong.",
            "A dividend of {small} a share will be paid.",
        ),
        (
            ("What was the revenue of {company} in the {quarter} quarter of {year}?", "money"),
            ("{company} revenue {q} {year}", "money"),
            ("How much did {company} take in in {q} {year}?", "money"),
            ("What net profit did {company} make in the {quarter} quarter of {year}?", "money2"),
            ("{company} net profit {q} {year}", "money2"),
            ("By how many percent did the net profit of {company} rise in {q} {year}?", "percent"),
            ("How many people does {company} employ?", "count"),
            ("Who is the chief executive of {company}?", "a"),
            ("What dividend does {company} pay a share?", "small"),
            ("What full-year revenue does {company} expect?", "money3"),
        ),
        ("year", "company", "quarter", "missing"),
        "{company} {q} {year}",
    ),
    Family(
        "the {name} Cup final",
        (
            "{team} beat {team2} {goals} in the final of the {name} Cup{when}.",
            "{a} scored the winning goal in the {minute} minute.",
            "The match was played at {stadium} in {place} before {count} spectators.",
            "{b}, the coach of {team}, called it the best day of his life.",
            "{c} was named player of the match.",
            "{team2} had won the cup the year before.",
        ),
        (
            ("Who won the {name} Cup in {year}?", "team"),
            ("{year} {name} Cup winner", "team"),
            ("Which team lost the {name} Cup final of {year}?", "team2"),
            ("What was the score of the {year} {name} Cup final?", "goals"),
            ("Who scored the winning goal in the {name} Cup final of {year}?", "a"),
            ("Where was the {name} Cup final of {year} played?", "place"),
            ("{name} Cup {year} location", "place"),
            ("How many spectators saw the {year} {name} Cup final?", "count"),
            ("Who coaches {team}?", "b"),
            ("Who was player of the match in the {name} Cup final {year}?", "c"),
        ),
        ("year", "name", "missing"),
        "{team} wins {name} Cup",
    ),
    Family(
        "the mayoral election in {place}",
        (
            "{a} was elected mayor of {place}{when} with {percent} percent of the vote.",
            "{b}, who came second, won {percent2} percent.",
            "Turnout was {percent3} percent.",
            "The {party} won {seats} of the {seats2} seats on the city council.",
            "{a} follows {c}, who did not stand again.",
            "The new mayor takes office on {date2}.",
        ),
        (
            ("Who was elected mayor of {place} in {year}?", "a"),
            ("{place} mayor election {year} result", "a"),
            ("Who came second in the mayoral election of {year} in {place}?", "b"),
            ("What share of the vote did {a} win in {place} in {year}?", "percent"),
            ("What was the turnout in the {year} election in {place}?", "percent3"),
            ("How many seats did the {party} win in {place} in {year}?", "seats"),
            ("Who was mayor of {place} before {a}?", "c"),
            ("When does the new mayor of {place} take office?", "date2"),
        ),
        ("year", "place", "missing"),
        "{a} is the new mayor of {place}",
    ),
    Family(
        "the appointment at {company}",
        (
            "{company} named {a} as its {post}{when}.",
            "{a}, {age}, succeeds {b}, who led the company for {small_count} years.",
            "{a} was {post2} of {company2} until last year.",
            "The appointment takes effect on {date2}.",
            "{c}, who chairs the board, said the search had taken {small_count2} months.",
        ),
        (
            ("Who is the new {post} of {company}?", "a"),
            ("Who was named {post} of {company} in {year}?", "a"),
            ("{company} {post}", "a"),
            ("Whom did {a} succeed as {post} of {company}?", "b"),
            ("How old is {a}?", "age"),
            ("For which company did {a} work before?", "company2"),
            ("When does {a} start as {post} of {company}?", "date2"),
            ("Who chairs the board of {company}?", "c"),
        ),
        ("company", "post", "year", "missing"),
        "{company} names new {post}",
    ),
    Family(
        "the death of {a}",
        (
            "{a}, the {job} who wrote {work}, died on {date} at the age of {age}.",
            "{pron_c} was born in {place}.",
            "{a} died in {place2} after a long illness, {b}, {pron} agent, said.",
            "{work}, published in {other_year}, sold {count} copies.",
        ),
        (
            ("When did {a} die?", "date"),
            ("{a} date of death", "date"),
            ("How old was {a} at the time of death?", "age"),
            ("Where was {a} born?", "place"),
            ("Where did {a} die?", "place2"),
            ("Who wrote {work}?", "a"),
            ("When was {work} published?", "other_year"),
            ("How many copies did {work} sell?", "count"),
        ),
        ("a", "missing"),
        "{a} dies at {age}",
    ),
    Family(
        "the flood in {place}",
        (
            "{number} people were killed when the river broke its banks in {place}{when}.",
            "{count} homes were flooded in {place}, {a} of the fire service said.",
            "{count2} people were brought to safety.",
            "The damage was put at {money}.",
            "Nobody was hurt in {place2}.",
            "{number2} millimetres of rain fell in a day.",
        ),
        (
            ("How many people were killed in the flood in {place} in {year}?", "number"),
            ("{place} flood {year} death toll", "number"),
            ("How many homes were flooded in {place}?", "count"),
            ("How many people were brought to safety in {place}?", "count2"),
            ("How high is the damage of the flood in {place}?", "money"),
            ("How much rain fell in {place} in a day?", "number2"),
            ("Who said how many homes were flooded in {place}?", "a"),
        ),
        ("year", "place", "missing"),
        "Flood in {place}",
    ),
    Family(
        "the sale of {company2}",
        (
            "{company} has bought {company2} for {money}{when}.",
            "{company} announced the acquisition of {company2} on {date} for {money}.",
            "{a}, who founded {company2} in {other_year}, will leave.",
            "{company2}, based in {place}, makes {product} and has {count} employees.",
            "The deal must be approved by the competition authority.",
        ),
        (
            ("Who acquired {company2}?", "company"),
            ("Who bought {company2} in {year}?", "company"),
            ("How much did {company} pay for {company2}?", "money"),
            ("{company} {company2} acquisition price", "money"),
            ("Who founded {company2}?", "a"),
            ("In which year was {company2} founded?", "other_year"),
            ("Where is {company2} based?", "place"),
            ("What does {company2} make?", "product"),
        ),
        ("company", "company2", "missing"),
        "{company} buys {company2}",
    ),
    Family(
        "the {name} Games",
        (
            "The {year} {name} Games will be held in {place}, the committee said.",
            "{place} hosted the {name} Games of {year}.",
            "{country} won the most medals at the {year} {name} Games, {number} in all.",
            "{country2} came second with {number2} medals.",
            "The Games of {other_year} took place in {place2}.",
            "{a} carried the flag of {country}.",
        ),
        (
            ("Where were the {name} Games of {year} held?", "place"),
            ("{year} {name} Games host city", "place"),
            ("Which country won the most medals at the {year} {name} Games?", "country"),
            ("How many medals did {country} win at the {name} Games in {year}?", "number"),
            ("Which country came second at the {year} {name} Games?", "country2"),
            ("Who carried the flag of {country} at the {name} Games of {year}?", "a"),
        ),
        ("year", "name", "missing"),
        "{name} Games {year}",
    ),
    Family(
        "the trial of {a}",
        (
            "A court in {place} sentenced {a} to {small_count} years in prison{when} for {crime}.",
            "Judge {b} said the evidence was clear.",
            "Prosecutor {c} had asked for {small_count2} years.",
            "{d}, who defended {a}, announced an appeal.",
            "{a} had taken {money} between {other_year} and last year.",
        ),
        (
            ("To how many years in prison was {a} sentenced?", "small_count"),
            ("Where was {a} tried?", "place"),
            ("For what was {a} sentenced?", "crime"),
            ("Who was the judge in the trial of {a}?", "b"),
            ("Who was the prosecutor in the trial of {a}?", "c"),
            ("Who defended {a}?", "d"),
            ("How much did {a} take?", "money"),
        ),
        ("a", "missing"),
        "Prison for {a}",
    ),
    Family(
        "the opening of the {name} Bridge",
        (
            "The {name} Bridge in {place} was opened to traffic on {date}.",
            "It cost {money}, {percent} percent more than planned.",
            "Work began in {other_year}.",
            "{a} designed the bridge, which is {count} metres long.",
            "{b}, the engineer in charge, said {count2} cars a day were expected.",
        ),
        (
            ("When was the {name} Bridge opened?", "date"),
            ("{name} Bridge opening date", "date"),
            ("How much did the {name} Bridge cost?", "money"),
            ("When did work on the {name} Bridge begin?", "other_year"),
            ("Who designed the {name} Bridge?", "a"),
            ("How long is the {name} Bridge?", "count"),
            ("How many cars a day are expected on the {name} Bridge?", "count2"),
            ("Who is the engineer in charge of the {name} Bridge?", "b"),
        ),
        ("name", "missing"),
        "{name} Bridge opens",
    ),
    Family(
        "the launch of {work}",
        (
            "{work}, directed by {a}, opens in cinemas on {date}.",
            "{b} plays the lead in {work}.",
            "{work} took {money} on its first weekend{when}.",
            "The film was shot in {place} and cost {money2}.",
            "{c} wrote the music.",
        ),
        (
            ("When does {work} open in cinemas?", "date"),
            ("{work} release date", "date"),
            ("Who directed {work}?", "a"),
            ("Who plays the lead in {work}?", "b"),
            ("{work} lead actor", "b"),
            ("How much did {work} take on its first weekend?", "money"),
            ("How much did {work} cost to make?", "money2"),
            ("Where was {work} shot?", "place"),
            ("Who wrote the music for {work}?", "c"),
        ),
        ("work", "missing"),
        "{work} opens",
    ),
)
_FILLERS = (
    "Officials declined to comment.", "More details are expected next week.",
    "The news was first reported by local media.", "Tickets had been sold out for weeks.",
    "Here is everything you need to know.", "Fans celebrated late into the night.",
    "The weather was cold and windy.", "It was not clear what would happen next.",
    "Previous winners are listed on the official site.", "Read on for the full story.",
)  # fmt: skip


def make_news_examples(count: int, rng: random.Random) -> list[Example]:
    """`count` examples, some 45 in 100 of them answerable. Every run of one seed is the same."""
    examples: list[Example] = []
    while len(examples) < count:
        examples.extend(_ask_about(rng.choice(FAMILIES), rng))
    return examples[:count]


def _ask_about(family: Family, rng: random.Random) -> list[Example]:
    values = _draw_values(rng)
    dated = rng.random() < 0.75  # whether the text, not only the headline, tells the year
    filled = dict(values)
    filled["when"] = (
        rng.choice((f" on {values['date']}", f" in {values['year']}"))
        if dated
        else (rng.choice(("", f" on {rng.choice(_DAYS)}", " on Sunday night")))
    )
    filled["of_year"] = f" of {values['year']}" if dated else ""
    chosen = [s for s in family.sentences if rng.random() < 0.7] or list(family.sentences[:1])
    chosen[1:] = rng.sample(chosen[1:], len(chosen) - 1)
    if rng.random() < 0.4:
        chosen.insert(rng.randrange(len(chosen) + 1), rng.choice(_FILLERS))
    passage = " ".join(sentence.format(**filled) for sentence in chosen)
    full = passage
    if rng.random() < 0.25:  # cut off, as search results are
        words = passage.split()
        passage = " ".join(words[: max(12, int(len(words) * rng.uniform(0.5, 0.95)))]) + " ..."
    title = family.title.format(**filled) if rng.random() < 0.6 else ""
    style = rng.random()
    if style < 0.25:
        prefix = f"{title}. " if title else ""
        title_known = bool(title)
    elif style < 0.6:
        prefix = f"{title or 'Report'} ({values['published']}). "
        title_known = True
    elif style < 0.75:
        prefix = f"{values['published_short']} ... "
        title_known = False
    else:
        prefix, title_known = "", False
    year_known = (dated and values["year"] in passage) or values["year"] in prefix
    whole = prefix + passage
    examples = []
    for question, slot in rng.sample(family.questions, min(4, len(family.questions))):
        asks_year = "{year}" in question
        if asks_year and not year_known:
            continue  # nobody could say
        trap = rng.choice((*family.traps, None, None, None))
        shown = _span_of(chosen, slot, values[slot], passage, full)
        changed, answerable = dict(filled), shown is not None
        keys = {"name", "company", "company2", "place", "a", "work"} & set(_slots_of(question))
        subject_known = all(values[key] in whole for key in keys)
        if trap in ("year", "role", "prize", "quarter", "post") or trap in keys:
            if trap == slot or ("{" + str(trap) not in question and trap != "quarter"):
                continue
            if trap == "quarter" and "{q}" not in question and "{quarter}" not in question:
                continue
            changed |= _other_value(str(trap), values, rng)
            answerable = False
        elif not subject_known:
            continue
        text = question.format(**changed)
        group = f"news:{values['a']}:{values['place']}"
        if answerable and shown is not None:
            spans = ((shown[0] + len(prefix), shown[1] + len(prefix)),)
            examples.append(Example("news", group, text, whole, answers=True, spans=spans))
        elif not answerable and (trap is not None or not title_known):
            examples.append(Example("news", group, text, whole, answers=False, trust=0.97))
    return examples


def _slots_of(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


def _span_of(
    chosen: list[str], slot: str, value: str, passage: str, full: str
) -> tuple[int, int] | None:
    """Where the slot's value stands, in a sentence that has the slot; None where it was left out."""
    if not any(slot in _slots_of(sentence) for sentence in chosen):
        return None
    start = passage.find(value)
    return None if start < 0 or full.find(value) != start else (start, start + len(value))


def _other_value(trap: str, values: dict[str, str], rng: random.Random) -> dict[str, str]:
    if trap == "year":
        year = int(values["year"])
        return {"year": str(year + rng.choice((-3, -2, -1, 1, 2, 3)))}
    if trap == "quarter":
        other = rng.choice([n for n in range(4) if f"Q{n + 1}" != values["q"]])
        return {"quarter": ("first", "second", "third", "fourth")[other], "q": f"Q{other + 1}"}
    if trap == "role":
        return {"role": rng.choice(("doubles", "veterans'", "wheelchair"))}
    if trap == "prize":
        return {"prize": "best " + rng.choice(("costume", "cinematography", "newcomer", "podcast"))}
    if trap == "post":
        return {"post": rng.choice([each for each in _POSTS if each != values["post"]])}
    return {trap: _draw_values(rng)[trap]}


def _draw_values(rng: random.Random) -> dict[str, str]:
    def person() -> str:
        return f"{rng.choice(_FIRST)} {rng.choice(_STARTS)}{rng.choice(_ENDS)}"

    def town() -> str:
        return rng.choice(("", "", "", "Port ", "North ", "Saint ")) + (
            rng.choice(_STARTS) + rng.choice(_TOWN_ENDS)
        )

    def number(low: int, high: int) -> str:
        return f"{rng.randint(low, high):,}"

    def money() -> str:
        sign = rng.choice(("${}", "${}", "{} crowns", "€{}", "{} pounds"))
        amount = rng.choice(
            (f"{rng.uniform(1, 99):.1f} million", f"{rng.uniform(1, 30):.2f} billion",
             f"{rng.randint(2, 900)} million", number(1_000, 900_000))
        )  # fmt: skip
        return sign.format(amount)

    quarter = rng.randrange(4)
    year, month, day = rng.randint(1996, 2026), rng.choice(_MONTHS), rng.randint(1, 28)
    role, role2 = rng.choice(_ROLES)
    prize, prize2 = rng.choice(_PRIZES)
    american = rng.random() < 0.5

    def spell(d: int, m: str, y: int) -> str:
        return f"{m} {d}, {y}" if american else f"{d} {m} {y}"

    sets = [f"6-{rng.randint(0, 4)}", f"7-{rng.randint(5, 6)}", f"6-{rng.randint(0, 4)}"]
    values = {
        **{key: person() for key in ("a", "b", "c", "d")},
        **{key: town() for key in ("place", "place2", "name")},
        "country": rng.choice(("Norway", "Kenya", "Canada", "Brazil", "Japan", "Poland", "Chile")),
        "country2": rng.choice(("Sweden", "France", "India", "Ghana", "Turkey", "Spain", "Peru")),
        "company": f"{rng.choice(_STARTS)}{rng.choice(_ENDS)} " + rng.choice(("Group", "Marine", "Foods", "Steel", "Energy", "Motors")),
        "company2": f"{rng.choice(_STARTS)}{rng.choice(_ENDS)}" + rng.choice((" Labs", "ify", " Systems", " Media", "")),
        "team": f"{town()} " + rng.choice(("United", "Rovers", "Bears", "City", "Falcons")),
        "team2": f"{town()} " + rng.choice(("Athletic", "Wanderers", "Lions", "Town", "Hawks")),
        "work": "The " + rng.choice(("Last", "Silent", "Golden", "Broken", "Long", "Hidden")) + " " + rng.choice(("River", "Garden", "Letter", "Winter", "Island", "Orchard")),
        "work2": "A " + rng.choice(("Small", "Strange", "Perfect", "Distant")) + " " + rng.choice(("House", "Summer", "Voice", "Country")),
        "sport": rng.choice(_SPORTS), "role": role, "role2": role2, "prize": prize,
        "prize2": prize2, "prize2_c": prize2.capitalize(), "post": rng.choice(_POSTS),
        "post2": "deputy " + rng.choice(_POSTS), "job": rng.choice(("nurse", "teacher", "novelist", "postman", "poet", "engineer", "historian")),
        "party": rng.choice(("Green Party", "Labour Union", "Free Citizens", "Harbour List", "People's Alliance")),
        "stadium": f"{rng.choice(_STARTS)}{rng.choice(_ENDS)} " + rng.choice(("Stadium", "Park", "Arena")),
        "product": rng.choice(("electric bicycles", "payment software", "ice cream", "wind turbines", "hearing aids")),
        "crime": rng.choice(("fraud", "arson", "bribery", "theft", "smuggling")),
        "score": ", ".join(sets), "goals": f"{rng.randint(1, 5)}-{rng.randint(0, 1)}",
        "time": f"2:{rng.randint(4, 19):02}:{rng.randint(0, 59):02}",
        "time2": f"2:{rng.randint(20, 39):02}:{rng.randint(0, 59):02}",
        "seconds": str(rng.randint(3, 59)), "nth": f"{rng.randint(4, 20)}th",
        "minute": f"{rng.randint(21, 29)}th", "age": str(rng.randint(24, 95)),
        "count": number(1_000, 90_000), "count2": number(300, 90_000),
        "number": str(rng.randint(2, 48)), "number2": str(rng.randint(50, 99)),
        "small_count": rng.choice(("two", "three", "four", "five", "six")),
        "small_count2": rng.choice(("seven", "eight", "nine", "ten")),
        "seats": str(rng.randint(5, 20)), "seats2": str(rng.randint(31, 61)),
        "percent": f"{rng.uniform(30, 60):.1f}", "percent2": f"{rng.uniform(10, 29):.1f}",
        "percent3": f"{rng.uniform(61, 80):.1f}", "small": f"{rng.uniform(0.1, 3):.2f} crowns",
        "money": money(), "money2": money(), "money3": money(),
        "quarter": ("first", "second", "third", "fourth")[quarter], "q": f"Q{quarter + 1}",
        "year": str(year), "other_year": str(year - rng.randint(4, 30)),
        "date": spell(day, month, year),
        "date2": spell(rng.randint(1, 28), rng.choice(_MONTHS), year + 1),
        "day": rng.choice(_DAYS), "published": spell(day, month, year),
        "published_short": f"{month[:3]} {day}, {year}",
        "pron": rng.choice(("his", "her")), "pron_c": rng.choice(("He", "She")),
    }  # fmt: skip
    return values
