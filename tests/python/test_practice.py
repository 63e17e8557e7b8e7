"""The practice command: every step of its feedback, its exit codes, what it keeps, and what answers cannot do."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
import time
from decimal import Decimal

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from practice import counterexample, diagnosis, memo, sandbox, tables
from practice.catalogue import load_question, questions, select
from practice.cli import Desk, cli
from practice.comparison import Shape, are_equal, compare
from practice.sandbox import AnswerError, Result
from practice.tables import Demo, PracticeError, World, load_world, open_world, schema
from practice.workbench import ORDERS, Scratch, Workbench

RIGHT = """
select surface, count(*) as impression_count,
    sum(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 else 0 end) as viewable_count,
    avg(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 else 0 end) as viewable_share
from {{ ref('stg_feed__impressions') }}
group by surface;
"""


@pytest.fixture(scope="module")
def demo(demo_database, tmp_path_factory):
    """The demo's tables, copied once."""
    return Demo(demo_database, tmp_path_factory.mktemp("practice"))


@pytest.fixture
def desk(demo, tmp_path):
    """A desk without any answer."""
    return Desk(tmp_path / "answers", tmp_path / "progress.json", demo)


@pytest.fixture
def run(desk):
    """A function that runs the command and returns its exit code and what it printed, on one line."""

    def invoke(*arguments, given=None):
        # A desk of its own for every command, as on the command line; only the files stay.
        fresh = Desk(desk.answers, desk.progress_file, desk.demo)
        outcome = CliRunner(env={"COLUMNS": "200"}).invoke(cli, arguments, obj=fresh, input=given)
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        return outcome.exit_code, " ".join(outcome.output.split())

    return invoke


@pytest.fixture
def check(desk, run):
    """A function that writes an answer and checks it."""

    def write(sql, question_id="q01"):
        desk.answers.mkdir(exist_ok=True)
        (desk.answers / f"{question_id}.sql").write_text(sql)
        return run("check", question_id)

    return write


# The ladder of feedback.


def test_a_right_answer_passes_and_shows_what_comes_next(check):
    code, output = check(RIGHT)
    assert code == 0
    for text in ("q01 passed", "Reference solution", "Alternative: sum of cases", "What an interviewer asks next"):
        assert text in output


def test_an_error_is_shown_at_its_place(check):
    code, output = check("-- a comment\nselect surface,\n    cuont(*) as impression_count\nfrom impressions")
    assert code == 2
    assert "q01.sql, line 3, column 5: Catalog Error: Scalar Function with name cuont does not exist!" in output


def test_a_place_on_a_long_line_is_found_although_duckdb_clips_it(check):
    line = "select " + "surface, " * 30 + "oops from impressions"
    code, output = check(f"\n{line}")
    assert code == 2
    assert f"line 2, column {line.index('oops') + 1}:" in output


def test_the_caret_stands_below_its_word_on_a_narrow_terminal(desk):
    desk.answers.mkdir()
    (desk.answers / "q01.sql").write_text("select " + "surface, " * 30 + "oops from impressions")
    output = CliRunner(env={"COLUMNS": "80"}).invoke(cli, ("check", "q01"), obj=desk).output
    lines = output.splitlines()
    caret = next(number for number, text in enumerate(lines) if text.strip() == "^")
    assert lines[caret - 1][lines[caret].index("^") :].startswith("oops")


def test_a_name_that_needs_as_is_told_so(check):
    assert "If day is meant as the name of a column, write `as day`." in check("select 1 day from impressions")[1]
    assert "write `as" not in check("select 1 from from impressions")[1]


def test_an_unknown_ref_is_an_error_at_its_place(check):
    code, output = check("select *\nfrom {{ ref('clicks') }}")
    assert code == 2
    assert "line 2, column 14: There is no table 'clicks'" in output


def test_the_empty_starter_cannot_be_run(run):
    assert run("check", "q01")[0] == 2


def test_missing_and_extra_columns_are_named(check):
    code, output = check("select surface, count(*) as impression_count, 1 as one from impressions group by surface")
    assert code == 1
    assert "Columns that are missing: viewable_count, viewable_share." in output
    assert "Columns that nobody asked for: one." in output
    assert "pitfall" not in output


