"""`zmlib styles build`: many style pictures from few, by the paper's procedure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer

from zmlib.cli.options import Device, Exclude, Strict, excluding, folder
from zmlib.errors import UserError, at_least

styles = typer.Typer(no_args_is_help=True, help="Make the pictures that a network of many styles is trained on.")
PAINTED = 60  # seed pictures by the painter, where no paintings are given
DRAWN = 30  # scenes, where no photos are given


@styles.command()
def build(
    out: Annotated[Path, folder("A folder for the set.", True, "-o", "--out")],
    photos: Annotated[Path | None, folder("A folder of photos, any layout.", "scenes drawn for it")] = None,
    paintings: Annotated[Path | None, folder("A folder of seed paintings, any layout.", "painted for it")] = None,
    count: Annotated[int, typer.Option(help="Pictures in all; the paper's set has 23,307.")] = 1000,
    iterations: Annotated[int, typer.Option(help="OST iterations for each picture.")] = 20,
    size: Annotated[int, typer.Option(help="Side of the derived pictures in pixels.")] = 128,
    again: Annotated[
        Path | None, folder("Rebuild the set in this folder: its manifest decides, not the options.", False)
    ] = None,
    exclude: Exclude = None,
    strict: Strict = False,
    batch: Annotated[int, typer.Option(help="Pictures at a time.")] = 16,
    device: Device = "auto",
    seed: Annotated[int, typer.Option(help="Decides the split, and which photo meets which painting.")] = 0,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Make only one part of the set, e.g. 3/16, the third of sixteen; all parts need the same options.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Derive style pictures from photos and seed paintings by OST (section 4.1), separately for train, val and test.

    Two cores make one to three pictures a second, so 1,000 take 6 to 17 minutes. Interrupt at any time; run the
    command again to resume. Folders train, val and test inside --photos or --paintings are taken as the split;
    without them the split is drawn before anything is derived.

    [bold]Examples[/bold]

    zmlib styles build --out runs/styles --count 200

    zmlib styles build --out runs/styles --photos coco/ --paintings wikiart/ --count 23307

    zmlib styles build --out runs/styles --photos coco/ --paintings wikiart/ --shard 3/16

    zmlib train styles --photos coco/ --styles runs/styles/train --out runs/mine
    """
    at_least(PAINTED if paintings is None and again is None else 3, count=count)
    at_least(1, iterations=iterations, batch=batch)
    at_least(64, size=size)
    at_least(0, seed=seed)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, and --out wants a folder: name another.")
    for source in (photos, paintings):
        if source is not None and out.resolve().is_relative_to(source.resolve()):
            raise UserError(f"{out} lies in {source}, whose pictures the set is made of: name another --out.")

    from zmlib.styleset.shard import ALL, Shard

    part = ALL if shard is None else Shard.read(shard)

    from zmlib.device import choose_device, out_of_memory
    from zmlib.perceptual import loss_network
    from zmlib.styleset import build as making
    from zmlib.styleset import sources
    from zmlib.styleset.plan import Settings, plan, read_plan, write_plan
    from zmlib.styleset.split import read_pictures, split

    network = loss_network("slim").to(choose_device(device))
    kept = excluding(exclude)
    with _undone_on_a_mistake(out) if shard is None else nullcontext():  # other shards may be writing there
        if again is not None:
            rows, settings = read_plan(again)
            given = read_pictures(photos or sources.drawn(out / ".photos", DRAWN), kept, strict)
            seeds = read_pictures(paintings or sources.painted(out / ".paintings", PAINTED), kept, strict)
        else:
            settings = Settings(seed=seed, size=size, iterations=iterations, network=network.weights_hash)
            given = read_pictures(photos or sources.drawn(out / ".photos", DRAWN), kept, strict)
            apart = split(sources.without_samples(given), seed)  # before a minute of painting
            seeds = read_pictures(paintings or sources.painted(out / ".paintings", PAINTED), kept, strict)
            rows = plan(apart, split(sources.without_samples(seeds), seed), count, settings)
        making.check(rows, settings, given, seeds, network)
        write_plan(out, rows, settings)
    try:
        made = making.build(rows, settings, given, seeds, out, network, batch=batch, shard=part)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"Stopped; the same command makes what {out} lacks.") from stop
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        where = "" if shard is None else " in all shards"
        raise UserError(
            f"Memory ran out at {batch} pictures of {settings.size} pixels: lower --batch{where}."
        ) from error
    says = f"{out / 'manifest.csv'} says of what"
    if shard is None:
        typer.echo(f"{out} holds {len(rows)} pictures, {made} of them made now; {says}.")
    else:
        there = sum((out / row.file).exists() for row in rows)
        typer.echo(f"Shard {part} made {made} pictures; {out} now holds {there} of the plan's {len(rows)}, and {says}.")


@contextmanager
def _undone_on_a_mistake(out: Path) -> Iterator[None]:
    """Remove the new folders again after a `UserError`."""
    made = [place for place in (out / ".photos", out / ".paintings") if not place.exists()]
    above = [place for place in (out, *out.parents) if not place.exists()]
    try:
        yield
    except UserError:
        for place in made:
            shutil.rmtree(place, ignore_errors=True)
        for place in above:
            with suppress(OSError):
                place.rmdir()  # fails where another program has put something there
        raise
