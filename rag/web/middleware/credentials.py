"""The name and password in a request.

In:  a header `Authorization` (`Basic`, or `Bearer NAME:PASSWORD`), or the login form.
Out: `Credentials`; empty ones where the request holds some that cannot be read.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

_FORM = "application/x-www-form-urlencoded"


class Credentials(NamedTuple):
    """What a visitor or a program logs in with."""

    name: str = ""
    password: str = ""


def from_authorization(headers: Headers) -> Credentials | None:
    """The credentials of a program; `None` where the request brings none."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    scheme = scheme.lower()
    if scheme not in ("basic", "bearer"):
        return None
    try:
        data = value.strip().encode("latin-1")  # the bytes of the header, as they came
        text = (base64.b64decode(data, validate=True) if scheme == "basic" else data).decode()
    except ValueError:
        return Credentials()
    name, _, password = text.partition(":")
    return Credentials(name, password)


async def from_form(request: Request) -> Credentials:
    """The credentials of the login form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return Credentials()
    try:
        async with request.form(max_fields=4) as form:
            return Credentials(str(form.get("name", "")), str(form.get("password", "")))
    except (HTTPException, MultiPartException):  # too many fields, or one that is too large
        return Credentials()
