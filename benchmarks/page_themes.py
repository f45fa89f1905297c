"""News pages as they are saved whole: invented articles in page themes that are in use.

    build_pages(folder, held_out)   ->  `Page`s, each in one of the themes of `THEMES`

Hexo and its themes come from npm into `folder`, once, and the pages they make stay there; each
theme's own templates make them, with its menus, sidebars, archives and footers. Into these go boxes
that a news site has besides, with names that tell what they are or do not: related articles,
comments, a newsletter, an offer of a subscription, a notice about cookies, buttons to share. Some
of the themes and of the boxes are held out.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape, unescape
from pathlib import Path
from typing import Any

from benchmarks.copy_pairs import ROOT

SEED = 8
PAGES = 30
_FILES = ("islands", "newsroom", "uplands")
_TOOLS = (
    "hexo@8", "hexo-renderer-ejs@2", "hexo-renderer-pug@3", "hexo-renderer-stylus@3",
    "hexo-renderer-marked@7", "hexo-renderer-nunjucks@2", "hexo-renderer-inferno@1",
    "hexo-component-inferno@3", "hexo-generator-index@4", "hexo-generator-archive@2",
    "hexo-generator-tag@2", "hexo-generator-category@2",
)  # fmt: skip
THEMES = {  # npm package without "hexo-theme-": version
    "landscape": "1.1.0", "butterfly": "5.7.0", "fluid": "1.9.9", "icarus": "6.1.1",
    "keep": "4.3.0", "redefine": "2.9.0", "stellar": "1.44.0", "volantis": "6.8.3",
    "kratos-rebirth": "3.0.1", "async": "2.2.7", "reimu": "1.12.6",
    "solitude": "4.0.0", "anzhiyu": "1.7.0", "a4": "2.0.1",
    "yun": "1.10.11", "nexmoe": "4.2.2",
}  # fmt: skip
HELD_OUT = ("yun", "nexmoe")
_BOXES_HELD_OUT = 2  # of each kind, the last ones
_BOXES: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("data").joinpath("page_boxes.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Page:
    """A page as it is saved; `text` is that of its article, without the headline."""

    theme: str
    id: str
    title: str
    text: str
    html: str


def build_pages(folder: Path, *, held_out: bool, count: int = PAGES) -> list[Page]:
    """`count` pages in the themes of one half, as many in each.

    Raises:
        SystemExit: npm is missing, or a theme cannot be fetched or does not build.
    """
    articles = _articles()
    themes = [each for each in THEMES if (each in HELD_OUT) == held_out]
    _install(folder)
    rng = random.Random(SEED + held_out)
    chosen = rng.sample(articles, count)
    pages = []
    for turn, theme in enumerate(themes):
        own = chosen[turn :: len(themes)]
        built = _build_site(folder, theme, articles)
        for article in own:
            html = _with_boxes(built[article["id"]], article, articles, _Half(held_out, rng))
            pages.append(Page(theme, article["id"], article["title"], article["text"], html))
    return pages


@dataclass(frozen=True)
class _Half:
    """Which boxes are drawn, and by what."""

    held_out: bool
    rng: random.Random

    def draw(self, kind: str) -> str:
        boxes = _BOXES[kind]
        own = boxes[-_BOXES_HELD_OUT:] if self.held_out else boxes[:-_BOXES_HELD_OUT]
        return str(self.rng.choice(own))


def _articles() -> list[dict[str, Any]]:
    files = [ROOT / "tests/questions" / each / "articles.jsonl" for each in _FILES]
    records = [
        json.loads(line) for each in files for line in each.read_text(encoding="utf-8").splitlines()
    ]
    return [each for each in records if len(each["text"].split()) > 100]


def _install(folder: Path) -> None:
    if shutil.which("npm") is None:
        raise SystemExit("npm is missing: the themes come from there")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [*_TOOLS, *(f"hexo-theme-{name}@{version}" for name, version in THEMES.items())]
    stamp = folder / "installed.txt"
    if stamp.is_file() and stamp.read_text() == " ".join(wanted):
        return
    (folder / "package.json").write_text(
        json.dumps({"name": "pages", "version": "1.0.0", "private": True, "hexo": {"version": ""}})
    )
    _run(["npm", "install", "--no-audit", "--no-fund", "--legacy-peer-deps", "--ignore-scripts",
          *wanted], folder)  # fmt: skip
    stamp.write_text(" ".join(wanted))


def _build_site(folder: Path, theme: str, articles: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The pages of all articles in one theme, by id."""
    file = folder / "built" / f"{theme}-{THEMES[theme]}.json"
    if file.is_file():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    posts = folder / "source" / "_posts"
    shutil.rmtree(folder / "source", ignore_errors=True)
    posts.mkdir(parents=True)
    for article in articles:
        (posts / f"{article['id']}.md").write_text(_post(article), encoding="utf-8")
    (folder / "_config.yml").write_text(
        f"title: The Kessendale Mirror\nsubtitle: News from the valley and the coast\n"
        f"author: The Kessendale Mirror\nlanguage: en\nurl: https://mirror.example\n"
        f"theme: {theme}\npermalink: :name/\nper_page: 8\n"
        "index_generator: {per_page: 8, order_by: -date}\n",
        encoding="utf-8",
    )
    shutil.rmtree(folder / "public", ignore_errors=True)
    (folder / "db.json").unlink(missing_ok=True)
    generate = ["npx", "hexo", "generate"]
    try:
        _run(generate, folder)
    except SystemExit:  # some themes write their settings at their first run, and need them
        _run(generate, folder)
    built = {}
    for article in articles:
        page = folder / "public" / article["id"] / "index.html"
        if not page.is_file() or article["text"][:20] not in _plain(page):
            raise SystemExit(f"the theme {theme} gives no page of {article['id']}")
        built[article["id"]] = page.read_text(encoding="utf-8")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(built), encoding="utf-8")
    return built


