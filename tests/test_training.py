"""Lessons: the hand-solved cases to their tolerances, what marks say, and that nothing is shown too early."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from workbench import check, training
from workbench.engines import Budget, solve
from workbench.errors import InputError, UsageError
from workbench.plan import Plan
from workbench.problem import Problem
from workbench.training import answers, cases, lifts, methods, tasks
from workbench.training.worlds import day_clock, plan_of, routes_of, walk

HERE = Path(__file__).parent
ANSWERS = tomllib.loads((HERE / "data" / "lessons_answers.toml").read_text(encoding="utf-8"))
STUDENTS = [f"A{n:02d}" for n in range(25)]
KM = 0.01


@pytest.fixture(autouse=True)
def _fresh_book():
    """Each test begins with an empty mark book and the handbook's numbers."""
    training.start("")
    yield
    training.start("")


def engine_plan(problem: Problem, iterations: int = 200) -> Plan:
    """Return the plan of the workbench's own engine, which its checker must find feasible."""
    plan = solve(problem, budget=Budget(iterations=iterations), seed=1, jobs=1)
    assert check.check(problem, plan) == []
    return plan


# --- the hand-solved cases -------------------------------------------------------------------------


def test_vrp_one_round_trip_each():
    """T-VRP: a truck for each post drives 170.2302 km."""
    world = cases.seven_posts()
    assert training.length(world, [[p] for p in world.posts]) == pytest.approx(170.2302, abs=KM)


def test_vrp_savings_in_order():
    """T-VRP: the ten largest savings, in order and to 0.01 km."""
    table = training.savings_table(cases.seven_posts()).head(10)
    assert list(table["pair"]) == ["2-4", "3-5", "1-2", "6-7", "2-3", "4-7", "1-4", "5-6", "2-5", "1-3"]
    expected = [18.0149, 15.9946, 10.6753, 10.6153, 9.7949, 9.7135, 9.2474, 9.2025, 8.1419, 5.2210]
    assert list(table["saving_km"]) == pytest.approx(expected, abs=KM)


def test_vrp_savings_method_step_by_step():
    """T-VRP: the savings method joins 2-4, 3-5, 6-7 and 1-3, ends with three routes and 120.3845 km."""
    world = cases.seven_posts()
    steps = training.savings(world)
    assert [s.looked_at for s in steps if s.decision == "join"] == ["2-4", "3-5", "6-7", "1-3"]
    assert {frozenset(r) for r in steps[-1].routes} == {frozenset({1, 3, 5}), frozenset({2, 4}), frozenset({6, 7})}
    assert training.length(world, steps[-1].routes) == pytest.approx(120.3845, abs=KM)
    assert steps[2].why == "11 pallets together, a truck holds 10"


def test_vrp_sweep():
    """T-VRP: the sweep from angle 0 gives 129.4313 km, the best start (post 2) 124.1120 km."""
    world = cases.seven_posts()
    first = methods.sweep(world, 6)
    assert {frozenset(r) for r in first} == {frozenset({6, 7, 4}), frozenset({1, 2, 3}), frozenset({5})}
    assert training.length(world, first) == pytest.approx(129.4313, abs=KM)
    by_start = {p: training.length(world, methods.sweep(world, p)) for p in world.posts}
    assert min(by_start, key=by_start.__getitem__) == 2
    assert by_start[2] == pytest.approx(124.1120, abs=KM)


def test_vrp_optimum_and_gaps():
    """T-VRP: the optimum is 117.3047 km on [1] [2,4,7] [6,5,3]; savings misses it by 2.63 %."""
    world = cases.seven_posts()
    best, routes = training.optimum(world)
    assert best == pytest.approx(117.3047, abs=KM)
    assert {frozenset(r) for r in routes} == {frozenset({1}), frozenset({2, 4, 7}), frozenset({6, 5, 3})}
    gaps = [training.length(world, r) / best - 1 for r in (training.savings(world)[-1].routes, methods.sweep(world, 6))]
    assert gaps == pytest.approx([0.0263, 0.1034], abs=1e-4)


