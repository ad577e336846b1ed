"""A folder behind a web server, and a browser that keeps what its console says and every request."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chromium import FLAGS, find_chromium
from processes import running

from zmlib.errors import UserError


@contextmanager
def served(folder: Path, log: Path | None = None) -> Iterator[str]:
    """`python -m http.server` on a free port; gives its address, with a slash at the end.

    log: a file that gets one line for each request.
    """
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with (
        (log or Path(os.devnull)).open("w") as lines,
        running(command, stdout=subprocess.PIPE, stderr=lines) as server,
    ):
        assert server.stdout is not None
        port = re.search(r"port (\d+)", server.stdout.readline())
        assert port is not None, "http.server did not start"
        yield f"http://127.0.0.1:{port[1]}/"


@contextmanager
def started(*more: str, leave_out: str = "") -> Iterator[Any]:
    """Chromium, driven by selenium, with a profile of its own.

    more: flags besides those of `chromium.FLAGS`; leave_out: one of these.

    Raises:
        UserError: selenium, Chromium or its driver is missing.
    """
    try:
        from selenium.webdriver import Chrome, ChromeOptions, ChromeService
    except ImportError as error:
        raise UserError(str(error)) from error
    options = ChromeOptions()
    options.binary_location = find_chromium()
    driver = shutil.which("chromedriver")
    if driver is None:
        raise UserError("no chromedriver on the path: install it (Debian: sudo apt install chromium-driver)")
    with tempfile.TemporaryDirectory(prefix="profile-", ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, *more, f"--user-data-dir={profile}"):
            if flag != leave_out:
                options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        chrome = Chrome(options, ChromeService(driver))
        chrome.set_page_load_timeout(120)
        chrome.set_script_timeout(120)
        try:
            yield chrome
        finally:
            chrome.quit()
