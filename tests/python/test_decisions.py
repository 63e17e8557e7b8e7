"""The launch decision against the rule written anew, over the demo and thousands of made-up experiments.

The made-up ones put intervals on zero, on the smallest effect and on margins exactly, and come in pairs of which the
second has better numbers: its verdict may not be worse.
"""

import itertools
import shutil
from math import floor, log10

import duckdb
import numpy as np
import pandas as pd
import pytest
from readout import decisions
from scipy.stats import norm
from scratch_project import run_models

MODELS = ["int_experiments__decision_evidence", "int_experiments__decision_arms", "experiment_decisions"]
EXPERIMENTS = 1200

STATES = [None, "not_computed", "not_computable", "harmed", "too_small", "shown", "open"]


def results_of(latent):
    """A row of results from an estimate and its standard error, which are fractions that doubles hold exactly."""
    estimate, error, control = latent["estimate"], latent["error"], 2.0
    row = {
        **{name: latent[name] for name in ("desired_direction", "null_reason", "pair_share", "daily_new_users")},
        "estimate": estimate,
        "estimate_se": error,
        "control_value": control,
        "arm_value": control + estimate,
        "relative_lift": estimate / control,
        "estimate_lower": estimate - 2 * error,
        "estimate_upper": estimate + 2 * error,
        "p_value": 2 * norm.sf(abs(estimate) / error),
        "sequential_lower": estimate - 3 * error,
        "sequential_upper": estimate + 3 * error,
        "sequential_p_value": min(1.0, 3 * norm.sf(abs(estimate) / error / 1.5)),
        "difference_variance": 1000 * error**2,
    }
    for name in ("relative_lift", "sequential_relative_lift"):
        source = name.replace("relative_lift", "estimate") if name == "relative_lift" else "sequential"
        for end in ("lower", "upper"):
            row[f"{name}_{end}"] = row[f"{source}_{end}"] / control
    if latent["null_reason"] is not None:
        kept = ("desired_direction", "null_reason", "pair_share", "daily_new_users")
        row = {name: value if name in kept else None for name, value in row.items()}
    elif latent["sequential_null_reason"] is not None:
        row |= {name: None for name in row if name.startswith("sequential")}
    row["sequential_null_reason"] = latent["null_reason"] or latent["sequential_null_reason"]
    margin, relative = latent.get("margin"), latent.get("margin_scale") == "relative"
    if margin is not None and latent["role"] == "guardrail":
        name = "relative_lift" if relative else "estimate"
        lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
        is_rise = row["desired_direction"] == "increase"
        row["is_non_inferior"] = lower is not None and (lower if is_rise else -upper) > -margin
    return row


