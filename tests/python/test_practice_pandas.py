"""Practice in pandas: what an answer gets and returns, how it is shown where it fails, and what it cannot do."""

import datetime as dt
import textwrap
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from practice import diagnosis, pandas_sandbox
from practice.catalogue import questions
from practice.cli import Desk, cli
from practice.pandas_sandbox import Call, Server
from practice.sandbox import AnswerError, OverLimitError
from practice.tables import Demo, schema
from practice.workbench import ORDERS, Place, Workbench

TYPES = [
    ("id", "varchar"),
    ("n", "bigint"),
    ("x", "double"),
    ("at", "timestamp"),
    ("day", "date"),
    ("is_new", "boolean"),
]
ROWS = [
    ("a", 1, 0.5, dt.datetime(2026, 1, 1, 12), dt.date(2026, 1, 1), True),  # noqa: DTZ001 as DuckDB returns it
    (None, None, None, None, None, None),
]
TABLES = [("t", TYPES, ROWS)]
CALL = Call(("t",), ("v",))


@pytest.fixture(scope="module")
def server():
    """A server of its own."""
    started = Server()
    yield started
    started.close()


@pytest.fixture
def answer(server):
    """A function that runs an answer, given by its body, on two rows."""

    def run(body, call=CALL, before=""):
        text = f"import pandas as pd\n{before}\ndef {call.signature}:\n{textwrap.indent(textwrap.dedent(body), '    ')}"
        return server.run(text, call, lambda: TABLES)

    return run


def value(answer, expression):
    """What becomes of a value in a cell."""
    return answer(f"import numpy as np; return pd.DataFrame({{'v': pd.Series([{expression}], dtype=object)}})").rows


# What an answer gets.


def test_tables_arrive_as_pandas_reads_them_from_a_file(answer):
    types = dict(answer("return t.dtypes.astype(str).rename('v').reset_index()").rows)
    assert types == {
        "id": "str", "n": "float64", "x": "float64", "at": "datetime64[us]", "day": "datetime64[us]", "is_new": "object"
    }  # fmt: skip
    assert answer("return t").rows[1] == (None,) * 6
    assert answer("return t.dropna().astype({'n': int, 'is_new': bool})").rows[0][:3] == ("a", 1, 0.5)
    assert answer("return pd.DataFrame({'v': t.index})").rows == [(0,), (1,)]
    known = {definition["type"] for table in schema().values() for definition in table.columns.values()}
    assert all(pandas_sandbox.dtype(sql_type) for sql_type in known)


def test_an_answer_that_changes_its_tables_or_pandas_harms_nobody(answer):
    change = "t.drop(t.index, inplace=True); t['v'] = []; pd.DataFrame.sum = None; return t[['v']]"
    for _ in range(2):
        assert answer(change).rows == []
    assert answer("return t[['x']].sum().to_frame('v')").rows == [(0.5,)]
    counting = "numbers.append(1); return pd.DataFrame({'v': numbers})"
    for _ in range(2):
        assert answer(counting, before="numbers = []").rows == [(1,)]


def test_rows_stand_in_two_orders(demo_database, tmp_path):
    workbench = Workbench(Demo(demo_database, tmp_path))
    text = "def answer(users):\n    return users[['user_id']]\n"
    call = Call(("users",), ("user_id",))
    one, other = (workbench.run(text, Place("demo"), order, call) for order in ORDERS)
    assert one.rows != other.rows
    assert sorted(one.rows) == sorted(other.rows)


