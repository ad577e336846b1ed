"""torchvision's weights: path, cache, download with its hash; against a server in this process, never the network."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
import torch

from zmlib.errors import UserError
from zmlib.perceptual.download import read, torchvision_file


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    before = torch.hub.get_dir()
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))
    assert torch.hub.get_dir() != before
    return tmp_path / "hub" / "checkpoints"


def weights() -> bytes:
    stream = io.BytesIO()
    torch.save({"features.0.bias": torch.ones(4)}, stream)
    return stream.getvalue()


def test_download_with_the_right_hash_goes_to_the_cache_once(server: tuple[str, Path], cache: Path) -> None:
    base, root = server
    name = f"vgg16-{hashlib.sha256(weights()).hexdigest()[:8]}.pth"
    (root / name).write_bytes(weights())
    path = torchvision_file(url=f"{base}/{name}", progress=False)
    assert path == cache / name and read(path)["features.0.bias"].tolist() == [1] * 4
    (root / name).unlink()
    assert torchvision_file(url=f"{base}/{name}", progress=False) == path  # now from the cache


def test_a_wrong_hash_is_refused_and_leaves_nothing(server: tuple[str, Path], cache: Path) -> None:
    base, root = server
    (root / "vgg16-00000000.pth").write_bytes(weights())
    with pytest.raises(UserError, match="damaged.*hash"):
        torchvision_file(url=f"{base}/vgg16-00000000.pth", progress=False)
    assert list(cache.iterdir()) == []


def test_no_server_and_no_such_file_are_one_sentence(server: tuple[str, Path], cache: Path) -> None:
    base, _ = server
    with pytest.raises(UserError, match="could not be fetched.*slim"):
        torchvision_file(url=f"{base}/vgg16-12345678.pth", progress=False)
    with pytest.raises(UserError, match="could not be fetched.*slim"):
        torchvision_file(url="http://127.0.0.1:9/vgg16-12345678.pth", progress=False)


def test_a_given_path_and_the_data_folder_come_first(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "mine.pth"
    given.write_bytes(weights())
    assert torchvision_file(given) == given
    with pytest.raises(UserError, match="no such file"):
        torchvision_file(tmp_path / "absent.pth")
    folder = tmp_path / "data" / "weights"
    folder.mkdir(parents=True)
    cache.mkdir(parents=True)
    for place in (folder, cache):
        (place / "vgg16-397923af.pth").write_bytes(weights())
    assert torchvision_file() == cache / "vgg16-397923af.pth"
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path / "data"))
    assert torchvision_file() == folder / "vgg16-397923af.pth"
