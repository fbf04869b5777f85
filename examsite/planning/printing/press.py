"""`python -m examsite.planning.printing.press`: one run of typst in a process of its own.

Typst keeps what it has set, some ten MiB a paper, for as long as its process lives; a worker that also saves answers must not
grow by that, nor wait for it.  The job comes by the standard input and the file leaves by the standard output, so nothing of a
paper is on a disk or in a list of processes.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

#: What the process ends with where typst refuses the source; its words are on the standard error.
REFUSED = 3
#: Saving answers goes before printing.
POLITENESS = 10


def compiled(job: dict[str, Any]) -> list[bytes]:
    """The files of a job: one PDF, or the pages as PNG.  job: {"files": {name: text}, "form": "pdf" or "png"}."""
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    fonts = typst.Fonts(font_paths=[str(folder)], include_system_fonts=False)
    files: Any = {name: text.encode() for name, text in job["files"].items()}
    ppi = 80.0 if job["form"] == "png" else None
    made: Any = typst.compile(files, font_paths=fonts, format=job["form"], ppi=ppi, pdf_tags=False)
    return list(made) if isinstance(made, list) else [made]


def main() -> int:
    os.nice(POLITENESS)
    job = json.load(sys.stdin.buffer)
    try:
        made = compiled(job)
    except typst.TypstError as error:
        print(error, file=sys.stderr)
        return REFUSED
    json.dump([base64.b64encode(one).decode() for one in made], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
