"""The paper's claims as data, and the verdict that a rule written down beforehand gives to each result."""

from __future__ import annotations

from claims.loading import load_claims
from claims.model import Claim, Claims, Standing
from claims.verdicts import Outcome, Row, Scorecard, Verdict, judge, scorecard

__all__ = ["Claim", "Claims", "Outcome", "Row", "Scorecard", "Standing", "Verdict", "judge", "load_claims", "scorecard"]
