"""Values as JSON can hold them: text, finite numbers, True, False, None, lists, mappings."""

from __future__ import annotations

import math
from typing import Any

from zmlib.errors import UserError


def plain(value: Any, name: str) -> Any:
    """The same value in plain types, at full precision.

    Scalars and arrays of numpy and torch become numbers and lists, tuples become lists.

    Args:
        value: anything nested.
        name: what the sentence calls it, such as "values".

    Raises:
        UserError: not a number (NaN), infinite, a key that is no text, or another type; the sentence names the key.
    """
    if hasattr(value, "detach"):  # a tensor, also one that wants a gradient or lies on a GPU
        value = value.detach().cpu()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UserError(f"{name} is {value}, which no result can hold: find out why, or keep None for it.")
        return value
    if isinstance(value, (list, tuple)):
        return [plain(member, f"{name}[{i}]") for i, member in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise UserError(f"{name} has the key {key!r}, and keys of a result are text: write {str(key)!r}.")
        return {key: plain(member, f"{name}.{key}") for key, member in value.items()}
    raise UserError(
        f"{name} is a {type(value).__name__}, which no result can hold: keep numbers, text, lists or mappings."
    )
