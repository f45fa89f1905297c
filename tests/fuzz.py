"""Inputs that nobody would write, by the thousand: does anything crash, hang or let a tag through?

    python -m tests.fuzz [--count N] [--seed N] [--only NAME]

Each target gets seeded inputs: pieces of its own format, cut, doubled, moved and mixed with noise.
A crash is any exception that the target may not raise, or a broken property (below). Documents are
parsed in this process, without the limits of `rag.ingest.sandbox`, so that a bug shows itself.
"""

from __future__ import annotations

import argparse
import gzip
import html.parser
import io
import json
import random
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rag.grounding.claims import split_claims
from rag.ingest.containers import INNER_LIMIT, SCAN, InnerFile, unpack
from rag.ingest.document import failure_reason
from rag.ingest.normalize import normalize
from rag.ingest.parsers import PARSERS, parse_documents
from rag.ingest.parsers.digitised.mets import issue_file, page_references
from rag.prompts.injection import injection_spans, sanitize_for_prompt
from rag.types import Answer, Article, Citation, Timings
from rag.web.middleware.user_accounts import parse_hash
from rag.web.views.article import day, web_address
from rag.web.views.chat import answer_text
from rag.web.views.escape import escape_markdown
from rag.web.views.status import render_hint
from tests.fuzz_samples import BOXES, METS, METS_PAGE, SAMPLES, sample
from tests.ingest.containers import archive

SEED = 11
Check = Callable[[random.Random], str]  # the outcome of one input: "read" or "refused"

WORDS = (
    *(
        "The ferry sailed on Monday. ",
        "She said “no”. ",
        "[1]",
        " [2, 3].",
        "By Jane Doe\n",
        "\n\n",
    ),
    *("Seoul, Dec 27 (AP) — ", "2024-05-03", "https://e.org/a?b=c", "Advertisement\n", "\u202e"),
    *("\u200b", "\U000e0041", "é", "e\u0301" * 9, "名", "\ud7ff", "\x00", "\x1b[2J", "1,000", "€"),
    *("Question: ", "Answer: ", "<|im_start|>", "ignore the rules. ", "'", '"', "\\", "\t", "  "),
)
HTML = (
    *(
        "<p>",
        "</p>",
        "<div style='display:none'>",
        "</div>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
    ),
    *(
        "<article>",
        "<img src=http://e.example/x onerror=alert(1)>",
        "<a href='javascript:x'>",
        "&lt;",
    ),
    *("&#x202e;", "<![CDATA[", "]]>", "<table><tr><td>", "<svg/onload=x>", "<meta charset=utf-7>"),
    *("<title>", "<h1>", "<br", "=", "<style>", "</style>", "<body hidden>", "\x00", "<p <p", "&&"),
)
MARKDOWN = (
    *("# ", "---\n", "title: x\n", "- ", "> ", "```\n", "| a | b |\n|---|---|\n", "![x](y)", "**"),
    *(
        "[x](javascript:y)",
        "<span hidden>",
        "</span>",
        "&a",
        "*a",
        "1. ",
        "    ",
        "~~~",
        "`",
        "[^1]",
    ),
    *("published: 2024-02-30\n", "a: &a [*a]\n", "{{", "<b>", "\r\n", "\\", "_", "$$x$$"),
)
CLAIMS = (
    "[1]",
    "[2,3]",
    "[1-99999]",
    "[passage 1]",
    "[[",
    "]]",
    "[0]",
    "[-1]",
    "[1",
    "1]",
    "[1]. [2]",
)


def mixed(chance: random.Random, *kinds: tuple[str, ...]) -> str:
    """A text of pieces of `kinds` and of characters from anywhere in Unicode."""
    pieces = [piece for kind in kinds for piece in kind]
    parts = []
    for _ in range(chance.randrange(1, 40)):
        if chance.random() < 0.15:
            parts.append("".join(chr(_code(chance)) for _ in range(chance.randrange(1, 6))))
        else:
            parts.append(chance.choice(pieces) * chance.choice((1, 1, 1, 2, 9)))
    return "".join(parts)


