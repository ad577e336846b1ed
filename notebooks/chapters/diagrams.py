"""The paper's Figures 2 and 3, redrawn as SVG in the text's own colour, so that they are right on light and dark pages.

The sizes are those in the paper's figures: reflection padding by 40 makes 336 of 256 pixels, and each of the five
residual blocks, which have no padding, takes 4. What is trained has a solid outline, what is fixed a dashed one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

PAPER = "https://arxiv.org/pdf/1703.07255"
SIZES = (336, 168, 84, 80, 76, 72, 68, 64, 128, 256, 256)  # of TNet's maps after each convolution or block, in pixels
GROUPS = ((0, 3, "3 convolutions"), (3, 8, "5 residual blocks"), (8, 10, "up-sampling"), (10, 11, "RGB"))
GAMMA, BETA = "#d9a300", "#3d7fd6"  # yellow and blue, as in the paper
STEP, BAR = 37, 15  # pixels: from map to map, and a map's width


@dataclass
class Drawing:
    """An SVG that grows part by part; every colour but two is the text's.

    Attributes:
        name: of its identifiers. title, about: what it is and shows, for those who do not see it.
        width, height: in pixels, to which all positions refer.
    """

    name: str
    title: str
    about: str
    width: int
    height: int
    parts: list[str] = field(default_factory=list, init=False)

    def text(self, x: float, y: float, words: str, size: int = 13, anchor: str = "middle", quiet: bool = False) -> None:
        """One line. `X_c` ends in an index, c."""
        first, *rest = words.split("_")
        spans = escape(first)
        for one in rest:
            spans += (
                f'<tspan dy="4" font-size="{size - 3}">{escape(one[0])}</tspan><tspan dy="-4">{escape(one[1:])}</tspan>'
            )
        fade = ' opacity="0.75"' if quiet else ""
        place = f'x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"'
        self.parts.append(f'<text {place} fill="currentColor"{fade}>{spans}</text>')

    def box(self, x: float, y: float, width: float, height: float, fixed: bool = False, tint: str = "") -> None:
        """A rectangle: trained, or with `fixed` dashed and empty; or filled with a tint."""
        fill = (
            f'fill="{tint}" fill-opacity="0.75"'
            if tint
            else f'fill="currentColor" fill-opacity="{0 if fixed else 0.12:g}"'
        )
        dashes = ' stroke-dasharray="5 4"' if fixed else ""
        shape = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2"'
        self.parts.append(f'<rect {shape} {fill} stroke="currentColor" stroke-width="1.3"{dashes}/>')

    def picture(self, x: float, y: float, name: str, below: str) -> None:
        """A picture about (x, y): a sheet with a hill and a sun, its name in it and what it is below."""
        self.box(x - 20, y - 20, 40, 40, tint="none")
        self.parts.append(
            f'<path d="M{x - 20:g} {y + 20:g}l12 -13 9 8 6 -6 13 11" fill="none" stroke="currentColor" opacity="0.5"/>'
        )
        self.text(x, y + 1, name, 15)
        self.text(x, y + 36, below, 12)

    def arrow(self, *points: tuple[float, float]) -> None:
        """A line through points, with a head at its end."""
        way = "L".join(f"{x:g} {y:g}" for x, y in points)
        head = f'marker-end="url(#{self.name}-head)"'
        self.parts.append(f'<path d="M{way}" fill="none" stroke="currentColor" stroke-width="1.2" {head}/>')

    def svg(self) -> str:
        """The whole drawing."""
        marker = (
            f'<marker id="{self.name}-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker>'
        )
        labels = f'aria-labelledby="{self.name}-title {self.name}-about"'
        head = f'<title id="{self.name}-title">{escape(self.title)}</title>'
        head += f'<desc id="{self.name}-about">{escape(self.about)}</desc>'
        look = (
            f'style="display:block;width:100%;min-width:{0.66 * self.width:.0f}px;max-width:{1.15 * self.width:.0f}px"'
        )
        frame = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img"'
        inside = f"{head}<defs>{marker}</defs>{''.join(self.parts)}"
        return f'<svg {frame} {labels} {look} font-family="system-ui, sans-serif">{inside}</svg>'


@dataclass(frozen=True)
class Figure:
    """Drawings beside each other, or below where there is no room, and a caption; a notebook shows it as HTML."""

    drawings: Sequence[Drawing]
    caption: str

    def _repr_html_(self) -> str:
        each = "".join(
            f'<div class="zmlib-scrolls" style="flex:1 1 25rem;overflow-x:auto">{one.svg()}</div>'
            for one in self.drawings
        )
        row = f'<div style="display:flex;flex-wrap:wrap;gap:1rem">{each}</div>'
        caption = f'{self.caption} <a href="{PAPER}">The paper with its own figure</a>.'
        return f'<figure class="zmlib-diagram">{row}<figcaption>{caption}</figcaption></figure>'

    def __repr__(self) -> str:
        return "; ".join(one.title for one in self.drawings)


def high(size: int) -> float:
    """How high a map of so many pixels is drawn."""
    return 12 + size * 0.17


def maps(drawing: Drawing, x: float, y: float, sizes: Sequence[int], numbers: bool = True) -> list[float]:
    """A row of maps about y, from x on, with arrows between and their sizes below; the middle of each."""
    middles = [x + i * STEP for i in range(len(sizes))]
    for i, (middle, size) in enumerate(zip(middles, sizes, strict=True)):
        drawing.box(middle - BAR / 2, y - high(size) / 2, BAR, high(size))
        if i:
            drawing.arrow((middles[i - 1] + BAR / 2, y), (middle - BAR / 2, y))
        if numbers:
            drawing.text(middle, y + 50, str(size), 12)
    return middles


def figure_2() -> Figure:
    """A transformation network for one style, and the fixed loss network that trains it."""
    about = (
        "The content image, 256 pixels, goes through the transformation network: maps of 336, 168 and 84 pixels after "
        "three convolutions, 80 to 64 after five residual blocks, 128 and 256 after up-sampling, and the output of "
        "256. All of it is trained. The output, the content image and the style image go into the fixed loss "
        "network, whose layers give the content loss and the style loss."
    )
    drawing = Drawing("zm-fig2", "A transformation network with a fixed loss network", about, 560, 360)
    drawing.text(12, 22, "transformation network T, trained: one network, one style", 14, "start")
    drawing.picture(34, 90, "X_c", "content")
    middles = maps(drawing, 85, 90, SIZES)
    drawing.arrow((54, 90), (middles[0] - BAR / 2, 90))
    drawing.text(34, 150, "256", 12)
    for first, last, words in GROUPS[:3]:
        at = (middles[first] + middles[last - 1]) / 2
        drawing.text(at, 162, words, 12, quiet=True)
    drawing.picture(518, 90, "Y", "output")
    drawing.arrow((middles[-1] + BAR / 2, 90), (498, 90))
    drawing.picture(34, 262, "X_s", "style")
    drawing.box(110, 205, 290, 92, fixed=True)
    drawing.text(255, 226, "loss network φ, fixed (VGG-16)", 14)
    for i in range(5):
        side = 44 - 5 * i
        drawing.box(140 + 50 * i, 262 - side / 2, 22, side, fixed=True)
        if i:
            drawing.arrow((112 + 50 * i, 262), (140 + 50 * i, 262))
    drawing.arrow((54, 262), (110, 262))
    drawing.arrow((34, 158), (34, 190), (90, 190), (90, 228), (110, 228))
    drawing.arrow((518, 134), (518, 190), (430, 190), (430, 222), (400, 222))
    drawing.arrow((400, 250), (438, 250))
    drawing.arrow((400, 280), (438, 280))
    drawing.text(442, 254, "content loss L_c", 13, "start")
    drawing.text(442, 284, "style loss L_s", 13, "start")
    legend(drawing, 335, gamma=False)
    words = (
        "The paper’s Figure 2, redrawn: a network that transforms pictures (above), and the loss network, which only "
        "training needs. The numbers are pixels of a side; reflection padding by 40 makes 336 of 256."
    )
    return Figure([drawing], words)


def legend(drawing: Drawing, y: float, gamma: bool = True) -> None:
    """What the outlines and colours say, in a line at y."""
    drawing.box(14, y - 11, 16, 14)
    drawing.text(36, y, "trained", 12, "start")
    drawing.box(96, y - 11, 16, 14, fixed=True)
    drawing.text(118, y, "fixed", 12, "start")
    if gamma:
        drawing.box(170, y - 11, 14, 14, tint=GAMMA)
        drawing.text(190, y, "γ", 13, "start")
        drawing.box(212, y - 11, 14, 14, tint=BETA)
        drawing.text(232, y, "β of a layer’s normalisation, DIN", 12, "start")


def guided(drawing: Drawing, from_y: float, to_y: float) -> None:
    """Between a PNet above and the TNet below: gamma and beta of each of the nine layers, and TNet itself."""
    sizes = SIZES[:8] + SIZES[9:]  # the two convolutions that up-sample are one layer here
    middles = maps(drawing, 85, to_y, sizes)
    for middle, size in zip(middles[:9], sizes, strict=False):
        top = from_y + 22
        drawing.arrow((middle, from_y), (middle, top))
        drawing.box(middle - 14, top, 14, 14, tint=GAMMA)
        drawing.box(middle, top, 14, 14, tint=BETA)
        drawing.arrow((middle, top + 14), (middle, to_y - high(size) / 2))
    drawing.picture(34, to_y, "X_c", "content")
    drawing.arrow((54, to_y), (middles[0] - BAR / 2, to_y))
    drawing.picture(470, to_y, "Y", "output")
    drawing.arrow((middles[-1] + BAR / 2, to_y), (450, to_y))
    drawing.text(middles[4], to_y + 70, "TNet, trained; layers 1 to 9 have DIN", 13)
    drawing.box(290, to_y + 88, 196, 26, fixed=True)
    drawing.text(388, to_y + 105, "loss network φ, as in Figure 2", 12)
    drawing.arrow((470, to_y + 42), (470, to_y + 88))


def figure_3() -> Figure:
    """ZM-Net with a serial and with a parallel PNet."""
    nine = SIZES[:8] + SIZES[9:10]
    about = "The content image goes through TNet to the output, which the fixed loss network judges. "
    serial = Drawing(
        "zm-fig3-serial",
        "ZM-Net with a serial PNet",
        about + "Above, the guiding signal goes through PNet, which is as deep as TNet; each of its nine layers gives "
        "gamma and beta of the same layer of TNet.",
        500,
        400,
    )
    serial.text(250, 20, "serial PNet, trained: each layer reads the one before it", 13)
    serial.picture(34, 80, "X_s", "signal")
    middles = maps(serial, 85, 80, nine, numbers=False)
    serial.arrow((54, 80), (middles[0] - BAR / 2, 80))
    for middle, size in zip(middles, nine, strict=True):
        serial.parts.append(
            f'<path d="M{middle:g} {80 + high(size) / 2:g}V130" fill="none" stroke="currentColor" stroke-width="1.2"/>'
        )
    serial.text(middles[-1] + 30, 84, "ψ_l", 14)
    guided(serial, 130, 250)
    legend(serial, 392)
    parallel = Drawing(
        "zm-fig3-parallel",
        "ZM-Net with a parallel PNet",
        about + "Above, the guiding signal goes into nine shallow networks side by side; each gives gamma and beta of "
        "one layer of TNet.",
        500,
        400,
    )
    parallel.text(250, 20, "parallel PNet, trained: shallow networks, each reads the signal", 13)
    parallel.picture(34, 80, "X_s", "signal")
    parallel.parts.append(f'<path d="M54 56H{middles[-1]:g}" fill="none" stroke="currentColor" stroke-width="1.2"/>')
    for middle in middles:
        parallel.arrow((middle, 56), (middle, 78))
        parallel.box(middle - 14, 78, 28, 20)
        parallel.parts.append(f'<path d="M{middle:g} 98V130" fill="none" stroke="currentColor" stroke-width="1.2"/>')
    parallel.text(middles[-1] + 32, 93, "ψ_l", 14)
    guided(parallel, 130, 250)
    legend(parallel, 392)
    words = (
        "The paper’s Figure 3, redrawn: ZM-Net with a serial and with a parallel PNet. Both are drawn for a signal "
        "that is an image; vectors go through fully connected layers instead. The two convolutions of the up-sampling "
        "are drawn as one. Only training needs the loss network."
    )
    return Figure([serial, parallel], words)
