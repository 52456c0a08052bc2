"""What a report says, and how it reads."""

from __future__ import annotations

import pickle

import structlog

from structlog_enrich import preset
from structlog_enrich.explaining import Mistake, Report, Stage, explain

_STAGES = (Stage(1, "MergeContext", "adds what was bound"), Stage(2, "shop.add_shard", "adds shard", is_guarded=True))
_MISTAKE = Mistake("wrong-order", (1, 2), "One stands after the other.", "Swap them.")


class TestReport:
    """A text for a person, attributes for a program."""

    def test_text(self) -> None:
        """One line for each stage, then what was found."""
        assert (
            "1  MergeContext    adds what was bound\n2  shop.add_shard  adds shard (guarded)\n\nNo mistake was found."
        ) == str(Report(_STAGES, ()))

    def test_mistakes(self) -> None:
        """Each mistake names its stages, its rule, the problem and the remedy."""
        one = Mistake("missing-stage", (), "Redact is missing.", "Put it there.")
        text = str(Report(_STAGES, (one, _MISTAKE, _MISTAKE._replace(stages=(2,)))))

        assert (
            "3 mistakes:\n"
            "\n"
            "missing-stage\n"
            "  Redact is missing.\n"
            "  Remedy: Put it there.\n"
            "\n"
            "stages 1 and 2, wrong-order\n"
            "  One stands after the other.\n"
            "  Remedy: Swap them.\n"
            "\n"
            "stage 2, wrong-order\n"
        ) in text

    def test_costs(self) -> None:
        """Costs stand between name and text, with their sum; a stage that wasn't measured leaves its place empty."""
        text = str(Report((_STAGES[0]._replace(cost=1.234), _STAGES[1], _STAGES[1]._replace(cost=2000.0)), ()))

        assert (
            "1  MergeContext         1.23 µs  adds what was bound\n"
            "2  shop.add_shard                adds shard (guarded)\n"
            "2  shop.add_shard   2,000.00 µs  adds shard (guarded)\n"
            "   together         2,001.23 µs\n"
        ) in text

    def test_ok(self) -> None:
        """It is ok when nothing is wrong."""
        assert Report(_STAGES, ()).ok
        assert not Report(_STAGES, (_MISTAKE,)).ok

    def test_one_line_each(self) -> None:
        """No name of a stranger breaks a line or reaches the terminal as a control character."""

        def strange(logger: object, method_name: str, event_dict: dict[str, object]) -> dict[str, object]:
            return {**event_dict, "a\x1b[2Jb\u202e": 1}

        strange.__qualname__ = "a\nb\x1b"
        text = str(explain(preset(extra=[strange], renderer="json")))

        assert all(line.isprintable() for line in text.splitlines())
        assert 7 == len(text.partition("\n\n")[0].splitlines())

    def test_pickle(self) -> None:
        """It pickles, so that a deployment's check may hand it on."""
        report = explain([structlog.processors.TimeStamper(), *preset()])

        assert report == pickle.loads(pickle.dumps(report))
