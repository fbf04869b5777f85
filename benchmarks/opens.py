"""Papers opened a second: taking the lease (a commit) and the page of 100 questions, as at the start of a sitting."""

from __future__ import annotations

from urllib.parse import urlencode

from benchmarks.load import Client, Figures, drive, request
from benchmarks.serving import Candidate, Served, main


class Opener:
    """One candidate who opens the paper again and again: POST open, then GET paper with the cookie it set."""

    def __init__(self, served: Served, candidate: Candidate) -> None:
        self.served, self.candidate = served, candidate
        self.body = urlencode({"csrf_token": candidate.csrf}).encode()
        self.cookie = candidate.cookie

    def request(self, number: int) -> bytes:
        if number % 2 == 0:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.candidate.cookie}
            headers["Referer"] = f"http://{self.served.host}/"
            path = f"/exam/{self.candidate.attempt}/open"
            return request("POST", path, host=self.served.host, headers=headers, body=self.body)
        path = f"/exam/{self.candidate.attempt}/paper"
        return request("GET", path, host=self.served.host, headers={"Cookie": self.cookie})

    def check(self, number: int, status: int, body: bytes) -> None:
        if number % 2 == 0:
            assert status == 303, body
            return
        assert status == 200
        assert self.candidate.attempt.encode() in body
        assert body.count(b"data-position=") == 100

    def look(self, head: bytes) -> None:
        """Keep the cookie that holds the lease."""
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"set-cookie: examsite="):
                self.cookie = line[12:].split(b";", 1)[0].decode()


def measure(served: Served, width: int, seconds: float) -> Figures:
    """`width` candidates at a time; one open = two requests, so the rate is halved and latencies are of each request."""
    openers = [Opener(served, candidate) for candidate in served.candidates[:width]]
    clients = [Client(opener.request, opener.check, look=opener.look) for opener in openers]
    figures = drive(served.address, clients, seconds=seconds)
    return Figures(
        figures.per_second / 2, figures.p50, figures.p95, figures.p99, figures.requests, figures.errors
    )


if __name__ == "__main__":
    main(
        "opens",
        "papers of 100 questions opened a second: lease committed, page served",
        measure,
        candidates=64,
    )
