"""What the shoppers send: the same on every run, and all that the demo speaks of."""

from __future__ import annotations

from collections import Counter

from structlog_enrich.demo.visits import visits


class TestVisits:
    """A few hundred requests, some of them failing, slow or hostile."""

    def test_same_on_every_run(self) -> None:
        """They are seeded."""
        assert visits() == visits()

    def test_kinds(self) -> None:
        """All kinds of answers are among them."""
        made = visits()

        assert 300 == len(made)
        assert {200: 174, 201: 82, 409: 16, 404: 14, 502: 12, 405: 2} == Counter(each.status for each in made)

    def test_request_ids(self) -> None:
        """No id is used twice, so an id tells which request a line is of."""
        ids = [each.request_id for each in visits() if each.request_id is not None]

        assert len(ids) == len(set(ids))

    def test_secrets(self) -> None:
        """Each secret stands in its request, and no two are alike."""
        made = visits()
        secrets = [secret for each in made for secret in each.secrets]

        assert len(secrets) == len(set(secrets))
        for each in made:
            sent = f"{each.path} {each.headers} {each.body}"
            assert all(secret in sent for secret in each.secrets)

    def test_refused_ids(self) -> None:
        """No id that must be refused is one that must be gone on with."""
        made = visits()
        callers = {each for visit in made if visit.caller for each in visit.caller}

        assert callers.isdisjoint(each for visit in made for each in visit.refused)
