"""Read QTI: a package (zip) or one bare file of items.  Every part of a package gets a fate under its own name."""

from __future__ import annotations

import posixpath

from lxml import etree

from question_bank.formats import archives, xml_parts
from question_bank.formats.containers import ZIP_MAGIC, check_size
from question_bank.formats.gathering import Gathering
from question_bank.formats.html_elements import plain_name
from question_bank.formats.imports import LONGEST_RAW, Import, OptionIds, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits, Unreadable
from question_bank.formats.metadata import Metadata
from question_bank.formats.qti import version12
from question_bank.formats.qti.items import ItemReading
from question_bank.formats.qti.names import attribute, descendants
from question_bank.formats.qti.package import METADATA, Package, opened
from question_bank.formats.unsupported import Unsupported
from question_bank.outlines.tree import Outline

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".bmp")


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """The questions of a package, or of one XML file.  Raises Unreadable where it is none, broken or harmful."""
    check_size(data, limits)
    gathering = Gathering(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
    if not data.startswith(ZIP_MAGIC):
        root = xml_parts.parse(name, data)
        if plain_name(root) not in ("assessmentitem", "questestinterop"):
            raise Unreadable(
                "not-qti", "这不是 QTI 试题（根元素应是 assessmentItem 或 questestinterop）。请检查文件。"
            )
        _items(gathering, Package({}, "", "", [name], set(), {}), name, root)
        return gathering.close()
    package = opened(archives.unpacked(data, limits))
    gathering.media.inside(
        {path: content for path, content in package.files.items() if path not in package.roots}
    )
    if package.manifest:
        gathering.used(gathering.item(package.manifest, "清单"))
    else:
        gathering.warn("manifest-missing", "压缩包里没有清单 imsmanifest.xml，已逐个读取其中的试题。")
    stimuli: dict[str, etree._Element | None] = {}
    for path in package.items:
        try:
            root = xml_parts.parse(path, package.files[path])
        except Unreadable as fault:
            raw = package.files[path][:LONGEST_RAW].decode("utf-8", "replace")
            item = gathering.item(path, "试题文件", raw=raw)
            gathering.quarantine(item, Unsupported(fault.problem.code, fault.problem.message))
            continue
        _items(gathering, package, path, root, stimuli)
    _others(gathering, package, stimuli)
    return gathering.close()


def _items(
    gathering: Gathering,
    package: Package,
    path: str,
    root: etree._Element,
    stimuli: dict[str, etree._Element | None] | None = None,
) -> None:
    if plain_name(root) == "questestinterop":
        version12.read_all(gathering, path, root)
        return
    identifier = " ".join(attribute(root, "identifier").split())
    said = package.said.get(identifier)
    item = gathering.item(path, "QTI 试题", identifier if said is None else said.external_id)
    item.bank = said.bank if said else ""
    item.title = attribute(root, "title")
    if path in package.unlisted and package.manifest:
        item.warn("not-in-manifest", "清单中没有这道试题，仍已读取。")
    known = {} if stimuli is None else stimuli
    reading = ItemReading(
        root,
        path,
        item,
        gathering.media,
        said or Metadata(),
        gathering.option_ids(item),
        lambda wanted: _stimulus(package, wanted, known),
        package.materials,
    )
    try:
        question, key = reading.question()
    except Unsupported as reason:
        item.raw = xml_parts.source(root, LONGEST_RAW)
        gathering.quarantine(item, reason)
        return
    gathering.accept(item, question, key)


def _stimulus(package: Package, path: str, known: dict[str, etree._Element | None]) -> etree._Element | None:
    if path not in known:
        content = package.files.get(path)
        try:
            known[path] = None if content is None else xml_parts.parse(path, content)
        except Unreadable as fault:
            raise Unsupported(fault.problem.code, fault.problem.message) from fault
    return known[path]


def _others(gathering: Gathering, package: Package, stimuli: dict[str, etree._Element | None]) -> None:
    """The fate of every part that is no item."""
    items = set(package.items)
    for path, content in package.files.items():
        if path in items or path == package.manifest:
            continue
        root_name = package.roots.get(path, "")
        if root_name == "assessmenttest":
            _test(gathering, path, content)
        elif root_name == "assessmentstimulus" or path in stimuli:
            item = gathering.item(path, "共用材料")
            if path in stimuli:
                gathering.used(item)
            else:
                gathering.skip(item, "stimulus-unused", "没有可导入的试题用到这份共用材料，未导入。")
        elif path == posixpath.join(package.base, METADATA):
            gathering.used(gathering.item(path, "附加信息"))
        elif path.lower().endswith(_PICTURES):
            item = gathering.item(path, "图片")
            if path in gathering.media.used:
                gathering.used(item)
            else:
                gathering.skip(item, "picture-unused", "没有可导入的试题用到这张图片，未导入。")
        elif path.lower().endswith(".css"):
            gathering.skip(
                gathering.item(path, "样式表"), "stylesheet-left-out", "样式表未导入，版式由本系统决定。"
            )
        else:
            gathering.skip(gathering.item(path, "其他文件"), "file-left-out", "本系统不用这个文件，未导入。")


def _test(gathering: Gathering, path: str, content: bytes) -> None:
    """A test and its sections are no questions; what they refer to is read by itself."""
    item = gathering.item(path, "试卷")
    try:
        root = xml_parts.parse(path, content)
    except Unreadable as fault:
        gathering.skip(item, fault.problem.code, fault.problem.message)
        return
    item.title = attribute(root, "title")
    gathering.skip(item, "test-left-out", "试卷的结构未导入，其中的试题已逐题读取。")
    for section in list(descendants(root, "assessmentsection"))[:1_000]:
        part = gathering.item(path, "试卷的一部分", attribute(section, "identifier"))
        part.title = attribute(section, "title")
        gathering.skip(part, "section-left-out", "试卷的这一部分未导入，其中的试题已逐题读取。")
