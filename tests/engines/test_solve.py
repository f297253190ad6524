"""What `solve` promises whatever the engine: budgets, complete plans, monitors, cancel, the same plan again."""

import time

import pytest
from worlds import B, C, drop, place, truck, world

from workbench import engines
from workbench.batch import Executor
from workbench.check import check
from workbench.engines import ENGINES, Budget, _rounds, ortools_routing, pyvrp_ils
from workbench.errors import UsageError
from workbench.kpi import served_vector
from workbench.plan import to_dict
from workbench.problem import NO_LIMIT, SHARE, Load, Objective

SMALL = Budget(iterations=60)


class Watch:
    """A monitor that writes everything down and stops when told."""

    def __init__(self, stop_after=None):
        self.better, self.steps, self.asked = [], [], 0
        self.stop_after = stop_after

    def improved(self, seconds, cost, served, unserved):
        """Write a better plan down."""
        """Write down the better plan."""
        self.better.append((cost, served, unserved))

    def progress(self, fraction, text):
        """Write progress down."""
        """Write down the step."""
        self.steps.append((fraction, text))

    def should_stop(self):
        """Stop once asked often enough."""
        """Stop after so many questions."""
        self.asked += 1
        return self.stop_after is not None and self.asked > self.stop_after


def many(n, fleet=None):
    """A world with n drops of mixed size and priority along the road, too much for the fleet as it is."""
    deliveries = [
        drop(f"Q{k}", (B, C, 3)[k % 3], load=Load(300 + 137 * k % 900, 0, 60 + 31 * k % 90), priority=1 + k % 5)
        for k in range(n)
    ]
    fleet = fleet or [truck(count=2, max_trips=3), truck("VAN", capacity=Load(1200, NO_LIMIT, 200), cost_per_hour=9.0)]
    return world(deliveries, fleet)


@pytest.mark.parametrize(
    "amounts",
    [{}, {"seconds": 1, "iterations": 1}, {"seconds": -1}, {"iterations": -1}, {"seconds": float("nan")},
     {"seconds": float("inf")}, {"iterations": 1.5}, {"iterations": True}],
)  # fmt: skip
def test_a_budget_is_seconds_or_iterations(amounts):
    """Both, neither, negative or half an iteration is a usage error."""
    with pytest.raises(UsageError):
        Budget(**amounts)


@pytest.mark.parametrize("wish", [{"engine": "vroom"}, {"seed": -1}, {"jobs": 0}])
def test_refuses_unknown_wishes(wish):
    """An unknown engine, a negative seed and no process at all are usage errors with the choices named."""
    with pytest.raises(UsageError, match="Expected"):
        engines.solve(world([drop("D1", B)]), budget=SMALL, **wish)


@pytest.mark.parametrize("name", ENGINES)
def test_four_drops_is_solved_to_its_written_optimum(name, four_drops, four_drops_bridge_out, four_drops_no_heavy):
    """The answers worked out by hand in the folder's README."""
    plans = [engines.solve(p, name, SMALL) for p in (four_drops, four_drops_bridge_out, four_drops_no_heavy)]
    assert [p.cost for p in plans] == [247, 170, 134]
    assert [sum(r.distance_m for r in p.routes) for p in plans] == [67_000, 35_000, 74_000]
    assert [(u.delivery_id, u.code) for p in plans for u in p.unserved] == [("REQ-D4/1", "UNREACHABLE")]


@pytest.mark.parametrize("name", ENGINES)
def test_every_delivery_is_served_or_unserved_once(name):
    """Refused ones keep their code and sentence, what is left out says NOT_PLANNED, and all are listed."""
    problem = world(
        [drop("D1", B), drop("D2", C, refused=("STOCK", "No meals left.")), drop("D3", B, load=Load(9000))],
        [truck(count=1)],
    )
    plan = engines.solve(problem, name, SMALL)
    assert [(u.delivery_id, u.code) for u in plan.unserved] == [("D2/1", "STOCK"), ("D3/1", "NOT_PLANNED")]
    assert plan.unserved[0].reason == "No meals left."
    assert name in plan.unserved[1].reason
    assert [d.delivery_id for d in plan.deliveries] == ["D1/1", "D2/1", "D3/1"]
    assert check(problem, plan) == []


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("empty", ["deliveries", "vehicles", "fleet"])
def test_nothing_to_plan_or_to_plan_with(name, empty):
    """No deliveries, no vehicles or no fleet at all give an empty plan, not an error."""
    deliveries = () if empty == "deliveries" else (drop("D1", B),)
    fleet = () if empty == "fleet" else (truck(count=0 if empty == "vehicles" else 1),)
    problem = world(deliveries).replace(fleet=fleet)
    plan = engines.solve(problem, name, SMALL)
    assert plan.routes == ()
    assert [u.code for u in plan.unserved] == ["NOT_PLANNED"] * len(deliveries)
    assert check(problem, plan) == []


