"""The form in which a request is rejected: a line of text; below /v1, OpenAI's JSON.

In:  the path of the request, a status and a line.
Out: a response of Starlette.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


def error_response(
    path: str, status: int, line: str, headers: Mapping[str, str] | None = None
) -> Response:
    """`line` in the form that clients of `path` expect."""
    if not path.startswith("/v1/"):
        return PlainTextResponse(f"{line}\n", status, headers)
    return JSONResponse(openai_error(status, line), status, headers)


def openai_error(
    status: int, line: str, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """OpenAI's error object; `param`: the field that is wrong, `code`: a word for programs."""
    type_ = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": line, "type": type_, "param": param, "code": code}}
