"""What may stand in for a person who chooses: a logistic regression on what can be measured of two pictures.

`notebooks/blind-choices.tsv` has the choices, and the measures of both pictures as they were shown, so the model can be
fitted again anywhere, also when the networks have been trained anew.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from chapters.blind import LABELS, MEASURES
from zmlib.evaluate.statistics import share, summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zmlib.experiments.run import Run

TABLE = Path(__file__).parents[1] / "blind-choices.tsv"
# A difference of logarithms is the same for 0.1 against 0.2 as for 0.4 against 0.8.
FEATURES = ("log J", "style part", "content part", "SSIM", "log speckle")
STRENGTH = 1.0  # scikit-learn's C on standardised features: set before the first fit, and not tuned
Rows = Sequence[dict[str, Any]]
Numbers = NDArray[np.float64]


def choices(run: Run) -> list[dict[str, Any]]:
    """The choices that the project keeps, as `read_choices` gives them; the run's provenance then names their table."""
    return read_choices(run.read(TABLE))


def read_choices(table: Path) -> list[dict[str, Any]]:
    """The rows of a table such as `TABLE`, measures as numbers; "again" is the number of the bout that a row repeats.

    It is None in a row that repeats none.
    """
    with table.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened, delimiter="\t"))
    texts = ("who", "date", "photo", "painting", "left", "right", "chosen", "left_picture", "right_picture")
    return [
        {
            name: value if name in texts else None if value == "" else float(value) if "_" in name else int(value)
            for name, value in row.items()
        }
        for row in rows
    ]


def first_time(rows: Rows) -> list[dict[str, Any]]:
    """The choices without the repeated ones."""
    return [row for row in rows if row["again"] is None]


def agreement(rows: Rows, seed: int = 0) -> dict[str, Any]:
    """How often the chooser chose the same picture when a bout came again, sides changed: a share."""
    before = {(row["sitting"], row["number"]): row["chosen"] for row in rows}
    again = [row for row in rows if row["again"] is not None]
    return share([before[row["sitting"], row["again"]] == row["chosen"] for row in again], seed, of=_names(again))


def tally(rows: Rows) -> list[dict[str, Any]]:
    """A row for each method: in how many bouts it was, and how many it won; the best first."""
    found = []
    for method, label in LABELS.items():
        own = [row for row in rows if method in (row["left"], row["right"])]
        won = sum(row["chosen"] == method for row in own)
        if own:
            found.append({"method": label, "won": won, "of": len(own), "share": won / len(own)})
    return sorted(found, key=lambda row: -row["share"])


def measures(rows: Rows) -> list[dict[str, Any]]:
    """A row for each method: how many pictures of it were shown, and the medians of what was measured of them."""
    shown = {row[f"{side}_picture"]: (row[side], side, row) for row in rows for side in ("left", "right")}
    found = []
    for method, label in LABELS.items():
        own = [(side, row) for of, side, row in shown.values() if of == method]
        if own:
            medians = {name: float(np.median([row[f"{side}_{name}"] for side, row in own])) for name in MEASURES}
            found.append({"method": label, "pictures": len(own)} | medians)
    return found


def between(rows: Rows) -> list[dict[str, Any]]:
    """A row for each two methods that met: how often the first won."""
    names = list(LABELS)
    found = []
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            own = [row["chosen"] for row in rows if {row["left"], row["right"]} == {a, b}]
            if own:
                found.append({"": f"{LABELS[a]} against {LABELS[b]}", "won": own.count(a), "lost": own.count(b)})
    return found


def differences(rows: Rows) -> Numbers:
    """Left minus right in each of `FEATURES`, (N, 5)."""

    def of(side: str) -> Numbers:
        columns = {name: np.array([row[f"{side}_{name}"] for row in rows]) for name in ("style", "content", "ssim")}
        logs = [np.log([row[f"{side}_{name}"] for row in rows]) for name in ("J", "speckle")]
        return np.stack([logs[0], *columns.values(), logs[1]], 1)

    return of("left") - of("right")


def left_chosen(rows: Rows) -> NDArray[np.bool_]:
    """Whether the left picture was chosen, (N,)."""
    return np.array([row["chosen"] == row["left"] for row in rows])


def fit(x: Numbers, y: NDArray[np.bool_]) -> Numbers:
    """Weights of the features, (F,), for differences x, (N, F): the chance of left is 1 / (1 + exp(-x @ weights)).

    There is no constant: sides are drawn, so that swapping them must swap the answer. Ridge on features of deviation 1.
    """
    scale = np.sqrt((x**2).mean(0)) + 1e-12
    both, answers = np.concatenate([x, -x]) / scale, np.concatenate([y, ~y])  # two classes, whatever was drawn
    model = LogisticRegression(C=STRENGTH / 2, fit_intercept=False).fit(both, answers)
    return np.asarray(model.coef_[0] / scale, dtype=float)


