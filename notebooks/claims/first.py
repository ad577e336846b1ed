"""What the first version of the rules gave, on the results of its time: `python -m claims.first` measures it anew.

The commit is the last one that the first version judged. Its own package of claims is run on its own results, from an
export of it in a temporary folder, so that no verdict is copied by hand. `book/first-version.json` holds what it said.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from claims.history import FILE, First
from zmlib.atomic import atomic
from zmlib.errors import UserError

COMMIT = "dbe0a34972cdc41369c7626e922cb80f5825b3b9"
EXPORTED = ("notebooks/claims", "zmlib", ":(exclude)zmlib/assets", ":(glob)figures/*/*.json", "book/claims.yml")
SCRIPT = """\
import json, sys
from pathlib import Path
from claims import load_claims, scorecard
from zmlib.experiments.results import read_results
root = Path(sys.argv[1])
card = scorecard(load_claims(root / "book" / "claims.yml"), read_results(root / "figures"), {})
rows = {row.claim.id: row.verdict for row in card.rows}
print(json.dumps({name: [str(one.outcome), one.reason, one.deciding] for name, one in rows.items()}))
"""


def has_commit(root: Path) -> bool:
    """Whether the clone's history holds the commit; an export without .git has none."""
    call = ["git", "-C", str(root), "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    return (root / ".git").exists() and subprocess.run(call, capture_output=True).returncode == 0


def made(root: Path) -> dict[str, First]:
    """The verdicts by id, from the commit's own code and results.

    root: a clone whose history holds the commit.

    Raises:
        UserError: it does not, or the commit's code does not run.
    """
    if not has_commit(root):
        raise UserError(f"{root} has no commit {COMMIT[:7]}: take a clone of the project with its whole history.")
    export = subprocess.run(["git", "-C", str(root), "archive", COMMIT, *EXPORTED], capture_output=True)
    if export.returncode:
        raise UserError(f"git could not export commit {COMMIT[:7]}: {export.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory() as temporary:
        with tarfile.open(fileobj=io.BytesIO(export.stdout)) as archive:
            archive.extractall(temporary, filter="data")
        places = [temporary, str(Path(temporary) / "notebooks")]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
        call = [sys.executable, "-c", SCRIPT, temporary]
        done = subprocess.run(call, cwd=temporary, env=env, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"The code of commit {COMMIT[:7]} did not run: {done.stderr.strip()[-200:]}")
    return {name: First(*told) for name, told in json.loads(done.stdout).items()}


def write(file: Path, verdicts: Mapping[str, First]) -> None:
    """Write the file, whole or not at all."""
    content = {"commit": COMMIT, "verdicts": {name: asdict(one) for name, one in verdicts.items()}}
    with atomic(file) as beside:
        beside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    clone = Path(__file__).resolve().parents[2]
    write(clone / "book" / FILE, made(clone))
    print(f"{clone / 'book' / FILE} is written.")
