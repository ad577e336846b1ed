"""Editing through a code: what attribute vectors change and keep, and what brush strokes do to a face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zmlib.evaluate.statistics import paired, paired_difference, share, summary
from zmlib.neighbours.gan import Colour, Gan, Sketch, Stroke, Warp, edit
from zmlib.neighbours.gan.edit import NEAR, REAL
from zmlib.neighbours.gan.vectors import Vectors

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
#: what is asked of every face; each is one edit
STROKES: dict[str, Stroke] = {
    "hair in red": Colour(((24, 12), (40, 12)), (0.75, 0.15, 0.1), radius=3),
    "a light wall": Colour(((5, 8), (5, 40)), (0.95, 0.95, 0.85), radius=3),
    "skin in brown": Colour(((28, 40), (36, 40)), (0.4, 0.25, 0.18), radius=3),
    "the nose to the left": Warp(((32, 37), (27, 37)), radius=4),
    "a line for the mouth": Sketch(((26, 38), (32, 41), (38, 38))),
}
#: the objective whole, and without each of its terms
TERMS = {
    "all": {"near": NEAR, "real": REAL},
    "without distance": {"near": 0.0, "real": REAL},
    "without D": {"near": NEAR, "real": 0.0},
    "the constraint alone": {"near": 0.0, "real": 0.0},
}


def moved(vectors: Vectors, z: Tensor, has: Tensor, index: int, strength: float = 1.0) -> Tensor:
    """Codes with one attribute turned over: given to those that lack it, taken from those that have it.

    Args:
        has: (N,), bool. index: of the attribute.
    """
    direction = torch.where(has, -strength, strength)[:, None] * vectors.vectors[index]
    return z + direction


def turned(gan: Gan, vectors: Vectors, z: Tensor, labels: Tensor, strength: float = 1.0) -> dict[str, np.ndarray]:
    """Turn over each attribute of each face in turn, and ask the classifier.

    Args:
        z: codes of faces, (N, 64). labels: what they are, (N, A), bool.

    Returns:
        "changed": (A, N), whether the attribute is now the other; "kept": (A, N), the share of the others that are what
        they were in G(z).
    """
    before = gan.chances(gan.generate(z)) > 0.5
    changed, kept = [], []
    for i in range(labels.shape[1]):
        after = gan.chances(gan.generate(moved(vectors, z, labels[:, i], i, strength))) > 0.5
        changed.append(after[:, i] != labels[:, i])
        others = [j for j in range(labels.shape[1]) if j != i]
        kept.append((after == before)[:, others].float().mean(1))
    return {"changed": torch.stack(changed).numpy().astype(float), "kept": torch.stack(kept).numpy()}


def describe_vectors(
    found: Mapping[str, np.ndarray], labels: Tensor, names: Sequence[str], seed: int
) -> dict[str, Any]:
    """The numbers of `turned`, with intervals over faces; of each attribute for those that lacked it."""
    attributes = {}
    for i, name in enumerate(names):
        lacked = ~labels[:, i].numpy()
        attributes[name] = {what: _share(found[what][i][lacked], seed) for what in ("changed", "kept")}
        attributes[name]["taken"] = _share(found["changed"][i][~lacked], seed)
    return {
        "faces": len(labels),
        "attributes": attributes,
        "changed": share(found["changed"].mean(0), seed),
        "kept": share(found["kept"].mean(0), seed),
    }


def _share(values: np.ndarray, seed: int) -> dict[str, Any]:
    """`share`, or nothing where no face is of that kind."""
    return share(values, seed) if len(values) else {"share": None, "low": None, "high": None, "n": 0}


def vector_table(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each attribute."""
    return [
        {
            "attribute": name,
            "given, of those without": _percent(one["changed"]),
            "taken, of those with it": _percent(one["taken"]),
            "others kept": _percent(one["kept"]),
        }
        for name, one in values["attributes"].items()
    ]


def _percent(found: Mapping[str, Any]) -> str:
    if found["share"] is None:
        return "no such face"
    ends = "" if found["low"] is None else f" [{100 * found['low']:.0f}, {100 * found['high']:.0f}]"
    return f"{100 * found['share']:.0f} %{ends}"


