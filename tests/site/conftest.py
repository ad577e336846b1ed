"""The built site behind a web server, and a browser that reaches no other machine; skips where either is missing.

What uses the browser is marked `browser`, so that `make test` leaves it to `make test-site`.

ZMLIB_BROWSER=required   makes the skip a failure, as a hosted check wants it
ZMLIB_BOOK, ZMLIB_SHOTS  other folders, see visit.py and test_site.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import chromium
import pytest
from serving import served, started
from visit import BOOK

from zmlib.errors import UserError


def _lacking(what: str) -> NoReturn:
    if os.environ.get("ZMLIB_BROWSER") == "required":
        pytest.fail(f"ZMLIB_BROWSER=required, and the site cannot be tried: {what}", pytrace=False)
    pytest.skip(what)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def top(browser: Any) -> Iterator[str]:
    """The address of the site, served from its own folder."""
    with served(BOOK / "_build" / "html") as address:
        yield address


@pytest.fixture(scope="session")
def below(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, served from a path below the server's, as project pages on a forge are."""
    root = tmp_path_factory.mktemp("served")
    (root / "user").mkdir()
    (root / "user" / "zmlib").symlink_to(BOOK / "_build" / "html", target_is_directory=True)
    with served(root) as address:
        yield f"{address}user/zmlib/"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which finds what keeps people from reading a page; npm fetches it for the book."""
    script = Path(chromium.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        _lacking("no axe-core in book/scripts: `make book` fetches it, by npm")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by selenium; it keeps what its console says and every request."""
    if not (BOOK / "_build" / "html" / "index.html").is_file():
        _lacking(f"{BOOK.name}/_build/html is not built: `make book` builds it")
    with ExitStack() as stack:
        try:
            chrome = stack.enter_context(started())
        except UserError as error:
            _lacking(str(error))
        yield chrome
