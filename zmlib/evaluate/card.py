"""A model card's text, from what a file of weights says of its training and from what is measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zmlib.zmnet import ZMNet


def measure(net: ZMNet) -> dict[str, Any] | None:
    """J, speckle and gain by `zmlib.evaluate` on its default pairs; None for a network that no picture guides."""
    from zmlib.evaluate.pairs import load_pairs
    from zmlib.evaluate.run import evaluate

    return evaluate(net, load_pairs(), progress=False) if net.reading.is_picture else None


def describe(file: Path, card: Mapping[str, Any], found: Mapping[str, Any] | None = None) -> str:
    """The card in Markdown. What only a person knows (licences, what is wrong with the pictures) is left to them.

    Args:
        file: of the weights. card: what it says of itself. found: what `measure` found.

    >>> describe(Path("w.safetensors"), {"recipe": "styles", "steps": 20}).splitlines()[0]
    '# Model card: styles'
    """
    hours, before = card.get("seconds", 0) / 3600, card.get("steps_before", 0)
    size = file.stat().st_size / 1e6 if file.exists() else 0.0
    start = f", {before:,} of them by the weights that it began from" if before else ""
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
        else "**Data.** Not said by the file.",
        f"**Recipe.** `{card.get('recipe', '')}`, loss network `{card.get('loss_network', '?')}`, "
        f"seed {card.get('seed', '?')}.",
        f"**Steps, time, device.** {card.get('steps', 0):,} steps{start}; {hours:.1f} hours on {card.get('device')}.",
        f"**Loss.** Mean of the last 100 steps: {loss}.",
    ]
    if found:
        from zmlib.evaluate.results import report

        parts += ["**Measured.**", "\n".join(f"- {line}" for line in report(dict(found)))]
    return "\n\n".join(parts) + "\n"
