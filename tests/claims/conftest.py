"""Claims from a file made for the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from claim_examples import STANDING
from claims.loading import load_claims
from claims.model import Claims


@pytest.fixture
def claims(tmp_path: Path) -> Callable[..., Claims]:
    """Reads claims given as the file has them: `claims(speed(), quality())`."""

    def read(*entries: Any, standing: Any = STANDING, **more: Any) -> Claims:
        file = tmp_path / "claims.yml"
        file.write_text(yaml.safe_dump({"standing": standing, "claims": list(entries)} | more), encoding="utf8")
        return load_claims(file)

    return read