def test_vrp_engine_finds_the_optimum():
    """The workbench's engine reaches the proved optimum of T-VRP, and the checker finds nothing."""
    world = cases.seven_posts()
    plan = engine_plan(world.problem)
    assert training.length(world, routes_of(world, plan)) == pytest.approx(117.3047, abs=KM)
    assert plan.cost == round(1000 * training.length(world, routes_of(world, plan)))


def test_tsp():
    """T-TSP: nearest neighbour drives 1,2,4,7,6,3,5 = 102.2830 km; the optimum is 96.0142 km."""
    world = cases.one_tour()
    nearest = training.nearest_neighbour(world)[-1].routes
    assert nearest == ((1, 2, 4, 7, 6, 3, 5),)
    assert training.length(world, nearest) == pytest.approx(102.2830, abs=KM)
    best, routes = training.optimum(world)
    assert best == pytest.approx(96.0142, abs=KM)
    assert routes[0] in ((1, 2, 4, 7, 6, 5, 3), (3, 5, 6, 7, 4, 2, 1))
    assert training.length(world, routes_of(world, engine_plan(world.problem))) == pytest.approx(96.0142, abs=KM)


def test_tsptw_feasible_orders():
    """T-TSPTW: only 2-1-4-3 (back at 168) and 2-1-3-4 (back at 180, 7 minutes' wait) keep the windows."""
    world = cases.four_windows()
    assert methods.feasible_orders(world) == [(168.0, (2, 1, 4, 3)), (180.0, (2, 1, 3, 4))]
    best, second = walk(world, (2, 1, 4, 3)), walk(world, (2, 1, 3, 4))
    assert [a // 60 for a in best.arrive] == [35, 63, 103, 128]
    assert (best.wait_s, best.travel_s, second.wait_s) == (0, 128 * 60, 7 * 60)


def test_tsptw_without_windows():
    """T-TSPTW: without windows the best tour drives 100 minutes, and is infeasible with them."""
    world = cases.four_windows()
    free = training.without_windows(world)
    best, routes = training.optimum(free)
    assert (best, walk(free, routes[0]).travel_s) == (140.0, 100 * 60)
    assert not methods.on_time(world, (1, 2, 3, 4))
    assert not methods.on_time(world, routes[0])


def test_tsptw_engine():
    """The engine finds the only best order of T-TSPTW."""
    world = cases.four_windows()
    assert routes_of(world, engine_plan(world.problem)) == ((2, 1, 4, 3),)


@pytest.mark.parametrize(
    ("pallet_lb", "positions", "payload_lb", "trucks"),
    [(1089, 3, 5000, 3), (1089, 6, 10_000, 2), (1089, 8, 20_000, 1), (1089, 10, 33_000, 1), (1089, 12, 45_000, 1),
     (1089, 18, 68_000, 1), (2100, 3, 5000, 4), (2100, 6, 10_000, 2)],
)  # fmt: skip
def test_lift(pallet_lb: int, positions: int, payload_lb: int, trucks: int):
    """T-LIFT: seven pallets take this many trucks; at 2,100 lb the weight binds, two and four on a truck."""
    problem = lifts.pallet_lift(7, pallet_lb, positions=positions, payload_lb=payload_lb)
    plan = engine_plan(problem)
    assert (len(plan.routes), plan.cost, plan.unserved) == (trucks, trucks, ())


def test_mixed_load_needs_what_the_engine_uses():
    """The lesson's own load: volume asks for four trucks where weight and positions ask for three."""
    load = lifts.mixed_load()
    assert (load.trucks, load.needs["volume"]) == (4, pytest.approx(3.3))
    assert len(engine_plan(load.problem()).routes) == 4


def test_food():
    """T-FOOD: 650 people, two days: 3,900 meals, 325 cases, 7 pallets, 7,377.5 lb, 3,346.38 kg."""
    food = training.rations(650, 2)
    assert (food.meals, food.cases, food.pallets) == (3900, 325, 7)
    assert food.weight_lb == pytest.approx(7377.5)
    assert food.weight_kg == pytest.approx(3346.38, abs=0.01)


def test_fleet():
    """T-FLEET: round trip 5.5 h, with margin 6.875 h; 38 loads; 6 vehicles."""
    case = lifts.relief_shuttle()
    assert (case.round_trip_h(margin=False), case.round_trip_h()) == (5.5, 6.875)
    assert (case.loads, case.trucks()) == (38, 6)


def test_fleet_engine():
    """T-FLEET as a problem: six trucks of seven trips carry all; five leave three loads."""
    case = lifts.relief_shuttle()
    assert engine_plan(case.problem(trucks=6), 20).unserved == ()
    assert len(engine_plan(case.problem(trucks=5), 20).unserved) == 3


def test_march():
    """T-MARCH: the column of 60 vehicles passes in 19.0 minutes."""
    assert lifts.march().pass_min() == pytest.approx(19.0)


def test_hand_plans_stand_before_the_checker():
    """A plan written from a student's routes states its times and distances as the checker replays them."""
    for world, routes in ((cases.seven_posts(), [[1], [2, 4, 7], [6, 5, 3]]), (cases.four_windows(), [[2, 1, 3, 4]])):
        assert check.check(world.problem, plan_of(world, routes)) == []


# --- answers and marks -----------------------------------------------------------------------------


def test_every_exercise_has_its_answers():
    """The answers in tests/data cover the catalogue, no more and no less."""
    assert list(ANSWERS) == list(training.exercises().index) == list(tasks.EXERCISES)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("student", ["handbook", "A00", "A07"])
def test_right_answers_get_full_marks(name: str, student: str):
    """The committed answers earn full marks; so the numbers of a student code never change either."""
    mark = training.grade(name, ANSWERS[name][student], "" if student == "handbook" else student)
    assert mark.full, mark
    assert mark.errors == ()


WRONG = [
    ("L1-lift", "3 trucks", "volume", "the volume does not"),
    ("L1-lift", "3.3", "round_up", "rounded up"),
    ("L1-lift", "10 trucks", "added", "largest decides"),
    ("L1-lift", "4 t", "unit", "Asked for trucks"),
    ("L1-lift", "6", "off", "too high"),
    ("L1-round", "1 2 3 4", "window", "Post 2 is reached at 07:28, 8 minutes after it closes (07:20)"),
    ("L1-round", "2 1 4", "missed", "Post 3 is not served."),
    ("L1-round", "2 1 / 4 3", "trucks", "There is only one truck; you used 2."),
    ("L1-round", "2 1 3 4", "longer", "waits 7 minutes at post 3"),
    ("L2-saving", "5.29 km", "return_leg", "legs home"),
    ("L2-saving", "27.88 km", "whole_trip", "two round trips"),
    ("L2-saving", "29.95 km", "doubled", "home once"),
    ("L2-saving", "10.68", "unit", "The unit is missing"),
    ("L2-saving", "10.68 kg", "unit", "A distance in km is asked for"),
    ("L2-saving", "11 km", "off", "slightly too high"),
    ("L2-saving", "", "empty", "No answer yet"),
    ("L2-saving", "about ten", "unreadable", "could not be read"),
    ("L2-routes", "1 2 3 / 4 5 / 6 7", "longer", "% longer than the best plan"),
    ("L2-routes", "1 2 4 / 3 5 / 6 7", "capacity", "Truck 1 (1 2 4) carries 11 pallets, 1 over the 10 it holds."),
    ("L2-routes", "1 3 5 / 2 4", "missed", "Posts 6 and 7 are not served."),
    ("L2-routes", "1 3 5 / 2 4 / 6 7 1", "twice", "Post 1 is served twice"),
    ("L2-routes", "1 3 5 / 2 4 / 6 7 8", "unknown_post", "There is no post 8"),
    ("L2-routes", "1/2/3/4/5/6/7", "longer", "You use 7 trucks, the best plan 3."),
    ("L2-routes", "5 1 3 / 2 4 / 6 7", "longer", "Truck 1 could drive its posts in an order"),
    ("L2-routes", "one two", "unreadable", "is not a post number"),
    ("P-rations", "3.69 t", "tonnes", "short tons"),
    ("P-rations", "7.38 t", "pounds", "pounds for kilograms"),
    ("P-rations", "3.096 t", "packaging", "without their cases"),
    ("P-rations", "1.673 t", "one_day", "one day"),
    ("P-rations", "3.35 tons", "unit", "three weights"),
    ("P-shuttle", "4 trucks", "return_leg", "one way"),
    ("P-shuttle", "5 trucks", "margin", "25 % margin"),
    ("P-tour", "1 2 4 7 6 3 5", "longer", "6.5 % longer"),
    ("P-march", "24 min", "gap", "One gap too many"),
    ("P-march", "9 min", "no_gaps", "gaps between the march units are missing"),
]


@pytest.mark.parametrize(("name", "answer", "code", "says"), WRONG)
def test_wrong_answers_get_the_right_hint(name: str, answer: str, code: str, says: str):
    """Each common error is recognised, and the sentence says what fell short."""
    mark = training.grade(name, answer)
    assert mark.errors[0] == code
    assert code in training.ERRORS
    assert says in mark.text
    assert mark.points < mark.of


def test_a_feasible_longer_plan_earns_part():
    """Partial credit is 1 - gap/0.2: the savings plan, 2.63 % over, earns 0.87; one 40 % over earns nothing."""
    assert training.grade("L2-routes", [[1, 3, 5], [2, 4], [6, 7]]).points == 0.87
    assert training.grade("L2-routes", [[p] for p in range(1, 8)]).points == 0


def test_equal_plans_count_whatever_their_spelling():
    """Routes are judged by cost and feasibility: turned round, in another order, with depots written out."""
    for spelling in (
        "3 5 6 / 1 / 7 4 2",
        "0-6-5-3-0; 0-1-0; 0-2-4-7-0",
        "1\n2,4,7\n6→5→3",
        [[1], [2, 4, 7], [6, 5, 3]],
    ):
        assert training.grade("L2-routes", spelling).full, spelling
    assert training.grade("P-tour", [3, 5, 6, 7, 4, 2, 1]).full


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [("12.5 km", "km", 12.5), ("12,5km", "km", 12.5), ("12 500 m", "km", 12.5), ("1,250 kg", "kg", 1250),
     ("1,234.5 kg", "kg", 1234.5), ((2, "ston"), "kg", 1814.36948), ("100 lb", "kg", 45.359237),
     ("1.5 hours", "min", 90), (7, "trucks", 7), ("7 Trucks", "trucks", 7), ("7 truck", "trucks", 7),
     ("-3 km", "km", -3), ("10 gal", "l", 37.85411784), ("2 m3", "l", 2000)],
)  # fmt: skip
def test_numbers_are_read_in_their_unit(written: object, unit: str, value: float):
    """A number is read with its unit, in the usual spellings, and converted to the unit asked for."""
    assert answers.quantity(written, unit).value == pytest.approx(value)


