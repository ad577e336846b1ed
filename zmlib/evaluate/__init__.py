"""How good a stylised picture is: J and its parts, OST-equivalents, the shuffled-signal test, a sheet to look at."""

from __future__ import annotations

from zmlib.evaluate.grid import contact_sheet, grid
from zmlib.evaluate.judge import Judge, default_judges
from zmlib.evaluate.ost_equivalent import CAP, CURVE, crossing, ost_equivalent, ost_results, trajectory
from zmlib.evaluate.pairs import Pair, load_pairs, read_batch
from zmlib.evaluate.results import report, write_results
from zmlib.evaluate.run import evaluate

__all__ = [
    "CAP",
    "CURVE",
    "Judge",
    "Pair",
    "contact_sheet",
    "crossing",
    "default_judges",
    "evaluate",
    "grid",
    "load_pairs",
    "ost_equivalent",
    "ost_results",
    "read_batch",
    "report",
    "trajectory",
    "write_results",
]
