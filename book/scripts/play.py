"""Write what the page that paints loads: the networks for a browser, the sample pictures, and their descriptions.

    python book/scripts/play.py FOLDER

The folder appears whole or not at all. The network's files are checked against torch before they are kept.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zmlib
from zmlib.data import samples
from zmlib.data.images import centre_square, resize_short, save_image
from zmlib.export import write_onnx
from zmlib.signals.words import CHOSEN, TRAINED, known_words
from zmlib.stylize import STYLE_SIZE
from zmlib.weights import weights_hash
from zmlib.zmnet import ZMNet

sys.path.insert(0, str(Path(__file__).parents[2] / "notebooks"))

from chapters.words import WORDS  # noqa: E402

SIDE = 512  # the short side of the sample photos, and the largest that the page offers
THUMB = 96
EXTENT = (-2.2, -1.8, 2.0, 1.3)  # of the plane of words that the page shows: x, y from and to
LABEL = (0.115, 0.17)  # of a word on it: width of a letter and height, at the map's smallest size


def write(folder: Path, names: Sequence[str] = ("styles", "words")) -> None:
    """Empty the folder and fill it.

    names: of weights, a network that reads pictures and one that reads words, with one TNet.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".play-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        reader, worded = (zmlib.load(name) for name in names)
        _networks(reader, worded, made, Path(temporary))
        about = {
            "norms": [norm._asdict() for norm in reader.config.spec],
            "style_size": STYLE_SIZE,
            "weights": {name: weights_hash(net) for name, net in zip(names, (reader, worded), strict=True)},
            "photos": _pictures(made / "photos", samples.photos(), samples.photo_credits()),
            "styles": _pictures(made / "styles", samples.styles(), samples.style_credits()),
            "words": {"extent": EXTENT, "trained": TRAINED, "shown": shown(), "all": "words.json"},
        }
        (made / "model.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
        places = {word: [round(x, 4), round(y, 4)] for word, (x, y) in known_words().items()}
        (made / "words.json").write_text(json.dumps(places, separators=(",", ":")), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        made.replace(folder)


def _networks(reader: ZMNet, worded: ZMNet, made: Path, beside: Path) -> None:
    """tnet.onnx, pnet.onnx and words.onnx, weights in float16."""
    if worded.card.get("tnet") is None:
        raise ValueError("the network of words has a TNet of its own, and the page loads one TNet for both")
    write_onnx(reader, made, float16=True)
    write_onnx(worded, beside / "words", float16=True)
    (beside / "words" / "pnet.onnx").replace(made / "words.onnx")


def _pictures(folder: Path, shelf: Any, credits: Any) -> list[dict[str, str]]:
    """Each picture and a thumbnail of its middle; names, titles and credits."""
    folder.mkdir()
    for name, picture in shelf.items():
        save_image(resize_short(picture, SIDE), folder / f"{name}.jpg", quality=88)
        save_image(centre_square(picture, THUMB), folder / f"{name}-small.jpg", quality=80)
    return [{"name": name, "title": credits[name].title, "credit": str(credits[name])} for name in shelf]


def shown() -> list[dict[str, Any]]:
    """Words for the map: those of Figure 10, then such of the book's vocabulary as have room for their label."""
    table, kept = known_words(), list[dict[str, Any]]()
    for word in (*TRAINED, *CHOSEN, *WORDS):
        if word not in table or any(one["word"] == word for one in kept):
            continue
        x, y = table[word]
        room = (EXTENT[0] + 0.1 < x < EXTENT[2] - LABEL[0] * len(word)) and EXTENT[1] + 0.1 < y < EXTENT[3] - 0.1
        if word in CHOSEN or (room and not any(_overlap(word, x, y, one) for one in kept)):
            kept.append({"word": word, "x": round(x, 4), "y": round(y, 4)})
    return kept


def _overlap(word: str, x: float, y: float, other: dict[str, Any]) -> bool:
    """Whether two labels, which begin at their words' places, lie over each other."""
    left, right = max(x, other["x"]), min(x + LABEL[0] * len(word), other["x"] + LABEL[0] * len(other["word"]))
    return left < right + LABEL[0] and abs(y - other["y"]) < LABEL[1]


def main(arguments: list[str]) -> int:
    """0 when written, 2 for a wrong call."""
    if len(arguments) != 1:
        print("usage: python book/scripts/play.py FOLDER", file=sys.stderr)
        return 2
    write(Path(arguments[0]))
    print(f"{sum(file.stat().st_size for file in Path(arguments[0]).glob('*.onnx')) / 1e6:.2f} MB of networks")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