@pytest.mark.parametrize(
    "junk", [None, "", "  ", "km", "1.2.3 km", "١٢", "9" * 400, "<script>", [], [[]], {}, 3.5, object, b"1 2"]
)
@pytest.mark.parametrize("name", list(ANSWERS))
def test_any_answer_gives_a_sentence(name: str, junk: object):
    """Whatever is handed in gives a mark with a sentence, never an exception."""
    mark = training.grade(name, junk)
    assert mark.points == 0
    assert mark.text
    assert "<script>" not in mark._repr_html_()


def test_marks_keep_the_best_try():
    """Tries are counted, the best mark stays, the errors on the way are remembered; unreadable ones do not count."""
    for answer in ("1 2 4 / 3 5 / 6 7", "", "1 / 2 4 7 / 6 5 3", "1 2 3 / 4 5 / 6 7"):
        training.grade("L2-routes", answer)
    row = training.marks().iloc[0]
    assert (row["points"], row["tries"], row["errors"]) == (1.0, 3, "capacity, longer")
    assert row["feedback"].startswith("Feasible, 117.30 km. No plan is better")


# --- students, guesses, files ----------------------------------------------------------------------


def test_students_have_their_own_numbers_and_the_same_structure():
    """25 students: different worlds, all of which savings misses by 1 to 10 % and three trucks can serve."""
    worlds = {s: cases.seven_posts(s) for s in STUDENTS}
    assert len({w.xy for w in worlds.values()}) == len(STUDENTS)
    for world in worlds.values():
        best, _ = training.optimum(world)
        assert sum(world.pallets(p) for p in world.posts) == 23
        assert 1.01 < training.length(world, training.savings(world)[-1].routes) / best < 1.10


