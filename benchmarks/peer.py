"""A peer for comparison: LlamaIndex's CitationQueryEngine, in an environment of its own.

    PYTHON -m benchmarks.peer '{"gguf": …, "embedder": …, "corpus": …, "questions": […]}'

In:  a JSON argument; PYTHON has `llama-index-core` beside Footnoted's own dependencies
     (`benchmarks.whole` makes such an environment).
Out: one line of JSON: for each question the answer, seconds, and processor seconds.

The engine and its splitter have their defaults; the model is wrapped in the thinnest class that
the library offers for it, with llama-cpp-python's own settings, greedy.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from llama_cpp import Llama
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.query_engine import CitationQueryEngine
from sentence_transformers import SentenceTransformer

CONTEXT, ANSWER = 4096, 256


class Embedder(BaseEmbedding):
    model: Any

    def _get_text_embedding(self, text: str) -> list[float]:
        return list(map(float, self.model.encode(text, normalize_embeddings=True)))

    _get_query_embedding = _get_text_embedding

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class Model(CustomLLM):
    llama: Any

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=CONTEXT, num_output=ANSWER)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        messages = [{"role": "user", "content": prompt}]
        reply = self.llama.create_chat_completion(messages, max_tokens=ANSWER, temperature=0.0)
        return CompletionResponse(text=reply["choices"][0]["message"]["content"])

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        raise NotImplementedError


def main() -> None:
    job = json.loads(sys.argv[1])
    Settings.embed_model = Embedder(model=SentenceTransformer(job["embedder"], device="cpu"))
    Settings.llm = Model(llama=Llama(job["gguf"], n_ctx=CONTEXT, verbose=False))
    files = sorted(Path(job["corpus"]).glob("*.md"))
    index = VectorStoreIndex.from_documents([Document(text=file.read_text()) for file in files])
    engine = CitationQueryEngine.from_args(index)
    answers = []
    for question in job["questions"]:
        wall, cpu = time.perf_counter(), time.process_time()
        answer = str(engine.query(question))
        answers.append([answer, time.perf_counter() - wall, time.process_time() - cpu])
        print(f"peer: {answers[-1]}", file=sys.stderr, flush=True)
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