def sweep(gan: Gan, several: Mapping[str, Vectors], z: Tensor, labels: Tensor) -> dict[str, Any]:
    """Changed and kept by each kind of vectors: kind -> "changed" and "kept", a number for each strength."""
    found: dict[str, Any] = {"strengths": list(STRENGTHS)}
    for kind, vectors in several.items():
        rows = [turned(gan, vectors, z, labels, strength) for strength in STRENGTHS]
        found[kind] = {what: [float(row[what].mean()) for row in rows] for what in ("changed", "kept")}
    return found


def sweep_figure(found: Mapping[str, Any]) -> Any:
    """Curves of `sweep`: how often the attribute changed, and how many of the others were kept."""
    import matplotlib.pyplot as plt

    figure, plots = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True, layout="constrained")
    for axes, what in zip(plots, ("changed", "kept"), strict=True):
        for kind, marker in (("means", "o"), ("regression", "s")):
            axes.plot(found["strengths"], [100 * one for one in found[kind][what]], marker=marker, label=kind)
        axes.set(xlabel="strength", title=f"attribute {what}" if what == "changed" else "others kept", ylim=(0, 103))
        axes.grid(alpha=0.3)
    plots[0].set_ylabel("% of faces")
    plots[0].legend(loc="lower right")
    return figure


def together(gan: Gan, z: Tensor, labels: Tensor) -> list[dict[str, Any]]:
    """Two attributes turned over at once: how often both changed, a row for each pair of attributes."""
    names, rows = gan.attributes, []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            first = moved(gan.vectors, z, labels[:, i], i)
            both = moved(gan.vectors, first, labels[:, j], j)
            after = (gan.chances(gan.generate(both)) > 0.5) != labels
            rows.append({"pair": f"{names[i]}, {names[j]}", "both": float((after[:, i] & after[:, j]).float().mean())})
    return rows


def constrained(gan: Gan, z: Tensor) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """Every stroke on every face, with the whole objective and without each term.

    Returns:
        terms -> stroke -> "constraint", "distance", "realism": (N, 2), at the beginning and at the end.
    """
    found: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for name, weights in TERMS.items():
        found[name] = {}
        for stroke, one in STROKES.items():
            terms = edit(z, [one], gan, near=weights["near"], real=weights["real"]).terms
            found[name][stroke] = {term: values[[0, -1]].T.numpy() for term, values in terms.items()}
    return found


def describe_constrained(found: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The numbers of `constrained` as claims.yml reads them, with intervals over faces and strokes."""

    def table(terms: str, what: str, at: int = 1) -> np.ndarray:
        return np.stack([one[what][:, at] for one in found[terms].values()])  # (strokes, faces)

    count = table("all", "distance").size
    rows = [
        {
            "objective": name,
            "U, share left": float(np.median(table(name, "constraint") / table(name, "constraint", 0).clip(1e-9))),
            "distance": float(np.median(table(name, "distance"))),
            "logit of D": float(np.median(table(name, "realism"))),
        }
        for name in found
    ]
    return {
        "edits": count,
        "strokes": list(STROKES),
        "fulfilled": paired(table("all", "constraint"), table("all", "constraint", 0), seed),
        "farther": paired(table("without distance", "distance"), table("all", "distance"), seed),
        "realism": paired_difference(table("all", "realism"), table("without D", "realism"), seed),
        "start": summary(table("all", "realism", 0), seed),
        "rows": rows,
        "by_stroke": {
            stroke: float(np.median(one["constraint"][:, 1] / one["constraint"][:, 0].clip(1e-9)))
            for stroke, one in found["all"].items()
        },
    }


def with_mark(picture: Tensor, stroke: Stroke) -> Tensor:
    """A picture, (1, 3, 64, 64), with a stroke drawn on it: in its colour, or as a black line with a white rim."""
    mask = stroke.mask()
    if isinstance(stroke, Colour):
        ink = torch.tensor(stroke.colour)[:, None, None]
        return picture * (1 - mask) + ink * mask
    line = Colour(stroke.points, (0.0, 0.0, 0.0), radius=1.0).mask()
    rim = Colour(stroke.points, (1.0, 1.0, 1.0), radius=2.0).mask()
    return (picture * (1 - rim) + rim) * (1 - line)
