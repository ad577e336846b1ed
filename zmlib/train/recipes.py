"""The named ways to train, all in one place.

The *best* recipes gave the best pictures in the time that two CPU cores have; the *faithful* ones, whose names begin
with `paper`, follow the paper: equation 2, 256 px, batches of 4, its schedules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zmlib.signals.histogram import SIZE
from zmlib.styleset.plan import FULL_TRAIN
from zmlib.tnet import TNetConfig
from zmlib.train.recipe import VIEW, Phase, Recipe

PAPER = TNetConfig()
QUARTER = TNetConfig(width=(16, 32, 64))

STYLES = Recipe(
    "many styles at the paper's width, sized for an evening on two CPU cores",
    config=replace(PAPER, upsampling="bilinear"),
    objective="scale-free",
    content_weight=0.1,
    terms={"lattice": 0.2, "halo": 0.5, "speckle": 0.1},
    # Small crops first: for the same time four times as many styles, and the heads learn from many styles a step.
    phases=(Phase(6_500, size=64, batch=8), Phase(5_500, size=128, batch=4), Phase(1_200, size=192, batch=2)),
    rate=2.5e-4,  # 1e-3 never settles, and 2e-4 was ahead of 4e-4 after three minutes
    recolour=0.25,
    photo_styles=0.05,
    contents=3_000,
    styles=6_000,
    typical="32 pictures a second at 64 px, 8 at 128, 4 at 192 on two cores with bfloat16: an hour and a half",
)

# A learned gamma and beta read no picture, so the target is the whole style, at the size at which it is judged.
KNOWN = replace(
    STYLES,
    terms=STYLES.terms | {"halo": 0.0},
    style_crops="whole",
    style_size=VIEW,
    photo_styles=0.0,
    recolour=0.0,
    rate=1e-3,
    averaging=0.995,
)

# All of these see the same photos in the same order, and have the same steps and loss. They have the same rate and
# sizes too, except AdaIN, whose decoder needs others.
COMPARED = replace(
    STYLES,
    terms=STYLES.terms | {"halo": 0.0},  # whose cost and effect would not be the same for all of them
    config=replace(QUARTER, upsampling="bilinear"),
    phases=(Phase(1_900, size=64, batch=8), Phase(150, size=128, batch=4)),
    # A style picture is one picture, as in the paper: the windows of an augmented set would hide how few styles it has.
    style_crops="fixed",
    style_size=128,  # that of the derived pictures
    photo_styles=0.0,
    recolour=0.0,
    rate=3e-4,
    averaging=0.995,  # 0.999 would still remember the first steps of so short a run
)

# A word asks for one style, and TNet can paint it: it has learned from thousands of pictures. Trained together with
# PNet, from random weights or from a smaller network, it did not keep the photo within an evening.
WORDS = replace(
    STYLES,
    about="section 4.2: words guide the network, a serial PNet",
    source="serial-vector",
    options={"inputs": 2, "hidden": 64, "together": True},
    reads="word",
    start="styles",
    trains="pnet",
    content_weight=0.07,
    terms=STYLES.terms | {"halo": 0.2},
    pictures=30,  # for each word, as in the paper
    style_size=128,
    photo_styles=0.0,
    recolour=0.0,
    phases=(Phase(300, size=64, batch=8), Phase(300, size=128, batch=4)),
    rate=1e-3,
    averaging=0.98,
    contents=2_000,
    styles=900,
)

FAITHFUL = Recipe(
    "",
    objective="paper",
    # Johnson's code has 5, 5, 5 with Gram differences averaged over C^2; in eq. 2's own form that is about 3e-4.
    style_weight=3e-4,
    content_weight=1.0,
    schedule="constant",
    warmup=0,
    clip=None,
    averaging=0.0,
    one_style=True,
    style_crops="whole",
    photo_styles=0.0,
    contents=80_000,
    styles=FULL_TRAIN,
)

# A PNet of pictures that begins with random weights: at a high rate its maps would else grow until float32 ends.
_LEVELLED = {"levelled": True}

RECIPES: dict[str, Recipe] = {
    "styles": STYLES,
    "cin-10": replace(
        KNOWN,
        about="conditional instance normalisation: a learned gamma and beta for each of ten styles",
        source="table",
        pictures=10,
        phases=(Phase(2_000, size=64, batch=8), Phase(850, size=128, batch=4)),
    ),
    "fst": replace(
        KNOWN,
        about="fast style transfer: one network for the one picture in the styles folder",
        source="constant",
        phases=(Phase(1_600, size=64, batch=8), Phase(650, size=128, batch=4)),
    ),
    "styles-10": replace(
        COMPARED, about="a quarter of the cost, to compare: ten styles", options=_LEVELLED, pictures=10
    ),
    "styles-seeds": replace(
        COMPARED, about="a quarter of the cost, to compare: the paintings alone", options=_LEVELLED
    ),
    "styles-expanded": replace(
        COMPARED, about="a quarter of the cost, to compare: the set of zmlib styles build", options=_LEVELLED
    ),
    "styles-10-wide": replace(
        KNOWN,
        about="ten styles at the width, crops and pictures of cin-10, to compare with it",
        options=_LEVELLED,
        pictures=10,
        phases=(Phase(2_000, size=64, batch=8), Phase(850, size=128, batch=4)),
        rate=3e-4,  # of a network that reads pictures
    ),
    "concat": replace(
        COMPARED, about="as styles-expanded, the signal's maps concatenated to the content's", source="concat-image"
    ),
    "parallel": replace(
        COMPARED, about="as styles-expanded, a shallow network for each layer", source="parallel-image"
    ),
    "adain": replace(
        COMPARED,
        about="as styles-expanded, AdaIN's encoder and decoder, and half of the steps at 128 px",
        source="adain-image",
        # At 64 px its features have 8 positions a side, and it learns from their edges what larger pictures lack.
        phases=(Phase(1_000, size=64, batch=8), Phase(1_050, size=128, batch=4)),
        rate=1e-3,
    ),
    "predictor": replace(
        COMPARED, about="as styles-expanded, a style predictor after Ghiasi et al.", source="predictor-image"
    ),
    "words": WORDS,
    "words-parallel": replace(
        WORDS,
        about="the same with a parallel PNet of as many parameters",
        source="parallel-vector",
        options={"inputs": 2, "hidden": 81, "together": True},
    ),
    "words-one": replace(WORDS, about="the same as words with one picture for each word, always that", pictures=1),
    "colours": replace(
        COMPARED,
        about="a colour histogram guides the network, which keeps the photo's forms; --styles are any pictures",
        reads="colours",
        source="serial-vector",
        options={"inputs": SIZE, "hidden": 128},
        objective="colours",
        content_layer="relu2_2",  # other colours should leave outlines where they are, to the pixel
        # Two places alike in the photo should not get different colours (halo), detail is the photo's and not the
        # style's (speckle), and without grain half of the fine detail is not the photo's, chequers among it.
        terms=COMPARED.terms | {"halo": 0.5, "speckle": 0.0, "grain": 0.3},
        style_crops="varied",
        style_size=None,
        recolour=0.5,  # palettes that no photo has
        styles=4_000,
        phases=(Phase(700, size=64, batch=8), Phase(500, size=128, batch=4)),
        rate=4e-4,
    ),
    "paper": replace(
        FAITHFUL,
        about="faithful: equation 2, one style a batch, 160,000 iterations, the rate divided by 10 every 40,000",
        options=_LEVELLED,
        phases=(Phase(160_000),),
        schedule="steps",
    ),
    "paper-10": replace(FAITHFUL, about="faithful: ten styles, 40,000 iterations", options=_LEVELLED, pictures=10),
    "paper-cin": replace(FAITHFUL, about="faithful: CIN on ten styles, 40,000 iterations", source="table", pictures=10),
    "paper-fst": replace(FAITHFUL, about="faithful: FST on one style, 40,000 iterations", source="constant"),
    "smoke": Recipe(
        "proves that training runs: a quarter of the cost a picture, a few steps on the slim loss network",
        config=QUARTER,
        loss_network="slim",
        phases=(Phase(20, size=64, batch=2),),
        warmup=5,
        averaging=0.9,
        contents=16,
        styles=16,
    ),
}


def _long(name: str, *phases: Phase, **changes: Any) -> Recipe:
    """A recipe with other phases: for days instead of an evening."""
    return replace(RECIPES[name], phases=phases, typical="", **{"averaging": 0.999, **changes})


# Half of the steps at each of two sizes: of the evening's, most were at 64 px, and pictures are judged at 256.
_TWO_SIZES = (Phase(6_000, size=64, batch=8), Phase(6_000, size=128, batch=4))
_KNOWN_SIZES = (Phase(3_000, size=64, batch=8), Phase(3_000, size=128, batch=4))

#: the same names, for `zmlib train NAME --length long`; those without a longer form are the same recipe
LONG: dict[str, Recipe] = RECIPES | {
    "styles": _long(
        "styles",
        Phase(20_000, size=128, batch=4),
        Phase(16_000, size=192, batch=3),
        Phase(10_000, size=256, batch=2),
        about="many styles at the paper's width, for days: it continues from existing weights",
        schedule="trapezoid",
        terms=STYLES.terms | {"halo": 0.25},  # the first weights were trained against halos already
        contents=6_000,
        styles=60_000,  # crops: of three folders in turns, so about one of each picture of the set
        style_size=128,  # that of the derived pictures, which would otherwise be enlarged
        rate=2e-4,
    ),
    **{name: _long(name, *_TWO_SIZES) for name in ("styles-10", "styles-seeds")},
    **{  # a crop of each picture of the set: the evening's 6,000 would be of its first 6,000 pictures
        name: _long(name, *_TWO_SIZES, styles=FULL_TRAIN)
        for name in ("styles-expanded", "concat", "parallel", "adain", "predictor")
    },
    **{name: _long(name, *_KNOWN_SIZES) for name in ("cin-10", "fst", "styles-10-wide")},
    "colours": _long("colours", Phase(4_000, size=64, batch=8), Phase(4_000, size=128, batch=4)),
    **{
        name: _long(name, Phase(600, size=64, batch=8), Phase(600, size=128, batch=4), averaging=0.99)
        for name in ("words", "words-parallel", "words-one")
    },
}
