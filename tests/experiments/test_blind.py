"""The blind choice: pictures under names that say nothing, bouts that can be drawn, and a model of the choices."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from chapters import blind, blind_proxy, blind_shelf, blind_sitting
from PIL import Image

from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.experiments import start
from zmlib.perceptual import loss_network

PARAMETERS = {"preset": "smoke", "seed": 3, "device": "cpu", "contents": "", "styles": ""}


def picture(seed: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def pair(photo: str, painting: str, known: int | None = None, seed: int = 0) -> blind.Pair:
    made = blind.Pair(
        photo, painting, *(torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(seed))), known
    )
    for i, method in enumerate(made.methods):
        made.outputs[method] = picture(100 * seed + i)
        made.encoded[method] = blind.webp(made.outputs[method])
    return made


@pytest.fixture
def pairs() -> list[blind.Pair]:
    return [pair("china", "wave", seed=1), pair("coffee", "agate", seed=2), pair("china", "GlebSBrykin_1", 0, seed=3)]


def test_every_method_paints_and_ost_is_the_best_of_them_by_its_own_measure(clone: Path) -> None:
    run = start("blind", PARAMETERS)
    judge = Judge(loss_network("slim"))
    found = blind.few_pairs(run, 1)
    blind.paint(run, found, judge, 12)
    assert list(found[0].outputs) == list(blind.ANY) == list(found[0].encoded)
    assert all(image.size == (64, 64) for image in found[0].outputs.values())
    rows = {row["method"]: row for row in blind.measured(found, judge)}
    assert rows["ost"]["J"] < 0.8 and rows["ost"]["J"] < rows["adain"]["J"]
    for row in rows.values():
        assert row["J"] == pytest.approx(row["style"] + row["content"]) and -1 <= row["ssim"] <= 1
    before = {method: content for method, content in found[0].encoded.items()}
    blind.paint(run, found, judge, 12)
    assert found[0].encoded == before, "a second run makes other pictures"


def test_known_paintings_take_the_networks_that_know_them(clone: Path) -> None:
    run, judge = start("blind", PARAMETERS), Judge(loss_network("slim"))
    found = [blind.Pair("a", "b", *torch.rand(2, 1, 3, 64, 64), known=number) for number in blind.FST.values()]
    assert [one.fst for one in found] == list(blind.FST)
    blind.paint(run, found, judge, 1)
    assert all(list(one.outputs) == list(blind.LABELS) for one in found)
    assert len({content for one in found for content in one.encoded.values()}) == 10


def test_the_untouched_photo_has_j_1_and_ssim_1() -> None:
    one = blind.Pair("a", "b", *torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    # as a tensor and as a picture of 8 bits the photo differs by a half of a level
    one.outputs = {"zmnet": Image.fromarray((one.content[0].permute(1, 2, 0) * 255).round().byte().numpy())}
    one.encoded = {"zmnet": b""}
    row = blind.measured([one], Judge(loss_network("slim")))[0]
    assert row["J"] == pytest.approx(1, abs=0.01) and row["content"] < 1e-3 and row["ssim"] > 0.99


def test_names_of_files_say_nothing_and_the_key_lies_apart(clone: Path, pairs: list[blind.Pair]) -> None:
    run = start("blind", PARAMETERS)
    blind_shelf.shelve(run, pairs)
    play = run.place / "play"
    index = json.loads((play / "frames.json").read_text(encoding="utf-8"))
    key = json.loads((play / "key.json").read_text(encoding="utf-8"))
    assert Counter(key["pictures"].values()) == {"zmnet": 3, "adain": 3, "ost": 3, "fst": 1, "cin": 1}
    for one in pairs:
        for method, content in one.encoded.items():
            assert key["pictures"][blind.hashed(content)] == method
            assert (play / blind.hashed(content)).read_bytes() == content
    before = json.dumps(index["data"] | {"credits": None})
    assert not [name for name in (*blind.LABELS, *blind.LABELS.values()) if f'"{name}"' in before]
    assert list(index["files"]) == sorted(index["files"]) and set(key["pictures"]) <= set(index["files"])
    kinds = index["data"]["kinds"]
    assert sum(kind["draw"] for kind in kinds) == sum(blind_shelf.DRAWS.values()) == 20
    shown = {file for kind in kinds for one in kind["bouts"] for file in one["pictures"]}
    assert shown == set(key["pictures"]), "a picture that no reader can see"
    assert any("Gogh" in line for line in index["data"]["credits"]["paintings"])
    assert index["data"]["paintings"]["GlebSBrykin_1"]["title"].startswith("Starry Night")


def test_the_project_keeps_these_frames(clone: Path, pairs: list[blind.Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZMLIB_RESULTS", str(clone / "figures"))
    blind_shelf.shelve(start("blind", PARAMETERS), pairs)
    assert (clone / "figures" / "blind" / "play" / "key.json").is_file()


def rows_of(pairs: list[blind.Pair]) -> list[dict]:
    numbers = {"J": 0.5, "style": 0.3, "content": 0.2, "ssim": 0.4, "speckle": 1.5}
    return [
        {"photo": one.photo, "painting": one.painting, "method": method, "picture": blind.hashed(content), **numbers}
        for one in pairs
        for method, content in one.encoded.items()
    ]


def test_a_sitting_is_composed_and_recorded(clone: Path, pairs: list[blind.Pair]) -> None:
    run = start("blind", PARAMETERS)
    blind_shelf.shelve(run, pairs)
    run.keep("blind", None, {"pictures": rows_of(pairs)})
    folder = clone / "sitting"
    assert blind_sitting.main(["compose", str(run.place), str(folder)]) == 0
    pictures = sorted(file.name for file in folder.glob("*.png"))
    bouts = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    assert len(pictures) == len(bouts) == 16 + blind_sitting.AGAIN
    for one in bouts[16:]:
        first = bouts[one["again"] - 1]
        assert (one["left"], one["right"]) == (first["right"], first["left"])
    answers = clone / "answers.txt"
    answers.write_text("LR" * 14)
    table = clone / "choices.tsv"
    table.write_text(blind_sitting.record(folder, answers.read_text(), "me", "2026-11-30", 1), encoding="utf-8")
    rows = blind_proxy.read_choices(table)
    assert len(rows) == 28 and len(blind_proxy.first_time(rows)) == 16
    for row, one, letter in zip(rows, bouts, "LR" * 14, strict=True):
        assert row["chosen"] == one["left" if letter == "L" else "right"]["method"]
        assert row["left_picture"] == one["left"]["picture"] and row["right_J"] == 0.5
    with pytest.raises(UserError, match="28 letters"):
        blind_sitting.record(folder, "LR", "me", "2026-11-30", 1)
    assert blind_sitting.main([]) == 2
    # a further sitting has what is left
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:9]))
    assert blind_sitting.main(["compose", str(run.place), str(clone / "more"), str(table), "adain"]) == 0
    left = json.loads((clone / "more" / "key.json").read_text(encoding="utf-8"))
    met = [{one["left"]["picture"], one["right"]["picture"]} for one in left]
    gone = [{row["left_picture"], row["right_picture"]} for row in rows[:8]]
    every = [set(one["pictures"]) for one in blind_shelf.bouts(pairs) if "adain" not in one["kind"]]
    assert len(met) == len([one for one in every if one not in gone]) and all(one in every for one in met)
    assert not [one for one in met if one in gone]


def test_sides_and_order_are_drawn(pairs: list[blind.Pair]) -> None:
    rows = rows_of(pairs)
    a, b = (blind_sitting.drawn(rows, random.Random(seed)) for seed in (1, 2))
    assert a != b
    lefts = Counter(
        one["left"]["method"] for seed in range(40) for one in blind_sitting.drawn(rows, random.Random(seed))
    )
    rights = Counter(
        one["right"]["method"] for seed in range(40) for one in blind_sitting.drawn(rows, random.Random(seed))
    )
    assert all(abs(lefts[method] / (lefts[method] + rights[method]) - 0.5) < 0.1 for method in blind.LABELS)


def choices(count: int, rule: str, seed: int = 0) -> list[dict]:
    """Choices of a chooser who prefers the picture with less of a measure; pairs of ten photos and paintings."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(count):
        row = {"photo": f"p{i % 10}", "painting": f"s{i % 7}", "again": None, "sitting": 1, "number": i + 1}
        row |= dict(zip(("left", "right"), rng.permutation(["zmnet", "adain", "ost"])[:2], strict=True))
        for side in ("left", "right"):
            row |= {f"{side}_{name}": float(rng.uniform(0.1, 1)) for name in blind.MEASURES}
        row["chosen"] = row["left"] if row[f"left_{rule}"] < row[f"right_{rule}"] else row["right"]
        found.append(row)
    return found


