"""What is no picture gets one sentence that names it and says what to do, and nothing else is ever raised."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from zmlib.data import decode
from zmlib.data.images import ImageError, open_image, to_image


def sentence(call: object) -> str:
    """The error's text: one sentence, one line."""
    with pytest.raises(ImageError) as caught:
        call()  # type: ignore[operator]
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".") and ". " not in text.replace("... ", "")
    return text


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_truncated(tmp_path: Path, kind: str, part: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Image.fromarray(noise).save(whole, kind)
    path = tmp_path / "cut.picture"
    path.write_bytes(whole.getvalue()[: max(8, int(part * len(whole.getvalue())))])
    text = sentence(lambda: open_image(path))
    assert str(path) in text and "damaged or cut short: copy or download it again" in text


def test_bytes_flipped_in_the_middle_raise_nothing_else(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((64, 64)).save(whole, "PNG")
    generator = np.random.default_rng(1)
    path = tmp_path / "flipped.png"
    refused = 0
    for _ in range(60):
        data = bytearray(whole.getvalue())
        data[int(generator.integers(4, len(data)))] ^= int(generator.integers(1, 256))
        path.write_bytes(bytes(data))
        try:
            open_image(path)
        except ImageError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.jpg", b"", "is empty (0 bytes): copy or download it again"),
        ("words.png", b"Dear diary, today I painted.", "is not a picture that can be read here: save it as PNG"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture that can be read here"),
    ],
)
def test_not_pictures(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    text = sentence(lambda: open_image(tmp_path / name))
    assert name in text and words in text


def test_missing_and_folder(tmp_path: Path) -> None:
    assert "There is no file" in sentence(lambda: open_image(tmp_path / "none.jpg"))
    assert "is a folder" in sentence(lambda: open_image(str(tmp_path)))
    assert "PosixPath" not in sentence(lambda: open_image(42))  # type: ignore[arg-type]


def test_a_bomb_is_refused_and_a_large_picture_is_not(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    Image.new("1", (20_000, 10_001)).save(tmp_path / "bomb.png")
    text = sentence(lambda: open_image(tmp_path / "bomb.png"))
    assert "bomb.png" in text and "20000 x 10001" in text and "200 million" in text
    with Image.new("1", (14_000, 13_000)) as large:  # 182 million: Pillow alone refuses it
        large.save(tmp_path / "large.png")
    with (tmp_path / "large.png").open("rb") as file, decode._open(file, tmp_path) as image:
        decode._check_size(image.size, "large.png")
    assert limit == Image.MAX_IMAGE_PIXELS and not recwarn.list


# ---- arrays and tensors


@pytest.mark.parametrize(("low", "high"), [(0.0, 255.0), (-1.0, 1.0), (0.0, float("nan"))])
def test_floats_outside_the_range(low: float, high: float) -> None:
    values = np.full((5, 7, 3), low, np.float32)
    values[0, 0, 0] = high
    text = sentence(lambda: open_image(values))
    assert "(5, 7, 3)" in text and f"{high:.4g}" in text and "[0, 1]" in text


@pytest.mark.parametrize("shape", [(4,), (3, 4, 5), (1, 4, 5, 3), (0, 4, 3)])
def test_shapes_that_are_no_picture(shape: tuple[int, ...]) -> None:
    text = sentence(lambda: open_image(np.zeros(shape, np.uint8)))
    assert str(shape) in text and "(H, W, 3)" in text


def test_types_that_are_no_picture() -> None:
    assert "int64" in sentence(lambda: open_image(np.zeros((4, 4), np.int64)))
    assert "(2, 3, 4, 4)" in sentence(lambda: open_image(torch.zeros(2, 3, 4, 4)))
    assert "(4, 4, 3)" in sentence(lambda: open_image(torch.zeros(4, 4, 3)))
    assert "-1 to 1" in sentence(lambda: to_image(torch.linspace(-1, 1, 48).view(3, 4, 4)))
    assert "no pixels" in sentence(lambda: open_image(Image.new("RGB", (0, 4))))
