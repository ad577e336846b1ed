"""Building a set: what comes out, and that no end, rebuild or batch size changes a byte of it."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from small_set import SETTINGS, Sources, files, fill, run_beside, smooth
from stand_in import random_network
from test_plan import leaks

import zmlib.styleset.build as building
from zmlib.data.images import open_image, resize_short, save_image
from zmlib.errors import UserError
from zmlib.perceptual import loss_network
from zmlib.styleset.plan import Settings, read_plan
from zmlib.styleset.split import SPLITS, read_pictures, split


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


def test_what_a_set_holds(sources: Sources, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert sources.build(out) == 30 and sources.build(out) == 0
    rows, settings = read_plan(out)
    assert set(files(out)) == {"manifest.csv", "settings.json"} | {row.file for row in rows} and settings == SETTINGS
    for row in rows:
        picture = Image.open(out / row.file)
        painting = open_image(tmp_path / "paintings" / row.painting)
        if row.photo:
            assert picture.size == (32, 32)
        else:
            save_image(resize_short(painting, 64), tmp_path / "expected.jpg", quality=95)
            assert (out / row.file).read_bytes() == (tmp_path / "expected.jpg").read_bytes()


def test_no_file_of_a_built_set_is_of_another_splits_seed_or_photo(sources: Sources, tmp_path: Path) -> None:
    """The leak test, from the built set's own manifest and folders."""
    sources.build(tmp_path / "set")
    rows, _ = read_plan(tmp_path / "set")
    photos, paintings = (split(sources.pictures(which), SETTINGS.seed) for which in ("photos", "paintings"))
    assert leaks(rows, photos, paintings) == [] and any(row.photo for row in rows if row.split == "test")
    for name in SPLITS:
        there = sorted(path.name for path in (tmp_path / "set" / name).iterdir())
        assert there == [Path(row.file).name for row in rows if row.split == name]


def test_derived_pictures_are_near_their_photo_and_nearer_to_the_painting_than_it(
    sources: Sources, tmp_path: Path
) -> None:
    sources.build(tmp_path / "set", settings=replace(SETTINGS, iterations=12))
    network, closer = random_network(), []
    photos, seeds = ({p.name: p for p in sources.pictures(which)} for which in ("photos", "paintings"))
    for row in (row for row in sources.rows() if row.photo):
        made = torch.from_numpy(pixels(tmp_path / "set" / row.file)).permute(2, 0, 1)[None].float() / 255
        photo = building._window(photos[row.photo], row.number, 0, SETTINGS)
        style = building._window(seeds[row.painting], row.number, 1, SETTINGS)
        with torch.no_grad():
            grams = [network.measure(x).grams["relu2_1"] for x in (made, photo, style)]
        closer.append(float((grams[0] - grams[2]).norm() / (grams[1] - grams[2]).norm()))
        assert (made - photo).abs().mean() < 0.3
    assert len(closer) == 20 and np.median(closer) < 0.6


class Stop(Exception):
    """An end that nothing answers."""