# What an answer returns.


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        ("float('nan')", None),
        ("None", None),
        ("pd.NA", None),
        ("pd.NaT", None),
        ("np.float64('nan')", None),
        ("np.datetime64('NaT')", None),
        ("0", 0),
        ("0.0", 0.0),
        ("np.int64(3)", 3),
        ("np.float64(0.5)", 0.5),
        ("float('inf')", float("inf")),
        ("np.bool_(True)", True),
        ("False", False),
        ("'a'", "a"),
        ("pd.Timestamp('2026-01-01 09:00', tz='Asia/Tokyo')", dt.datetime(2026, 1, 1)),  # noqa: DTZ001 UTC
        ("pd.Timestamp('2026-01-01 09:00')", dt.datetime(2026, 1, 1, 9)),  # noqa: DTZ001 likewise
        ("pd.Timestamp('2026-01-01').date()", dt.date(2026, 1, 1)),
        ("pd.Period('2026-01-01', 'D')", dt.datetime(2026, 1, 1)),  # noqa: DTZ001 likewise
        ("pd.Timedelta('90s')", dt.timedelta(seconds=90)),
        ("[1, np.int64(2), float('nan')]", (1, 2, None)),
        ("{'a': {3}}", (("a", (3,)),)),
    ],
)
def test_values_of_numpy_and_pandas_become_plain(answer, expression, plain):
    [(found,)] = value(answer, expression)
    assert (type(found), found) == (type(plain), plain)


def test_columns_become_plain(answer):
    result = answer(
        """
        return pd.DataFrame({
            "whole": pd.array([1, None], dtype="Int64"),
            "truth": pd.array([True, None], dtype="boolean"),
            "group": pd.Categorical(["a", None]),
            "mixed": [True, None],
            3: [1, 0],
        })
        """
    )
    assert result.columns == ("whole", "truth", "group", "mixed", "3")
    assert result.rows == [(1, True, "a", True, 1), (None, None, None, None, 0)]
    assert result.booleans == {1, 3}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("t['n'] = 1", "returns nothing"),
        ("return t['n']", "returns a Series; it should be a DataFrame: `.to_frame"),
        ("return [1]", "returns a list; it should be a DataFrame"),
        ("return 3", "returns an int"),
        ("yield t", "returns a generator"),
        ("return t.groupby('id').agg({'n': ['sum', 'mean']})", "several levels"),
        ("return pd.concat([t] * 200_000)", "more than 200,000 rows"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(answer, body, message):
    with pytest.raises(AnswerError, match=message):
        answer(body)


def test_the_first_items_are_taken_of_an_answer_that_yields(answer):
    call = Call(("t",), ("a", "b"), take=3)
    endless = "import itertools\nfor n in itertools.count(): yield {item}"
    expected = [(0, 0), (1, 1), (2, 4)]
    for item in ("{'a': n, 'b': n * n}", "(n, n * n)", "[n, n * n]"):
        result = answer(endless.format(item=item), call)
        assert (result.columns, result.rows) == (("a", "b"), expected)
    assert answer("return [(n, n * n) for n in range(9)]", call).rows == expected
    assert answer("return iter([])", call).columns == ("a", "b")
    assert answer("return pd.DataFrame({'a': range(9), 'b': 1})", call).rows == [(0, 1), (1, 1), (2, 1)]
    assert answer(endless.format(item="{'a': n}"), call).columns == ("a",)
    for body, message in {
        "yield 1": "A row is an int; it should be a dict or a tuple",
        "yield (1, 2, 3)": "needs 2 values: a, b",
        "yield {'a': 1}; yield {'b': 1}": "different keys",
        "pass": "Nothing is written",
        "t = 1": r"nothing \(None\); it should yield rows",
    }.items():
        with pytest.raises(AnswerError, match=message):
            answer(body, call)


def test_what_an_answer_prints_is_kept(answer):
    assert answer("print('here'); return t").printed == "here\n"
    assert len(answer("print('x' * 10_000); return t").printed) < 5_000
    with pytest.raises(AnswerError) as failed:
        answer("print('here'); return oops")
    assert failed.value.printed == "here\n"


# Where it fails.


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("def answer(t):\n    x = t\n    return x['oops']\n", "KeyError: 'oops'", 3, 12),
        ("def answer(t):\n    return 'ä', t.oops\n", "AttributeError", 2, 17),
        ("def answer(t):\n    return t.merge(t, on='oops')\n", "KeyError: 'oops'", 2, 12),
        ("def answer(t):\n    return helper(t)\n\ndef helper(t):\n    return 1 / 0\n", "ZeroDivisionError", 5, 12),
        ("def answer(t):\n    return t +\n", "SyntaxError: invalid syntax", 2, 15),
        ("import oops\ndef answer(t):\n    return t\n", "ModuleNotFoundError", 1, 1),
        ("def answer(t):\n    import sys\n    sys.exit(1)\n", "ends the program", 3, 5),
        ("def answer(t, u):\n    return t\n", r"with the tables, in this order: answer\(t\)", None, None),
        ("def anwser(t):\n    return t\n", r"needs a function answer\(t\)", None, None),
        ("def answer(t):\n    import os\n    os._exit(0)\n", "ended the process", None, None),
        ("x = '\0'", "null byte", None, None),
        ("", "Nothing is written yet", None, None),
        ("import pandas as pd\n", "Nothing is written yet", None, None),
        ('def answer(t):\n    """Only said."""\n    ...\n', "Nothing is written yet", None, None),
    ],
)
def test_an_error_has_the_place_in_the_answer_itself(server, text, message, line, column):
    with pytest.raises(AnswerError, match=message) as failed:
        server.run(text, CALL, lambda: TABLES)
    assert (failed.value.line, failed.value.column) == (line, column)


