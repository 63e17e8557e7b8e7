"""At the edge of doubles no figure is an infinity, NaN or a number that rounding made, and a missing one has a reason.

Values are scaled until squares and cubes overflow or vanish, and infinities and NaN are mixed in. No reference is
needed: what is asserted holds of every row whatever its data.
"""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scratch_project import run_models

SCALES = (0.0, *(float(f"1e{power}") for power in (-300, -200, -155, -110, -75, -68, -30, 30, 68, 75, 110, 155, 200)))
HUGE_SCALES = (1e300, 1.7e307)
STRANGERS = (math.inf, -math.inf, math.nan, 1e300, -1e300, 1e160, 1e-300)
COLUMNS = ("y", "d", "x", "w")
UNITS = 8

METRICS = """{
    'mean': {'numerator': 'y', 'numerator_covariate': 'x', 'covariates': [{'numerator': 'w'}]},
    'ratio': {'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w'},
}"""
MEANS = "{'mean': {'numerator': 'y', 'numerator_covariate': 'x'}}"

MODELS = {
    **{
        f"compared_{side.replace('-', '_')}": f"""
            {{{{ feedlift.compare_arms(
                'main.units', arm='arm', control='control', metrics={METRICS}, group_by=['data_set'],
                alternative='{side}'
            ) }}}}
        """
        for side in ("two-sided", "greater", "less")
    },
    "compared_in_clusters": """
        {{ feedlift.compare_arms(
            'main.units', arm='arm', control='control', group_by=['data_set'], cluster='cluster_id',
            metrics={'mean': {'numerator': 'y', 'numerator_covariate': 'x'}, 'ratio': {
                'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w'
            }}
        ) }}
    """,
    "moments": f"""
        {{{{ feedlift.unit_moments(
            'main.units', ['data_set', 'arm', 'stratum'], {METRICS}, center_by=['data_set']
        ) }}}}
    """,
    "contrasted_in_strata": """
        {{ feedlift.arm_contrasts(
            ref('moments'), ['data_set', 'metric'], "arm = 'control'", stratum='stratum', covariate_count=2
        ) }}
    """,
    "contrasted_in_merged_strata": """
        with merged as (
            {{ feedlift.merged_moments(ref('moments'), ['data_set', 'metric', 'arm'], covariate_count=2) }}
        ),

        contrasts as (
            {{ feedlift.arm_contrasts('merged', ['data_set', 'metric'], "arm = 'control'", covariate_count=2) }}
        )

        select * from contrasts
    """,
    "winsorised": f"""
        with caps as (
            {{{{ feedlift.winsorisation_caps('main.units', ['data_set'], {MEANS}, quantile=0.9) }}}}
        ),

        moments as (
            {{{{ feedlift.winsorised_moments('main.units', 'caps', ['data_set', 'arm'], {MEANS}, ['data_set']) }}}}
        ),

        contrasts as (
            {{{{ feedlift.arm_contrasts('moments', ['data_set', 'metric'], "arm = 'control'") }}}}
        )

        select * from contrasts
    """,
    "winsorisation_caps": f"{{{{ feedlift.winsorisation_caps('main.units', ['data_set'], {MEANS}, quantile=0.9) }}}}",
    "complier_effects": """
        {{ feedlift.complier_effects(
            'main.units', arm='arm', control='control', metrics={'y': {'numerator': 'y'}}, received='d',
            group_by=['data_set']
        ) }}
    """,
    "sequential": """
        with many_units as (select * replace (
            10 * unit_count as unit_count, 100 as control_unit_count, 100 as nonzero_unit_count,
            100 as control_nonzero_unit_count
        ) from {{ ref('compared_two_sided') }}),

        tested as (
            {{ feedlift.sequential_tests('many_units', 1000) }}
        )

        select * from tested
    """,
    **{
        f"posteriors_{name}": f"{{{{ feedlift.effect_posteriors(ref('compared_two_sided'), {arguments}) }}}}"
        for name, arguments in {
            "proper": "prior_lift_sd=0.1",
            "narrow": "prior_lift_sd=1e-200",
            "wide": "prior_lift_sd=1e200",
            "flat": "prior_lift_sd='flat'",
            "far": "prior_lift_mean=1e200, prior_lift_sd=0.1",
        }.items()
    },
    **{
        f"non_inferior_{scale}_{number}": f"""
            {{{{ feedlift.non_inferiority_tests(
                ref('compared_two_sided'), "'{direction}'", {margin}, "'{scale}'"
            ) }}}}
        """
        for (scale, direction), (number, margin) in itertools.product(
            (("relative", "increase"), ("absolute", "decrease")), enumerate(("5e-2", "1e-300", "1e300"))
        )
    },
    **{
        f"power_{test}": f"""
            {{{{ feedlift.power_analysis(
                ref('compared_two_sided'), effect='estimate',
                variance='(arm_variance + control_variance) * (unit_count + control_unit_count)',
                standard_error='estimate_se', unit_count='unit_count + control_unit_count', test='{test}',
                planned_unit_count='1000'
            ) }}}}
        """
        for test in ("fixed_horizon", "always_valid")
    },
    **{
        f"assumed_{spread}_{test}": f"""
            {{{{ feedlift.sample_size_plan(
                'main.assumptions', 'control_mean', 'relative_effect', {variance} test='{test}', arm_share='arm_share',
                planned_unit_count='1000'
            ) }}}}
        """
        for test in ("fixed_horizon", "always_valid")
        for spread, variance in (("mean", "control_variance='spread',"), ("proportion", ""))
    },
    "power_alone": """
        {{ feedlift.power_analysis(
            'main.assumptions', effect='relative_effect', variance='spread', standard_error='control_mean'
        ) }}
    """,
    **{
        f"quantiles{name}": f"""
            with estimates as (
                {{{{ feedlift.quantile_estimates(
                    'main.units', unit='unit', keys=['data_set'], is_control="arm = 'control'", value='y',
                    quantile=0.5, confidence_level=0.5{stratum}
                ) }}}}
            ),

            contrasts as (
                {{{{ feedlift.contrast_tests('estimates') }}}}
            )

            select * from contrasts
        """
        for name, stratum in (("", ""), ("_in_strata", ", stratum='stratum'"))
    },
    **{
        f"bootstrapped{name}": f"""
            {{{{ feedlift.bootstrap_contrasts(
                'main.units', unit='unit', keys=['data_set'], is_control="arm = 'control'", metrics={METRICS},
                replicates=19, seed=1, confidence_level=0.8{stratum}
            ) }}}}
        """
        for name, stratum in (("", ""), ("_in_strata", ", stratum='stratum'"))
    },
    "bootstrapped_quantiles": """
        {{ feedlift.bootstrap_quantile_contrasts(
            'main.units', unit='unit', keys=['data_set'], is_control="arm = 'control'", value='y', quantile=0.5,
            replicates=19, seed=1, confidence_level=0.8
        ) }}
    """,
    "weighted": """
        {{ feedlift.weighted_means(
            'main.units', stratum='stratum', values={'y': 'y', 'd': 'd'}, population='main.population',
            population_stratum='stratum', population_size='size', group_by=['data_set', 'arm']
        ) }}
    """,
    **{
        f"weighted_by_{name}": f"""
            {{{{ feedlift.weighted_means(
                'main.few_units', stratum='stratum', values={{'y': 'y'}}, population='main.population',
                population_stratum='stratum', population_size="size * {size}", group_by=['data_set', 'arm']
            ) }}}}
        """
        for name, size in {
            "tiny_sizes": "1e-300",
            "huge_sizes": "1e308",
            "infinite_sizes": "cast('inf' as double)",
            "unknown_sizes": "cast('nan' as double)",
        }.items()
    },
    "goodness_of_fit": """
        {{ feedlift.chi_square_goodness_of_fit('main.units', ['data_set', 'arm'], 'abs(y)', 'abs(y) * 1.0000000001') }}
    """,
    "goodness_of_fit_to_other_counts": """
        {{ feedlift.chi_square_goodness_of_fit('main.units', ['data_set', 'arm'], 'y', 'd') }}
    """,
    "sequential_goodness_of_fit": """
        {{ feedlift.sequential_goodness_of_fit(
            'main.units', ['data_set', 'arm'], look='1', observed='abs(y)', share='1e0 / 8', concentration='abs(x)'
        ) }}
    """,
    **{
        name: f"""
            with users as (
                select * from (
                    values
                    ('control', 1, 0, 'a'), ('control', 2, 0, 'b'), ('control', 4, 1, 'c'), ('treatment', 2, 1, 'd'),
                    ('treatment', 3, 1, 'e'), ('treatment', 5, 0, 'f'), (null, 9, 0, 'g'), (null, 7, 1, 'h')
                ) as rows (arm, saves, opened, user_id)
            ),

            compared as (
                {{{{ feedlift.{macro}(
                    'users', arm='arm', control='{control}', metrics={{'saves': {{'numerator': 'saves'}}}}{more}
                ) }}}}
            )

            select * from compared
        """
        for name, macro, control, more in (
            ("without_an_arm", "compare_arms", "control", ""),
            ("without_an_arm_in_clusters", "compare_arms", "control", ", cluster='user_id'"),
            ("compliers_without_an_arm", "complier_effects", "control", ", received='opened'"),
            ("compliers_without_their_control", "complier_effects", "contrl", ", received='opened'"),
        )
    },
    # Other types than doubles, at their ends.
    **{
        f"compared_{name}": f"""
            {{{{ feedlift.compare_arms(
                'main.typed_units', arm='arm', control='control', group_by=['data_set'],
                metrics={{
                    'mean': {{'numerator': '{value}', 'numerator_covariate': '{value}'}},
                    'ratio': {{'numerator': '{value}', 'denominator': '{value}'}},
                }}
            ) }}}}
        """
        for name, value in {
            "bigints": "bigint_value",
            "hugeints": "hugeint_value",
            "booleans": "boolean_value",
            "decimals": "decimal_value",
            "floats": "float_value",
        }.items()
    },
}

