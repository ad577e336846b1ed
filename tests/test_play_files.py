"""What the page that paints is given: written by book/scripts/play.py, brought to the site by book/_ext/play.py."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

import zmlib
from zmlib import fast
from zmlib.data import samples
from zmlib.errors import UserError
from zmlib.signals.words import CHOSEN, known_words

BOOK = Path(__file__).parents[1] / "book"


def module(path: Path) -> ModuleType:
    """Two files are named play.py; the names that they get here differ."""
    spec = spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    found = module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


script, extension = module(BOOK / "scripts" / "play.py"), module(BOOK / "_ext" / "play.py")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "play"
    assert script.main([str(folder)]) == 0
    return folder


def test_the_networks_are_those_that_ship(made: Path) -> None:
    about = json.loads((made / "model.json").read_text(encoding="utf-8"))
    assert {file.name for file in made.glob("*.onnx")} == {"tnet.onnx", "pnet.onnx", "words.onnx"}
    assert sum(file.stat().st_size for file in made.glob("*.onnx")) < 12e6
    net = zmlib.load("styles")
    assert about["norms"] == [norm._asdict() for norm in net.config.spec]
    tnet, words = (onnxruntime.InferenceSession(made / f"{part}.onnx") for part in ("tnet", "words"))
    night = words.run(None, {"signal": np.array([known_words()["night"]], np.float32)})
    value = dict(zip((out.name for out in words.get_outputs()), night, strict=True))
    photo = torch.rand(1, 3, 40, 56, generator=torch.Generator().manual_seed(0))
    painted = tnet.run(None, {"content": photo.numpy(), **value})[0]
    worded = zmlib.load("words")
    with fast.using(torch.float32):
        assert np.abs(painted - worded.stylize(photo, worded.encode("night")).numpy()).max() < 1e-4


def test_every_sample_has_its_picture_its_thumbnail_and_its_credit(made: Path) -> None:
    about = json.loads((made / "model.json").read_text(encoding="utf-8"))
    for kind, shelf in (("photos", samples.photos()), ("styles", samples.styles())):
        assert [one["name"] for one in about[kind]] == list(shelf)
        for one in about[kind]:
            assert one["title"] and "in " in one["credit"]
            assert min(Image.open(made / kind / f"{one['name']}.jpg").size) == script.SIDE
            assert Image.open(made / kind / f"{one['name']}-small.jpg").size == (script.THUMB, script.THUMB)


def test_the_words_have_room_on_the_map(made: Path) -> None:
    about = json.loads((made / "model.json").read_text(encoding="utf-8"))["words"]
    every = json.loads((made / about["all"]).read_text(encoding="utf-8"))
    assert every.keys() == known_words().keys()
    shown = about["shown"]
    assert len(shown) > 12 and {one["word"] for one in shown} >= {*CHOSEN}
    x0, y0, x1, y1 = about["extent"]
    for i, one in enumerate(shown):
        assert x0 < one["x"] < x1 and y0 < one["y"] < y1
        assert every[one["word"]] == [one["x"], one["y"]]
        others = [other for other in shown[:i] if one["word"] not in CHOSEN]
        assert not any(script._overlap(one["word"], one["x"], one["y"], other) for other in others), one["word"]


def test_a_failure_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "play").mkdir()
    (tmp_path / "play" / "model.json").write_text("older")

    def fails(*given: object, **named: object) -> None:
        raise UserError("the files paint otherwise than torch")

    monkeypatch.setattr(script, "write_onnx", fails)
    with pytest.raises(UserError):
        script.write(tmp_path / "play")
    assert [file.name for file in tmp_path.iterdir()] == ["play"]
    assert (tmp_path / "play" / "model.json").read_text() == "older"
    with pytest.raises(ValueError, match="TNet of its own"):
        script.write(tmp_path / "play", ("styles", "styles"))
    assert script.main([]) == 2


def test_the_site_gets_everything_and_loses_what_is_old(tmp_path: Path) -> None:
    book, site = tmp_path / "book", tmp_path / "site"
    files = ["play/paint/main.js", "executed/play/model.json", "executed/play/tnet.onnx"]
    files += ["results/fig7/play/a.json", "results/fig7/fig7.json", "results/blind/play/made.json"]
    files += ["../figures/blind/play/kept.webp", "../figures/blind/blind.json"]  # what is kept goes before what is made
    files += [f"scripts/node_modules/onnxruntime-web/dist/{name}" for name in extension.RUNTIMES]
    files += ["scripts/node_modules/pica/dist/pica.min.mjs", "../zmlib/widgets/plane.js"]
    for name in files:
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text(name)
    (site / "play" / "old").mkdir(parents=True)
    extension.gather(book, site)
    found = {file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file()}
    expected = {"play/paint/main.js", "play/model/model.json", "play/model/tnet.onnx", "play/data/fig7/a.json"}
    expected |= {"play/data/blind/kept.webp", "play/plane.js", "scripts/pica.min.mjs", "play/files.json"}
    expected |= {f"play/ort/{name}" for name in extension.RUNTIMES}
    assert found == expected and not (site / "play" / "old").exists()
    described = json.loads((site / "play" / "files.json").read_text())
    assert described.keys() == {"model/tnet.onnx"} | {f"ort/{name}" for name in extension.RUNTIMES}
    for name, one in described.items():
        content = (site / "play" / name).read_bytes()
        assert one == {"bytes": len(content), "hash": hashlib.sha256(content).hexdigest()[:12]}


def test_a_book_without_network_or_runtime_is_built_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "book" / "play").mkdir(parents=True)
    (tmp_path / "book" / "play" / "a.js").write_text("1")
    extension.gather(tmp_path / "book", tmp_path / "site")
    assert sorted(file.name for file in (tmp_path / "site").rglob("*") if file.is_file()) == ["a.js", "files.json"]
