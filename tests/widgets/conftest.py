"""Apps that are taken away after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmlib
from zmlib.widgets.app import App


@pytest.fixture(scope="session")
def net() -> zmlib.ZMNet:
    return zmlib.load("styles")


@pytest.fixture
def opened() -> Iterator[Callable[[App], Any]]:
    """Notes an app, so that it is closed when the test is over."""
    apps: list[App] = []

    def note(app: App) -> App:
        apps.append(app)
        return app

    yield note
    for app in apps:
        app.close()
        app.worker.join(10)
