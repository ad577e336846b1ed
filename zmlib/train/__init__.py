"""Training: recipes, and one resumable loop for all sources of gamma and beta."""

from __future__ import annotations

from zmlib.train.loop import Trainer
from zmlib.train.recipe import Phase, Recipe
from zmlib.train.recipes import LONG, RECIPES
from zmlib.train.settings import Settings
from zmlib.train.start import train

__all__ = ["LONG", "RECIPES", "Phase", "Recipe", "Settings", "Trainer", "train"]