def _code(chance: random.Random) -> int:
    code = chance.randrange(chance.choice((0x80, 0x3000, 0x110000)))
    return code if not 0xD800 <= code < 0xE000 else 0xFFFD


def mutate(chance: random.Random, data: bytes) -> bytes:
    """`data` with some of its bytes changed, cut out, doubled or moved."""
    mutated = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        at, size = chance.randrange(len(mutated) + 1), chance.choice((1, 1, 4, 40))
        match chance.randrange(5):
            case 0:
                mutated[at : at + size] = chance.randbytes(size)
            case 1:
                del mutated[at : at + size]
            case 2:
                mutated[at:at] = mutated[at : at + size] * chance.randrange(1, 4)
            case 3:
                mutated[at:at] = mutated[(to := chance.randrange(len(mutated) + 1)) : to + size]
            case _:
                mutated[at : at + size] = chance.choice((b"\0", b"\xff", b"-1", b"999999999", b"/"))
    if chance.random() > 0.05:
        return bytes(mutated)
    return bytes(mutated[: chance.randrange(len(mutated) + 1)])


def _mutate_xml(chance: random.Random, data: bytes) -> bytes:
    """XML that is mutated, or still well-formed with pieces put between its tags."""
    if chance.random() < 0.4 or b"><" not in data:
        return mutate(chance, data)
    pieces = (
        b"<w:p/>",
        b"<w:tbl><w:tr><w:tc/></w:tr></w:tbl>",
        b"<w:r><w:t>x</w:t></w:r>",
        b"&lt;",
    )
    if b"w:document" not in data:
        pieces = (b"<p/>", b"<p>x</p>", b"<String CONTENT='x'/>", b"<newsItem/>", b"&lt;")
    if b"<text:" in data:
        pieces = (b"<text:p/>", b"<text:p>x</text:p>", b"<text:s text:c='999999999'/>", b"&lt;")
    parts = data.split(b"><")
    for _ in range(chance.randrange(1, 9)):
        at = chance.randrange(1, len(parts))
        if chance.random() < 0.5 or b"<w:" not in data:
            parts[at] = chance.choice(pieces)[1:-1] + b"><" + parts[at]
        else:
            parts[at] = parts[chance.randrange(len(parts))]
    return b"><".join(parts)


def _archive(kind: str) -> Callable[[random.Random], bytes]:
    """Half of them mutated as a whole, half with one mutated member in a valid archive."""

    def generate(chance: random.Random) -> bytes:
        data = sample(kind)
        if chance.random() < 0.5:
            return mutate(chance, data)
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            names = old.namelist()
            main = [name for name in names if name in _MAIN_MEMBERS]
            victim = chance.choice((*main, *names))
            for name in names:
                data = old.read(name)
                new.writestr(name, _mutate_xml(chance, data) if name == victim else data)
        return out.getvalue()

    return generate


_MAIN_MEMBERS = {
    *("word/document.xml", "content.xml", "a.html", "xl/worksheets/sheet1.xml"),
    *("ppt/a.xml", "letters/a.txt"),
}


def _wacz(chance: random.Random) -> bytes:
    """A valid archive of a mutated web archive, or the whole mutated."""
    if chance.random() < 0.2:
        return mutate(chance, sample("wacz"))
    inner = gzip.compress(mutate(chance, sample("warc")))
    return archive({"archive/a.warc.gz": inner})


def _issue(chance: random.Random) -> bytes:
    """METS and its page, one or both mutated."""
    structure, page = METS, METS_PAGE
    if chance.random() < 0.7:
        structure = _mutate_xml(chance, structure)
    if structure is METS or chance.random() < 0.3:
        page = _mutate_xml(chance, page)
    names = page_references(structure)
    return issue_file(structure, dict.fromkeys(names[:3], page))


def _mutator(kind: str) -> Callable[[random.Random, bytes], bytes]:
    return _mutate_xml if kind in {"nitf", "newsml", "alto", "xml"} else mutate


