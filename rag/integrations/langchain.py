"""A retriever for LangChain, over an `Assistant`. The only importer of langchain-core.

In:  a query. Out: the passages that Footnoted finds, as LangChain's documents.
"""

from __future__ import annotations

import asyncio

from rag.assistant import Assistant
from rag.retrieval.filters import NO_FILTER, SearchFilter
from rag.types import SearchResult

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ImportError as error:
    raise ImportError(
        "the retriever for LangChain needs the package langchain-core: type "
        "`python -m pip install 'langchain-core>=1,<2'`"
    ) from error

__all__ = ["FootnotedRetriever"]


class FootnotedRetriever(BaseRetriever):
    """Passages of the articles, best first; no language model is used.

    Attributes:
        assistant: where they are searched for.
        k: how many; None: as many as the settings say.
        filters: which articles and passages are searched.

    The metadata of a document are `article` (its id), `start` and `end` (characters of its text),
    `title`, `source`, `published`, `author`, `url`, `score`. `invoke` raises what
    `Assistant.find_passages` raises.
    """

    assistant: Assistant
    k: int | None = None
    filters: SearchFilter = NO_FILTER

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return _documents(self.assistant.find_passages(query, self.k, self.filters))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        result = await asyncio.to_thread(self.assistant.find_passages, query, self.k, self.filters)
        return _documents(result)


def _documents(result: SearchResult) -> list[Document]:
    ids = [hit.passage.id for hit in result.hits]
    passages = result.to_dict()["passages"]
    return [
        Document(page_content=values.pop("text"), id=id, metadata=values)
        for id, values in zip(ids, passages, strict=True)
    ]
