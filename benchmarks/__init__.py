"""Speed and memory claims that anyone can measure again: ``python -m benchmarks.NAME [--json]``."""
