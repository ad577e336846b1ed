"""Section 3.2.1: what DIN degenerates to (part 1 of the chapter), how a network that joins maps generalises (part 3).

Part 2 is in `chapters.section321_identity`, part 4 in `chapters.section321_filters`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chapters.common import Bench, text
from chapters.measures import alike, losses, unseen_over_seen
from zmlib.evaluate.statistics import paired, ratio_of_ratios, summary
from zmlib.layers import EPS, din
from zmlib.zmnet import ZMNet

SAME = 1e-5  # relative difference below which two results count as equal


class Step(NamedTuple):
    """A convolution that has run: what it read and what it gave, (N, C, H, W) each, the latter before normalisation."""

    convolution: nn.Conv2d
    input: Tensor
    output: Tensor


@torch.no_grad()
def watched(trunk: nn.Module, go: Callable[[], object]) -> list[Step]:
    """Call `go`, and return the trunk's convolutions as they ran, in order."""
    steps: list[Step] = []

    def note(module: Any, read: tuple[Tensor, ...], gave: Tensor) -> None:
        steps.append(Step(module, read[0], gave))

    handles = [m.register_forward_hook(note) for m in trunk.modules() if isinstance(m, nn.Conv2d)]
    try:
        go()
    finally:
        for handle in handles:
            handle.remove()
    return steps


def away(a: Tensor, b: Tensor) -> float:
    """Relative difference |a - b| / |b|, the norm taken over all entries."""
    return float((a - b).norm() / b.norm())


def from_torch(
    x: Tensor, gamma: Tensor, beta: Tensor, weight: Tensor | None = None, bias: Tensor | None = None
) -> float:
    """How far eq. 3 is from PyTorch's own instance norm with `weight` and `bias`, or with none: see `away`.

    With a style's row as weight and bias, PyTorch's is the layer of CIN.

    Args:
        x: (N, C, H, W).
        gamma, beta, weight, bias: (C,).
    """
    ours = din(x, gamma[None, :, None, None], beta[None, :, None, None])
    return away(ours, F.instance_norm(x, weight=weight, bias=bias, eps=EPS))


@torch.no_grad()
def degenerate(cin: ZMNet, content: Tensor) -> dict[str, float]:
    """`from_torch` on every map that a CIN network normalises, in every style that it has: the largest of all.

    content: (1, 3, H, W) in [0, 1]. Returns {"instance_norm": with gamma 1 and beta 0, "cin": with the table's rows}.
    """
    found = {"instance_norm": 0.0, "cin": 0.0}
    table: Any = cin.source
    for style in range(cin.options["styles"]):
        affine = cin.encode(torch.tensor([style]))
        for i, step in enumerate(watched(cin.tnet.trunk, partial(cin.stylize, content, affine))):
            x, gamma, beta = step.output, affine.gamma[i][0], affine.beta[i][0]
            plain = from_torch(x, torch.ones_like(gamma), torch.zeros_like(beta))
            row = from_torch(x, gamma, beta, table.gamma[i][style], table.beta[i][style])
            found = {"instance_norm": max(found["instance_norm"], plain), "cin": max(found["cin"], row)}
    return found


def without_signal(net: ZMNet) -> ZMNet:
    """The same TNet with gamma = 1 and beta = 0, whatever the signal."""
    plain = ZMNet(net.config, "fixed").eval()
    plain.tnet = net.tnet
    return plain


def degenerate_table(found: Mapping[str, float], effects: Mapping[str, float]) -> list[dict[str, str]]:
    """What `degenerate` found and the effects of the signal ("fixed", "constant", "zmnet"), for `common.table`."""
    return [
        {"case": "gamma 1, beta 0 against instance norm", "found": f"{found['instance_norm']:.1e}"},
        {"case": "a table's row against CIN", "found": f"{found['cin']:.1e}"},
        {"case": "effect of the signal, gamma 1, beta 0", "found": f"{effects['fixed']:g}"},
        {"case": "effect of the signal, constants (FST)", "found": f"{effects['constant']:g}"},
        {"case": "effect of the signal, ZM-Net", "found": f"{effects['zmnet']:.2f}"},
    ]


