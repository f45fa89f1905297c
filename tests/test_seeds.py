"""Checks on the five retold seed articles in seeds/.

Each file retells a saved web page: the facts stay, the wording does not. If the
originals are beside the checkout (../shared/seeds), the wording is compared with
them; otherwise that test is skipped.
"""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
ORIGINALS = Path(__file__).parents[2] / "shared" / "seeds"

KEYS = {"title", "source", "author", "published", "published_basis", "url"}
RUN = 8  # this many words in a row in common counts as copied

# What each retelling must contain, word for word (ignoring case).
FACTS = {
    "000_d38b3c45bd91d1b6": [
        "Kim Jong Un",
        "Vladimir Putin",
        '"closest comrade,"',
        "KCNA",
        "72nd birthday",
        "military superpower",
        '"invincible and eternal,"',
        "Yonhap News reported, citing KCNA",
        "in June",
        '"meetings and comradely ties"',
        "DPRK-Russia friendship",
        "Democratic People's Republic of Korea",
        "Stalin",
        "Kim Il-sung",
        "grandfather",
        "China",
        "earlier this year",
        '"aggression,"',
        "munitions",
        "economic and technological support",
        "Jeffrey Lewis",
        "James Martin Center for Nonproliferation Studies",
        "director",
        "September 2023",
        "satellite",
        "nuclear-powered submarine",
        "early-stage",
        "Alexander Lukashenko",
        "Ramzan Kadyrov",
        "nearly 25 years",
        "Alexander Dugin",
    ],
    "001_ce06e966fef7977f": [
        "Kim Jong Un",
        '"closest comrade"',
        "72nd birthday",
        "new heights",
        "alarmed",
        '"invincible and eternal"',
        "in June",
        '"Meetings and comradely ties between us... will make a positive contribution to further '
        'consolidating the eternal foundation of the DPRK-Russia friendship,"',
        "Democratic People's Republic of Korea",
        "Joseph Stalin",
        "Kim Il-sung",
        "weapons and technology",
        "China",
        "Earlier this year",
        '"aggression,"',
        "munitions",
        "economic and technological support",
        "tactical",
        "strategic",
        "Jeffrey Lewis",
        "James Martin Center for Nonproliferation Studies",
        "director",
        '"trying to reduce the pain of international sanctions by creating an alternate network '
        'of friends and partners beyond the reach of US sanctions."',
        "past decade",
        "miniaturizing nuclear devices",
        "thermonuclear warhead designs",
        "re-entry vehicle technology",
        "solid rocket motor systems",
        "September 2023",
        "satellite program",
        "Rep. Kang Dae-sik",
        "South Korea's intelligence agency",
        "possible nuclear-powered submarine",
        "reportedly",
        "BBC",
        "2024-10-10",
    ],
    "002_97746dc28c0a0776": [
        "Kim Jong Un",
        "on Wednesday",
        "third time",
        "last September",
        "artillery, missiles and other conventional weapons",
        "advanced military technologies",
        "economic aid",
        "united front against the United States",
        "main space launch site",
        '"a convenient time,"',
        "National Day",
        "Korean Central News Agency (KCNA)",
        "nuclear program",
        "second spy satellite",
        "Vostochney Spaceport",
        '"Thanks to the significant meeting between us at the Vostochney Spaceport in September '
        "last year, (North Korea)-Russia friendly and cooperative relations developed into an "
        'unbreakable relationship of comrades-in-arms,"',
        "as early as next week",
        "third summit meeting",
        "Vladivostok",
        "April 2019",
        "NHK, citing unidentified diplomatic sources",
        "Vietnam",
        "Vedomosti",
        "earlier this week",
        "late May",
        "Dmitry Peskov",
        '"the visit is in the pipeline, and we will make an announcement in due time,"',
        "Tass",
        "U.N. Security Council",
        "in March",
        "Defense Minister Shin Wonsik claimed",
        "about 7,000 containers",
        "More than 9,000 containers",
        "likely filled with aid",
        "trash-carrying balloons",
        "propaganda broadcasts",
        "K-pop hits",
        "weather forecasts",
        "Samsung",
        "missile program",
    ],
    "003_c71561b0e5952fa8": [
        "Kim Jong-un",
        "birthday card",
        '"destroying the provocations and threats of the United States."',
        "Soviet Union",
        "Korean War of 1950-1953",
        "stalemate",
        "in the 1990s",
        "starved",
        "Beijing and Moscow",
        "2017",
        "last nuclear test",
        "2019",
        "Vladivostok",
        "In May",
        "veto",
        "UN Security Council (UNSC)",
        "2006",
        "separatist regions",
        "this week",
        "annexation",
        "Artyom Lukin",
        "professor",
        "Far Eastern Federal University",
        "\"Moscow's 'special military operation' in Ukraine has ushered in a new geopolitical "
        "reality in which the Kremlin and (North Korea) could become ever closer, perhaps even "
        'to the point of reviving the quasi-alliance relationship"',
        '"tactical and strategic cooperation."',
        "millions of rounds of ammunition",
        "denied the accusation",
        "oil tankers",
        "ban",
        "pandemic",
        "handcarts",
        '"There is reason to believe that at least some of the border restrictions on the North '
        'Korean side will begin to be lifted soon,"',
        '"cooperation for political arrangements"',
        "between 20,000 and 50,000",
        "rebuild",
    ],
    "004_cddb1c0568ef28ca": [
        "Kim Jong-un",
        "Seoul",
        "Dec 27",
        "NationPress",
        "on Saturday",
        '"precious common asset,"',
        '"meaningful."',
        '"steadily written a great biography of the alliance"',
        '"full mutual support and selfless encouragement,"',
        "Korean Central News Agency (KCNA)",
        "December 18",
        "\"I believe that today's DPRK-Russia alliance ... serves as a precious common asset to be "
        'preserved not only in this era but also for generations to come,"',
        "Democratic People's Republic of Korea",
        '"sincerest alliance of sharing blood, life and death in the same trench,"',
        "Yonhap",
        '"No one can sever the ties between our two nations, bolstered by a resolute '
        "determination to defend the just aspirations of our times and correct the course of "
        'history,"',
        "December 25",
        '"heroic"',
        '"comprehensive strategic partnership"',
        "June 2024",
        "approximately 15,000 combat troops",
        "since last year",
    ],
}
IDS = sorted(FACTS)


