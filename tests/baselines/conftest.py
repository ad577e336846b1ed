"""The stand-ins, as fixtures."""

from __future__ import annotations

from stand_in import network, pictures

__all__ = ["network", "pictures"]