@pytest.mark.parametrize("name", ENGINES)
def test_what_an_engine_keeps_is_named(name):
    """A plan says which constraints its engine never breaks: all that the checker knows."""
    problem = world([drop("D1", B)])
    slotted = problem.replace(places=(place("DEP", slots=1), *problem.places[1:]))
    assert engines.solve(problem, name, SMALL).unenforced == ()
    assert engines.solve(slotted, name, SMALL).unenforced == ()
    assert {"window", "slots"} <= set(engines.solve(problem, name, SMALL).enforced)


@pytest.mark.parametrize("name", ENGINES)
def test_same_seed_and_iterations_same_plan(name):
    """Three runs agree to the last field."""
    problem = many(14)
    first, *others = [to_dict(engines.solve(problem, name, SMALL, seed=5, jobs=1)) for _ in range(3)]
    assert all(other == first for other in others)


def test_the_number_of_processes_changes_nothing(monkeypatch):
    """An iteration budget is spent the same way on one process and on two that were up from the start."""

    def ready(n, budget, jobs):
        executor = Executor("process", jobs, _rounds.warm) if jobs > 1 else Executor()
        executor.start()
        while not executor.ready:
            time.sleep(0.01)
        return executor

    monkeypatch.setattr(pyvrp_ils, "workers", ready)
    problem = many(90, fleet=(truck(count=30),))
    one, two, again = [
        to_dict(engines.solve(problem, "pyvrp", Budget(iterations=1501), seed=3, jobs=jobs)) for jobs in (1, 2, 2)
    ]
    assert one == two == again
    assert one["spent"]["iterations"] == 1501


def test_spent_replays_a_plan():
    """Iterations spent by a plan cut short give the same plan when they are the budget."""
    problem = many(20)
    cut = engines.solve(problem, "pyvrp", Budget(seconds=60), monitor=Watch(stop_after=12), jobs=1)
    assert cut.spent["iterations"] > 0
    again = engines.solve(problem, "pyvrp", Budget(iterations=cut.spent["iterations"]), jobs=1)
    assert again.routes == cut.routes
    assert again.spent == cut.spent


