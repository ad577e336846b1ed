from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from chapters.method import plot_affines
from PIL import Image

from zmlib import Affine
from zmlib.data.sheet import GAP, TEXT, sheet

RED, BLUE = Image.new("RGB", (60, 40), "red"), torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 50, 50)


def test_pictures_stand_where_they_were_put() -> None:
    page = sheet([[RED, BLUE], [None, RED]], cell=(32, 16)).image
    assert page.size == (2 * 32 + GAP, 2 * 16 + GAP)
    assert page.getpixel((16, 8)) == (255, 0, 0)
    assert page.getpixel((32 + GAP + 16, 8)) == (0, 0, 255)
    assert page.getpixel((16, 16 + GAP + 8)) == (255, 255, 255)
    assert page.getpixel((32 + GAP + 16, 16 + GAP + 8)) == (255, 0, 0)


def test_titles_take_their_own_room() -> None:
    plain = sheet([[RED, RED]], cell=(64, 64)).image
    columns = ["one", "a title that is far too long for its column"]
    titled = sheet([[RED, RED]], columns=columns, labels=["row"], cell=(64, 64)).image
    assert titled.size == (plain.width + TEXT * 3 // 2, plain.height + TEXT * 3 // 2)
    strip = titled.crop((0, 0, titled.width, TEXT * 3 // 2)).convert("L")
    assert strip.getextrema()[0] < 100
    assert titled.getpixel((titled.width - 32, titled.height - 32)) == (255, 0, 0)


def test_words_can_stand_in_a_cell() -> None:
    page = sheet([["styles\nphotos", RED]], cell=(120, 90)).image.convert("L")
    inked = page.point(lambda value: 255 * (value < 100)).crop((0, 0, 120, 90)).getbbox()
    assert inked is not None and 0 < inked[0] and inked[2] < 120 and inked[1] < 45 < inked[3]


def test_a_picture_is_cut_not_squeezed() -> None:
    stripes = Image.new("RGB", (120, 40), "red")
    stripes.paste((0, 0, 255), (40, 0, 80, 40))
    page = sheet([[stripes]], cell=(40, 40)).image
    assert page.getpixel((2, 20)) == page.getpixel((37, 20)) == (0, 0, 255)


def test_saves_a_jpeg_and_makes_the_folder(tmp_path: Path) -> None:
    made = sheet([[RED]], cell=(32, 32))
    path = made.save(tmp_path / "new" / "sheet.jpg")
    assert Image.open(path).format == "JPEG" and [p.name for p in path.parent.iterdir()] == ["sheet.jpg"]
    assert Image.open(io.BytesIO(made._repr_jpeg_())).size == (32, 32)


@pytest.mark.parametrize(
    ("rows", "titles"),
    [([], {}), ([[]], {}), ([[RED]], {"columns": ["a", "b"]}), ([[RED]], {"labels": ["a", "b"]})],
)
def test_wrong_calls(rows: list, titles: dict) -> None:
    with pytest.raises(ValueError, match="sheet|titles"):
        sheet(rows, **titles)


def test_plot_shows_the_spread_of_each_normalisation(tiny_model) -> None:
    spec = tiny_model.tnet.spec
    affine = Affine.identity(spec)
    moved = Affine(tuple(g + 2 for g in affine.gamma), tuple(b - 1 for b in affine.beta), spec)
    figure = plot_affines({"plain": affine, "moved": moved})
    gamma, beta = figure.axes
    dots = {line.get_label(): line.get_ydata() for line in gamma.lines if line.get_marker() == "o"}
    assert len(dots["plain"]) == len(spec) and set(dots["plain"]) == {1.0} and set(dots["moved"]) == {3.0}
    assert {tuple(set(line.get_ydata())) for line in beta.lines if line.get_marker() == "o"} == {(0.0,), (-1.0,)}
    assert [tick.get_text().split("\n")[0] for tick in beta.get_xticklabels()] == [norm.name for norm in spec]
