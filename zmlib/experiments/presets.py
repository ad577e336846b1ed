"""How large a run is: the settings of each chapter at each preset, all in `presets.yml`."""

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
    """The settings of one chapter: the preset's defaults with the chapter's own laid over them.

    Raises:
        UserError: there is no such preset, or no such chapter; the sentence lists what there is.
    """
    preset = _ALL[_known(name, "The parameter `preset`")]
    if chapter not in preset["chapters"]:
        raise UserError(
            f'The presets know no chapter "{chapter}": use one of {", ".join(preset["chapters"])}, '
            "or add it to each preset in zmlib/experiments/presets.yml."
        )
    return preset["defaults"] | preset["chapters"][chapter]


def _known(name: str, where: str) -> str:
    if name not in PRESETS:
        raise UserError(f'{where} names no preset with "{name}": use one of {", ".join(PRESETS)}.')
    return name
