"""Formulas between OMML, MathML and LaTeX."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from latex2mathml.converter import convert
from lxml import etree

from question_bank.formats.formulas import NoLatex, latex_to_omml, mathml_to_latex, omml_to_latex

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def omml(inner: str):
    return etree.fromstring(f'<m:oMath xmlns:m="{M}">{inner}</m:oMath>')


def r(text: str, properties: str = "") -> str:
    return f"<m:r>{properties}<m:t>{text}</m:t></m:r>"


def e(inner: str, name: str = "e") -> str:
    return f"<m:{name}>{inner}</m:{name}>"


@pytest.mark.parametrize(
    ("markup", "latex"),
    [
        (r("x+1"), "x+1"),
        (r("α≤β×2"), r"\alpha\leq\beta\times 2"),
        (f"<m:f>{e(r('a'), 'num')}{e(r('b'), 'den')}</m:f>", r"\frac{a}{b}"),
        (f'<m:f><m:fPr><m:type m:val="lin"/></m:fPr>{e(r("a"), "num")}{e(r("b"), "den")}</m:f>', "{a}/{b}"),
        (f"<m:sSup>{e(r('x'))}{e(r('2'), 'sup')}</m:sSup>", "x^{2}"),
        (f"<m:sSup>{e(r('x+y'))}{e(r('2'), 'sup')}</m:sSup>", "{x+y}^{2}"),
        (f"<m:sSub>{e(r('x'))}{e(r('i'), 'sub')}</m:sSub>", "x_{i}"),
        (f"<m:sSubSup>{e(r('x'))}{e(r('i'), 'sub')}{e(r('2'), 'sup')}</m:sSubSup>", "x_{i}^{2}"),
        (f"<m:sPre>{e(r('a'), 'sub')}{e(r('b'), 'sup')}{e(r('X'))}</m:sPre>", "{}_{a}^{b}X"),
        (f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>{e(r("2"))}</m:rad>', r"\sqrt{2}"),
        (f"<m:rad>{e(r('3'), 'deg')}{e(r('x'))}</m:rad>", r"\sqrt[3]{x}"),
        (f"<m:d>{e(r('x+1'))}</m:d>", r"\left(x+1\right)"),
        (
            f'<m:d><m:dPr><m:begChr m:val="{{"/><m:endChr m:val=""/></m:dPr>{e(r("x"))}</m:d>',
            r"\left\{x\right.",
        ),
        (f"<m:d>{e(r('a'))}{e(r('b'))}</m:d>", r"\left(a|b\right)"),
        (
            '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>'
            f"{e(r('i=1'), 'sub')}{e(r('n'), 'sup')}{e(r('i'))}</m:nary>",
            r"\sum_{i=1}^{n}i",
        ),
        (f"<m:nary>{e(r('0'), 'sub')}{e(r('1'), 'sup')}{e(r('f'))}</m:nary>", r"\int_{0}^{1}f"),
        (
            f"<m:m><m:mr>{e(r('a'))}{e(r('b'))}</m:mr><m:mr>{e(r('c'))}{e(r('d'))}</m:mr></m:m>",
            r"\begin{matrix}a & b\\c & d\end{matrix}",
        ),
        (
            f"<m:d><m:e><m:m><m:mr>{e(r('a'))}</m:mr></m:m></m:e></m:d>",
            r"\begin{pmatrix}a\end{pmatrix}",
        ),
        (
            '<m:d><m:dPr><m:begChr m:val="{"/><m:endChr m:val=""/></m:dPr><m:e><m:eqArr>'
            f"{e(r('x=1'))}{e(r('y=2'))}</m:eqArr></m:e></m:d>",
            r"\begin{cases}x=1\\y=2\end{cases}",
        ),
        (f"<m:acc>{e(r('x'))}</m:acc>", r"\hat{x}"),
        (f'<m:acc><m:accPr><m:chr m:val="\u20d7"/></m:accPr>{e(r("a"))}</m:acc>', r"\vec{a}"),
        (f'<m:bar><m:barPr><m:pos m:val="top"/></m:barPr>{e(r("x"))}</m:bar>', r"\overline{x}"),
        (f"<m:groupChr>{e(r('x'))}</m:groupChr>", r"\underbrace{x}"),
        (f"<m:func>{e(r('sin'), 'fName')}{e(r('x'))}</m:func>", r"\sin x"),
        (
            f"<m:func><m:fName><m:limLow>{e(r('lim'))}{e(r('x→0'), 'lim')}</m:limLow></m:fName>{e(r('x'))}</m:func>",
            r"\lim_{x\to 0}x",
        ),
        (r("kg", '<m:rPr><m:sty m:val="p"/></m:rPr>'), r"\mathrm{kg}"),
        (r("其中 ", "<m:rPr><m:nor/></m:rPr>") + r("x"), r"\text{其中 }x"),
        (r("电阻"), r"\text{电阻}"),
        (r("50%"), r"50\%"),
        (r("𝑎+𝐛"), r"a+\mathbf{b}"),
        (f"<m:ctrlPr/>{r('x')}", "x"),
    ],
)
def test_a_formula_of_word_as_latex(markup, latex):
    assert omml_to_latex(omml(markup)) == latex


@pytest.mark.parametrize(
    "markup",
    [
        "<m:phant><m:e/></m:phant>",
        f'<m:acc><m:accPr><m:chr m:val="☃"/></m:accPr>{e(r("x"))}</m:acc>',
        '<m:nary><m:naryPr><m:chr m:val="☃"/></m:naryPr></m:nary>',
        f'<m:f><m:fPr><m:type m:val="noBar"/></m:fPr>{e(r("a"), "num")}{e(r("b"), "den")}</m:f>',
        r("x", '<m:rPr><m:scr m:val="fraktur"/></m:rPr>'),
        r("a$b"),
        r("\ue000"),
        "<m:box><m:e>" * 50 + r("x") + "</m:e></m:box>" * 50,
    ],
)
def test_what_has_no_latex_is_named(markup):
    with pytest.raises(NoLatex) as caught:
        omml_to_latex(omml(markup))
    assert caught.value.what


#: LaTeX in the spelling that we write; each comes back from MathML and from OMML as it went.
OWN_SPELLING = [
    r"\frac{a}{b}", r"x^{2}", r"x_{1}^{2}", r"\sqrt{2}", r"\sqrt[3]{x}", r"\sum_{i=1}^{n}x_{i}",
    r"\int_{0}^{1}f\left(x\right)dx", r"\begin{matrix}a & b\\c & d\end{matrix}",
    r"\begin{pmatrix}a & b\\c & d\end{pmatrix}", r"\begin{cases}a & b\\c & d\end{cases}", r"\hat{x}\vec{a}\overline{AB}",
    r"\sin x", r"\text{中文 a}+\mathrm{kg}", r"\lim_{x\to 0}f", r"\alpha\leq\beta\times 3", r"\binom{n}{k}",
    r"\left\{x\right.", r"\overbrace{x}\underset{a}{b}", "f'", "12.5", "{}^{2}", r"\mathbf{x}", r"\left|x\right|", r"3\%",
    r"\bar{x}=\frac{1}{n}\sum_{i=1}^{n}x_{i}", "a<b>c", r"\dot{x}\tilde{y}", r"S=\pi r^{2}", r"\prod_{k}a",
]  # fmt: skip


@pytest.mark.parametrize("latex", OWN_SPELLING)
def test_our_spelling_comes_back_from_mathml_and_from_word(latex):
    assert mathml_to_latex(etree.fromstring(convert(latex).encode())) == latex
    element = latex_to_omml(latex)
    assert element is not None
    assert omml_to_latex(element) == latex


def test_a_formula_that_would_come_back_otherwise_is_not_written():
    for latex in (
        r"\frac ab",
        r"x^2",
        r"\unknown{x}",
        r"\begin{aligned}a&=b\end{aligned}",
        "{",
        "",
        "x" * 5000,
    ):
        assert latex_to_omml(latex) is None


def test_the_tex_of_an_annotation_is_taken_as_it_is():
    markup = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>x</mi></mrow>'
        '<annotation encoding="application/x-tex">\\frac ab</annotation></semantics></math>'
    )
    assert mathml_to_latex(etree.fromstring(markup)) == r"\frac ab"


@pytest.mark.parametrize(
    ("markup", "latex"),
    [
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", r"\left(a,b\right)"),
        (
            "<mfenced open='[' close=']'><mtable><mtr><mtd><mn>1</mn></mtd></mtr></mtable></mfenced>",
            r"\begin{bmatrix}1\end{bmatrix}",
        ),
        ("<munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover>", r"\sum_{1}^{n}"),
        ("<msup><mi>m</mi><mn>2</mn></msup><mo>&#x2062;</mo><mi>s</mi>", "m^{2}s"),
        ("<mi mathvariant='normal'>kW</mi>", r"\mathrm{kW}"),
        ("<munder><mi>x</mi><mo>_</mo></munder>", r"\underline{x}"),
        ("<mstyle displaystyle='true'><mpadded><mi>x</mi></mpadded></mstyle>", "x"),
    ],
)
def test_mathml_of_other_writers(markup, latex):
    assert mathml_to_latex(etree.fromstring(f"<math>{markup}</math>")) == latex


@pytest.mark.parametrize(
    "markup", ["<mfrac><mi>a</mi></mfrac>", "<menclose><mi>a</mi></menclose>", "<mglyph/>"]
)
def test_mathml_without_latex_is_named(markup):
    with pytest.raises(NoLatex):
        mathml_to_latex(etree.fromstring(f"<math>{markup}</math>"))


NAMES = ["r", "t", "e", "num", "den", "sup", "sub", "deg", "f", "sSup", "rad", "d", "nary", "m", "mr", "acc", "func", "fName",
         "eqArr", "limLow", "lim", "bar", "groupChr", "box", "rPr", "dPr", "begChr", "zzz"]  # fmt: skip
MATHML = ["mi", "mo", "mn", "mtext", "mrow", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup", "munder", "mover",
          "munderover", "mfenced", "mtable", "mtr", "mtd", "semantics", "annotation", "mspace"]  # fmt: skip


def trees(names, namespace):
    def leaf(name, text):
        element = etree.Element(f"{{{namespace}}}{name}" if namespace else name)
        element.text = text
        return element

    def branch(name, children):
        element = leaf(name, None)
        element.extend(children)
        return element

    leaves = st.builds(leaf, st.sampled_from(names), st.text("ab1+∑()中{}\\$|", max_size=4))
    return st.recursive(
        leaves,
        lambda some: st.builds(branch, st.sampled_from(names), st.lists(some, max_size=4)),
        max_leaves=12,
    )


@given(trees(NAMES, M))
def test_any_tree_of_omml_is_latex_or_named(tree):
    check(omml_to_latex, tree)


@given(trees(MATHML, ""))
def test_any_tree_of_mathml_is_latex_or_named(tree):
    check(mathml_to_latex, tree)


def check(convert_tree, tree):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            latex = convert_tree(tree)
        except NoLatex as unsupported:
            latex = unsupported.what
    assert "$" not in latex.replace("\\$", "") or "公式" in latex
    assert "\n" not in latex


@given(st.text(max_size=40))
def test_any_text_is_an_element_that_comes_back_or_none(latex):
    element = latex_to_omml(latex)
    assert element is None or omml_to_latex(element) == latex