# What it cannot do.


@pytest.mark.parametrize(
    "body",
    [
        "open(target, 'w')",
        "open(target, 'ab')",
        "import os; os.open(target, os.O_WRONLY | os.O_CREAT)",
        "t.to_csv(target)",
        "t.to_pickle(target)",
        "import os; os.remove('/nowhere')",
        "import os; os.mkdir(target)",
        "import pathlib; pathlib.Path(target).touch()",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
        "import subprocess; subprocess.run(['true'])",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "pd.read_csv('http://127.0.0.1:9/x.csv')",
        "import ctypes; ctypes.CDLL(None)",
        "import sqlite3; sqlite3.connect(target)",
        "import shutil; shutil.copy(__import__('os').__file__, target)",
    ],
)
def test_an_answer_works_on_its_tables_and_nothing_else(answer, tmp_path, body):
    target = tmp_path / "written"
    with pytest.raises(AnswerError, match="An answer only works on its tables"):
        answer(f"{body}\nreturn t", before=f"target = {str(target)!r}")
    assert not target.exists()


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
        "import itertools; return pd.DataFrame({'v': [sum(1 for _ in itertools.count())]})",
        "try:\n    while True: pass\nexcept BaseException: pass\nreturn t",
    ],
)
def test_an_answer_that_does_not_end_is_killed(answer, body):
    started = time.perf_counter()
    with pytest.raises(OverLimitError, match=r"took longer than 0\.3 seconds"):
        answer(body, Call(("t",), ("v",), seconds=0.3))
    assert time.perf_counter() - started < 5
    # The next one is not killed with it.
    assert len(answer("return t").rows) == 2


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not limit the memory of a process")
@pytest.mark.parametrize(
    "body",
    [
        "import itertools; return list(itertools.product(range(100), repeat=9))",
        "import numpy as np; return pd.DataFrame({'v': np.ones(10**9)})",
        "many = pd.DataFrame({'k': range(10**5)}); return many.merge(many, how='cross')",
    ],
)
def test_an_answer_that_needs_too_much_memory_is_stopped(answer, body):
    with pytest.raises(OverLimitError, match="more than 200 MB of memory"):
        answer(body, Call(("t",), ("v",), megabytes=200))
    assert len(answer("return t").rows) == 2


def test_a_server_that_was_closed_or_has_died_is_started_again(answer, server):
    server.close()
    assert len(answer("return t").rows) == 2
    server._process.kill()  # noqa: SLF001 as the system would, short of memory
    server._process.wait()  # noqa: SLF001 likewise
    assert len(answer("return t.copy()").rows) == 2


