"""How large a run is: each preset's settings and the chapters' exceptions from them, all in `presets.yml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from zmlib.errors import UserError

ASSETS = ("experiments/presets.yml",)
VARIABLE = "ZMLIB_PRESET"

_ALL: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("presets.yml").read_text(encoding="utf-8"))
PRESETS = tuple(_ALL)


def default_preset() -> str:
    """What `$ZMLIB_PRESET` names, and "quick" where it is unset or empty.

    Raises:
        UserError: it names no preset.
    """
    name = os.environ.get(VARIABLE) or "quick"
    return _known(name, f"The environment variable {VARIABLE}")


def load_preset(name: str, chapter: str) -> dict[str, Any]:
    """The settings of one chapter: the preset's defaults with the chapter's exceptions, if it has any, laid over them.

    Below both lie the settings of the preset that it is `like`.

    Raises:
        UserError: there is no such preset; the sentence lists those that there are.
    """
    preset = _ALL[_known(name, "The parameter `preset`")]
    below = load_preset(preset["like"], chapter) if "like" in preset else {}
    return below | preset["defaults"] | preset["chapters"].get(chapter, {})


def measured_on_data() -> list[str]:
    """The chapters whose kept results are measured on the data, and not on the samples: those listed under `kept`."""
    return list(_ALL["kept"]["chapters"])


def _known(name: str, where: str) -> str:
    if name not in PRESETS:
        raise UserError(f'{where} names no preset with "{name}": use one of {", ".join(PRESETS)}.')
    return name
