"""Figure 6: styles that no network has seen, by FST, by a ZM-Net of ten styles and by one of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.common import Bench
from chapters.measures import FST, alike, fst_own, losses, median, text, unseen_over_seen
from chapters.ost_reference import Reference, origin
from zmlib.evaluate.statistics import paired
from zmlib.weights import load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zmlib.experiments.run import Run

GUIDED = {"many": "styles", "ten": "styles-10", "seeds": "styles-seeds", "expanded": "styles-expanded"}
HOW = {"raw": "J", "over_ost": "J over OST's"}


def on_unseen(bench: Bench) -> dict[str, Tensor]:
    """The parts of J on the unseen styles, (2, S, C): of each ZM-Net, and as "fst" of networks of another style."""

    def j(name: str) -> Tensor:
        return losses(bench.nets[name], bench.judge, bench.photos, bench.unseen)["J"]

    fst = torch.stack([j(name) for name in FST]).mean(0)
    return {key: j(name) for key, name in GUIDED.items()} | {"fst": fst}


def describe(unseen: Mapping[str, Tensor], seed: int = 0) -> dict[str, Any]:
    """From what `on_unseen` found, by network: "J" and "content", medians over pairs of J and of its content part."""
    return {
        "J": {key: median(j.sum(0), seed) for key, j in unseen.items()},
        "content": {key: median(j[1], seed) for key, j in unseen.items()},
    }


def measure(bench: Bench, unseen: Mapping[str, Tensor], reference: Reference | None = None) -> dict[str, Any]:
    """How much higher J is on unseen styles than on the ten seen ones, for each ZM-Net.

    Args:
        unseen: what `on_unseen` found.
        reference: what `chapters.ost_reference.read` found.

    Returns:
        "generalise": key of `GUIDED` -> "raw", the median J on unseen styles over that on seen ones, and where OST was
        run on some of the photographs "over_ost", the same of each pair's J over OST's; "over_ost": medians of these
        quotients, "seen" and "unseen", and of FST on its own styles; "seen": medians of J; "counts" of pictures. Under
        "generalise" also whether the networks of many styles and of ten were trained alike, `chapters.measures.alike`.
    """
    assert bench.ten is not None
    seed, names = bench.seed, {"seen": bench.names["ten"], "unseen": bench.names["unseen"]}
    seen = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten)["J"] for key, name in GUIDED.items()}
    j = {key: {"seen": seen[key].sum(0), "unseen": unseen[key].sum(0)} for key in GUIDED}
    generalise: dict[str, Any] = {
        key: {"raw": unseen_over_seen(one["unseen"], one["seen"], seed)} for key, one in j.items()
    }
    over: dict[str, Any] = {}
    floor, columns = _floor(reference, names, bench.names["photos"])
    if columns:
        each = {key: {kind: one[kind][:, columns] / floor[kind] for kind in floor} for key, one in j.items()}
        for key, one in each.items():
            generalise[key]["over_ost"] = unseen_over_seen(one["unseen"], one["seen"], seed)
        over = {key: {kind: median(one[kind], seed) for kind in one} for key, one in each.items()}
        own = fst_own(bench).sum(0)[:, columns]
        over["fst_own"] = median(own / floor["seen"][list(FST.values())], seed)
    return {
        "generalise": generalise | alike([bench.nets[GUIDED[key]] for key in ("many", "ten")]),
        "over_ost": over,
        "seen": {key: median(one["seen"], seed) for key, one in j.items()},
        "styles": bench.nets[GUIDED["many"]].card.get("styles"),
        "styles_of": {key: bench.nets[name].card.get("styles") for key, name in GUIDED.items()},
        "counts": {kind: len(bench.names[kind]) for kind in ("photos", "unseen")} | {"seen": len(bench.ten)},
        "judge": bench.judge.name,
        "ost_from": origin(reference),
    }


def _floor(
    reference: Reference | None, styles: Mapping[str, Sequence[str]], photos: Sequence[str]
) -> tuple[dict[str, Tensor], list[int]]:
    """OST's J on each kind of styles, (S, K), on those K photographs on which it was run in all of them."""
    if reference is None:
        return {}, []
    kept = [set(reference.on(names, photos)[1]) for names in styles.values()]
    columns = sorted(set.intersection(*kept))
    names = [photos[i] for i in columns]
    return {kind: reference.on(some, names)[0]["J"].sum(0) for kind, some in styles.items()}, columns


