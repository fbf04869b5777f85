"""`python -m examsite.translations` compiles every catalogue; `… check` names sentences without Chinese.

Catalogues (.po) are committed, compiled ones (.mo) are made at set-up.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parent.parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}


def catalogues() -> list[Path]:
    """Every .po file of the application."""
    return sorted(PACKAGE.glob("**/translations/zh/LC_MESSAGES/messages.po"))


def compile_all() -> int:
    """Write the .mo beside each .po; how many there are."""
    for path in catalogues():
        with path.open("rb") as source:
            catalogue = read_po(source, locale="zh")
        with path.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)
    return len(catalogues())


def missing() -> list[str]:
    """`file:line sentence` for every sentence of the code that no catalogue translates."""
    known: set[str] = set()
    for path in catalogues():
        with path.open("rb") as source:
            for message in read_po(source, locale="zh"):
                texts = message.string if isinstance(message.string, tuple) else (message.string,)
                if message.id and all(texts) and not message.fuzzy:
                    known.add(message.id[0] if isinstance(message.id, tuple | list) else message.id)
    found = []
    for file, line, text, _comments, _context in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        sentence = text[0] if isinstance(text, tuple) else text
        if sentence and sentence not in known:
            found.append(f"examsite/{file}:{line} {sentence!r}")
    return found


def main(arguments: list[str]) -> int:
    """Exit status: 0 where all is well, 1 where a sentence lacks Chinese."""
    if arguments == ["check"]:
        lines = missing()
        print("\n".join(lines) or "every sentence has its Chinese")
        return 1 if lines else 0
    print(f"compiled {compile_all()} catalogues")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
