"""Write drafts as QTI packages of 2.1, 2.2 and 3.0: manifest, one file an item, shared stimuli, pictures, our metadata."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape

from question_bank.formats.export import Written
from question_bank.formats.html_writing import blocks
from question_bank.formats.imports import derived_ids
from question_bank.formats.limits import MIB, Limits
from question_bank.formats.media import suffix_of
from question_bank.formats.metadata import document_of
from question_bank.formats.qti import reading
from question_bank.formats.qti.item_writing import why_not, written_item
from question_bank.formats.qti.names import V21, V22, V30, Version
from question_bank.formats.qti.package import MANIFEST, METADATA
from question_bank.formats.returns import examined
from question_bank.formats.xml_parts import writable
from question_bank.questions.model import Draft

_OWN_LIMITS = Limits(
    file_bytes=1024 * MIB, unpacked_bytes=4096 * MIB, entries=1_000_000, rows=2_000_000, ratio=100_000
)
#: A fixed date, so that the same content is the same file.
_DATE = (2000, 1, 1, 0, 0, 0)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes], *, version: Version) -> Written:
    """The package of these drafts, the same bytes for the same drafts."""
    maker = _Maker(version, pictures)
    for number, draft in enumerate(drafts, start=1):
        if not why_not(draft):
            maker.add(f"item-{number:05d}", draft)
    return examined(
        maker.package(),
        drafts,
        lambda data: reading.read("qti.zip", data, limits=_OWN_LIMITS, new_ids=derived_ids),
        held=why_not,
        parts=maker.count,
    )


class _Maker:
    """A package in the making: files by path, and what the manifest says of each."""

    def __init__(self, version: Version, pictures: Mapping[str, bytes]) -> None:
        self._version, self._pictures = version, pictures
        self._files: dict[str, bytes] = {}
        self._resources: list[str] = []
        self._said: dict[str, object] = {}
        self._named: dict[str, str] = {}
        self._stimuli: dict[tuple[str, str], str] = {}

    def add(self, identifier: str, draft: Draft) -> None:
        """One item, with the stimulus and the pictures that it needs."""
        self._named = {}
        stimulus = self._stimulus(draft)
        markup = written_item(self._version, identifier, draft, self._address, stimulus)
        path = f"items/{identifier}.xml"
        self._files[path] = (_XML + writable(markup)).encode()
        needs = [*self._named.values(), *([f"resource-{stimulus}"] if stimulus else [])]
        self._resource(f"resource-{identifier}", self._version.item_type, path, needs)
        self._said[identifier] = document_of(draft, without=["model_answer"])

    def package(self) -> bytes:
        """The zip."""
        said = json.dumps({"schema": 1, "items": self._said}, ensure_ascii=False, sort_keys=True, indent=1)
        self._files[METADATA] = said.encode()
        self._resource("resource-metadata", "webcontent", METADATA, [])
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in {MANIFEST: self._manifest(), **self._files}.items():
                entry = zipfile.ZipInfo(path, _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return stream.getvalue()

    @property
    def count(self) -> int:
        """How many files the package has."""
        return len(self._files) + 1

    def _stimulus(self, draft: Draft) -> str:
        """The identifier of the shared stimulus, written once; "" where the material stands in the item itself."""
        question = draft.question
        if not (question.stimulus and question.material and self._version.stimulus_type):
            return ""
        key = (question.stimulus, question.material)
        identifier = self._stimuli.get(key)
        if identifier is None:
            identifier = self._stimuli[key] = f"stimulus-{len(self._stimuli) + 1:05d}"
            outer, self._named = self._named, {}
            version = self._version
            content = version.element("stimulusBody", {}, blocks(question.material, self._address))
            markup = version.element(
                "assessmentStimulus",
                {"identifier": identifier, "title": question.stimulus},
                content,
            ).replace(">", f' xmlns="{version.namespace}">', 1)
            path = f"stimuli/{identifier}.xml"
            self._files[path] = (_XML + writable(markup)).encode()
            self._resource(f"resource-{identifier}", version.stimulus_type, path, list(self._named.values()))
            self._named = outer
        return identifier

    def _address(self, digest: str) -> str:
        content = self._pictures.get(digest)
        if content is None:
            return ""
        path = f"media/{digest}.{suffix_of(content) or 'bin'}"
        resource = f"resource-{digest}"
        if path not in self._files:
            self._files[path] = content
            self._resource(resource, "webcontent", path, [])
        self._named[digest] = resource
        return f"../{path}"

    def _resource(self, identifier: str, kind: str, path: str, needs: list[str]) -> None:
        depends = "".join(f'<dependency identifierref="{need}"/>' for need in dict.fromkeys(needs))
        self._resources.append(
            f'<resource identifier="{identifier}" type="{kind}" href="{path}"><file href="{path}"/>{depends}</resource>'
        )

    def _manifest(self) -> bytes:
        schema, number = self._version.package_schema
        return (
            f'{_XML}<manifest xmlns="{self._version.package}" identifier="examsite-package">'
            f"<metadata><schema>{escape(schema)}</schema><schemaversion>{number}</schemaversion></metadata>"
            f"<organizations/><resources>{''.join(self._resources)}</resources></manifest>"
        ).encode()


#: A writer for each version, by its number.
WRITERS: dict[str, Callable[[Sequence[Draft], Mapping[str, bytes]], Written]] = {
    version.number.replace(".", ""): partial(write, version=version) for version in (V21, V22, V30)
}
