"""What a notebook calls: it checks parameters, reads the preset, and keeps results with their provenance."""

from __future__ import annotations

from zmlib.experiments.parameters import start
from zmlib.experiments.run import Run

__all__ = ["Run", "start"]
