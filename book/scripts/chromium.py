"""Where Chromium is, and how it is started: for printing the book (pdf.py) and for trying its pages (tests/site)."""

from __future__ import annotations

import os
import shutil

from zmlib.errors import UserError

VARIABLE = "ZMLIB_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Without the sandbox, which root and containers cannot have: only pages of our own are opened, and no host is
#: reached but this machine, so that whatever a page would fetch from elsewhere shows as missing.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def find_chromium() -> str:
    """The path of Chromium or of a browser made of it: the one that `$ZMLIB_CHROMIUM` names, or the first on the path.

    Raises:
        UserError: there is none.
    """
    named = os.environ.get(VARIABLE)
    for name in (named,) if named else NAMES:
        found = shutil.which(name)
        if found:
            return found
    if named:
        raise UserError(f"{VARIABLE} names {named}, which is no program: give the path of Chromium or Chrome.")
    raise UserError(
        "This needs Chromium, and there is none on the path: install it (Debian: sudo apt install chromium), "
        f"or give the path of Chromium or Chrome in {VARIABLE}."
    )
