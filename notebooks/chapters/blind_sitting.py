"""Sixty choices without names: the bouts as pictures to look at, and a table once each has its answer.

    python -m chapters.blind_sitting compose POOL FOLDER [TABLE METHOD]
    python -m chapters.blind_sitting record FOLDER ANSWERS WHO DATE SITTING > TABLE

POOL is `figures/blind`: rows of measures in its blind.json, pictures in its `play/`. `compose` writes 01.png, 02.png
and so on into FOLDER, in an order and with sides that a seed from the system decides, and the key beside them, which is
read only after the last answer. Some bouts come twice, sides changed, to see how often a chooser agrees with himself.
With TABLE and METHOD, a further sitting has every bout that is not in the table of the earlier ones, but those with the
method. ANSWERS is a text of one letter a bout, L or R; blanks are ignored. SITTING is a number.
"""

from __future__ import annotations

import json
import random
import secrets
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from PIL import Image

from chapters.blind import MEASURES
from chapters.blind_proxy import read_choices
from chapters.frames import FOLDER, INDEX
from zmlib.errors import UserError

BOUTS, AGAIN = 60, 12
SHOWN, GIVEN, GAP = 384, 256, 16  # pixels: a picture to choose, what it was made of, and between
COLUMNS = ("who", "date", "sitting", "number", "photo", "painting", "left", "right", "chosen", "again")
SIDES = ("left", "right")


def drawn(rows: Sequence[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """The bouts of a sitting: every one on an unseen painting, the others equally many a pair; some come again.

    rows: of `chapters.blind.measured`. Each bout has the two rows as "left" and "right", and "again": the number,
    from 1, of the bout that it repeats with its sides changed, or None.
    """
    pairs = defaultdict(list)
    for row in rows:
        pairs[row["photo"], row["painting"]].append(row)
    unseen = [two for own in pairs.values() if len(own) == 3 for two in combinations(own, 2)]
    known = [rng.sample(list(combinations(own, 2)), 10) for own in pairs.values() if len(own) > 3]
    turns = [bout for turn in zip(*known, strict=True) for bout in turn]  # each pair's first, each pair's second, ...
    chosen = [rng.sample(two, 2) for two in (unseen + turns)[:BOUTS]]
    rng.shuffle(chosen)
    found = [{"left": left, "right": right, "again": None} for left, right in chosen]
    for number in rng.sample(range(len(found)), min(AGAIN, len(found))):
        one = found[number]
        found.append({"left": one["right"], "right": one["left"], "again": number + 1})
    return found


def left_over(
    rows: Sequence[dict[str, Any]], done: Sequence[dict[str, Any]], without: str, rng: random.Random
) -> list[dict[str, Any]]:
    """Every bout that is not among the choices `done` and in which the method `without` does not take part."""
    seen = {frozenset((row["left_picture"], row["right_picture"])) for row in done}
    found = []
    for a, b in combinations(rows, 2):
        same = (a["photo"], a["painting"]) == (b["photo"], b["painting"])
        if same and without not in (a["method"], b["method"]) and {a["picture"], b["picture"]} not in seen:
            left, right = rng.sample((a, b), 2)
            found.append({"left": left, "right": right, "again": None})
    rng.shuffle(found)
    return found


def pictured(bout: dict[str, Any], play: Path, data: dict[str, Any]) -> Image.Image:
    """A bout as one picture: photo and painting above, the two to choose from below."""
    left, right = (bout[side] for side in SIDES)
    above = [data[f"{which}s"][left[which]]["file"] for which in ("photo", "painting")]
    below = [left["picture"], right["picture"]]
    page = Image.new("RGB", (2 * SHOWN + 3 * GAP, GIVEN + SHOWN + 3 * GAP), "white")
    for i, (file, side) in enumerate(zip(above + below, (GIVEN, GIVEN, SHOWN, SHOWN), strict=True)):
        with Image.open(play / file) as image:
            shown = image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
        x = GAP + i % 2 * (SHOWN + GAP) + (SHOWN - side) // 2
        page.paste(shown, (x, GAP + i // 2 * (GIVEN + GAP)))
    return page


def compose(pool: Path, folder: Path, table: Path | None = None, without: str = "") -> None:
    """Write the pictures of a new sitting, and key.json, which nobody should read yet."""
    rows, data = read_pool(pool)
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(secrets.randbits(64))
    found = drawn(rows, rng) if table is None else left_over(rows, read_choices(table), without, rng)
    for number, bout in enumerate(found, 1):
        pictured(bout, pool / FOLDER, data).save(folder / f"{number:02d}.png")
    (folder / "key.json").write_text(json.dumps(found), encoding="utf-8")


def record(folder: Path, answers: str, who: str, date: str, sitting: int) -> str:
    """The table of a sitting, a line a bout, with what was measured of both pictures when they were shown.

    Raises:
        UserError: there are more answers than bouts, or fewer, or one is no L and no R.
    """
    found = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    letters = "".join(answers.split()).upper()
    if len(letters) != len(found) or set(letters) - {"L", "R"}:
        raise UserError(f"There are {len(found)} bouts, so the answers must be {len(found)} letters L or R.")
    measures = [f"{side}_{name}" for side in SIDES for name in ("picture", *MEASURES)]
    lines = ["\t".join([*COLUMNS, *measures])]
    for number, (bout, letter) in enumerate(zip(found, letters, strict=True), 1):
        left, right = (bout[side] for side in SIDES)
        chosen = (left if letter == "L" else right)["method"]
        cells = [who, date, sitting, number, left["photo"], left["painting"], left["method"], right["method"], chosen]
        cells += [bout["again"] or ""]
        cells += [
            row["picture"] if name == "picture" else f"{row[name]:.4f}"
            for row in (left, right)
            for name in ("picture", *MEASURES)
        ]
        lines.append("\t".join(map(str, cells)))
    return "\n".join(lines) + "\n"


def read_pool(pool: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The measured rows of a kept run, and the data of its frames."""
    rows = json.loads((pool / "blind.json").read_text(encoding="utf-8"))["values"]["pictures"]
    return rows, json.loads((pool / FOLDER / INDEX).read_text(encoding="utf-8"))["data"]


def main(words: Sequence[str]) -> int:
    """The two commands; 2 where the words are not one of them."""
    match words:
        case ["compose", pool, folder]:
            compose(Path(pool), Path(folder))
        case ["compose", pool, folder, table, method]:
            compose(Path(pool), Path(folder), Path(table), method)
        case ["record", folder, answers, who, date, sitting]:
            print(record(Path(folder), Path(answers).read_text(encoding="utf-8"), who, date, int(sitting)), end="")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
