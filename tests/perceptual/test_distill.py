"""Slim's training: pictures, disturbances, a short run that learns, resumes and refuses bad folders."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from slim.augment import Dice, disturbed, match_colours
from slim.batches import Lesson, Pictures, ask
from slim.distill import Recipe, distil, distil_loss, fit_maps

from zmlib.errors import UserError
from zmlib.perceptual import loss_network
from zmlib.perceptual.slim import TEACHERS, Slim


def dice(seed: int = 0) -> Dice:
    return Dice(torch.Generator().manual_seed(seed))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("photos", "paintings"):
        (tmp_path / part / "train").mkdir(parents=True)
        for index in range(3):
            pixels = torch.randint(0, 255, (12, 16, 3), dtype=torch.uint8).numpy()
            Image.fromarray(pixels).resize((320, 240)).save(tmp_path / part / "train" / f"{index}.jpg")
    Image.new("RGB", (320, 240)).save(tmp_path / "photos" / "train" / "skimage_sample.jpg")
    return tmp_path


def test_crops_leave_the_samples_out(folder: Path) -> None:
    pictures = Pictures(folder / "photos" / "train")
    assert [path.name for path in pictures.paths] == ["0.jpg", "1.jpg", "2.jpg"]
    crop = pictures.crop(96, dice())
    assert crop.shape == (3, 96, 96) and 0 <= crop.min() < crop.max() <= 1


def test_disturbed_pictures_stay_pictures_and_differ() -> None:
    photo, painting = torch.rand(2, 3, 40, 40)
    made = [disturbed(photo, painting, dice(seed)) for seed in range(60)]
    assert all(x.shape == (3, 40, 40) and x.min() >= 0 and x.max() <= 1 and torch.isfinite(x).all() for x in made)
    assert len({float(x.sum()) for x in made}) > 40
    assert torch.equal(disturbed(photo, painting, dice(3)), made[3])


def test_match_colours_takes_mean_and_deviation() -> None:
    x, like = torch.rand(3, 64, 64), torch.rand(3, 64, 64) * 0.5
    matched = match_colours(x, like)
    torch.testing.assert_close(matched.mean((1, 2)), like.mean((1, 2)))
    torch.testing.assert_close(matched.std((1, 2)), like.std((1, 2)), rtol=0.1, atol=0)


def lesson(x: torch.Tensor) -> Lesson:
    """A lesson whose teacher is another slim, so that no weights are needed."""
    torch.manual_seed(9)
    teacher = Slim().freeze()
    teacher.forward = lambda x, layers: {TEACHERS[k]: v for k, v in Slim.forward(teacher, x, tuple(TEACHERS)).items()}  # type: ignore[method-assign]
    return ask(teacher, x)


def test_the_loss_is_zero_for_a_pupil_that_is_the_teacher_and_falls_by_training() -> None:
    x = torch.rand(4, 3, 32, 32)
    told = lesson(x)
    torch.manual_seed(9)
    same, order = Slim(), torch.tensor([1, 2, 3, 0])
    assert distil_loss(same, told, Recipe(), order)[0] < 1e-6
    torch.manual_seed(1)
    pupil = Slim()
    at_first = distil_loss(pupil, told, Recipe(), order)[0].item()
    fit_maps(pupil, told)
    fitted = distil_loss(pupil, told, Recipe(), order)[0].item()
    optimiser = torch.optim.Adam(pupil.parameters(), lr=1e-4)
    for _ in range(15):
        optimiser.zero_grad()
        distil_loss(pupil, told, Recipe(), order)[0].backward()
        optimiser.step()
    assert distil_loss(pupil, told, Recipe(), order)[0].item() < fitted < at_first


def test_a_run_makes_a_usable_file_and_goes_on_where_it_stopped(data_dir: Path, folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = dict(batch=2, pursued=1, pursuit_steps=2, replays=1, save_every=2)
    state, out = tmp_path / "state.pt", tmp_path / "slim.safetensors"
    distil(folder, out, Recipe(steps=2, **recipe), state=state, say=said.append)
    assert torch.load(state, weights_only=True)["step"] == 2
    before = out.read_bytes()
    distil(folder, out, Recipe(steps=4, **recipe), state=state, say=said.append)
    assert torch.load(state, weights_only=True)["step"] == 4 and out.read_bytes() != before
    assert [line.split()[0] for line in said] == ["0", "1", "3"]
    assert loss_network("slim", weights=out)(torch.rand(1, 3, 32, 32))["relu1_2"].shape[1] == 64
    state.write_bytes(b"cut")
    with pytest.raises(UserError, match=str(state)):
        distil(folder, out, Recipe(steps=4, **recipe), state=state)
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "photos" / "train").mkdir(parents=True)
    with pytest.raises(UserError, match="no .jpg pictures"):
        distil(tmp_path, tmp_path / "slim.safetensors", Recipe(steps=1))
