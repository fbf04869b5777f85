"""HTML of other systems becomes texts in our markup, and comes back the same."""

from __future__ import annotations

import base64

import pytest
from lxml import etree

from question_bank.formats.formulas import mathml_to_latex
from question_bank.formats.html import from_html
from question_bank.formats.html_writing import blocks, to_html
from question_bank.formats.media import Media
from question_bank.formats.unsupported import Unsupported
from tests.question_bank.formats.exchange import DIGEST, PICTURE, picture


def no_picture(digest):
    return ""


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>第一段</p><p>第二段</p>", "第一段\n第二段"),
        ("<p>一<br>二<br/></p>\n<p>&nbsp;</p><p>三</p>", "一\n二\n\n三"),
        ("  多余 \n 的   空白 ", "多余 的 空白"),
        ("a < b &amp;&amp; c", "a < b && c"),
        ("<div><div><p>层层</p></div></div>", "层层"),
        ("<ul><li>甲</li><li>乙</li></ul>", "· 甲\n· 乙"),
        ("<ol><li>甲</li><li>乙</li></ol>", "1. 甲\n2. 乙"),
        ("H<sub>2</sub>O 与 m<sup>2</sup>", "H₂O 与 m²"),
        ("x<sub>max</sub>", "x$_{max}$"),
        ("注<sup>甲</sup>", r"注$^{\text{甲}}$"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        (r"\(x^2\) 和 \[y\] 和 $$z$$", "$x^2$ 和 $$y$$ 和 $$z$$"),
        ("价格 $5 元", "价格 $5 元"),
        ("用 $a 和 b$ 表示", r"用 \$a 和 b\$ 表示"),
        (
            "<table><tr><th>甲</th><th>乙</th></tr><tr><td>1|2</td><td>3<br>4</td></tr></table>",
            "| 甲 | 乙 |\n|---|---|\n| 1\\|2 | 3 4 |",
        ),
        (
            "<table><tr><td colspan=2>合并</td></tr><tr><td>1</td><td>2</td></tr></table>",
            "| 合并 |  |\n|---|---|\n| 1 | 2 |",
        ),
        (
            "<table><tr><td>1</td></tr><tr><td>2</td></tr></table><table><tr><td>3</td></tr><tr><td>4</td></tr></table>",
            "| 1 |\n|---|\n| 2 |\n\n| 3 |\n|---|\n| 4 |",
        ),
        ("<table><tr><td><p>只为排版</p></td></tr></table>", "只为排版"),
        ("前<table><tr><td>1</td><td>2</td></tr></table>后", "前\n| 1 | 2 |\n|---|---|\n后"),
    ],
)
def test_what_html_becomes(html, text):
    assert from_html(html).text == text


def test_looks_are_dropped_with_a_note_and_their_text_is_kept():
    fragment = from_html(
        '<p><b>粗</b><em>斜</em><span style="color:red">红</span><a href="http://x.example">链接</a></p>'
    )
    assert fragment.text == "粗斜红链接"
    assert fragment.left_out == {"emphasis", "link"}


@pytest.mark.parametrize(
    "html",
    [
        "<p>x<script>alert(1)</script></p>",
        "<style>p{}</style>x",
        '<iframe src="https://x.example"></iframe>',
        '<object data="x.swf"></object>',
        "<video src=x></video>",
        "<svg><circle/></svg>",
        "<input value=1>",
    ],
)
def test_what_runs_or_plays_is_never_dropped_in_silence(html):
    with pytest.raises(Unsupported, match="请"):
        from_html(html)


