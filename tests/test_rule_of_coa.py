"""A course of action that changes the rule by which legs run risks: kept in its file, checked, followed by its plan."""

import shutil

import pytest
from tables import ask, road, scenario_of, straight_road

from workbench import problem, scenario
from workbench.errors import InputError
from workbench.scenario import CourseOfAction
from workbench.scenario.model import coa_dict, inputs_sha256

THREATS = {"type": "FeatureCollection", "features": [{
    "type": "Feature", "properties": {"threat_id": "T1", "per_km": 0.01, "radius_m": 2000},
    "geometry": {"type": "Point", "coordinates": [15.05, 48.0]},
}]}  # fmt: skip


def threatened(setting, **rules):
    """The straight road with a threat on its first half and a way round, 8 km longer; courses of action by rule."""
    rows = straight_road(requisitions=[ask("R1")])
    rows["edges"].append(road("ROUND", "S", "A", length_m=18_000, geometry="LINESTRING (15 48, 15.05 48.07, 15.1 48)"))
    coas = {name: CourseOfAction(name, base=base, threat=threat) for name, (base, threat) in rules.items()}
    told = {"threat": {"rule": setting}} if setting else {}
    return scenario_of(settings=told, coas=coas, **rows).replace(threats=THREATS)


def way(sc, coa):
    """The roads of the leg from S to A, and what the plan says of its rule."""
    p = problem.build(sc, coa)
    s, a = (next(k for k, place in enumerate(p.places) if place.node_id == node) for node in "SA")
    (said,) = (sentence for sentence in p.assumptions if sentence.startswith("Legs "))
    return p.travel.path(p.fleet[0].travel, s, a).edge_ids, said


def test_plans_with_and_without_a_rule_differ():
    """The same scenario under both rules: each plan drives its own way and says by which rule."""
    sc = threatened("", wary=("", {"rule": "safest"}))
    assert way(sc, "baseline") == (("SA",), "Legs take the fastest way, also through the 1 threat(s) in force: T1.")
    edges, said = way(sc, "wary")
    assert edges == ("ROUND",)
    assert "“safest”" in said
    assert inputs_sha256(sc) != inputs_sha256(sc, "wary")


def test_a_rule_replaces_that_of_the_scenario_and_of_its_base():
    """The last word counts; a course of action without one keeps its base's."""
    sc = threatened(
        "safest", bold=("", {"rule": "fastest"}), likewise=("bold", None), wary=("likewise", {"rule": "within 10 min"})
    )
    assert way(sc, "baseline")[0] == way(sc, "wary")[0] == ("ROUND",)
    assert way(sc, "bold")[0] == way(sc, "likewise")[0] == ("SA",)
    assert scenario.apply(sc, "wary").settings["threat"] == {"rule": "within 10 min"}


@pytest.fixture
def folder(tmp_path):
    """A copy of four_drops."""
    return shutil.copytree("sample_data/four_drops", tmp_path / "four_drops")


def test_a_rule_survives_its_file(folder):
    """What is saved is what is read back, in its normal form; without one the file and the hash say nothing of it."""
    sc = scenario.load(folder)
    scenario.save_coa(sc, scenario.derive(sc, "wary", threat={"rule": "within 10 min"}, close=("B2",)))
    scenario.save_coa(sc, scenario.derive(sc, "plain", close=("B2",)))
    again = scenario.load(folder).coas
    assert again["wary"].threat == {"rule": "within 10 min"}
    assert again["plain"].threat is None
    assert "threat" not in coa_dict(again["plain"])
    (folder / "coas" / "wary.toml").write_text('[threat]\nrule = "Within  10  min of fastest"\n')
    assert scenario.load(folder).coas["wary"].threat == {"rule": "within 10 min"}


@pytest.mark.parametrize(
    "text", ['[threat]\nrule = "careful"\n', 'threat = "safest"\n', "[threat]\n", '[threat]\nrule = "knee"\nrisk = 1\n']
)
def test_a_rule_that_is_none_is_found_at_its_line(folder, text):
    """One finding, that says what may be written; in memory it is refused the same."""
    (folder / "coas" / "bad.toml").write_text(text)
    (found,) = (f for f in scenario.validate(folder) if f.file == "coas/bad.toml")
    assert (found.row, found.column, found.level) == (1, "threat", "error")
    (folder / "coas" / "bad.toml").unlink()
    sc = scenario.load(folder)
    with pytest.raises(InputError, match="fastest, safest, within 10 min"):
        scenario.with_coa(sc, scenario.derive(sc, "bad", threat={"rule": "careful"}))
