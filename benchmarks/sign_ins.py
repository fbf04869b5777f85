"""The rush before the start: candidates sign in with ticket and identity number, staff with a password.

References of the same run: a Flask hello for candidates, who have no password to hash; for staff argon2 alone on every core.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select

from benchmarks.load import Client, Figures, drive, request
from benchmarks.serving import (
    databases,
    environment_of,
    gunicorn,
    hello,
    machine,
    prepared,
)
from examsite.access import people
from examsite.access.models import Login, Person
from examsite.access.passwords import hash_password, is_right
from examsite.access.permissions import Role
from examsite.access.scope import EVERYTHING
from examsite.clock import system_clock
from examsite.registration.models import Enrolment

CANDIDATES = 1_500
WIDTH = 32
PASSWORD = "Sample-2026"
_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


class Door:
    """One machine at which person after person comes in: the form (GET), then what was typed (POST)."""

    def __init__(self, host: str, path: str, forms: list[dict[str, str]]) -> None:
        self.host, self.path, self.forms = host, path, forms
        self.token, self.cookie, self.came_in = "", "", 0

    def request(self, number: int) -> bytes:
        if number % 2 == 0:
            # A machine that nobody is signed in at.
            self.cookie = ""
            return request("GET", self.path, host=self.host)
        form = self.forms[number // 2 % len(self.forms)]
        body = urlencode({"csrf_token": self.token, **form}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self.cookie,
            "Referer": f"http://{self.host}/",
        }
        return request("POST", self.path, host=self.host, headers=headers, body=body)

    def check(self, number: int, status: int, body: bytes) -> None:
        if number % 2 == 0:
            assert status == 200, body[:200]
            found = _TOKEN.search(body)
            assert found is not None
            self.token = found[1].decode()
            return
        assert status == 303, (status, body[:200])
        self.came_in += 1

    def look(self, head: bytes) -> None:
        """Keep the cookie that the form's token belongs to."""
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"set-cookie: examsite="):
                self.cookie = line[12:].split(b";", 1)[0].decode()


def _rate(
    host: str, port: int, path: str, forms: list[list[dict[str, str]]], seconds: float
) -> tuple[Figures, int]:
    doors = [Door(f"{host}:{port}", path, share) for share in forms]
    clients = [Client(door.request, door.check, look=door.look) for door in doors]
    figures = drive((host, port), clients, seconds=seconds)
    rate = Figures(
        figures.per_second / 2, figures.p50, figures.p95, figures.p99, figures.requests, figures.errors
    )
    return rate, sum(door.came_in for door in doors)


def _identities(app: Flask) -> list[dict[str, str]]:
    """Give every candidate an identity number that can be typed; what each types."""
    with app.app_context(), app.extensions["examsite-database"].writing() as session:
        rows = session.execute(
            select(Enrolment.ticket, Person).join(Person, Person.id == Enrolment.person_id)
        ).all()
        found = []
        for number, (ticket, person) in enumerate(rows):
            identity = f"000000190003{number:06}"
            person.identity_index = people.identity_index(identity)
            found.append({"ticket": ticket, "identity": identity})
        return found


def _staff(app: Flask, count: int) -> list[dict[str, str]]:
    with app.app_context(), app.extensions["examsite-database"].writing() as session:
        hashed = hash_password(PASSWORD)
        for number in range(count):
            row = people.create(
                session, name=f"样例监考员{number}", username=f"rush{number}", actor=None, now=system_clock()
            )
            row.password_hash = hashed
            people.grant(session, row, Role.INVIGILATOR, EVERYTHING, actor=None, now=system_clock())
    return [{"username": f"rush{number}", "password": PASSWORD} for number in range(count)]


def _argon2(seconds: float) -> int:
    hashed, end, done = hash_password(PASSWORD), time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        assert is_right(hashed, PASSWORD)
        done += 1
    return done


def argon2_alone(cores: int, seconds: float) -> float:
    """Checks of a password a second on so many cores, nothing else."""
    with ProcessPoolExecutor(cores) as pool:
        return sum(pool.map(_argon2, [seconds] * cores)) / seconds


def _shares(forms: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    return [forms[place::WIDTH] for place in range(WIDTH)]


def measure(url: str, seconds: float) -> dict[str, Figures]:
    """Both rushes on one database; every login is counted in it afterwards."""
    environment = environment_of(url)
    app, _people = prepared(environment, CANDIDATES)
    database = app.extensions["examsite-database"]
    candidates, staff = _identities(app), _staff(app, 64)
    with app.app_context(), database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Login)) or 0
    database.dispose()
    with gunicorn("wsgi:application", environment) as (host, port):
        one, came = _rate(host, port, "/registration/sign-in", _shares(candidates), seconds)
        other, also_came = _rate(host, port, "/account/sign-in", _shares(staff), seconds)
    with app.app_context(), database.reading() as session:
        logins = (session.scalar(select(func.count()).select_from(Login)) or 0) - before
    database.dispose()
    assert logins == came + also_came, f"{logins} logins in the database of {came + also_came}"
    return {"candidates": one, "staff": other}


def main() -> int:
    """Measure both databases beside their references."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sign_ins")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    reference = hello(16, arguments.seconds)
    argon2 = argon2_alone(2, arguments.seconds / 2)
    found, failed = {}, False
    with databases() as urls:
        for name, url in urls.items():
            found[name] = measure(url, arguments.seconds)
    lines = [machine(), f"Flask hello {reference.per_second:.0f} /s; argon2 alone on 2 cores {argon2:.0f} /s"]
    for name, figures in found.items():
        for who, one in figures.items():
            of = (
                f"{one.per_second / argon2:.2f} x argon2"
                if who == "staff"
                else f"{one.per_second / reference.per_second:.3f} x hello"
            )
            failed |= one.errors > 0
            lines.append(
                f"{who} on {name}: {one.per_second:.0f} /s, p95 {one.p95:.0f} ms, errors {one.errors}, {of}"
            )
    if arguments.json:
        document = {
            "machine": machine(),
            "hello": asdict(reference),
            "argon2": argon2,
            **{name: {who: asdict(one) for who, one in figures.items()} for name, figures in found.items()},
        }
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(lines))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
