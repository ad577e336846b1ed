"""How large a run is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from zmlib.errors import UserError
from zmlib.experiments.presets import PRESETS, default_preset, load_preset, measured_on_data
from zmlib.experiments.run import Run
from zmlib.perceptual import NAMES

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((ROOT / "zmlib" / "experiments" / "presets.yml").read_text(encoding="utf-8"))
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_a_chapter_lies_over_the_defaults() -> None:
    defaults, own = FILE["quick"]["defaults"], FILE["quick"]["chapters"]["fig7"]
    assert own and set(own) < set(defaults) and all(own[name] != defaults[name] for name in own)
    loaded = load_preset("quick", "fig7")
    assert {name: loaded[name] for name in own} == own
    assert {name: value for name, value in loaded.items() if name not in own}.items() <= defaults.items()
    loaded["size"] = -1
    assert load_preset("quick", "fig7")["size"] > 0


def test_every_preset_gives_every_chapter_the_same_settings() -> None:
    assert PRESETS == ("smoke", "quick", "kept", "gpu", "paper")
    assert all(len(FILE[name]["about"]) > 10 for name in PRESETS)
    types = {key: type(value) for key, value in FILE["quick"]["defaults"].items()}
    for name in PRESETS:
        for chapter in CHAPTERS:
            given = load_preset(name, chapter)
            assert {key: type(value) for key, value in given.items()} == types, f"{name}, {chapter}"
            assert given["loss_network"] in NAMES


def test_a_chapter_lists_exceptions_alone() -> None:
    for name in set(PRESETS) - {"kept"}:
        defaults = FILE[name]["defaults"]
        for chapter, own in FILE[name]["chapters"].items():
            assert chapter in CHAPTERS, f"{name}: there is no notebook {chapter}"
            assert own and all(own[key] != defaults[key] for key in own), f"{name}, {chapter}"


def test_a_chapter_without_exceptions_has_the_defaults() -> None:
    for name in set(PRESETS) - {"kept"}:
        assert load_preset(name, "failures") == load_preset(name, "a-new-one") == FILE[name]["defaults"]


def test_kept_is_quick_on_more_pictures() -> None:
    quick, kept = load_preset("quick", "method"), load_preset("kept", "method")
    assert kept == quick | {"contents": 60, "styles": 30}, "the chapter's own exceptions at quick count, too"
    assert load_preset("kept", "fig8") == load_preset("quick", "fig8") | FILE["kept"]["defaults"] | FILE["kept"][
        "chapters"
    ].get("fig8", {})


def test_what_is_measured_on_the_data_is_listed() -> None:
    assert measured_on_data() == list(FILE["kept"]["chapters"]) and set(measured_on_data()) <= set(CHAPTERS)


def test_no_setting_hides_behind_an_attribute_of_the_run() -> None:
    assert not set(load_preset("quick", "fig7")) & ({*dir(Run), *Run.__dataclass_fields__})


def test_smoke_is_no_larger_than_quick_and_paper_is_the_paper_s() -> None:
    for chapter in CHAPTERS:
        smoke, quick = load_preset("smoke", chapter), load_preset("quick", chapter)
        assert all(smoke[name] <= quick[name] for name in ("batch", "contents", "repeats", "ost_iterations"))
    paper = load_preset("paper", "fig7")
    assert (paper["iterations"], paper["iterations_many"], paper["batch"], paper["size"]) == (40_000, 160_000, 4, 256)


def test_an_unknown_preset_is_told_which_there_are() -> None:
    with pytest.raises(UserError, match='`preset` .*"fast": use one of smoke, quick, kept, gpu, paper'):
        load_preset("fast", "fig7")


def test_the_environment_chooses_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZMLIB_PRESET", raising=False)
    assert default_preset() == "quick"
    monkeypatch.setenv("ZMLIB_PRESET", "smoke")
    assert default_preset() == "smoke"
    monkeypatch.setenv("ZMLIB_PRESET", "")
    assert default_preset() == "quick"
    monkeypatch.setenv("ZMLIB_PRESET", "fats")
    with pytest.raises(UserError, match='ZMLIB_PRESET names no preset with "fats": use one of smoke, quick'):
        default_preset()
