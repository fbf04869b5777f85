"""The least of a browser that a simulated candidate needs: one connection that is kept, cookies, forms with their token."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Unreachable(Exception):
    """The server did not answer: no connection, or one that was cut."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    location: str
    retry_after: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.  ValueError where it is none."""
        return json.loads(self.body)


class Browser:
    """One candidate's browser at `address`, such as http://127.0.0.1:8000."""

    def __init__(self, address: str, *, timeout: float = 30.0) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{address!r} is not an address like http://192.168.1.10:8000")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._parts, self._timeout = parts, timeout
        self._connection: http.client.HTTPConnection | None = None
        self._cookies: dict[str, str] = {}
        self._token = ""

    def get(self, path: str, **headers: str) -> Answer:
        """One page; a form's token on it is kept for the next post."""
        answer = self._ask("GET", path, None, headers)
        if found := _TOKEN.search(answer.text):
            self._token = found[1]
        return answer

    def post_form(self, path: str, **fields: str) -> Answer:
        """Send a form with the token of the last page."""
        body = urlencode({"csrf_token": self._token, **fields}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, document: Any) -> Answer:
        """Send a document, as the paper's page does."""
        return self._ask("POST", path, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def cut(self) -> None:
        """Drop the connection, as a pulled cable does."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {"Referer": self.origin + "/", **headers} | ({"Cookie": cookies} if cookies else {})
        fresh = self._connection is None
        try:
            return self._exchange(method, path, body, sent)
        except (OSError, http.client.HTTPException) as error:
            self.cut()
            # A kept connection may have been closed while nobody spoke: once again on a fresh one.
            if fresh:
                raise Unreachable(str(error) or type(error).__name__) from error
        try:
            return self._exchange(method, path, body, sent)
        except (OSError, http.client.HTTPException) as error:
            self.cut()
            raise Unreachable(str(error) or type(error).__name__) from error

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            host, port = self._parts.hostname or "", self._parts.port
            if self._parts.scheme == "https":
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(
                    host, port, timeout=self._timeout, context=context
                )
            else:
                self._connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        self._connection.request(method, path, body, headers)
        reply = self._connection.getresponse()
        content = reply.read()
        for line in reply.headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";", 1)[0].partition("=")
            self._cookies[name.strip()] = value.strip()
        wait = reply.headers.get("Retry-After", "")
        return Answer(
            reply.status, content, reply.headers.get("Location", ""), float(wait) if wait.isdigit() else 0.0
        )
