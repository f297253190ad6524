"""Public benchmark instances and solutions: VRPLIB with its variants, Solomon, Li & Lim; ``.sol`` in and out."""

from workbench.formats.benchmarks.instance import FAMILIES, Instance, Vehicle
from workbench.formats.benchmarks.known import Known, known, solution_beside
from workbench.formats.benchmarks.reading import read
from workbench.formats.benchmarks.solution import Solution, read_solution, solution_text, write_solution

__all__ = [
    "FAMILIES",
    "Instance",
    "Known",
    "Solution",
    "Vehicle",
    "known",
    "read",
    "read_solution",
    "solution_beside",
    "solution_text",
    "write_solution",
]