def made_up():
    """Pairs of experiments: one, and the same with a better primary metric or a better guardrail in one arm."""
    rng = np.random.default_rng(7)
    for number in range(EXPERIMENTS):
        experiment = {"has_ended": bool(rng.random() < 0.7), "is_valid": bool(rng.random() < 0.95)}
        experiment |= {"has_planned_end": experiment["has_ended"] or bool(rng.random() < 0.5), "days_to_end": 10.0}
        arms = ["a", "b", "c"][: rng.integers(1, 4)]
        metrics = []
        if rng.random() < 0.97:
            smallest = rng.choice([None, 0.25, 0.5, -0.5])
            metrics.append({"metric": "m", "role": "primary", "smallest_effect": smallest, "margin": None})
            if rng.random() < 0.2:
                metrics[0] |= {"margin": 0.25, "margin_scale": "relative"}  # of no consequence for the primary metric
        for name in ["g", "h"][: rng.integers(0, 3)]:
            margin = float(rng.choice([0.125, 0.25, 0.5]))
            scale = str(rng.choice(["absolute", "relative"]))
            metrics.append({"metric": name, "role": "guardrail", "margin": margin, "margin_scale": scale})
        rate = rng.choice([0.0, 1.0, 10.0, 100.0])
        latents = {}
        for metric in metrics:
            metric["desired_direction"] = str(rng.choice(["increase", "decrease"]))
            sign = 1 if metric["desired_direction"] == "increase" else -1
            for arm in arms:
                if rng.random() < 0.01:
                    continue  # nobody is in the arm
                good = rng.integers(-4, 9) / 8 if metric["role"] == "primary" else rng.integers(-8, 5) / 16
                latents[arm, metric["metric"]] = metric | {
                    "estimate": sign * good,
                    "error": float(rng.choice([1, 2, 4, 8])) / 32,
                    "null_reason": rng.choice(["not_logged", "zero_variance"]) if rng.random() < 0.03 else None,
                    "sequential_null_reason": "too_skewed" if rng.random() < 0.03 else None,
                    "pair_share": float(rng.choice([1.0, 0.5])),
                    "daily_new_users": rate,
                }
        better = {key: dict(latent) for key, latent in latents.items()}
        if better:
            key = list(better)[rng.integers(len(better))]
            sign = 1 if better[key]["desired_direction"] == "increase" else -1
            better[key]["estimate"] += sign * rng.integers(1, 9) / 16
        for variant, cells in (("one", latents), ("better", better)):
            rows = {key: results_of(latent) for key, latent in cells.items()}
            yield f"e{number:04}_{variant}", experiment, arms, metrics, rows


@pytest.fixture(scope="module")
def experiments():
    """The made-up experiments with the decisions that they should get."""
    return [(*one, decisions.decision(*one[1:])) for one in made_up()]


@pytest.fixture(scope="module")
def decided(experiments, demo_database, tmp_path_factory, run_dbt, query):
    """The decisions that the project takes about them, by experiment."""
    database = tmp_path_factory.mktemp("decisions") / "feedlift.duckdb"
    shutil.copy(demo_database, database)
    definitions, arm_rows, metric_rows, validities = [], [], [], []
    contrasts, sequential, guardrails, power = [], [], [], []
    for name, experiment, arms, metrics, rows, _ in experiments:
        ends_at = "2026-02-16 00:00:00" if experiment["has_ended"] else "2026-02-26 00:00:00"
        ends_at = ends_at if experiment["has_planned_end"] else None
        definitions.append({"experiment_id": name, "starts_at": "2026-01-19 00:00:00", "ends_at": ends_at})
        arm_rows += [{"experiment_id": name, "arm": arm, "is_control": "false"} for arm in arms]
        arm_rows.append({"experiment_id": name, "arm": "control", "is_control": "true"})
        metric_rows += [
            {
                "experiment_id": name,
                "metric": metric["metric"],
                "metric_role": metric["role"],
                "desired_direction": metric["desired_direction"],
                "non_inferiority_margin": metric["margin"],
                "margin_scale": metric.get("margin_scale"),
                "smallest_effect_of_interest": metric.get("smallest_effect"),
            }
            for metric in metrics
        ]
        validities.append(
            {
                "experiment_id": name,
                "is_valid": experiment["is_valid"],
                "verdict": "valid" if experiment["is_valid"] else "invalid",
                "reasons": "Said elsewhere.",
            }
        )
        for (arm, metric), row in rows.items():
            everyone = {"population": "assigned", "segment": "all", "segment_value": "all"}
            key = {"experiment_id": name, "arm": arm, "metric": metric, "method": "cuped"} | everyone
            contrasts.append(
                key | {column: row[column] for column in row if not column.startswith(("sequential", "is_non"))}
            )
            sequential.append(key | {column: row[column] for column in row if column.startswith("sequential")})
            power.append(
                {column: value for column, value in key.items() if not column.startswith("segment")}
                | {column: row[column] for column in ("difference_variance", "pair_share", "daily_new_users")}
                | {"pair_unit_count": 1000, "planned_user_count": decisions.PLANNED_USERS}
            )
            if "is_non_inferior" in row:
                guardrails.append(key | {"is_non_inferior": row["is_non_inferior"]})
    tables = {
        "raw.experiments": definitions,
        "raw.experiment_arms": arm_rows,
        "intermediate.int_experiments__metric_roles": metric_rows,
        "marts.experiment_validity": validities,
        "intermediate.int_experiments__contrasts": contrasts,
        "intermediate.int_experiments__sequential_tests": sequential,
        "intermediate.int_experiments__non_inferiority_tests": guardrails,
        "intermediate.int_experiments__power_inputs": power,
    }
    with duckdb.connect(str(database)) as connection:
        for table, table_rows in tables.items():
            frame = pd.DataFrame(table_rows)
            known = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            columns = ", ".join(column for column in frame.columns if column in known)
            # Emptied first, and without its constraints: the made-up rows have only what the decision reads.
            connection.execute(f"create or replace table {table} as from {table} limit 0")
            connection.execute(f"insert into {table} by name select {columns} from frame")
    run_dbt("run", "--select", *MODELS, database=database)
    rows = query("select * from marts.experiment_decisions", database).replace({np.nan: None})
    return {row["experiment_id"]: row for row in rows.to_dict("records")}


