"""`assert_no_secret` goes every way, and each way can be shown to leak."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, RedactionPolicy, bound_logger, preset
from structlog_enrich.setup import configure
from structlog_enrich.testing import NAMED, UNNAMED, assert_no_secret, captured_lines
from structlog_enrich.testing.ways import MAY_BE_CLOSED

EVERY = (*NAMED, *UNNAMED)
OPEN = tuple(way for way in EVERY if not way.startswith("record"))
NUMBER = "4000 0012 3456 7899"
TOKEN = "ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM"
NAMES = (
    *("password", "dbPassword", "DB_PASS", "passphrase", "user_pin", "totp", "client_secret", "psk"),
    *("aws_credentials", "seed_phrase", "access_token", "refreshToken", "jwt", "csrfmiddlewaretoken", "api_key"),
    *("X-Api-Key", "aws_secret_access_key", "private_key", "signing_key", "license_key", "Authorization", "cookie"),
    *("Set-Cookie", "PHPSESSID", "connect.sid", "X-Amz-Signature", "card_number", "cvc", "social_security_number"),
)


def failure(*names: str, **given: Any) -> str:
    """Return what the assertion says, which must fail."""
    with pytest.raises(AssertionError) as raised:
        assert_no_secret(*names, **given)
    return str(raised.value)


class TestEachWay:
    """A way that leaks is named, and one that doesn't isn't."""

    @pytest.mark.parametrize("way", OPEN)
    def test_leaks_without_masks(self, way: str) -> None:
        """Of a chain that masks nothing, every way tells: it is planted, comes out and is found."""
        said = failure(ways=[way], chain=preset(redaction=None))

        assert said.startswith(f"secrets came out, by 1 of 1 ways:\n  {way}: password stands in ")

    @pytest.mark.parametrize("way", [way for way in EVERY if way.startswith("record")])
    def test_leaks_through_records(self, way: str) -> None:
        """So do the standard library's records, once they are bridged."""
        with configure(redaction=None, sink=io.BytesIO(), framed=False):
            assert f"\n  {way}: password stands in " in failure(ways=[way])

    @pytest.mark.parametrize("way", OPEN)
    def test_leaks_a_given_secret(self, way: str) -> None:
        """A secret of one's own goes the same ways."""
        said = failure("card", secret=NUMBER, ways=[way], chain=preset(redaction=None))

        assert f"\n  {way}: card stands in " in said

    def test_goes_with_any_text(self) -> None:
        """Also what has lines, quotes and half a surrogate pair."""
        said = failure(secret="hunter2\n'\"%s\ud800/@", ways=OPEN, chain=preset(redaction=None))

        assert f" of {len(OPEN)} ways:" in said

    @pytest.mark.parametrize(
        "name", ["password", "card_number", "x-api-key", "2fa_code", "class", "pass", "Authorization"]
    )
    def test_goes_by_any_name(self, name: str) -> None:
        """Whatever a secret is called, each way is gone: what isn't a name for Python, too."""
        said = failure(name, ways=OPEN, chain=preset(redaction=None))

        assert f"secrets came out, by {len(OPEN)} of {len(OPEN)} ways:" == said.splitlines()[0]

    @pytest.mark.parametrize(
        ("way", "places"),
        [
            ("keyword", "payload.password"),
            ("bytes", "payload.password"),
            ("bound", "payload.password"),
            ("context", "context.password"),
            ("mapping", "payload.data.user.password"),
            ("list", "payload.data[1][0].password[0]"),
            ("object", "payload.data.password"),
            ("repr", "payload.data"),
            ("marked", "payload.data.field"),
            ("header", "payload.headers.Password"),
            ("pair", "payload.headers[1][1]"),
            ("raw header", "payload.headers[1][1]"),
            ("variable", "payload.env[0].value"),
            ("argv", "payload.argv[2]"),
            ("json", "payload.body"),
            ("nested json", "payload.body"),
            ("url", "payload.url"),
            ("userinfo", "payload.dsn"),
            ("exception args", "error.message, error.stack"),
            ("span", "span.attributes.password"),
            ("message", "message"),
            ("argument", "message"),
            ("value", "payload.note"),
            ("body", "payload.body"),
            ("key", "payload.data[…]"),
            ("exception", "error.message, error.stack"),
            ("note", "error.stack, error.notes[0]"),
            ("cause", "error.stack, error.causes[0].message"),
            ("member", "error.stack, error.exceptions[0].message"),
        ],
    )
    def test_says_where(self, way: str, places: str) -> None:
        """Each way ends at another place of the line."""
        assert failure(ways=[way], chain=preset(redaction=None)).endswith(f"{way}: password stands in {places}")

    def test_a_way_that_leaks_half_of_it(self) -> None:
        """A chain that shows the beginning of a secret has shown it."""

        def cut(logger: Any, method_name: str, event_dict: Any) -> Any:
            event_dict["password"] = event_dict["password"][:16]
            return event_dict

        assert "keyword" in failure(ways=["keyword"], chain=preset(redaction=None, extra=[cut]))


