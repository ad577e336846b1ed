"""Pairs from a table, from folders, and from the samples that ship."""

from __future__ import annotations

import pytest
import torch
from PIL import Image

from zmlib.errors import UserError
from zmlib.evaluate.pairs import Pair, load_pairs, read_batch


@pytest.fixture
def folders(tmp_path):
    for folder, count in (("photos", 5), ("styles", 3)):
        (tmp_path / folder).mkdir()
        for i in range(count):
            Image.new("RGB", (48 + i, 40), (i * 40, 10, 200)).save(tmp_path / folder / f"{i}.png")
    return tmp_path


def write(folder, text):
    path = folder / "pairs.tsv"
    path.write_text(text)
    return path


def test_every_photo_gets_a_style_and_no_style_comes_twice_before_all_came_once(folders):
    pairs = load_pairs(folders / "photos", folders / "styles", seed=3)
    assert [pair.photo_name for pair in pairs] == [f"{i}.png" for i in range(5)]
    assert {pair.painting_name for pair in pairs[:3]} == {"0.png", "1.png", "2.png"}
    assert pairs == load_pairs(folders / "photos", folders / "styles", seed=3)
    others = [load_pairs(folders / "photos", folders / "styles", seed=seed) for seed in range(6)]
    assert any(other != pairs for other in others)
    assert load_pairs(folders / "photos", folders / "styles", seed=3, limit=2) == pairs[:2]


def test_a_table_is_read_relative_to_itself(folders):
    path = write(folders, "photo\tpainting\nphotos/1.png\tstyles/0.png\r\n\nphotos/2.png\tstyles/2.png\n")
    assert load_pairs(table=path) == [
        Pair("photos/1.png", "styles/0.png", folders / "photos/1.png", folders / "styles/0.png"),
        Pair("photos/2.png", "styles/2.png", folders / "photos/2.png", folders / "styles/2.png"),
    ]


def test_with_nothing_given_the_data_folder_is_taken_and_else_the_samples(folders, monkeypatch):
    write(folders, "photos/1.png\tstyles/0.png\n")
    monkeypatch.setenv("ZMLIB_DATA", str(folders))
    assert [pair.photo_name for pair in load_pairs()] == ["photos/1.png"]
    monkeypatch.delenv("ZMLIB_DATA")
    samples = load_pairs()
    assert len(samples) >= 5 and len({pair.painting_name for pair in samples}) >= 5
    content, style = read_batch(samples[:2], 64)
    assert content.shape == style.shape == (2, 3, 64, 64)
    assert content.std() > 0.05 and style.std() > 0.05


def test_pictures_are_square_centre_crops(folders):
    wide = Image.new("RGB", (90, 30), (255, 0, 0))
    wide.paste((0, 0, 255), (30, 0, 60, 30))
    wide.save(folders / "wide.png")
    content, _ = read_batch([Pair("wide", "0", folders / "wide.png", folders / "styles/0.png")], 32)
    assert content.shape == (1, 3, 32, 32) and content.dtype == torch.float32
    torch.testing.assert_close(content[0, :, 16, 16], torch.tensor([0.0, 0.0, 1.0]))
    torch.testing.assert_close(content[0, :, 5, 5], torch.tensor([0.0, 0.0, 1.0]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("photo\tpainting\n", "holds no pair"),
        ("photos/1.png styles/0.png\n", "Line 1"),
        ("photo\tpainting\nphotos/1.png\tstyles/9.png\n", "Line 2 of .* names styles/9.png"),
    ],
)
def test_a_bad_table_is_named_with_its_line(folders, text, words):
    with pytest.raises(UserError, match=words):
        load_pairs(table=write(folders, text))


def test_what_cannot_be_combined(folders):
    with pytest.raises(UserError, match="both a folder of photos and a folder of styles"):
        load_pairs(folders / "photos")
    with pytest.raises(UserError, match="not both"):
        load_pairs(folders / "photos", folders / "styles", table=folders / "pairs.tsv")
    with pytest.raises(UserError, match="at least 1"):
        load_pairs(folders / "photos", folders / "styles", limit=0)
    with pytest.raises(UserError, match="cannot be read"):
        load_pairs(table=folders / "none.tsv")
