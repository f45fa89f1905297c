"""Requests to a Chroma server: its HTTP API of version 2, as far as it is needed here.

In:  the address of the server (`RAG_CHROMA_URL`), with `?tenant=…&database=…` where these are not
     Chroma's own; vectors with ids.
Out: what it answers; a `ChromaServerError` for whatever else happens (`rag.index.vectors.faults`).
Left to others: what is kept there, and when it goes (`rag.index.vectors.server`).

Nothing but that address is contacted: no proxy of the environment, no redirect. chromadb's own
client is not used: it has no deadlines, reads proxies from the environment, and takes a second to
load.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from rag.index.vectors.faults import fault, from_status, from_transport
from rag.index.vectors.store import VectorArray

CONNECT_SECONDS = 10.0
SECONDS = 30.0  # in which a search, or any request that writes no vectors, must be done
WRITE_SECONDS = 300.0  # the last batch of a collection also brings its whole graph to the disk
_LONGEST_BODY = 64 << 20  # bytes
_PAGE = 500  # collections that are listed at once
_VERSION = "1."


class ChromaServer:
    """The server at `address`; connected at the first request. Safe to use from several threads."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        names = parse_qs(parts.query)
        path = parts.path.rstrip("/").removesuffix("/api/v2")
        self.url = f"{parts.scheme}://{parts.netloc}{path}"
        self._tenant = names.get("tenant", ["default_tenant"])[0]
        self._database = names.get("database", ["default_database"])[0]
        path = f"/tenants/{quote(self._tenant, safe='')}/databases/"
        self._path = f"{path}{quote(self._database, safe='')}"
        self._client: httpx.Client | None = None

    def check(self) -> None:
        """Make sure, once, that a Chroma server of a known version answers, and has the database.

        Raises:
            ChromaServerError: it does not.
        """
        if self._client is not None:
            return
        client = httpx.Client(
            headers={"Accept-Encoding": "identity", "User-Agent": "footnoted"},
            trust_env=False,
            verify=httpx.create_ssl_context(),
        )
        try:
            status, body = self._send(client, "GET", "/version")
            if status != 200 or not isinstance(version := _value(body), str):
                raise self._other(client, status, body)
            if not version.startswith(_VERSION):
                raise fault(self.url, "version", f"it is {version}")
            status, body = self._send(client, "GET", self._path)
            if status in (400, 404):
                named = f"tenant {self._tenant}, database {self._database}"
                raise fault(self.url, "database", named)
            if status != 200:
                raise from_status(self.url, status, body)
        except BaseException:
            client.close()
            raise
        self._client = client

    def _other(self, client: httpx.Client, status: int, body: bytes) -> Exception:
        """The error for what does not say its version as Chroma does."""
        if status == 404:
            status, older = self._send(client, "GET", "/version", api="v1")
            if status == 200 and isinstance(version := _value(older), str):
                return fault(self.url, "version", f"it is {version}")
        elif status != 200:
            return from_status(self.url, status, body)
        return fault(self.url, "not_chroma")

    def collections(self) -> Iterator[str]:
        """The names of all collections."""
        offset, page = 0, _PAGE
        while page == _PAGE:
            query = f"/collections?limit={_PAGE}&offset={offset}"
            with self._well_formed():
                names = [str(each["name"]) for each in self._request("GET", query)]
            yield from names
            page = len(names)
            offset += page

    def create(self, name: str, hnsw: Mapping[str, Any]) -> str:
        """Make a collection; its id. One of this name is taken as it is: a second try is safe."""
        values = {"name": name, "configuration": {"hnsw": hnsw}, "get_or_create": True}
        with self._well_formed():
            return str(self._request("POST", "/collections", values)["id"])

    def id_of(self, name: str) -> str:
        """The id of a collection. `ChromaServerError` of the kind `missing` if there is none."""
        with self._well_formed():
            return str(self._request("GET", f"/collections/{name}")["id"])

    def delete(self, name: str) -> None:
        """Remove a collection."""
        self._request("DELETE", f"/collections/{name}")

    def count(self, id: str) -> int:
        """How many vectors a collection has."""
        with self._well_formed():
            return int(self._request("GET", f"/collections/{id}/count"))

    def add(self, id: str, ids: Sequence[str], vectors: VectorArray) -> None:
        """Put vectors into a collection; ids that it has are left as they are."""
        values = {"ids": ids, "embeddings": vectors.tolist()}
        self._request("POST", f"/collections/{id}/add", values, WRITE_SECONDS)

    def query(
        self, id: str, vector: VectorArray, k: int, allowed: Sequence[str] | None
    ) -> dict[str, float]:
        """The ids of the `k` nearest vectors, of those `allowed`, with distances, nearest first."""
        values: dict[str, Any] = {
            "query_embeddings": [vector.tolist()],
            "n_results": k,
            "include": ["distances"],
        }
        if allowed is not None:
            values["ids"] = allowed
        with self._well_formed():
            answer = self._request("POST", f"/collections/{id}/query", values)
            return dict(zip(answer["ids"][0], answer["distances"][0], strict=True))

    @contextmanager
    def _well_formed(self) -> Iterator[None]:
        """Raises `ChromaServerError` where JSON is not of the form that Chroma's has."""
        try:
            yield
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise fault(self.url, "not_chroma", "sends JSON of another form") from error

    def _request(
        self, method: str, path: str, values: Any = None, seconds: float | None = None
    ) -> Any:
        """The JSON that the server answers with.

        Raises:
            ChromaServerError: it fails, or answers with something else.
        """
        self.check()
        assert self._client is not None
        status, body = self._send(self._client, method, f"{self._path}{path}", values, seconds)
        if status not in (200, 201):
            raise from_status(self.url, status, body)
        if (answer := _value(body)) is None:
            raise fault(self.url, "not_chroma", "sends no JSON")
        return answer

    def _send(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        values: Any = None,
        seconds: float | None = None,
        *,
        api: str = "v2",
    ) -> tuple[int, bytes]:
        """Status and body. A connection that was closed meanwhile is opened once more.

        That is safe for each request above: what has been done is not done again.
        """
        content = None if values is None else json.dumps(values)
        headers = {} if content is None else {"Content-Type": "application/json"}
        seconds = seconds or SECONDS
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        url = f"{self.url}/api/{api}{path}"
        try:
            request = client.build_request(
                method, url, content=content, headers=headers, timeout=timeout
            )
        except httpx.InvalidURL as error:
            raise fault(self.url, "unknown_host") from error
        deadline = time.monotonic() + seconds
        for attempt in (1, 2):
            try:
                return self._receive(client, request, deadline)
            except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                raise from_transport(self.url, error) from error
            except httpx.TimeoutException as error:
                raise fault(self.url, "too_slow", f"within {seconds:g} s") from error
            except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
                if attempt == 2 or isinstance(error, httpx.ConnectError):
                    raise from_transport(self.url, error) from error
            except httpx.HTTPError as error:
                raise from_transport(self.url, error) from error
        raise AssertionError("the second attempt returns or raises")

    def _receive(
        self, client: httpx.Client, request: httpx.Request, deadline: float
    ) -> tuple[int, bytes]:
        response, body = client.send(request, stream=True), bytearray()
        try:
            for piece in response.iter_bytes():
                body += piece
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("too slow", request=request)
                if len(body) > _LONGEST_BODY:
                    raise fault(self.url, "not_chroma", "sends without end")
            return response.status_code, bytes(body)
        finally:
            response.close()


def _value(body: bytes) -> Any:
    """What a body holds as JSON; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
