"""The pictures of the blind choice on their shelf, unnamed, and what a reader of the page may choose between."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from chapters.blind import GIVEN, LABELS, Pair, hashed, webp
from chapters.frames import HASH, Shelf, credited, keep_frames
from zmlib.data import samples
from zmlib.data.images import to_image
from zmlib.experiments.run import Run

# How many of a reader's twenty choices are of each kind: on a painting that the networks know (or not), two methods.
# AdaIN lost every one of our own choices, so that it comes seldom.
DRAWS = {
    (False, "zmnet", "ost"): 7,
    (False, "zmnet", "adain"): 1,
    (False, "adain", "ost"): 1,
    (True, "zmnet", "ost"): 2,
    (True, "zmnet", "fst"): 2,
    (True, "zmnet", "cin"): 2,
    (True, "ost", "fst"): 1,
    (True, "ost", "cin"): 1,
    (True, "fst", "cin"): 1,
    (True, "adain", "fst"): 1,
    (True, "adain", "cin"): 1,
}
KEY = "key.json"  # picture -> method; the page asks for it at the end
CREDITS = {  # of the two known paintings: file without suffix -> title, painter, year
    "GlebSBrykin_1": ("Starry Night Over the Rhône", "Vincent van Gogh", 1888),
    "artquiz_178": ("The Ant Hill", "Marianne von Werefkin", 1916),
}


def bouts(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Every choice between two methods on one pair: the pair's names, its two pictures, and what kind of choice it is.

    Of one "kind" are the choices between the same two methods on paintings that are all known, or all unseen.
    """
    found = []
    for pair in pairs:
        for two in combinations(pair.methods, 2):
            files = sorted(hashed(pair.encoded[method]) for method in two)  # an order that says nothing
            kind = (pair.known is not None, *two)
            found.append({"photo": pair.photo, "painting": pair.painting, "pictures": files, "kind": kind})
    return found


def shelve(run: Run, pairs: Sequence[Pair]) -> Shelf:
    """Keep what the page shows, also in `figures/`, and beside it `key.json`, which says what made each picture."""
    with keep_frames(run, always=True) as shelf:
        for which in ("photo", "painting"):
            own = {getattr(one, which): one.content if which == "photo" else one.style for one in pairs}
            files = {name: webp(to_image(picture.cpu()), GIVEN) for name, picture in own.items()}
            shelf.data[f"{which}s"] = {name: _put(shelf, content) | _about(name) for name, content in files.items()}
        key = {}
        for pair in pairs:
            for method, content in pair.encoded.items():
                key[_put(shelf, content)["file"]] = method
        shelf.data["size"] = run.size
        shelf.data["kinds"] = _kinds(pairs, run.seed)
        shelf.data["pool"] = hashlib.sha256("".join(sorted(key)).encode()).hexdigest()[:HASH]
        shelf.data["credits"] = credits(pairs)
        shelf.files = dict(sorted(shelf.files.items()))  # so that their order says nothing either
        text = json.dumps({"labels": LABELS, "pictures": dict(sorted(key.items()))}, separators=(",", ":"))
        (shelf.folder / KEY).write_text(text + "\n", encoding="utf-8")
    return shelf


def _put(shelf: Shelf, content: bytes) -> dict[str, Any]:
    """Write a picture under its hash, once however many bouts show it; what the page needs to know of it."""
    file = hashed(content)
    (shelf.folder / file).write_bytes(content)
    shelf.sizes[file], shelf.files[file] = len(content), file.partition(".")[0]
    return {"file": file}


def _kinds(pairs: Sequence[Pair], seed: int) -> list[dict[str, Any]]:
    """The bouts by kind, each with the number that a reader sees, in an order that says nothing."""
    found = []
    for kind, draw in DRAWS.items():
        own = [{k: v for k, v in bout.items() if k != "kind"} for bout in bouts(pairs) if bout["kind"] == kind]
        if own:
            found.append({"draw": draw, "bouts": own})
    random.Random(seed).shuffle(found)
    return found


def _about(name: str) -> dict[str, str]:
    """The title of a picture, where it has one."""
    if name in CREDITS:
        title, painter, year = CREDITS[name]
        return {"title": f"{title} ({painter}, {year})"}
    every = samples.photo_credits() | samples.style_credits()
    return {"title": every[name].title if name in every else name}


def credits(pairs: Sequence[Pair]) -> dict[str, list[Any]]:
    """What the page prints below: `credited` of the samples, and the two paintings in the public domain."""
    found = credited([pair.photo for pair in pairs], [pair.painting for pair in pairs])
    known = dict.fromkeys(pair.painting for pair in pairs if pair.painting in CREDITS)
    own = [f"{painter}, {title}, {year}, public domain" for title, painter, year in (CREDITS[name] for name in known)]
    return found | {"paintings": [*found["paintings"], *own]}
