"""The claims as `book/claims.yml` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from claims.conditions import AnyOf, Condition

Conditions = tuple[Condition | AnyOf, ...]
KINDS = ("measured", "construction")
EACH = ("signal", "networks")  # the lists of networks of a claim that a standing rule can go through
NONE = "none"  # of a claim's `first`: the first version had no such row
PAPER = "paper"  # the text that a claim is of where it names none


@dataclass(frozen=True)
class Standing:
    """A rule that applies to many claims.

    Attributes:
        says: the rule in words.
        otherwise: the verdict without it: "undecided", "not reproduced", or "partly", which is then the best possible.
        because: the reason, without a full stop: "the network does not use its signal".
        needs: its conditions; {network} and {same} in a path stand for a network's name and for the claim's `same`.
        reads: path of a value -> its name in words.
        result: the one that it reads, such as "evidence/signals"; empty: that of the claim.
        each: which of the claim's lists of networks it goes through, one of `EACH`; empty: none.
        own: it also holds the claim to its own conditions under `enough`.
        intervals: instead of `needs`: every number that a rule compares has an interval, unless its condition is plain.
    """

    name: str
    says: str
    otherwise: str
    because: str
    needs: Conditions = ()
    reads: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    each: str = ""
    own: bool = False
    intervals: bool = False


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
class Change:
    """A rule that was changed after numbers of it had been seen.

    Attributes:
        on: the day, "2026-11-30".
        because: what changed and why, a sentence with its full stop.
        claims: the ids that it touched; empty in the list of a claim itself.
        commits: those in which it can be read.
    """

    on: str
    because: str
    claims: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Every:
    """All networks whose name begins alike, of which the evidence must have as many as the claim's result used.

    Attributes:
        begins: "fst-unseen-".
        count: path of how many there are in the claim's result: "values.unseen.styles".
    """

    begins: str
    count: str

    def __str__(self) -> str:
        return f"{self.begins}*"


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, or of one of the other texts, that can be checked.

    Attributes:
        text: the text that it is from, `PAPER` or one of `Claims.texts`.
        where: its place in that text.
        says: the statement.
        paper: the paper's numbers, empty where it gives none.
        measure: what is measured here.
        rule: when it counts as reproduced, in words.
        chapter, figure: the result that carries it.
        construction: it holds by construction, and the result shows that it does.
        requires: the names of the standing rules that apply.
        reads: path -> name in words, of every value that the claim looks at or shows.
        reproduced, partly: the conditions for either verdict; an empty `partly` rules that verdict out. The first of
            `reproduced` is on the primary number.
        enough: conditions on how much was measured, for the standing rule "enough".
        scale: None where any scale is enough.
        networks, signal: the networks that it compares, and those whose signal test counts. A name that begins with
            "values." is read from the claim's result.
        same: the path that says whether both sides had the same setting.
        unit: what n counts in an interval: "pairs", "seeds", "repetitions".
        told: what its row says instead of "reproduced", or empty.
        note: a further sentence for the reader, or empty.
        changed: what was changed after numbers had been seen, oldest first.
        first: the id of its row in the first version of the rules, or `NONE`; empty: the same id.
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
    enough: Conditions = ()
    scale: Scale | None = None
    networks: tuple[str | Every, ...] = ()
    signal: tuple[str | Every, ...] = ()
    same: str = "values.same"
    unit: str = "pairs"
    told: str = ""
    paper: str = ""
    note: str = ""
    changed: tuple[Change, ...] = ()
    first: str = ""
    text: str = PAPER

    @property
    def result(self) -> str:
        """The name of the result that carries it: "table1/table1"."""
        return f"{self.chapter}/{self.figure}"

    @property
    def before(self) -> str:
        """The id of its row in the first version of the rules, or `NONE`."""
        return self.first or self.id


@dataclass(frozen=True)
class Claims:
    """All claims, in the order of the file, with the standing rules by name and the changes that touch several.

    texts: the titles, by name, of the texts beside the paper.
    """

    standing: Mapping[str, Standing]
    claims: tuple[Claim, ...]
    changes: tuple[Change, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