def test_the_model_finds_the_measure_that_a_chooser_goes_by() -> None:
    found = blind_proxy.compared(choices(120, "speckle"))
    assert found["proxy"]["share"] > 0.9 and found["log_loss"] < 0.5
    assert found["lower_j"]["share"] < 0.7 and found["over_lower_j"]["low"] > 0
    assert max(found["weights"], key=lambda name: abs(found["weights"][name])) == "log speckle"
    assert found["weights"]["log speckle"] < 0
    assert found["choices"] == 120 and found["proxy"]["n"] == 120 and found["proxy"]["photos"] == 10


def test_of_choices_by_a_coin_nothing_is_foretold() -> None:
    rows, rng = choices(300, "J"), np.random.default_rng(5)
    for row in rows:
        row["chosen"] = row["left"] if rng.random() < 0.5 else row["right"]
    found = blind_proxy.compared(rows)
    assert abs(found["proxy"]["share"] - 0.5) < 0.1 and found["log_loss"] > 0.66


def test_swapping_all_sides_changes_nothing() -> None:
    rows = choices(60, "style")
    swapped = []
    for row in rows:
        other = {"left": "right", "right": "left"}
        swapped.append(
            {
                name.replace(side, other[side]) if (side := name.split("_")[0]) in other else name: value
                for name, value in row.items()
            }
        )
    a, b = (blind_proxy.compared(one) for one in (rows, swapped))
    assert (
        a["weights"] == pytest.approx(b["weights"], rel=1e-3, abs=1e-4) and a["proxy"]["share"] == b["proxy"]["share"]
    )


