"""Print the built book as one PDF: the pages of its table of contents, in order, by Chromium.

    python book/scripts/pdf.py [BOOK]       BOOK/_build/html -> BOOK/_build/zmlib.pdf

_static/print.css says what a printed page leaves out, and how large its type is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from chromium import FLAGS, find_chromium
from pdf_merge import Printed, merge

from zmlib.errors import UserError

BOOK = Path(__file__).resolve().parent.parent
SECONDS = 180  # for one page on a busy machine; an idle one needs a few
# Time as the page sees it: it stands still while something is computed or read, and so ends after the last formula.
PRINT = ("--virtual-time-budget=60000", "--no-pdf-header-footer", "--disable-pdf-tagging", "--dump-dom")


def order(toc: Path) -> list[tuple[str, int]]:
    """The pages that a table of contents names, as they are read: (name without suffix, how many pages it is below)."""
    return list(_below(yaml.safe_load(toc.read_text(encoding="utf-8")), 0))


def _below(entry: dict[str, Any], depth: int) -> Iterator[tuple[str, int]]:
    name = entry.get("root") or entry.get("file")
    if name:
        yield re.sub(r"\.(md|ipynb)$", "", name), depth
    inside = depth + (1 if "file" in entry else 0)
    for key in ("parts", "subtrees", "chapters", "sections", "entries"):
        for child in entry.get(key, ()):
            yield from _below(child, inside)


def print_page(chromium: str, page: Path, out: Path) -> None:
    """Write one page of the site as a PDF.

    Raises:
        UserError: Chromium failed, or left formulas as they are written.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:  # Chromium's helpers outlive it a little
        command = [chromium, *FLAGS, *PRINT, f"--user-data-dir={profile}", f"--print-to-pdf={out}", page.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, encoding="utf-8", errors="replace")
        except subprocess.TimeoutExpired:
            raise UserError(
                f"Chromium did not print {page} within {SECONDS} s: try again on a less busy machine."
            ) from None
    if done.returncode or not out.is_file():
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise UserError(f'Chromium could not print {page} and said "{said[-200:]}": see that {chromium} runs here.')
    formulas, typeset = len(re.findall(r'class="math[ "]', done.stdout)), done.stdout.count("<mjx-container")
    if typeset < formulas:
        raise UserError(
            f"{formulas - typeset} formulas of {page} were not typeset: see that {page.parent.name}'s site has "
            "scripts/tex-svg-full.js, which `make book` fetches by npm."
        )


def make(book: Path) -> Path:
    """Print the whole book.

    Returns:
        `_build/zmlib.pdf` in the book's folder. It is there whole or not at all.

    Raises:
        UserError: there is no Chromium, a page has not been built, or one cannot be printed.
    """
    chromium = find_chromium()
    site = book / "_build" / "html"
    pages = order(book / "_toc.yml")
    for name, _ in pages:
        if not (site / f"{name}.html").is_file():
            raise UserError(f"{site / name}.html is missing: build the book first, by `make book`.")
    with tempfile.TemporaryDirectory() as folder:
        printed = [Printed(name, depth, Path(folder) / f"{i}.pdf") for i, (name, depth) in enumerate(pages)]
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            list(pool.map(lambda one: print_page(chromium, site / f"{one.name}.html", one.pdf), printed))
        return merge(printed, site, yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8")))


def main(arguments: list[str]) -> int:
    """0 where the PDF is there, 2 where something is missing, which is then said."""
    try:
        path = make(Path(arguments[0]).resolve() if arguments else BOOK)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The book: {os.path.relpath(path)} ({path.stat().st_size / 2**20:.1f} MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
