"""Statements of SQL: values in rows, and arguments of drivers, whose column stands elsewhere."""

from __future__ import annotations

import time

import pytest

from structlog_enrich.redaction import redact_text

SECRET = "-".join(("hunter2", "a8Kx92lQ"))
MARK = "[REDACTED:password]"


class TestRows:
    """`VALUES`."""

    @pytest.mark.parametrize(
        "text",
        [
            "INSERT INTO users (name, password) VALUES ('bob', '@')",
            "INSERT INTO users (name, password, n) VALUES ('bob', '@', 1), ('al', '@', 2),\n  ('it''s', '@', 3)",
            'INSERT INTO "users" ("name", "password") VALUES (\'a, (b)\', \'@\')',
            "insert into `users` (`password`,`name`) values('@','bob')",
            "INSERT INTO [dbo].[users] ([password], [name]) VALUES (N'@', N'bob')",
            "REPLACE INTO users (name, password)\nVALUES\n('O\\'Neil, x)', '@')",
            "INSERT INTO users (u.name, u.password) OVERRIDING SYSTEM VALUE VALUES (DEFAULT, E'@')",
            "INSERT INTO users (name, password) VALUES ROW('bob', '@'), ROW(NULL, '@')",
            "INSERT INTO users (name, password) VALUES ('bob', '@') ON CONFLICT (name) DO UPDATE SET password = '@'",
            '{"sql": "INSERT INTO users (\\"name\\", \\"password\\") VALUES (\'bob\', \'@\')"}',
            "'INSERT INTO users (\"password\", \"name\")\\nVALUES (\\'@\\', \\'bob\\')'",
            "INSERT INTO users (name, password) OUTPUT inserted.[id], inserted.n VALUES ('bob', '@')",
            "INSERT INTO users (name, password) /* of the app */ VALUES ('bob', '@')",
            "UPDATE users SET name = 'bob', password = '@' WHERE id = 7",
            "SELECT 1 FROM users WHERE [password] = N'@' AND name = 'bob'",
        ],
    )
    def test_the_column_says_which_value_goes(self, text: str) -> None:
        """In every row only that value is masked, and another look finds no more."""
        found = redact_text(text.replace("@", SECRET))
        assert text.replace("@", MARK) == found
        assert found == redact_text(found)

    @pytest.mark.parametrize("value", ["a,b), ('c", "it''s (x", "''quoted''", r"a\'b", 'a "b" c'])
    def test_of_any_value(self, value: str) -> None:
        """Commas, brackets and quotes within a value are of it."""
        value = value.replace("'", "''") if value.startswith("a,b") else value
        row = "INSERT INTO users (password, name) VALUES ('@', 'bob'), ('@', 'al')"
        change = "UPDATE users SET password = '@', n = 1"
        for text in (row, change):
            assert text.replace("@", MARK) == redact_text(text.replace("@", value))

    @pytest.mark.parametrize(
        "text",
        [
            "INSERT INTO users (name, password) VALUES ('C:\\', '@')",
            "INSERT INTO users (name, password) VALUES ('bob', 'x', '@')",
            "INSERT INTO users (name, password) VALUES ('bob', crypt('@', gen_salt('bf')))",
            "INSERT INTO users (name, password) VALUES ('bob', $$@$$)",
            "INSERT INTO users (name, password) VALUES ('bob', $x$a, b), (@$x$)",
            "INSERT INTO users (name, password) VALUES ('bob', '@",
        ],
    )
    def test_where_it_can_t_be_told(self, text: str) -> None:
        """More is masked where a row isn't understood, is cut, or calls a function."""
        found = redact_text(text.replace("@", SECRET))
        assert SECRET not in found
        assert found.startswith("INSERT INTO users (name, password) VALUES (")

    @pytest.mark.parametrize(
        "text",
        [
            "INSERT INTO orders (id, total) VALUES (1, 'ada')",
            "INSERT INTO usage (id, token_count) VALUES (1, 812)",
            "INSERT INTO usage (id, token) VALUES (1, 17)",
            "INSERT INTO users (name, password) VALUES ('bob', NULL), (%s, %s), (:name, :password), (?, DEFAULT)",
            'SELECT "u"."password", "u"."name" FROM "u" ORDER BY `password`, `name`',
            'INSERT INTO t ("password", "username") SELECT "password", "username" FROM u',
            'CREATE INDEX i ON t ("token", "n")',
        ],
    )
    def test_others_are_kept(self, text: str) -> None:
        """Other columns, numbers, placeholders and lists of columns."""
        assert text == redact_text(text)

    def test_many_rows(self) -> None:
        """Rows without a secret stay, and don't hide those behind them; behind some thousand all is masked."""
        head, row, last = "INSERT INTO users (name, password) VALUES ", "('bob', NULL), ", f"('al', '{SECRET}')"
        text = head + row * 2_000 + last
        assert text.replace(SECRET, MARK) == redact_text(text)
        found = redact_text(head + row * 5_000 + last)
        assert [False, True] == [SECRET in found, found.endswith("[REDACTED:scan-budget]")]

    @pytest.mark.parametrize(
        "piece",
        [
            "(a,password) values ('(a,password) values (', ?), ",
            "(password) values (",
            "password) values ((",
            "args=(",
            "insert (password) values(?) args=(",
        ],
    )
    def test_the_time_grows_with_the_text(self, piece: str) -> None:
        """What is nested or open isn't read again and again."""
        redact_text("password='x'")
        times = []
        for size in (20_000, 80_000):
            start = time.thread_time()
            redact_text((piece * size)[:size])
            times.append(time.thread_time() - start)
        assert times[1] < 12 * times[0] + 0.1

    @pytest.mark.parametrize("head", ["", "INSERT INTO t (password) VALUES ", "INSERT INTO t (n) VALUES "])
    @pytest.mark.parametrize("row", ["(?),", "(1),", "('a'),", "? "])
    def test_many_rows_take_no_longer(self, head: str, row: str) -> None:
        """Neither a row nor a placeholder looks farther than itself: four times as many take four times as long."""
        redact_text("password='x'")
        times = []
        for size in (20_000, 80_000):
            start = time.thread_time()
            redact_text(head + (row * size)[:size] + " args=(1, 2)")
            times.append(time.thread_time() - start)
        assert times[1] < 12 * times[0] + 0.1


