"""Exchange files that are broken, huge, or made to harm: refused or read, within bounds of memory and time."""

from __future__ import annotations

import dataclasses
import io
import random
import struct
import subprocess
import sys
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from question_bank.formats.exchange_formats import EXCHANGE_FORMATS
from question_bank.formats.imports import Import, Outcome, derived_ids
from question_bank.formats.limits import MIB, Limits, Unreadable
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Part, Question, make_options
from tests.question_bank.formats.exchange import DIGEST, PICTURE, PICTURES

FORMATS = {one.code: one for one in EXCHANGE_FORMATS}
BOMB = b'<!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
QUICK = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def refused(code, data, **how):
    with pytest.raises(Unreadable) as caught:
        FORMATS[code].read(f"a.{FORMATS[code].extensions[0]}", data, **how)
    assert "请" in caught.value.problem.message or "拒绝" in caught.value.problem.message
    return caught.value.problem.code


def sample():
    """A few drafts with all that the formats carry."""
    options = make_options(["甲 $x^2$", f"![图](picture:{DIGEST})", "丙"], derived_ids("s"))
    right = frozenset([options[0].id])
    whole = Question(
        Kind.COMPOUND, "综合", parts=(Part(Kind.SINGLE, "一", options), Part(Kind.BLANK, "二____"))
    )
    return [
        Draft(
            Question(Kind.SINGLE, "题\n| a | b |\n|---|---|\n| 1 | 2 |", options, "A-B-001", 3),
            Key(right, explanation="因"),
            "库",
            "B-1",
        ),
        Draft(Question(Kind.BLANK, "填____和____"), Key(blanks=(("甲", "乙"), ("丙",))), "库"),
        Draft(Question(Kind.ESSAY, "论", material="材料"), Key(model_answer="要点")),
        Draft(
            Question(Kind.SINGLE, "问", make_options(["甲", "乙"], derived_ids("t"))),
            Key(frozenset([make_options(["甲"], derived_ids("t"))[0].id])),
        ),
        Draft(whole, Key(parts=(Key(right), Key(blanks=(("丁",),))))),
    ]


SAMPLES = {code: form.write(sample(), PICTURES).data for code, form in FORMATS.items() if form.write}