def test_students_windows_have_the_same_structure():
    """25 students: two feasible orders, the best without waiting, and the free tour too late somewhere."""
    for world in map(cases.four_windows, STUDENTS):
        orders = methods.feasible_orders(world)
        assert len(orders) == 2
        assert walk(world, orders[0][1]).wait_s == 0
        assert not methods.on_time(world, training.optimum(training.without_windows(world))[1][0])


def test_students_loads_have_the_same_structure():
    """25 students: volume decides, one truck more than weight and positions would take."""
    for load in map(lifts.mixed_load, STUDENTS):
        needs = sorted(load.needs, key=load.needs.__getitem__)
        assert needs[-1] == "volume"
        assert load.trucks == -(-load.needs[needs[-2]] // 1) + 1


def test_guess_before_the_engine_reveals():
    """A reveal asks for the guess first; after it, it shows the engine's plan and how far off the guess was."""
    assert not training.guessed("L2-best")
    assert str(training.reveal("L2-best")).startswith("First give your guess: How many kilometres")
    assert "117" not in str(training.predict("L2-best", "none"))
    assert "First give" in str(training.reveal("L2-best"))
    training.predict("L2-best", "119.3 km")
    training.predict("L2-best", "117.3 km")
    shown = training.reveal("L2-best")
    assert isinstance(shown, training.Reveal)
    assert shown.value == pytest.approx(117.3047, abs=KM)
    assert "117.30 km. Your first guess was 1.997 km more than that." in shown.text
    training.start("A01")
    assert "First give" in str(training.reveal("L2-best"))


@pytest.mark.parametrize(
    ("name", "value"), [("L1-back", 168), ("L1-open", 140), ("L2-best", 117.3047), ("L2-bigger", 105.73)]
)
def test_the_engine_is_right_where_it_reveals(name: str, value: float):
    """What a lesson reveals is the proved optimum of its world."""
    training.predict(name, 100)
    shown = training.reveal(name)
    assert isinstance(shown, training.Reveal)
    assert shown.value == pytest.approx(value, abs=KM)
    assert training.optimum(shown.world)[0] == pytest.approx(value, abs=KM)
    assert "<svg" in shown._repr_html_()


def test_race_needs_a_plan_of_ones_own():
    """The engine's plan for an exercise appears only after a plan was handed in."""
    training.start("A07")
    assert "First hand in" in str(training.reveal("L2-routes"))
    training.grade("L2-routes", "1 2")
    assert "no plan is better, all of them were tried" in str(training.reveal("L2-routes"))
    with pytest.raises(UsageError, match="asks for a number"):
        training.reveal("L1-lift")


def test_unknown_names_are_refused_with_the_list():
    """A wrong exercise or prediction id names the right ones; a personal name is no student code."""
    with pytest.raises(UsageError, match="L1-lift, L1-round"):
        training.grade("L9", 1)
    with pytest.raises(UsageError, match="L1-back"):
        training.predict("L9", 1)
    for name in ("Anna", "Anna Muster 1", "a@b.example", "x" * 13, "../x"):
        with pytest.raises(UsageError, match="student code"):
            training.start(name)


def _sit(student: str) -> None:
    training.start(student)
    training.predict("L2-best", "120")
    training.grade("L2-saving", "10")
    training.grade("L2-routes", "1 2 / 3")


def test_marks_file_is_the_same_each_time(tmp_path: Path):
    """The same sitting gives the same bytes; the file names the code and nothing else of person or machine."""
    _sit("A07")
    first = training.save_marks(tmp_path / "one")
    _sit("A07")
    second = training.save_marks(tmp_path / "two.json")
    assert first.name == "marks-A07.json"
    assert first.read_bytes() == second.read_bytes()
    body = json.loads(first.read_text(encoding="utf-8"))
    assert set(body) == {"format", "marks", "predictions"}
    assert {k for row in body["marks"] for k in row} == {
        "student",
        "exercise",
        "points",
        "of",
        "tries",
        "feedback",
        "errors",
    }
    assert body["predictions"] == [{"student": "A07", "prediction": "L2-best", "guesses": [120.0]}]


def test_saving_again_keeps_what_was_better(tmp_path: Path):
    """Each lesson runs in its own kernel: the second file of one student adds to the first and loses nothing."""
    training.start("A07")
    training.predict("L1-back", 150)
    training.grade("L1-lift", "4 trucks")
    training.save_marks(tmp_path)
    training.start("A07")
    training.grade("L1-lift", "3 trucks")
    training.grade("L2-saving", "12.45 km")
    path = training.save_marks(tmp_path)
    body = json.loads(path.read_text(encoding="utf-8"))
    assert [(m["exercise"], m["points"]) for m in body["marks"]] == [("L1-lift", 1.0), ("L2-saving", 1.0)]
    assert [p["prediction"] for p in body["predictions"]] == ["L1-back"]
    assert training.save_marks(tmp_path).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_a_foreign_file_is_not_overwritten(tmp_path: Path):
    """A file of that name which holds no marks is left alone, and the message says what to do."""
    path = tmp_path / "marks.json"
    path.write_text("my own notes", encoding="utf-8")
    training.start("A07")
    with pytest.raises(InputError, match="Move it away"):
        training.save_marks(path)
    assert path.read_text(encoding="utf-8") == "my own notes"


def test_the_instructor_reads_all_files(tmp_path: Path):
    """Marks of all students come together: scores, common errors, and a row for a file that is none."""
    for student in ("A01", "A02"):
        _sit(student)
        training.save_marks(tmp_path)
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")
    (tmp_path / "broken.json").write_text('{"format": "workbench.marks/1", "marks": [{}]}', encoding="utf-8")
    collected = training.collect(tmp_path)
    assert list(collected["file"]) == ["broken.json", *["marks-A01.json"] * 2, *["marks-A02.json"] * 2, "notes.json"]
    assert collected["feedback"].iloc[-1].startswith("Not a file of marks")
    assert list(training.scores(collected).index) == ["A01", "A02"]
    errors = training.common_errors(collected)
    assert ["L2-saving", "unit missing or wrong", 2] in errors.to_numpy().tolist()


def test_nothing_collected_is_an_empty_table(tmp_path: Path):
    """A folder without files gives empty tables, not an exception."""
    collected = training.collect(tmp_path)
    assert training.scores(collected).empty
    assert training.common_errors(collected).empty


# --- pictures and notebooks ------------------------------------------------------------------------


def test_pictures_say_what_they_show():
    """A picture has words for those who do not see it, and shows what is wrong with routes."""
    world = cases.seven_posts()
    drawn = training.sketch(world, [[1, 2, 4], [3, 5]], "<b>")
    assert "truck 1 drives 0, 1, 2, 4, 0" in str(drawn)
    assert "11 of 10, 1 too many" in drawn.html
    assert "not served: 6, 7" in drawn.html
    assert "<b>" not in drawn.html
    day = training.hours(cases.four_windows(), [3, 4, 1])
    assert "85 min late" in day.html
    assert f"back at {day_clock(215 * 60)}" in str(day)


@pytest.mark.parametrize("lesson", ["01_last_mile", "02_savings_and_capacity"])
def test_lesson_notebooks_hold_no_answers_and_no_outputs(lesson: str):
    """A lesson begins with imports only, is stripped, and holds neither keys nor what it will reveal."""
    path = HERE.parent / "notebooks" / "lessons" / f"{lesson}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in code)
    assert "widgets" not in notebook["metadata"]
    assert all(line.startswith(("import", "from")) for line in "".join(code[0]["source"]).splitlines() if line)
    text = "\n".join("".join(c["source"]) for c in notebook["cells"])
    for name, by_student in ANSWERS.items():
        if name.startswith(f"L{lesson[1]}"):
            assert not [a for a in by_student.values() if len(a) > 2 and a in text]
    assert not [value for value in ("168", "140 min", "117.3", "105.7", "120.38") if value in text]