def _plain(file: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", "", file.read_text(encoding="utf-8")))


def _post(article: dict[str, Any]) -> str:
    day = article.get("published") or date(2024, 5, 1).isoformat()
    head = {
        "title": article["title"], "date": f"{day[:10]} 08:30:00",
        "author": article.get("author") or "", "tags": ["Valley", "Coast"], "categories": ["News"],
    }  # fmt: skip
    lines = "\n".join(f"{name}: {json.dumps(value)}" for name, value in head.items())
    paragraphs = article["text"].split("\n\n")
    return f"---\n{lines}\n---\n" + "\n\n".join(
        f"<p>{escape(each, quote=False).replace(chr(10), '<br>')}</p>" for each in paragraphs
    )


def _with_boxes(
    html: str, article: dict[str, Any], articles: Sequence[dict[str, Any]], half: _Half
) -> str:
    """The page with a site's boxes before, within and behind the text of its article."""
    others = half.rng.sample([each for each in articles if each["id"] != article["id"]], 6)

    def box(kind: str) -> str:
        text = half.draw(kind)
        for n, other in enumerate(others, 1):
            text = text.replace(f"{{title{n}}}", escape(other["title"]))
            text = text.replace(f"{{lead{n}}}", escape(" ".join(other["text"].split()[:24])))
        return text

    last = escape(article["text"].split("\n\n")[-1], quote=False).replace("\n", "<br>")
    middle = article["text"].split("\n\n")[min(1, article["text"].count("\n\n"))]
    middle = escape(middle, quote=False).replace("\n", "<br>")
    html = html.replace(f"<p>{middle}</p>", f"<p>{middle}</p>{box('inside')}", 1)
    behind = f"{box('share')}{box('related')}{box('newsletter')}{box('comments')}"
    html = html.replace(f"<p>{last}</p>", f"<p>{last}</p>{behind}", 1)
    html = re.sub(r"(<body[^>]*>)", lambda match: match[0] + box("cookies"), html, count=1)
    return html.replace("</body>", f"{box('foot')}</body>", 1)


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])}: {done.stderr[-1500:] or done.stdout[-1500:]}")
