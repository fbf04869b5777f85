"""Many clients on one thread: keep-alive connections that each send their next request when the last was answered."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: What a client does next: given the number of its request, the bytes to send.
NextRequest = Callable[[int], bytes]
#: Looks at (number, status, body) of an answer; raises where it is not the one that was due.
Check = Callable[[int, int, bytes], None]


@dataclass(slots=True)
class Client:
    """One candidate's connection.  `look` sees the head of every answer."""

    request: NextRequest
    check: Check
    look: Callable[[bytes], None] | None = None
    sent: int = 0
    started: float = 0.0
    received: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Figures:
    """One measurement.  Latencies in milliseconds."""

    per_second: float
    p50: float
    p95: float
    p99: float
    requests: int
    errors: int


def drive(address: tuple[str, int], clients: list[Client], *, seconds: float) -> Figures:
    """Let every client work for so long.  An answer that `check` refuses is an error and is not counted."""
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    errors = 0
    for client in clients:
        connection = _connect(address)
        selector.register(connection, selectors.EVENT_READ, client)
        _send(connection, client)
    begin = time.perf_counter()
    end = begin + seconds
    busy = len(clients)
    while busy:
        for key, _ in selector.select(timeout=5):
            client: Client = key.data
            connection = key.fileobj  # type: ignore[assignment]
            assert isinstance(connection, socket.socket)
            chunk = connection.recv(262144)
            if not chunk:  # the server closed an idle connection: open another and ask again
                selector.unregister(connection)
                connection.close()
                fresh = _connect(address)
                selector.register(fresh, selectors.EVENT_READ, client)
                client.sent -= 1
                client.received.clear()
                _send(fresh, client)
                continue
            client.received += chunk
            answer = _complete(client.received)
            if answer is None:
                continue
            status, body, closes = answer
            if client.look is not None:
                client.look(bytes(client.received[: client.received.find(b"\r\n\r\n")]))
            client.received.clear()
            moment = time.perf_counter()
            try:
                client.check(client.sent - 1, status, body)
                latencies.append(moment - client.started)
            except Exception:
                errors += 1
            if moment >= end:
                selector.unregister(connection)
                connection.close()
                busy -= 1
                continue
            if closes:
                selector.unregister(connection)
                connection.close()
                connection = _connect(address)
                selector.register(connection, selectors.EVENT_READ, client)
            _send(connection, client)
    took = time.perf_counter() - begin
    latencies.sort()
    return Figures(
        per_second=len(latencies) / took,
        p50=_share(latencies, 0.50),
        p95=_share(latencies, 0.95),
        p99=_share(latencies, 0.99),
        requests=len(latencies),
        errors=errors,
    )


def request(
    method: str, path: str, *, host: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _connect(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address, timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _send(connection: socket.socket, client: Client) -> None:
    wire = client.request(client.sent)
    client.sent += 1
    client.started = time.perf_counter()
    connection.sendall(wire)


def _complete(received: bytearray) -> tuple[int, bytes, bool] | None:
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = bytes(received[:head_end]).lower()
    status = int(head[9:12])
    start = head_end + 4
    place = head.find(b"content-length:")
    if place >= 0:
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(received) - start < length:
            return None
        return status, bytes(received[start : start + length]), b"connection: close" in head
    if b"transfer-encoding: chunked" in head:
        if not received.endswith(b"0\r\n\r\n"):
            return None
        return status, bytes(received[start:]), b"connection: close" in head
    return status, b"", b"connection: close" in head


def _share(ordered: list[float], share: float) -> float:
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000