@pytest.mark.parametrize("rounds", [0, 1, 2])
@pytest.mark.parametrize(("name", "drops"), [("pyvrp", 131), ("ortools", 23)])
def test_spent_replays_pieces_of_unequal_size(name, drops, rounds, monkeypatch):
    """Also where a round works on pieces that get different numbers of iterations, and where none was finished."""
    monkeypatch.setattr(_rounds, "EFFORT", 3000)
    monkeypatch.setattr(_rounds, "FEWEST", 1)
    monkeypatch.setattr(ortools_routing, "PIECE", 7)
    monkeypatch.setattr(ortools_routing, "LOOKS", 1)
    problem = many(drops, fleet=(truck(count=drops // 2, max_trips=1),))
    watch = Watch()
    watch.should_stop = lambda: (
        sum(text.startswith("Round") for _, text in watch.steps) >= rounds and bool(watch.better)
    )
    cut = engines.solve(problem, name, Budget(iterations=10**9), monitor=watch, jobs=1)
    again = engines.solve(problem, name, Budget(iterations=cut.spent["iterations"]), jobs=1)
    assert cut.spent["rounds"] == rounds
    assert again.spent == cut.spent
    assert again.routes == cut.routes


@pytest.mark.parametrize("name", ENGINES)
def test_cancel_before_the_first_plan(name):
    """Everything comes back as NOT_PLANNED, whether the engine was told at once or had begun."""
    early, plan = [engines.solve(many(6), name, Budget(seconds=60), monitor=Watch(stop_after=n)) for n in (0, 1)]
    assert to_dict(early) == to_dict(plan)
    assert plan.engine == name
    assert plan.routes == ()
    assert {u.code for u in plan.unserved} == {"NOT_PLANNED"}
    assert len(plan.unserved) == 6


@pytest.mark.parametrize("name", ["pyvrp", "ortools"])
def test_cancel_keeps_the_best_plan(name):
    """A stop in the middle returns soon, with a plan no worse than the first."""
    problem = many(20)
    first = engines.solve(problem, "greedy", Budget(iterations=0))
    begin = time.monotonic()
    plan = engines.solve(problem, name, Budget(seconds=60), monitor=Watch(stop_after=9), jobs=1)
    assert time.monotonic() - begin < 10
    assert check(problem, plan) == []
    assert served_vector(problem, plan) >= served_vector(problem, first)


@pytest.mark.parametrize("name", ENGINES)
def test_a_keeper_is_given_the_plans_themselves(name):
    """A monitor that keeps plans can have each better one written; the last is the plan that comes back."""

    class Shelf(Watch):
        plans = ()

        def keep(self, plan):
            """Put it on the shelf."""
            self.plans = (*self.plans, plan())

    problem, shelf = many(20), Shelf()
    plan = engines.solve(problem, name, Budget(iterations=600), monitor=shelf, jobs=1)
    assert len(shelf.plans) == len(shelf.better)
    assert all(check(problem, p) == [] for p in shelf.plans)
    assert [p.cost for p in shelf.plans] == [cost for cost, _, _ in shelf.better]
    assert shelf.plans[-1].routes == plan.routes


def test_monitor_hears_of_every_better_plan():
    """Plans only get better, fractions only grow, and the last one told is the one returned."""
    problem, watch = many(20), Watch()
    plan = engines.solve(problem, "pyvrp", Budget(iterations=2000), monitor=watch, jobs=1)
    keys = [(tuple(-x for x in served), cost) for cost, served, _ in watch.better]
    assert keys == sorted(keys, reverse=True)
    assert watch.better[-1] == (plan.cost, served_vector(problem, plan), len(plan.unserved))
    fractions = [f for f, _ in watch.steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_auto_says_which_engine_and_why():
    """The plan carries the engine's own name; the reason goes to the monitor."""
    watch = Watch()
    assert engines.solve(many(3), budget=SMALL, monitor=watch).engine == "pyvrp"
    assert watch.steps[0][1].startswith("Engine pyvrp: ")
    assert engines.solve(world([]), budget=SMALL).engine == "greedy"


def test_a_plan_names_budget_and_seed():
    """What it takes to make it again stands in the plan; no wall-clock figure does."""
    plan = engines.solve(many(3), "pyvrp", Budget(iterations=7), seed=11)
    assert plan.budget == {"iterations": 7}
    assert plan.spent["iterations"] == 7
    assert plan.seed == 11
    assert plan.engine_version


def test_seconds_are_the_wall_clock_of_the_call():
    """A short budget in seconds is kept, give or take one task."""
    begin = time.monotonic()
    engines.solve(many(40), "pyvrp", Budget(seconds=0.5), jobs=1)
    assert time.monotonic() - begin < 5.0


@pytest.mark.parametrize("name", ENGINES)
def test_weights_price_what_is_left_out(name):
    """With weights a drop is served only where that is cheaper than leaving it."""
    near, far = drop("NEAR", 3, priority=9), drop("FAR", C, priority=9)
    problem = world([near, far], [truck(count=2, capacity=Load(1000, NO_LIMIT, 600))])
    cheap = problem.replace(objective=Objective(weights={9: 30.0}))
    dear = problem.replace(objective=Objective(weights={9: 1000.0}))
    assert [u.delivery_id for u in engines.solve(cheap, name, SMALL).unserved] == ["FAR/1"]
    assert engines.solve(dear, name, SMALL).unserved == ()


@pytest.mark.parametrize("name", ENGINES)
def test_many_of_priority_nine_never_displace_one_of_priority_two(name):
    """One vehicle, one trip: the urgent drop fills it, though twenty others would fit in its place."""
    urgent = drop("URGENT", C, priority=2, load=Load(3000, 0, 600))
    others = [drop(f"Q{k}", 3, priority=9, load=Load(100, 0, 10)) for k in range(20)]
    problem = world([*others, urgent], [truck(count=1, max_trips=1)])
    plan = engines.solve(problem, name, Budget(iterations=200))
    assert served_vector(problem, plan)[1] == SHARE
    assert "URGENT/1" not in {u.delivery_id for u in plan.unserved}
    assert check(problem, plan) == []
