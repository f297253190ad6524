"""Requisitions: what blank cells follow from, who comes first, and what may share a load."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from workbench.formats import checks, tabular
from workbench.schema import FADS, TABLES, UNDS

DATA = Path(__file__).parent / "data"
LOWEST_PRIORITY = 15
"""Priority of a requisition that states neither a priority nor both designators."""

_HAZARD = re.compile(r"(?P<hazard>[1-9](\.[1-6])?)(?P<group>[A-HJ-LNS])?")
_TOGETHER = {
    "A": "A",
    "B": "BS",
    "C": "CDEGNS",
    "D": "CDEGNS",
    "E": "CDEGNS",
    "F": "FS",
    "G": "CDEGS",
    "H": "HS",
    "J": "JS",
    "K": "KS",
    "L": "",
    "N": "CDENS",
    "S": "BCDEFGHJKNS",
}
"""Compatibility groups of class 1 that may share a load (articles only); L only with identical L."""
_MASS = ("2.1", "3", "4", "5", "6.1", "8")
_FORBIDDEN = {"1.1": _MASS, "1.2": _MASS, "1.5": _MASS, "1.3": ("2.1", "3", "4.2", "4.3", "5", "8")}
"""What may never share a load with a division of class 1; 1.5 counts as 1.1."""
_SEPARATE = {"1.4": ("2.1", "3", "8"), "3": ("5.1",), "5.1": ("8",)}


@lru_cache(maxsize=1)
def _matrix() -> Mapping[tuple[str, str], int]:
    with (DATA / "pd_matrix.csv").open(encoding="utf-8", newline="") as file:
        return {(row["fad"], row["und"]): int(row["priority"]) for row in csv.DictReader(file)}


def priority_from(fad: str, und: str) -> int:
    """Return the priority designator 1 (most urgent) to 15 of two designators; 15 when either is blank.

    Raises
    ------
    ValueError
        When a designator is neither blank nor one that exists.
    """
    if fad not in ("", *FADS) or und not in ("", *UNDS):
        raise ValueError(f"Expected FAD {' '.join(FADS)} and UND {' '.join(UNDS)}, got {fad!r} and {und!r}.")
    return _matrix().get((fad, und), LOWEST_PRIORITY)


def resolve(requisitions: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the requisitions with node_id, fad and priority filled in; priority is then int64.

    A blank node_id or fad is the unit's; a blank priority follows from FAD and UND, else it is 15.
    A node_id stays blank when neither names one.
    """
    out = requisitions.copy()
    by_unit = units.drop_duplicates("unit_id").set_index("unit_id")
    for column in ("node_id", "fad"):
        theirs = out["unit_id"].map(by_unit[column]).fillna("").astype("str")
        out[column] = out[column].where(out[column] != "", theirs)
    pairs = zip(out["fad"], out["und"], strict=True)
    derived = pd.Series([priority_from(fad, und) for fad, und in pairs], index=out.index, dtype="float64")
    out["priority"] = out["priority"].astype("float64").fillna(derived).astype("int64")
    return out


@lru_cache(maxsize=1)
def _default_compatibility() -> pd.DataFrame:
    return checks.check(tabular.read_csv(DATA / "compatibility.csv"), TABLES["compatibility"]).frame


def compatibility(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the table of classes that may share a load: the scenario's own, or the built-in one."""
    own = tables.get("compatibility")
    return _default_compatibility().copy() if own is None or own.empty else own


def forbidden(table: pd.DataFrame) -> dict[frozenset[str], str]:
    """Return why two classes of supply may not share a load, for each pair that a table of classes forbids."""
    found: dict[frozenset[str], str] = {}
    for row in table[~table["may_share"]].to_dict("records"):
        a, b = row["class_a"], row["class_b"]
        why = row["source"] or "the scenario says so"
        found.setdefault(frozenset((a, b)), f"Class {a} and class {b} may not share a load ({why}).")
    return found


def may_share(first: tuple[str, str], second: tuple[str, str], rules: Mapping[frozenset[str], str]) -> tuple[bool, str]:
    """Return whether two (class of supply, hazard) may be aboard together, and why not or under which condition.

    The classes are asked first (``rules`` as `forbidden` returns them), then the hazards: compatibility groups
    among explosives, divisions otherwise. A planning check, not a legal determination.
    """
    (class_a, hazard_a), (class_b, hazard_b) = first[:2], second[:2]
    why = rules.get(frozenset((class_a, class_b)))
    return (False, why) if why is not None else _hazards_may_share(hazard_a, hazard_b)


def _hazards_may_share(first: str, second: str) -> tuple[bool, str]:
    a, b = hazard_parts(first), hazard_parts(second)
    if a is None or b is None:
        return True, ""
    names = f"{first} and {second}"
    if a[0].startswith("1") and b[0].startswith("1"):
        return _groups_may_share(a, b, names)
    for (one, _), (other, _) in ((a, b), (b, a)):
        if any(_in(other, kind) for kind in _FORBIDDEN.get(one, ())):
            return False, f"Hazards {names} may not share a load."
    for (one, _), (other, _) in ((a, b), (b, a)):
        if any(_in(other, kind) for kind in _SEPARATE.get(one, ())):
            return True, f"Hazards {names} must be kept apart on the vehicle."
    return True, ""


def _groups_may_share(a: tuple[str, str], b: tuple[str, str], names: str) -> tuple[bool, str]:
    together = b[1] in _TOGETHER[a[1]] if a[1] and b[1] else a == b
    if together or (a == b and a[1] == "L"):
        return True, ""
    return False, f"Explosives {names} are of groups that may not share a load."


def _in(hazard: str, kind: str) -> bool:
    return hazard == kind or hazard.startswith(f"{kind}.")


def hazard_parts(text: str) -> tuple[str, str] | None:
    """Return (class or division, compatibility group) of a hazard such as ``1.1D`` or ``3``; None without one."""
    match = _HAZARD.fullmatch(text.strip().upper())
    return (match["hazard"], match["group"] or "") if match else None