def zipped(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def item(body, declaration=""):
    return f'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q">{declaration}<itemBody>{body}</itemBody></assessmentItem>'.encode()


@pytest.mark.parametrize("code", ["moodle", "qti12", "qti21", "qti30"])
@pytest.mark.parametrize(
    "head",
    [
        BOMB,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b'<?xml version="1.0"?>\n<!-- <quiz> -->\n<!DOCTYPE x [<!ENTITY % p SYSTEM "http://x.example/">%p;]>',
    ],
)
def test_entities_are_refused(code, head):
    root = b"<quiz>&c;</quiz>" if code == "moodle" else b"<assessmentItem>&c;</assessmentItem>"
    assert refused(code, head + root) == "markup-entities"


def test_entities_in_one_item_keep_that_item_apart_and_leave_the_others():
    good = item(
        '<p>题</p><extendedTextInteraction responseIdentifier="R"/>',
        '<responseDeclaration identifier="R" cardinality="single" baseType="string"/>',
    )
    bad = BOMB + b'<assessmentItem identifier="x"><itemBody>&c;</itemBody></assessmentItem>'
    found = FORMATS["qti21"].read("a.zip", zipped({"a.xml": good, "b.xml": bad}))
    assert [(fate.sheet, fate.outcome) for fate in found.fates] == [
        ("a.xml", Outcome.ACCEPTED),
        ("b.xml", Outcome.QUARANTINED),
    ]
    assert found.quarantined[0].reason_code == "markup-entities"


def test_an_unknown_entity_is_not_resolved():
    assert refused("moodle", b"<quiz><question>&file;</question></quiz>") == "markup-broken"


@pytest.mark.parametrize(
    "name", ["../evil.xml", "a/../../b.xml", "/etc/passwd", "C:/x.xml", "a\\..\\b.xml", "a/\x01b"]
)
def test_names_that_point_out_of_the_package(name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, "x")
    assert refused("qti21", stream.getvalue()) == "archive-path"


def test_zip_bombs_are_refused_quickly():
    started = time.process_time()
    assert refused("qti21", zipped({"a.xml": b" " * (150 * MIB)})) == "archive-bomb"
    assert refused("qti21", zipped({"a.xml": b" " * (20 * MIB)})) == "archive-bomb"
    assert time.process_time() - started < 8  # most of it for packing them
    bomb = zipped({"a.xml": b" " * (20 * MIB)})
    lying = bomb.replace(struct.pack("<L", 20 * MIB), struct.pack("<L", 5_000))
    assert lying != bomb
    assert refused("qti21", lying) == "archive-corrupt"


def test_many_parts_repeated_names_passwords_and_odd_packings():
    assert refused("qti21", zipped({f"{n}.xml": b"x" for n in range(2_001)})) == "too-many-parts"
    assert refused("qti21", zipped({"a.xml": b"x", "A.xml": b"x"})) == "archive-corrupt"
    assert refused("qti21", zipped({"a.xml": b"x" * 100}, zipfile.ZIP_LZMA)) == "archive-corrupt"
    data = bytearray(SAMPLES["qti21"])
    position = -1
    while (position := data.find(b"PK\x01\x02", position + 1)) >= 0:
        data[position + 8] |= 1
    assert refused("qti21", bytes(data)) == "file-encrypted"


def test_deep_nesting():
    deep = "<div>" * 5_000
    assert refused("moodle", f"<quiz>{deep}".encode()) == "markup-broken"
    assert refused("qti21", item(deep)) == "markup-broken"
    html = f'<quiz><question type="essay"><questiontext format="html"><text><![CDATA[{deep}x]]></text></questiontext></question></quiz>'
    found = FORMATS["moodle"].read("a.xml", html.encode())
    assert found.quarantined[0].reason_code == "html-too-deep"
    within = item(
        "<div>" * 200 + '<p>x</p><extendedTextInteraction responseIdentifier="R"/>' + "</div>" * 200
    )
    assert FORMATS["qti21"].read("a.xml", within).quarantined[0].reason_code == "html-too-deep"
    assert FORMATS["gift"].read("a.txt", b"{" * 100_000).quarantined[0].reason_code == "braces"
    mathml = "<mrow>" * 150 + "<mi>x</mi>" + "</mrow>" * 150
    math = f'<quiz><question type="essay"><questiontext format="html"><text><![CDATA[<math>{mathml}</math>]]></text></questiontext></question></quiz>'
    assert (
        FORMATS["moodle"].read("a.xml", math.encode()).quarantined[0].reason_code == "formula-without-latex"
    )


def test_a_huge_picture_in_base64():
    html = f'<quiz><question type="essay"><questiontext format="html"><text><![CDATA[<img src="data:image/png;base64,{"A" * (8 * MIB)}">]]></text></questiontext></question></quiz>'
    found = FORMATS["moodle"].read("a.xml", html.encode())
    assert found.quarantined[0].reason_code == "picture-too-big"
    assert len(found.quarantined[0].raw) <= 20_000


def test_a_small_file_that_is_a_picture_of_a_million_pixels_a_side():
    wide = bytearray(PICTURE)
    wide[16:20] = struct.pack(">I", 1_000_000)
    path = {
        "imsmanifest.xml": "<manifest/>",
        "a.png": bytes(wide),
        "a.xml": item('<p><img src="a.png" alt="x"/></p><extendedTextInteraction responseIdentifier="R"/>'),
    }
    assert FORMATS["qti21"].read("a.zip", zipped(path)).quarantined[0].reason_code in (
        "picture-broken",
        "picture-too-big",
        "answer-undeclared",
    )


def test_a_hundred_thousand_answers():
    started = time.process_time()
    answers = '<answer fraction="0"><text>甲</text></answer>' * 100_000
    data = f'<quiz><question type="multichoice"><questiontext><text>题</text></questiontext>{answers}</question></quiz>'.encode()
    assert FORMATS["moodle"].read("a.xml", data).quarantined[0].reason_code == "too-many-answers"
    choices = '<simpleChoice identifier="A">甲</simpleChoice>' * 100_000
    data = item(f'<choiceInteraction responseIdentifier="R">{choices}</choiceInteraction>')
    assert FORMATS["qti21"].read("a.xml", data).quarantined[0].reason_code == "too-many-options"
    data = "题 {".encode() + "~甲".encode() * 100_000 + b"}"
    assert FORMATS["gift"].read("a.txt", data).quarantined[0].reason_code == "too-many-options"
    data = "题 {".encode() + "=甲".encode() * 100_000 + b"}"
    assert FORMATS["gift"].read("a.txt", data).quarantined[0].reason_code == "too-many-answers"
    text = "甲{1:SA:=a}" * 100_000
    data = f'<quiz><question type="cloze"><questiontext><text>{text}</text></questiontext></question></quiz>'.encode()
    assert FORMATS["moodle"].read("a.xml", data).quarantined[0].reason_code == "too-many-answers"
    entries = '<textEntryInteraction responseIdentifier="R"/>' * 100_000
    assert (
        FORMATS["qti21"].read("a.xml", item(f"<p>{entries}</p>")).quarantined[0].reason_code
        == "too-many-answers"
    )
    assert time.process_time() - started < 10


def test_one_long_stimulus_of_very_many_items_is_held_once():
    material = "<p>" + "材料" * 40_000 + "</p>"
    stimulus = (
        f'<assessmentStimulus identifier="s"><stimulusBody>{material}</stimulusBody></assessmentStimulus>'
    )
    said = '<responseDeclaration identifier="R" cardinality="single" baseType="string"/><assessmentStimulusRef identifier="s" href="s.xml"/>'
    one = item('<p>题</p><extendedTextInteraction responseIdentifier="R"/>', said).decode()
    files = {f"{n}.xml": one.replace('"q"', f'"q{n}"') for n in range(1_500)}
    started = time.process_time()
    found = FORMATS["qti22"].read("a.zip", zipped({"s.xml": stimulus, **files}))
    assert len(found.drafts) == 1_500
    assert len({id(draft.question.material) for draft in found.drafts}) == 1
    assert time.process_time() - started < 10


@pytest.mark.parametrize("root", ["a²", "²", "a:b:c", "ⅷ", "-", "é", "a" * 500])
def test_odd_names_of_elements(root):
    survives("qti21", zipped({"imsmanifest.xml": "<manifest/>", "a.xml": f"<{root}/>"}))


def test_very_many_elements_and_questions():
    assert refused("moodle", b"<quiz>" + b"<a/>" * 900_000 + b"</quiz>") == "too-many-elements"
    assert (
        refused("moodle", b"<quiz>" + b"<question/>" * 30 + b"</quiz>", limits=Limits(rows=29))
        == "too-many-rows"
    )
    assert refused("gift", b"a{T}\n\n" * 30, limits=Limits(rows=29)) == "too-many-rows"
    assert refused("gift", b"\n" * 1_000, limits=Limits(rows=29)) == "too-many-rows"


@pytest.mark.parametrize("code", FORMATS)
def test_no_exchange_file_is_above_the_limit_of_all_files(code):
    assert refused(code, b"<" + b"x" * (10 * MIB)) == "file-too-big"
    assert refused(code, b"") == "file-empty"


@pytest.mark.parametrize(
    "text",
    [
        "\\(" * 40_000,
        "$$" * 40_001,
        "$a " * 30_000,
        "<" * 60_000,
        "&" * 60_000,
        "![" * 40_000,
        "|" * 60_000,
        "{1:SA:" * 15_000,
        "</p>" * 20_000,
        "<a " * 20_000,
        "\\" * 60_000,
        "~=#" * 20_000,
        "[id:" * 20_000,
    ],
)
def test_texts_made_to_be_slow_are_not(text):
    started = time.process_time()
    for kind in ("essay", "cloze", "shortanswer"):
        data = f'<quiz><question type="{kind}"><questiontext format="html"><text><![CDATA[{text}]]></text></questiontext></question></quiz>'
        FORMATS["moodle"].read("a.xml", data.encode())
    FORMATS["gift"].read("a.txt", f"{text}{{{text}}}".encode())
    FORMATS["gift"].read("a.txt", f"// {text}\n[markdown]{text}{{T}}".encode())
    FORMATS["aiken"].read("a.txt", f"{text}\nA. {text}\nB. {text}\nANSWER: A".encode())
    for form in EXCHANGE_FORMATS:
        form.recognises("a.txt", text.encode())
    assert time.process_time() - started < 6


@pytest.mark.parametrize("code", SAMPLES)
def test_mutated_files_are_refused_or_read(code):
    dice = random.Random(11)
    for _ in range(150):
        data = bytearray(SAMPLES[code])
        for _ in range(dice.randint(1, 10)):
            data = data or bytearray(b"x")
            place = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[place] = dice.randrange(256)
                case 1:
                    del data[place : place + dice.randrange(40)]
                case 2:
                    data[place:place] = data[dice.randrange(len(data)) :][: dice.randrange(60)]
                case _:
                    data[place:place] = dice.choice(
                        [b"<", b">", b"&", b"{", b"}", b"]]>", b"\x00", b"$$", b"\\", b"__", b"-->"]
                    )
        survives(code, bytes(data) or b"x")


@pytest.mark.parametrize("code", ["qti21", "qti30"])
def test_packages_with_mutated_parts_are_refused_or_read(code):
    dice = random.Random(5)
    with zipfile.ZipFile(io.BytesIO(SAMPLES[code])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(150):
        changed = dict(files)
        name = dice.choice(sorted(changed))
        part = bytearray(changed[name])
        for _ in range(dice.randint(1, 6)):
            place = dice.randrange(len(part))
            length = dice.randrange(30)
            part[place : place + length] = part[dice.randrange(len(part)) :][: dice.randrange(30)] or b" "
        changed[name] = bytes(part)
        if dice.randrange(5) == 0:
            del changed[dice.choice(sorted(changed))]
        survives(code, zipped(changed))


@pytest.mark.parametrize("code", FORMATS)
@QUICK
@given(
    st.one_of(
        st.binary(min_size=1, max_size=200),
        st.text("<>/&;{}[]=~#:\\$_|!?ABCquizquestion \n\"'", max_size=200).map(str.encode),
    )
)
def test_random_files_are_refused_or_read(code, data):
    survives(code, data)


_TAGS = [
    "p",
    "div",
    "b",
    "table",
    "tr",
    "td",
    "img",
    "math",
    "mi",
    "mfrac",
    "sub",
    "simpleChoice",
    "choiceInteraction",
    "textEntryInteraction",
    "itemBody",
    "prompt",
    "rubricBlock",
    "responseDeclaration",
    "correctResponse",
    "value",
    "mapping",
    "mapEntry",
    "answer",
    "text",
    "questiontext",
    "single",
    "units",
    "unit",
    "feedback",
]
_ATTRIBUTES = [
    "identifier",
    "responseIdentifier",
    "cardinality",
    "baseType",
    "fraction",
    "format",
    "type",
    "class",
    "mapKey",
    "mappedValue",
    "src",
    "colspan",
    "view",
]
_VALUES = [
    "R",
    "single",
    "multiple",
    "float",
    "string",
    "100",
    "-1",
    "html",
    "plain_text",
    "examsite-part",
    "examsite-material",
    "x.png",
    "9" * 60,
    "",
    "candidate",
]


@st.composite
def trees(draw, depth=4):
    tag = draw(st.sampled_from(_TAGS))
    said = "".join(
        f' {name}="{draw(st.sampled_from(_VALUES))}"'
        for name in draw(st.sets(st.sampled_from(_ATTRIBUTES), max_size=3))
    )
    inside = draw(st.lists(trees(depth=depth - 1), max_size=3)) if depth else []
    return f"<{tag}{said}>{draw(st.sampled_from(['', '甲', '____', '{1:SA:=a}', '5', 'R', '$x$']))}{''.join(inside)}</{tag}>"


@QUICK
@given(
    st.lists(trees(), max_size=4).map("".join),
    st.sampled_from(["multichoice", "cloze", "numerical", "essay", "shortanswer", "truefalse"]),
)
def test_any_tree_of_known_elements_is_refused_or_read(tree, kind):
    survives("moodle", f'<quiz><question type="{kind}">{tree}</question></quiz>'.encode())
    survives(
        "qti21",
        item(
            tree,
            '<responseDeclaration identifier="R" cardinality="single" baseType="float"><correctResponse><value>5</value></correctResponse></responseDeclaration>',
        ),
    )
    survives(
        "qti12",
        f"<questestinterop><item><presentation>{tree}</presentation></item></questestinterop>".encode(),
    )


def survives(code, data):
    form = FORMATS[code]
    name = f"a.{form.extensions[0]}"
    form.recognises(name, data)
    try:
        found = form.read(name, data, new_ids=derived_ids)
    except Unreadable:
        return
    assert isinstance(found, Import)
    counted = [found.count(outcome) for outcome in Outcome]
    assert sum(counted) == len(found.fates)
    assert len(found.drafts) == found.count(Outcome.ACCEPTED)
    assert len(found.quarantined) == found.count(Outcome.QUARANTINED)


def test_a_large_bank_is_read_in_bounded_memory_and_time(tmp_path):
    options = make_options(["甲", "乙", "丙"], derived_ids("s"))
    one = Draft(Question(Kind.SINGLE, "题", options), Key(frozenset([options[0].id])))
    many = [
        dataclasses.replace(
            one, external_id=f"B-{n}", question=dataclasses.replace(one.question, stem=f"第{n}题")
        )
        for n in range(4_000)
    ]
    file = tmp_path / "big.xml"
    file.write_bytes(FORMATS["moodle"].write(many, {}).data)
    code = (
        "import re, sys, time; from question_bank.formats.moodle.reading import read;"
        "started = time.process_time(); found = read('a.xml', open(sys.argv[1], 'rb').read());"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1];"
        "print(len(found.drafts), int(time.process_time() - started), int(peak) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    drafts, seconds, peak_mib = map(int, done.stdout.split())
    assert drafts == 4_000
    assert seconds < 20
    assert peak_mib < 300