class TestNamesThatAreTaken:
    """What Python, structlog or the standard library calls something of its own."""

    @pytest.mark.parametrize("name", sorted({*vars(logging.makeLogRecord({})), "message", "asctime"}))
    def test_attributes_of_records(self, name: str) -> None:
        """No `extra=` can carry them, so that way is left out for them, and gone with the others."""
        with configure(redaction=None, sink=io.BytesIO(), framed=False):
            assert "no line came out, so nothing is proved, by: record" == failure(name, ways=["record"])
            assert f"keyword: {name} stands in payload.{name}" in failure(name, ways=["keyword", "record"])
        with configure(redaction=RedactionPolicy(keys={name, "iban"}), sink=io.BytesIO(), framed=False):
            assert ("mapping", "record") == assert_no_secret(name, "iban", ways=["mapping", "record"])
            assert ("mapping", "record") == assert_no_secret("iban", name, ways=["mapping", "record"])

    @pytest.mark.parametrize("name", ["self", "event"])
    @pytest.mark.parametrize("wrapper", [None, structlog.make_filtering_bound_logger(0)], ids=["ours", "structlog's"])
    def test_parameters_of_loggers(self, name: str, wrapper: Any) -> None:
        """Where a logger can't be given one, that way is left out for it."""
        if wrapper is not None:
            structlog.configure(wrapper_class=wrapper, processors=preset())
        chain = preset(redaction=RedactionPolicy(keys={name, "iban"}))

        assert {"mapping", "list", "header"} <= set(assert_no_secret(name, chain=chain))
        assert set(OPEN) == set(assert_no_secret(name, "iban", chain=chain))

    @pytest.mark.parametrize("name", ["__class__", "__dict__", "__slots__"])
    def test_attributes_of_objects(self, name: str) -> None:
        """What every object has stands with one more underscore."""
        assert f"object: {name} stands in payload.data." in failure(name, ways=["object"], chain=preset(redaction=None))


class TestTheRealChain:
    """What `preset()` promises."""

    @pytest.mark.parametrize("name", NAMES)
    def test_masks_default_names(self, name: str) -> None:
        """Names of each built-in rule for keys, by every way: in texts they tell, too."""
        assert OPEN == assert_no_secret(name)

    def test_masks_by_form(self) -> None:
        """A token that says whose it is, under a name that says nothing, by every way."""
        assert OPEN == assert_no_secret("note", secret=TOKEN)

    def test_masks_what_has_no_form_by_its_name(self) -> None:
        """What nobody could recognise is masked where its name stands beside it, and nowhere else."""
        assert set(NAMED) - {"record"} == set(assert_no_secret("password", secret="hunter2", ways=NAMED))
        for way in set(UNNAMED) - {"record message"}:
            assert f"\n  {way}: password stands in " in failure("password", secret="hunter2", ways=[way])

    def test_masks_names_of_ones_own(self) -> None:
        """A name that was added is masked by every way, and wasn't before; the built-in ones still are."""
        policy = RedactionPolicy(keys={"iban"})

        assert OPEN == assert_no_secret("iban", "password", chain=preset(redaction=policy))
        assert failure("password", "iban").splitlines()[1] == "  keyword: iban stands in payload.iban"

    def test_a_replaced_policy_is_found_out(self) -> None:
        """Whoever replaces the built-in names where they meant to add to them."""
        policy = RedactionPolicy(keys={"iban"}, defaults=False)

        assert f"by {len(OPEN)} of {len(OPEN)} ways" in failure(chain=preset(redaction=policy))

    def test_a_policy_that_allows_too_much_is_found_out(self) -> None:
        """An exception that is as wide as a rule."""
        chain = preset(redaction=RedactionPolicy(allow={"rule:password"}))

        assert "\n  keyword: password stands in payload.password" in failure(chain=chain)

    def test_a_dry_run_is_found_out(self) -> None:
        """It names secrets and writes them."""
        chain = preset(redaction=RedactionPolicy(dry_run=True))

        assert f"by {len(OPEN)} of {len(OPEN)} ways" in failure(chain=chain)

    def test_a_stage_after_redaction_is_found_out(self) -> None:
        """Data that is added behind `Redact` is looked at by nobody but this."""

        def late(logger: Any, method_name: str, event_dict: Any) -> Any:
            event_dict["payload"] = {"copy": seen["password"]}
            return event_dict

        def early(logger: Any, method_name: str, event_dict: Any) -> Any:
            seen.update(event_dict)
            return event_dict

        seen: dict[str, Any] = {}
        chain = preset(extra=[early])
        chain.insert(-1, late)

        assert "keyword: password stands in payload.copy" in failure(ways=["keyword"], chain=chain)

    def test_a_scrubber_of_ones_own(self) -> None:
        """A processor that keeps what no rule finds is believed no more than the library's."""

        def scrub(logger: Any, method_name: str, event_dict: Any) -> Any:
            event_dict["event"] = event_dict["event"].replace(NUMBER, "[card]")
            return event_dict

        chain = preset(extra=[scrub])

        assert ("message",) == assert_no_secret("card", secret=NUMBER, ways=["message"], chain=chain)
        assert ["  value: card stands in payload.note"] == failure(
            "card", secret=NUMBER, ways=["message", "value"], chain=chain
        ).splitlines()[1:]

    def test_records_once_bridged(self) -> None:
        """Then they are among the ways that were gone."""
        assert "record" not in assert_no_secret()
        with configure(sink=io.BytesIO(), framed=False):
            assert EVERY == assert_no_secret()


