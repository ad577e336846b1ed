"""A picture from a file to a code: what is refused and in which words, and what a change is made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from zmlib.data.images import open_image, to_tensor
from zmlib.errors import UserError
from zmlib.neighbours.gan import Colour, Gan, edit, faces, load_gan
from zmlib.neighbours.gan.photo import BEYOND, LIMIT, as_face, change, code_of, note_limit, read_face, strangeness
from zmlib.neighbours.weights import load_networks, shipped


def test_a_face_is_read_as_it_is_and_a_larger_one_reduced(here: Path, gan: Gan, face: Image.Image) -> None:
    assert torch.equal(read_face("face.png", gan), to_tensor(face))
    face.resize((256, 256), Image.Resampling.LANCZOS).save("large.webp", lossless=True)
    large = read_face("large.webp", gan)
    assert large.shape == (1, 3, 64, 64) and (large - to_tensor(face)).abs().mean() < 0.01
    stripes = Image.fromarray(np.tile(np.array([[[0, 0, 0], [255, 0, 0]]], dtype=np.uint8), (256, 128, 1)))
    assert (as_face(stripes, "stripes")[0, 0] - 0.5).abs().max() < 0.05, "reduced without antialiasing"


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda face: face.resize((90, 64)), "bad.png is 90 x 64 pixels and not square: crop it to the face first."),
        (lambda face: face.resize((63, 63)), "bad.png is 63 x 63 pixels: give a picture of at least 64 x 64."),
        (lambda face: face.convert("L"), "bad.png is grey, .* give a picture in colour."),
        (lambda face: face.resize((128, 128)).convert("L").convert("RGB"), "bad.png is grey"),
    ],
)
def test_what_is_no_face_is_said(make, sentence: str, here: Path, gan: Gan, face: Image.Image) -> None:
    make(face).save("bad.png")
    with pytest.raises(UserError, match=sentence):
        read_face("bad.png", gan)


def test_odd_files_get_the_sentences_of_open_image(here: Path, gan: Gan) -> None:
    Path("notes.png").write_text("no picture")
    for name, says in (("notes.png", "notes.png is not a picture"), ("none.png", "There is no file none.png")):
        with pytest.raises(UserError, match=says):
            read_face(name, gan)


def test_a_picture_that_its_code_does_not_give_back_shows_no_face(here: Path, gan: Gan) -> None:
    found = strangeness(to_tensor("face.png"), gan).item()
    assert found > 0
    gan.card["face_limit"] = 1.01 * found
    read_face("face.png", gan)
    gan.card["face_limit"] = 0.99 * found
    with pytest.raises(UserError, match=r"face.png shows no face of the kind .* limit\): give a picture of one"):
        read_face("face.png", gan)
    gan.card["domain"] = "shoes"
    with pytest.raises(UserError, match="shows no shoe"):
        read_face("face.png", gan)


def test_the_limit_is_measured_and_noted(
    tmp_path: Path, gan_file: Path, gan: Gan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmlib.neighbours.gan.photo.MEASURED", 40)
    file = tmp_path / "own.safetensors"
    file.write_bytes(gan_file.read_bytes())
    limit = note_limit(file)
    again = load_gan(file)
    assert again.card == {**load_networks(gan_file).card, "face_limit": limit}
    z = torch.randn(2, 64)
    assert torch.equal(again.generate(z), gan.generate(z)), "writing it again changes nothing else"
    others = strangeness(faces.draw(40, 0, first=10**9).pictures / 255, gan)
    assert limit == pytest.approx(BEYOND * others.quantile(0.99).item(), abs=1e-4)


def test_a_code_is_refined_from_the_encoders(gan: Gan) -> None:
    x = gan.generate(torch.randn(1, 64))
    gap = [(gan.generate(code_of(x, gan, steps)) - x).square().mean().item() for steps in (0, 60)]
    assert torch.equal(code_of(x, gan, 0), gan.encode(x)) and gap[1] < 0.5 * gap[0]


def test_attributes_come_before_strokes_and_the_photo_keeps_what_they_leave(gan: Gan, face: Image.Image) -> None:
    x, z0 = to_tensor(face), torch.randn(1, 64)
    moved = change(x, z0, gan, {"smile": 1.0, "glasses": -0.5})
    wanted = z0 + gan.vectors["smile"] - 0.5 * gan.vectors["glasses"]
    assert torch.allclose(moved.z, wanted) and moved.met is None
    assert torch.equal(moved.before, gan.generate(z0)) and torch.equal(moved.after, gan.generate(moved.z))
    assert torch.equal(moved.picture, (x + (moved.after - moved.before)).clamp(0, 1))
    assert torch.equal(moved.shown(carry=False).picture, moved.after) and moved.shown(carry=True) is moved
    stroke = Colour(((20, 20), (40, 20)), (0.9, 0.1, 0.1), 4)
    both = change(x, z0, gan, {"smile": 1.0, "glasses": -0.5}, [stroke], steps=30)
    assert torch.equal(both.z, edit(moved.z, [stroke], gan, steps=30).z) and 0 < both.met <= 1
    same = change(x, z0, gan, {})
    assert torch.equal(same.picture, x) and torch.equal(same.z, z0)
    with pytest.raises(UserError, match="There is no attribute 'hat'"):
        change(x, z0, gan, {"hat": 1.0})


@pytest.fixture
def real() -> Gan:
    """The faces that ship."""
    if "faces" not in shipped():
        pytest.skip("no weights of faces ship yet")
    return load_gan("faces")


def test_the_shipped_faces_know_faces(real: Gan, data_dir: Path) -> None:
    held_out = faces.draw(100, 0, first=10**9 + 1000).pictures / 255
    limit = real.card.get("face_limit", LIMIT)
    assert (strangeness(held_out, real) <= limit).float().mean() > 0.97
    others = [path for name in ("photos", "paintings") for path in sorted((data_dir / name).rglob("*.*"))[:20]]
    squares = [open_image(path).resize((64, 64)) for path in others if path.suffix in (".jpg", ".png")]
    assert len(squares) > 20
    assert (strangeness(torch.cat([to_tensor(one) for one in squares]), real) > limit).float().mean() > 0.9
