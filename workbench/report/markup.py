"""HTML built by function calls: whatever is not markup already is escaped."""

from __future__ import annotations

import html
import re

_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_VOID = frozenset({"meta", "input", "br", "hr", "img", "col"})

Attribute = str | int | float | bool | None


class Html(str):
    """Text that is markup already and must not be escaped again."""

    __slots__ = ()


def text(value: object) -> Html:
    """Return any value as escaped text; control and text-direction characters become a visible mark."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(_UNSAFE.sub("\ufffd", str(value)), quote=True))


def el(name: str, /, *children: object, **attributes: Attribute) -> Html:
    """Return one element. ``None`` children and ``None`` or False attributes are left out.

    A trailing underscore of an attribute is dropped (``class_``) and others become hyphens
    (``data_route``); True gives an attribute without a value.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        label = key.rstrip("_").replace("_", "-")
        parts.append(f" {label}" if value is True else f' {label}="{text(value)}"')
    if name in _VOID:
        return Html("".join(parts) + ">")
    inner = "".join(text(child) for child in children if child is not None)
    return Html(f"{''.join(parts)}>{inner}</{name}>")


def join(*children: object) -> Html:
    """Return the children one after the other, escaped where they are not markup."""
    return Html("".join(text(child) for child in children if child is not None))