def test_every_experiment_gets_the_verdict_of_the_rule(experiments, decided):
    assert len(decided) == len(experiments) == 2 * EXPERIMENTS
    assert {row["decision_rule"] for row in decided.values()} == {
        *decisions.VERDICTS,
        *("primary_harmed", "guardrail_harmed", "effect_too_small", "undecided_not_worth_waiting"),
    }
    wrong = []
    for name, _, _, _, _, expected in experiments:
        actual = decided[name]
        wanted_days = expected["days"]
        is_same = (
            all(actual[column] == expected[column] for column in ("verdict", "decision_rule", "arm"))
            and actual["recommended_arm"] == (expected["arm"] if expected["verdict"] == "ship" else None)
            and actual["days_still_needed"] == (wanted_days and pytest.approx(wanted_days, rel=1e-9))
            and (actual["failed_guardrails"] or "") == ", ".join(expected["failed_guardrails"])
            and (actual["open_guardrails"] or "") == ", ".join(expected["open_guardrails"])
            and actual["p_value_holm"] == (expected["p"] and pytest.approx(expected["p"], rel=1e-9))
        )
        if not is_same:
            wrong.append((name, expected, actual))
    assert wrong == []


def test_better_numbers_never_give_a_worse_verdict(experiments, decided):
    names = [name for name, *_ in experiments]
    ranks = {name: decisions.RANKS.index(decided[name]["verdict"]) for name in names}
    pairs = list(zip(names[::2], names[1::2], strict=True))
    # That a metric cannot be read is no worse than harm: it stands outside the order.
    unread = decisions.RANKS.index("do_not_read")
    assert [pair for pair in pairs if unread < ranks[pair[1]] < ranks[pair[0]]] == []
    # The pairs are no empty proof: many of the better ones are worth another verdict.
    assert sum(ranks[better] > ranks[one] for one, better in pairs) > EXPERIMENTS / 20