def held_out(rows: Rows, x: Numbers) -> Numbers:
    """For each choice the chance of left, by a model that saw no choice on this photo and painting: (N,)."""
    y, chances = left_chosen(rows), np.full(len(rows), 0.5)
    pairs = [(row["photo"], row["painting"]) for row in rows]
    for pair in dict.fromkeys(pairs):
        out = np.array([one == pair for one in pairs])
        chances[out] = 1 / (1 + np.exp(-x[out] @ fit(x[~out], y[~out])))
    return chances


def methods(rows: Rows) -> Numbers:
    """Which methods the two pictures are by, +1 left and -1 right, (N, methods): a model that sees no picture."""
    return np.array([[(row["left"] == one) - (row["right"] == one) for one in LABELS] for row in rows], dtype=float)


def compared(rows: Rows, seed: int = 0) -> dict[str, Any]:
    """How often each way to foretell a choice is right, as shares with intervals over photos and paintings.

    Returns:
        "proxy": the model on pairs that it did not see; "lower_j": the picture with the lower J; "lower_style": that
        with the smaller style part; "methods": a model that knows only the methods' names, on pairs that it did not
        see; "log_loss": the proxy's, which is 0.693 by guessing; "weights": of the model on all rows, for features of
        deviation 1; "pairs" and "choices": how many.
    """
    y, x, names = left_chosen(rows), differences(rows), methods(rows)
    chances = held_out(rows, x)
    guesses = {
        "proxy": chances > 0.5,
        "lower_j": x[:, 0] < 0,
        "lower_style": x[:, 1] < 0,
        "methods": held_out(rows, names) > 0.5,
    }
    found = {name: share(guess == y, seed, of=_names(rows)) for name, guess in guesses.items()}
    lead = (guesses["proxy"] == y).astype(float) - (guesses["lower_j"] == y)
    found["over_lower_j"] = _difference(lead, rows, seed)
    right = np.where(y, chances, 1 - chances)
    weights = fit(x, y) * np.sqrt((x**2).mean(0))
    return found | {
        "log_loss": float(-np.log(right).mean()),
        "weights": dict(zip(FEATURES, weights.tolist(), strict=True)),
        "pairs": len({(row["photo"], row["painting"]) for row in rows}),
        "choices": len(rows),
    }


def _difference(lead: Numbers, rows: Rows, seed: int) -> dict[str, Any]:
    found = summary(lead, seed, "mean", of=_names(rows))
    return {"difference": found.pop("mean"), **found}


def _names(rows: Rows) -> tuple[list[str], list[str]]:
    return [row["photo"] for row in rows], [row["painting"] for row in rows]


def accuracy_table(found: dict[str, Any]) -> list[dict[str, Any]]:
    """`compared` as a table."""
    labels = {
        "proxy": "the model, on pairs that it did not see",
        "lower_j": "the lower J",
        "lower_style": "the smaller style part of J",
        "methods": "a model that knows only which methods met",
    }
    return [
        {
            "the choice is foretold by": label,
            "right": f"{one['share']:.0%}",
            "95 %": f"{one['low']:.0%} to {one['high']:.0%}",
        }
        for name, label in labels.items()
        for one in (found[name],)
    ]


def plot(rows: Rows, found: dict[str, Any]) -> Figure:
    """Left: the model's weights. Right: how often the choice fell as foretold, by how sure the model was."""
    import matplotlib.pyplot as plt

    chances, y = held_out(rows, differences(rows)), left_chosen(rows)
    sure, right = np.maximum(chances, 1 - chances), (chances > 0.5) == y
    figure, (left, calibration) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    names, weights = list(found["weights"]), list(found["weights"].values())
    left.barh(names[::-1], weights[::-1], color=["#D55E00" if w > 0 else "#0072B2" for w in weights[::-1]])
    left.axvline(0, color="0.4", linewidth=1)
    left.set(xlabel="weight of one deviation more")
    thirds = np.array_split(np.argsort(sure), 3)
    calibration.plot([0.5, 1], [0.5, 1], "--", color="0.6")
    calibration.plot([sure[one].mean() for one in thirds], [right[one].mean() for one in thirds], "o-", color="#D55E00")
    calibration.set(
        xlim=(0.48, 1.02), ylim=(0, 1.04), xlabel="chance that the model gives", ylabel="share that was right"
    )
    for axes in (left, calibration):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
