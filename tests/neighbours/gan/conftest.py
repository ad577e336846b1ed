"""Networks with random weights, and a face."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from zmlib.data.images import to_image
from zmlib.neighbours.gan import Gan, faces, load_gan
from zmlib.neighbours.gan.bundle import Table
from zmlib.neighbours.gan.networks import Critic, Generator
from zmlib.neighbours.weights import save_network


@pytest.fixture(scope="session")
def gan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `assemble` writes it, with small random networks; every picture counts as a face, unless a test says not."""
    torch.manual_seed(0)
    generator, table = Generator(64, (16, 12, 8, 8, 8)), Table(list(faces.ATTRIBUTES), 64)
    with torch.no_grad():
        for _ in range(20):
            generator.train()(torch.randn(64, 64))  # the statistics of its normalisations
        generator.last.weight *= 4
        table.vectors.copy_(torch.randn(len(faces.ATTRIBUTES), 64) / 2)
    width = (4, 8, 8, 16)
    judges = {"critic": Critic(1, width), "encoder": Critic(64, width), "classifier": Critic(len(table.vectors), width)}
    card = {"what": "gan", "domain": "faces", "face_limit": 99.0}
    file = tmp_path_factory.mktemp("gan") / "tiny.safetensors"
    return save_network({"generator": generator, **judges, "vectors": table}, file, card)


@pytest.fixture
def gan(gan_file: Path) -> Gan:
    return load_gan(gan_file)


@pytest.fixture
def face() -> Image.Image:
    """A drawn face, 64 x 64."""
    return to_image(faces.draw(1, seed=3).pictures)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: Image.Image) -> Path:
    """A working folder with face.png in it."""
    monkeypatch.chdir(tmp_path)
    face.save("face.png")
    return tmp_path