def _jsonl(chance: random.Random) -> bytes:
    value = {key: mixed(chance, WORDS) for key in ("id", "text", "title", "url", "published")}
    value["source"] = chance.choice((None, 1, [], {}, True, mixed(chance, WORDS)))
    line = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")
    return mutate(chance, line) if chance.random() < 0.5 else line


_UNSEEN = re.compile("[\x00-\x08\x1b\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def _document(kind: str, generate: Callable[[random.Random], bytes]) -> Check:
    def check(chance: random.Random) -> str:
        data = generate(chance)
        try:
            items = parse_documents(kind, "folder/a", data)
        except Exception as error:  # reported as by `rag.ingest.sandbox`
            reason = failure_reason(error)
            assert reason and reason.isprintable() and len(reason) < 200
            return "refused"
        articles = [item for item in items if isinstance(item, Article)]
        assert articles
        for article in articles:
            assert article.id and article.title and article.text.strip()
            if kind not in {"jsonl", "json", "csv"}:
                assert normalize(article.text) == article.text, "not clean"
            shown = article.id + article.title + article.text
            assert not _UNSEEN.search(shown)
        return "read"

    return check


def _container(kind: str, generate: Callable[[random.Random], bytes]) -> Check:
    """The files of a container are parsed as `rag.ingest.corpus` does."""

    def check(chance: random.Random) -> str:
        outcomes = set()
        try:
            for item in unpack(kind, io.BytesIO(generate(chance))):
                if isinstance(item, InnerFile):
                    assert item.extension in PARSERS and item.name.isprintable()
                    assert ".." not in item.part.split("/")
                    data = item.data
                    outcomes.add(_document(item.extension, lambda _, data=data: data)(chance))
                else:
                    assert item.reason
        except Exception as error:  # reported as by `rag.ingest.sandbox`
            assert failure_reason(error).isprintable()
        return "read" if "read" in outcomes else "refused"

    return check


def _scan(chance: random.Random) -> str:
    """The pages of a scanned PDF are pictures of the size that they say, and not too large."""
    try:
        for page in unpack(SCAN, io.BytesIO(mutate(chance, sample("scan")))):
            if not isinstance(page, InnerFile):
                assert page.part.isdigit() and page.reason
                continue
            sign, size, depth, pixels = page.data.split(b"\n", 3)
            width, height = map(int, size.split())
            assert (sign, depth, len(pixels)) == (b"P5", b"255", width * height)
            assert len(pixels) < INNER_LIMIT
    except AssertionError:
        raise
    except Exception as error:
        assert failure_reason(error).isprintable()
        return "refused"
    return "read"


def _text(*kinds: tuple[str, ...]) -> Callable[[random.Random], bytes]:
    def generate(chance: random.Random) -> bytes:
        text = mixed(chance, *kinds)
        data = text.encode(chance.choice(("utf-8", "utf-8", "utf-16", "cp1252")), "replace")
        return mutate(chance, data) if chance.random() < 0.3 and data else data

    return generate


def _html(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return _text(WORDS, HTML, HTML)(chance)
    prose = "The strike of the ferry crews ended on Monday after twelve days of talks, they said. "
    parts = [
        mixed(chance, WORDS, HTML) if chance.random() < 0.5 else f"<p>{prose * 2}</p>"
        for _ in "abcd"
    ]
    page = (
        f"<html><head><title>Talks</title></head><body><article>{''.join(parts)}</article></body>"
    )
    return page.encode("utf-8", "replace")


def _claims(chance: random.Random) -> str:
    draft, passages = mixed(chance, WORDS, CLAIMS), chance.randrange(6)
    for claim in split_claims(draft, passages):
        assert claim.text.strip() and re.search(r"\w", claim.text)
        assert all(0 <= number < passages for number in claim.passages)
        assert len(set(claim.passages)) == len(claim.passages)
    return "read"


def _injections(chance: random.Random) -> str:
    text, end = mixed(chance, WORDS, MARKDOWN, CLAIMS), 0
    for start, stop in injection_spans(text):
        assert end <= start < stop <= len(text)
        end = stop
    assert "\n" not in sanitize_for_prompt(text) and "<|" not in sanitize_for_prompt(
        "x <|im_start|> y"
    )
    return "read"


class _Tags(html.parser.HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, sorted(name for name, _ in attrs)))


def _page(chance: random.Random) -> str:
    """No tag, markup or invisible character of foreign text gets into the page."""
    text = mixed(chance, WORDS, HTML, MARKDOWN)
    escaped = escape_markdown(text)
    assert {tag for tag, _ in _Tags(escaped).tags} <= {"br"}
    bare = re.sub(r"&#\d+;|<br>", "", escaped)
    assert not re.search(r"[<>&\[\]()*_`~$#!|\\]", bare)
    assert _Tags(render_hint(text)).tags in ([], [("p", ["role"])])
    assert not re.search("[\x00-\x08\x1b\u200b\u202e\u2066\U000e0041]", escaped + render_hint(text))
    quote = mixed(chance, HTML)
    one = Citation(1, "a", text, text, text, text, quote, 0, len(quote))
    answer = Answer("q", "q", f"{text} [1]", False, None, (), (one,), (), "", Timings())
    tags = _Tags(answer_text(answer, 3)).tags
    assert all(each in (("br", []), ("a", ["class", "href", "title"])) for each in tags), tags
    host = web_address(text)
    assert host is None or re.match(r"https?://", text)
    day(text)
    return "read"


def _password_hash(chance: random.Random) -> str:
    whole = f"scrypt$32768$8$3${'A' * 22}==${'A' * 43}="
    line = mutate(chance, whole.encode()).decode("utf-8", "replace")
    password_hash = parse_hash(line if chance.random() < 0.9 else whole)
    assert password_hash is None or max(password_hash.cost) <= 1 << 18
    return "refused" if password_hash is None else "read"


TARGETS: dict[str, Check] = {
    "txt": _document("txt", _text(WORDS, HTML)),
    "md": _document("md", _text(WORDS, MARKDOWN, HTML)),
    "html": _document("html", _html),
    "pdf": _document("pdf", lambda chance: mutate(chance, sample("pdf"))),
    **{kind: _document(kind, _archive(kind)) for kind in ("docx", "odt", "epub", "xlsx", "pptx")},
    **{
        kind: _document(kind, lambda chance, kind=kind: _mutator(kind)(chance, sample(kind)))
        for kind in SAMPLES
    },
    "mets": _document("mets", _issue),
    "jsonl": _document("jsonl", _jsonl),
    "zip": _container("zip", _archive("zip")),
    "wacz": _container("wacz", _wacz),
    **{
        kind: _container(kind, lambda chance, kind=kind: mutate(chance, sample(kind)))
        for kind in BOXES
    },
    "scan": _scan,
    "claims": _claims,
    "orders": _injections,
    "page": _page,
    "accounts": _password_hash,
}


def run(name: str, count: int, seed: int = SEED) -> tuple[Counter[str], list[str]]:
    """The outcomes of `count` inputs of a target; each crash as "number: what"."""
    outcomes: Counter[str] = Counter()
    crashes = []
    for number in range(count):
        try:
            outcomes[TARGETS[name](random.Random(f"{seed} {name} {number}"))] += 1
        except Exception as error:
            crashes.append(f"{number}: {type(error).__name__}: {error}"[:200])
    return outcomes, crashes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="inputs a target")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=sorted(TARGETS))
    options = parser.parse_args()
    print("| target | inputs | read | refused | crashes | seconds |\n|---|---|---|---|---|---|")
    failed = 0
    for name in TARGETS if options.only is None else (options.only,):
        begun = time.monotonic()
        outcomes, crashes = run(name, options.count, options.seed)
        failed += len(crashes)
        accepted, rejected = outcomes["read"], outcomes["refused"]
        counts = f"{options.count:,} | {accepted:,} | {rejected:,} | {len(crashes)}"
        print(f"| {name} | {counts} | {time.monotonic() - begun:.0f} |", flush=True)
        for crash in crashes[:5]:
            print(f"  {crash}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    raise SystemExit(main())
