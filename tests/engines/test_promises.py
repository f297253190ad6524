"""What every engine promises: sound plans, known optima, the same plan again, strict priorities, a working stop."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from brute import optimum
from hypothesis import HealthCheck, given, settings
from strategies import problems

from workbench import kpi
from workbench import plan as plans
from workbench.check import check
from workbench.engines import ENGINES, Budget, solve
from workbench.errors import UsageError
from workbench.problem import SHARE, Load, build
from workbench.scenario import load

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
ANSWERS = tomllib.loads((SAMPLE_DATA / "four_drops" / "answer.toml").read_text(encoding="utf-8"))
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class Listener:
    """A monitor that notes what it hears, and stops once it has been asked ``asks`` times or heard of a plan."""

    def __init__(self, asks=None, *, at_first_plan=False):
        self.heard, self.said, self.asked, self.limit, self.at_first = [], [], 0, asks, at_first_plan
        self.stopped = None

    def improved(self, seconds, cost, served, unserved):
        """Note a better plan."""
        self.heard.append((tuple(-s for s in served), cost))

    def progress(self, fraction, text):
        """Note how far it is."""
        self.said.append(fraction)

    def should_stop(self):
        """Stop when told to, and remember when that was."""
        self.asked += 1
        stop = (self.limit is not None and self.asked > self.limit) or (self.at_first and bool(self.heard))
        if stop and self.stopped is None:
            self.stopped = monotonic()
        return stop


@pytest.fixture(scope="module")
def river():
    """The sample scenario's problem."""
    return build(load(SAMPLE_DATA / "river_crossing"))


def text(plan):
    """The plan as its file has it."""
    return json.dumps(plans.to_dict(plan), sort_keys=True)


@pytest.mark.parametrize("coa", ["baseline", "bridge_out", "no_heavy"])
@pytest.mark.parametrize("name", ENGINES)
def test_the_written_optimum_is_found(name, coa):
    """Each engine finds the answers of four_drops."""
    problem = build(load(SAMPLE_DATA / "four_drops"), coa)
    plan = solve(problem, name, Budget(iterations=200), jobs=1)
    assert check(problem, plan) == []
    assert kpi.served_vector(problem, plan) == tuple(x * SHARE for x in ANSWERS[coa]["served"])
    assert plan.cost == ANSWERS[coa]["cost"]
    assert {u.delivery_id: u.code for u in plan.unserved} == ANSWERS[coa]["unserved"]


@pytest.mark.parametrize("name", ENGINES)
@given(problem=problems(max_deliveries=7))
@settings(max_examples=30, **QUICK)
def test_an_engine_keeps_its_word(name, problem):
    """A plan never breaks a constraint its engine claims to enforce, and every delivery is accounted for once."""
    plan = solve(problem, name, Budget(iterations=20), jobs=1)
    assert {v.code for v in check(problem, plan)}.isdisjoint(ENGINES[name].enforces)
    assert set(plan.enforced) <= ENGINES[name].enforces
    served = [x for r in plan.routes for s in r.stops if s.kind in ("deliver", "pickup") for x in s.deliveries]
    ids = sorted(d.delivery_id for d in problem.deliveries)
    assert sorted([*served, *(u.delivery_id for u in plan.unserved)]) == ids
    assert sorted(d.delivery_id for d in plan.deliveries) == ids


@given(problem=problems(max_deliveries=5))
@settings(max_examples=30, **QUICK)
def test_small_problems_are_served_as_well_as_can_be(problem):
    """The main engine serves what the exhaustive optimum serves, and never at less cost than is possible."""
    served, cost = optimum(problem)
    plan = solve(problem, "pyvrp", Budget(iterations=600), jobs=1)
    assert kpi.served_vector(problem, plan) == served
    assert plan.cost >= cost


