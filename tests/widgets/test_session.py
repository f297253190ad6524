"""The session: opening, editing beside the original, saving, coming back to the same state."""

import os
import signal
import time

import pytest

import workbench as wb
from widgets import Selection, Session
from widgets import session as session_module
from widgets.session import UNSAVED
from workbench.errors import PlanFileError, UsageError
from workbench.jobs import Job


def _content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _heavier(session, weight):
    """Lay a new weight of the first requisition over the session, and return the frame."""
    frame = session.base.tables["requisitions"].copy()
    frame.loc[0, "weight_kg"] = weight
    session.edit_table("requisitions", frame)
    return frame


def test_opens_what_the_environment_names(session, folder):
    """A page opens on WORKBENCH_SCENARIO, carries its marking, and lists it first."""
    assert session.scenario.path == folder
    assert session.scenarios[0] == folder
    assert session.marking == session.scenario.marking != ""
    assert session.plan is None


def test_opens_the_plan_of_the_out_folder(planned):
    """A plan that fits the scenario is shown at once, checked."""
    assert planned.plan.scenario == "four_drops"
    assert planned.violations == ()
    assert len(planned.arrivals) == len(planned.problem.deliveries)


def test_a_broken_folder_opens_to_its_findings(folder):
    """Bad input never stops a page: every finding is there to be shown."""
    table = folder / "requisitions.csv"
    table.write_text(table.read_text().replace("REQ-D2,A-2", "REQ-D2,NOBODY"))
    session = Session.open()
    assert session.scenario is None
    assert {f.file for f in session.findings} == {"requisitions.csv"}
    assert "finding" in session.message


def test_nothing_to_open_is_said(monkeypatch, tmp_path):
    """Without any scenario the page says how to make one."""
    monkeypatch.setenv("WORKBENCH_SCENARIO", "")
    monkeypatch.setattr("widgets.discover.scenario_folders", tuple)
    assert "workbench new" in Session.open().message


def test_edits_never_touch_the_original(planned, folder):
    """An edit lives in an unsaved course of action; the folder keeps its bytes."""
    before = _content(folder)
    _heavier(planned, 1150)
    planned.edit(close=("B2",))
    assert planned.coa == UNSAVED
    assert planned.shown.tables["requisitions"]["weight_kg"].iloc[0] == 1150
    assert planned.problem.deliveries[0].load.kg == 1150
    assert _content(folder) == before


def test_the_plan_is_checked_against_the_edit(planned):
    """Closing the bridge a route crosses turns the verdict at once; discarding brings everything back."""
    good, path = planned.plan, planned.plan_path
    planned.edit(close=("B2",))
    assert {v.code for v in planned.violations} & {"access", "refused"}
    planned.discard()
    assert (planned.plan, planned.plan_path, planned.violations) == (good, path, ())
    assert planned.unsaved is None


def test_the_same_edit_twice_is_one_edit(session):
    """Editing a cell again replaces the first edit; back to the old value is no edit at all."""
    _heavier(session, 1150)
    _heavier(session, 1180)
    assert [c.values for c in session.unsaved.changes] == [{"weight_kg": 1180}]
    _heavier(session, 1000)
    assert session.unsaved.changes == ()


def test_saving_as_a_course_of_action_and_coming_back(session, folder):
    """Reopening a saved course of action gives the same inputs, byte for byte of their hash."""
    before = _content(folder)
    _heavier(session, 1150)
    session.edit(close=("B2",))
    path = session.save_as_coa("flood", "The river rose.")
    assert path == folder / "coas" / "flood.toml"
    assert {k: v for k, v in _content(folder).items() if k in before} == before
    again = Session.open(folder, coa="flood")
    assert again.coa == session.coa == "flood"
    assert again.problem.inputs_sha256 == session.problem.inputs_sha256
    assert again.problem.deliveries == session.problem.deliveries
    assert again.problem.deliveries[0].load.kg == 1150


def test_a_saved_name_is_not_overwritten_unasked(session):
    """A course of action that exists is only replaced when asked for."""
    _heavier(session, 1150)
    with pytest.raises(Exception, match="no_heavy"):
        session.save_as_coa("no_heavy")
    for name in ("", "baseline", UNSAVED):
        with pytest.raises(UsageError, match="name of its own"):
            session.save_as_coa(name)


def test_saving_as_a_scenario_and_coming_back(session, folder, tmp_path):
    """A new scenario folder holds the edits in its tables and opens to the same deliveries."""
    _heavier(session, 1150)
    session.save_as_scenario(tmp_path / "heavier")
    again = Session.open(tmp_path / "heavier")
    assert again.coa == "baseline"
    assert again.problem.deliveries == session.problem.deliveries
    with pytest.raises(Exception, match="heavier"):
        session.save_as_scenario(tmp_path / "heavier")


def test_rows_can_be_added_and_removed(session):
    """A new line and one taken away are differences too."""
    frame = session.base.tables["requisitions"]
    new = frame.iloc[[1]].assign(requisition_id="REQ-NEW")
    session.edit_table("requisitions", wb.scenario.rows.check_rows(session.base, "requisitions", [
        *frame.iloc[1:].to_dict("records"), *new.to_dict("records")])[0])  # fmt: skip
    asked = set(session.shown.tables["requisitions"]["requisition_id"])
    assert asked == set(frame["requisition_id"]) - {"REQ-D1"} | {"REQ-NEW"}


