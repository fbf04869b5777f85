"""The reference: the least that a Flask application can do."""

from flask import Flask

application = Flask(__name__)


@application.get("/")
def hello() -> str:
    return "hello"
