"""The registry of the weights that ship: complete, right, small, and strict with what is not as it was."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import zmlib
from zmlib import UserError, weights
from zmlib.cli.register import precisions, put

ENTRIES = weights.registry()


def test_every_file_beside_the_registry_is_in_it() -> None:
    folder = weights.REGISTRY.parent
    named = {entry.file for entry in ENTRIES.values()} | {entry.card for entry in ENTRIES.values()}
    assert {path for path in folder.iterdir() if not path.name.startswith(".")} == named | {weights.REGISTRY}
    assert zmlib.available() == {name: entry.file for name, entry in ENTRIES.items()}


def test_together_they_are_small() -> None:
    assert sum(entry.file.stat().st_size for entry in ENTRIES.values()) < weights.LIMIT == 60 << 20


@pytest.mark.parametrize("name", ENTRIES)
def test_a_shipped_file_is_what_the_registry_and_its_card_say(name: str) -> None:
    entry, model = ENTRIES[name], zmlib.load(name)
    assert entry.file.name == f"{name}.safetensors" and weights.digest(entry.file) == entry.sha256
    assert precisions(entry.file) == (True, True), "not float16 with statistics in float32"
    card = entry.card.read_text(encoding="utf-8")
    assert f"`{model.card['recipe']}`" in card and str(model.card["steps"]) in card.replace(",", "")
    assert all(p.isfinite().all() for p in model.state_dict().values())


@pytest.fixture
def shop(tmp_path: Path, tiny_model, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped weights whose only ones are named "tiny"."""
    path = tmp_path / "assets" / "registry.toml"
    monkeypatch.setattr(weights, "REGISTRY", path)
    path.parent.mkdir()
    path.write_text("")
    put("tiny", trained(tiny_model, tmp_path / "w.safetensors"), card(tmp_path / "card.md"))
    return path.parent


def trained(model, path: Path, recipe: str = "smoke") -> Path:
    return zmlib.save(model, path, {"recipe": recipe, "steps": 20})


def card(path: Path, recipe: str = "smoke") -> Path:
    path.write_text(f"# Model card\n\n**Recipe.** `{recipe}`.\n")
    return path


def test_what_is_added_is_registered_and_loads(shop: Path) -> None:
    assert {path.name for path in shop.iterdir()} == {"registry.toml", "tiny.safetensors", "tiny.md"}
    row = tomllib.loads((shop / "registry.toml").read_text())["tiny"]
    assert row == {"file": "tiny.safetensors", "sha256": weights.digest(shop / "tiny.safetensors"), "card": "tiny.md"}
    assert zmlib.available() == {"tiny": shop / "tiny.safetensors"}
    assert zmlib.load("tiny").card == {"recipe": "smoke", "steps": 20}


def test_of_a_pnet_that_guides_shipped_weights_no_more_than_that_ships(shop: Path, tmp_path: Path, tiny_model) -> None:
    note = card(tmp_path / "note.md", "words")
    facts = {"recipe": "words", "steps": 20, "guides": "tiny"}
    file = zmlib.save(tiny_model, tmp_path / "pnet.safetensors", facts)
    made = put("words", file, note)
    assert made.stat().st_size < file.stat().st_size and not any("tnet" in name for name in load_file(made))
    assert zmlib.load("words").card["tnet"] == "tiny"
    shipped, trained_here = (zmlib.load(what).state_dict() for what in ("words", file))
    assert all(torch.equal(tensor, trained_here[key]) for key, tensor in shipped.items())
    tiny_model.tnet.out.bias.data.add_(1)
    other = zmlib.save(tiny_model, tmp_path / "other.safetensors", facts)
    with pytest.raises(UserError, match="guide another TNet than that of the shipped tiny: add the tiny"):
        put("words-one", other, note)
    assert set(weights.registry()) == {"tiny", "words"}


def test_adding_again_replaces_and_another_name_joins(shop: Path, tmp_path: Path, tiny_model) -> None:
    first = weights.registry()["tiny"].sha256
    next(tiny_model.parameters()).data.add_(1)
    file = trained(tiny_model, tmp_path / "new.safetensors")
    put("tiny", file)
    put("a-10", file, card(tmp_path / "other.md"))
    assert list(weights.registry()) == ["a-10", "tiny"] and weights.registry()["tiny"].sha256 != first
    assert zmlib.load("a-10").card == zmlib.load("tiny").card


def test_another_hash_a_cut_file_and_a_missing_one_are_refused_with_what_to_do(shop: Path) -> None:
    path = shop / "tiny.safetensors"
    good = path.read_bytes()
    header = good.index(b"smoke")
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-100], b"", good[:header] + b"smoky" + good[header + 5 :]):
        path.write_bytes(bad)
        with pytest.raises(
            UserError, match=r'tiny.safetensors is damaged, or not the weights "tiny" .*install the pack'
        ):
            zmlib.load("tiny")
        with pytest.raises(UserError, match="install the package again"):
            zmlib.load(path)  # the same file by its path
    path.unlink()
    with pytest.raises(UserError, match=r'tiny.safetensors, the file of the weights "tiny", is not there: install'):
        zmlib.load("tiny")