# Per table, by the start of its name: the estimate, its interval's ends, the p-values and the reason for nulls.
RESULTS = {
    ("compared", "contrasted", "winsorised", "quantiles", "bootstrapped"): (
        "estimate",
        "estimate_lower",
        "estimate_upper",
        "p_value",
        "null_reason",
    ),
    ("goodness_of_fit", "sequential_goodness_of_fit"): (None, None, None, "p_value", "null_reason"),
    ("sequential",): (
        "estimate",
        "sequential_lower",
        "sequential_upper",
        "sequential_p_value",
        "sequential_null_reason",
    ),
    ("posteriors",): (
        "posterior_mean",
        "credible_lower",
        "credible_upper",
        "chance_to_beat_control",
        "posterior_null_reason",
    ),
    ("weighted",): ("weighted_mean", "weighted_mean_lower", "weighted_mean_upper", None, "null_reason"),
    ("complier_effects",): ("itt_estimate", "itt_estimate_lower", "itt_estimate_upper", "p_value", "null_reason"),
    ("non_inferior",): (None, None, None, "non_inferiority_p_value", None),
    ("power", "assumed"): (None, None, None, "power_at_effect", None),
}


def scaled(generator, shape):
    """Values of one arm's units, near 1 but for the shape."""
    values = generator.normal(3, 1, UNITS)
    return {"positive": abs(values) + 0.1, "of both signs": values - 3, "constant": np.full(UNITS, 2.5)}[shape]