def test_a_picture_in_the_text_is_found_by_its_bytes():
    media = Media()
    html = (
        f'<p>见图：<img alt="平面 [图]" src="data:image/png;base64,{base64.b64encode(PICTURE).decode()}"></p>'
    )
    assert from_html(html, media).text == f"见图：![平面 图](picture:{DIGEST})"
    assert media.found == {DIGEST: PICTURE}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://x.example/a.png", "picture-elsewhere"),
        ("//x.example/a.png", "picture-elsewhere"),
        ("file:///etc/passwd", "picture-elsewhere"),
        ("../../etc/passwd", "picture-missing"),
        ("@@PLUGINFILE@@/no.png", "picture-missing"),
        ("data:image/png;base64,!!!", "picture-broken"),
        ("data:image/png;base64,AAAA", "picture-kind"),
        ("data:image/png;base64," + base64.b64encode(PICTURE[:30]).decode(), "picture-broken"),
        ("data:image/gif;base64," + base64.b64encode(picture(kind="GIF")).decode(), "picture-kind"),
        ("data:image/png;base64," + "A" * (4 * 1024 * 1024), "picture-too-big"),
    ],
)
def test_pictures_that_can_not_be_taken(address, code):
    with pytest.raises(Unsupported) as caught:
        from_html(f'<img src="{address}">', Media())
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mfrac><mi>a</mi><mn>2</mn></mfrac>", r"\frac{a}{2}"),
        ("<msup><mi>x</mi><mn>2</mn></msup><mo>&#8804;</mo><mn>5</mn>", r"x^{2}\leq 5"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", r"\sqrt{x+1}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        ("<munderover><mo>&#8721;</mo><mi>i</mi><mi>n</mi></munderover>", r"\sum_{i}^{n}"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", r"\left(a,b\right)"),
        ("<mover><mi>x</mi><mo>&#175;</mo></mover>", r"\bar{x}"),
        ("<mi>sin</mi><mi>&#945;</mi>", r"\sin\alpha"),
        ("<mtext>合计</mtext>", r"\text{合计}"),
        (
            "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr><mtr><mtd><mn>0</mn></mtd><mtd><mn>1</mn></mtd></mtr></mtable>",
            r"\begin{matrix}1 & 0\\0 & 1\end{matrix}",
        ),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_{i}^{2}"),
        ("<munder><mi>lim</mi><mi>n</mi></munder>", r"\lim_{n}"),
        ("<mn>5</mn><mo>%</mo>", r"5\%"),
        ("<maligngroup/><mi>x</mi>", "x"),
        ('<semantics><mi>x</mi><annotation encoding="text/plain">text</annotation></semantics>', "x"),
        ('<semantics><mi>x</mi><annotation encoding="LaTeX">y</annotation></semantics>', "y"),
    ],
)
def test_mathml_as_latex(mathml, latex):
    assert mathml_to_latex(etree.fromstring(f"<math>{mathml}</math>")) == latex
    assert from_html(f"<math>{mathml}</math>").text == f"${latex}$"


@pytest.mark.parametrize(
    "mathml",
    [
        "<mlongdiv><mn>1</mn></mlongdiv>",
        "<mfrac><mi>a</mi></mfrac>",
        "",
        "<mtext>{</mtext>",
        "<mrow>" * 90 + "</mrow>" * 90,
    ],
)
def test_mathml_that_is_not_known_is_refused(mathml):
    with pytest.raises(Unsupported):
        from_html(f"<math>{mathml}</math>")


def test_the_tex_beside_a_formula_is_taken_as_it_stands():
    html = '<math display="block"><semantics><mi>x</mi><annotation encoding="application/x-tex">\\alpha &lt; 1</annotation></semantics></math>'
    assert from_html(html).text == r"$$\alpha < 1$$"


@pytest.mark.parametrize(
    "text",
    [
        "一行",
        "两行\n文字",
        "空行\n\n之后",
        "a  两个空格 b",
        "<b>不是标签</b> & &amp;",
        r"公式 $\frac{a}{b} < 1$ 与 $$x$$。",
        "$$\nx = 1\n$$",
        "甲 $a +\nb$ 乙\n丙",
        "| 甲 | 乙 |\n|---|---|\n| $x$ | 1\\|2 |\n尾",
        "价格 $5",
        r"从 \$a 到 b\$ 之间",
        r"坏公式 $\frac{1$ 也保留",
    ],
)
def test_a_text_comes_back_as_it_went(text):
    assert from_html(blocks(text, no_picture)).text == text
    assert from_html(to_html(text, no_picture)).text == text


def test_a_formula_is_written_as_mathml_without_what_could_do_harm():
    assert "<mfrac>" in to_html(r"$\frac{1}{2}$", no_picture)
    assert "href=" not in to_html(r"$\href{javascript:alert(1)}{x}$", no_picture).partition("<annotation")[0]


def test_a_picture_without_its_bytes_is_written_as_its_words():
    assert to_html(f"![平面图](picture:{DIGEST})", no_picture) == "〔图：平面图〕"


def test_nesting_and_length_have_bounds():
    for html in (
        "<div>" * 5_000 + "x",
        "<b>" * 250 + "x",
        "x" * 200_000,
        "<p>" + "x" * 200_000,
        "<table><tr><td>" * 90,
    ):
        with pytest.raises(Unsupported):
            from_html(html)