def load(article):
    text = (SEEDS / f"{article}.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body.strip()


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def unquoted_words(body):
    """Words outside quotation marks; each quoted span is one unique word."""
    out = []
    pieces = re.split(r"“[^”]*”|\"[^\"]*\"", body)
    for number, piece in enumerate(pieces):
        if number:
            out.append(f"<quotation {number}>")
        out += words(piece)
    return out


def common_runs(retold, original, size=RUN):
    """Runs of `size` words of `retold` that also occur in `original`."""
    runs = {tuple(original[i : i + size]) for i in range(len(original) - size + 1)}
    return [
        " ".join(retold[i : i + size])
        for i in range(len(retold) - size + 1)
        if tuple(retold[i : i + size]) in runs
    ]


def test_seeds_are_the_five_retold_articles():
    assert sorted(p.stem for p in SEEDS.glob("*.md")) == IDS


@pytest.mark.parametrize("article", IDS)
def test_front_matter_has_every_key_and_valid_values(article):
    meta, body = load(article)
    assert set(meta) == KEYS
    assert isinstance(meta["title"], str) and meta["title"].strip()
    for key in ("source", "author", "url"):
        assert meta[key] is None or isinstance(meta[key], str)
    published = meta["published"]
    assert published is None or re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", published)
    assert meta["published_basis"].startswith(("stated: ", "inferred: "))
    assert len(words(body)) > 250


@pytest.mark.parametrize("article", IDS)
def test_quotation_marks_are_paired(article):
    for paragraph in load(article)[1].split("\n\n"):
        assert paragraph.count('"') % 2 == 0, paragraph
        assert paragraph.count("“") == paragraph.count("”"), paragraph


@pytest.mark.parametrize("article", IDS)
def test_retold_article_keeps_the_facts(article):
    assert len(FACTS[article]) >= 12
    body = " ".join(load(article)[1].split()).lower()
    assert [fact for fact in FACTS[article] if fact.lower() not in body] == []


def test_common_runs_finds_a_copy_but_not_a_quotation():
    original = words("one two three four five six seven eight nine")
    copied = unquoted_words("zero One, two three four; five six seven eight!")
    assert common_runs(copied, original) == ["one two three four five six seven eight"]
    assert not common_runs(unquoted_words('"one two three four five six seven eight"'), original)
    assert not common_runs(unquoted_words('one two three four "x" five six seven eight'), original)


@pytest.mark.parametrize("original", IDS)
@pytest.mark.parametrize("article", IDS)
def test_retold_wording_is_copied_from_no_original(article, original):
    path = ORIGINALS / f"{original}.txt"
    if not path.is_file():
        pytest.skip("the original web pages (../shared/seeds) are not beside this checkout")
    runs = common_runs(unquoted_words(load(article)[1]), words(path.read_text(encoding="utf-8")))
    assert runs == []


@pytest.mark.parametrize("article", IDS)
def test_quotations_are_verbatim_in_the_original(article):
    path = ORIGINALS / f"{article}.txt"
    if not path.is_file():
        pytest.skip("the original web pages (../shared/seeds) are not beside this checkout")
    original = " ".join(words(path.read_text(encoding="utf-8")))
    for span in re.findall(r"“([^”]*)”|\"([^\"]*)\"", load(article)[1]):
        quoted = " ".join(words("".join(span)))
        assert f" {quoted} " in f" {original} "
