"""LangChain and LlamaIndex, the real libraries, over an assistant."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from llama_index.core.base.response.schema import Response
from llama_index.core.schema import MetadataMode, QueryBundle

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.integrations.langchain import FootnotedRetriever as LangChainRetriever
from rag.integrations.llama_index import FootnotedQueryEngine, FootnotedRetriever
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval.filters import SearchFilter
from rag.settings import Settings
from tests.conftest import ROOT, VERIFIER_ALONE

QUESTION = "What was the cost of the bridge over the Sund?"
DRAFT = "Mayor Lena Holt said that the bridge cost 18 million crowns [1]."
TEXT = "Mayor Lena Holt said that the bridge cost 18 million crowns. [1]"
QUOTE = "The bridge over the Sund cost 18 million crowns, mayor Lena Holt said."


@pytest.fixture
def assistant(indexed_toy: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: VERIFIER_ALONE)
    model = ScriptedModel({"cost of the bridge": DRAFT})
    with Assistant.open(indexed_toy, load_model=lambda settings: model) as opened:
        yield opened


def test_langchain_gets_the_passages_of_a_search(assistant: Assistant) -> None:
    retriever = LangChainRetriever(assistant=assistant, k=2)
    documents = retriever.invoke(QUESTION)
    result = assistant.find_passages(QUESTION, 2)
    assert [each.page_content for each in documents] == [hit.passage.text for hit in result.hits]
    first = documents[0]
    assert isinstance(first, Document)
    assert (first.id, first.metadata["title"]) == ("bridge#000000000", "The bridge")
    text = assistant.article(first.metadata["article"]).text
    assert text[first.metadata["start"] : first.metadata["end"]] == first.page_content
    assert asyncio.run(retriever.ainvoke(QUESTION)) == documents
    assert retriever.batch([QUESTION, "wheat"])[0] == documents
    filtered = LangChainRetriever(assistant=assistant, filters=SearchFilter(excluded=("bridge",)))
    assert "bridge" not in {each.metadata["article"] for each in filtered.invoke(QUESTION)}
    with pytest.raises(QuestionError, match="empty"):
        retriever.invoke(" ")


def test_langchain_takes_it_into_a_chain(assistant: Assistant) -> None:
    def write(values: dict[str, object]) -> str:
        documents = values["context"]
        assert isinstance(documents, list)
        return f"{values['question']} {documents[0].metadata['source']}"

    retriever = LangChainRetriever(assistant=assistant)
    chain = {"context": retriever, "question": RunnablePassthrough()} | RunnableLambda(write)
    assert chain.invoke(QUESTION) == f"{QUESTION} Kurier"


def test_llama_index_gets_the_passages_of_a_search(assistant: Assistant) -> None:
    retriever = FootnotedRetriever(assistant, k=2)
    nodes = retriever.retrieve(QUESTION)
    result = assistant.find_passages(QUESTION, 2)
    assert [(each.text, each.score) for each in nodes] == [
        (hit.passage.text, hit.score) for hit in result.hits
    ]
    assert nodes[0].node.node_id == "bridge#000000000"
    shown = nodes[0].node.get_content(MetadataMode.LLM)
    assert "title: The bridge" in shown and "start" not in shown
    again = asyncio.run(retriever.aretrieve(QueryBundle(QUESTION)))
    assert [each.node_id for each in again] == [each.node_id for each in nodes]
    none = FootnotedRetriever(assistant, filters=SearchFilter(until="1900"))
    assert none.retrieve(QUESTION) == []


def test_llama_index_gets_the_answer_and_what_it_cites(assistant: Assistant) -> None:
    engine = FootnotedQueryEngine(assistant)
    for response in (engine.query(QUESTION), asyncio.run(engine.aquery(QUESTION))):
        assert isinstance(response, Response)
        assert str(response) == TEXT
        (source,) = response.source_nodes
        assert (source.text, source.metadata["number"]) == (QUOTE, 1)
        assert source.node.node_id == "bridge#000000000"
        assert response.metadata is not None
        assert response.metadata["footnoted"]["text"] == TEXT
        assert response.metadata["abstained"] is False
    refused = engine.query("Zebra quagga okapi?")
    assert isinstance(refused, Response)
    assert refused.source_nodes == [] and refused.metadata is not None
    assert (refused.metadata["abstained"], refused.metadata["reason"]) == (True, "not_in_corpus")
    counted = engine.query("How many articles are there?")  # it cites records
    assert [each.metadata["field"] for each in counted.source_nodes] == ["title"] * 4


@pytest.mark.parametrize(
    ("module", "package"),
    [("langchain", "langchain_core"), ("llama_index", "llama_index.core")],
)
def test_without_its_package_an_import_says_what_to_type(module: str, package: str) -> None:
    line = f"import sys; sys.modules[{package!r}] = None; import rag.integrations.{module}"
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"python -m pip install '{package.replace('_', '-').replace('.', '-')}>=" in done.stderr