class TestProof:
    """A line that didn't come out proves nothing."""

    @pytest.mark.parametrize("way", [way for way in OPEN if way != "span"])
    def test_fails_when_nothing_comes_out(self, way: str) -> None:
        """A chain that drops every event keeps every secret."""

        def drop(logger: Any, method_name: str, event_dict: Any) -> Any:
            raise structlog.DropEvent

        chain = preset(extra=[drop])

        assert f"no line came out, so nothing is proved, by: {way}" == failure(ways=[way], chain=chain)
        assert f"no line came out, so nothing is proved, by: {way}" == failure(ways=[way, "span"], chain=chain)

    def test_fails_when_one_name_is_dropped(self) -> None:
        """A way is gone only when it was gone with every name."""

        def picky(logger: Any, method_name: str, event_dict: Any) -> Any:
            if "iban" in event_dict:
                raise structlog.DropEvent
            return event_dict

        for names in (("iban", "password"), ("password", "iban")):
            assert "by: keyword" in failure(*names, ways=["keyword"], chain=preset(extra=[picky]))

    @pytest.mark.parametrize("ways", [["span"], ["record"], ["record", "record message"]])
    def test_fails_when_only_closed_ways_were_to_be_gone(self, ways: list[str]) -> None:
        """Ways that a configuration may close are left out, and not all of them."""
        structlog.configure(processors=preset(), wrapper_class=bound_logger("critical"))

        assert f"so nothing is proved, by: {', '.join(ways)}" in failure(ways=ways)

    def test_holds_at_any_level(self) -> None:
        """The least level a service may have still lets canaries pass."""
        structlog.configure(processors=preset(), wrapper_class=bound_logger("critical"))

        assert set(EVERY) - MAY_BE_CLOSED == set(assert_no_secret())


class TestConduct:
    """It leaves nothing behind."""

    def test_no_line_reaches_the_sink(self, capfd: pytest.CaptureFixture[str]) -> None:
        """Neither the chain's, nor the standard library's last resort, nor what another block captures."""
        sink = io.BytesIO()
        structlog.configure(processors=preset(), logger_factory=structlog.BytesLoggerFactory(sink))
        logging.getLogger().handlers.clear()
        with captured_lines() as outer:
            assert_no_secret()

        assert (0, b"", ("", "")) == (len(outer), sink.getvalue(), capfd.readouterr())

    def test_nothing_is_left(self) -> None:
        """No configuration, no bound context, no handler."""
        assert_no_secret()

        assert not structlog.is_configured()
        assert {} == structlog.contextvars.get_contextvars()
        assert [] == logging.getLogger("structlog_enrich.canaries").handlers

    def test_fails_alike_on_every_run(self) -> None:
        """The same canaries are planted each time."""
        chain = preset(redaction=None)
        with captured_lines(chain) as one:
            failure(ways=["keyword"], chain=chain)
        assert 0 == len(one)

        assert failure(ways=EVERY, chain=chain) == failure(ways=EVERY, chain=chain)


class TestRefused:
    """What can't be planted."""

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"ways": ["keyword", "telepathy"]}, "ways must be of keyword, .*, not 'telepathy'"),
            ({"ways": []}, "ways must be of keyword, .*, not none"),
            ({"ways": "keyword"}, "ways must be several, not the one text 'keyword'"),
            ({"secret": ""}, "secret must be text, not an empty text"),
            ({"secret": b"x"}, "secret must be text, not bytes"),
            ({"chain": ()}, "chain must be a list"),
        ],
        ids=str,
    )
    def test_says_why(self, given: dict[str, Any], told: str) -> None:
        """The parameter, its rule and what was given."""
        with pytest.raises(ConfigurationError, match=told):
            assert_no_secret(**given)

    @pytest.mark.parametrize("name", ["", " ", 5, None, b"password", "\ud800"], ids=ascii)
    def test_names_that_are_none(self, name: Any) -> None:
        """They are refused before anything is logged, among others too."""
        with captured_lines() as lines, pytest.raises(ConfigurationError, match="names must be texts"):
            assert_no_secret("password", name)
        assert 0 == len(lines)
