"""The built site behind a web server, and a browser that reaches no other machine; skips where either is missing.

ZMLIB_BROWSER=required   makes the skip a failure, as a hosted check wants it
ZMLIB_BOOK, ZMLIB_SHOTS  other folders, see visit.py and test_site.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from chromium import FLAGS, find_chromium
from visit import BOOK

from zmlib.errors import UserError


def _lacking(what: str) -> NoReturn:
    if os.environ.get("ZMLIB_BROWSER") == "required":
        pytest.fail(f"ZMLIB_BROWSER=required, and the site cannot be tried: {what}", pytrace=False)
    pytest.skip(what)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """`python -m http.server` on a free port; gives its address, with a slash at the end."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            port = re.search(r"port (\d+)", server.stdout.readline())
            assert port is not None, "http.server did not start"
            yield f"http://127.0.0.1:{port[1]}/"
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def top(browser: Any) -> Iterator[str]:
    """The address of the site, served from its own folder."""
    with _served(BOOK / "_build" / "html") as address:
        yield address


@pytest.fixture(scope="session")
def below(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, served from a path below the server's, as project pages on a forge are."""
    root = tmp_path_factory.mktemp("served")
    (root / "user").mkdir()
    (root / "user" / "zmlib").symlink_to(BOOK / "_build" / "html", target_is_directory=True)
    with _served(root) as address:
        yield f"{address}user/zmlib/"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium, driven by selenium; it keeps what its console says and every request."""
    if not (BOOK / "_build" / "html" / "index.html").is_file():
        _lacking(f"{BOOK.name}/_build/html is not built: `make book` builds it")
    try:
        from selenium.webdriver import Chrome, ChromeOptions, ChromeService

        program = find_chromium()
    except (ImportError, UserError) as error:
        _lacking(str(error))
    driver = shutil.which("chromedriver")
    if driver is None:
        _lacking("no chromedriver on the path: install it (Debian: sudo apt install chromium-driver)")
    options = ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options, ChromeService(driver))
    chrome.set_page_load_timeout(120)
    chrome.set_script_timeout(120)
    yield chrome
    chrome.quit()
