"""The way from a question to its answer, in one place.

In:  a `Request`, an open `Snapshot`, the `Tools`: retriever, reader, language model, settings.
Out: the events of a stream: `Retrieved`, `EvidenceFound`, `DraftToken`s, `AnswerReady`.
Left to others: every step (`rag.retrieval`, `rag.generation`, `rag.grounding`), opening what the
tools need (`rag.assistant`).

    plan, also as it goes on from earlier turns                            (`planning`, `earlier`)
         -> the metadata records answer it, or a part: no search, no model (`of_records`)
         -> retrieve -> read (judge each passage)                          (`judging`)
         -> an answer composed of several passages                         (`judging`)
         -> quotation, or abstention                                       (`quoting`, `abstention`)
         -> draft by the language model: a second opinion of the quotation,
            and its wording                                                (`drafting`)

`run` puts these steps in order and keeps what the trace of the answer tells; `tools` is what they
share. Without a reader the passages are not judged: the draft is reviewed by the language model
itself (`rag.grounding.review`). In a language that the reader does not know the passages are read
by the words that they share with the question (`rag.retrieval.coverage`), and the language model's
opinion of the nearest sentence decides; what is shown says that it is less sure.
"""

from rag.pipeline.run import answer_events
from rag.pipeline.tools import Request, Tools, passages_to_retrieve

__all__ = ["Request", "Tools", "answer_events", "passages_to_retrieve"]
