"""Editing pictures through the code of a generative network, after a lecture on it; see the book's chapters."""

from __future__ import annotations

from zmlib.neighbours.gan.bundle import Gan, load_gan
from zmlib.neighbours.gan.edit import carried_over, edit
from zmlib.neighbours.gan.invert import invert
from zmlib.neighbours.gan.strokes import Colour, Sketch, Stroke, Warp

__all__ = ["Colour", "Gan", "Sketch", "Stroke", "Warp", "carried_over", "edit", "invert", "load_gan"]
