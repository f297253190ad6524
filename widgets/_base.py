"""What every widget of ours has: refused unknown options, a short repr, errors shown under it."""

from __future__ import annotations

import functools
import gc
import logging
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import ipywidgets as ipw
import traitlets as t

from widgets._assets import script, style
from workbench.errors import InputError, WorkbenchError

_log = logging.getLogger(__name__)


class WorkbenchWidget(anywidget.AnyWidget):
    """Traits, a plain ES module and no arithmetic.

    The browser sends what the user wants as ``wish`` ``{"n", "kind", "value"}``; a subclass answers
    in ``on_<kind>(value)``. What goes wrong there is shown under the widget (``error``).

    Raises
    ------
    TypeError
        When an option isn't a trait of the widget.
    """

    _esm = "export default { render() {} };"
    _css = style()
    wish = t.Dict().tag(sync=True)
    error = t.Unicode("").tag(sync=True)

    def __init__(self, **options: Any) -> None:
        unknown = sorted(set(options) - set(self.trait_names()))
        if unknown:
            known = ", ".join(sorted(n for n in self.class_own_traits() if not n.startswith("_")))
            raise TypeError(f"{type(self).__name__} has no option {', '.join(unknown)}. It has: {known}.")
        super().__init__(**options)
        self.observe(self._answer, "wish")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _answer(self, change: Any) -> None:
        kind = change["new"].get("kind", "")
        answer = getattr(self, f"on_{kind}", None)
        if answer is None:
            self.error = f"{type(self).__name__} cannot do {kind!r}."
            return
        self.guard(answer)(change["new"].get("value"))

    def guard(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` with its exceptions shown under the widget instead of lost."""

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            self.error = ""
            try:
                return function(*args, **kwargs)
            except Exception as error:
                _log.debug("A wish failed", exc_info=True)
                self.error = sentence(error)
                return None

        return guarded


@functools.cache
def settle() -> None:
    """Spare the collector all that is there by now, once a process: it takes a fifth of a second every few edits."""
    gc.freeze()


def sentence(error: BaseException) -> str:
    """Return what went wrong as a sentence for users: ours as written, foreign ones with their kind."""
    if isinstance(error, InputError | WorkbenchError | ValueError):
        return str(error)
    return f"{type(error).__name__}: {error}"


class Note(WorkbenchWidget):
    """A line of text for people; ``level`` is one of "", ok, warn, bad."""

    _esm = script("note.js")
    text = t.Unicode("").tag(sync=True)
    level = t.Unicode("").tag(sync=True)


class Panel(ipw.VBox):
    """Several widgets that act together; what goes wrong in one of its buttons is shown at its foot."""

    def __init__(self, children: Sequence[ipw.Widget]) -> None:
        self.note = Note()
        super().__init__([*children, self.note])
        self.add_class("wb-page")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def say(self, text: str, level: str = "ok") -> None:
        """Show a line at the foot of the panel."""
        self.note.text, self.note.level = text, level

    def guard(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` with its exceptions shown at the foot of the panel instead of lost."""

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                _log.debug("A button failed", exc_info=True)
                self.say(sentence(error), "bad")
                return None

        return guarded
