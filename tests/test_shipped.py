"""The weights that ship: they load, they say what they are, and they use their signal."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import zmlib
from zmlib.data import samples
from zmlib.data.images import centre_square, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network


@pytest.fixture(scope="module")
def net() -> zmlib.ZMNet:
    return zmlib.load("styles")


@pytest.fixture(scope="module")
def pictures() -> tuple[Tensor, Tensor]:
    """Six photos and six styles, 128 px."""
    photos = [to_tensor(centre_square(p, 128)) for p in samples.photos().values()]
    styles = [to_tensor(centre_square(s, 128)) for s in list(samples.styles().values())[::2]]
    return torch.cat(photos), torch.cat(styles)


def test_the_card_says_what_a_reader_asks(net: zmlib.ZMNet) -> None:
    assert net.config.width == (32, 64, 128) and len(net.tnet.spec) == 15
    for key in ("recipe", "steps", "seconds", "device", "photos", "styles", "loss_network", "licence"):
        assert net.card.get(key), f"the card lacks {key}"
    card = zmlib.available()["styles"].with_suffix(".md").read_text(encoding="utf-8")
    assert str(net.card["steps"]) in card.replace(",", "")
    assert Path(zmlib.available()["styles"]).stat().st_size < 16 << 20


def test_the_right_style_beats_another_one(net: zmlib.ZMNet, pictures: tuple[Tensor, Tensor]) -> None:
    """Offline, by the shipped judge: every photo in every style against two other styles.

    Chance is a half, and a network deaf to its signal ties. The weights have 1.0 here, with medians of 0.27 and 0.94.
    """
    photos, styles = pictures
    judge, affine, right, wrong = Judge(loss_network("slim")), net.encode(styles), [], []
    for photo in photos.split(1):
        content = photo.expand(6, -1, -1, -1)
        own = judge(net.stylize(content, affine), content, styles)
        for shift in (1, 3):
            other = affine[(torch.arange(6) + shift) % 6]
            right.append(own)
            wrong.append(judge(net.stylize(content, other), content, styles))
    assert (torch.cat(right) < torch.cat(wrong)).float().mean() > 0.9
    assert torch.cat(right).median() < 0.4, "the untouched photo scores 1"


def test_the_photo_is_still_there(net: zmlib.ZMNet, pictures: tuple[Tensor, Tensor]) -> None:
    """Outputs resemble their own photo more than they resemble other photos, by the loss network's content features."""
    photos, styles = pictures
    network = loss_network("slim")
    out = network(net.stylize(photos, net.encode(styles)), ["relu3_3"])["relu3_3"].flatten(1)
    own = network(photos, ["relu3_3"])["relu3_3"].flatten(1)
    nearest = torch.cdist(
        torch.nn.functional.normalize(out - out.mean(0), dim=1), torch.nn.functional.normalize(own - own.mean(0), dim=1)
    ).argmin(1)
    assert nearest.tolist() == list(range(6))