def test_a_column_that_is_only_called_differently_is_recognised(check):
    code, output = check(RIGHT.replace("viewable_share", "share"))
    assert code == 1
    assert "The values are right; a name is not: share should be called viewable_share." in output


def test_the_case_of_names_and_the_order_of_columns_do_not_matter(check):
    columns = "viewable_share, VIEWABLE_count, Impression_Count, surface"
    assert check(f"select {columns} from ({RIGHT.strip().rstrip(';')})")[0] == 0


def test_a_wrong_number_of_rows_is_told_from_fan_out(check):
    inner = RIGHT.strip().rstrip(";")
    code, output = check(f"select * from ({inner}) where surface <> 'search'")
    assert code == 1
    assert "You return 3 rows; there should be 4." in output
    assert "fan-out" not in output
    code, output = check(f"select r.* from ({inner}) as r cross join range(2)")
    assert code == 1
    assert "You return 8 rows; there should be 4. Rows appear more often than they should" in output
    assert "fan-out" in output


def test_differing_rows_stand_beside_the_right_ones_and_the_pitfall_is_named(check):
    code, output = check(RIGHT.replace("visible_ms >= 1000", "visible_ms > 1000"))
    assert code == 1
    assert "Some of the rows that differ" in output
    assert output.count("expected") == output.count("yours │") == 2
    assert "Consistent with the pitfall: exclusive boundary" in output
    assert '"At least" includes the limit itself' in output
    assert "The smallest example found: " in output
    assert "Next hint (3 left)" in output


def test_an_answer_that_is_wrong_on_rows_that_the_demo_lacks_is_shown_those(check):
    # No surface of the demo has less than a hundred impressions.
    code, output = check(f"select * from ({RIGHT.strip().rstrip(';')}) where impression_count > 20")
    assert code == 1
    assert "On the demo your result is right; on other rows it is not." in output
    assert "yours: no rows" in output


def test_a_mistake_that_nobody_foresaw_is_admitted_and_the_nearest_one_is_a_guess(check):
    neither = RIGHT.replace("visible_ms >= 1000", "visible_ms > 1000").replace("then 1", "then 1.0")
    code, output = check(neither.replace("group by surface", "where position > 0 and item_id > '' group by surface"))
    assert code == 1
    assert "Consistent with" in output
    code, output = check(RIGHT.replace("visible_ms >= 1000", "visible_ms > 1000 and position < 40"))
    assert code == 1
    assert "none of the pitfalls known for this question, nor two at once" in output
    assert "A guess, it comes closest to: exclusive boundary" in output
    code, output = check(RIGHT.replace("count(*) as", "count(*) + 17 as"))
    assert code == 1
    assert "none of the pitfalls known for this question, nor two at once: look at the rows that differ" in output


def test_two_mistakes_at_once_are_both_named(check):
    # Each is known alone only: what both return is put together from the edits that make them.
    code, output = check(
        """
        with seen as (select surface, viewport_fraction >= 0.5 and visible_ms >= 1 as is_viewable from impressions)
        select
            surface,
            count(*) as impression_count,
            coalesce(sum(is_viewable::int), 0) as viewable_count,
            100 * coalesce(sum(is_viewable::int), 0) / count(*) as viewable_share
        from seen
        group by surface
        """
    )
    assert code == 1
    assert "Consistent with two pitfalls at once: percent or rounded, and seconds for milliseconds" in output
    assert "A guess" not in output


def test_an_answer_that_depends_on_the_order_of_rows_is_told_so(check):
    answer = """
        select event_id, user_id, item_id, event_at::timestamp as event_at, received_at::timestamp as received_at
        from raw_engagements
        where event_id is not null and user_id is not null and item_id is not null
            and try_cast(event_at as timestamp) is not null
        qualify row_number() over (partition by event_id order by received_at::timestamp) = 1
    """
    code, output = check(answer, "q02")
    assert code == 1
    assert "On the demo your result is right" in output
    assert "The result depends on the order in which the rows happen to stand" in output
    assert "Consistent with the pitfall: no total order" in output


# The command.


def test_show_makes_the_file_of_the_answer_and_never_overwrites_it(desk, run):
    code, output = run("show", "q01")
    file = desk.answers / "q01.sql"
    assert code == 0
    assert "viewable_share" in output
    assert file.read_text() == questions()["q01"].starter
    file.write_text(RIGHT)
    run("show", "q01")
    assert file.read_text() == RIGHT


