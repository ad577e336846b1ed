"""Pictures that need no download: photographs inside our dependencies' wheels, and paintings by the project's painter.

The photographs are content, never styles, and nothing trains on them. Some that the wheels hold are not used: pictures
that are no everyday photographs (a retina, stained cells, galaxies, test patterns), grey ones, and the motorcycle,
whose documentation names no licence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files

from PIL import Image

from zmlib.data.images import open_image


@dataclass(frozen=True)
class Credit:
    """Who made a picture, under which licence, and which package holds it."""

    title: str
    author: str
    licence: str
    package: str
    link: str = ""

    def __str__(self) -> str:
        return f"{self.title}, {self.author}, {self.licence} (in {self.package})"


ASSETS = ("assets/styles/*.jpg",)  # read by zmlib.experiments.dependencies

_MODULES = {"scikit-image": "skimage.data", "scikit-learn": "sklearn.datasets.images"}
_CC_BY = "CC BY 2.0, https://creativecommons.org/licenses/by/2.0/"
_FLICKR = "https://www.flickr.com/photos"

# file in the package's module -> credit as documented in skimage.data and sklearn.datasets
_PHOTOS: dict[str, Credit] = {
    "astronaut.png": Credit("Eileen Collins", "NASA", "public domain", "scikit-image", "https://flic.kr/p/r9qvLn"),
    "chelsea.png": Credit("Chelsea the cat", "Stefan van der Walt", "CC0", "scikit-image"),
    "china.jpg": Credit(
        "Summer Palace, Beijing", "danielbuechele", _CC_BY, "scikit-learn", f"{_FLICKR}/danielbuechele/6061409035/"
    ),
    "coffee.png": Credit("Coffee cup (courtesy of Pikolo Espresso Bar)", "Rachel Michetti", "CC0", "scikit-image"),
    "flower.jpg": Credit("Dahlia", "vultilion", _CC_BY, "scikit-learn", f"{_FLICKR}/vultilion/6056698931/"),
    "rocket.jpg": Credit(
        "Launch of DSCOVR on Falcon 9",
        "SpaceX",
        "public domain",
        "scikit-image",
        f"{_FLICKR}/spacexphotos/16511594820/",
    ),
}


@dataclass(frozen=True)
class Sample:
    """A painting in ``zmlib/assets/styles``: file name without suffix, title, and what the painter is given for it.

    `zmlib.styleset.painter.paint_samples` paints all of them again.
    """

    name: str
    title: str
    manner: str
    scene: str
    seed: int


#: Seeds from here on are kept for these samples; everything that trains takes smaller ones.
RESERVED = 1_000_000

SAMPLES = (
    Sample("birches", "Birches in October", "strokes", "wood", RESERVED + 13),
    Sample("evening", "Evening on the bay", "strokes", "sea", RESERVED + 4),
    Sample("harvest", "Harvest under a blue wind", "strokes", "hills", RESERVED + 11),
    Sample("agate", "Agate", "strokes", "marble", RESERVED + 20),
    Sample("embers", "Hills like embers", "hatching", "hills", RESERVED + 100),
    Sample("anemones", "Anemones in a blue jug", "hatching", "vase", RESERVED + 107),
    Sample("violet", "Violet night", "hatching", "night", RESERVED + 108),
    Sample("regatta", "Regatta under a ringed moon", "hatching", "sea", RESERVED + 115),
    Sample("wave", "The wave", "woodblock", "wave", RESERVED + 216),
    Sample("hilltown", "Town above the river", "woodblock", "town", RESERVED + 214),
    Sample("cypresses", "Cypresses before a red sky", "woodblock", "night", RESERVED + 208),
    Sample("meadow", "Meadow at sunrise", "woodblock", "meadow", RESERVED + 217),
)


class _Shelf(Mapping[str, Image.Image]):
    """Pictures by name, each opened when it is first taken and a fresh copy each time."""

    def __init__(self, openers: dict[str, Callable[[], Image.Image]]) -> None:
        self._openers = openers
        self._opened: dict[str, Image.Image] = {}

    def __getitem__(self, name: str) -> Image.Image:
        if name not in self._opened:
            self._opened[name] = self._openers[name]()
        return self._opened[name].copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._openers)

    def __len__(self) -> int:
        return len(self._openers)

    def __contains__(self, name: object) -> bool:  # Mapping's own would open the picture
        return name in self._openers

    def __repr__(self) -> str:
        return f"<{len(self)} pictures: {', '.join(self)}>"


def _inside(package: str, path: str) -> Callable[[], Image.Image]:
    def opener() -> Image.Image:
        with as_file(files(package) / path) as file:
            return open_image(file)

    return opener


def _name(file: str) -> str:
    return file.partition(".")[0]


def photos() -> Mapping[str, Image.Image]:
    """The sample photographs by name, RGB, opened one by one as they are taken.

    Example:
        >>> photos()["china"].size
        (640, 427)
    """
    return _Shelf({_name(file): _inside(_MODULES[credit.package], file) for file, credit in _PHOTOS.items()})


def styles() -> Mapping[str, Image.Image]:
    """The shipped paintings of `SAMPLES` by name, RGB of 512 x 512 pixels, opened one by one as they are taken."""
    return _Shelf({sample.name: _inside("zmlib", f"assets/styles/{sample.name}.jpg") for sample in SAMPLES})


def photo_credits() -> dict[str, Credit]:
    """Author, licence and origin of each of :func:`photos`."""
    return {_name(file): credit for file, credit in _PHOTOS.items()}


def style_credits() -> dict[str, Credit]:
    """The same for :func:`styles`: all by the project's painter, under the project's licence."""
    return {
        sample.name: Credit(sample.title, f"zmlib's painter ({sample.manner}, seed {sample.seed})", "MIT", "zmlib")
        for sample in SAMPLES
    }