def test_the_same_budget_gives_the_same_plan_whatever_the_processes(river):
    """Same inputs, seed and iterations: the same bytes, three times, with one process and with two."""
    made = [text(solve(river, "pyvrp", Budget(iterations=4500), seed=3, jobs=jobs)) for jobs in (1, 2, 2)]
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("name", ["greedy", "ortools"])
def test_the_same_seed_gives_the_same_plan(four_drops, name):
    """The other engines repeat themselves too."""
    made = {text(solve(four_drops, name, Budget(iterations=50), seed=2, jobs=jobs)) for jobs in (1, 2, 1)}
    assert len(made) == 1


@pytest.mark.parametrize("name", ENGINES)
def test_stopped_before_the_first_plan(river, name):
    """Then everything is left out, NOT_PLANNED, but for what was refused before."""
    plan = solve(river, name, Budget(seconds=30), jobs=1, monitor=Listener(asks=0))
    assert not plan.routes
    assert len(plan.unserved) == len(river.deliveries)
    assert {u.code for u in plan.unserved} - {d.refused[0] for d in river.deliveries if d.refused} == {"NOT_PLANNED"}


@pytest.mark.parametrize("name", ENGINES)
def test_stopped_in_the_middle_the_best_plan_so_far_comes_back(river, name):
    """A stop after the first plan ends the search long before its budget, with a sound plan."""
    listener = Listener(at_first_plan=True)
    start = monotonic()
    plan = solve(river, name, Budget(seconds=300), jobs=1, monitor=listener)
    assert monotonic() - start < 150
    assert plan.routes
    assert check(river, plan) == []


def test_news_gets_better_all_the_time(river):
    """Each plan a monitor hears of beats the one before, and the last is the one returned."""
    listener = Listener()
    plan = solve(river, "pyvrp", Budget(iterations=1500), jobs=1, monitor=listener)
    assert listener.heard == sorted(listener.heard, reverse=True)
    assert listener.heard[-1] == (tuple(-s for s in kpi.served_vector(river, plan)), plan.cost)
    assert all(0 <= fraction <= 1 for fraction in listener.said)


@pytest.mark.parametrize("name", ENGINES)
def test_many_late_priorities_never_displace_an_urgent_one(four_drops, name):
    """One priority-2 delivery outweighs any number of priority-9 ones that are cheaper to serve."""
    light = next(v for v in four_drops.fleet if four_drops.travel.leg(v.travel, 0, 4, 0))
    urgent = next(d for d in four_drops.deliveries if d.requisition_id == "REQ-D4")
    near = next(d for d in four_drops.deliveries if d.requisition_id == "REQ-D1")
    crowd = tuple(
        replace(near, delivery_id=f"X{n}/1", requisition_id=f"X{n}", priority=9, windows=urgent.windows)
        for n in range(12)
    )
    capacity = Load(*(max(a, b) for a, b in zip(urgent.load, near.load, strict=True)))
    one = replace(light, count=1, max_trips=1, capacity=capacity)
    problem = four_drops.replace(deliveries=(replace(urgent, priority=2), *crowd), fleet=(one,))
    plan = solve(problem, name, Budget(iterations=100), jobs=1)
    assert check(problem, plan) == []
    assert urgent.delivery_id not in {u.delivery_id for u in plan.unserved}


@pytest.mark.parametrize(
    "words", [{}, {"seconds": 1, "iterations": 1}, {"seconds": -1}, {"iterations": -5}, {"iterations": 1.5}]
)
def test_bad_budgets_are_usage_errors(words):
    """A budget is seconds or iterations, and not negative."""
    with pytest.raises(UsageError):
        Budget(**words)


def test_unknown_engines_and_seeds_are_usage_errors(four_drops):
    """The engine must exist; seed and jobs must make sense."""
    for words in ({"engine": "magic"}, {"seed": -1}, {"jobs": 0}):
        with pytest.raises(UsageError):
            solve(four_drops, budget=Budget(iterations=1), **words)