def generalisation(bench: Bench, concat: str, din: str) -> dict[str, Any]:
    """What the claim `concat` reads, of two of the bench's networks, which were trained alike.

    Returns:
        {"concat": {"train": the loss on seen styles, the twin's over DIN's; "ratio": of J, unseen over seen of the twin
        over unseen over seen of DIN; by network ("concat", "din") "training_loss" (means), "seen", "unseen" and
        "content" (medians of J and, on unseen styles, of its content part) and "unseen_over_seen"}}, all with
        intervals; and whether the trainings were the "same", see `chapters.measures.alike`. Without the seen styles,
        which are the paintings of the training, all the rest is None.
    """
    nets = {"concat": bench.nets[concat], "din": bench.nets[din]}
    parts = ("train", "ratio", "training_loss", "seen", "unseen", "content", "unseen_over_seen")
    same = alike(list(nets.values()))
    if bench.ten is None:
        return {"concat": dict.fromkeys(parts) | same}
    unseen, seen = (
        {name: losses(net, bench.judge, bench.photos, styles) for name, net in nets.items()}
        for styles in (bench.unseen, bench.ten)
    )
    j = {kind: {name: one[name]["J"].sum(0) for name in nets} for kind, one in (("unseen", unseen), ("seen", seen))}
    trained = {name: one["training"] for name, one in seen.items()}
    seed = bench.seed
    found: tuple[Any, ...] = (
        paired(trained["concat"], trained["din"], seed, "mean"),
        # The styles of a set are as hard for one network as for the other: this ratio does not depend on which set is
        # the harder one.
        ratio_of_ratios(j["unseen"]["concat"], j["unseen"]["din"], j["seen"]["concat"], j["seen"]["din"], seed),
        {name: summary(one, seed, "mean") for name, one in trained.items()},
        {name: summary(j["seen"][name], seed) for name in nets},
        {name: summary(j["unseen"][name], seed) for name in nets},
        {name: summary(unseen[name]["J"][1], seed) for name in nets},
        {name: unseen_over_seen(j["unseen"][name], j["seen"][name], seed) for name in nets},
    )
    return {"concat": dict(zip(parts, found, strict=True)) | same}


def measured(bench: Bench, concat: str, din: str) -> dict[str, Any]:
    """`generalisation`, with "judge" and how many pairs of either kind; without the seen paintings it says so."""
    found = generalisation(bench, concat, din)
    if bench.ten is None:
        print("Neither loss was measured in this build: the paintings of the training are not in the package.")
        print("The table at the end of the chapter has the run that the project keeps.")
    styles = {"unseen": bench.unseen, "seen": bench.ten}
    pairs = {kind: 0 if some is None else len(some) * len(bench.photos) for kind, some in styles.items()}
    return found | {"judge": bench.judge.name, "pairs": pairs}


def comparison(found: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, str]]:
    """What `generalisation` found as rows for `common.table`: names, "concat" and "din" -> the network's name.

    The last row is the twin over DIN, which is what the rule is about.
    """
    one = found["concat"]
    heads = {
        "training loss, seen styles": ("training_loss", "mean"),
        "J, seen styles": ("seen", "median"),
        "J, unseen styles": ("unseen", "median"),
        "its content part": ("content", "median"),
        "unseen over seen": ("unseen_over_seen", "ratio"),
    }
    rows = [
        {"network": name} | {head: _text(one[part] and one[part][key], what) for head, (part, what) in heads.items()}
        for key, name in names.items()
    ]
    last = dict.fromkeys(heads, "") | {
        "training loss, seen styles": _text(one["train"], "ratio"),
        "unseen over seen": _text(one["ratio"], "ratio"),
    }
    return [*rows, {"network": f"{names['concat']} over {names['din']}"} | last]


def _text(found: Mapping[str, Any] | None, what: str) -> str:
    return "not measured" if found is None else text(found, what)


#: what the chapter's last table shows beside the numbers of the claims: path in the result -> its name
ALSO = {
    "values.degenerate.each.zmnet": "effect of the signal on ZM-Net",
    "values.identity.vector": "what a vector spread over the map does",
    "values.concat.seen.concat": "J of the twin on seen styles",
    "values.concat.unseen.concat": "J of the twin on unseen styles",
    "values.concat.seen.din": "J of DIN on seen styles",
    "values.concat.unseen.din": "J of DIN on unseen styles",
    "values.pairs.unseen": "pairs with unseen styles",
    "values.pairs.seen": "pairs with seen styles",
    "values.judge": "judged by",
}
