"""The commands ``workbench import …``: roads from files of other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from workbench.cli.terminal import ERR, figure, out, print_findings, print_json, print_table
from workbench.errors import Finding, UsageError

if TYPE_CHECKING:
    from workbench.ground.network import Roads

imports = typer.Typer(help="Take over roads from files of other programs.", no_args_is_help=True)

Into = Annotated[Path | None, typer.Option("--into", help="Scenario folder to lay the roads under; may be new.")]
Replace = Annotated[bool, typer.Option("--replace", help="Let the folder's own roads make way.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout, and nothing else there.")]


@imports.command("osm")
def import_osm(
    file: Annotated[Path, typer.Argument(help="An OpenStreetMap file: .osm.pbf or .osm.")],
    into: Into = None,
    bbox: Annotated[str, typer.Option(help="Only roads in this box: west,south,east,north in degrees.")] = "",
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Read the roads that trucks may use, and lay them under a scenario."""
    from workbench.ground import network

    box = _box(bbox) if bbox else None
    _import(file, lambda: network.from_osm(file, box), into, replace=replace, as_json=as_json)


@imports.command("osmnx")
def import_osmnx(
    file: Annotated[Path, typer.Argument(help="A graph that OSMnx saved: .graphml or .gpkg; or our own .gpkg.")],
    into: Into = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Read a graph that OSMnx saved, and lay its roads under a scenario."""
    from workbench.ground import network

    readers = {".graphml": network.from_graphml, ".gpkg": network.from_geopackage}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise UsageError(f"Expected a .graphml or .gpkg file, got {file}.")
    _import(file, lambda: reader(file), into, replace=replace, as_json=as_json)


def _box(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(";", ",").split(",")]
    except ValueError:
        raise UsageError(f"Expected --bbox west,south,east,north in degrees, got {text}.") from None


def _import(file: Path, read: Callable[[], Roads], into: Path | None, *, replace: bool, as_json: bool) -> None:
    """Read roads, lay them under a folder where one is named, and say what came of it; exit 1 if that has faults."""
    from workbench.scenario.joining import lay_roads

    with ERR.status(f"Reading {escape(str(file))} …"):
        roads = read()
    checked: list[Finding] = []
    if into is not None:
        roads, checked = lay_roads(into, roads, replace=replace)
    findings = [*roads.findings, *checked]
    if as_json:
        body = {**roads.counts, "attribution": roads.attribution, "into": None if into is None else str(into)}
        print_json({**body, "components": roads.components.to_dict("records"),
                    "findings": [f.as_dict() for f in findings]})  # fmt: skip
    else:
        _say(roads, findings, into)
    raise typer.Exit(1 if any(f.level == "error" for f in findings) else 0)


def _say(roads: Roads, findings: list[Finding], into: Path | None) -> None:
    print_table(("counted", "number"), [(k.replace("_", " "), figure(v)) for k, v in roads.counts.items()],
                right=("number",))  # fmt: skip
    rows = [(r["connection"], figure(r["parts"]), figure(r["largest"]), f"{100 * r['share']:.1f} %")
            for r in roads.components.to_dict("records")]  # fmt: skip
    heads = ("connection", "parts", "nodes of the largest", "share")
    print_table(heads, rows, right=heads[1:])
    if findings:
        print_findings(findings)
    if roads.attribution:
        out().print(escape(roads.attribution))
    if into is not None:
        out().print(f"The roads are in {escape(str(into))}. Next: workbench validate {escape(str(into))}")
