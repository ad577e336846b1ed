"""One run of one notebook: its settings, its pictures, and where its results go."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from zmlib.data.folders import at_most, list_images
from zmlib.errors import UserError
from zmlib.experiments.provenance import describe_code, describe_file, describe_machine, picture_name
from zmlib.experiments.results import Result, older_results, provenance_line, read_result, write_result
from zmlib.experiments.show import show

if TYPE_CHECKING:
    from PIL import Image

Net = TypeVar("Net")


@dataclass(repr=False)
class Run:
    """What `zmlib.experiments.start` returns. The preset's settings are attributes too: `run.size`, `run.repeats`, ...

    Attributes:
        chapter, preset, seed: as given.
        settings: of the preset, the notebook's own parameters laid over them.
        device: "cpu", "cuda" or "mps".
        parameters: the notebook's own.
        folders: "contents" and "styles" -> the user's folder, None for the samples.
        root: the clone, None outside one.
        place: the folder of this chapter's results.
        kept: figure -> its result, as far as this run has kept it.
    """

    chapter: str
    preset: str
    settings: dict[str, Any]
    seed: int
    device: str
    parameters: dict[str, Any]
    folders: dict[str, Path | None]
    root: Path | None
    place: Path
    kept: dict[str, Result] = field(default_factory=dict, init=False)
    _weights: dict[str, str] = field(default_factory=dict, init=False)
    _loss_networks: dict[str, str] = field(default_factory=dict, init=False)
    _pictures: dict[str, dict[str, str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._began = time.perf_counter()
        # Now, not when a result is kept: the run does not see edits made during it.
        self._code = describe_code(self.chapter, self.root)

    def __getattr__(self, name: str) -> Any:
        settings = self.__dict__.get("settings", {})
        if name not in settings:
            raise AttributeError(
                f"{self.__dict__.get('chapter')} has no setting {name}; its settings are {', '.join(settings)}"
            )
        return settings[name]

    def __repr__(self) -> str:
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        return f"{self.chapter} at preset {self.preset}, seed {self.seed}, on {self.device}: {settings}"

    def photos(self, most: int | None = None) -> dict[str, Image.Image]:
        """The photographs by name, RGB: the samples or the user's, at most `most` (or the setting `contents`).

        Of more, some are taken at equal steps through the list.

        Raises:
            UserError: one of the user's pictures cannot be read.
        """
        return self._opened("contents", most)

    def paintings(self, most: int | None = None) -> dict[str, Image.Image]:
        """The style pictures by name, like `photos`; the setting is `styles`."""
        return self._opened("styles", most)

    def _opened(self, which: str, most: int | None) -> dict[str, Image.Image]:
        from zmlib.data import samples
        from zmlib.data.images import open_image

        folder, most = self.folders[which], most or self.settings[which]
        if folder is None:
            shelf = samples.photos() if which == "contents" else samples.styles()
            return {name: shelf[name] for name in at_most(list(shelf), most)}
        return {path.relative_to(folder).as_posix(): open_image(path) for path in self.read_folder(folder, most)}

    def read(self, file: str | Path) -> Path:
        """Record name and SHA-256 of a file that the results come from, for their provenance; returns its path.

        `photos` and `paintings` do this for the user's pictures themselves.

        Raises:
            UserError: it cannot be read.
        """
        path = Path(file).expanduser()
        about, name = describe_file(path, self.root), picture_name(path)
        if self._pictures.get(name, about) != about:  # another file of that name, from another place
            name = f"{name} ({about['sha256'][:7]})"
        self._pictures[name] = about
        return path

    def read_folder(self, folder: str | Path, most: int | None = None) -> list[Path]:
        """`read` every picture in a folder, or `most` of them at equal steps; returns their paths in order.

        Raises:
            UserError: the folder is missing or holds no picture, or one cannot be read.
        """
        files = list_images(Path(folder))
        return [self.read(file) for file in at_most(files, most or len(files))]

    def used(self, net: Net, name: str | None = None) -> Net:
        """Record which weights the results come from; returns the network itself.

        Args:
            net: a ZM-Net or any other module, a loss network, or a judge, which stands for its loss network.
            name: of the weights, such as "styles", or their file; a loss network has its own name.

        Raises:
            UserError: a network without a name.
        """
        network: Any = getattr(net, "network", net)
        if getattr(network, "weights_hash", None):
            self._loss_networks[network.name] = network.weights_hash
        elif name is None:
            raise UserError(f'Weights of a {type(net).__name__} need a name for the results: used(net, "styles").')
        else:
            from zmlib.weights import weights_hash

            self._weights[Path(name).stem] = weights_hash(network)
        return net

    def keep(
        self,
        figure: str,
        picture: Any,
        values: Mapping[str, Any],
        timings: Mapping[str, Any] | None = None,
        **extra: Any,
    ) -> None:
        """Write one figure or table: the picture, and beside it a JSON of the values and their provenance.

        The cell shows the picture and below it a line of its provenance (no `plt.show()`).

        Args:
            figure: the file's name without suffix, such as "table1".
            picture: a matplotlib Figure (kept as SVG), a sheet of `zmlib.data.sheet` (JPEG), a PIL picture (PNG), or
                None.
            values: the findings, nested as you like; numbers of numpy and torch are fine.
            timings: what a clock measured, and may differ from run to run.
            extra: anything else to keep, such as units.

        Raises:
            UserError: see `zmlib.experiments.results.write_result`.

        Example:
            >>> from PIL import Image
            >>> from zmlib.experiments import start
            >>> cell = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}
            >>> run = start("fig7", cell)
            >>> run.keep("grey", Image.new("RGB", (96, 64)), {"J": [0.3, 0.4]})  # doctest: +ELLIPSIS
            <PIL.Image.Image image mode=RGB size=96x64 at ...>
            smoke · seed 0 · cpu...
            >>> sorted(file.name for file in run.place.iterdir()), run.kept["grey"].values
            (['grey.json', 'grey.png'], {'J': [0.3, 0.4]})
        """
        result = Result(self.chapter, figure, dict(values), dict(timings or {}), self.provenance(), extra)
        self.kept[figure] = write_result(result, picture, self.place)
        show(picture)
        print(provenance_line(self.kept[figure].provenance))

    def show(self, picture: Any) -> None:
        """Show a picture that no file keeps, with the same line below it; pictures as for `keep`."""
        show(picture)
        print(provenance_line(self.provenance()))

    def provenance(self) -> dict[str, Any]:
        """The provenance of this run's results, for their JSON; without paths of this machine."""
        return {
            **self._code,
            "preset": self.preset,
            "settings": self.settings,
            "parameters": {name: _without_path(value) for name, value in self.parameters.items()},
            "seed": self.seed,
            "data": "samples" if not any(self.folders.values()) else "user folders",
            "pictures": dict(sorted(self._pictures.items())),
            "weights": dict(self._weights),
            "loss_network": dict(self._loss_networks),
            **describe_machine(self.device),
            "seconds": round(time.perf_counter() - self._began, 2),
        }