class TestArguments:
    """What a driver gives to a statement."""

    @pytest.mark.parametrize(
        "text",
        [
            "(0.001) INSERT INTO t (\"password\", \"username\") VALUES (%s, %s); args=('@', 'bob'); alias=default",
            "(0.001) INSERT INTO t (\"n\", \"password\") VALUES (%s, %s), (%s, %s); args=(1, '@', 2, '@'); alias=x",
            "(0.001) INSERT INTO t (\"password\", \"n\") VALUES ('@', 'bob'); args=('@', 'bob'); alias=default",
            "(0.001) INSERT INTO t (\"password\", \"n\") VALUES (%s, %s); args=[('@', 'bob'), ('@', 'al')]",
            '(0.001) UPDATE t SET "n" = %s, "password" = %s WHERE "t"."id" = %s; args=(\'ada\', \'@\', 7)',
            '(0.001) UPDATE t SET "password" = \'@\' WHERE "t"."id" = 7; args=(\'@\', 7); alias=default',
            "INSERT INTO t (name, password) VALUES (?, ?): ['bob', '@']",
            "INSERT INTO t (name, password) VALUES ($1, $2); { bind: ['bob', '@'] }",
            "('INSERT INTO t (name, password) VALUES (?, ?)', ['bob', '@'])",
            "executing partial(<built-in>, 'INSERT INTO t (name, password) VALUES (?, ?)', ('bob', '@'))",
            "INSERT INTO t (password, name) VALUES ($1, $2) with parameters: $1 = '@', $2 = 'bob'",
            "execute x: UPDATE t SET password = $1 WHERE id = $2\nDETAIL:  Parameters: $1 = '@', $2 = '7'",
        ],
    )
    def test_those_of_secrets_go(self, text: str) -> None:
        """The statement says by position or number which one is masked."""
        found = redact_text(text.replace("@", SECRET))
        assert text.replace("@", MARK) == found
        assert found == redact_text(found)

    def test_behind_many_placeholders(self) -> None:
        """Where not all placeholders are read all arguments go."""
        text = f"SELECT 1 WHERE n IN ({'?,' * 9_000}?) AND password = ?; args=('{SECRET}', 1)"
        assert SECRET not in redact_text(text)

    def test_where_they_can_t_be_told_apart(self) -> None:
        """All of them go."""
        text = "(0.001) UPDATE t SET \"password\" = %s WHERE id IN (1, 2); args=('@', 1, 2); alias=default"
        found = redact_text(text.replace("@", SECRET))
        assert SECRET not in found
        assert found.endswith("); alias=default")

    @pytest.mark.parametrize(
        "text",
        [
            '(0.001) SELECT "u"."password", "u"."n" FROM "u" WHERE "u"."n" = \'ada\'; args=(\'ada\',)',
            "task done args=('ada', 7) kwargs={}",
            "execute x: SELECT $1 parameters: $1 = 'ada'",
        ],
    )
    def test_others_are_kept(self, text: str) -> None:
        """Arguments of statements that compare no secret."""
        assert text == redact_text(text)
