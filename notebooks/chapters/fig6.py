"""Figure 6: styles that no network has seen, by FST, by a ZM-Net of ten styles and by one of many."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.common import Bench
from chapters.measures import FST, bounds, fst_own, fst_own_j, losses, median, over_ost, signal, text, unseen_over_seen
from zmlib.evaluate.statistics import paired
from zmlib.weights import load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GUIDED = {"many": "styles", "ten": "styles-10", "seeds": "styles-seeds", "expanded": "styles-expanded"}


def on_unseen(bench: Bench) -> dict[str, Tensor]:
    """The parts of J on the unseen styles, (2, S, C): of each ZM-Net, and as "fst" of networks of another style."""

    def j(name: str) -> Tensor:
        return losses(bench.nets[name], bench.judge, bench.photos, bench.unseen)["J"]

    fst = torch.stack([j(name) for name in FST]).mean(0)
    return {key: j(name) for key, name in GUIDED.items()} | {"fst": fst}


def describe(unseen: Mapping[str, Tensor], seed: int = 0) -> dict[str, Any]:
    """From what `on_unseen` found: "J", summaries over pairs, and "content", medians of that part, by network."""
    return {
        "J": {key: median(j.sum(0), seed) for key, j in unseen.items()},
        "content": {key: float(j[1].median()) for key, j in unseen.items()},
    }


def measure(bench: Bench, unseen: Mapping[str, Tensor]) -> dict[str, Any]:
    """How much higher J is on unseen styles than on the ten seen ones, for each ZM-Net.

    Args:
        unseen: what `on_unseen` found.

    Returns:
        "generalise": key of `GUIDED` -> (J over that of OST) on unseen styles, over the same on seen ones; "bounds":
        its interval over styles; "over_ost": J over that of OST, "seen" and "unseen", and of FST on its own styles.
    """
    assert bench.ten is not None
    seen = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten)["J"] for key, name in GUIDED.items()}
    floor = {"unseen": bench.floor("unseen"), "seen": bench.floor("ten")}
    found = {key: unseen_over_seen({"unseen": unseen[key], "seen": seen[key]}, floor, bench.seed) for key in GUIDED}
    own = fst_own(bench)
    own_floor = floor["seen"][:, list(FST.values())]
    over = {
        key: {
            kind: float(over_ost(j, floor[kind]).mean()) for kind, j in (("seen", seen[key]), ("unseen", unseen[key]))
        }
        for key in GUIDED
    }
    return {
        "generalise": {key: one["ratio"] for key, one in found.items()},
        "bounds": {key: bounds(one) for key, one in found.items()},
        "interval": bounds(found["many"]),
        "over_ost": over | {"fst_own": float(over_ost(torch.cat(list(own.values()), 1), own_floor).mean())},
        "seen": {key: median(j.sum(0), bench.seed) for key, j in seen.items()},
        "styles": bench.nets[GUIDED["many"]].card.get("styles"),
        "styles_of": {key: bench.nets[name].card.get("styles") for key, name in GUIDED.items()},
        "fst_own_j": fst_own_j(bench),
        "ost_steps": bench.steps,
        "counts": {"photos": len(bench.photos), "unseen": len(bench.unseen), "seen": len(bench.ten)},
        "judge": bench.judge.name,
    }


def retrained(bench: Bench, folder: str) -> dict[str, Any] | None:
    """ZM-Net on unseen styles beside FST networks, each trained for one of them.

    Args:
        folder: of weights named after the paintings, `<painting>.safetensors`. Weights of a painting that is not among
            the unseen styles do not count.

    Returns:
        Medians of J and of its content part, and the ratio of the two methods; None without a folder, or where no
        weights count.
    """
    if not folder:
        return None
    files = {path.stem: path for path in Path(folder).expanduser().glob("*.safetensors")}
    at = {i: files[Path(name).stem] for i, name in enumerate(bench.names["unseen"]) if Path(name).stem in files}
    if not at:
        return None
    styles = bench.unseen[list(at)]
    zmnet = losses(bench.nets[GUIDED["many"]], bench.judge, bench.photos, styles)["J"]
    nets = [load(path, bench.judge.device) for path in at.values()]
    each = [losses(net, bench.judge, bench.photos, styles[k : k + 1])["J"] for k, net in enumerate(nets)]
    fst = torch.cat(each, 1)
    return {
        "zmnet": median(zmnet.sum(0), bench.seed)["median"],
        "fst": median(fst.sum(0), bench.seed)["median"],
        "ratio": paired([zmnet.sum(0)], [fst.sum(0)], bench.seed),
        "content": float(zmnet[1].median()),
        "fst_content": float(fst[1].median()),
        "styles": len(at),
        "steps": sorted({net.card.get("steps", 0) for net in nets}),
    }


def retrained_table(found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What `retrained` returned: a row a method; none for None."""
    if not found:
        return []
    return [
        {
            "method": "ZM-Net, no training",
            "J": found["zmnet"],
            "content part": found["content"],
            "over FST's": text(found["ratio"], "ratio"),
        },
        {"method": "FST, trained for each", "J": found["fst"], "content part": found["fst_content"], "over FST's": "1"},
    ]


def test(bench: Bench, most: int = 100) -> dict[str, Any]:
    """The signal test on unseen styles: of the network of many styles, and as "ten" of that of ten."""
    return signal(bench, GUIDED["many"], bench.unseen, most) | {"ten": signal(bench, GUIDED["ten"], bench.unseen, most)}


def unseen_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `describe` returned."""
    labels = {key: f"ZM-Net, `{name}`" for key, name in GUIDED.items()} | {"fst": "FST of another style"}
    return [
        {"network": labels[key], "J, unseen styles": text(one), "content part": found["content"][key]}
        for key, one in found["J"].items()
    ]


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `measure` returned or a kept run's values; no row for no values."""
    return [
        {
            "network": f"`{name}`",
            "styles": found["styles_of"][key],
            "J over OST's, seen": found["over_ost"][key]["seen"],
            "J over OST's, unseen": found["over_ost"][key]["unseen"],
            "unseen over seen": f"{found['generalise'][key]:.3f} [{low:.3f}, {high:.3f}]",
        }
        for key, name in GUIDED.items()
        if found
        for low, high in [found["bounds"][key]]
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """Unseen over seen, a row for each network, with intervals; lines at the rule's 1.15 (many) and 1.5 (ten)."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.2), layout="constrained")
    for row, (key, ratio) in enumerate(found["generalise"].items()):
        low, high = found["bounds"][key]
        axes.plot([low, high], [row, row], color="#D55E00", linewidth=2)
        axes.plot(ratio, row, "o", color="#D55E00", markersize=7)
    for at in (1.15, 1.5):
        axes.axvline(at, color="0.7", linestyle="--", linewidth=1)
    labels = [f"{GUIDED[key]}, {found['styles_of'][key]} styles" for key in found["generalise"]]
    axes.set(yticks=range(len(labels)), yticklabels=labels, xlabel="J on unseen over seen styles, each over OST's")
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
