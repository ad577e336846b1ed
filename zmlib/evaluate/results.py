"""From the judges' numbers to a result: a row a pair, medians with intervals, a file, a few lines to read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.evaluate import speckle
from zmlib.evaluate.pairs import Pair
from zmlib.evaluate.statistics import share, summary

SIGNALS = ("right", "shuffled", "averaged")
MARGIN = 1e-4  # a network that ignores its signal must not win half of its pairs by rounding


def tabulate(
    pairs: Sequence[Pair],
    wrong: Sequence[str] | None,
    found: dict[str, dict[str, list[Tensor]]],
    ratios: Tensor,
) -> list[dict[str, Any]]:
    """One row a pair.

    wrong: the other style's name of each pair, or None; found: judge -> signal -> the style and content parts of each
    batch, (2, n); ratios: of `zmlib.evaluate.speckle`, (pairs, 5).
    """
    rows: list[dict[str, Any]] = [{"photo": pair.photo_name, "painting": pair.painting_name} for pair in pairs]
    for i, row in enumerate(rows):
        row["shuffled_painting"] = None if wrong is None else wrong[i]
    for judge, signals in found.items():
        whole = {signal: torch.cat(parts, 1) for signal, parts in signals.items() if parts}
        for i, row in enumerate(rows):
            style, content = whole["right"][:, i].tolist()
            row[judge] = {"value": style + content, "style": style, "content": content}
            row[judge] |= {signal: float(whole[signal][:, i].sum()) for signal in whole if signal != "right"}
    for row, ratio in zip(rows, ratios.tolist(), strict=True):
        row["speckle"] = dict(zip(speckle.COLUMNS, ratio, strict=True))
    return rows


def summarise(rows: Sequence[dict[str, Any]], judge: str, seed: int) -> dict[str, Any]:
    """The medians of one judge over the rows of `tabulate`, and its signal test (None where there is one style)."""
    table = [row[judge] for row in rows]
    medians = {part: summary([cells[part] for cells in table], seed) for part in ("value", "style", "content")}
    if "shuffled" not in table[0]:
        return medians | {"signal": None}
    signal: dict[str, Any] = {}
    for other in ("shuffled", "averaged"):
        signal[other] = summary([cells[other] for cells in table], seed)
        signal[f"right_below_{other}"] = share([cells["value"] < (1 - MARGIN) * cells[other] for cells in table], seed)
    return medians | {"signal": signal}


def write_results(results: dict[str, Any], path: str | Path) -> Path:
    """Write what `evaluate` returned as JSON, whole or not at all.

    Raises:
        UserError: a name that does not end in .json, or a place that cannot be written.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() != ".json":
        raise UserError(f"{path} does not end in .json: results are written as JSON.")
    text = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as beside:
            beside.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} could not be written ({error.strerror or error}): choose another place.") from error
    return path


def report(results: dict[str, Any]) -> list[str]:
    """The results in a few plain lines, for a terminal or a log."""
    settings = results["settings"]
    lines = [
        f"{settings['pairs']} pairs, {settings['styles']} styles, {settings['size']} px; "
        "medians [95 % interval over pairs]"
    ]
    for name, judge in results["judges"].items():
        parts = ", ".join(f"{part} {_text(judge[part], 'median')}" for part in ("style", "content"))
        lines.append(f"{name} ({judge['network']}): {_text(judge['value'], 'median')}; {parts}")
        signal = judge["signal"]
        if signal is not None:
            lines.append(
                f"{name} with another style's signal {signal['shuffled']['median']:.3f}, "
                f"with the mean of all {signal['averaged']['median']:.3f}; the right one is better on "
                f"{_text(signal['right_below_shuffled'], 'share')} and {_text(signal['right_below_averaged'], 'share')}"
            )
    lines += speckle.lines(results)
    ost = results["ost"]
    if ost is not None:
        equivalent = ost["equivalent"]
        lines.append(f"OST-equivalent ({ost['judge']}, {equivalent['n']} pairs): {equivalent['text']} iterations")
        if ost["curve"]:
            curve = ", ".join(f"{step}: {parts['value']['median']:.2f}" for step, parts in ost["curve"].items())
            lines.append(f"OST's own {ost['judge']} after so many iterations: {curve}")
    return lines


def _text(found: dict[str, Any], statistic: str) -> str:
    """A summary as "0.412 [0.380, 0.450]", a share as "95 % [88, 100]"."""
    if statistic == "share":
        interval = "" if found["low"] is None else f" [{100 * found['low']:.0f}, {100 * found['high']:.0f}]"
        return f"{100 * found['share']:.0f} %{interval}"
    interval = "" if found["low"] is None else f" [{found['low']:.3f}, {found['high']:.3f}]"
    return f"{found[statistic]:.3f}{interval}"
