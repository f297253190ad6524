"""What was worked out from objects that nobody changes, kept for when the same objects are asked about again.

After an edit a page asks for everything anew, though of a dozen tables one is another and the rest are those of before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import PurePath
from typing import Any, Generic, TypeVar, TypeVarTuple

R = TypeVar("R")
T = TypeVar("T")
Given = TypeVarTuple("Given")


@dataclass(frozen=True, slots=True)
class Alike(Generic[T]):
    """An argument that is the same whenever its ``content`` is, though ``it`` may be another object."""

    content: Hashable
    it: T = field(compare=False)


_BY_VALUE = (str, bytes, int, float, tuple, frozenset, datetime, PurePath, Alike, type(None))
"""What equals its copy; anything else, such as a table, equals itself only."""


class _Thing:
    """An argument as a key; it holds on to the object, so that no other can take its place in memory."""

    __slots__ = ("it",)

    def __init__(self, it: Any) -> None:
        self.it = it

    def __hash__(self) -> int:
        return hash(self.it) if isinstance(self.it, _BY_VALUE) else id(self.it)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Thing) or type(self.it) is not type(other.it):
            return False
        return self.it is other.it or (isinstance(self.it, _BY_VALUE) and bool(self.it == other.it))


def kept(most: int) -> Callable[[Callable[[*Given], R]], Callable[[*Given], R]]:
    """Keep the last ``most`` results of a function for the same arguments, given by place.

    Numbers and texts are the same when they are equal, tables and other objects when they are one object (but see
    `Alike`). So nobody may change anything in the arguments or in the result.
    """

    def around(function: Callable[[*Given], R]) -> Callable[[*Given], R]:
        @lru_cache(maxsize=most)
        def found(*things: _Thing) -> Any:
            return function(*(thing.it for thing in things))

        @wraps(function)
        def asked(*given: *Given) -> R:
            return found(*map(_Thing, given))  # type: ignore[no-any-return]

        return asked

    return around