def _without_path(value: Any) -> Any:
    """Of an absolute path only the name of the file."""
    if isinstance(value, (list, tuple)):
        return [_without_path(member) for member in value]
    if isinstance(value, str) and (Path(value).is_absolute() or value.startswith("~")):
        return Path(value).name
    return value


def show_kept(run: Run, figure: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Show a figure of `figures/<chapter>/` with its provenance, or say that none is kept.

    Nothing is written. `claims.compare.compare` then shows the kept run, and `values` in this run's column.

    Args:
        figure: its name without suffix, such as "fig4".
        values: what this run has measured of it.

    Returns:
        The kept run's values, empty where none is kept.

    Raises:
        UserError: a file of that name is no result.
    """
    result = kept_result(run, figure)
    run.kept[figure] = Result(run.chapter, figure, dict(values or {}), {}, run.provenance())
    if result is None:
        print(f"No run of {run.chapter}/{figure} is kept yet.")
        return {}
    if run.root is not None and _folder(run).resolve() == run.place.resolve():
        run.kept[figure] = result  # results go where the kept ones are: this is the same one
    if result.picture is not None:
        _show(result.picture)
    print(f"The best kept run, not this build: {provenance_line(result.provenance)}")
    return result.values


def kept_result(run: Run, figure: str) -> Result | None:
    """The kept result of one figure of the run's chapter, None outside a clone and where none is kept."""
    if run.root is None or not (file := _folder(run) / f"{figure}.json").is_file():
        return None
    result = read_result(file)
    if f"{run.chapter}/{figure}" in older_results(run.root / "figures"):
        result.provenance["older"] = True
    return result


def _folder(run: Run) -> Path:
    assert run.root is not None
    return run.root / "figures" / run.chapter


def _show(picture: Path) -> None:
    from IPython.display import SVG, Image

    show(SVG(filename=str(picture)) if picture.suffix == ".svg" else Image(filename=str(picture)))
