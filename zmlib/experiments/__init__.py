"""What a notebook calls: its parameters checked, its preset read, its results kept with where they came from."""

from __future__ import annotations

from zmlib.experiments.parameters import start
from zmlib.experiments.run import Run

__all__ = ["Run", "start"]
