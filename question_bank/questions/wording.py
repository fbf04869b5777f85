"""Turns of phrase in Chinese stems and options that mislead or give the answer away, found by pattern.

Patterns find candidates for a person to look at: each is written so that ordinary sentences pass.
"""

from __future__ import annotations

import re
import unicodedata

from question_bank.questions.markup import as_text

_NOISE = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"[（(][\s　_]*[)）]|_{2,}")
_CLAUSE = r"[^，。；：！？,.;:!?\n]"

_ABOUT_OPTIONS = re.compile(
    r"^(?:以上|上述|前述|前面|其他)(?:(?:各|几|三|四|所有|全部)?(?:项|选项|答案|说法|三者|三项|情况|几种|内容)?)?"
    r"(?:都|均|全|皆)?(?:不|没有|无)?(?:都)?(?:是|对|正确|错|错误|不对|不是|一个|一项|包括|可以|可|正确的)+(?:正确|对)?$"
    r"|^(?:全部|全|都|均)(?:都)?(?:不)?(?:是|对|正确|错|错误)$"
    r"|^(?:选项)?[A-H](?:(?:和|与|及|、|,|或)[A-H])+(?:两项|三项|选项)?(?:都|均|全)?(?:不)?(?:是|对|正确|错|错误)?$"
    r"|^[A-H]{2,}(?:两项|三项)?(?:都|均|全)(?:不)?(?:是|对|正确|错|错误)$"
)
_DOUBLE = re.compile(
    rf"不得不(?!到)|不能不|不可不|不是不|不应不|不会不|没有不|无不|无非不|莫不|并非不|并非没有|并非无|不是没有|不能没有|不无"
    rf"|(?:不属于|不符合|不包括|不正确|错误)的?(?:是|有)?{_CLAUSE}{{0,4}}[（(]?{_CLAUSE}{{0,2}}不"
    rf"|(?<![除是])非(?!法|常|机动车|金属|接触|公|营利){_CLAUSE}{{1,12}}不(?:可|能|得|行)?"
    rf"|除非{_CLAUSE}{{1,16}}[，,]?{_CLAUSE}{{0,6}}不"
    rf"|没有{_CLAUSE}{{1,8}}不(?!应有|得已|必要)(?:{_CLAUSE}|$)"
    rf"|不(?:应当?|得|能|可以?|准|许|允许|属于|符合|是){_CLAUSE}{{0,10}}(?<![如若是能可要])不(?!同|足|当|断|良|明|动产|法|利|安全|仅|锈|可抗力|少于|超过|低于|高于|小于|大于|特定)"
)
_NEGATIVE = re.compile(
    r"不(?:得|能|可以|应当?|宜)[^，。；]{1,12}的(?:是|有)|不(?:属于|正确|符合|包括|恰当|应当|应|宜|是|需要|准确|妥当|当)(?:的|之)?(?:(?:是|有|做法|说法|选项|一项|行为|情形)|[^，。；]{0,8}(?:是|有))?"
    r"(?=[^，。；]{0,6}[（(_]|[^，。；]{0,4}$)|错误的(?:是|有|做法|说法|一项)"
)
_ABSOLUTE = re.compile(
    r"一定(?!的|程度|期限|数量|条件|范围|时间|规模|比例|距离)|必然|绝对|所有|一切|从不|从来不|永远|任何情况下|毫无例外|无一例外|百分之百|只要.{1,20}就|完全(?=不|没有|可以|能)"
)
_QUESTION_END = re.compile(r"(?:吗|呢|么)\s*[？?。]?$|[？?]\s*$")
_ASKING = re.compile(r"(?:什么|哪(?:些|个|种|项)|怎样|如何|是否|多少|几(?:个|种|项|年))[^，。；]{0,12}[？?]")
_TWO = re.compile(r"[。；;]\s*\S|，(?:但|但是|同时|并且|而且|因此|所以|此外|另外)")


def words(text: str) -> str:
    """The text without punctuation, blanks and spaces: what its length is judged by."""
    return _NOISE.sub("", _BRACKETS.sub("", as_text(text)))


def folded(text: str) -> str:
    """An option as it is compared with its sisters: width and case folded; signs that carry meaning (−, %, <) stay.

    Only spaces and the marks that end or part a sentence are left out: "≥3" is not "3".
    """
    return re.sub(
        r"[\s，。、；：！？,.;:!?“”\"'‘’（）()《》]+(?!\d)", "", unicodedata.normalize("NFKC", text)
    ).casefold()


def double_negation(text: str) -> str:
    """The words that negate twice in one clause, "" where none do."""
    found = _DOUBLE.search(as_text(text))
    return found.group()[:20] if found else ""


def negative_question(text: str) -> str:
    """The words that ask for what does not fit (下列不属于…的是), "" where the question is asked straight."""
    found = _NEGATIVE.search(as_text(text))
    return found.group()[:12] if found else ""


def about_all_options(text: str) -> str:
    """The option where it speaks of the other options: 以上都对, 以上都不是, A和B都对; else ""."""
    plain = unicodedata.normalize("NFKC", text).strip().rstrip("。.;,").replace(" ", "")
    plain = re.sub(r"[“”\"']", "", plain)
    return text.strip()[:20] if _ABOUT_OPTIONS.match(plain) else ""


def absolute_word(text: str) -> str:
    """一定, 所有, 从不 …; "" where there is none."""
    found = _ABSOLUTE.search(as_text(text))
    return found.group()[:12] if found else ""


def is_question(text: str) -> bool:
    """Whether a sentence asks instead of stating."""
    plain = as_text(text).strip()
    plain = re.sub(r"[（(]\s*[)）]\s*[。.]?$", "", plain).strip()
    return bool(_QUESTION_END.search(plain) or _ASKING.search(plain))


def holds_two_statements(text: str) -> bool:
    """Whether more than one thing is claimed: several sentences, or clauses joined by 但, 同时, 因此 …"""
    return bool(_TWO.search(as_text(text).strip()))
