"""Distances to photos that share a word, the best tone curve towards them, and their split by camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from chapters import tagged
from chapters.tagged import GAINS, POWERS, TagSet, best_tone_curves, distances, tone
from PIL import Image
from stand_in import network, pictures  # noqa: F401

from zmlib import UserError


def test_the_distance_to_oneself_is_nothing_and_grows(network, pictures) -> None:  # noqa: F811
    own = pictures(1, seed=1)
    sets = {"own": TagSet.of(network, [own])}
    found = distances(network, [own, 0.7 * own, 0.2 * own], sets)["own"]
    assert found[0] == pytest.approx(0, abs=1e-6) and found[0] < found[1] < found[2] <= 1


def test_it_is_free_of_scale(network, pictures) -> None:  # noqa: F811
    grams = network.measure(pictures(2, seed=1)).grams
    one = TagSet({name: gram[0] for name, gram in grams.items()}).distance({n: g[1:] for n, g in grams.items()})
    darker = TagSet({name: gram[0] * 1e-3 for name, gram in grams.items()})
    torch.testing.assert_close(darker.distance({n: g[1:] * 1e-3 for n, g in grams.items()}), one)


def test_the_set_is_the_mean_of_its_photos(network, pictures) -> None:  # noqa: F811
    photos = pictures(3, seed=2)
    whole, parts = TagSet.of(network, [photos]), TagSet.of(network, [photos[:1], photos[1:]])
    for name, gram in network.measure(photos).grams.items():
        torch.testing.assert_close(whole.grams[name], gram.mean(0))
        torch.testing.assert_close(parts.grams[name], gram.mean(0))


def test_the_best_tone_curve_is_found(network, pictures) -> None:  # noqa: F811
    photos = list(pictures(3, seed=3).split(1))
    gain, power = GAINS[2], POWERS[3]
    sets = {"dim": TagSet.of(network, [tone(photo, gain, power) for photo in photos[:1]])}
    assert best_tone_curves(network, photos[:1], sets) == {"dim": (gain, power)}
    made = [tone(photo, *best_tone_curves(network, photos, sets)["dim"]) for photo in photos]
    assert distances(network, made, sets)["dim"].mean() <= distances(network, photos, sets)["dim"].mean()


def scene(seed: int) -> np.ndarray:
    """Blocks of grey, (60, 80): what one camera sees."""
    blocks = np.random.default_rng(seed).integers(40, 200, (6, 8)).astype(float)
    return np.kron(blocks, np.ones((10, 10)))


def frame(file: Path, of: np.ndarray, height: int, light: float, noise: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    grain = np.random.default_rng(noise).normal(0, 3, of.shape)
    picture = Image.fromarray((of * light + grain).clip(0, 255).astype(np.uint8)).convert("RGB")
    picture.resize((480, height), Image.Resampling.NEAREST).save(file)


@pytest.fixture
def daynight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two cameras of height 333, of which the one of scene 1 is held out; one of 329 (held out), and one of 262."""
    folder = tmp_path / "daynight"
    monkeypatch.setattr(tagged, "HELD_OUT", {329: (), 333: ("cvnd_1_noon_0.png", "cvnd_1_night_0.png")})
    for word, light in (("noon", 1.2), ("night", 0.4)):
        for number, height in ((1, 333), (2, 333), (3, 329), (4, 262)):
            for k in range(4):
                part = "test" if k == 3 else "train"
                file = folder / part / word / f"cvnd_{number}_{word}_{k}.png"
                frame(file, scene(number), height, light * (0.8 + 0.1 * k), 10 * number + k)
    for word in ("afternoon", "morning", "night"):
        for k in range(1, 7):
            file = folder / ("test" if k in (2, 5) else "train") / word / f"momentum_0{k}.png"
            frame(file, scene(20 + k), 300, 1.0, k)
    return folder


def test_no_camera_that_measures_is_trained_on(daynight: Path, tmp_path: Path) -> None:
    counts = tagged.split(daynight, tmp_path / "out")
    files = {part: {f"{f.parent.name}/{f.name}" for f in (tmp_path / "out" / part).rglob("*.png")} for part in counts}
    for word in ("noon", "night"):
        held = {f"{word}/{h}-cvnd_{n}_{word}_{k}.png" for n, h in ((1, 333), (3, 329)) for k in range(4)}
        assert {name for name in files["test"] if name.startswith(word)} == held, "all frames of two cameras"
        own = {name for name in files["train"] if name.startswith(f"{word}/cvnd")}
        assert own == {f"{word}/cvnd_{n}_{word}_{k}.png" for n in (2, 4) for k in range(3)}, "of train/ alone"
    assert files["train"] < files["fit"] and {name.split("/")[0] for name in files["train"]} == {"noon", "night"}
    assert counts["fit"]["morning"] == 3 and "night/momentum_03.png" in files["train"]
    assert {n for n in files["test"] if n.startswith("morning")} == {f"morning/momentum_0{k}.png" for k in (2, 4, 6)}
    assert not {name for name in files["test"] if "night/momentum" in name}
    original = daynight / "test" / "noon" / "cvnd_1_noon_3.png"
    assert (tmp_path / "out" / "test" / "noon" / "333-cvnd_1_noon_3.png").read_bytes() == original.read_bytes()


def test_the_split_is_the_same_every_time_and_takes_no_folder_away(daynight: Path, tmp_path: Path) -> None:
    first, second = (tagged.split(daynight, tmp_path / name) for name in ("a", "b"))
    assert first == second
    names = [sorted(file.relative_to(tmp_path / n) for file in (tmp_path / n).rglob("*.png")) for n in ("a", "b")]
    assert names[0] == names[1]
    with pytest.raises(UserError, match="is there already"):
        tagged.split(daynight, tmp_path / "a")


def test_other_photos_than_the_split_is_made_for(daynight: Path, tmp_path: Path) -> None:
    (daynight / "train" / "noon" / "cvnd_1_noon_0.png").unlink()
    with pytest.raises(UserError, match="not the frames"):
        tagged.split(daynight, tmp_path / "out")
    frame(daynight / "train" / "noon" / "cvnd_1_noon_0.png", scene(1), 333, 1.0, 1)
    frame(daynight / "train" / "morning" / "sunrise.png", scene(1), 300, 1.0, 1)
    with pytest.raises(UserError, match="numbered scene"):
        tagged.split(daynight, tmp_path / "out")
    assert not (tmp_path / "out").exists()
