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

from chapters.common import Bench, fst_own_j
from chapters.networks import measure
from zmlib.evaluate.judge import Judge, judged
from zmlib.evaluate.signal_test import uses_signal
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


@torch.no_grad()
def right_wins(net: ZMNet, judge: Judge, contents: Tensor, styles: Tensor) -> float:
    """Share of pairs on which the right style's output is judged better than another style's.

    contents, styles: (N, 3, H, W) in [0, 1].
    """
    affines = [net.encode(style[None]) for style in styles]
    wins = []
    for i, style in enumerate(styles):
        for content in contents[:, None]:
            outputs = [net.stylize(content, affine) for affine in (affines[i], affines[(i + 1) % len(affines)])]
            right, wrong = judged(outputs, content, style[None], judge)
            wins.append(right < wrong)
    return sum(wins) / len(wins)


def generalisation(
    nets: Mapping[str, ZMNet],
    judge: Judge,
    contents: Tensor,
    unseen: Tensor,
    seen: Tensor | None,
    iterations: int,
    seed: int = 0,
) -> dict[str, Any]:
    """What the claim `concat` reads; without seen styles only the training losses, and None for the rest.

    Args:
        nets: "concat" and "din", trained alike.
        contents, unseen, seen: (N, 3, H, W) in [0, 1], on the judge's device.
        iterations: of OST, by whose J the J of each style is divided.
        seed: of the bootstrap.

    Returns:
        {"concat": {"train", "ratio", "unseen", "seen", "right": each by network}, "interval": of the ratios, "signal":
        of "din" on unseen styles}.
    """
    train = {name: net.card.get("final_loss") for name, net in nets.items()}
    if seen is None:
        nothing = dict.fromkeys(nets)
        concat: dict[str, Any] = {part: nothing for part in ("ratio", "unseen", "seen", "right")}
        return {"concat": {"train": train, **concat}, "interval": None, "signal": None}
    found = measure(nets, judge, contents, unseen, seen, iterations, seed)
    concat = {"train": train, "ratio": {name: found[name]["ratio"]["ratio"] for name in nets}}
    concat |= {kind: {name: found[name][kind]["median"] for name in nets} for kind in ("unseen", "seen")}
    concat["right"] = {name: right_wins(net, judge, contents, seen) for name, net in nets.items()}
    interval = {name: [found[name]["ratio"][end] for end in ("low", "high")] for name in nets}
    signal = uses_signal(nets["din"], judge, list(contents.split(1)), list(unseen.split(1)))
    return {"concat": concat, "interval": interval, "signal": signal}


def measured(bench: Bench, concat: str, din: str) -> dict[str, Any]:
    """`generalisation` of two of the bench's networks, with "fst_own_j", "judge" and "ost_steps".

    Without the seen paintings it says so, and measures nothing but what the networks' files hold.
    """
    nets = {"concat": bench.nets[concat], "din": bench.nets[din]}
    found = generalisation(nets, bench.judge, bench.photos, bench.unseen, bench.ten, bench.steps, bench.seed)
    if bench.ten is None:
        print("J was not measured in this build: the paintings of the training are not in the package.")
        print("The table at the end of the chapter has the run that the project keeps.")
    own = None if bench.ten is None else fst_own_j(bench)
    return found | {"fst_own_j": own, "judge": bench.judge.name, "ost_steps": bench.steps}


def comparison(found: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What `generalisation` found as rows for `common.table`; names: "concat" and "din" -> the network's name."""
    heads = {"train": "training loss", "seen": "J, seen styles", "unseen": "J, unseen styles", "ratio": "unseen / seen"}
    heads["right"] = "right style wins, seen styles"
    return [
        {"network": name} | {head: _or_not(found["concat"][part][key]) for part, head in heads.items()}
        for key, name in names.items()
    ]


def _or_not(number: float | None) -> float | str:
    return "not measured" if number is None else number


#: what the chapter's last table shows beside the numbers of the claims: path in the result -> its name
ALSO = {
    "values.degenerate.each.zmnet": "effect of the signal on ZM-Net",
    "values.identity.vector": "what a vector spread over the map does",
    "values.concat.seen.concat": "J of the twin on seen styles",
    "values.concat.unseen.concat": "J of the twin on unseen styles",
    "values.concat.seen.din": "J of DIN on seen styles",
    "values.concat.unseen.din": "J of DIN on unseen styles",
    "values.concat.right.concat": "the twin's right style wins, seen styles",
    "values.signal.rate": "DIN's right style wins, unseen styles",
    "values.fst_own_j": "J of FST on its own painting",
    "values.judge": "judged by",
}
