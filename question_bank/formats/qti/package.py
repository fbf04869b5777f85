"""What a package holds: the manifest's resources, which part is an item, a test, a stimulus, a picture, or something else."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from question_bank.formats import xml_parts
from question_bank.formats.html_elements import plain_tag
from question_bank.formats.limits import MIB, Unreadable
from question_bank.formats.metadata import Metadata, from_document
from question_bank.formats.qti.names import attribute, descendants

MANIFEST = "imsmanifest.xml"
#: The file in which our metadata travels, beside the manifest: a resource like any other, so that schemas hold.
METADATA = "examsite-metadata.json"

_MOST_RESOURCES = 20_000
#: Bytes; small brackets can take twenty times as much once they are read.
_MOST_METADATA = 16 * MIB
_NAME = re.compile(r"[A-Za-z_][\w:.-]{0,80}")


@dataclass(slots=True)
class Package:
    """An opened package.  materials: texts of stimuli as they are read.  items: paths of item files, in the manifest's order, then others that were found."""

    files: Mapping[str, bytes]
    base: str
    manifest: str
    items: list[str]
    unlisted: set[str]
    said: dict[str, Metadata]
    roots: dict[str, str] = field(default_factory=dict)
    materials: dict[str, str] = field(default_factory=dict)


def opened(files: Mapping[str, bytes]) -> Package:
    """The package of these files.  Raises Unreadable where its manifest is broken, or where no item is to be found."""
    manifests = sorted(
        (path for path in files if posixpath.basename(path).lower() == MANIFEST),
        key=lambda path: path.count("/"),
    )
    manifest = manifests[0] if manifests else ""
    base = posixpath.dirname(manifest)
    listed = _listed(files[manifest], manifest, base) if manifest else []
    roots = {path: _root_name(content) for path, content in files.items() if _is_markup(path, content)}
    is_item = {path for path, name in roots.items() if name in ("assessmentitem", "questestinterop")}
    items = [path for path in dict.fromkeys(listed) if path in is_item]
    unlisted = sorted(is_item.difference(items))
    if not manifest and not unlisted:
        raise Unreadable(
            "not-qti", "压缩包里没有 imsmanifest.xml，也没有 QTI 试题。请检查是不是 QTI 题库包。"
        )
    said = _said(files.get(posixpath.join(base, METADATA), b""))
    return Package(files, base, manifest, [*items, *unlisted], set(unlisted), said, roots)


def _listed(content: bytes, manifest: str, base: str) -> list[str]:
    root = xml_parts.parse(manifest, content)
    found: list[str] = []
    for resource in descendants(root, "resource"):
        if len(found) > _MOST_RESOURCES:
            raise Unreadable("too-many-parts", "清单中的资源过多。请拆分成几个包后分别上传。")
        paths = [
            attribute(resource, "href"),
            *(attribute(one, "href") for one in descendants(resource, "file")),
        ]
        inside = attribute(resource, "base")
        found.extend(
            posixpath.normpath(posixpath.join(base, inside, unquote(path))) for path in paths if path
        )
    return found


def _is_markup(path: str, content: bytes) -> bool:
    return path.lower().endswith((".xml", ".qti")) and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _root_name(content: bytes) -> str:
    """The plain name of the first element, looked for without parsing; "" where there is none near the start."""
    text = content[:20_000].decode("utf-8", "replace")
    position = 0
    while (start := text.find("<", position)) >= 0:
        if text.startswith("<!--", start):
            end = text.find("-->", start)
            position = end if end >= 0 else len(text)
        elif text.startswith(("<?", "<!"), start):
            position = start + 1
        else:
            name = _NAME.match(text, start + 1)
            return plain_tag(name[0].rpartition(":")[2]) if name else ""
        position = max(position, start + 1)
    return ""


def _said(content: bytes) -> dict[str, Metadata]:
    if len(content) > _MOST_METADATA:
        return {}
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, dict):
        return {}
    return {str(identifier): from_document(said) for identifier, said in items.items()}
