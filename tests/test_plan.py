"""Plan files: the same plan comes back, and every fault of a bad file is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench import plan as plans
from workbench.errors import PlanFileError
from workbench.plan import Plan, PlannedDelivery, Route, Stop, Unserved, Violation
from workbench.problem import Load


@pytest.fixture
def small() -> Plan:
    """One route with a load, a delivery and an end, one delivery left out."""
    load = Load(1200, 3456, 250, 0)
    stops = (
        Stop("D0", "load", 3600, 3600, 4200, ("R1/1",), load),
        Stop("N1", "deliver", 6000, 6600, 7200, ("R1/1",)),
        Stop("D0", "end", 9000, 9000, 9000),
    )
    route = Route("R01", "M1083", "A", "wheeled", "D0", "D0", 3600, 9000, 24000, 3600, 600, 1200, 57, stops)
    return Plan(
        "small", "baseline", "ab" * 32, "greedy", "1", 1, {"seconds": 10}, {"rounds": 1, "iterations": 9},
        "2026-05-01T04:00:00Z", (route,), (Unserved("R2/1", "R2", "STOCK", "None left."),),
        (
            PlannedDelivery("R1/1", "R1", "delivery", "D0", "N1", 2, 2.5, load),
            PlannedDelivery("R2/1", "R2", "delivery", "D0", "N1", 3, 1.0, load),
        ),
        ("capacity",), (), (Violation("window", "R01", "N1", 2.0, "min", "Late."),),
        {"otif": {"value": 0.5, "unit": "share"}}, {"kind": "simple", "gap": 0.1},
    )  # fmt: skip


def test_round_trip(small: Plan, tmp_path: Path) -> None:
    """Writing, reading and writing again gives the same plan and the same bytes."""
    first = plans.write(small, tmp_path / "a" / "plan.json")
    again = plans.read(first)
    assert plans.to_dict(again) == plans.to_dict(small)
    assert again.routes == small.routes
    assert again.unserved == small.unserved
    assert again.violations == small.violations
    assert plans.write(again, tmp_path / "b.json").read_bytes() == first.read_bytes()
    assert not list(tmp_path.rglob("*.part"))


def test_file_form(small: Plan) -> None:
    """The file states instants in UTC, loads in shown units, and the sum of the routes' costs."""
    body = plans.to_dict(small)
    assert body["format"] == "workbench.plan/1"
    assert body["cost"] == 57
    stop = body["routes"][0]["stops"][1]
    assert stop["arrive"] == "2026-05-01T05:40:00Z"
    assert body["routes"][0]["stops"][0]["load_after"] == {"kg": 1200, "m3": 3.456, "pallets": 2.5, "litres": 0}


def _spoil(body: dict[str, Any], what: str) -> None:
    route = body["routes"][0]
    match what:
        case "no cost":
            del body["cost"]
        case "text distance":
            route["distance_m"] = "far"
        case "naive time":
            route["stops"][0]["arrive"] = "2026-05-01T05:00:00"
        case "null time":
            route["stops"][0]["begin"] = None
        case "unknown stop kind":
            route["stops"][0]["kind"] = "fly"
        case "bool":
            route["cost"] = True
        case "routes no list":
            body["routes"] = {}
        case "number as id":
            route["stops"][1]["deliveries"] = [7]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("no cost", "cost is missing"),
        ("text distance", "a whole number as distance_m"),
        ("naive time", "without a zone"),
        ("null time", "text as begin"),
        ("unknown stop kind", "'fly'"),
        ("bool", "as cost, got True"),
        ("routes no list", "a list as routes"),
        ("number as id", "only text in deliveries"),
    ],
)
def test_faults_are_named(small: Plan, tmp_path: Path, what: str, words: str) -> None:
    """A plan file with a fault is refused with the place and what was expected."""
    body = plans.to_dict(small)
    _spoil(body, what)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(PlanFileError, match=words):
        plans.read(path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "{", '{"format": "workbench.plan/1", "format": "x"}',
     '{"format": "workbench.plan/1", "cost": NaN}', "[" * 100_000,
     "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")],
)  # fmt: skip
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    """Other files are refused with a sentence, whatever is in them."""
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanFileError):
        plans.read(path)


def test_other_versions_are_refused_with_a_sentence(small: Plan, tmp_path: Path) -> None:
    """A plan of a version to come is named as such; a missing file too."""
    body = plans.to_dict(small) | {"format": "workbench.plan/9"}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(PlanFileError, match=r"workbench\.plan/9"):
        plans.read(path)
    with pytest.raises(PlanFileError, match="cannot be read"):
        plans.read(tmp_path / "none.json")


def test_a_wrong_total_cost_is_kept_for_the_checker(small: Plan, tmp_path: Path) -> None:
    """The cost a file states is not silently replaced by the sum."""
    body = plans.to_dict(small) | {"cost": 1}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    assert plans.read(path).stated_cost == 1


def test_what_uneven_work_costs_is_part_of_the_cost(small: Plan, tmp_path: Path) -> None:
    """It stands in the file where a plan states it, comes back, and is none of the routes' costs."""
    assert "imbalance_cost" not in plans.to_dict(small)
    uneven = small.replace(imbalance_cost=13)
    again = plans.read(plans.write(uneven, tmp_path / "plan.json"))
    assert (again.imbalance_cost, again.cost, again.stated_cost) == (13, 70, None)
    assert plans.to_dict(again) == plans.to_dict(uneven)
    body = plans.to_dict(uneven) | {"cost": 57}
    (tmp_path / "wrong.json").write_text(json.dumps(body))
    assert plans.read(tmp_path / "wrong.json").stated_cost == 57


def test_tables(small: Plan) -> None:
    """The tables hold a row per route, stop, delivery and unserved delivery; an empty plan keeps its columns."""
    tables = plans.to_tables(small)
    assert [len(tables[name]) for name in ("routes", "stops", "unserved", "deliveries")] == [1, 3, 1, 2]
    assert tables["stops"]["wait_min"].tolist() == [0, 10, 0]
    empty = plans.to_tables(small.replace(routes=(), unserved=(), deliveries=()))
    assert all(empty[name].empty and list(empty[name].columns) == list(tables[name].columns) for name in tables)
