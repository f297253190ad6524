"""What rows and tables must agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import Finding
from workbench.formats.checks import Loaded


def check(tables: Mapping[str, Loaded], threats: Mapping[str, Any], findings: list[Finding]) -> None:
    """Flag."""
