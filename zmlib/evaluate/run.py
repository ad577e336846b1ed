"""evaluate(): a network's J, its parts, and whether it uses its signal, over a set of pairs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from rich.progress import track
from torch import Tensor

import zmlib
from zmlib.affine import Affine
from zmlib.errors import UserError
from zmlib.evaluate import speckle
from zmlib.evaluate.judge import Judge, default_judges
from zmlib.evaluate.ost_equivalent import CAP, ost_results
from zmlib.evaluate.pairs import Pair, read_batch, read_square
from zmlib.evaluate.results import SIGNALS, summarise, tabulate
from zmlib.evaluate.signal_test import average, derange
from zmlib.weights import weights_hash
from zmlib.zmnet import ZMNet


def evaluate(
    model: ZMNet,
    pairs: Sequence[Pair],
    *,
    judges: Sequence[Judge] | None = None,
    size: int = 256,
    style_size: int = 256,
    ost_pairs: int = 0,
    ost_cap: int = CAP,
    ost_steps: Sequence[int] = (),
    seed: int = 0,
    batch: int = 4,
    progress: bool = True,
) -> dict[str, Any]:
    """Stylise every pair and judge it, with its own style's value, with another's, and with the mean over all styles.

    Args:
        model: a network guided by images.
        pairs: from `load_pairs`.
        judges: the first is the main one; None = `default_judges()`. They are moved to the model's device.
        size: photos and paintings are judged as square centre crops of so many px; numbers compare at 256 only.
        style_size: the square centre crop of the painting that the network reads.
        ost_pairs: on how many pairs, the first ones, to run OST (on two CPU cores an iteration takes about 0.5 s).
        ost_cap: OST iterations at most for the OST-equivalent.
        ost_steps: iterations after which OST's own J is reported, such as `zmlib.evaluate.CURVE`; they are run in full.
        seed: for the shuffling and the bootstrap.
        batch: pairs at a time.
        progress: show progress bars.

    Returns:
        A dict that json can write: `judges` (for each judge: what it is, the medians of J, style and content part with
        bootstrap 95 % intervals over pairs, and the shuffled-signal test), `speckle` (the output's fine colour over the
        style's, see `zmlib.evaluate.speckle.summarise`), `gain` (how much louder flat patches make the photo's noise,
        over the first twelve styles, each with the photo of its first pair; None where size is less than 64), `ost`
        (None, or the OST-equivalent and OST's curve), `pairs` (every pair's values), `settings`, `model`,
        `environment`, `seconds`. Interval ends are None for a single pair, and the test is None with a single style.

    Raises:
        UserError: no pair, a network not guided by images, an impossible size, a picture that cannot be read.
    """
    _check(model, pairs, size, style_size, batch, ost_pairs)
    judges = [judge.to(model.device) for judge in (default_judges() if judges is None else judges)]
    if len({judge.name for judge in judges}) != len(judges) or not judges:
        raise UserError(
            f"Evaluation needs one judge or several of different names, got {[judge.name for judge in judges]}."
        )
    clock: dict[str, float] = {}
    with _timed(clock, "all"), torch.autocast(model.device.type, enabled=False):
        with _timed(clock, "encode"):
            affines = _encode(model, pairs, style_size, batch, progress)
        wrong = derange([pair.painting_name for pair in pairs], seed)
        found: dict[str, dict[str, list[Tensor]]] = {judge.name: {signal: [] for signal in SIGNALS} for judge in judges}
        join = type(next(iter(affines.values()))).cat  # of values, or of the concatenating twin's maps
        mean = average(list(affines.values())).to(model.device)
        ratios: list[Tensor] = []
        for at in _bar(range(0, len(pairs), batch), "judging", progress):
            some = pairs[at : at + batch]
            sources = {"right": join([affines[pair.painting_name] for pair in some])}
            if wrong is not None:
                sources["shuffled"] = join([affines[name] for name in wrong[at : at + batch]])
                sources["averaged"] = mean.expand(len(some))
            content, style, outputs = _stylize(model, some, size, sources, clock)
            ratios.append(speckle.ratios(outputs["right"], style))
            for name, signal, parts in _judge(judges, content, style, outputs):
                found[name][signal].append(parts)
        rows = tabulate(pairs, wrong, found, torch.cat(ratios))
        with _timed(clock, "gain"):
            gain = _gain(model, pairs, affines, size, seed)
        ost = None
        if ost_pairs > 0:
            with _timed(clock, "ost"):
                targets = [row[judges[0].name]["value"] for row in rows[:ost_pairs]]
                pictures = [read_batch([pair], size) for pair in pairs[:ost_pairs]]
                ost = ost_results(
                    judges[0], pictures, targets, cap=ost_cap, steps=ost_steps, seed=seed, progress=progress
                )
                for row, iterations in zip(rows, ost["per_pair"], strict=False):
                    row["ost_equivalent"] = iterations
    return {
        "main": judges[0].name,
        "judges": {judge.name: judge.describe() | summarise(rows, judge.name, seed) for judge in judges},
        "speckle": speckle.summarise(torch.cat(ratios), seed),
        "gain": gain,
        "ost": ost,
        "pairs": rows,
        "settings": {
            "pairs": len(pairs),
            "styles": len(affines),
            "size": size,
            "style_size": style_size,
            "seed": seed,
            "batch": batch,
        },
        "model": {"kind": model.kind, "weights_hash": weights_hash(model), "card": model.card},
        "environment": {
            "zmlib": zmlib.__version__,
            "torch": torch.__version__,
            "device": str(model.device),
            "threads": torch.get_num_threads(),
        },
        "seconds": {name: round(seconds, 3) for name, seconds in clock.items()},
    }


def _check(model: ZMNet, pairs: Sequence[Pair], size: int, style_size: int, batch: int, ost_pairs: int) -> None:
    if not pairs:
        raise UserError("There is no pair to evaluate: give at least one photo with a style.")
    if not model.reading.is_picture:
        raise UserError(f"Only a network guided by images can be evaluated on pairs: this one wants {model.wants}.")
    if min(size, style_size) < 32:
        raise UserError(
            f"Sizes must be at least 32 pixels, got {size} for the pictures and {style_size} for the styles."
        )
    if batch < 1 or ost_pairs < 0:
        raise UserError(
            f"The batch must be at least 1 and the number of OST pairs at least 0, got {batch} and {ost_pairs}."
        )


@torch.no_grad()
def _encode(model: ZMNet, pairs: Sequence[Pair], size: int, batch: int, progress: bool) -> dict[str, Affine]:
    """The value of every style, read once however many pairs it is in."""
    sources = {pair.painting_name: pair.painting for pair in pairs}
    names = list(sources)
    affines: dict[str, Affine] = {}
    for at in _bar(range(0, len(names), batch), "reading styles", progress):
        some = names[at : at + batch]
        affine = model.encode(torch.cat([read_square(sources[name], size) for name in some]))
        affines |= {name: affine[i] for i, name in enumerate(some)}
    return affines


@torch.no_grad()
def _stylize(
    model: ZMNet, pairs: Sequence[Pair], size: int, sources: dict[str, Affine], clock: dict[str, float]
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Photos and paintings of one batch of pairs, and signal -> outputs: (N, 3, size, size) each."""
    content, style = (pictures.to(model.device) for pictures in read_batch(pairs, size))
    with _timed(clock, "stylize"):
        outputs = {signal: model.stylize(content, affine) for signal, affine in sources.items()}
        if model.device.type == "cuda":
            torch.cuda.synchronize()
    return content, style, outputs


@torch.no_grad()
def _judge(
    judges: Sequence[Judge], content: Tensor, style: Tensor, outputs: dict[str, Tensor]
) -> Iterator[tuple[str, str, Tensor]]:
    """(judge, signal, style and content parts (2, N)) for one batch of pairs."""
    for judge in judges:
        reference = judge.reference(content, style)
        for signal, output in outputs.items():
            yield judge.name, signal, torch.stack(judge.measure(output, reference)).cpu()


def _gain(
    model: ZMNet, pairs: Sequence[Pair], affines: dict[str, Affine], size: int, seed: int
) -> dict[str, Any] | None:
    """The noise gain of the first styles, each on the photo of the first pair that it is in."""
    first = {pair.painting_name: pair.photo for pair in reversed(pairs)}
    names = list(affines)[: speckle.STYLES]
    return speckle.gain(
        model, [affines[name] for name in names], [read_square(first[name], size) for name in names], seed
    )


def _bar(steps: range, what: str, progress: bool) -> Iterator[int]:
    yield from track(steps, description=what, disable=not progress)


@contextmanager
def _timed(clock: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    clock[name] = clock.get(name, 0.0) + time.perf_counter() - start
