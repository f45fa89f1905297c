"""A chat completion in OpenAI's shape, whole or in chunks.

In:  an `Answer`, the address of this server, counts of tokens.
Out: the JSON values of the response or of its chunks. Each citation is an annotation of the text;
     the whole `Answer` is in the field `footnoted` (docs/programs.md).
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rag.types import Answer
from rag.web.apis.chat_completion_request import MODEL
from rag.web.originals import drawn_for
from rag.web.services.articles import article_address

Values = dict[str, Any]


class Usage(NamedTuple):
    """Tokens of the messages that were read and of the content, by the embedder's tokenizer."""

    prompt: int
    completion: int

    def to_dict(self) -> Values:
        """OpenAI's object."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }


@dataclass(frozen=True, slots=True)
class Completion:
    """What the chunks of one response share.

    `server` is the address of this server, `collection` that which answers; `ignored` names what
    of the request is not used. With `counts_usage` each chunk has the key `usage`, and one more at
    the end its value.
    """

    server: str
    collection: str
    ignored: list[str]
    counts_usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer, usage: Usage) -> Values:
        """The response that is not streamed."""
        message = {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": self._annotations(answer),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = self._head("chat.completion", [choice])
        return {**head, "usage": usage.to_dict(), **self._extras(answer)}

    def chunk(self, delta: Values, answer: Answer | None = None) -> Values:
        """A chunk of a stream; the last one with a choice has the `answer`."""
        finish = "stop" if answer else None
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        usage = {"usage": None} if self.counts_usage else {}
        extras = self._extras(answer) if answer else {}
        return {**self._head("chat.completion.chunk", [choice]), **usage, **extras}

    def last_chunks(self, answer: Answer, usage: Usage) -> list[Values]:
        """The annotations with the `answer`; and the usage, where it is asked for."""
        marked = self.chunk({"annotations": self._annotations(answer)}, answer)
        if not self.counts_usage:
            return [marked]
        return [marked, {**self._head("chat.completion.chunk", []), "usage": usage.to_dict()}]

    def _head(self, kind: str, choices: list[Values]) -> Values:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": MODEL,
            "choices": choices,
        }

    def _annotations(self, answer: Answer) -> list[Values]:
        with drawn_for(self.collection):
            return url_citations(answer, self.server)

    def _extras(self, answer: Answer) -> Values:
        return {"footnoted": answer.to_dict(), "footnoted_ignored": self.ignored}


def url_citations(answer: Answer, server: str) -> list[Values]:
    """A `url_citation` for each span of the text and citation of it; with keys of our own."""
    cited = {each.number: each for each in answer.citations}
    values = []
    for span in answer.spans:
        citation = cited[span.number]
        address = citation.fragment or citation.url
        own = {"number": span.number, "article": citation.article, "quote": citation.quote}
        url_citation = {
            "start_index": span.start,
            "end_index": span.end,
            "url": article_address(citation.article, address, server),
            "title": citation.title or citation.article,
        }
        values.append({"type": "url_citation", "url_citation": url_citation | own})
    return values


def event(data: Any) -> str:
    """`data` as a server-sent event."""
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