@pytest.fixture(scope="module")
def tables():
    """Units of many data sets, with what was done to each, and assumptions for plans."""
    generator = np.random.default_rng(7)
    frames, kinds = [], {}

    def add(kind, change):
        data_set = len(kinds)
        kinds[data_set] = kind
        shapes = [kind[-1]] * 2 if kind[-1] != "one constant" else ["positive", "constant"]
        for arm, shape in zip(("control", "treatment"), shapes, strict=True):
            values = {column: scaled(generator, shape if column == "y" else "positive") for column in COLUMNS}
            change(arm, values)
            frames.append(
                pl.DataFrame(values).with_columns(
                    pl.lit(data_set).alias("data_set"),
                    pl.lit(arm).alias("arm"),
                    pl.Series("unit", [f"{arm} {number}" for number in range(UNITS)]),
                    pl.Series("cluster_id", [f"{arm} {number // 2}" for number in range(UNITS)]),
                    pl.Series("stratum", ["a", "b"] * (UNITS // 2)),
                )
            )

    for scale, columns, shape in itertools.product(
        SCALES + HUGE_SCALES, (*COLUMNS, "yd", "yx", "ydxw"), ("positive", "of both signs", "constant", "one constant")
    ):

        def rescale(_, values, scale=scale, columns=columns):
            for column in columns:
                values[column] *= scale

        add((scale, columns, shape), rescale)
    for stranger, column, arms, place in itertools.product(
        STRANGERS, COLUMNS, (("control",), ("treatment",), ("control", "treatment")), (0, 1)
    ):

        def put(arm, values, stranger=stranger, column=column, arms=arms, place=place):
            if arm in arms:
                values[column][place] = stranger

        add((stranger, column, arms, "positive"), put)
    for scale, unit_count in itertools.product((1.0, 1e75, 1e200, math.inf), (1, 2)):

        def leave(_, values, scale=scale, unit_count=unit_count):
            for column in COLUMNS:
                values[column] = np.where(np.arange(UNITS) < unit_count, values[column] * scale, np.nan)

        add((scale, "few", unit_count, "positive"), leave)
    units = pl.concat(frames)
    few = [data_set for data_set, kind in kinds.items() if kind[1] == "few"]
    units = units.filter(~(pl.col("data_set").is_in(few) & pl.col("y").is_nan()))
    magnitudes = (0.0, 1e-300, 1e-160, 1e-80, 1e-9, 0.1, 1.0, 1e9, 1e80, 1e160, 1e300, math.inf, math.nan)
    assumptions = pl.DataFrame(
        list(itertools.product(magnitudes, magnitudes, magnitudes, (0.0, 1e-300, 0.5, math.nan))),
        schema=["control_mean", "relative_effect", "spread", "arm_share"],
        orient="row",
    )
    typed = units.filter(pl.col("data_set") < 2).select("data_set", "arm").with_row_index("number")
    ends = pl.Series([-(2**63), 2**63 - 1, 2**53 + 1, 0], dtype=pl.Int64)
    typed = typed.with_columns(
        ends.gather(typed["number"] % 4).alias("bigint_value"),
        (pl.col("number") % 3 == 0).alias("boolean_value"),
        pl.Series([3.4e38, -3.4e38, 1e-38, 1.0], dtype=pl.Float32).gather(typed["number"] % 4).alias("float_value"),
        ends.gather(typed["number"] % 4).cast(pl.Decimal(38, 10)).alias("decimal_value"),
        (ends.gather(typed["number"] % 4).cast(pl.Int128)).cast(pl.Decimal(38, 0)).alias("hugeint_value"),
    ).drop("number")
    return {
        "units": units,
        "few_units": units.filter(pl.col("data_set") % 50 == 0),
        "typed_units": typed,
        "population": pl.DataFrame({"stratum": ["a", "b"], "size": [1.0, 3.0]}),
        "assumptions": assumptions,
        "kinds_of_data": kinds,
    }


@pytest.fixture(scope="module")
def results(tables, tmp_path_factory):
    """Every table, each a frame."""
    tables = dict(tables)
    named = tables.pop("kinds_of_data")
    kinds = pl.DataFrame({"data_set": list(named), "kind": [str(kind) for kind in named.values()]})
    results = run_models(tmp_path_factory.mktemp("scratch"), MODELS, tables)
    return {
        name: (
            frame.join(kinds.with_columns(pl.col("data_set").cast(frame["data_set"].dtype)), "data_set", how="left")
            if "data_set" in frame.columns
            else frame
        )
        for name, frame in ((name, pl.DataFrame(rows, infer_schema_length=None)) for name, rows in results.items())
    }


def result_columns(name):
    """The names of the estimate, its ends, the p-value and the reason in a table; None where it has none."""
    return next((columns for names, columns in RESULTS.items() if name.startswith(names)), (None,) * 5)


@pytest.mark.parametrize("name", MODELS)
def test_every_figure_is_finite_or_null(results, name):
    frame = results[name]
    assert frame.height
    given = {"control_mean", "relative_effect", "spread", "arm_share"}
    for column, dtype in frame.schema.items():
        if dtype.is_float() and column not in given:
            wrong = frame.filter(~pl.col(column).is_finite())
            assert wrong.is_empty(), (name, column, wrong.height, wrong.row(0, named=True))


@pytest.mark.parametrize("name", [name for name in MODELS if result_columns(name) != (None,) * 5])
def test_a_missing_figure_has_a_reason_and_a_reason_no_p_value(results, name):
    frame = results[name]
    estimate, lower, upper, p_value, reason = result_columns(name)

    def none(condition):
        wrong = frame.filter(condition)
        assert wrong.is_empty(), (name, wrong.height, wrong.row(0, named=True))

    if p_value is not None:
        none(~pl.col(p_value).is_between(0, 1))
    if estimate is not None:
        none((pl.col(lower) > pl.col(estimate)) | (pl.col(upper) < pl.col(estimate)))
    if reason is None:
        return
    for figure in (estimate, p_value):
        if figure is not None:
            none(pl.col(figure).is_null() & pl.col(reason).is_null())
    if estimate is not None:
        one_sided = "alternative" in frame.columns and frame["alternative"][0] != "two-sided"
        none(
            pl.col(reason).is_null()
            & (
                pl.col(lower).is_null() & pl.col(upper).is_null()
                if one_sided
                else pl.col(lower).is_null() | pl.col(upper).is_null()
            )
        )
    # Without an effect on compliers the effect of assignment, to which that p-value belongs, may stand.
    if p_value is not None:
        allowed = ["no_difference_in_receipt", "out_of_range"] if name == "complier_effects" else []
        none(~pl.col(reason).is_in(allowed) & pl.col(p_value).is_not_null())


def test_the_range_is_what_it_says_and_scale_changes_nothing_within(results, tables):
    # Within the range, p-values are those of the values before they were scaled; beyond, there are none.
    rows = (
        results["compared_two_sided"]
        .filter(metric="mean", method="unadjusted")
        .select("data_set", "p_value", "null_reason")
    )
    judged = 0
    units = tables["units"].partition_by("data_set", as_dict=True)
    for data_set, p_value, reason in rows.iter_rows():
        kind = tables["kinds_of_data"][data_set]
        if kind[1] not in {"y", "ydxw"} or len(kind) != 3 or kind[2] == "constant":
            continue
        scale, frame = kind[0], units[(data_set,)]
        if scale == 0:
            assert (p_value, reason) == (None, "zero_variance"), kind
        elif 1e-68 <= scale <= 1e68:
            arms = [frame.filter(arm=arm)["y"].to_numpy() / scale for arm in ("treatment", "control")]
            moments = [moment for arm in arms for moment in (arm.mean(), arm.std(ddof=1), UNITS)]
            expected = stats.ttest_ind_from_stats(*moments, equal_var=False).pvalue
            assert p_value == pytest.approx(expected, rel=1e-9), kind
        else:
            assert (p_value, reason) == (None, "out_of_range"), kind
        judged += 1
    assert judged == 2 * 3 * (len(SCALES) + len(HUGE_SCALES))


@pytest.mark.parametrize(
    "name", ["compared_two_sided", "contrasted_in_strata", "winsorised", "bootstrapped", "weighted"]
)
def test_what_is_no_number_is_named_and_not_left_out(results, tables, name):
    judged = 0
    for row in results[name].iter_rows(named=True):
        kind = tables["kinds_of_data"][row["data_set"]]
        is_stranger = len(kind) == 4 and kind[1] == "y" and kind[0] != 1e-300
        if not is_stranger or (name == "weighted" and (row["metric"] != "y" or row["arm"] not in kind[2])):
            continue
        # Where most of the largest values are no numbers, there is no cap either, and without one no value is known.
        allowed = {"out_of_range", "fewer_than_two_units"} if name == "winsorised" else {"out_of_range"}
        assert row["null_reason"] in allowed, (kind, row)
        judged += 1
    assert judged > 10


def test_units_without_an_arm_are_said_and_in_no_comparison(results):
    for name in ("without_an_arm", "without_an_arm_in_clusters", "compliers_without_an_arm"):
        rows = {row["arm"]: row for row in results[name].iter_rows(named=True)}
        assert set(rows) == {None, "treatment"}
        assert rows[None]["null_reason"] == "unknown_arm"
        assert (rows[None]["unit_count"], rows[None]["control_unit_count"], rows[None]["p_value"]) == (2, None, None)
        assert (rows["treatment"]["unit_count"], rows["treatment"]["control_unit_count"]) == (3, 3)
        assert rows["treatment"]["null_reason"] is None
    (row,) = results["compliers_without_their_control"].filter(arm="treatment").iter_rows(named=True)
    assert (row["null_reason"], row["control_arm"], row["control_unit_count"]) == ("no_control", "contrl", 0)