def test_hints_come_one_by_one_and_start_again_after_a_reset(desk, run):
    first, second = (run("hint", "q01")[1] for _ in range(2))
    assert "Hint 2" not in first
    assert "Hint 1" in second
    assert "Hint 2" in second
    for _ in range(5):
        run("hint", "q01")
    assert "3 of 3" in run("progress", "q01")[1]
    file = desk.answers / "q01.sql"
    file.parent.mkdir()
    file.write_text(RIGHT)
    assert run("reset", "q01", given="n\n")[0] == 1
    assert file.read_text() == RIGHT
    assert run("reset", "q01", "--yes")[0] == 0
    assert file.read_text() == questions()["q01"].starter
    assert "0 of 3" in run("progress", "q01")[1]


def test_progress_counts_different_answers_and_tells_passed_from_passed_after_reveal(check, run):
    for _ in range(2):
        check(RIGHT.replace("1000", "999"))
    assert "│ tried │ 1 │" in run("progress", "q01")[1].replace("  ", " ")
    assert "Pitfalls" in run("reveal", "q01")[1]
    assert "revealed" in run("list", "q01")[1]
    check(RIGHT)
    assert "passed after reveal" in run("list", "q01")[1]
    check(questions()["q02"].solution, "q02")
    output = run("progress", "q01..q02")[1]
    assert "│ passed │" in output
    assert "2 of 2 passed" in output


def test_check_without_a_selector_checks_what_is_begun_and_ends_with_the_worst(check, run):
    assert run("check")[0] == 2
    assert check(RIGHT)[0] == 0
    run("show", "q02")
    assert run("check") == (0, run("check", "q01")[1])
    check("select 1 as one", "q02")
    assert run("check")[0] == 1
    assert run("check", "q01", "q03")[0] == 2


def test_selectors():
    assert [question.id for question in select(("q02", "q01"))] == ["q01", "q02"]
    assert [question.id for question in select(("q02..q04",))] == ["q02", "q03", "q04"]
    assert {"q03", "q04"} <= {question.id for question in select(("tag:ctr",))}
    assert {question.difficulty for question in select(("difficulty:1..2",))} == {1, 2}
    assert select(()) == list(questions().values())
    assert [question.id for question in select(("1", "q3..4", "Q7"))] == ["q01", "q03", "q04", "q07"]
    for selector in ("q00", "tag:nothing", "difficulty:9", "colour:red"):
        with pytest.raises(PracticeError, match="selects no question"):
            select((selector,))


def test_a_selector_or_a_database_that_is_not_there_is_said_in_a_sentence(run, desk, tmp_path):
    code, output = run("show", "q00")
    assert code == 2
    assert "'q00' selects no question" in output
    desk.demo = Demo(tmp_path / "feedlift.duckdb", tmp_path)
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "q01.sql").write_text(RIGHT)
    assert run("check", "q01") == (2, "Error: feedlift.duckdb is not there: run `make build` first.")
    duckdb.connect(str(tmp_path / "feedlift.duckdb")).close()
    assert run("check", "q01") == (2, "Error: feedlift.duckdb lacks tables of the project: run `make build`.")


WATCH = """
import sys
from pathlib import Path
from practice.cli import Desk, cli
from practice.tables import Demo
database, folder = map(Path, sys.argv[1:3])
cli(sys.argv[3:], obj=Desk(folder / "answers", folder / "progress.json", Demo(database, folder / "cache")))
"""