def test_a_pickle_in_place_of_shipped_weights_is_not_read(shop: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (pytest.fail, ("the pickle was run",))

    torch.save(Bomb(), shop / "tiny.safetensors")
    with pytest.raises(UserError, match="is damaged"):
        zmlib.load("tiny")
    torch.save(Bomb(), shop.parent / "mine.pt")
    torch.save(Bomb(), shop.parent / "mine.safetensors")
    for name, says in (("mine.pt", "run code"), ("mine.safetensors", "cannot be read as safetensors")):
        with pytest.raises(UserError, match=says):
            zmlib.load(shop.parent / name)


def test_a_file_of_ones_own_has_no_hash(shop: Path, tmp_path: Path, tiny_model) -> None:
    next(tiny_model.parameters()).data.add_(1)
    assert zmlib.load(trained(tiny_model, tmp_path / "tiny.safetensors", "mine")).card["recipe"] == "mine"


@pytest.mark.parametrize("text", ["[tiny", "[tiny]\nfile = 'x'", "tiny = 3", "[tiny]\nfile=1\nsha256=2\ncard=3"])
def test_a_damaged_registry_is_refused_in_a_sentence(shop: Path, text: str) -> None:
    (shop / "registry.toml").write_text(text)
    with pytest.raises(
        UserError, match=r"registry.toml, which lists .* cannot be read \(.*install the package again\.$"
    ):
        zmlib.load("tiny")


def test_what_cannot_be_added_leaves_the_folder_as_it_was(shop: Path, tmp_path: Path, tiny_model) -> None:
    file, note = trained(tiny_model, tmp_path / "good.safetensors"), card(tmp_path / "note.md")
    wide = zmlib.save(tiny_model, tmp_path / "wide.safetensors", {"recipe": "smoke"}, dtype=torch.float32)
    narrow = tmp_path / "narrow.safetensors"
    half = {name: tensor.half() for name, tensor in load_file(file).items()}
    save_file(half, narrow, metadata=_header(file))
    pickled = tmp_path / "p.pt"
    torch.save({}, pickled)
    before = {path.name: path.read_bytes() for path in shop.iterdir()}
    for words, says in (
        (("Big Name", file, note), "small letters"),
        (("../up", file, note), "small letters"),
        (("a", tmp_path / "none", note), "There is no file"),
        (("a", pickled, note), "run code"),
        (("a", file, None), "There is no model card .*a.md: write it"),
        (("a", file, card(tmp_path / "other.md", "styles")), "does not name the recipe .* `smoke`"),
        (("a", wide, note), "not in float16"),
        (("a", narrow, note), "not in float16"),
    ):
        with pytest.raises(UserError, match=says):
            put(*words)
    assert {path.name: path.read_bytes() for path in shop.iterdir()} == before


def _header(path: Path) -> dict[str, str]:
    raw = path.read_bytes()
    return json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])["__metadata__"]


def test_too_many_bytes_are_refused(shop: Path, tmp_path: Path, tiny_model, monkeypatch: pytest.MonkeyPatch) -> None:
    file = trained(tiny_model, tmp_path / "w.safetensors")
    monkeypatch.setattr(weights, "LIMIT", 2 * file.stat().st_size - 1)
    put("tiny", file)  # in place of the other
    with pytest.raises(UserError, match="is the limit: omit one"):
        put("more", file, card(tmp_path / "more.md"))


def test_the_command(tmp_path: Path, tiny_model) -> None:
    """In a copy of the package."""
    root = Path(zmlib.__file__).parent
    shutil.copytree(root, tmp_path / "zmlib", ignore=shutil.ignore_patterns("__pycache__", "styles"))
    file, note = trained(tiny_model, tmp_path / "w.safetensors"), card(tmp_path / "note.md")

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-m", "zmlib", "weights", *map(str, words)]
        return subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)

    done = run("add", "mine", file, "--card", note)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    added = tmp_path / "zmlib" / "assets" / "weights" / "mine.safetensors"
    assert done.stdout == f"{added} is registered.\n" and added.read_bytes() == file.read_bytes()
    rows = tomllib.loads(added.with_name("registry.toml").read_text())
    assert set(rows) == {*ENTRIES, "mine"} and rows["styles"]["sha256"] == ENTRIES["styles"].sha256
    bad = run("add", "mine", tmp_path / "none")
    assert bad.returncode == 2 and bad.stderr == f"zmlib: There is no file {tmp_path / 'none'}: check the name.\n"
