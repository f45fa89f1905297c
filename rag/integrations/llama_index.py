"""A retriever and a query engine for LlamaIndex, over an `Assistant`. The only importer of it.

In:  a query. Out: passages as nodes; the checked answer as a response, its citations as the source
     nodes.
"""

from __future__ import annotations

import asyncio
from typing import Any

from rag.assistant import Assistant
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.types import Answer, Citation, SearchResult

try:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.response.schema import Response
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as error:
    raise ImportError(
        "Footnoted for LlamaIndex needs the package llama-index-core: type "
        "`python -m pip install 'llama-index-core>=0.14,<0.15'`"
    ) from error

__all__ = ["FootnotedQueryEngine", "FootnotedRetriever"]

_SHOWN = {"title", "source", "published", "author"}  # of the metadata, to a language model


class FootnotedRetriever(BaseRetriever):
    """Passages of the articles as nodes, best first; no language model is used.

    `k` is how many (None: as many as the settings say), `filters` which articles are searched.
    Metadata as those of `rag search --json`. `retrieve` raises what `Assistant.find_passages`
    raises.
    """

    def __init__(
        self, assistant: Assistant, k: int | None = None, filters: SearchFilter = NO_FILTER
    ) -> None:
        super().__init__()
        self._assistant, self._k, self._filters = assistant, k, filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = query_bundle.query_str
        return _nodes(self._assistant.find_passages(query, self._k, self._filters))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class FootnotedQueryEngine(BaseQueryEngine):
    """Answers, each sentence cited, or an abstention.

    The text of a response is that of the answer, with its marks; the source nodes are the quotes
    that it cites, in the order of their numbers; `metadata` has `abstained`, `reason`, and all of
    the answer as `footnoted`. `query` raises what `Assistant.ask` raises; cancelling the task that
    awaits `aquery` cancels the work.
    """

    def __init__(self, assistant: Assistant, filters: SearchFilter = NO_FILTER) -> None:
        super().__init__(callback_manager=None)
        self._assistant, self._filters = assistant, filters

    def _query(self, query_bundle: QueryBundle) -> Response:
        return _response(self._assistant.ask(query_bundle.query_str, filters=self._filters))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        question = query_bundle.query_str
        return _response(await self._assistant.aask(question, filters=self._filters))

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _nodes(result: SearchResult) -> list[NodeWithScore]:
    passages = result.to_dict()["passages"]
    nodes = []
    for hit, values in zip(result.hits, passages, strict=True):
        text, score = values.pop("text"), values.pop("score")
        nodes.append(NodeWithScore(node=_node(hit.passage.id, text, values), score=score))
    return nodes


def _response(answer: Answer) -> Response:
    whole = answer.to_dict()
    return Response(
        response=answer.text,
        source_nodes=[NodeWithScore(node=_cited(each)) for each in answer.citations],
        metadata={"abstained": answer.abstained, "reason": answer.reason, "footnoted": whole},
    )


def _cited(citation: Citation) -> TextNode:
    names = ("number", "article", "title", "source", "published", "author", "url", "start", "end")
    metadata = {name: getattr(citation, name) for name in (*names, "field", "page")}
    start = citation.field or f"{citation.start:09d}"
    return _node(f"{citation.article}#{start}", citation.quote, metadata)


def _node(id: str, text: str, metadata: dict[str, Any]) -> TextNode:
    hidden = sorted(set(metadata) - _SHOWN)
    return TextNode(
        id_=id,
        text=text,
        metadata=metadata,
        start_char_idx=metadata["start"],
        end_char_idx=metadata["end"],
        excluded_embed_metadata_keys=hidden,
        excluded_llm_metadata_keys=hidden,
    )