@pytest.fixture
def watch(demo_database, tmp_path, project_root):
    """A function that starts `watch` and returns the process once it waits for saves, and the answer's file."""
    started = []

    def start(*options):
        file = tmp_path / "answers" / "q01.sql"
        file.parent.mkdir()
        file.write_text(RIGHT.replace("1000", "999"))
        process = subprocess.Popen(
            [sys.executable, "-c", WATCH, demo_database, tmp_path, "watch", *options],
            cwd=project_root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        # Whoever reads its output waits for its end.
        alarm = threading.Timer(60, process.kill)
        alarm.daemon = True
        alarm.start()
        started.append((process, alarm))
        return process, file

    yield start
    for process, alarm in started:
        alarm.cancel()
        process.kill()
        process.communicate()


def test_watch_checks_every_save_until_the_answer_passes(watch):
    process, file = watch("q01")
    lines = iter(process.stdout.readline, "")
    assert any("Waiting for saves" in line for line in lines)
    file.write_text(RIGHT.replace(">= 0.5", "> 0.5"))
    assert any("checked in" in line for line in lines)
    file.write_text(RIGHT)
    rest = "".join(lines)
    assert "q01 passed" in rest
    assert process.wait(timeout=30) == 0


def test_a_mock_interview_shows_verdicts_only_until_the_time_is_up(watch):
    process, file = watch("--timed", "0.03", "q01")
    output = process.communicate(timeout=60)[0]
    during, after = output.split("The interview is over")
    assert "Waiting for saves" in during
    assert "q01 is not right yet" in during
    assert "Some of the rows that differ" not in during
    assert "Some of the rows that differ" in after
    assert process.returncode == 1
    assert file.exists()


# The memo of an open case.


@pytest.fixture
def fill_in(desk, demo):
    """A function that fills in the memo of q39: right but for what is given."""
    case = questions()["q39"].memo
    right = memo.figures_on_demo(case, Workbench(demo))

    def write(decision=None, text="What happened.", **claims):
        written = {"decision": decision or right.decision, "claims": right.claims | claims, "memo": text}
        (desk.answers / "q39_memo.yml").write_text(yaml.safe_dump(written))
        return right

    return write


def test_a_memo_is_checked_once_its_table_is_right(check, run, fill_in):
    code, output = run("show", "q39")
    assert "Then the memo" in output
    assert "Nothing is written yet" in run("check", "q39")[1]
    code, output = check(questions()["q39"].solution, "q39")
    assert code == 1
    assert "q39 the table is right" in output
    assert "decision: nothing is chosen yet" in output
    assert "memo: nothing is written yet" in output
    assert "passed" not in run("progress", "q39")[1].replace("0 of 1 passed", "")
    fill_in()
    code, output = run("check", "q39")
    assert code == 0
    assert "The memo's decision and figures are right" in output
    assert "1 of 1 passed" in run("progress", "q39")[1]


def test_a_wrong_figure_in_a_memo_is_told_its_mistake(check, run, fill_in):
    check(questions()["q39"].solution, "q39")
    right = fill_in()
    claim, mistakes = next((claim, mistakes) for claim, mistakes in right.mistakes.items() if mistakes)
    mistake, value = next(iter(mistakes.items()))
    other = next(option for option in questions()["q39"].memo.decisions if option != right.decision)
    fill_in(decision=other, text=" ", **{claim: value})
    code, output = run("check", "q39")
    assert code == 1
    assert f"decision: not {other}" in output
    assert f"is consistent with: {mistake.replace('_', ' ')}" in output
    assert "memo: nothing is written yet" in output
    fill_in(**{claim: 123456})
    assert f"{claim}: 123456 is not what the data say" in run("check", "q39")[1]


def test_a_memo_that_cannot_be_read_is_an_error_at_its_line(check, run, desk):
    check(questions()["q39"].solution, "q39")
    (desk.answers / "q39_memo.yml").write_text("decision: roll_back\nmemo: |\n  One.\nTwo: [\n")
    code, output = run("check", "q39")
    assert code == 2
    assert "q39_memo.yml, line 5: The memo cannot be read" in output


def test_the_text_of_a_memo_is_scored_by_its_writer(check, run, fill_in):
    assert "asks for no memo" in run("score", "q01")[1]
    assert "when its decision and figures are right" in run("score", "q39")[1]
    check(questions()["q39"].solution, "q39")
    fill_in()
    run("check", "q39")
    count = len(questions()["q39"].memo.criteria)
    code, output = run("score", "q39", given="y\n" * (count - 1) + "n\n")
    assert code == 0
    assert f"{count - 1} of {count} points" in output
    assert f"{count - 1} of {count} points" in run("progress", "q39")[1]


def test_reset_and_reveal_go_for_the_memo_too(run, desk, fill_in):
    run("show", "q39")
    starter = (desk.answers / "q39_memo.yml").read_text()
    fill_in()
    # A memo that is begun is a question that is begun.
    assert "q39 could not be run" in run("check")[1]
    assert "q39_memo.yml are empty again" in run("reset", "q39", "--yes")[1]
    assert (desk.answers / "q39_memo.yml").read_text() == starter
    assert "Rubric" in run("reveal", "q39")[1]


# What answers cannot do.


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("drop table impressions", "An answer only reads: one SELECT, not DROP"),
        ("insert into impressions select * from impressions", "only reads"),
        ("create table copied as select 1", "only reads"),
        ("set memory_limit = '8GB'", "only reads"),
        ("attach 'other.duckdb'", "only reads"),
        ("copy (select 1) to 'stolen.csv'", "only reads"),
        ("install httpfs", "only reads"),
        ("load httpfs", "only reads"),
        ("select 1; select 2", "An answer is one query; these are 2"),
        ("select 1; drop table impressions", "one query"),
        ("-- nothing\n", "Nothing is written yet"),
        ("pivot impressions on surface using count(*)", "needs two statements for a pivot"),
        ("select sleep_ms(600000)", "took longer than"),
        ("select * from duckdb_secrets()", "disabled by configuration"),
        ("select * from read_csv('requirements/run.txt')", "disabled by configuration"),
        ("select * from 'requirements/run.txt'", "does not exist"),
        ("select * from read_text('requirements/run.txt')", "disabled by configuration"),
        ("select * from glob('*')", "disabled by configuration"),
        ("select * from read_parquet('https://example.org/x.parquet')", "Error"),
        ("select getenv('HOME')", "does not exist"),
        ("select * from duckdb_settings() where false union all select * from pragma_table_info('x')", "Error"),
        # A variable of this program, which DuckDB would otherwise read as a table.
        ("select * from WATCH", "does not exist"),
    ],
)
def test_an_answer_reads_tables_and_nothing_else(demo, sql, message):
    for connection in (demo.open(ORDERS[0]), open_world(World("none", ""))):
        with pytest.raises(AnswerError, match=message):
            sandbox.run(connection, sql, seconds=1)


