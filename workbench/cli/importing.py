"""The commands ``workbench import …``: roads from files of other programs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from workbench.cli.terminal import ERR, figure, out, print_findings, print_json, print_table
from workbench.errors import Finding, UsageError

if TYPE_CHECKING:
    from workbench.ground.network import Roads
    from workbench.ground.osm import Box

imports = typer.Typer(help="Take over roads from files of other programs.", no_args_is_help=True)

Into = Annotated[Path | None, typer.Option("--into", help="Scenario folder to lay the roads under; may be new.")]
Replace = Annotated[bool, typer.Option("--replace", help="Let the folder's own roads make way.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout, and nothing else there.")]


@imports.command("osm")
def import_osm(
    file: Annotated[Path, typer.Argument(help="An OpenStreetMap file: .osm.pbf or .osm.")],
    into: Into = None,
    bbox: Annotated[str | None, typer.Option(help="Only roads in this box: west,south,east,north in degrees.")] = None,
    relief: Annotated[
        Path | None, typer.Option("--relief", help="Heights for the map: an SRTM tile (.hgt, .zip) or a GeoTIFF.")
    ] = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Read the roads that trucks may use, and lay them under a scenario with water, woods and places for its map."""
    if relief is not None and into is None:
        raise UsageError("--relief goes with --into: name the scenario folder that takes the relief.")
    with _uncollected():
        from workbench.ground import network

        box = None if bbox is None else network.box_of(bbox.replace(";", ",").split(","))
        _import(file, lambda: network.from_osm(file, box), into, replace=replace, as_json=as_json,
                drawn=lambda roads: _basemap(file, box, relief, roads))  # fmt: skip


@imports.command("osmnx")
def import_osmnx(
    file: Annotated[Path, typer.Argument(help="A graph that OSMnx saved: .graphml or .gpkg; or our own .gpkg.")],
    into: Into = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Read a graph that OSMnx saved, and lay its roads under a scenario."""
    with _uncollected():
        from workbench.ground import network

        readers = {".graphml": network.from_graphml, ".gpkg": network.from_geopackage}
        reader = readers.get(file.suffix.lower())
        if reader is None:
            raise UsageError(f"Expected a .graphml or .gpkg file, got {file}.")
        _import(file, lambda: reader(file), into, replace=replace, as_json=as_json)


def _basemap(file: Path, box: Box | None, heights: Path | None, roads: Roads) -> dict[str, bytes]:
    """Return the files of what the map of a scenario shows beside the roads."""
    from workbench.ground import outlines
    from workbench.scenario.joining import basemap_files

    ground = None
    if heights is not None:
        from workbench.ground import relief

        at = roads.nodes[["lon", "lat"]]
        west, south, east, north = *at.min(), *at.max()
        ground = relief.clipped(relief.read(heights), (west - 0.02, south - 0.02, east + 0.02, north + 0.02))
        if ground is None:
            raise UsageError(f"{heights} does not hold the ground of these roads.")
    return basemap_files(outlines.read(file, box), ground)


def _import(
    file: Path,
    read: Callable[[], Roads],
    into: Path | None,
    *,
    replace: bool,
    as_json: bool,
    drawn: Callable[[Roads], dict[str, bytes]] | None = None,
) -> None:
    """Read roads, lay them under a folder where one is named, and say what came of it."""
    checked: list[Finding] = []
    with ERR.status(f"Reading {escape(str(file))} …"):
        roads = read()
        if into is not None:
            from workbench.scenario.joining import lay_roads

            roads, checked = lay_roads(into, roads, basemap=drawn(roads) if drawn else None, replace=replace)
    findings = _once(roads.findings, checked)
    if as_json:
        body = {**roads.counts, "not_joined": list(roads.not_joined), "attribution": roads.attribution,
                "into": None if into is None else str(into)}  # fmt: skip
        print_json({**body, "components": roads.components.to_dict("records"),
                    "findings": [f.as_dict() for f in findings]})  # fmt: skip
    else:
        _say(roads, findings, into)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let nothing look for garbage meanwhile: an import makes many small objects, hardly any garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _once(read: Sequence[Finding], checked: Sequence[Finding]) -> list[Finding]:
    """Return what reading roads and checking the folder found, without what both say.

    The folder knows what its vehicles need of roads, reading where each place and each road lies.
    """
    asked = {f.column for f in checked if f.code == "NO_DATA"}
    kept = [f for f in read if not (f.code == "NO_DATA" and f.column in asked)]
    return [*kept, *(f for f in checked if f.code != "OFF_ROAD")]


def _say(roads: Roads, findings: list[Finding], into: Path | None) -> None:
    print_table(("counted", "number"), [(k.replace("_", " "), figure(v)) for k, v in roads.counts.items()],
                right=("number",))  # fmt: skip
    rows = [(r["connection"], figure(r["parts"]), figure(r["largest"]), f"{100 * r['share']:.1f} %")
            for r in roads.components.to_dict("records")]  # fmt: skip
    heads = ("connection", "parts", "nodes of the largest", "share")
    print_table(heads, rows, right=heads[1:])
    if findings:
        print_findings(findings)
    if roads.not_joined:
        names = ", ".join(roads.not_joined)
        out().print(escape(f"Not joined to any road: {len(roads.not_joined)} of {roads.counts['places']}: {names}."))
    if roads.attribution:
        out().print(escape(roads.attribution))
    if into is not None:
        out().print(f"The roads are in {escape(str(into))}. Next: workbench validate {escape(str(into))}")
