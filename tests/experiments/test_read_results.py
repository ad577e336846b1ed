"""Reading results back, and saying what they are and in what they differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zmlib.errors import UserError
from zmlib.experiments.results import FORMAT, Result, differences, provenance_line, read_results


def put(folder: Path, key: str, **changed: object) -> Path:
    chapter, figure = key.split("/")
    file = folder / f"{key}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"format": FORMAT, "chapter": chapter, "figure": figure, "values": {}, "timings": {}, "provenance": {}}
    file.write_text(json.dumps(content | changed), encoding="utf-8")
    return file


def result(values: dict, **known: object) -> Result:
    return Result("fig7", "fig7", values, {}, known)


def test_all_results_of_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "table1/table1", values={"ratio": 1.0})
    put(tmp_path, "fig7/edges").with_suffix(".svg").touch()
    put(tmp_path, ".ipynb_checkpoints/edges", format="none")
    (tmp_path / "overview.jpg").touch()
    found = read_results(tmp_path)
    assert list(found) == ["fig7/edges", "table1/table1"]
    assert found["table1/table1"].values == {"ratio": 1.0} and found["table1/table1"].picture is None
    assert found["fig7/edges"].picture == tmp_path / "fig7" / "edges.svg"
    assert read_results(tmp_path / "none") == {}


@pytest.mark.parametrize(
    "changed", [{"format": "zmlib-result-2"}, {"figure": "fig8"}, {"values": [1]}, {"provenance": None}]
)
def test_what_is_no_result_is_named(tmp_path: Path, changed: dict) -> None:
    put(tmp_path, "fig7/fig7", **changed)
    with pytest.raises(UserError, match="fig7.json is no result of the form zmlib-result-1"):
        read_results(tmp_path)


def test_half_a_file_is_named(tmp_path: Path) -> None:
    file = put(tmp_path, "fig7/fig7")
    file.write_text(file.read_text()[:-5])
    with pytest.raises(UserError, match="fig7.json is no result"):
        read_results(tmp_path)


def test_a_line_for_people() -> None:
    known = {
        "source_hash": "5d6e7f8" + "0" * 57,
        "preset": "quick",
        "seed": 0,
        "device": "cpu (2 threads)",
        "weights": {"styles": "1a2b3c4" + "0" * 57},
        "loss_network": {"slim": "9" * 64},
        "data": "samples",
        "seconds": 12.3,
    }
    line = provenance_line(known)
    assert line == (
        "quick · seed 0 · cpu, 2 threads · weights styles 1a2b3c4 · loss network slim 9999999 · sources 5d6e7f8 · 12 s"
    )
    changed = known | {"data": "user folders", "weights": {}, "source_hash": None, "seconds": 200}
    assert provenance_line(changed) == (
        "quick · seed 0 · cpu, 2 threads · loss network slim 9999999 · user folders · 3 min 20 s"
    )
    assert provenance_line({}) == ""


def test_a_line_counts_the_pictures_that_have_names_and_says_what_is_old() -> None:
    named = {f"photos/test/{i}.jpg": {} for i in range(60)} | {f"paintings/test/{i}.jpg": {} for i in range(30)}
    known = {"preset": "kept", "data": "user folders", "pictures": named}
    assert provenance_line(known) == "kept · 60 photos, 30 paintings by name"
    assert provenance_line(known | {"pictures": {"holiday/a.jpg": {}}}) == "kept · 1 of holiday by name"
    assert provenance_line(known | {"pictures": named | {"data/pairs.tsv": {}}}) == provenance_line(known)
    assert provenance_line(known | {"pictures": {}}) == "kept · user folders"
    assert provenance_line({"preset": "kept", "older": True}) == "kept · measured on an older version of the code"


def test_differences() -> None:
    a = {"edges": {"1-3": [0.5, 0.25]}, "n": 3, "same": [1, {"x": None}], "gone": {}}
    b = {"edges": {"1-3": [0.5, 0.26]}, "n": 3, "same": [1, {"x": None}], "new": "y"}
    assert differences(result(a, seconds=1), result(a, seconds=2)) == {}
    assert differences(result(a), result(b)) == {
        "edges.1-3[1]": (0.25, 0.26),
        "gone": ({}, "(absent)"),
        "new": ("(absent)", "y"),
    }
    assert differences(result({"a": 1}), result({"a": True})) == {"a": (1, True)}
    assert differences(result({"a": [1]}), result({"a": [1, 2]})) == {"a[1]": ("(absent)", 2)}
