"""A source that zmlib does not know: one file, one decorator, and it trains, saves, loads, exports, says its wants."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

import zmlib
from zmlib.errors import UserError
from zmlib.sources import SOURCES
from zmlib.train import RECIPES, Phase, train

TOYS = Path(__file__).parent / "toys"


@pytest.fixture
def warmth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy, registered for one test."""
    monkeypatch.syspath_prepend(str(TOYS))
    before = dict(SOURCES)
    import warmth as toy  # noqa: F401

    yield
    sys.modules.pop("warmth")
    SOURCES.clear()
    SOURCES.update(before)


def folder(place: Path, *colours: tuple[int, int, int]) -> Path:
    place.mkdir()
    for i, colour in enumerate(colours):
        noise = torch.randint(0, 40, (96, 96, 3), generator=torch.Generator().manual_seed(i), dtype=torch.uint8)
        Image.fromarray((noise + torch.tensor(colour, dtype=torch.uint8)).numpy()).save(place / f"{i}.png")
    return place


def test_a_new_source_is_one_short_file() -> None:
    assert sum(bool(line.strip()) for line in (TOYS / "warmth.py").read_text().splitlines()) <= 25


def test_it_trains_saves_loads_and_exports(warmth: None, tmp_path: Path) -> None:
    recipe = replace(RECIPES["smoke"], source="warmth", phases=(Phase(3, size=64, batch=2),))
    photos, styles = (
        folder(tmp_path / "photos", (90, 90, 90)),
        folder(tmp_path / "styles", (200, 90, 20), (20, 90, 200)),
    )
    file = train(recipe, photos, styles, tmp_path / "run", device="cpu", progress=False)
    net = zmlib.load(file)
    assert (net.kind, net.card["reads"]) == ("warmth", "warmth") and "one number, (N, 1)" in net.wants
    content = torch.rand(1, 3, 40, 48)
    cold, warm = (net.stylize(content, net.encode(torch.tensor([[number]]))) for number in (-1.0, 1.0))
    assert cold.shape == content.shape and (cold - warm).abs().mean() > 1e-3
    with pytest.raises(UserError, match="one number"):
        net.encode(torch.zeros(1, 2))
    with pytest.raises(UserError, match="one number"):
        zmlib.stylize(content, content, model=net)
    pytest.importorskip("onnxruntime")
    from zmlib.export import write_onnx

    difference = write_onnx(net, tmp_path / "onnx")
    assert difference is not None and difference < 1e-4