@pytest.mark.parametrize("at", [4, 13, 22, 29])
def test_an_exception_in_the_middle_of_a_batch_costs_nothing(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    sources.build(tmp_path / "whole")
    calls = iter(range(1000))

    def save(*words: object, **more: object) -> Path:
        if next(calls) == at:
            raise Stop
        return save_image(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(building, "save_image", save)
    with pytest.raises(Stop):
        sources.build(tmp_path / "broken")
    assert len(files(tmp_path / "broken")) == at + 2  # and the manifest and the settings
    monkeypatch.setattr(building, "save_image", save_image)
    assert sources.build(tmp_path / "broken") == 30 - at
    assert files(tmp_path / "broken") == files(tmp_path / "whole")


SCRIPT = """
import sys
from pathlib import Path
import torch
from small_set import Sources
torch.set_num_threads(1)
Sources(Path(sys.argv[1]), 100).build(Path(sys.argv[1]) / "killed")
"""


def test_killed_and_resumed_gives_the_same_files(sources: Sources, tmp_path: Path) -> None:
    """SIGKILL to a process of its own, while it derives pictures."""
    sources.count, killed = 100, tmp_path / "killed"
    with run_beside(SCRIPT, tmp_path) as process:
        deadline = time.monotonic() + 120
        while not (killed / "train" / "000011.jpg").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it had ended by itself"
    there = files(killed)
    assert 13 < len(there) < 102
    assert sources.build(killed) == 102 - len(there)
    sources.build(tmp_path / "whole")
    assert files(killed) == files(tmp_path / "whole")


def test_a_rebuild_from_the_manifest_gives_the_same_bytes(sources: Sources, tmp_path: Path) -> None:
    sources.build(tmp_path / "first")
    rows, settings = read_plan(tmp_path / "first")
    sources.build(tmp_path / "again", rows, settings)
    assert files(tmp_path / "again") == files(tmp_path / "first")


@pytest.fixture
def slim(tmp_path: Path) -> tuple[Sources, Settings]:
    """Few sources, and the settings of a real set for the shipped loss network."""
    fill(tmp_path / "photos", 3)
    fill(tmp_path / "paintings", 3, 50)
    sources = Sources(tmp_path, 7, loss_network("slim"))
    return sources, replace(SETTINGS, size=64, iterations=6, smooth_weight=10.0, network=sources.network.weights_hash)


def test_batches_do_not_matter(slim: tuple[Sources, Settings], tmp_path: Path) -> None:
    """Measured, on one thread and on two: no value differs here, and at 128 px and 20 iterations at most 3 of 255."""
    sources, settings = slim
    made = {}
    for batch in (1, 3, 16):
        sources.build(tmp_path / str(batch), settings=settings, batch=batch)
        made[batch] = np.stack([pixels(tmp_path / str(batch) / row.file) for row in sources.rows() if row.photo])
    assert made[16].shape == (4, 64, 64, 3)
    for batch in (1, 3):
        assert np.abs(made[batch] - made[16]).max() <= 2, batch


def test_a_batch_of_one_is_computed_as_two(slim: tuple[Sources, Settings]) -> None:
    """Else its pixels differ: by up to 20 of 255 at 128 px and 20 iterations, by up to 3 here."""
    sources, settings = slim
    sets = [{p.name: p for p in sources.pictures(which)} for which in ("paintings", "photos")]
    rows, settings = [row for row in sources.rows() if row.photo][:2], replace(settings, size=96, iterations=12)
    alone = building.derive(rows[:1], settings, *sets, sources.network)
    assert len(alone) == 1
    assert alone[0].tobytes() == building.derive(rows, settings, *sets, sources.network)[0].tobytes()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda s: smooth(999).save(s.folder / "photos" / "03.png"), r"03.png is another picture than the manifest's"),
        (
            lambda s: (s.folder / "paintings" / "05.png").unlink(),
            r"The manifest names 05.png, and it is not in the fold",
        ),
        (lambda s: setattr(s, "network", random_network("other", 1)), r"another loss network than the present 'other'"),
    ],
)
def test_other_sources_than_the_plans_are_refused_before_anything_is_made(
    sources: Sources, tmp_path: Path, spoil, says: str
) -> None:
    rows = sources.rows(60)  # so many that every photo serves
    sources.build(tmp_path / "set", rows)
    (tmp_path / "set" / rows[-1].file).unlink()
    before = files(tmp_path / "set")
    spoil(sources)
    with pytest.raises(UserError, match=says) as caught:
        sources.build(tmp_path / "set", rows)
    assert str(caught.value).endswith(".") and files(tmp_path / "set") == before


def test_another_plan_in_the_folder_is_refused(sources: Sources, tmp_path: Path) -> None:
    sources.build(tmp_path / "set")
    before = files(tmp_path / "set")
    with pytest.raises(UserError, match="holds a set of other pictures or settings: name another folder"):
        sources.build(tmp_path / "set", sources.rows(31))
    assert files(tmp_path / "set") == before


def test_a_damaged_source_is_named(sources: Sources, tmp_path: Path) -> None:
    before = read_pictures(tmp_path / "paintings")
    (tmp_path / "paintings" / "05.png").write_bytes(b"no picture")
    assert "05.png" not in {picture.name for picture in read_pictures(tmp_path / "paintings")}
    with pytest.raises(UserError, match=r"05\.png is not a picture"):
        read_pictures(tmp_path / "paintings", strict=True)
    sources.pictures = lambda which: before if which == "paintings" else read_pictures(tmp_path / which)  # type: ignore[method-assign]
    with pytest.raises(UserError, match=r"05\.png"):  # it was good when the set was planned
        sources.build(tmp_path / "set")
