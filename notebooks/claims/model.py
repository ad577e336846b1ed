"""The claims as `book/claims.yml` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from claims.conditions import AnyOf, Condition

Conditions = tuple[Condition | AnyOf, ...]
KINDS = ("measured", "construction")


@dataclass(frozen=True)
class Standing:
    """A rule that applies to many claims.

    Attributes:
        says: the rule in words.
        needs: its conditions.
        otherwise: the verdict without it: "not run", "not reproduced", or "partly", which is then the best possible.
        because: the reason, without a full stop: "the network does not use its signal".
        reads: path of a value -> its name in words.
    """

    name: str
    says: str
    needs: Conditions
    otherwise: str
    because: str
    reads: Mapping[str, str]


@dataclass(frozen=True)
class Scale:
    """What a run needs for a verdict better than "partly".

    Attributes:
        presets: one of these; empty: any.
        needs: conditions.
    """

    presets: tuple[str, ...] = ()
    needs: Conditions = ()


@dataclass(frozen=True)
class Claim:
    """One statement of the paper that can be checked.

    Attributes:
        where: its place in the paper.
        says: the statement.
        paper: the paper's numbers, empty where it gives none.
        measure: what is measured here.
        rule: when it counts as reproduced, in words.
        chapter, figure: the result that carries it.
        construction: it holds by construction, and the result shows that it does.
        requires: the names of the standing rules that apply.
        reads: path -> name in words, of every value that the claim looks at or shows.
        reproduced, partly: the conditions for either verdict; an empty `partly` rules that verdict out.
        scale: None where any scale is enough.
        note: a further sentence for the reader, or empty.
    """

    id: str
    where: str
    says: str
    measure: str
    rule: str
    chapter: str
    figure: str
    construction: bool
    requires: tuple[str, ...]
    reads: Mapping[str, str]
    reproduced: Conditions
    partly: Conditions = ()
    scale: Scale | None = None
    paper: str = ""
    note: str = ""

    @property
    def result(self) -> str:
        """The name of the result that carries it: "table1/table1"."""
        return f"{self.chapter}/{self.figure}"


@dataclass(frozen=True)
class Claims:
    """All claims, in the order of the file, with the standing rules by name."""

    standing: Mapping[str, Standing]
    claims: tuple[Claim, ...]
