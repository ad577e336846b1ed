"""Files for the tests of the command line: a small network, good pictures of many kinds, and bad ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner, Result

import zmlib
from zmlib.cli import app


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a small random network."""
    torch.manual_seed(0)
    net = zmlib.ZMNet(zmlib.TNetConfig(width=(4, 8, 8), blocks=1))
    return zmlib.save(net, tmp_path_factory.mktemp("weights") / "tiny.safetensors", {"recipe": "tiny", "steps": 0})


@pytest.fixture
def zm() -> Callable[..., Result]:
    """Runs the command line in this process: `zm("stylize", ...)`."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with photo.jpg (48 x 36) and paint.png in it."""
    monkeypatch.chdir(tmp_path)
    picture(48, 36).save("photo.jpg")
    picture(40, 40, 7).save("paint.png")
    return tmp_path


@pytest.fixture
def good(here: Path) -> dict[str, tuple[Path, tuple[int, int]]]:
    return good_files(here)


@pytest.fixture
def bad(here: Path) -> dict[str, Path]:
    return bad_files(here)


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth colours with some noise, reproducible."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [
        np.sin(x * chance.uniform(0.05, 0.4) + y * chance.uniform(0.05, 0.4) + chance.uniform(0, 6)) for _ in range(3)
    ]
    values = 0.5 + 0.4 * np.stack(waves, -1) + chance.normal(0, 0.03, (height, width, 3))
    return Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8))


def good_files(folder: Path) -> dict[str, tuple[Path, tuple[int, int]]]:
    """Name -> (file, size that a person expects of it)."""
    photo = picture(48, 36)
    exif = Image.Exif()
    exif[0x0112] = 6  # on its side: shown it is 36 wide and 48 high
    photo.save(folder / "exif.jpg", exif=exif)
    photo.convert("RGBA").save(folder / "alpha.png")
    photo.convert("L").save(folder / "grey.png")
    photo.convert("CMYK").save(folder / "cmyk.jpg")
    Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257).save(folder / "sixteen.png")
    photo.save(folder / "moving.gif", save_all=True, append_images=[picture(48, 36, 1)])
    photo.save(folder / "plain.webp")
    names = {"exif": "exif.jpg", "alpha": "alpha.png", "grey": "grey.png", "cmyk": "cmyk.jpg"}
    names |= {"sixteen": "sixteen.png", "gif": "moving.gif", "webp": "plain.webp"}
    return {name: (folder / file, (36, 48) if name == "exif" else (48, 36)) for name, file in names.items()}


def bad_files(folder: Path) -> dict[str, Path]:
    """Name -> file that is no usable picture."""
    whole = io.BytesIO()
    picture(64, 64).save(whole, "PNG")
    (folder / "truncated.png").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("this is no picture")
    picture(20, 20).save(folder / "small.png")
    names = {"truncated": "truncated.png", "empty": "empty.png", "text": "text.jpg", "small": "small.png"}
    return {name: folder / file for name, file in names.items()} | {"missing": folder / "missing.png"}
