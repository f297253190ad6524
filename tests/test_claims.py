"""What a plan file claims of itself as a whole is checked too: list, sentences, verdict, KPIs, bound."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tables import ask, road, scenario_of, straight_road

from workbench import check, engines, plan, problem, report
from workbench.errors import PlanFileError, UsageError


@pytest.fixture(scope="module")
def body(four_drops_bridge_out):
    """The plan file of four_drops with the bridge out, as the object it holds."""
    made = engines.solve(four_drops_bridge_out, engine="greedy", budget=engines.Budget(iterations=20), jobs=1)
    return plan.files.to_dict(report.complete(four_drops_bridge_out, made))


def read(body, folder: Path):
    """Return a plan file's object as the plan it is read as."""
    path = folder / "plan.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return plan.read(path)


def found(problem, body, folder: Path):
    """Return what check and claims say of a plan file."""
    made = read(body, folder)
    violations = check.check(problem, made)
    return [*violations, *report.claims(problem, made, violations)]


def spoil(body, *keys, value):
    """Return a copy of a plan file's object with one value changed."""
    out = json.loads(json.dumps(body))
    at = out
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value
    return out


def test_an_untouched_plan_claims_nothing_wrong(four_drops_bridge_out, body, tmp_path):
    """Written and read back, every claim holds; a plan without claims has none to be wrong."""
    assert found(four_drops_bridge_out, body, tmp_path) == []
    bare = {**body, "kpis": {}, "bound": {}, "violations": None}
    assert found(four_drops_bridge_out, bare, tmp_path) == []


@pytest.mark.parametrize(
    ("keys", "value", "amount", "words"),
    [
        (("kpis", "otif", "value"), 1.0, 0.25, "otif as 1 share; the replay gives 0.75 share"),
        (("kpis", "otif", "value"), "good", 1, "otif as 'good' share"),
        (("kpis", "otif", "value"), None, 1, "otif as None share"),
        (("kpis", "otif", "unit"), "percent", 1, "0.75 percent; the replay gives 0.75 share"),
        (("kpis", "distance_km", "value"), 34, 1, "distance_km as 34 km; the replay gives 35 km"),
        (("kpis", "binding_dimension", "value"), "kg", 1, "'kg' dimension; the replay gives 'pallets' dimension"),
        (("bound", "kind"), "proved", 1, "bound's kind as 'proved'"),
        (("bound", "gap"), -1.0, None, "bound's gap as -1.0"),
        (("bound", "served"), {}, 1, "bound's served as {}"),
        (("deliveries",), [], 4, "lists no deliveries; its inputs give 4"),
        (
            ("violations",),
            [{"code": "capacity", "route_id": "R01", "node": "D1", "amount": 1, "unit": "kg", "text": "Too much."}],
            1,
            "states 1 violation(s), the first capacity: Too much. The replay gives 0.",
        ),
    ],
)
def test_a_wrong_claim_is_one_violation(four_drops_bridge_out, body, tmp_path, keys, value, amount, words):
    """It is named with what is stated, what is right and by how much."""
    (one,) = found(four_drops_bridge_out, spoil(body, *keys, value=value), tmp_path)
    assert one.code == "stated"
    assert words in one.text
    assert one.amount == (pytest.approx(amount) if amount is not None else one.amount)


def test_a_completed_plan_explains_every_unserved_delivery(four_drops_bridge_out, body, tmp_path):
    """NOT_PLANNED without a sentence is for engines only."""
    assert body["unserved"][0]["delivery_id"] == "REQ-D4/1"
    bare = spoil(spoil(body, "unserved", 0, "code", value="NOT_PLANNED"), "unserved", 0, "reason", value="")
    (one,) = found(four_drops_bridge_out, bare, tmp_path)
    assert (one.code, "REQ-D4/1" in one.text) == ("unserved_code", True)


def test_a_broken_route_is_not_repeated_as_wrong_figures(four_drops_bridge_out, body, tmp_path):
    """KPIs and bound of a plan that breaks a constraint follow from the breach."""
    broken = spoil(body, "routes", 0, "cost", value=body["routes"][0]["cost"] - 1)
    broken["cost"] -= 1
    assert [v.code for v in found(four_drops_bridge_out, broken, tmp_path)] == ["stated"]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("kpis", "otif"), 7),
        (("kpis", "otif", "value"), 10**400),
        (("routes", 0, "distance_m"), 10**400),
        (("routes", 0, "stops", 0, "load_after", "m3"), 1e308),
        (("routes", 0, "stops", 0, "arrive"), "0001-01-01T00:00:00+14:00"),
        (("as_of",), "9999-12-31T23:59:59-14:00"),
        (("routes", 0, "route_id"), "R\ud800"),
        (("budget", "seconds"), "ten"),
        (("spent", "rounds"), 0.5),
    ],
)
def test_values_that_nobody_can_reckon_with_are_refused(body, tmp_path, keys, value):
    """Numbers and instants beyond all measure, and half characters, are faults of the file, not ours."""
    with pytest.raises(PlanFileError):
        read(spoil(body, *keys, value=value), tmp_path)


def test_a_folder_that_cannot_be_written_is_refused_before_planning(tmp_path):
    """A file in the way, a forbidden folder and somebody's own ``inputs`` each get a sentence."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="can't be written into"):
            report.prepare(out)
    if os.geteuid() != 0:
        (tmp_path / "shut").mkdir(mode=0o555)
        with pytest.raises(UsageError, match="Permission denied"):
            report.prepare(tmp_path / "shut")
    (tmp_path / "own" / "inputs").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds no scenario"):
        report.prepare(tmp_path / "own")
    made = report.prepare(tmp_path / "new" / "deep")
    assert made.is_dir()
    assert not list(made.iterdir())


def test_bridges_of_unknown_class_are_listed_and_the_list_is_held_to_the_ways(tmp_path):
    """B has no class: the plan names it with its route and what it is taken for; a list without it is found out."""
    rows = straight_road(edges=[road("SA", "S", "A"), road("B", "A", "C", bridge="true")],
                         requisitions=[ask("R1", node_id="C"), ask("R2")])  # fmt: skip
    for policy, taken_as in (("assume", 60.0), ("allow", None)):
        prob = problem.build(scenario_of(settings={"unknown_mlc": policy}, **rows))
        made = report.complete(prob, engines.solve(prob, "greedy", engines.Budget(iterations=10), jobs=1))
        assert [(c.edge_id, c.taken_as, c.routes) for c in made.unknown_bridges] == [("B", taken_as, ("R01",))]
        body = plan.files.to_dict(made)
        assert read(body, tmp_path).unknown_bridges == made.unknown_bridges
        assert found(prob, body, tmp_path) == []
        (violation,) = found(prob, {**body, "unknown_bridges": []}, tmp_path)
        assert (violation.code, violation.amount) == ("stated", 1)
        assert found(prob, {k: v for k, v in body.items() if k != "unknown_bridges"}, tmp_path) == []
