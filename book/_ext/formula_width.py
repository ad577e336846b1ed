"""Reserve about the width that a formula in a line of text will need, until MathJax has drawn it.

TeX is longer than the formula that it becomes. Without this, lines would break again when MathJax draws, and the text
below them would jump.
"""

from __future__ import annotations

import html
import re

FORMULA = re.compile(r'<span class="(math[^"]*)">(\\\((?:[^<]*)\\\))</span>')
SILENT = re.compile(r"\\(?:mathrm|mathbf|mathcal|text|operatorname|left|right|big|bar|hat|tilde|sqrt|frac)\b|\\[,;!]")
COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
SMALL = re.compile(r"[_^](\{[^{}]*\}|\w)")  # an index or a power
SPACED = re.compile(r"[=<>+\u2264\u2265\u00d7\u2212]|-")
GLYPH, SPACE = 0.6, 1.0  # em: the mean of a letter, and what stands around a sign


def em(tex: str) -> float:
    """About how wide a formula is when it is drawn, in em. tex: as it stands between the dollars."""
    drawn = COMMAND.sub("m", SILENT.sub("", re.sub(r"\\(?:cdot|times|to|leq|geq|approx|in|sim)\b", "=", tex)))
    wide = SPACE * len(SPACED.findall(drawn))
    for found in SMALL.findall(drawn):
        wide += 0.7 * GLYPH * len(re.sub(r"[{}\s]", "", found))
    return round(wide + GLYPH * len(re.sub(r"[{}\s]", "", SMALL.sub("", drawn))), 2)


def kept(page: str) -> str:
    """A page's HTML with the width of each formula in a line, for pictures.css."""
    return FORMULA.sub(_with_width, page)


def _with_width(found: re.Match[str]) -> str:
    kind, tex = found.groups()
    return f'<span class="{kind}" style="--wide: {em(html.unescape(tex)[2:-2])}em">{tex}</span>'
