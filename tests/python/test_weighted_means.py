"""Weighted means of surveys, against NumPy, statsmodels' weighted statistics and an example of the literature."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scratch_project import run_models
from statsmodels.stats.weightstats import DescrStatsW

TOLERANCE = 1e-9

VALUES = "{'score': 'y', 'is_satisfied': 'case when y >= 4 then 1 when y < 4 then 0 end'}"

MODELS = {
    f"means_of_{population}": f"""
        {{{{ feedlift.weighted_means(
            '(select * from main.answers where population = {population}) as answers', stratum="stratum || ''",
            values={VALUES}, population='(select * from main.population where population = {population}) as people',
            population_stratum='stratum', population_size='size * 1', group_by=['survey'],
            confidence_level={level}
        ) }}}}
    """
    for population, level in enumerate((0.95, 0.8, 0.99))
}
MODELS |= {
    # Nine answers of ten are of daily users, who are half of all: weighted, half are satisfied and not nine in ten.
    "example_of_weighted_means": """
        with answers as (
            select 'daily' as kind, unnest([5, 5, 5, 5, 5, 5, 5, 4, 3]) as score
            union all
            select 'rare' as kind, unnest([1, 2]) as score
        ),

        users as (
            select * from (values ('daily', 5000), ('rare', 5000)) as rows (kind, user_count)
        ),

        means as (
            {{ feedlift.weighted_means(
                'answers', stratum='kind', values={'score': 'score'}, population='users', population_stratum='kind',
                population_size='user_count'
            ) }}
        )

        select * from means
    """,
    "nobody_in_the_population": """
        {{ feedlift.weighted_means(
            'main.answers', stratum='stratum', values={'score': 'y'},
            population='(select * from main.population where size is null) as people', population_stratum='stratum',
            population_size='size'
        ) }}
    """,
    # The sizes of the others would add up to more than there is.
    "less_than_nobody_in_a_stratum": """
        {{ feedlift.weighted_means(
            'main.answers', stratum='stratum', values={'score': 'y'},
            population="(select 'a' as stratum, 1 as size union all select 'b', -1) as people",
            population_stratum='stratum', population_size='size'
        ) }}
    """,
}

POPULATIONS = (
    {"a": 50.0, "b": 30.0, "c": 15.0, "d": 5.0},
    {"a": 0.2, "b": 0.2, "c": 0.3, "d": 0.3},
    {"a": 1e9, "b": 1.0, "c": 1e6, "d": 1e3},
)


def surveys():
    """Surveys: population, name, strata and answers."""
    generator = np.random.default_rng(1965)
    for number in range(900):
        population = number % 3
        n = int(10 ** generator.uniform(1.3, 2.7))
        stratum = generator.choice(list("abcd"), n, p=generator.dirichlet([4, 3, 2, 2]))
        y = generator.integers(1, 6, n) + (stratum == "a") * generator.choice([0, 1])
        mean = generator.choice([0, 0, 0, 1e9])
        yield population, "usual", stratum, (mean + y + 0.1 * generator.normal(0, 1, n) * (number % 2)).tolist()
    few = np.array(list("aabbccdd"))
    scores = [1.0, 5.0, 2.0, 4.0, 3.0, 5.0, 1.0, 1.0]
    yield 0, "two each", few, scores
    yield 0, "no variance", few, [2.0] * 8
    yield 0, "no variance within strata", few, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]
    # One degree of freedom, exactly: what rounding takes off it has no t quantile.
    yield from ((0, "two respondents differ", few, [x, 2 * x, 2, 2, 3, 3, 4, 4]) for x in np.linspace(0.1, 9.7, 60))
    yield 0, "one respondent", np.array(list("aabbccd")), scores[:7]
    yield 0, "empty stratum", np.array(list("aabbcc")), scores[:6]
    yield 0, "all unknown in a stratum", few, [*scores[:6], None, None]
    yield 0, "unknown for some", np.array(list("aabbccdda")), [*scores, None]
    yield 0, "stranger", np.array(list("aabbccdde")), [*scores, 3.0]
    yield 0, "stranger who did not answer", np.array(list("aabbccdde")), [*scores, None]
    yield 0, "no stratum", np.array([*"aabbccdd", None], dtype=object), [*scores, 3.0]
    yield 0, "nobody answered", few, [None] * 8


@pytest.fixture(scope="module")
def answers():
    """The surveys in one table, and the name of each."""
    rows = list(surveys())
    frames = [
        pl.DataFrame(
            {
                "survey": pl.Series([number] * len(y)),
                "population": population,
                "stratum": pl.Series(stratum.tolist(), dtype=pl.String),
                "y": pl.Series(y, dtype=pl.Float64),
            }
        )
        for number, (population, _, stratum, y) in enumerate(rows)
    ]
    return [name for _, name, _, _ in rows], pl.concat(frames)


@pytest.fixture(scope="module")
def results(tmp_path_factory, answers):
    """The rows of every model."""
    # A stratum may stand in several rows, and one of no size is none.
    rows = [
        (number, stratum, size / 2)
        for number, sizes in enumerate(POPULATIONS)
        for stratum, size in sizes.items()
        for _ in range(2)
    ]
    rows += [(number, "nobody", 0.0) for number in range(3)]
    population = pl.DataFrame(rows, schema=["population", "stratum", "size"], orient="row")
    return run_models(tmp_path_factory.mktemp("surveys"), MODELS, {"answers": answers[1], "population": population})


@pytest.fixture(scope="module")
def means(results):
    """The rows of all surveys, by survey and value."""
    rows = [row for name, of_model in results.items() if name.startswith("means_of") for row in of_model]
    by_key = {(row["survey"], row["metric"]): row for row in rows}
    assert len(by_key) == len(rows)
    return by_key


def test_means_of_surveys(means, answers):
    names, frame = answers
    by_survey = frame.drop_nulls("y").partition_by("survey", as_dict=True)
    judged = 0
    for (survey, metric), row in means.items():
        if row["null_reason"]:
            continue
        rows = by_survey[survey,]
        y, strata, population = rows["y"].to_numpy(), rows["stratum"].to_numpy(), rows["population"][0]
        sizes = POPULATIONS[population]
        if metric == "is_satisfied":
            y = (y >= 4).astype(float)
        w = np.empty(len(y))
        parts = {}
        for stratum, size in sizes.items():
            values, share = y[strata == stratum], size / sum(sizes.values())
            w[strata == stratum] = share / len(values)
            parts[share**2 * values.var(ddof=1) / len(values), stratum] = len(values) - 1
        variance = sum(part for part, _ in parts)
        level = (0.95, 0.8, 0.99)[population]
        degrees = variance**2 / sum(part**2 / d for (part, _), d in parts.items())
        half_width = stats.t.isf((1 - level) / 2, degrees) * np.sqrt(variance)
        weighted = DescrStatsW(y - y.mean(), weights=w)
        # statsmodels leaves a nominal mean of weighted values; its own standard error takes weights for counts.
        mean = y.mean() + weighted.mean
        wanted = {
            "unit_count": len(y),
            "unweighted_mean": y.mean(),
            "weighted_mean": mean,
            "weighted_mean_se": np.sqrt(variance),
            "degrees_of_freedom": degrees,
            "weighted_mean_lower": mean - half_width,
            "weighted_mean_upper": mean + half_width,
            "confidence_level": level,
            "design_effect": len(y) * (w**2).sum() / w.sum() ** 2,
            "effective_unit_count": w.sum() ** 2 / (w**2).sum(),
        }
        # NumPy's variance of values around a billion is no better than to 1e-7.
        rounding = 1e-7 if abs(mean) > 1e6 else TOLERANCE
        for figure, value in wanted.items():
            allowed = 4e-16 * abs(mean) if figure.startswith("weighted_mean") else 0
            tolerance = rounding if figure in {"weighted_mean_se", "degrees_of_freedom"} else TOLERANCE
            assert row[figure] == pytest.approx(value, rel=tolerance, abs=allowed), (names[survey], survey, figure)
        judged += 1
    assert judged > 1300


def test_a_sample_like_its_population_costs_nothing(means, answers):
    names, _ = answers
    for row in means.values():
        if row["design_effect"] is not None:
            assert row["design_effect"] >= 1 - 1e-12
            assert row["effective_unit_count"] <= row["unit_count"] * (1 + 1e-12)
    row = means[names.index("two each"), "score"]
    # Kish's design effect by hand: 8 * (.5^2 + .3^2 + .15^2 + .05^2) / 2.
    assert row["design_effect"] == pytest.approx(8 * (0.25 + 0.09 + 0.0225 + 0.0025) / 2)


def test_reasons(means, results, answers):
    names = answers[0]
    reasons = {
        names[survey]: row for (survey, metric), row in means.items() if metric == "score" and names[survey] != "usual"
    }
    assert {name: row["null_reason"] for name, row in reasons.items()} == {
        "two each": None,
        "two respondents differ": None,
        "no variance": "zero_variance",
        "no variance within strata": "zero_variance",
        "one respondent": "one_respondent_in_stratum",
        "empty stratum": "empty_stratum",
        "all unknown in a stratum": "empty_stratum",
        "unknown for some": None,
        "stranger": "stratum_not_in_population",
        "stranger who did not answer": None,
        "no stratum": "stratum_not_in_population",
        "nobody answered": "empty_stratum",
    }
    for row in means.values():
        figures = [row["weighted_mean_lower"], row["weighted_mean_upper"], row["degrees_of_freedom"]]
        assert all((figure is None) == (row["null_reason"] is not None) for figure in figures)
        assert all(figure is None or np.isfinite(figure) for figure in row.values() if isinstance(figure, float))
        is_weighted = row["null_reason"] in {None, "zero_variance", "one_respondent_in_stratum"}
        assert (row["weighted_mean"] is not None) == is_weighted
        assert (row["weighted_mean_se"] is not None) == (row["null_reason"] in {None, "zero_variance"})
    assert reasons["stranger"]["unweighted_mean"] == pytest.approx(25 / 9)
    assert reasons["no variance within strata"]["weighted_mean"] == pytest.approx(0.5 + 0.6 + 0.45 + 0.2)
    for model in ("nobody_in_the_population", "less_than_nobody_in_a_stratum"):
        assert [(row["null_reason"], row["weighted_mean"]) for row in results[model]] == [("population_unknown", None)]


def test_example(results):
    (row,) = results["example_of_weighted_means"]
    assert row["unweighted_mean"] == pytest.approx(45 / 11)
    assert row["weighted_mean"] == pytest.approx((42 / 9 + 1.5) / 2)
    assert row["design_effect"] == pytest.approx(11 * (0.25 / 9 + 0.25 / 2))
    assert row["effective_unit_count"] == pytest.approx(1 / (0.25 / 9 + 0.25 / 2))
