"""QTI items and packages of all versions as other systems write them; the fate of every part of a package."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

import pytest
from lxml import etree

from question_bank.formats.imports import Outcome, derived_ids
from question_bank.formats.limits import Unreadable
from question_bank.formats.qti.reading import read
from question_bank.formats.qti.writing import WRITERS
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Part, Quantity, Question
from tests.question_bank.formats.exchange import DIGEST, PICTURE

V2 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
MATCH = (
    '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
)


def item(body, *declarations, rest=MATCH, identifier="q1", attributes="", namespace=V2):
    return (
        f'<assessmentItem xmlns="{namespace}" identifier="{identifier}" title="标题" adaptive="false" timeDependent="false" {attributes}>'
        f'{"".join(declarations)}<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
        f"<itemBody>{body}</itemBody>{rest}</assessmentItem>"
    ).encode()


def declared(*values, identifier="RESPONSE", cardinality="single", base="identifier", mapping=""):
    correct = "".join(f"<value>{value}</value>" for value in values)
    return f'<responseDeclaration identifier="{identifier}" cardinality="{cardinality}" baseType="{base}"><correctResponse>{correct}</correctResponse>{mapping}</responseDeclaration>'


def choices(*contents, most=1, identifier="RESPONSE", prompt=""):
    inside = "".join(
        f'<simpleChoice identifier="{name}">{text}</simpleChoice>'
        for name, text in zip("ABCDEF", contents, strict=False)
    )
    return f'<choiceInteraction responseIdentifier="{identifier}" shuffle="false" maxChoices="{most}">{prompt}{inside}</choiceInteraction>'


ENTRY = '<textEntryInteraction responseIdentifier="RESPONSE"/>'
SINGLE = item(
    "<p>看材料。</p>" + choices("甲", "<p>乙</p>", prompt="<prompt>选哪个？</prompt>"), declared("B")
)


def package(files, manifest=None):
    if manifest is None:
        resources = "".join(
            f'<resource identifier="r{n}" type="imsqti_item_xmlv2p1" href="{path}"><file href="{path}"/></resource>'
            for n, path in enumerate(files)
            if path.endswith(".xml")
        )
        manifest = f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{resources}</resources></manifest>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in {"imsmanifest.xml": manifest, **files}.items():
            if content:
                archive.writestr(path, content)
    return stream.getvalue()


def only(data):
    found = read("a.xml", data, new_ids=derived_ids)
    assert [fate.outcome for fate in found.fates] == [Outcome.ACCEPTED], found.problems
    return found.drafts[0]


def kept_apart(data):
    found = read("a.xml", data)
    assert [fate.outcome for fate in found.fates] == [Outcome.QUARANTINED], found.problems
    assert found.quarantined[0].raw.startswith("<")
    return found.quarantined[0].reason_code


def right(question, key):
    return [option.content for option in question.options if option.id in key.options]


def in_3_0(data):
    """The same item in the kebab-case of 3.0."""

    def kebab(name):
        return re.sub(r"(?=[A-Z])", "-", name).lower()

    text = data.decode().replace(V2, "http://www.imsglobal.org/xsd/imsqtiasi_v3p0")
    text = re.sub(
        r"(</?)([a-z]+[A-Z]\w*|value|prompt|equal|variable|correct|mapping)\b",
        lambda m: f"{m[1]}qti-{kebab(m[2])}",
        text,
    )
    return re.sub(r" ([a-z]+[A-Z]\w*)=", lambda m: f" {kebab(m[1])}=", text).encode()


@pytest.mark.parametrize(
    "data", [SINGLE, SINGLE.replace(b"v2p1", b"v2p2"), in_3_0(SINGLE)], ids=["2.1", "2.2", "3.0"]
)
def test_a_single_choice_in_every_version(data):
    draft = only(data)
    assert (draft.question.kind, draft.question.stem, draft.external_id) == (
        Kind.SINGLE,
        "看材料。\n选哪个？",
        "q1",
    )
    assert right(draft.question, draft.key) == ["乙"]
    assert draft.notes == ()


def test_a_multiple_choice_and_a_judgement():
    draft = only(
        item("<p>题</p>" + choices("甲", "乙", "丙", most=0), declared("A", "C", cardinality="multiple"))
    )
    assert draft.question.kind is Kind.MULTIPLE
    assert right(draft.question, draft.key) == ["甲", "丙"]
    draft = only(item("<p>题</p>" + choices("正确", "错误"), declared("B")))
    assert (draft.question.kind, draft.key.truth) == (Kind.JUDGEMENT, False)


def test_text_entries_are_blanks_with_their_variants():
    mapping = '<mapping defaultValue="0"><mapEntry mapKey="甲" mappedValue="1"/><mapEntry mapKey="乙" mappedValue="1"/><mapEntry mapKey="丙" mappedValue="0.5"/></mapping>'
    two = '<textEntryInteraction responseIdentifier="R2"/>'
    data = item(
        f"<p>填 {ENTRY} 和 {two}。</p>",
        declared("甲", base="string", mapping=mapping),
        declared("丁", identifier="R2", base="string"),
    )
    draft = only(data)
    assert (draft.question.kind, draft.question.stem) == (Kind.BLANK, "填 ____ 和 ____。")
    assert draft.key.blanks == (("甲", "乙"), ("丁",))
    assert any("部分得分" in note for note in draft.notes)


def processing(mode, tolerance):
    return f'<responseProcessing><responseCondition><responseIf><equal toleranceMode="{mode}" tolerance="{tolerance}"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>'


def test_a_number_with_its_tolerance():
    data = item(f"<p>= {ENTRY} m</p>", declared("12.5", base="float"), rest=processing("absolute", "0.5 0.5"))
    draft = only(data)
    assert (draft.question.kind, draft.question.numeric) == (Kind.CALCULATION, True)
    assert draft.key.quantity == Quantity(Decimal("12.5"), Decimal("0.5"))
    relative = only(item(f"<p>= {ENTRY}</p>", declared("8", base="float"), rest=processing("relative", "1")))
    assert relative.key.quantity == Quantity(Decimal(8), Decimal("0.01"), relative=True)
    assert only(in_3_0(data)).key.quantity == draft.key.quantity
    assert (
        kept_apart(item(f"<p>{ENTRY}</p>", declared("8", base="float"), rest=processing("absolute", "1 2")))
        == "tolerance-not-held"
    )


def test_a_number_between_two_bounds_as_moodle_writes_it():
    def bounded(low, high):
        variable = '<variable identifier="RESPONSE"/>'
        return f'<responseProcessing><responseCondition><responseIf><and><not><isNull>{variable}</isNull></not><gte><baseValue baseType="float">{low}</baseValue>{variable}</gte><lte><baseValue baseType="float">{high}</baseValue>{variable}</lte></and><setOutcomeValue identifier="SCORE"><baseValue baseType="integer">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>'

    draft = only(item(f"<p>= {ENTRY}</p>", declared("5", base="float"), rest=bounded("4.5", "5.5")))
    assert draft.key.quantity == Quantity(Decimal(5), Decimal("0.5"))
    assert draft.notes == ()
    assert (
        kept_apart(item(f"<p>{ENTRY}</p>", declared("5", base="float"), rest=bounded("4", "5.5")))
        == "tolerance-not-held"
    )


def test_inline_choices_become_blanks_that_say_from_what():
    inline = '<inlineChoiceInteraction responseIdentifier="RESPONSE"><inlineChoice identifier="A">甲</inlineChoice><inlineChoice identifier="B">乙</inlineChoice></inlineChoiceInteraction>'
    draft = only(item(f"<p>选{inline}。</p>", declared("B")))
    assert draft.question.stem == "选____（从 甲、乙 中选填）。"
    assert draft.key.blanks == (("乙",),)
    assert draft.notes


def test_an_extended_text_and_its_scoring_guide():
    body = '<rubricBlock view="scorer tutor"><p>要点</p></rubricBlock><p>谈谈。</p><extendedTextInteraction responseIdentifier="RESPONSE"/>'
    draft = only(item(body, declared(base="string"), rest=""))
    assert (draft.question.kind, draft.question.stem, draft.key.model_answer) == (
        Kind.SHORT,
        "谈谈。",
        "要点",
    )


def test_several_interactions_are_parts_below_a_common_stem():
    body = (
        "<p>背景一。</p><p>背景二。</p><p>第一问？</p>"
        + choices("甲", "乙", identifier="R1")
        + f"<p>第二问是{ENTRY.replace('RESPONSE', 'R2')}。</p><p>第三问？</p>"
        + '<extendedTextInteraction responseIdentifier="R3"/>'
    )
    data = item(
        body,
        declared("A", identifier="R1"),
        declared("丙", identifier="R2", base="string"),
        declared(identifier="R3", base="string"),
    )
    draft = only(data)
    assert (draft.question.kind, draft.question.stem) == (Kind.COMPOUND, "背景一。\n背景二。")
    assert [(part.kind, part.stem) for part in draft.question.parts] == [
        (Kind.SINGLE, "第一问？"),
        (Kind.BLANK, "第二问是____。"),
        (Kind.SHORT, "第三问？"),
    ]
    assert [key.blanks for key in draft.key.parts] == [(), (("丙",),), ()]


def test_parts_with_prompts_leave_all_text_above_to_the_stem():
    body = (
        "<div><p>背景。</p>"
        + choices("甲", "乙", identifier="R1", prompt="<prompt>一？</prompt>")
        + choices("丙", "丁", identifier="R2", prompt="<prompt>二？</prompt>")
        + "</div>"
    )
    draft = only(item(body, declared("A", identifier="R1"), declared("B", identifier="R2")))
    assert draft.question.stem == "背景。"
    assert [part.stem for part in draft.question.parts] == ["一？", "二？"]


@pytest.mark.parametrize(
    "name",
    [
        "matchInteraction",
        "orderInteraction",
        "gapMatchInteraction",
        "hottextInteraction",
        "sliderInteraction",
        "associateInteraction",
        "drawingInteraction",
        "uploadInteraction",
        "hotspotInteraction",
        "mediaInteraction",
        "customInteraction",
    ],
)
def test_interactions_that_no_draft_holds(name):
    data = item(f'<p>题</p><{name} responseIdentifier="RESPONSE"/>', declared("A"))
    assert kept_apart(data) == "interaction-not-held"
    assert kept_apart(in_3_0(data)) == "interaction-not-held"
    # … and the whole item is kept apart where only one of its parts can't be held.
    assert (
        kept_apart(item(choices("甲", "乙") + f'<{name} responseIdentifier="R2"/>', declared("A")))
        == "interaction-not-held"
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (item("<p>只有文字</p>"), "nothing-asked"),
        (item(choices("甲", "乙")), "answer-undeclared"),
        (item(choices("甲", "乙"), declared("Z")), "answer-without-option"),
        (item("<p>x<script>1</script></p>" + choices("甲", "乙"), declared("A")), "content-refused"),
        (item('<p><img src="no.png" alt=""/></p>' + choices("甲", "乙"), declared("A")), "picture-missing"),
        (
            item('<p><img src="../../../etc/passwd" alt=""/></p>' + choices("甲", "乙"), declared("A")),
            "picture-missing",
        ),
        (
            item(choices("甲", "乙"), declared("A"), attributes='x="1"').replace(
                b'adaptive="false"', b'adaptive="true"'
            ),
            "adaptive-not-held",
        ),
        (
            item(
                choices("甲", "乙"),
                declared("A"),
                '<templateDeclaration identifier="T" cardinality="single" baseType="integer"/>',
            ),
            "template-not-held",
        ),
        (
            item("<p><printedVariable identifier='T'/></p>" + choices("甲", "乙"), declared("A")),
            "content-refused",
        ),
        (item(choices("甲", "乙"), declared("A", "B")), "several-right-in-single"),
    ],
)
def test_items_that_can_not_be_held(data, code):
    assert kept_apart(data) == code


def test_other_processing_and_feedback_are_noted():
    custom = '<responseProcessing><responseCondition><responseIf><gt><variable identifier="RESPONSE"/><baseValue baseType="float">1</baseValue></gt></responseIf></responseCondition></responseProcessing><modalFeedback outcomeIdentifier="F" identifier="x" showHide="show">说明</modalFeedback>'
    draft = only(
        item(
            "<p>题</p>"
            + choices(
                '甲<feedbackInline outcomeIdentifier="F" identifier="A" showHide="show">好</feedbackInline>',
                "乙",
            ),
            declared("A"),
            rest=custom,
        )
    )
    assert draft.key.explanation == "说明\n好"
    assert [option.content for option in draft.question.options] == ["甲", "乙"]
    assert len(draft.notes) == 2


def test_every_part_of_a_package_gets_a_fate():
    stimulus = '<assessmentStimulus xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="s" title="材"><stimulusBody><p>共用材料。<img src="../media/a.png" alt="图"/></p></stimulusBody></assessmentStimulus>'
    with_material = item(
        "<p>题</p>" + choices("甲", "乙"),
        declared("A"),
        '<assessmentStimulusRef identifier="s" href="../stimuli/s.xml"/>',
        identifier="q2",
    )
    test = '<assessmentTest xmlns="x" identifier="t" title="卷"><testPart><assessmentSection identifier="s1" title="一"/></testPart></assessmentTest>'
    files = {
        "items/1.xml": SINGLE,
        "items/2.xml": with_material,
        "items/3.xml": item('<matchInteraction responseIdentifier="RESPONSE"/>', identifier="q3"),
        "items/broken.xml": b"<assessmentItem><p>",
        "stimuli/s.xml": stimulus,
        "media/a.png": PICTURE,
        "media/unused.png": PICTURE,
        "test.xml": test,
        "style.css": "p{}",
        "readme.pdf": b"%PDF",
    }
    found = read("包.zip", package(files))
    assert [(fate.sheet, fate.outcome.value) for fate in found.fates] == [
        ("imsmanifest.xml", "skipped"),
        ("items/1.xml", "accepted"),
        ("items/2.xml", "accepted"),
        ("items/3.xml", "quarantined"),
        ("items/broken.xml", "quarantined"),
        ("stimuli/s.xml", "skipped"),
        ("media/a.png", "skipped"),
        ("media/unused.png", "skipped"),
        ("test.xml", "skipped"),
        ("test.xml", "skipped"),
        ("style.css", "skipped"),
        ("readme.pdf", "skipped"),
    ]
    assert len({(fate.sheet, fate.row) for fate in found.fates}) == len(found.fates)
    assert found.drafts[1].question.material == f"共用材料。![图](picture:{DIGEST})"
    assert found.drafts[1].question.stimulus == "s"
    assert found.pictures == ((DIGEST, PICTURE),)
    assert {"picture-unused", "test-left-out", "stylesheet-left-out", "file-left-out"} <= {
        problem.code for problem in found.problems
    }


def test_items_that_the_manifest_forgets_are_read_as_well():
    found = read("包.zip", package({"a.xml": SINGLE}, manifest="<manifest><resources/></manifest>"))
    assert len(found.drafts) == 1
    assert "not-in-manifest" in {problem.code for problem in found.problems}
    assert "manifest-missing" in {
        problem.code for problem in read("包.zip", package({"a.xml": SINGLE}, manifest="")).problems
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html/>", "not-qti"),
        (package({"a.txt": "x"}, manifest=""), "not-qti"),
        (package({"a.xml": SINGLE}, manifest="<manifest"), "markup-broken"),
        (package({"a.xml": SINGLE}, manifest="<!DOCTYPE x><manifest/>"), "markup-entities"),
    ],
)
def test_what_is_no_package(data, code):
    with pytest.raises(Unreadable) as caught:
        read("a.zip", data)
    assert caught.value.problem.code == code


V12 = """<questestinterop><assessment ident="a" title="卷"><section ident="s">
<item ident="i1" title="单选"><presentation><material><mattext texttype="text/html">&lt;p&gt;题一&lt;/p&gt;</mattext></material>
<response_lid ident="R" rcardinality="Single"><render_choice><response_label ident="A"><material><mattext>甲</mattext></material></response_label>
<response_label ident="B"><material><mattext>乙</mattext></material></response_label></render_choice></response_lid></presentation>
<resprocessing><respcondition><conditionvar><varequal respident="R">B</varequal></conditionvar><setvar action="Set">100</setvar></respcondition></resprocessing>
<itemfeedback ident="f"><flow_mat><material><mattext>说明</mattext></material></flow_mat></itemfeedback></item>
<item ident="i2"><presentation><material><mattext>题二</mattext></material><response_lid ident="R" rcardinality="Multiple"><render_choice>
<response_label ident="A"><material><mattext>甲</mattext></material></response_label><response_label ident="B"><material><mattext>乙</mattext></material></response_label>
<response_label ident="C"><material><mattext>丙</mattext></material></response_label></render_choice></response_lid></presentation>
<resprocessing><respcondition><conditionvar><and><varequal respident="R">A</varequal><not><varequal respident="R">B</varequal></not><varequal respident="R">C</varequal></and></conditionvar><setvar>100</setvar></respcondition></resprocessing></item>
<item ident="i3"><presentation><material><mattext>题三</mattext></material><response_str ident="R"><render_fib/></response_str></presentation>
<resprocessing><respcondition><conditionvar><or><varequal respident="R">对</varequal><varequal respident="R">是</varequal></or></conditionvar><setvar>100</setvar></respcondition></resprocessing></item>
<item ident="i4"><presentation><material><mattext>题四</mattext></material><response_str ident="R"><render_fib rows="10"/></response_str></presentation></item>
<item ident="i5"><presentation><material><mattext>题五</mattext></material><response_xy ident="R"/></presentation></item>
<item ident="i6"><presentation><material><mattext>题六</mattext></material><response_lid ident="R"><render_choice><response_label ident="T"><material><mattext>True</mattext></material></response_label>
<response_label ident="F"><material><mattext>False</mattext></material></response_label></render_choice></response_lid></presentation>
<resprocessing><respcondition><conditionvar><varequal respident="R">T</varequal></conditionvar><setvar>1</setvar></respcondition></resprocessing></item>
</section></assessment></questestinterop>"""


def test_qti_1_2():
    found = read("a.xml", V12.encode(), new_ids=derived_ids)
    assert [(draft.external_id, draft.question.kind, draft.question.stem) for draft in found.drafts] == [
        ("i1", Kind.SINGLE, "题一"),
        ("i2", Kind.MULTIPLE, "题二"),
        ("i3", Kind.BLANK, "题三____"),
        ("i4", Kind.SHORT, "题四"),
        ("i6", Kind.JUDGEMENT, "题六"),
    ]
    assert right(found.drafts[0].question, found.drafts[0].key) == ["乙"]
    assert found.drafts[0].key.explanation == "说明"
    assert right(found.drafts[1].question, found.drafts[1].key) == ["甲", "丙"]
    assert found.drafts[2].key.blanks == (("对", "是"),)
    assert found.drafts[4].key.truth is True
    assert [one.external_id for one in found.quarantined] == ["i5"]


def compound():
    parts = (Part(Kind.JUDGEMENT, "小题一"), Part(Kind.CALCULATION, "小题二", numeric=True, share=3))
    quantity = Quantity(Decimal("2.50"), Decimal("0.01"), True, "m", (("cm", Decimal("0.01")),), True)
    keys = (Key(truth=True, explanation="一"), Key(quantity=quantity, explanation="二", model_answer="过程"))
    question = Question(
        Kind.CASE,
        f"问\n![图](picture:{DIGEST})",
        parts=parts,
        material="材料",
        stimulus="S1",
        point="A-B-001",
    )
    return Draft(question, Key(parts=keys, explanation="总"), "三级", "E-1")


@pytest.mark.parametrize("number", WRITERS)
def test_a_package_is_well_formed_whole_and_the_same_every_time(number):
    written = WRITERS[number]([compound()], {DIGEST: PICTURE})
    assert written.problems == ()
    assert WRITERS[number]([compound()], {DIGEST: PICTURE}).data == written.data
    with zipfile.ZipFile(io.BytesIO(written.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = etree.fromstring(files["imsmanifest.xml"])
    listed = {element.get("href") for element in manifest.iter("{*}file")}
    assert listed == set(files) - {"imsmanifest.xml"}
    identifiers = [element.get("identifier") for element in manifest.iter("{*}resource")]
    assert len(set(identifiers)) == len(identifiers)
    assert {element.get("identifierref") for element in manifest.iter("{*}dependency")} <= set(identifiers)
    root = etree.fromstring(files["items/item-00001.xml"])
    names = {etree.QName(element).localname for element in root.iter()}
    own = {name for name in names if name.startswith("qti-") or name != name.lower()}
    assert all(name.startswith("qti-") for name in own) == (number == "30")
    assert ("stimuli/stimulus-00001.xml" in files) == (number != "21")


def test_a_package_too_big_to_be_taken_back_is_said():
    drafts = [Draft(Question(Kind.JUDGEMENT, f"第{n}题"), Key(truth=True)) for n in range(2_000)]
    assert [problem.code for problem in WRITERS["21"](drafts, {}).problems] == ["too-big-to-return"]


@pytest.mark.parametrize("number", WRITERS)
def test_the_key_is_in_the_item_and_not_only_in_our_metadata(number):
    data = WRITERS[number]([compound()], {DIGEST: PICTURE}).data
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            if name != "examsite-metadata.json":
                new.writestr(name, old.read(name))
    draft = read("a.zip", stream.getvalue()).drafts[0]
    assert (draft.question.kind, draft.question.material) == (Kind.COMPOUND, "材料")
    assert [key.truth for key in draft.key.parts] == [True, None]
    assert draft.key.parts[1].quantity == Quantity(Decimal("2.50"), Decimal("0.01"), True)
    assert [key.explanation for key in draft.key.parts] == ["一", "二"]
