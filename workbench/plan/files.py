"""Plan files: ``plan.json``, written whole or not at all, read with every fault named."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

from workbench.errors import PlanFileError
from workbench.plan.model import Crossing, Plan, PlannedDelivery, Route, Stop, StopKind, Unserved, Violation
from workbench.problem import DIMENSIONS, SCALE, Load
from workbench.units import iso, moment_at, parse_instant, seconds_after

FORMAT = "workbench.plan/1"
"""What the ``format`` key of a plan file says. Files of version 1 stay readable."""
Number = TypeVar("Number", int, float)
MAX_FILE_BYTES = 256 * 2**20
LARGEST = 2**53
"""Numbers of a plan file lie within this; larger ones are no figures, and would overflow what computes with them."""


def to_dict(plan: Plan) -> dict[str, Any]:
    """Return the plan as the JSON object of a plan file (times ISO 8601 UTC, SI units)."""
    as_of = parse_instant(plan.as_of)

    def at(seconds: int) -> str:
        return iso(moment_at(as_of, seconds))

    def stop(s: Stop) -> dict[str, Any]:
        return {
            "node": s.node,
            "kind": s.kind,
            "arrive": at(s.arrive_s),
            "begin": at(s.begin_s),
            "depart": at(s.depart_s),
            "deliveries": list(s.deliveries),
            "load_after": s.load_after.shown(),
        }

    def route(r: Route) -> dict[str, Any]:
        return {
            "route_id": r.route_id,
            "vehicle_type": r.vehicle_type,
            "owner": r.owner,
            "profile": r.profile,
            "start_node": r.start_node,
            "end_node": r.end_node,
            "start_time": at(r.start_s),
            "end_time": at(r.end_s),
            "distance_m": r.distance_m,
            "travel_s": r.travel_s,
            "wait_s": r.wait_s,
            "service_s": r.service_s,
            "cost": r.cost,
            "stops": [stop(s) for s in r.stops],
        }

    def delivery(d: PlannedDelivery) -> dict[str, Any]:
        return {
            "delivery_id": d.delivery_id,
            "requisition_id": d.requisition_id,
            "kind": d.kind,
            "from_node": d.from_node,
            "to_node": d.to_node,
            "priority": d.priority,
            "quantity": _number(d.quantity),
            **d.load.shown(),
        }

    return {
        "format": FORMAT,
        "scenario": plan.scenario,
        "coa": plan.coa,
        "inputs_sha256": plan.inputs_sha256,
        "engine": plan.engine,
        "engine_version": plan.engine_version,
        "seed": plan.seed,
        "budget": {k: _number(v) for k, v in plan.budget.items()},
        "spent": dict(plan.spent),
        "as_of": plan.as_of,
        "cost": plan.cost if plan.stated_cost is None else plan.stated_cost,
        **({} if plan.imbalance_cost is None else {"imbalance_cost": plan.imbalance_cost}),
        "deliveries": [delivery(d) for d in plan.deliveries],
        "routes": [route(r) for r in plan.routes],
        "unserved": [
            {"delivery_id": u.delivery_id, "requisition_id": u.requisition_id, "code": u.code, "reason": u.reason}
            for u in plan.unserved
        ],
        "enforced": list(plan.enforced),
        "unenforced": list(plan.unenforced),
        "violations": None
        if plan.violations is None
        else [
            {
                "code": v.code,
                "route_id": v.route_id,
                "node": v.node,
                "amount": _number(v.amount),
                "unit": v.unit,
                "text": v.text,
            }
            for v in plan.violations
        ],
        "kpis": {name: dict(body) for name, body in plan.kpis.items()},
        "bound": dict(plan.bound),
        "unknown_bridges": None
        if plan.unknown_bridges is None
        else [
            {"edge_id": c.edge_id, "name": c.name, "taken_as": c.taken_as, "routes": list(c.routes)}
            for c in plan.unknown_bridges
        ],
    }


def write(plan: Plan, path: str | Path) -> Path:
    """Write the plan file, whole or not at all, and return its path.

    The same plan always gives the same bytes.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(to_dict(plan), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    part = target.with_name(target.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(target)
    return target


def read(path: str | Path) -> Plan:
    """Read a plan file, ours or edited by hand, back to the same `Plan`.

    Raises
    ------
    PlanFileError
        When the file is missing, not JSON, of an unknown format version, or a value is missing or of
        the wrong kind; the message names every such place.
    """
    source = Path(path)
    try:
        if source.stat().st_size > MAX_FILE_BYTES:
            raise PlanFileError(f"{source} is larger than {MAX_FILE_BYTES // 2**20} MiB; that is no plan file.")
        body = json.loads(
            source.read_text(encoding="utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant,
            parse_int=lambda text: _within(int(text)), parse_float=lambda text: _within(float(text)),
        )  # fmt: skip
    except PlanFileError:
        raise
    except OSError as error:
        raise PlanFileError(f"{source} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise PlanFileError(f"{source} is not a plan file: {error}.") from error
    if not isinstance(body, dict) or not str(body.get("format", "")).startswith("workbench.plan/"):
        raise PlanFileError(f'{source} is not a plan file: it has no "format": "{FORMAT}".')
    if body["format"] != FORMAT:
        raise PlanFileError(
            f"{source} is of format {body['format']}, and this version reads {FORMAT}. Read it with the version that "
            "wrote it, or upgrade the workbench."
        )
    return _Reader(source).plan(body)


def _number(value: float) -> float:
    """Write whole numbers without a decimal point."""
    return int(value) if float(value).is_integer() else value


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return out


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _written(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _within(number: Number) -> Number:
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(f"a number in it is beyond ±{LARGEST:,}")
    return number


_KINDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object"}


class _Reader:
    """Turns the JSON object of a plan file into a `Plan`, collecting every fault on the way."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.faults: list[str] = []
        self.as_of = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

    def get(self, body: Any, key: str, kind: type, where: str, default: Any = None) -> Any:
        """Return ``body[key]`` if it is of ``kind``; else note the fault and return a neutral value."""
        neutral = default if default is not None else kind()
        if not isinstance(body, dict):
            return neutral
        if key not in body:
            if default is None:
                self.faults.append(f"{where}: {key} is missing")
            return neutral
        value = body[key]
        fits = isinstance(value, (int, float)) if kind is float else isinstance(value, kind)
        if not fits or isinstance(value, bool):
            self.faults.append(f"{where}: expected {_KINDS[kind]} as {key}, got {value!r:.60}")
            return neutral
        if isinstance(value, str) and not _written(value):
            self.faults.append(f"{where}: expected text as {key}, got half a character (a lone surrogate)")
            return neutral
        return value

    def figures(self, body: Any, key: str, kind: type, default: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return ``body[key]``, an object whose values are all of ``kind``."""
        found = self.get(body, key, dict, "plan", default)
        return {name: self.get(found, name, kind, f"plan {key}") for name in found}

    def objects(self, body: Any, key: str, where: str = "plan") -> list[tuple[dict[str, Any], str]]:
        out = []
        for n, item in enumerate(self.get(body, key, list, where)):
            if isinstance(item, dict):
                out.append((item, f"{where} {key}[{n}]"))
            else:
                self.faults.append(f"{where}: expected an object as {key}[{n}], got {item!r:.60}")
        return out

    def instant(self, body: Any, key: str, where: str) -> int:
        text = self.get(body, key, str, where)
        try:
            return seconds_after(self.as_of, parse_instant(text)) if text else 0
        except (ValueError, OverflowError) as error:
            self.faults.append(f"{where}: expected an ISO 8601 instant as {key}, got {text!r:.60} ({error})")
            return 0

    def load(self, body: Any, where: str) -> Load:
        return Load(
            *(round(self.get(body, name, float, where) * scale) for name, scale in zip(DIMENSIONS, SCALE, strict=True))
        )

    def texts(self, body: Any, key: str, where: str, default: list[str] | None = None) -> tuple[str, ...]:
        values = self.get(body, key, list, where, default)
        wrong = [v for v in values if not isinstance(v, str) or not _written(v)]
        if wrong:
            self.faults.append(f"{where}: expected only text in {key}, got {wrong[0]!r:.60}")
        return tuple(str(v) for v in values)

    def stop(self, body: dict[str, Any], where: str) -> Stop:
        kind = self.get(body, "kind", str, where)
        if kind not in get_args(StopKind):
            self.faults.append(f"{where}: expected one of {', '.join(get_args(StopKind))} as kind, got {kind!r:.60}")
        return Stop(
            self.get(body, "node", str, where),
            kind,
            self.instant(body, "arrive", where),
            self.instant(body, "begin", where),
            self.instant(body, "depart", where),
            self.texts(body, "deliveries", where),
            self.load(self.get(body, "load_after", dict, where), where),
        )

    def route(self, body: dict[str, Any], where: str) -> Route:
        texts = ("route_id", "vehicle_type", "owner", "profile", "start_node", "end_node")
        numbers = ("distance_m", "travel_s", "wait_s", "service_s", "cost")
        return Route(
            **{key: self.get(body, key, str, where) for key in texts},
            start_s=self.instant(body, "start_time", where),
            end_s=self.instant(body, "end_time", where),
            **{key: self.get(body, key, int, where) for key in numbers},
            stops=tuple(self.stop(s, at) for s, at in self.objects(body, "stops", where)),
        )

    def delivery(self, body: dict[str, Any], where: str) -> PlannedDelivery:
        texts = ("delivery_id", "requisition_id", "kind", "from_node", "to_node")
        return PlannedDelivery(
            **{key: self.get(body, key, str, where) for key in texts},
            priority=self.get(body, "priority", int, where),
            quantity=self.get(body, "quantity", float, where),
            load=self.load(body, where),
        )

    def crossing(self, body: dict[str, Any], where: str) -> Crossing:
        unlimited = body.get("taken_as") is None
        return Crossing(
            self.get(body, "edge_id", str, where),
            self.get(body, "name", str, where),
            None if unlimited else self.get(body, "taken_as", float, where),
            self.texts(body, "routes", where),
        )

    def plan(self, body: dict[str, Any]) -> Plan:
        as_of = self.get(body, "as_of", str, "plan")
        try:
            self.as_of = parse_instant(as_of)
        except (ValueError, OverflowError) as error:
            self.faults.append(f"plan: expected an ISO 8601 instant as as_of, got {as_of!r:.60} ({error})")
        texts = ("scenario", "coa", "inputs_sha256", "engine", "engine_version")
        unserved = ("delivery_id", "requisition_id", "code", "reason")
        plan = Plan(
            **{key: self.get(body, key, str, "plan") for key in texts},
            seed=self.get(body, "seed", int, "plan"),
            budget=self.figures(body, "budget", float),
            spent=self.figures(body, "spent", int),
            as_of=as_of,
            routes=tuple(self.route(r, at) for r, at in self.objects(body, "routes")),
            unserved=tuple(
                Unserved(**{key: self.get(u, key, str, at) for key in unserved})
                for u, at in self.objects(body, "unserved")
            ),
            deliveries=tuple(self.delivery(d, at) for d, at in self.objects(body, "deliveries")),
            enforced=self.texts(body, "enforced", "plan", []),
            unenforced=self.texts(body, "unenforced", "plan", []),
            violations=self.verdict(body),
            kpis=self.figures(body, "kpis", dict, {}),
            bound=self.get(body, "bound", dict, "plan", {}),
            unknown_bridges=None
            if body.get("unknown_bridges") is None
            else tuple(self.crossing(c, at) for c, at in self.objects(body, "unknown_bridges")),
            stated_cost=self.get(body, "cost", int, "plan"),
            imbalance_cost=self.get(body, "imbalance_cost", int, "plan") if "imbalance_cost" in body else None,
        )
        if plan.stated_cost == plan.cost:
            plan = plan.replace(stated_cost=None)
        if self.faults:
            shown = "\n".join(f"- {fault}" for fault in self.faults[:20])
            more = f"\n- and {len(self.faults) - 20} more" if len(self.faults) > 20 else ""
            raise PlanFileError(f"{self.source} is not a complete plan file:\n{shown}{more}")
        return plan

    def verdict(self, body: dict[str, Any]) -> tuple[Violation, ...] | None:
        if body.get("violations") is None:
            return None
        return tuple(
            Violation(
                self.get(v, "code", str, at),
                self.get(v, "route_id", str, at),
                self.get(v, "node", str, at),
                self.get(v, "amount", float, at),
                self.get(v, "unit", str, at),
                self.get(v, "text", str, at),
            )
            for v, at in self.objects(body, "violations")
        )
