"""Three kinds of guiding signal through one interface; how well each is heard is measured in the chapter `evidence`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from chapters.evidence_signals import table
from zmlib.errors import UserError
from zmlib.experiments.results import read_result
from zmlib.experiments.run import Run
from zmlib.signals.histogram import histogram
from zmlib.zmnet import ZMNet

NETS = {"images": "styles", "words": "words", "histograms": "colours"}  # kind of signal -> the network's name
LABELS = {"images": "style pictures", "words": "words", "histograms": "colour histograms"}


def refusals(nets: Mapping[str, ZMNet]) -> list[dict[str, str]]:
    """What each network says of the other kinds of signal, a row for each pair; "taken" where it can use it.

    nets: by the names of `NETS`.
    """
    grey = torch.full((1, 3, 64, 64), 0.5)
    given: dict[str, Any] = {"images": grey, "words": "night", "histograms": histogram(grey)}
    rows = []
    for key, net in nets.items():
        for other in given:
            if other == key:
                continue
            try:
                net.encode(given[other])
                says = "taken"
            except UserError as error:
                says = str(error)
            rows.append({"the network of": LABELS[key], "given": LABELS[other], "says": says})
    return rows


def evidence(run: Run) -> list[dict[str, str]]:
    """What the kept run of the chapter `evidence` found of the networks of `NETS`: a row for each; none without it.

    Raises:
        UserError: the kept result cannot be read.
    """
    file = run.root / "figures" / "evidence" / "signals.json" if run.root else None
    if file is None or not file.is_file():
        return []
    networks = read_result(run.read(file)).values["networks"]
    return table({name: networks[name] for name in NETS.values() if name in networks})