def test_a_plan_of_other_inputs_is_shown_with_its_own(planned, folder):
    """When the tables have changed since, the plan is shown with those kept beside it, and that is said."""
    table = folder / "requisitions.csv"
    table.write_text(table.read_text().replace(",1000,", ",1100,", 1))
    session = Session.open(folder)
    assert session.plan is not None
    assert "before the scenario" in session.message
    assert session.violations == ()


def test_a_plan_without_its_inputs_is_refused(planned, folder, tmp_path):
    """A plan that fits nothing is not shown as if it did."""
    lone = tmp_path / "lone.json"
    wb.plan.write(planned.plan.replace(inputs_sha256="0" * 64), lone)
    with pytest.raises(PlanFileError, match="other inputs"):
        planned.open_plan(lone)


def test_going_to_another_course_of_action(planned):
    """The plan of one course of action is not shown under another."""
    planned.choose_coa("bridge_out")
    assert planned.plan is None
    planned.choose_coa("baseline")
    assert planned.plan is not None


def test_selecting_a_delivery_points_at_its_stop(planned):
    """Route, stop and node follow from a delivery; nothing given selects nothing."""
    planned.select(delivery_id="REQ-D4/1")
    chosen = planned.selection
    stop = next(r for r in planned.plan.routes if r.route_id == chosen.route_id).stops[chosen.seq - 1]
    assert (stop.node, "REQ-D4/1" in stop.deliveries) == (chosen.node, True)
    planned.select()
    assert planned.selection == Selection()


def test_solving_brings_a_checked_plan(session):
    """The plan of a job is shown when it is done, and can be kept and found again."""
    job = session.solve(engine="greedy", iterations=20)
    assert isinstance(job, Job)
    with pytest.raises(UsageError, match="running"):
        session.solve(engine="greedy", iterations=20)
    job.wait(120)
    assert session.violations == ()
    assert session.progress.text == "Done"
    out = session.save_plan("first")
    assert (out / "plan.json").is_file()
    again = Session.open()
    assert again.plan_path == (out / "plan.json").resolve()
    assert again.plan.routes == session.plan.routes
    with pytest.raises(UsageError, match="holds a plan"):
        session.save_plan("first")


def test_inputs_that_changed_while_solving_are_said(session):
    """A plan that comes after an edit is checked against the edit, not passed off as made for it."""
    job = session.solve(engine="greedy", iterations=20)
    session.edit(close=("B2",))
    job.wait(120)
    assert "changed while" in session.message
    assert session.violations


def test_a_failed_solve_says_why(session):
    """What an engine refuses is a sentence on the page."""
    session.solve(engine="oracle", iterations=1).wait(120)
    assert "oracle" in session.message
    assert session.plan is None


def test_a_failed_solve_leaves_the_plan_of_before(planned):
    """Where the solver brings nothing, the page keeps what it had, and says whose plan that is."""
    before = planned.plan
    planned.solve(engine="oracle", iterations=1).wait(120)
    assert planned.plan is before
    assert planned.message.endswith("The plan shown is the one from before.")


def test_a_killed_solver_leaves_its_best_plan(planned):
    """What the solver had found is shown, checked, and the page says that it died."""
    before = planned.plan
    job = planned.solve(engine="pyvrp", iterations=10**9, jobs=1)
    end = time.monotonic() + 60
    while job._best is None and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(job._process.pid, signal.SIGKILL)
    job.wait(10)
    assert planned.plan is job.plan is not before
    assert planned.violations == ()
    assert "ended by itself" in planned.message
    assert "is kept" in planned.message


def test_the_reasons_of_a_job_are_not_sought_again(session, monkeypatch):
    """What the child has tried comes with its plan; after the next edit the page tries anew."""
    tried = []
    inner = wb.explain.unserved
    monkeypatch.setattr(wb.explain, "unserved", lambda *given: tried.append(given) or inner(*given))
    session.solve(engine="greedy", iterations=20).wait(120)
    assert session.reasons.empty
    assert tried == []
    session.edit(close=("B2",))
    _ = session.reasons
    assert len(tried) == 1


def test_the_ground_is_drawn_again_only_when_it_changed(session, monkeypatch):
    """Edits of what lies elsewhere leave the ground alone, also where a road is closed by the same edits."""
    drawn = []
    inner = wb.layers.ground
    monkeypatch.setattr(wb.layers, "ground", lambda *given: drawn.append(given) or inner(*given))
    session.edit(close=("B2",))
    _ = session.ground
    _heavier(session, 1150)
    _ = session.ground
    assert len(drawn) == 1
    session.edit(close=())
    _ = session.ground
    assert len(drawn) == 2


def test_a_session_opened_ahead_is_handed_out_once(planned, folder):
    """Work done before a page comes is used by the first page, and only while no file has changed."""
    session_module.open_ahead()
    made = session_module._ahead[0][1]
    assert Session.open() is made
    assert Session.open() is not made
    session_module.open_ahead()
    stale = session_module._ahead[0][1]
    (folder / "README.md").write_text("changed")
    assert Session.open() is not stale
