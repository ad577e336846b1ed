"""What the first version of the rules gave, as `python -m claims.first` keeps it in `book/first-version.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from zmlib.errors import UserError

FILE = "first-version.json"


@dataclass(frozen=True)
class First:
    """A verdict of the first version.

    Attributes:
        verdict: "reproduced", "holds by construction", "partly", "not reproduced" or "not run".
        reason: one sentence.
        deciding: the number that decided: "time ratio: 1.00 (rule: 0.9 to 1.1)"; or empty.
    """

    verdict: str
    reason: str
    deciding: str


def read(file: Path) -> tuple[str, dict[str, First]]:
    """The commit and the verdicts by id; an empty commit and no verdict where there is no file.

    Raises:
        UserError: it is damaged.
    """
    if not file.is_file():
        return "", {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return str(content["commit"]), {name: First(**entry) for name, entry in content["verdicts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file} cannot be read ({error}): make it anew by python -m claims.first.") from error
