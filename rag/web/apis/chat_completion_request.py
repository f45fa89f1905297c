"""The body of `POST /v1/chat/completions`, as pydantic models.

In:  bytes. Out: a `ChatCompletionRequest`, or a `QuestionError` in one line.

Fields of OpenAI's that mean nothing here are accepted and named in the response, as are messages of
other roles than user and assistant. Left to others: since, until, outlets, max_wrong and
collection, which all the APIs have in common (`rag.web.services.questions.parse_request`).
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StrictBool, StrictStr, ValidationError, field_validator

from rag.errors import QuestionError
from rag.types import Turn

MODEL = "footnoted"


class InvalidField(QuestionError):
    """A field that cannot be used; `param` is its name, `code` a word for programs."""

    def __init__(self, param: str, line: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(line)
        self.param, self.status, self.code = param, status, code


class _TextPart(BaseModel):
    text: StrictStr


class _Message(BaseModel):
    role: Any = None
    content: StrictStr | list[_TextPart] = ""

    @field_validator("content", mode="before")
    @classmethod
    def _empty(cls, content: Any) -> Any:
        return content or ""  # null, say, where an assistant called a tool

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class Conversation(NamedTuple):
    """The last message, the turns before it, and the roles of messages that are not used."""

    question: str
    history: list[Turn]
    ignored_roles: list[str]


class _StreamOptions(BaseModel):
    include_usage: StrictBool | None = None


class ChatCompletionRequest(BaseModel):
    """What is used of a request; anything else is in `model_extra`.

    The order of the fields is the order in which a faulty one is reported.
    """

    model_config = ConfigDict(extra="allow")

    model: Literal["footnoted"]
    n: Literal[1] | None = None
    stream: StrictBool | None = None
    stream_options: _StreamOptions | None = None
    messages: list[_Message]
    since: Any = None
    until: Any = None
    outlets: Any = None
    max_wrong: Any = None
    collection: Any = None

    @classmethod
    def parse(cls, body: bytes) -> ChatCompletionRequest:
        """The request in `body`, which is JSON.

        Raises:
            InvalidField: a field is missing or cannot be used.
            QuestionError: the body is no JSON object.
        """
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise QuestionError(
                "the body is no JSON: send an object with model and messages"
            ) from error
        if not isinstance(fields, dict):
            raise QuestionError("the body is no object: send one with model and messages")
        try:
            request = cls.model_validate(fields)
        except ValidationError as error:
            raise _invalid_field(error, fields) from error
        if request.stream_options and not request.stream:
            raise InvalidField("stream_options", "stream_options is for streams: add stream")
        return request

    @property
    def includes_usage(self) -> bool:
        """Whether a stream is to end with its usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def ignored(self) -> list[str]:
        """What the request holds that this server does not use, in words."""
        fields = sorted(
            name for name, value in (self.model_extra or {}).items() if value is not None
        )
        roles = self.conversation.ignored_roles
        return [*fields, *(f"messages of role {role[:40]}" for role in roles)]

    @property
    def conversation(self) -> Conversation:
        """The messages as a question and its history.

        Raises:
            InvalidField: the last message is not the user's.
        """
        if not self.messages or self.messages[-1].role != "user":
            raise InvalidField(
                "messages", "the last message is the question: give it the role user"
            )
        history, question = [], ""
        for message in self.messages[:-1]:
            if message.role == "user":
                question = message.text
            elif message.role == "assistant" and question:  # an unanswered question is no turn
                history.append(Turn(question, message.text))
                question = ""
        roles = {str(message.role) for message in self.messages} - {"user", "assistant"}
        return Conversation(self.messages[-1].text, history, sorted(roles))


def unknown_model(name: Any) -> InvalidField:
    """The error for a model that is not here."""
    line = f"there is no model {str(name)[:40]!r} here: ask {MODEL!r}"
    return InvalidField("model", line, 404, "model_not_found")


def _invalid_field(error: ValidationError, fields: dict[str, Any]) -> InvalidField:
    """The first faulty field; of the messages, their list before the content of one."""
    places = [fault["loc"] for fault in error.errors(include_url=False, include_context=False)]
    match places[0][0]:
        case "model":
            return unknown_model(fields.get("model"))
        case "n":
            return InvalidField("n", "there is one answer to a question: leave n out")
        case "stream":
            return InvalidField("stream", "stream is true or false")
        case "stream_options":
            line = 'stream_options is an object such as {"include_usage": true}'
            return InvalidField("stream_options", line)
    if min(map(len, places)) <= len(("messages", 0)):
        line = 'messages is no list: send [{"role": "user", "content": "…"}]'
        return InvalidField("messages", line)
    return InvalidField("messages", "only text can be read: send content as a string")