def test_settings_are_locked(demo):
    for connection in (demo.open(ORDERS[0]), open_world(World("none", ""))):
        for name, value in {"enable_external_access": False, "lock_configuration": True, "threads": 1}.items():
            assert connection.execute(f"select current_setting('{name}')").fetchone() == (value,)
        for statement in ("set threads = 8", "set enable_external_access = true", "set memory_limit = '64GB'"):
            with pytest.raises(duckdb.Error, match=r"locked|cannot be"):
                connection.execute(statement)
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        demo.open(ORDERS[0]).execute("create table copied as select 1")


@pytest.mark.parametrize(
    "sql",
    [
        "with recursive numbers as (select 1 as n union all select n + 1 from numbers) select count(*) from numbers",
        "select count(*) from range(1000000) as a, range(1000000) as b",
    ],
)
def test_an_answer_that_does_not_end_is_stopped(demo, sql):
    started = time.perf_counter()
    with pytest.raises(AnswerError, match=r"took longer than 0\.3 seconds"):
        sandbox.run(demo.open(ORDERS[0]), sql, seconds=0.3)
    assert time.perf_counter() - started < 5
    # The next answer on the same connection is not stopped with it.
    assert sandbox.run(demo.open(ORDERS[0]), "select 1 as one").rows == [(1,)]


def test_an_answer_with_too_many_rows_or_too_much_memory_is_stopped(demo):
    with pytest.raises(AnswerError, match="more than 200,000 rows"):
        sandbox.run(demo.open(ORDERS[0]), "select a.event_id from impressions as a, impressions as b")
    with pytest.raises(AnswerError, match="more than 1GB of memory"):
        sandbox.run(demo.open(ORDERS[0]), "select list(repeat('x', 1000) || range) from range(3000000)", seconds=60)


def test_the_built_database_is_not_kept_open(demo, demo_database):
    demo.open(ORDERS[0])
    duckdb.connect(str(demo_database)).close()


