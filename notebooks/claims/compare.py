"""The paper's numbers beside those of the best kept run and of this build: the table at the end of a chapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claims.conditions import look_up
from claims.formatting import escaped, rounded, table_row
from claims.loading import load_claims
from claims.model import PAPER
from zmlib.errors import UserError
from zmlib.experiments.results import Result, read_result
from zmlib.experiments.run import Run

NOTHING = "not measured"


@dataclass(frozen=True, repr=False)
class Comparison:
    """A table that a notebook shows; a terminal shows its Markdown.

    Attributes:
        headings: of the columns; the first is empty.
        rows: cells in Markdown, one for each heading.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        return "\n".join(map(table_row, (self.headings, ["---"] * len(self.headings), *self.rows)))

    def _repr_markdown_(self) -> str:
        return repr(self)


def compare(run: Run, figure: str, also: Mapping[str, str] | None = None) -> Comparison:
    """The values that the claims on a figure look at: in the paper, in the kept run, and in this one.

    The claims are those of the clone's `book/claims.yml`, the kept run is in its `figures/`. A run that writes there,
    as `make figures` does, is the kept one.

    Args:
        run: has kept the figure.
        figure: its name, such as "table1".
        also: further values, path -> name in words: {"values.pairs": "pairs"}.

    Raises:
        UserError: the figure is not kept yet, or the claims or the kept result cannot be read.
    """
    if figure not in run.kept:
        raise UserError(f'{run.chapter} has kept no "{figure}" to compare: run the cell that keeps it first.')
    results = _results(run, figure)
    evidence = [{"values": result.values, "timings": result.timings} for result in results.values()]
    settings = ["{preset}, {device}".format_map(result.provenance) for result in results.values()]
    rows = [("preset and device", "", *settings)]
    seen: set[str] = set()
    heading = "the paper"
    for claim in load_claims(run.root / "book" / "claims.yml").claims if run.root else ():
        if (claim.chapter, claim.figure) == (run.chapter, figure):
            heading = "the paper" if claim.text == PAPER else "the text"
            found = list(_measured(claim.reads, evidence, seen))
            lacking = "" if found or seen & set(claim.reads) else NOTHING
            rows.append((f"**{escaped(claim.says)}**", escaped(claim.paper or "no number"), *[lacking] * len(results)))
            rows += found
    rows += _measured(also or {}, evidence, seen)
    return Comparison(("", heading, *results), tuple(rows))


def _results(run: Run, figure: str) -> dict[str, Result]:
    """By the heading of their column."""
    file = run.root / "figures" / run.chapter / f"{figure}.json" if run.root else None
    if file is None or not file.is_file():
        return {"this build": run.kept[figure]}
    if file.parent.resolve() == run.place.resolve():
        return {"best kept run": run.kept[figure]}
    return {"best kept run": read_result(file), "this build": run.kept[figure]}


def _measured(
    names: Mapping[str, str], evidence: Sequence[Mapping[str, Any]], seen: set[str]
) -> Iterator[tuple[str, ...]]:
    """A row for each value that a result has and no earlier row shows."""
    for path, name in names.items():
        values = [look_up(one, path) for one in evidence]
        if path not in seen and any(value is not None for value in values):
            seen.add(path)
            yield (escaped(name), "", *(NOTHING if value is None else escaped(rounded(value)) for value in values))
