"""Whether a value is of the type that a parameter was declared with, and the names of types in plain words."""

from __future__ import annotations

import types
import typing
from typing import Any

_ONE = {str: "text", int: "a whole number", float: "a number", bool: "True or False", list: "a list", dict: "a mapping"}
_MANY = {str: "texts", int: "whole numbers", float: "numbers", bool: "True or False", list: "lists", dict: "mappings"}


def fits(value: object, kind: Any) -> bool:
    """Whether a value may stand where `kind` was declared.

    kind: str, int, float, bool, list, dict, `list[int]` (also nested), or one of several such as `int | None`. A whole
    number fits float, a tuple fits list; True and False are no numbers.
    """
    if isinstance(kind, types.UnionType):
        return any(fits(value, one) for one in typing.get_args(kind))
    if kind in (None, types.NoneType):
        return value is None
    if typing.get_origin(kind) is list:
        return isinstance(value, (list, tuple)) and all(fits(member, typing.get_args(kind)[0]) for member in value)
    if isinstance(value, bool):
        return kind is bool
    wider = {float: (int, float), list: (list, tuple)}
    return isinstance(value, wider.get(kind, kind))


def words(kind: Any) -> str:
    """A declared type in words: "a whole number", "a list of texts", "text or None"."""
    if isinstance(kind, types.UnionType):
        return " or ".join(words(one) for one in typing.get_args(kind))
    if kind in (None, types.NoneType):
        return "None"
    if typing.get_origin(kind) is list:
        return f"a list of {_plural(typing.get_args(kind)[0])}"
    return _ONE.get(kind, getattr(kind, "__name__", str(kind)))


def _plural(kind: Any) -> str:
    if typing.get_origin(kind) is list:
        return f"lists of {_plural(typing.get_args(kind)[0])}"
    return _MANY.get(kind, words(kind))
