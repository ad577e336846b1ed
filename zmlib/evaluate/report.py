"""From the judges' numbers to a result: a row for each pair, medians with intervals, a file, lines to read, a card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.evaluate import speckle
from zmlib.evaluate.pairs import Pair
from zmlib.evaluate.statistics import Names, paired, share, summary

SIGNALS = ("right", "other", "mean")


def tabulate(
    pairs: Sequence[Pair],
    following: Mapping[str, str] | None,
    found: Mapping[str, Mapping[str, Sequence[Tensor]]],
    ratios: Tensor,
) -> list[dict[str, Any]]:
    """One row for each pair.

    Args:
        following: style -> the other style of the signal test, or None.
        found: judge -> signal -> the style and content parts of each batch, (2, n).
        ratios: of `zmlib.evaluate.speckle`, (pairs, 5).
    """
    rows: list[dict[str, Any]] = []
    for pair, ratio in zip(pairs, ratios.tolist(), strict=True):
        other = None if following is None else following[pair.painting_name]
        row: dict[str, Any] = {"photo": pair.photo_name, "painting": pair.painting_name, "other_painting": other}
        rows.append(row | {"speckle": dict(zip(speckle.COLUMNS, ratio, strict=True))})
    for judge, signals in found.items():
        whole = {signal: torch.cat(list(parts), 1) for signal, parts in signals.items() if parts}
        for i, row in enumerate(rows):
            style, content = whole["right"][:, i].tolist()
            row[judge] = {"value": style + content, "style": style, "content": content}
            row[judge] |= {signal: float(whole[signal][:, i].sum()) for signal in whole if signal != "right"}
    return rows


def names_of(rows: Sequence[Mapping[str, Any]]) -> Names:
    """The photo and the style picture of each row of `tabulate`: what the intervals resample."""
    return [row["photo"] for row in rows], [row["painting"] for row in rows]


def summarise(rows: Sequence[dict[str, Any]], judge: str, seed: int) -> dict[str, Any]:
    """The medians of one judge over the rows of `tabulate`, and its signal test (None where there is one style).

    The test has the medians of J with the "other" and with the "mean" style, the share "right_below_other", and the
    ratio "mean_over_right" of two of the medians, see `zmlib.evaluate.signal_test`; all over photos and styles.
    """
    table, of = [row[judge] for row in rows], names_of(rows)
    medians = {part: summary([cells[part] for cells in table], seed, of=of) for part in ("value", "style", "content")}
    if "other" not in table[0]:
        return medians | {"signal": None}
    right, other, mean = ([cells[name] for cells in table] for name in ("value", "other", "mean"))
    won = share([a < b for a, b in zip(right, other, strict=True)], seed, of)
    signal = {"other": summary(other, seed, of=of), "mean": summary(mean, seed, of=of), "right_below_other": won}
    return medians | {"signal": signal | {"mean_over_right": paired(mean, right, seed, of=of)}}


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
    """The results in a few lines, for a terminal or a log."""
    settings = results["settings"]
    lines = [
        f"{settings['pairs']} pairs, {settings['styles']} styles, {settings['size']} px; "
        "medians [95 % interval over photos and styles]"
    ]
    for name, judge in results["judges"].items():
        parts = ", ".join(f"{part} {_text(judge[part], 'median')}" for part in ("style", "content"))
        lines.append(f"{name} ({judge['network']}): {_text(judge['value'], 'median')}; {parts}")
        signal = judge["signal"]
        if signal is not None:
            over = signal["mean_over_right"]["ratio"]
            lines.append(
                f"{name} with another style {signal['other']['median']:.3f}, with the mean style "
                f"{signal['mean']['median']:.3f} ({over:.2f} times that of the right one); the right "
                f"style is better than another on {_text(signal['right_below_other'], 'share')}"
            )
    lines += speckle.lines(results) + known(results)
    ost = results["ost"]
    if ost is not None:
        equivalent = ost["equivalent"]
        where = f"{ost['judge']}, {equivalent['n']} pairs, Adam from the photo"
        lines.append(f"OST-equivalent ({where}): {equivalent['text']} iterations")
        if ost["curve"]:
            curve = ", ".join(f"{step}: {parts['value']['median']:.2f}" for step, parts in ost["curve"].items())
            lines.append(f"OST's own {ost['judge']} after this many iterations: {curve}")
    return lines


def known(results: Mapping[str, Any]) -> list[str]:
    """The measures of `zmlib.evaluate.metrics` in one line; none where none was asked for."""
    texts = [
        f"{name} {found:.4g}" if isinstance(found, float) else f"{name} {_text(found, next(iter(found)))}"
        for name, found in results.get("metrics", {}).items()
    ]
    return ["; ".join(texts)] if texts else []


def _text(found: dict[str, Any], statistic: str) -> str:
    """A summary as "0.412 [0.380, 0.450]", a share as "95 % [88, 100]"."""
    if statistic == "share":
        interval = "" if found["low"] is None else f" [{100 * found['low']:.0f}, {100 * found['high']:.0f}]"
        return f"{100 * found['share']:.0f} %{interval}"
    form = ".3f" if abs(found[statistic]) < 100 else ".3g"
    interval = "" if found["low"] is None else f" [{found['low']:{form}}, {found['high']:{form}}]"
    return f"{found[statistic]:{form}}{interval}"


def describe_weights(file: Path, card: Mapping[str, Any], found: Mapping[str, Any] | None = None) -> str:
    """A model card in Markdown. A person adds what the file does not know: licences, faults of the pictures.

    Args:
        file: of the weights. card: what it says of its training. found: what `evaluate` found.

    >>> describe_weights(Path("w.safetensors"), {"recipe": "styles", "steps": 20}).splitlines()[0]
    '# Model card: styles'
    """
    hours, before = card.get("seconds", 0) / 3600, card.get("steps_before", 0)
    size = file.stat().st_size / 1e6 if file.exists() else 0.0
    start = f", {before:,} of them by the weights that it started from" if before else ""
    loss = f"{card['final_loss']:.3f}" if card.get("final_loss") is not None else "not logged"
    parts = [
        f"# Model card: {card.get('recipe', 'weights')}",
        f"`{file.name}` ({size:.1f} MB, float16). {card.get('about', '')}",
        f"**Data.** {card.get('photos', '?'):,} photographs and {card.get('styles', '?'):,} style pictures."
        + (f" {card['left_out']} damaged pictures were left out." if card.get("left_out") else "")
        + "".join(
            f" From step {change['from_step']:,} on, {change['photos']:,} and {change['styles']:,}."
            for change in card.get("pictures_changed", [])
        )
        if card.get("photos")
        else "**Data.** Not stated by the file.",
        f"**Recipe.** `{card.get('recipe', '')}`, loss network `{card.get('loss_network', '?')}`, "
        f"seed {card.get('seed', '?')}.",
        f"**Steps, time, device.** {card.get('steps', 0):,} steps{start}; {hours:.1f} hours on {card.get('device')}.",
        f"**Loss.** Mean of the last 100 steps: {loss}.",
    ]
    if found:
        parts += ["**Measured.**", "\n".join(f"- {line}" for line in report(dict(found)))]
    return "\n\n".join(parts) + "\n"
