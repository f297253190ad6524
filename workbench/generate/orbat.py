"""Made-up order of battle: who takes part, how big they are, and roughly where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

LAND, AIR_DEFENCE, MARINES = "Land", "Air Defence", "Marines"
BRANCHES = (LAND, AIR_DEFENCE, MARINES)

COMPANY, BATTALION, TROOP = "15", "16", "14"
_ECHELON = {COMPANY: "company", BATTALION: "battalion", TROOP: "platoon"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit before it has a place. ``x`` and ``y`` are shares of the area from the west and from the south.

    ``role`` decides what it asks for; ``tracked`` and ``trucks`` are its vehicles, ``tubes`` its guns or launchers.
    """

    name: str
    branch: str
    parent: str
    role: str
    entity: str
    size: str
    people: int
    tracked: int
    trucks: int
    tubes: int
    x: float
    y: float

    @property
    def sidc(self) -> str:
        """Return its MIL-STD-2525D symbol code: friendly land unit."""
        headquarters = "2" if self.name.startswith("HQ") else "0"
        return f"1003100{headquarters}{self.size}{self.entity}0000"

    @property
    def echelon(self) -> str:
        """Return its echelon as a word."""
        return _ECHELON[self.size]


def _battalion(name: str, kind: str, y: float, branch: str = LAND, x: float = 0.78) -> tuple[Unit, ...]:
    """Return a battalion: its headquarters and support company, and three companies ahead of it."""
    entity, tracked, trucks, people = {
        "light": ("121100", 0, 14, 118),
        "mech": ("121102", 14, 6, 112),
        "marine": ("121103", 6, 10, 124),
    }[kind]
    head = Unit(
        f"HQ and Spt Coy, {name}", branch, name, "hq", entity, COMPANY, people - 22, tracked // 4, 18, 0, x - 0.12, y
    )
    companies = [
        Unit(
            f"{n} Coy, {name}", branch, name, kind, entity, COMPANY, people + 4 * n, tracked, trucks, 2, x + dx, y + dy
        )
        for n, dx, dy in ((1, 0.03, 0.09), (2, 0.06, 0.0), (3, 0.01, -0.09))
    ]
    return (head, *companies)


def brigade(number: int = 7) -> tuple[Unit, ...]:
    """Return the 36 units of a brigade with what other branches add to it."""
    b = number * 10
    bde, guns, eng = f"{number}th Brigade", f"{b + 5}th Artillery Bn", f"{b + 4}th Engineer Bn"
    ad, mar = f"{number + 4}th Air Defence Regt", f"{number + 20}th Marine Bn"
    land = LAND
    return (
        Unit(f"HQ {bde}", land, bde, "hq", "121102", COMPANY, 164, 2, 26, 0, 0.40, 0.55),
        *_battalion(f"{b + 1}st Light Bn", "light", 0.78),
        *_battalion(f"{b + 2}nd Mech Bn", "mech", 0.54),
        *_battalion(f"{b + 3}rd Mech Bn", "mech", 0.31),
        Unit(f"1 Bty, {guns}", land, guns, "artillery", "130300", COMPANY, 92, 8, 10, 6, 0.64, 0.72),
        Unit(f"2 Bty, {guns}", land, guns, "artillery", "130300", COMPANY, 94, 8, 10, 6, 0.63, 0.50),
        Unit(f"3 Bty, {guns}", land, guns, "artillery", "130300", COMPANY, 90, 8, 10, 6, 0.62, 0.34),
        Unit(f"1 Coy, {eng}", land, eng, "engineer", "140700", COMPANY, 106, 6, 16, 0, 0.57, 0.47),
        Unit(f"2 Coy, {eng}", land, eng, "engineer", "140700", COMPANY, 101, 6, 16, 0, 0.60, 0.80),
        Unit(f"A Tp, Recce Sqn, {bde}", land, bde, "recce", "121300", TROOP, 46, 0, 9, 1, 0.88, 0.64),
        Unit(f"B Tp, Recce Sqn, {bde}", land, bde, "recce", "121300", TROOP, 44, 0, 9, 1, 0.87, 0.42),
        Unit(f"Signal Coy, {bde}", land, bde, "support", "111000", COMPANY, 72, 0, 20, 0, 0.37, 0.62),
        Unit(f"Traffic Coy, {bde}", land, bde, "support", "141200", COMPANY, 64, 0, 18, 0, 0.47, 0.52),
        Unit(f"Field Hospital, {bde}", land, bde, "medical", "161300", COMPANY, 138, 0, 22, 0, 0.31, 0.58),
        Unit(f"Aid Station North, {bde}", land, bde, "medical", "161300", TROOP, 34, 0, 6, 0, 0.60, 0.69),
        Unit(f"Aid Station South, {bde}", land, bde, "medical", "161300", TROOP, 36, 0, 6, 0, 0.58, 0.28),
        Unit(f"Maintenance Coy, {bde}", land, bde, "maintenance", "161100", COMPANY, 96, 2, 24, 0, 0.27, 0.46),
        Unit(f"1 Bty, {ad}", AIR_DEFENCE, ad, "air_defence", "130100", COMPANY, 66, 0, 14, 6, 0.63, 0.60),
        Unit(f"2 Bty, {ad}", AIR_DEFENCE, ad, "air_defence", "130100", COMPANY, 68, 0, 14, 6, 0.45, 0.47),
        Unit(f"3 Bty, {ad}", AIR_DEFENCE, ad, "air_defence", "130100", COMPANY, 65, 0, 14, 6, 0.26, 0.68),
        Unit(f"Radar Tp, {ad}", AIR_DEFENCE, ad, "support", "130100", TROOP, 38, 0, 8, 0, 0.55, 0.88),
        Unit(f"Airstrip Guard, {ad}", AIR_DEFENCE, ad, "support", "141200", TROOP, 52, 0, 7, 0, 0.12, 0.33),
        *_battalion(mar, "marine", 0.13, MARINES, 0.68),
        Unit(f"Boat Coy, {mar}", MARINES, mar, "support", "121103", COMPANY, 88, 0, 14, 0, 0.46, 0.16),
    )


def company() -> tuple[Unit, ...]:
    """Return a company group of eight units."""
    wanted = {
        "HQ and Spt Coy, 72nd Mech Bn": "HQ Coy Group Amber",
        "1 Coy, 72nd Mech Bn": "1 Pl, Coy Group Amber",
        "2 Coy, 72nd Mech Bn": "2 Pl, Coy Group Amber",
        "3 Coy, 72nd Mech Bn": "3 Pl, Coy Group Amber",
        "1 Bty, 75th Artillery Bn": "Mortar Pl, Coy Group Amber",
        "1 Coy, 74th Engineer Bn": "Engineer Pl, Coy Group Amber",
        "1 Bty, 11th Air Defence Regt": "Missile Tp, 11th Air Defence Regt",
        "1 Coy, 27th Marine Bn": "1 Pl, 27th Marine Bn",
    }
    return tuple(
        replace(u, name=wanted[u.name], people=u.people // 3, tracked=u.tracked // 3, trucks=u.trucks // 3,
                tubes=max(u.tubes // 3, 1), size=TROOP)
        for u in brigade() if u.name in wanted
    )  # fmt: skip


def division() -> tuple[Unit, ...]:
    """Return three brigades side by side."""
    out: list[Unit] = []
    for number, low in ((4, 0.66), (5, 0.34), (6, 0.02)):
        out += [replace(u, y=low + 0.32 * u.y) for u in brigade(number)]
    return tuple(out)
