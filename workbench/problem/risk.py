"""The planner's rule about risk: which way the legs of a scenario take, and how a plan says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from workbench.ground.roads import FloatArray, IntArray, Network
from workbench.ground.search import Ground, Search
from workbench.ground.threat.areas import LEVELS, Threat, exposure, read
from workbench.ground.threat.rules import Rule, parse
from workbench.problem.words import listed
from workbench.scenario import Scenario


def searching(sc: Scenario, network: Network) -> Callable[[Ground, IntArray], Search]:
    """Return what searches the legs of a scenario: the fastest ways, unless its ``[threat]`` states another rule."""
    rule = _rule(sc)
    if rule.kind == "fastest":
        return Search
    from workbench.ground.threat.legs import Ruled

    return Ruled(rule, exposure(network, read(sc.threats), _span(sc)))


def exposed(sc: Scenario, network: Network) -> FloatArray | None:
    """Return the exposure of each road where a plan counts it: vehicles have a limit, or risk has a price."""
    limits = sc.tables["fleet"].get("max_loss")
    if not sc.settings.get("prices", {}).get("risk") and (limits is None or limits.isna().all()):
        return None
    return exposure(network, read(sc.threats), _span(sc))


def sentences(sc: Scenario) -> Iterable[str]:
    """Yield what a plan says of the rule and of the threats it goes by; nothing where no threat is in force."""
    rule, span = _rule(sc), _span(sc)
    met = [threat for threat in read(sc.threats) if threat.per_m > 0 and threat.in_force(*span)]
    if not met:
        return
    if rule.kind == "fastest":
        yield f"Legs take the fastest way, also through the {len(met)} threat(s) in force: {_named(met)}."
        return
    yield (
        f"Legs follow the rule “{rule}”: {rule.words}. The {len(met)} threat(s) in force at some time of the plan "
        f"count throughout: {_named(met)}."
    )
    assumed = [threat for threat in met if threat.assumed]
    if assumed:
        levels = ", ".join(f"{level} {100 * per_km:g} %" for level, per_km in LEVELS.items())
        yield (
            f"No figure is given for {_named(assumed)}: taken at the planning default of the level (loss per km: "
            f"{levels}; not measured)."
        )


def _named(threats: Iterable[Threat]) -> str:
    return listed((threat.threat_id for threat in threats), 12)


def _rule(sc: Scenario) -> Rule:
    return parse(sc.settings.get("threat", {}).get("rule", "fastest"))


def _span(sc: Scenario) -> tuple[datetime, datetime]:
    return sc.as_of, sc.as_of + timedelta(seconds=sc.horizon_s)