def test_the_copies_follow_the_built_database_and_stay_while_it_is_locked(demo_database, tmp_path):
    database = shutil.copy(demo_database, tmp_path / "feedlift.duckdb")
    demo = Demo(database, tmp_path / "copies")
    first = demo.copies()
    assert demo.copies() == first
    os.utime(database)
    second = demo.copies()
    assert set(second.values()).isdisjoint(first.values())
    assert sorted((tmp_path / "copies").iterdir()) == sorted(second.values())
    lock = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('locked', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", lock, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "locked\n"
        os.utime(database)
        assert demo.copies() == second
        with pytest.raises(PracticeError, match="while dbt writes to it"):
            Demo(database, tmp_path / "others").copies()
        writer.communicate("\n")


def test_practice_is_no_dbt_path(project_root):
    configuration = yaml.safe_load((project_root / "dbt_project.yml").read_text())
    paths = {path for key, paths in configuration.items() if key.endswith("-paths") for path in paths}
    assert {"models", "macros", "seeds", "tests", "analyses"} <= paths
    assert not any(path.startswith("practice") or path in {".", ""} for path in paths)
    # Left to its defaults, dbt also reads a folder of snapshots and, in later versions, one of functions.
    assert not {"snapshots", "functions"} & {path.name for path in project_root.iterdir()}


# When results are equal.

SHAPE = Shape(("k", "v"), ("k",))


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        (1, 1.0, True),
        (1, Decimal("1.0000"), True),
        (0.1 + 0.2, Decimal("0.3"), True),
        (1e9, 1e9 + 0.5, True),
        (1e9, 1e9 + 5, False),
        (1e-12, 0, True),
        (1e-6, 0, False),
        (2**53, 2**53 + 1, False),
        (float("nan"), float("nan"), True),
        (float("nan"), None, False),
        (float("inf"), float("inf"), True),
        (float("inf"), 1e308, False),
        (None, 0, False),
        (None, "", False),
        (None, None, True),
        (dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), True),  # noqa: DTZ001 as DuckDB returns it
        (dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 1), False),  # noqa: DTZ001 likewise
        (dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC), dt.datetime(2026, 1, 1, 12), True),  # noqa: DTZ001 likewise
        (dt.date(2026, 1, 1), "2026-01-01", False),
        ("a", "A", False),
        ((1, 2), (1.0, 2.0), True),
        ((1, 2), (2, 1), False),
    ],
)
def test_values(one, other, is_equal):
    results = [Result(("k", "v"), [("a", value)]) for value in (one, other)]
    for left, right in (results, results[::-1]):
        assert are_equal(left, right, SHAPE) == is_equal
        assert (compare(left, right, SHAPE) is None) == is_equal
        assert are_equal(left, right, Shape(("k", "v"))) == is_equal


def test_true_is_not_one_and_lists_can_be_compared():
    connection = open_world(World("none", ""))
    truth, one = (sandbox.run(connection, f"select {value} as v") for value in ("true", "1"))
    assert not are_equal(truth, one, Shape(("v",)))
    lists = [sandbox.run(connection, f"select {value} as v") for value in ("[{'a': 1}]", "[{'a': 1.0}]", "[{'a': 2}]")]
    assert are_equal(lists[0], lists[1], Shape(("v",)))
    assert not are_equal(lists[0], lists[2], Shape(("v",)))


def test_duplicates_count():
    once, twice = Result(("k",), [("a",), ("b",)]), Result(("k",), [("a",), ("b",), ("b",)])
    for shape in (Shape(("k",)), Shape(("k",), ("k",))):
        difference = compare(once, twice, shape)
        assert (difference.kind, difference.is_fan_out) == ("rows", True)
        assert difference.pairs == ((None, ("b",)),)
    assert compare(twice, once, Shape(("k",))).is_fan_out is False


def test_a_bag_matches_numbers_within_the_tolerance():
    one = Result(("x", "y"), [(0.1 + 0.2, 1), (0.3, 2), (5.0, 1)])
    other = Result(("x", "y"), [(5.0, 1), (0.3, 1), (0.1 + 0.2, 2)])
    assert are_equal(one, other, Shape(("x", "y")))
    assert not are_equal(one, other, Shape(("x", "y"), tolerance=0))


def test_order_counts_where_it_is_asked_for_and_peers_are_free():
    shape = Shape(("k", "v"), ("k",), ("v desc",))
    right = Result(("k", "v"), [("a", 2), ("b", 1), ("c", 1)])
    assert are_equal(right, Result(("k", "v"), [("a", 2), ("c", 1), ("b", 1)]), shape)
    wrong = Result(("k", "v"), [("b", 1), ("a", 2), ("c", 1)])
    assert compare(right, wrong, shape).kind == "order"
    assert not are_equal(right, wrong, shape)
    assert are_equal(right, wrong, Shape(("k", "v"), ("k",)))


