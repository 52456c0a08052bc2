"""How much a log call costs, measured beside what else one could use.

`python -m benchmarks` measures everything and writes `docs/performance.md`; `--quick` prints a rough page instead.
"""
