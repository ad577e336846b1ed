"""The chapter on real time: what it takes from a `make bench`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from chapters import realtime

from zmlib.errors import UserError
from zmlib.experiments import start

PARAMETERS = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}


def test_times_that_are_kept_name_the_bench_that_they_are_of(clone: Path) -> None:
    run, file = start("realtime", PARAMETERS), clone / "bench" / "bench.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"rows": [{"what": "a pass", "all": [0.0123456, 0.0123444]}]}), encoding="utf-8")
    found = realtime.read(run, str(file))
    assert found["rows"][0]["all"] == [0.01235, 0.01234]
    run.keep("times", None, {}, {"bench": found})
    about = run.kept["times"].provenance["pictures"]["bench/bench.json"]
    assert about["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", ["no JSON", "{}", '{"rows": [{"ms": 1}]}', None])
def test_what_is_no_bench_is_refused_and_not_named(clone: Path, text: str | None) -> None:
    run, file = start("realtime", PARAMETERS), clone / "bench.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="make bench OUT=DIR"):
        realtime.read(run, str(file))
    assert not run.provenance()["pictures"]