# Worlds and counterexamples.


def test_a_world_is_completed_and_has_no_orphans_unless_it_says_so(tmp_path):
    file = tmp_path / "world.yml"
    file.write_text("description: x\ntables:\n  engagements: [{}, {user_id: u7}]\n")
    rows = load_world(file).rows
    assert [row["event_id"] for row in rows["engagements"]] == ["e1", "e2"]
    assert [row["user_id"] for row in rows["users"]] == ["u1", "u7"]
    assert [row["event_id"] for row in rows["impressions"]] == ["i1"]
    assert [row["item_id"] for row in rows["items"]] == ["p1"]
    file.write_text("description: x\norphans: [engagements.user_id]\ntables:\n  engagements: [{user_id: u7}]\n")
    assert [row["user_id"] for row in load_world(file).rows["users"]] == ["u1"]
    for text in ("tables: {impresions: []}", "tables: {users: [{name: x}]}", "table: {}"):
        file.write_text(f"description: x\n{text}\n")
        with pytest.raises(PracticeError, match=r"impresions|name|table"):
            load_world(file)


def test_every_table_is_described_and_filled_on_the_demo(demo):
    for table in schema().values():
        assert table.description
        assert all(column["description"] and column["type"] for column in table.columns.values())
        counts = [demo.open(order).execute(f"select count(*) from {table.name}").fetchone()[0] for order in ORDERS]
        assert counts[0] == counts[1] > 0
    first = [demo.open(order).execute("select event_id from impressions limit 5").fetchall() for order in ORDERS]
    assert first[0] != first[1]


def test_a_counterexample_is_small_and_makes_no_orphans():
    users = [{"user_id": f"u{number}", "country": "US" if number < 9 else "GB"} for number in range(10)]
    world = World(
        "large",
        "",
        {
            "impressions": [
                tables.completed_row(schema()["impressions"], number, {"user_id": f"u{number % 12}"}, "")
                for number in range(60)
            ],
            "users": [tables.completed_row(schema()["users"], 1, user, "") for user in users],
        },
    )
    answer = "select count(*) as n from impressions join users using (user_id)"
    solution = f"{answer} where country = 'US'"
    shape = Shape(("n",))
    scratch = Scratch(None)

    def agree(one, other):
        return are_equal(one, other, shape)

    differ = counterexample.against_solution(scratch.run, answer, solution, (), agree)
    found = counterexample.find(world, differ, seconds=30).world
    assert 2 <= found.size <= 4
    known = {user["user_id"] for user in found.rows["users"]}
    # Users 10 and 11 were orphans from the start.
    assert {row["user_id"] for row in found.rows["impressions"]} <= known | {"u10", "u11"}
    # Rows on which two right answers differ are not what the question is about: here, fewer than four users.
    other = f"select case when (select count(*) from users) > 3 then ({solution}) else -1 end as n"
    differ = counterexample.against_solution(scratch.run, answer, solution, (other,), agree)
    assert len(counterexample.find(world, differ, seconds=30).world.rows["users"]) == 4
    never = counterexample.against_solution(scratch.run, answer, answer, (), lambda *_: True)
    assert counterexample.find(world, never) is None
    scratch.close()


def test_a_broken_question_is_refused_in_a_sentence(tmp_path):
    original = questions()["q01"].folder
    folder = tmp_path / "q99_broken"
    (folder / "mutants").mkdir(parents=True)
    (folder / "solution.sql").write_text("select 1 as n")
    written = yaml.safe_load((original / "question.yml").read_text())

    def refusal(**changes):
        broken = {key: value for key, value in (written | changes).items() if value is not None}
        (folder / "question.yml").write_text(yaml.safe_dump(broken))
        with pytest.raises(PracticeError) as refused:
            load_question(folder)
        return str(refused.value)

    assert "lacks hints" in refusal(hints=None)
    assert "unknown keys: hint" in refusal(hint=[])
    assert "does not describe clicks" in refusal(tables=["clicks"])
    assert "columns that the result does not have: id" in refusal(key=["id"])
    assert "pitfalls and mutants belong together" in refusal()
    for edit, problem in (
        ("{replace: {'2': '3'}}", "replaces '2', which solution has not"),
        ("{in: other}", "needs `repl"),
    ):
        (folder / "mutants.yml").write_text(f"exclusive_boundary: [{edit}]\n")
        assert problem in refusal()
    (tmp_path / "q1_short").mkdir()
    with pytest.raises(PracticeError, match="two digits"):
        load_question(tmp_path / "q1_short")