def retrained(run: Run, bench: Bench, folder: str) -> dict[str, Any] | None:
    """ZM-Net on unseen styles beside FST networks, each trained for one of them.

    Args:
        folder: of weights named after the paintings, `<painting>.safetensors`. Weights of a painting that is not among
            the unseen styles do not count.

    Returns:
        "zmnet" and "fst": medians of J; "content" and "fst_content": of its content part; "ratio": ZM-Net's J over
        FST's; all with intervals. "styles" and "pairs": how many; "steps": of FST's trainings; whether all were trained
        alike, `chapters.measures.alike`. None without a folder, or where no weights count.
    """
    if not folder:
        return None
    files = {path.stem: path for path in sorted(Path(folder).expanduser().glob("*.safetensors"))}
    at = {i: files[Path(name).stem] for i, name in enumerate(bench.names["unseen"]) if Path(name).stem in files}
    if not at:
        return None
    styles, seed = bench.unseen[list(at)], bench.seed
    nets = [run.used(load(run.read(path), bench.judge.device), str(path)) for path in at.values()]
    each = [losses(net, bench.judge, bench.photos, styles[k : k + 1])["J"] for k, net in enumerate(nets)]
    fst, zmnet = torch.cat(each, 1), losses(bench.nets[GUIDED["many"]], bench.judge, bench.photos, styles)["J"]
    return {
        "zmnet": median(zmnet.sum(0), seed),
        "fst": median(fst.sum(0), seed),
        "ratio": paired(zmnet.sum(0), fst.sum(0), seed),
        "content": median(zmnet[1], seed),
        "fst_content": median(fst[1], seed),
        "styles": len(at),
        "pairs": int(fst[0].numel()),
        "steps": sorted({net.card.get("steps", 0) for net in nets}),
        **alike([bench.nets[GUIDED["many"]], *nets]),
    }


def retrained_table(found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What `retrained` returned: a row a method; none for None."""
    if not found:
        return []
    steps = " or ".join(f"{one:,}" for one in found["steps"])
    return [
        {
            "method": "ZM-Net, no training",
            "J": text(found["zmnet"]),
            "content part": text(found["content"]),
            "over FST's": text(found["ratio"], "ratio"),
        },
        {
            "method": f"FST, {steps} steps for each of {found['styles']} styles",
            "J": text(found["fst"]),
            "content part": text(found["fst_content"]),
            "over FST's": "1",
        },
    ]


def unseen_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `describe` returned."""
    labels = {key: f"ZM-Net, `{name}`" for key, name in GUIDED.items()} | {"fst": "FST of another style"}
    return [
        {"network": labels[key], "J, unseen styles": text(one), "content part": text(found["content"][key])}
        for key, one in found["J"].items()
    ]


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `measure` returned or a kept run's values; no row for no values."""
    return [
        {
            "network": f"`{name}`",
            "styles": found["styles_of"][key],
            "J, seen": text(found["seen"][key]),
            "unseen over seen": text(found["generalise"][key]["raw"], "ratio"),
            "J over OST's, seen": text(found["over_ost"][key]["seen"]) if found["over_ost"] else None,
            "the same, unseen over seen": text(found["generalise"][key]["over_ost"], "ratio")
            if found["over_ost"]
            else None,
        }
        for key, name in GUIDED.items()
        if found
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """Unseen over seen, a row for each network, raw and over OST; lines at the rule's 1.15 (many) and 1.5 (ten)."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    for (how, label), colour, shift in zip(HOW.items(), ("#D55E00", "#0072B2"), (-0.12, 0.12), strict=True):
        for row, one in enumerate(found["generalise"][key] for key in GUIDED):
            if how in one:
                axes.plot([one[how]["low"], one[how]["high"]], [row + shift] * 2, color=colour, linewidth=2)
                axes.plot(one[how]["ratio"], row + shift, "o", color=colour, label=label if row == 0 else None)
    for at in (1.15, 1.5):
        axes.axvline(at, color="0.7", linestyle="--", linewidth=1)
    labels = [f"{GUIDED[key]}, {found['styles_of'][key]} styles" for key in GUIDED]
    axes.set(yticks=range(len(labels)), yticklabels=labels, xlabel="on unseen over on seen styles")
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    axes.spines[["top", "right"]].set_visible(False)
    return figure
