"""Merge the printed pages of the book: a bookmark for each, numbers on the sheets, links from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)

from zmlib.atomic import atomic

#: A place in the merged file: number of the sheet from 0, and how far up on it (PDF points; None: from its top).
Place = tuple[int, float | None]

SIZE = 8  # of the sheets' numbers, in points


@dataclass(frozen=True)
class Printed:
    """A page of the book, printed by itself."""

    name: str  # as in the table of contents: departures, executed/fig7
    depth: int  # 0 for a chapter, 1 for a page below it
    pdf: Path


def merge(printed: list[Printed], site: Path, config: dict[str, Any]) -> Path:
    """Write `zmlib.pdf` beside the site.

    Args:
        printed: in reading order; their links to each other are addresses of files in `site`.
        config: the book's `title` and `author`.
    """
    writer = PdfWriter()
    places: dict[str, Place] = {}
    bookmarks: list[Any] = []
    for one in printed:
        reader = PdfReader(one.pdf)
        first = len(writer.pages)
        address = unquote((site / f"{one.name}.html").as_uri())
        places[address] = (first, None)
        for name, target in reader.named_destinations.items():
            sheet = reader.get_destination_page_number(target)
            if sheet is not None and target.top is not None:
                places[f"{address}#{unquote(name.lstrip('/'))}"] = (first + sheet, float(target.top))
        for page in reader.pages:
            _spell_out(page, address)
            writer.add_page(page)
        title = str((reader.metadata and reader.metadata.title) or one.name).partition(" \u2014 ")[0]
        above = bookmarks[one.depth - 1] if one.depth else None
        bookmarks[one.depth :] = [writer.add_outline_item(title=title, page_number=first, parent=above)]
    for number, page in enumerate(writer.pages, start=1):
        _lead(page, places, writer)
        _number(page, number)
    writer.page_mode = "/UseOutlines"  # a reader sees the bookmarks at once
    writer.add_metadata({"/Title": str(config["title"]), "/Author": str(config["author"])})
    writer.compress_identical_objects()
    out = site.parent / "zmlib.pdf"
    with atomic(out) as beside:
        writer.write(beside)
    return out


def _links(page: PageObject) -> list[DictionaryObject]:
    return [link for link in (each.get_object() for each in page.get("/Annots") or ()) if link["/Subtype"] == "/Link"]


def _spell_out(page: PageObject, address: str) -> None:
    """Give links within a page their full address: two pages may have an anchor of the same name."""
    for link in _links(page):
        if "/Dest" in link:
            uri = TextStringObject(f"{address}#{unquote(str(link.pop('/Dest')).lstrip('/'))}")
            link[NameObject("/A")] = DictionaryObject({NameObject("/S"): NameObject("/URI"), NameObject("/URI"): uri})


def _lead(page: PageObject, places: dict[str, Place], writer: PdfWriter) -> None:
    """Lead the links that stay in the book to their sheet, and drop those to files of the site that are not printed."""
    kept = ArrayObject()
    for link in _links(page):
        uri = unquote(str(link.get("/A", {}).get("/URI", "")))
        if uri.startswith("file:"):
            place = places.get(uri) or places.get(urldefrag(uri).url)
            if place is None:
                continue
            sheet, top = place
            up = NullObject() if top is None else FloatObject(top)
            target = [writer.pages[sheet].indirect_reference, NameObject("/XYZ"), NullObject(), up, NullObject()]
            del link["/A"]
            link[NameObject("/Dest")] = ArrayObject(target)
        kept.append(link.indirect_reference or link)
    page[NameObject("/Annots")] = kept


def _number(page: PageObject, number: int) -> None:
    """Write the sheet's number below its text. Chromium cannot: it prints each page of the book by itself, from 1."""
    stamp = PageObject.create_blank_page(width=page.mediabox.width, height=page.mediabox.height)
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in names.items()})
    fonts = DictionaryObject({NameObject("/Number"): font})
    stamp[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    left = float(page.mediabox.width) / 2 - len(str(number)) * 0.278 * SIZE  # a digit is 0.556 of the size wide
    text = DecodedStreamObject()
    text.set_data(f"BT /Number {SIZE} Tf 0.4 g {left:.1f} 28 Td ({number}) Tj ET".encode())
    stamp[NameObject("/Contents")] = text
    page.merge_page(stamp)
    page.compress_content_streams()  # merging has unpacked them