def test_a_mutant_may_be_an_edit_of_a_right_answer(tmp_path):
    folder = tmp_path / "q99_edited"
    (folder / "alternatives").mkdir(parents=True)
    written = yaml.safe_load((questions()["q01"].folder / "question.yml").read_text())
    written["pitfalls"] = {"off_by_one": "x", "sign": "x"}
    (folder / "question.yml").write_text(yaml.safe_dump(written))
    (folder / "solution.sql").write_text("select 1 + 1 as n")
    (folder / "alternatives" / "product.sql").write_text("select 2 * 1 as n")
    edits = "off_by_one: [{replace: {'1': '2'}}, {in: product, replace: {'2': '3', '3 *': '4 *'}}]\n"
    (folder / "mutants.yml").write_text(edits)
    (folder / "slips.yml").write_text("sign: [{replace: {'+': '-'}}]\n")
    assert [(mutant.pitfall, mutant.sql, mutant.is_seen_on_demo) for mutant in load_question(folder).mutants] == [
        ("off_by_one", "select 2 + 2 as n", True),
        ("off_by_one", "select 4 * 1 as n", True),
        ("sign", "select 1 - 1 as n", False),
    ]


def test_an_answer_that_fails_on_some_rows_says_on_which(demo):
    # The demo's sessions have longer names.
    fails = RIGHT.replace("group by", "where error(case when session_id = 's3' then 'no' end) is null group by")
    graded = diagnosis.grade(questions()["q01"], fails, Workbench(demo))
    assert (graded.status, graded.place.name) == (diagnosis.ERROR, "plain")
    assert "no (with these rows: Two users, three items" in str(graded.error)


def test_a_mistake_is_named_although_the_answer_fails_on_other_rows(check):
    both = RIGHT.replace(">= 1000", ">= 1").replace(
        "group by", "where error(case when session_id = 's3' then 'no' end) is null group by"
    )
    code, output = check(both)
    assert code == 1
    assert "Consistent with the pitfall: seconds for milliseconds" in output
    assert "On other rows it fails: " in output


def test_rows_that_differ_stand_in_the_order_of_the_key():
    shape = Shape(("n", "m"), key=("n",))
    right = Result(("n", "m"), [(number, 0) for number in (3, 1, 10, 2)])
    wrong = Result(("n", "m"), [(number, 1) for number in (3, 1, 10, 2)])
    assert [pair[0][0] for pair in compare(right, wrong, shape).pairs] == [1, 2, 3, 10]


def test_nested_values_are_shown_as_they_are_written(check):
    columns = "{'a': 1, 'b': [1.5, null]} as viewable_share, surface, impression_count, viewable_count"
    output = check(f"select {columns} from ({RIGHT.strip().rstrip(';')}) as t")[1]
    assert "{a: 1, b: [1.5, NULL]}" in output


def test_files_that_are_no_text_or_no_files_are_no_traceback(run, desk):
    desk.answers.mkdir()
    (desk.answers / "q01.sql").write_bytes("-- für alle\n".encode("latin-1") + RIGHT.encode())
    assert run("check", "q01")[0] == 0
    (desk.answers / "q02.sql").mkdir()
    code, output = run("check", "q02")
    assert (code, "Is a directory" in output) == (2, True)
    for broken in ("[]", "{", '{"q01": 3}'):
        desk.progress_file.write_text(broken)
        code, output = run("list")
        assert (code, "mend it, or delete it" in output) == (2, True)
    desk.progress_file.write_text('{"q01": {"attempts": 2, "mood": "good"}}')
    assert "tried" in run("list", "q01")[1]


def test_a_file_that_is_no_database_is_said(tmp_path):
    file = tmp_path / "feedlift.duckdb"
    file.write_text("not a database " * 100)
    with pytest.raises(PracticeError, match="cannot be read; run `make build` again"):
        Demo(file, tmp_path / "copies").copies()


def test_a_column_that_is_there_twice_is_said(check):
    assert (
        "Columns that are there several times: surface"
        in check(f"select surface, t.* from ({RIGHT.strip().rstrip(';')}) as t")[1]
    )
