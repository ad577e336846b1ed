"""Sets by name, and CelebA from a folder in its layout that is written here."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.datasets import CelebA

from zmlib import UserError
from zmlib.neighbours.gan import celeba, sets
from zmlib.neighbours.gan.encoder import train_encoder
from zmlib.neighbours.gan.training import Game, train_gan
from zmlib.neighbours.weights import load_networks

NAMES = ["Bangs", "Black_Hair", "Blond_Hair", "Eyeglasses", "Male", "Pale_Skin", "Smiling", "Wavy_Hair", "Young"]
PHOTOS = 7
TEST = (5, 6)  # photographs of the split "test"; 4 is of "valid"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """CelebA's layout: photo i is a green square of brightness 30 i between red margins; its label j is bit j of i."""
    root = tmp_path / "data"
    photos = root / "celeba" / "img_align_celeba"
    photos.mkdir(parents=True)
    files = [f"{i + 1:06}.jpg" for i in range(PHOTOS)]
    for i, name in enumerate(files):
        picture = Image.new("RGB", (178, 218), "red")
        picture.paste((0, 30 * i, 0), (0, 20, 178, 198))
        picture.save(photos / name, quality=98)
    tables = {
        "list_attr_celeba.txt": (NAMES, [[1 if i >> j & 1 else -1 for j in range(len(NAMES))] for i in range(PHOTOS)]),
        "list_bbox_celeba.txt": (["image_id", "x_1", "y_1", "width", "height"], [[0, 0, 178, 218]] * PHOTOS),
        "list_landmarks_align_celeba.txt": (["lefteye_x"], [[69]] * PHOTOS),
    }
    for name, (head, rows) in tables.items():
        lines = [" ".join([file, *map(str, row)]) for file, row in zip(files, rows, strict=True)]
        (root / "celeba" / name).write_text("\n".join([str(PHOTOS), " ".join(head), *lines]) + "\n")
    splits = [2 if i in TEST else 1 if i == 4 else 0 for i in range(PHOTOS)]
    for name, numbers in {"list_eval_partition.txt": splits, "identity_CelebA.txt": range(PHOTOS)}.items():
        lines = [f"{file} {number}" for file, number in zip(files, numbers, strict=True)]
        (root / "celeba" / name).write_text("\n".join(lines) + "\n")
    return root


@pytest.mark.parametrize("domain", ["faces", "shoes"])
def test_splits_are_disjoint_and_repeat(domain: str) -> None:
    train, test = sets.read(domain, "train", 24), sets.read(domain, "test", 24)
    both = torch.cat([train.pictures, test.pictures]).flatten(1)
    assert len(torch.unique(both, dim=0)) == 48
    assert torch.equal(sets.read(domain, "test", 5).pictures, test.pictures[:5])
    assert not torch.equal(sets.read(domain, "test", 5, seed=1).pictures, test.pictures[:5])
    assert train.attributes == sets.ATTRIBUTES[domain] and train.labels.shape[1] == len(train.attributes)
    assert sets.FIRST["train"] + sets.COUNTS["train"] <= sets.FIRST["test"]


def test_as_float_reaches_both_ends() -> None:
    assert sets.as_float(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1, 1]


def brightness(found: sets.Labelled) -> list[int]:
    """Which photographs were read: their green, of 30 i."""
    return sorted(round(value / 30) for value in found.pictures[:, 1].float().mean((1, 2)).tolist())


def test_celeba_is_cut_reduced_and_labelled(folder: Path) -> None:
    train = sets.read(folder, "train")
    assert train.pictures.shape == (4, 3, 64, 64) and train.pictures.dtype == torch.uint8
    assert brightness(train) == [0, 1, 2, 3]
    assert train.pictures[:, 0, 2:-2].max() < 40  # the red margins are cut off
    assert train.attributes == tuple(celeba.ATTRIBUTES) == sets.ATTRIBUTES["celeba"]
    number = (train.pictures[:, 1].float().mean((1, 2)) / 30).round().int()
    for name, label in zip(train.attributes, train.labels.T, strict=True):
        bit = NAMES.index(celeba.ATTRIBUTES[name])
        assert torch.equal(label, (number >> bit & 1).bool()), name


def test_celeba_knows_its_splits_and_counts(folder: Path) -> None:
    assert brightness(sets.read(folder, "test")) == list(TEST)
    assert brightness(sets.read(folder / "celeba", "test")) == list(TEST)
    one, other = (sets.read(folder, "train", 2, seed) for seed in (0, 3))
    assert len(one.pictures) == 2 and brightness(one) != brightness(other)


def test_celeba_names_what_is_missing(folder: Path, tmp_path: Path) -> None:
    (folder / "celeba" / "list_attr_celeba.txt").unlink()
    with pytest.raises(UserError, match=r"data lacks celeba/list_attr_celeba.txt: get CelebA .* from https://mmlab"):
        sets.read(folder)
    with pytest.raises(UserError, match="lacks celeba/img_align_celeba, celeba/list_attr"):
        sets.read(tmp_path)


def test_a_photograph_that_is_lost_is_named(folder: Path) -> None:
    (folder / "celeba" / "img_align_celeba" / "000006.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(UserError, match="000006.jpg cannot be read"):
        sets.read(folder, "test")


def test_torchvision_still_asks_as_this_module_expects() -> None:
    tables = [entry[2] for entry in CelebA.file_list if entry[2].endswith(".txt")]
    assert len(tables) == 5 and "list_attr_celeba.txt" in tables


def test_what_is_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no split 'valid': take train or test"):
        sets.read("faces", "valid")
    with pytest.raises(UserError, match="no domain and no folder cats: take faces, shoes, or a folder"):
        sets.read("cats")
    with pytest.raises(UserError, match="must lie between 1 and .*, not 0"):
        sets.read("faces", count=0)


def test_what_begins_from_weights_of_celeba_is_told_where_it_is(folder: Path, tmp_path: Path) -> None:
    here = {"device": "cpu", "precision": "32-true", "progress": False, "steps": 1, "pictures": 4}
    game = Game(domain=str(folder), steps=1, pictures=4, batch=2, generator=(8, 8, 8, 8, 8), critic=(4, 4, 4, 8))
    gan = train_gan(game, tmp_path / "gan", device="cpu", precision="32-true", progress=False)
    with pytest.raises(UserError, match="no domain and no folder data"):
        train_encoder(gan, tmp_path / "encoder", **here)
    with pytest.raises(UserError, match="The weights are of data, and shoes was given"):
        train_encoder(gan, tmp_path / "encoder", domain="shoes", **here)
    encoder = train_encoder(gan, tmp_path / "encoder", domain=folder, **here)
    card = load_networks(encoder).card
    assert card["domain"] == "data" and card["generator_steps"] == 1
