"""A page has the still of an app, and not the state of its widgets."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

SPEC = importlib.util.spec_from_file_location("stills", Path(__file__).parent.parent / "book" / "_ext" / "stills.py")
assert SPEC is not None and SPEC.loader is not None
stills = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(stills)

APPS = Path(__file__).parent.parent / "notebooks" / "apps.ipynb"


def test_the_state_goes_and_the_rest_stays() -> None:
    whole = json.loads(APPS.read_text(encoding="utf-8"))
    assert stills.STATE in whole["metadata"]["widgets"], "the notebook keeps no state: opened alone it would be empty"
    left = json.loads(stills.without_state(json.dumps(whole)))
    assert "widgets" not in left["metadata"]
    whole["metadata"].pop("widgets")
    assert left == whole


def test_a_notebook_without_widgets_is_left_as_it_is() -> None:
    text = '{"cells": [], "metadata": {}}  '
    assert stills.without_state(text) is text