def test_tally_meetings_and_agreement() -> None:
    told = [  # again, left, right, chosen, photo
        (None, "zmnet", "ost", "ost", "a"),
        (None, "adain", "ost", "ost", "a"),
        (None, "adain", "zmnet", "zmnet", "c"),
        (1, "ost", "zmnet", "zmnet", "a"),
        (3, "zmnet", "adain", "zmnet", "c"),
    ]
    names = ("again", "left", "right", "chosen", "photo")
    rows = [
        dict(zip(names, one, strict=True)) | {"sitting": 1, "number": i, "painting": "b"}
        for i, one in enumerate(told, 1)
    ]
    first = blind_proxy.first_time(rows)
    assert [(row["method"], row["won"], row["of"]) for row in blind_proxy.tally(first)] == [
        ("OST", 2, 2),
        ("ZM-Net", 1, 2),
        ("AdaIN", 0, 2),
    ]
    met = {row[""]: (row["won"], row["lost"]) for row in blind_proxy.between(first)}
    assert met == {"ZM-Net against AdaIN": (1, 0), "ZM-Net against OST": (0, 1), "AdaIN against OST": (0, 1)}
    assert blind_proxy.agreement(rows)["share"] == 0.5


def test_medians_count_each_picture_once() -> None:
    told = [("one", "zmnet", 0.2), ("one", "zmnet", 0.2), ("two", "zmnet", 0.6), ("three", "ost", 0.1)]
    rows = []
    for picture, method, number in told:
        left = {"left": method, "left_picture": picture} | {f"left_{name}": number for name in blind.MEASURES}
        right = {"right": "cin", "right_picture": "four"} | {f"right_{name}": 1.0 for name in blind.MEASURES}
        rows.append(left | right)
    found = {row["method"]: (row["pictures"], row["J"]) for row in blind_proxy.measures(rows)}
    assert found == {"ZM-Net": (2, pytest.approx(0.4)), "OST": (1, 0.1), "CIN": (1, 1.0)}


def test_what_is_kept_of_the_choices_names_their_table(clone: Path) -> None:
    run = start("blind", PARAMETERS)
    assert blind_proxy.choices(run) == blind_proxy.read_choices(blind_proxy.TABLE)
    run.keep("tally", None, {})
    named = run.kept["tally"].provenance["pictures"]["notebooks/blind-choices.tsv"]
    assert named["sha256"] == hashlib.sha256(blind_proxy.TABLE.read_bytes()).hexdigest()


def test_the_committed_choices_are_whole() -> None:
    rows = blind_proxy.read_choices(blind_proxy.TABLE)
    first = blind_proxy.first_time(rows)
    sittings = Counter((row["sitting"], row["again"] is None) for row in rows)
    assert sittings == {(1, True): blind_sitting.BOUTS, (1, False): blind_sitting.AGAIN, (2, True): 26}
    for row in rows:
        assert row["chosen"] in (row["left"], row["right"]) and row["left"] != row["right"]
        assert {row["left"], row["right"]} <= set(blind.LABELS)
        for side in ("left", "right"):
            assert row[f"{side}_J"] == pytest.approx(row[f"{side}_style"] + row[f"{side}_content"], abs=2e-4)
    meetings = {frozenset((row["left_picture"], row["right_picture"])) for row in first}
    assert len(meetings) == len(first), "a bout came twice"
    lefts = sum(row["chosen"] == row["left"] for row in first)
    assert 30 <= lefts <= 56, "the chooser went by the side"
