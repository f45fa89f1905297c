"""A search and a whole article, for assistants that fetch documents.

In:  `AppState`; a query, an article's id; the address of this server.
Out: JSON values, each with an address where a person can read the article.

Neither waits in the queue of questions: a search takes milliseconds and no language model.
"""

from __future__ import annotations

import re
from typing import Any

from rag.errors import QuestionError
from rag.types import Article
from rag.web.originals import original_address
from rag.web.services.app_state import AppState

_WEB_ADDRESS = re.compile(r"https?://\S+")
Values = dict[str, Any]


def search_articles(app_state: AppState, query: str, server: str) -> Values:
    """The articles of the best passages for `query`, best first, each with its best passage.

    Raises:
        NotReady: the index is not open yet.
        RagError: what `Assistant.find_passages` raises.
    """
    result = app_state.assistant.find_passages(query)
    best = {hit.passage.article: hit.passage for hit in reversed(result.hits)}
    order = dict.fromkeys(hit.passage.article for hit in result.hits)
    return {"results": [_head(result.articles[id], server, best[id].text) for id in order]}


def fetch_article(app_state: AppState, id: str, server: str) -> Values:
    """The article `id`.

    Raises:
        NotReady: the index is not open yet.
        QuestionError: the index has no article of that id.
    """
    try:
        article = app_state.assistant.article(id)
    except KeyError:
        line = f"there is no article {id[:80]!r}: give an id that search returned"
        raise QuestionError(line) from None
    record = {
        "source": article.source,
        "author": article.author,
        "published": article.published,
        "copy_of": article.copy_of,
    }
    return {
        "id": article.id,
        "title": article.title or article.id,
        "text": article.text,
        "url": article_address(article.id, article.url, server),
        "metadata": {name: value for name, value in record.items() if value},
    }


def article_address(id: str, url: str | None, server: str) -> str:
    """The article's address in the web; where it has none, that of its file on this server."""
    return url if url and _WEB_ADDRESS.fullmatch(url) else f"{server}{original_address(id)}"


def _head(article: Article, server: str, text: str) -> Values:
    return {
        "id": article.id,
        "title": article.title or article.id,
        "url": article_address(article.id, article.url, server),
        "text": text,
        "source": article.source,
        "published": article.published,
    }
