"""GloVe files, their download against a server in this process, and the plane of words."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zmlib.errors import UserError
from zmlib.signals.glove import NAME, glove_file, read_vectors
from zmlib.signals.words import CHOSEN, WordPlane, known_words, lookup, word_signal


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "glove"


def archive(root: Path, member: str = NAME) -> str:
    """Write an archive like GloVe's; returns its SHA-256."""
    with zipfile.ZipFile(root / "glove.zip", "w") as file:
        file.writestr(member, "noon 1 2\nnight 3 4\n")
    return hashlib.sha256((root / "glove.zip").read_bytes()).hexdigest()


def test_a_download_is_unpacked_once_and_only_on_request(server: tuple[str, Path], cache: Path) -> None:
    base, root = server
    url, digest = f"{base}/glove.zip", archive(root)
    with pytest.raises(UserError, match="fetch it once"):
        glove_file(url=url, sha256=digest)
    path = glove_file(url=url, sha256=digest, fetch=True, progress=False)
    assert list(cache.iterdir()) == [path] and read_vectors(path)["night"].tolist() == [3, 4]
    (root / "glove.zip").unlink()
    assert glove_file() == path


@pytest.mark.parametrize(("what", "says"), [("hash", "damaged"), ("member", "damaged"), ("missing", "not be fetched")])
def test_a_bad_download_leaves_nothing(server: tuple[str, Path], cache: Path, what: str, says: str) -> None:
    base, root = server
    digest = archive(root, "another.txt" if what == "member" else NAME)
    url = f"{base}/{'none' if what == 'missing' else 'glove'}.zip"
    with pytest.raises(UserError, match=says):
        glove_file(url=url, sha256="0" * 64 if what == "hash" else digest, fetch=True, progress=False)
    assert list(cache.iterdir()) == []


def test_a_given_file_and_the_data_folder_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("noon 1 2\n", encoding="utf-8")
    assert glove_file(mine) == mine
    with pytest.raises(UserError, match="no file .*other.txt"):
        glove_file(tmp_path / "other.txt")
    (tmp_path / "data" / "words").mkdir(parents=True)
    some = tmp_path / "data" / "words" / "glove.6B.50d.subset.txt"
    some.write_text("noon 1 2\n", encoding="utf-8")
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path / "data"))
    assert glove_file() == some


@pytest.mark.parametrize("text", ["noon 1 2\nnight 3\n", "noon 1 2\nnight 3 x\n", "noon\n", "noon 1 2\n\xff\n"])
def test_a_file_of_something_else_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=r"words\.txt.* GloVe vectors"):
        read_vectors(path)


def some_vectors(n: int = 6, size: int = 7) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {f"word{i}": rng.normal(size=size).astype(np.float32) for i in range(n)}


def test_the_plane_holds_the_directions_in_which_the_words_differ_most() -> None:
    vectors = some_vectors()
    plane = WordPlane.fit(vectors, list(vectors)[:4])
    x = np.stack([vectors[word] for word in plane.chosen])
    places = plane.places(x)
    assert np.allclose(places.mean(0), 0, atol=1e-6) and np.mean(places[:, 0] ** 2) == pytest.approx(1)
    assert places[0, 0] < 0 and places[0, 1] < 0
    u, s, _ = np.linalg.svd(x - x.mean(0))
    assert np.allclose(np.abs(places * plane.scale), np.abs(u[:, :2] * s[:2]), atol=1e-5)
    again = WordPlane.from_dict(json.loads(json.dumps(plane.as_dict())))
    assert np.array_equal(again.places(x), places)
    assert plane.places(np.stack(list(vectors.values()))).shape == (6, 2)  # words that it was not fitted on
    with pytest.raises(UserError, match="three words"):
        WordPlane.fit(vectors, ["word0", "word1"])


def test_an_unknown_word_gets_its_near_matches() -> None:
    assert lookup({"night": 1}, " Night ") == 1
    with pytest.raises(UserError, match='"nigth" .* 2 words .* night'):
        lookup({"night": 1, "noon": 2}, "nigth")
    with pytest.raises(UserError, match="another word"):
        lookup({"night": 1}, "xyz")


def test_words_that_ship_need_no_file() -> None:
    table = known_words()
    assert set(CHOSEN) <= set(table) and len(table) > 1000
    noon, afternoon, morning, night = word_signal(CHOSEN).tolist()
    assert noon[0] < afternoon[0] < morning[0] < night[0]  # along the first axis, as in the paper's figure
    assert np.mean(np.square([noon[0], afternoon[0], morning[0], night[0]])) == pytest.approx(1, abs=1e-3)
    assert word_signal("night").shape == (1, 2)
    with pytest.raises(UserError, match="nigth"):
        word_signal("nigth")
