"""The redrawn figures: whole, readable to those who do not see them, and right on light and dark pages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from chapters.diagrams import BETA, GAMMA, PAPER, SIZES, figure_2, figure_3

SVG = "{http://www.w3.org/2000/svg}"
DRAWINGS = [one for figure in (figure_2(), figure_3()) for one in figure.drawings]


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda one: one.name)
def test_a_drawing_is_whole_and_says_what_it_is(drawing: object) -> None:
    root = ET.fromstring(drawing.svg())
    assert root.get("role") == "img"
    named = {one.get("id"): one.text for one in root if one.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("aria-labelledby").split() == list(named) and all(named.values())
    colours = {one.get(key) for one in root.iter() for key in ("fill", "stroke")} - {None}
    assert colours <= {"currentColor", "none", GAMMA, BETA}
    for one in root.iter(f"{SVG}rect"):
        x, y, width, height = (float(one.get(key)) for key in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + width <= drawing.width and y + height <= drawing.height
    for one in root.iter(f"{SVG}text"):
        wide = 0.58 * float(one.get("font-size")) * len("".join(one.itertext()))
        x = float(one.get("x")) - (wide / 2 if one.get("text-anchor") == "middle" else 0)
        assert x >= 0 and x + wide <= drawing.width, "".join(one.itertext())
    heads = {one.get("id") for one in root.iter(f"{SVG}marker")}
    used = set(re.findall(r"url\(#([^)]+)\)", drawing.svg()))
    assert used == heads


def test_every_layer_has_its_gamma_and_beta() -> None:
    for one in figure_3().drawings:
        rects = list(ET.fromstring(one.svg()).iter(f"{SVG}rect"))
        for colour in (GAMMA, BETA):
            assert sum(rect.get("fill") == colour for rect in rects) == 9 + 1  # and one in the legend


def test_the_sizes_follow_from_the_padding() -> None:
    assert SIZES[0] == 256 + 2 * 40 and SIZES[1:3] == (SIZES[0] // 2, SIZES[0] // 4)
    assert [a - b for a, b in zip(SIZES[2:7], SIZES[3:8], strict=True)] == [4] * 5
    assert SIZES[8:] == (2 * SIZES[7], 4 * SIZES[7], 256)
    numbers = [text.text for text in ET.fromstring(figure_2().drawings[0].svg()).iter(f"{SVG}text")]
    assert [one for one in numbers if one.isdigit()] == [*map(str, SIZES), "256"]


def test_a_caption_names_the_papers_figure_and_links_it() -> None:
    for number, figure in ((2, figure_2()), (3, figure_3())):
        page = figure._repr_html_()
        assert f"The paper’s Figure {number}, redrawn" in page and f'href="{PAPER}"' in page
        ids = re.findall(r'id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