def test_the_rule_is_total_and_exclusive(tmp_path):
    """Every combination of inputs gets one case; the macro works on anybody's table."""
    # Ended, with an end to come, without an end.
    ends = [(True, None), (False, 3.0), (False, None)]
    grid = [
        (*cells[:-1], *cells[-1])
        for cells in itertools.product([True, False], STATES, [0, 2], [0, 1], [None, 0.0, 90.0, 90.5], ends)
    ]
    columns = [
        "is_valid",
        "primary_state",
        "harmed_guardrail_count",
        "open_guardrail_count",
        "days_needed",
        "has_ended",
        "days_to_end",
    ]
    values = ",\n".join(
        "(" + ", ".join("null" if cell is None else repr(cell).lower() for cell in cells) + ")" for cells in grid
    )
    table = f"(select * from (values {values}) as arms ({', '.join(columns)})) as some_arms"
    models = {"rules": f'{{{{ feedlift.launch_rules("{table}", patience_days=90) }}}}'}
    rows = run_models(tmp_path, models)["rules"]
    assert len(rows) == len(grid)
    for row in rows:
        state, has_ended = row["primary_state"], row["has_ended"]
        has_wait = row["days_needed"] is not None and row["days_needed"] <= 90
        cases = {
            "invalid": not row["is_valid"],
            "no_primary_metric": state is None,
            "primary_harmed": state == "harmed",
            "guardrail_harmed": row["harmed_guardrail_count"] > 0,
            "too_early": state == "not_computed" and not has_ended,
            "not_computed": state in ("not_computed", "not_computable"),
            "effect_too_small": state == "too_small",
            "benefit_shown": state == "shown" and row["open_guardrail_count"] == 0,
            "undecided_before_end": row["days_to_end"] is not None,
            "undecided_worth_waiting": has_wait,
            "undecided_not_worth_waiting": True,
        }
        rule = next(case for case, holds in cases.items() if holds)
        assert row["decision_rule"] == rule, row
        assert row["verdict"] == decisions.VERDICTS.get(rule, "do_not_ship"), row
    assert {row["decision_rule"] for row in rows} == set(cases)


def test_the_demo_is_decided_by_its_results(demo_database, query):
    """The decision about every experiment of the demo, from the published results, and its numbers in the reasons."""
    metrics = query("select * from staging.stg_experiments__metrics", demo_database).replace({np.nan: None})
    arms = query("select * from staging.stg_experiments__arms where not is_control", demo_database)
    results = query(
        """
        select results.*, power.difference_variance, power.pair_share, power.daily_new_users
        from marts.experiment_results as results
        left join intermediate.int_experiments__power_inputs as power
            using (experiment_id, population, metric, arm, method)
        where results.segment = 'all' and results.population = 'assigned' and results.method in ('cuped', 'unadjusted')
        order by results.method desc
        """,
        demo_database,
    )
    results = results.astype(object).where(results.notna(), None)
    actual = query("select * from marts.experiment_decisions", demo_database)
    actual = actual.astype(object).where(actual.notna(), None)
    validity = query("select experiment_id, is_valid from marts.experiment_validity", demo_database)
    is_valid = dict(zip(validity["experiment_id"], validity["is_valid"], strict=True))
    assert len(actual) == arms["experiment_id"].nunique()
    for row in actual.to_dict("records"):
        name = row["experiment_id"]
        own = [
            metric
            | {"margin": metric["non_inferiority_margin"], "smallest_effect": metric["smallest_effect_of_interest"]}
            for metric in metrics[metrics["experiment_id"] == name].to_dict("records")
            if metric["role"] in ("primary", "guardrail")
        ]
        # Of two methods the adjusted one; some metrics, such as concentrations, have only the other.
        rows = {(one["arm"], one["metric"]): one for one in results.to_dict("records") if one["experiment_id"] == name}
        own_arms = sorted(arms.loc[arms["experiment_id"] == name, "arm"])
        experiment = {"has_ended": True, "has_planned_end": True, "is_valid": is_valid[name]}
        wanted = decisions.decision(experiment, own_arms, own, rows)
        assert {column: row[column] for column in ("verdict", "decision_rule", "arm")} == {
            column: wanted[column] for column in ("verdict", "decision_rule", "arm")
        }
        assert row["days_still_needed"] == (wanted["days"] and pytest.approx(wanted["days"], rel=1e-9))
        for arm, metric in itertools.product(own_arms, own):
            percent = 100 * rows[arm, metric["metric"]]["relative_lift"]
            decimals = max(1, 1 - floor(log10(abs(percent))))
            # What may not be read is not quoted.
            is_quoted = row["verdict"] != "do_not_read"
            assert (f"{metric['metric']} is " in row["reasons"]) == is_quoted
            assert (f"{percent:+.{decimals}f} % (95 % interval" in row["reasons"]) == is_quoted
