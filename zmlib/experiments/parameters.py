"""The check in the cell after a notebook's `parameters`: names, types, folders, device and preset.

Papermill sets an unknown parameter as a global variable and only warns, so it would ignore a misspelt one. Here that is
an error, as is a value of the wrong type, before anything is computed.
"""

from __future__ import annotations

import random
import types
import typing
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from zmlib.errors import UserError
from zmlib.experiments.paths import find_root, folder_of, results_folder
from zmlib.experiments.presets import default_preset, load_preset
from zmlib.experiments.run import Run

#: what every notebook's parameters cell begins with
COMMON: dict[str, Any] = {"preset": str | None, "seed": int, "device": str, "contents": str, "styles": str}

_PLAIN = (str, int, float, bool, type(None), list, dict)  # what papermill can inject
_IPYTHON = {"In", "Out", "exit", "quit", "get_ipython"}


def start(chapter: str, namespace: Mapping[str, Any], **own: Any) -> Run:
    """Check a notebook's parameters and begin its run.

    The parameters cell defines `preset = None`, `seed = 0`, `device = "auto"`, `contents = ""`, `styles = ""` and the
    notebook's own parameters. Between it and the call there may be imports and nothing else::

        run = start("fig7", globals(), model=str, size=int | None, groups=list[list[int]])

    The generators of Python, numpy and torch are seeded here.

    Args:
        chapter: the notebook's name without suffix, as in `presets.yml`.
        namespace: `globals()`.
        own: the type of each parameter beyond the common five, see `fits`. A parameter with the name of a setting of
            the preset replaces that setting, unless it is None.

    Raises:
        UserError: a name that is no parameter, a parameter that is missing or of the wrong type, a folder that is
            missing or holds no picture, a device that is not here, an unknown preset or chapter.

    Example:
        >>> from zmlib.experiments import start
        >>> cell = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": "", "model": "styles"}
        >>> run = start("fig7", cell, model=str)  # a notebook hands over globals()
        >>> run.size, run.loss_network
        (64, 'slim')
        >>> [photo.size for photo in run.photos(2).values()]
        [(512, 512), (600, 400)]
    """
    kinds = COMMON | own
    if not any(isinstance(value, Run) for value in namespace.values()):  # run again by hand: later cells left variables
        _check_names(chapter, namespace, kinds)
    for name, kind in kinds.items():
        _check_value(chapter, namespace, name, kind)
    given = {name: namespace[name] for name in kinds}
    if not 0 <= given["seed"] < 2**32:
        raise UserError(f"The parameter `seed` of {chapter} must be from 0 to {2**32 - 1}, and it is {given['seed']}.")
    preset = default_preset() if given["preset"] is None else given["preset"]
    settings = load_preset(preset, chapter)
    settings |= {name: given[name] for name in own if name in settings and given[name] is not None}
    root = find_root()
    folders = {name: folder_of(name, given[name], root) for name in ("contents", "styles")}
    place = results_folder(root) / chapter
    device = _device(given["device"])
    _seed(given["seed"])
    _full_precision()
    return Run(
        chapter=chapter,
        preset=preset,
        settings=settings,
        seed=given["seed"],
        device=device,
        parameters={name: given[name] for name in own},
        folders=folders,
        root=root,
        place=place,
    )


def _check_names(chapter: str, namespace: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    for name, value in namespace.items():
        if name in kinds or name.startswith("_") or name in _IPYTHON or not isinstance(value, _PLAIN):
            continue
        near = get_close_matches(name, kinds, n=1)
        instead = f"did you mean `{near[0]}`?" if near else f"its parameters are {', '.join(kinds)}."
        raise UserError(f"{chapter} has no parameter `{name}`: {instead}")


def _check_value(chapter: str, namespace: Mapping[str, Any], name: str, kind: Any) -> None:
    if name not in namespace:
        raise UserError(f"The parameters cell of {chapter} lacks `{name}` ({words(kind)}): add it there.")
    if not fits(namespace[name], kind):
        raise UserError(
            f"The parameter `{name}` of {chapter} must be {words(kind)}, and it is {namespace[name]!r:.60}."
        )


def _device(name: str) -> str:
    if name == "cpu":
        return name
    if name not in ("auto", "cuda"):
        raise UserError(f'The parameter `device` must be "auto", "cpu" or "cuda", and it is "{name}".')
    from zmlib.device import choose_device

    return str(choose_device(name))


def _full_precision() -> None:
    """Compute in float32, so that pictures and numbers are the same on every machine."""
    import torch

    from zmlib import fast

    fast.use(torch.float32)


def _seed(seed: int) -> None:
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


_ONE = {str: "text", int: "a whole number", float: "a number", bool: "True or False", list: "a list", dict: "a mapping"}
_MANY = {str: "texts", int: "whole numbers", float: "numbers", bool: "True or False", list: "lists", dict: "mappings"}


def fits(value: object, kind: Any) -> bool:
    """Whether a value may stand where `kind` was declared.

    kind: str, int, float, bool, list, dict, `list[int]` (also nested), or a choice such as `int | None`. A whole number
    fits float, a tuple fits list; True and False are not numbers.
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
