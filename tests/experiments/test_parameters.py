"""The check after a notebook's parameters."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from zmlib.errors import UserError
from zmlib.experiments import Run, start
from zmlib.experiments.parameters import fits, words

COMMON = {"preset": None, "seed": 0, "device": "cpu", "contents": "", "styles": ""}
OWN = {"model": str, "groups": list[list[int]], "size": int | None}


def begin(**changed: Any) -> Run:
    """`start` in a kernel in which papermill has set these; a value of ... removes the name."""
    ipython = {"__name__": "__main__", "_i1": "x", "In": [""], "Out": {}, "exit": exit, "np": np, "Path": Path}
    namespace = ipython | COMMON | {"model": "styles", "groups": [[1, 2], [3]], "size": None} | changed
    namespace = {name: value for name, value in namespace.items() if value is not ...}
    return start("fig7", namespace, **OWN)


def test_what_is_right_passes(clone: Path) -> None:
    run = begin(groups=((1, 2), (3,)))
    assert (run.chapter, run.preset, run.seed, run.device) == ("fig7", "quick", 0, "cpu")
    assert run.size == run.settings["size"] == 256 and run.place == clone / "book" / "results" / "fig7"
    assert repr(run).startswith("fig7 at preset quick, seed 0, on cpu: size 256") and str(clone) not in repr(run)
    with pytest.raises(AttributeError, match="fig7 has no setting sizes; its settings are size"):
        run.sizes  # noqa: B018


def test_preset_comes_from_parameter_or_environment(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZMLIB_PRESET", "smoke")
    assert begin().preset == "smoke" and begin(preset="paper").preset == "paper"
    with pytest.raises(UserError, match='"papr": use one of'):
        begin(preset="papr")


def test_an_own_parameter_takes_a_setting_s_place(clone: Path) -> None:
    assert begin(size=40).size == 40 and begin().size == 256


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("contnets", "fig7 has no parameter `contnets`: did you mean `contents`?"),
        ("modle", "fig7 has no parameter `modle`: did you mean `model`?"),
        ("zzz", "fig7 has no parameter `zzz`: its parameters are preset, seed, device, contents, styles, model, "),
    ],
)
@pytest.mark.parametrize("value", ["x", 1, 0.5, True, None, [1], {"a": 1}])
def test_a_wrong_name(clone: Path, name: str, sentence: str, value: object) -> None:
    with pytest.raises(UserError) as caught:
        begin(**{name: value})
    assert str(caught.value).startswith(sentence)


def test_variables_of_later_cells_do_not_hinder_a_second_call(clone: Path) -> None:
    run = begin()
    assert begin(run=run, rows=[1, 2]).preset == "quick"
    with pytest.raises(UserError, match="`seed`"):
        begin(run=run, rows=[1, 2], seed="0")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("preset", 3, "text or None, and it is 3"),
        ("seed", "zero", "a whole number, and it is 'zero'"),
        ("seed", True, "a whole number"),
        ("seed", -1, "from 0 to"),
        ("seed", 2**32, "from 0 to"),
        ("device", 0, "text"),
        ("device", "gpu", '"auto", "cpu" or "cuda", and it is "gpu"'),
        ("contents", None, "text"),
        ("model", 1, "text"),
        ("groups", [[1, "2"]], "a list of lists of whole numbers"),
        ("groups", 5, "a list of lists"),
        ("size", "large", "a whole number or None"),
    ],
)
def test_a_wrong_value(clone: Path, name: str, value: object, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        begin(**{name: value})
    assert f"parameter `{name}`" in str(caught.value) and expected in str(caught.value)


@pytest.mark.parametrize("name", ["seed", "model"])
def test_a_missing_parameter(clone: Path, name: str) -> None:
    with pytest.raises(UserError, match=f"parameters cell of fig7 lacks `{name}`"):
        begin(**{name: ...})


def test_cuda_is_refused_where_there_is_none(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match='no device "cuda"'):
        begin(device="cuda")
    assert begin(device="auto").device in ("cpu", "mps")


def test_folders(clone: Path) -> None:
    Image.new("RGB", (40, 40), "red").save(clone / "a.png")
    (clone / "mine" / "deep").mkdir(parents=True)
    for problem, name in [("no folder", "nowhere"), ("no picture", "../mine"), ("is a file", "../a.png")]:
        with pytest.raises(UserError, match=f"`styles`: .*{problem}"):
            begin(styles=name)
    for i, name in enumerate("abcdefgh"):
        Image.new("RGB", (40, 40), (i, 0, 0)).save(clone / "mine" / "deep" / f"{name}.png")
    for given in ("../mine", "mine", str(clone / "mine")):  # from the notebook, from the top of the clone, absolute
        run = begin(contents=given)
        assert list(run.photos()) == ["deep/a.png", "deep/c.png", "deep/f.png"]
    assert [image.getpixel((0, 0))[0] for image in run.photos().values()] == [0, 2, 5]
    assert run.provenance()["data"] == "user folders" and begin().provenance()["data"] == "samples"


def test_samples_are_limited_by_the_preset(clone: Path) -> None:
    run = begin(preset="smoke")
    assert (len(run.photos()), len(run.paintings())) == (run.contents, run.settings["styles"]) == (1, 2)
    assert len(begin(preset="paper").photos()) == 6  # all there are
    assert {image.mode for image in run.photos().values()} == {"RGB"}


def test_outside_a_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZMLIB_RESULTS", raising=False)
    with pytest.raises(UserError, match="not inside a clone .*set ZMLIB_RESULTS"):
        begin()
    monkeypatch.setenv("ZMLIB_RESULTS", "elsewhere")
    assert begin().place == tmp_path / "elsewhere" / "fig7"


def test_the_seed_is_set_everywhere(clone: Path) -> None:
    def draw(seed: int) -> list[float]:
        begin(seed=seed)
        return [random.random(), float(np.random.rand()), float(torch.rand(()))]

    first = draw(3)
    assert draw(3) == first
    assert not set(draw(4)) & set(first)


def test_kinds() -> None:
    assert fits(1, float) and fits((1, 2), list) and fits([], list[int]) and fits(None, int | None)
    assert not fits(1.0, int) and not fits(True, float) and not fits(1, bool) and not fits([1, None], list[int])
    assert words(list[str] | None) == "a list of texts or None"