# The command.


@pytest.fixture
def check(demo_database, tmp_path):
    """A function that writes an answer to q45 and returns the exit code of a command and what it printed."""
    demo = Demo(demo_database, tmp_path / "cache")

    def run(text=None, command="check"):
        desk = Desk(tmp_path / "answers", tmp_path / "progress.json", demo)
        desk.answers.mkdir(exist_ok=True)
        if text is not None:
            (desk.answers / "q45.py").write_text(text)
        outcome = CliRunner(env={"COLUMNS": "200"}).invoke(cli, [command, "q45"], obj=desk)
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        return outcome.exit_code, " ".join(outcome.output.split())

    return run


def test_the_command_shows_starts_checks_and_reveals(check, tmp_path):
    code, output = check(command="show")
    assert code == 0
    assert "datetime64" in output
    starter = (tmp_path / "answers" / "q45.py").read_text()
    assert starter == questions()["q45"].starter
    assert "def answer(impressions):" in starter
    compile(starter, "starter", "exec")
    assert max(map(len, starter.splitlines())) <= 120
    assert "Nothing is written yet" in check()[1]
    solution = questions()["q45"].solution
    assert check(solution)[0] == 0
    assert check(command="reveal")[0] == 0


def test_the_feedback_is_that_of_sql(check):
    solution = questions()["q45"].solution
    code, output = check(solution.replace(", dropna=False", "").replace("    groups", "    print('here')\n    groups"))
    assert code == 1
    for text in (
        "Your answer printed: here",
        "Consistent with the pitfall: null group lost",
        "The smallest example found",
    ):
        assert text in output
    code, output = check(solution.replace(".reset_index()", ""))
    assert code == 1
    assert "Columns that are missing: surface, module_id. The index has surface, module_id" in output
    code, output = check(solution.replace(".groupby", ".grupby"))
    assert code == 2
    assert "q45.py, line 10, column 10: AttributeError: 'DataFrame' object has no attribute 'grupby'" in output


def test_an_answer_may_trip_over_tables_from_which_nothing_is_to_be_returned(check):
    solution = questions()["q45"].solution
    # Of no groups, `apply` makes a table without columns.
    by_apply = """
        .apply(lambda rows: pd.Series({
            "impression_count": len(rows), "user_count": rows["user_id"].nunique(),
            "mean_seconds": rows["seconds"].mean(), "long_look_share": rows["is_long"].mean(),
        }))
        .reset_index()
    """
    start, end = solution.index("        .agg("), solution.index("    )\n    return")
    assert check("import pandas as pd\n" + solution[:start] + by_apply + solution[end:])[0] == 0
    raising = solution.replace("    groups", "    if chosen.empty:\n        raise ValueError\n    groups")
    assert check(raising)[0] == 0
    code, output = check(raising.replace("chosen.empty", "len(chosen) == 4"))
    assert code == 2
    assert "ValueError (with these rows: " in output


def test_an_answer_over_a_limit_is_told_the_pitfall_that_stands_for_it(demo_database, tmp_path):
    workbench = Workbench(Demo(demo_database, tmp_path))
    question = questions()["q45"]
    limited = Call(question.call.tables, question.call.columns, seconds=0.3)
    fields = {name: getattr(question, name) for name in question.__dataclass_fields__}
    slow = type(question)(**fields | {"over_limit": "precedence", "call": limited})
    graded = diagnosis.grade(slow, "def answer(impressions):\n    while True: pass\n", workbench)
    assert (graded.status, graded.pitfalls) == (diagnosis.ERROR, ("precedence",))
    assert "0.3 seconds" in str(graded.error)


def test_duckdb_is_hidden_as_it_writes_files_by_itself(answer):
    with pytest.raises(AnswerError, match="import of duckdb halted"):
        answer("import duckdb; return t")
