"""The baseline that is not a TNet with a source: optimisation-based style transfer (OST)."""

from __future__ import annotations

from zmlib.baselines.objective import Objective, Paper, Reference, Relative
from zmlib.baselines.ost import Optimisation, ost

__all__ = ["Objective", "Optimisation", "Paper", "Reference", "Relative", "ost"]
