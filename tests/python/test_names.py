"""Names that a macro shares with its table: figures are replaced, never read, and keys that clash are refused."""

import json
import re

import duckdb
import polars as pl
import pytest
from jinja_macros import CompilerError, Macros
from scratch_project import PROJECT_ROOT, run_models

UNITS = pl.DataFrame(
    {
        "unit": range(400),
        "arm": ["control", "treatment"] * 200,
        "platform": [("ios", "web", "tv")[i % 7 % 3] for i in range(400)],
        "rarity": ["rare" if i < 3 else "common" for i in range(400)],
        "saves": [(i * 37) % 11 + (i % 2) * (i % 3) / 4 for i in range(400)],
        "received": [(i % 2) * (i % 5 > 0) for i in range(400)],
        # Names that macros make of their own, with nothing but nonsense in them.
        "compared_arm": ["nobody"] * 400,
        "weighting_stratum": ["nowhere"] * 400,
        "cap_0": [0.5] * 400,
        "covariate_cap_0": [0.5] * 400,
    }
)
MADE = ["compared_arm", "weighting_stratum", "cap_0", "covariate_cap_0"]

# A table, and a macro that returns all of the table's columns, with some arguments and with others.
TABLES = {
    "units": "select * from main.units",
    "compared": (
        "{{ feedlift.compare_arms('main.units', 'arm', 'control', {'saves': {'numerator': 'saves'}}, ['platform']) }}"
    ),
    "plans": "select 1e-1 as base, 1e-1 as lift",
    "strata": ("{{ feedlift.unit_moments('main.units', ['arm', 'rarity'], {'saves': {'numerator': 'saves'}}) }}"),
}
POWER = "effect='estimate', variance='estimate_se * estimate_se * unit_count', standard_error='estimate_se'"
APPLIED_TWICE = {
    "contrast_tests": ("compared", "0.99, 'less'", "0.9"),
    "student_t_quantile": ("compared", "'1e-2', 'degrees_of_freedom', 't'", "'4e-1', 'degrees_of_freedom', 't'"),
    "sequential_tests": ("compared", "100, 0.99", "100000"),
    "effect_posteriors": (
        "compared",
        "\"'decrease'\", prior_lift_sd='flat'",
        "prior_lift_sd=0.1, confidence_level=0.5",
    ),
    "non_inferiority_tests": (
        "compared",
        "\"'increase'\", 0.1, \"'relative'\", alpha=0.1",
        "\"'decrease'\", 0.2, \"'absolute'\"",
    ),
    "adjusted_p_values": ("compared", "['platform']", "[]"),
    "power_analysis": (
        "compared",
        f"{POWER}, power=0.6, test='always_valid', planned_unit_count=1000, unit_count='unit_count'",
        f"{POWER}, confidence_level=0.5",
    ),
    "sample_size_plan": ("plans", "'base', 'lift', arm_share=0.1", "'base', '2 * lift', control_variance='base'"),
    "collapsed_strata": ("strata", "['metric'], \"'all'\"", "['metric'], 'rarity'"),
}
# Arguments that name a column which the macro makes anew: the old one is meant.
OLD_COLUMN = {
    "power_analysis": (
        "planned",
        "'planned_effect', 'assumed_arm_variance', unit_count='{}', test='always_valid', planned_unit_count='{}'",
        "needed_units",
    ),
    "sample_size_plan": ("planned", "'base', 'lift', test='always_valid', planned_unit_count='{}'", "needed_units"),
    "sequential_tests": ("planned_contrasts", "'{}'", "planned_unit_count_of_sequence"),
}
# Macros that read a table, whatever its other columns are called.
READING = {
    "compare_arms": "compare_arms('{}', 'arm', 'control', METRICS, ['platform'])",
    "compare_arms_in_clusters": "compare_arms('{}', 'arm', 'control', METRICS, ['platform'], cluster='unit % 90')",
    "complier_effects": "complier_effects('{}', 'arm', 'control', METRICS, 'received')",
    "weighted_means": (
        "weighted_means('{}', 'platform', {{'saves': 'saves'}},"
        " '(select distinct platform, 5 as size from main.units)', 'platform', 'size')"
    ),
    "winsorised_moments": (
        "winsorised_moments('{}', \"(select 'saves' as metric, 5 as cap, null as covariate_cap, 1 as unit_count)\","
        " ['arm'], METRICS)"
    ),
}
METRICS = "{'saves': {'numerator': 'saves'}}"


def call(macro, relation, arguments):
    """A model that applies a macro to a relation."""
    return f"{{{{ feedlift.{macro}({relation}, {arguments}) }}}}"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Every model's rows."""
    models = {
        **TABLES,
        "planned": call("sample_size_plan", "ref('plans')", "'base', 'lift'"),
        "planned_contrasts": "select *, 1000 * degrees_of_freedom as planned_unit_count_of_sequence"
        " from {{ ref('compared') }}",
    }
    for macro, (table, first, second) in APPLIED_TWICE.items():
        models[f"{macro}_once"] = call(macro, f"ref('{table}')", first)
        models[f"{macro}_twice"] = call(macro, f"ref('{macro}_once')", second)
        models[f"{macro}_fresh"] = call(macro, f"ref('{table}')", second)
    for macro, (table, arguments, column) in OLD_COLUMN.items():
        models[f"{macro}_old"] = call(macro, f"ref('{table}')", arguments.replace("{}", column))
        models[f"{macro}_renamed"] = (
            call(
                macro, f"'(select *, {column} as given from main.{table}) as renamed'", arguments.replace("{}", "given")
            )
            + f" -- depends on {{{{ ref('{table}') }}}}"
        )
    for name, reading in READING.items():
        for kind, relation in (
            ("named", "main.units"),
            ("plain", f"(select * exclude ({', '.join(MADE)}) from main.units) as units"),
        ):
            models[f"{name}_{kind}"] = f"{{{{ feedlift.{reading.format(relation).replace('METRICS', METRICS)} }}}}"
    return run_models(tmp_path_factory.mktemp("names"), models, {"units": UNITS})


def in_order(rows, left_out=()):
    """Rows in an order of their own: by everything but measured figures."""
    kept = [{name: value for name, value in row.items() if name not in left_out} for row in rows]
    return sorted(
        kept, key=lambda row: repr(sorted((name, value) for name, value in row.items() if not isinstance(value, float)))
    )


def but_for_rounding(rows):
    """Rows to compare others with: sums are rounded in the order in which threads take the table's rows."""
    return [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]


@pytest.mark.parametrize("macro", APPLIED_TWICE)
def test_figures_are_replaced_by_new_ones(results, macro):
    twice, fresh = results[f"{macro}_twice"], results[f"{macro}_fresh"]
    assert in_order(twice) == but_for_rounding(in_order(fresh))
    assert in_order(results[f"{macro}_once"]) != but_for_rounding(in_order(fresh)), "the arguments make no difference"
    assert not [column for column in twice[0] if column.endswith("_1")]


@pytest.mark.parametrize("macro", OLD_COLUMN)
def test_an_argument_reads_the_column_that_is_replaced(results, macro):
    assert in_order(results[f"{macro}_old"]) == but_for_rounding(in_order(results[f"{macro}_renamed"], ("given",)))


@pytest.mark.parametrize("macro", READING)
def test_a_column_named_like_a_working_column_is_not_read(results, macro):
    assert in_order(results[f"{macro}_named"]) == but_for_rounding(in_order(results[f"{macro}_plain"]))


RATIO = {"numerator": "y", "denominator": "d", "numerator_covariate": "x", "denominator_covariate": "w"}
FULL = {"a": {**RATIO, "covariates": [{"numerator": "v", "denominator": "u"}]}}
MEAN = {"a": {"numerator": "y", "numerator_covariate": "x"}}
PLAIN = {"a": {"numerator": "y"}}
# Every public macro that takes keys: the argument, and one call or several that together make all of its columns.
KEYED = {
    "adjusted_p_values": ("family", {"relation": "r"}),
    "arm_contrasts": ("keys", {"moments": "r", "is_control": "c", "covariate_count": 3}),
    "arm_estimates": ("keys", {"moments": "r", "is_control": "c", "covariate_count": 3}),
    "bootstrap_contrasts": (
        "keys",
        {"relation": "r", "unit": "u", "is_control": "c", "metrics": FULL, "replicates": 99, "seed": 1},
    ),
    "bootstrap_quantile_contrasts": (
        "keys",
        {"relation": "r", "unit": "u", "is_control": "c", "value": "v", "quantile": 0.5, "replicates": 99, "seed": 1},
    ),
    "chi_square_goodness_of_fit": ("keys", {"relation": "r", "observed": "o", "expected": "e"}),
    "cluster_totals": ("group_by", {"relation": "r", "arm": "a", "cluster": "c", "metrics": {"a": RATIO}}),
    "collapsed_strata": ("keys", {"moments": "r", "stratum": "s"}),
    "compare_arms": (
        "group_by",
        {"relation": "r", "arm": "a", "control": "c", "metrics": FULL},
        {"relation": "r", "arm": "a", "control": "c", "metrics": {"a": RATIO}, "cluster": "k"},
    ),
    "complier_contrasts": ("keys", {"moments": "r", "is_control": "c"}),
    "complier_effects": (
        "group_by",
        {"relation": "r", "arm": "a", "control": "c", "metrics": PLAIN, "received": "d"},
    ),
    "concentration": ("keys", {"relation": "r", "entity": "e", "amount": "a"}),
    "concentration_estimates": ("keys", {"relation": "r", "unit": "u", "entity": "e", "is_control": "c"}),
    "heterogeneity_tests": ("keys", {"relation": "r", "value": "v"}),
    "merged_moments": ("keys", {"moments": "r", "covariate_count": 3}),
    "quantile_estimates": ("keys", {"relation": "r", "unit": "u", "is_control": "c", "value": "v", "quantile": 0.5}),
    "ratio_decomposition": (
        "keys",
        {"relation": "r", "unit": "u", "stratum": "s", "is_control": "c", "numerator": "y", "denominator": "d"},
    ),
    "sequential_goodness_of_fit": (
        "keys",
        {"relation": "r", "look": "l", "observed": "o", "share": "s", "concentration": "1"},
    ),
    "unit_moments": (
        "group_by",
        {"relation": "r", "metrics": FULL | {f"m{i}": FULL["a"] for i in range(12)}},
        {"relation": "r", "metrics": PLAIN, "segments": ["place"]},
    ),
    "unit_slopes": (
        "keys",
        {"relation": "r", "day": "t", "metrics": {"a": {"numerator": "y", "denominator": "d"}}, "day_count": 7},
        {"relation": "r", "day": "t", "metrics": PLAIN, "day_count": 7},
    ),
    "weighted_means": (
        "group_by",
        {
            "relation": "r",
            "stratum": "s",
            "values": {"a": "y"},
            "population": "p",
            "population_stratum": "s",
            "population_size": "n",
        },
    ),
    "winsorisation_caps": ("group_by", {"relation": "r", "metrics": MEAN}),
    "winsorised_moments": ("group_by", {"relation": "r", "caps": "c", "metrics": MEAN}),
}
KEY = "key_of_nobody_else"
METRIC_MACROS = [name for name, (_, *calls) in KEYED.items() if "metrics" in calls[0]]


@pytest.fixture(scope="module")
def macros():
    """The macros as functions."""
    return Macros()


def made_columns(sql):
    """The names of all columns that a query or one of its subqueries makes, but the key and working columns."""
    found, nodes = set(), [json.loads(duckdb.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()[0])]
    assert not nodes[0]["error"], nodes[0]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            for column in node.get("select_list") or []:
                found.add((column["alias"] or column.get("column_names", [""])[-1]).lower())
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
    # What begins with feedlift_ stays inside student_t_quantile.
    return {name for name in found if name and name != KEY and not name.startswith("feedlift_")}


def refusal(macro, arguments):
    """What a macro says of arguments that it refuses, or nothing."""
    try:
        macro(**arguments)
    except CompilerError as error:
        return str(error)
    return ""


def test_every_macro_that_takes_keys_is_tested():
    signatures = {
        name: arguments
        for path in (PROJECT_ROOT / "macros" / "statistics").glob("[!_]*.sql")
        for name, arguments in re.findall(r"{% macro ([a-z]\w*)\((.*?)\) %}", path.read_text(), re.DOTALL)
    }
    assert signatures
    takes_keys = re.compile(r"\b(keys|group_by|family)\b")
    assert {name for name, arguments in signatures.items() if takes_keys.search(arguments)} == set(KEYED)


@pytest.mark.parametrize("macro", KEYED)
def test_a_key_named_like_a_column_of_the_macro_is_refused(macros, macro):
    argument, *calls = KEYED[macro]
    let_through = set()
    # Moments of several metrics are never merged into one.
    needed = ["metric"] if macro == "merged_moments" else []
    for call_arguments in calls:
        made = made_columns(getattr(macros, macro)(**call_arguments, **{argument: [KEY, *needed]})) - set(needed)
        assert len(made) > 3
        for name in made:
            said = refusal(getattr(macros, macro), call_arguments | {argument: [KEY, name.upper()]})
            if f"the key '{name.upper()}' is called like a column that the macro makes; give" not in said:
                let_through.add(name)
    assert not let_through, "add these names to macros/statistics/_made_columns.sql"


@pytest.mark.parametrize("macro", KEYED)
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"country": 1}, "the keys are {'country': 1}; write a list of columns"),
        (["upper(country)"], "the key 'upper(country)' is no plain column name; give"),
        (["country code"], "the key 'country code' is no plain column name; give"),
        (["Order"], "the key 'Order' is no plain column name; give"),
        ([3], "the key 3 is no plain column name; give"),
        (["country", "Country"], "the key 'Country' stands in the list twice."),
    ],
)
def test_keys_that_are_no_columns_are_refused(macros, macro, keys, said):
    argument, call_arguments, *_ = KEYED[macro]
    with pytest.raises(CompilerError, match=f"{macro}: {re.escape(said)}"):
        getattr(macros, macro)(**call_arguments, **{argument: keys})


@pytest.mark.parametrize("macro", [name for name in KEYED if name != "adjusted_p_values"])
def test_a_text_is_no_list_of_keys(macros, macro):
    argument, call_arguments, *_ = KEYED[macro]
    with pytest.raises(CompilerError, match=f"{macro}: the keys are 'country'; write a list of columns"):
        getattr(macros, macro)(**call_arguments, **{argument: "country"})


def test_a_key_of_moments_may_be_called_metric(macros):
    for macro in ("arm_contrasts", "arm_estimates", "complier_contrasts", "merged_moments", "quantile_estimates"):
        argument, call_arguments = KEYED[macro]
        assert "metric" in getattr(macros, macro)(**call_arguments, **{argument: ["metric", "day"]})


@pytest.mark.parametrize("macro", METRIC_MACROS)
@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (["saves"], "the metrics are ['saves']; write a dictionary of metrics by their names"),
        ({}, "the metrics are {}; write a dictionary of metrics by their names"),
        ("saves", "the metrics are 'saves'; write a dictionary of metrics by their names"),
        ({"saves": "saves"}, "the metric 'saves' is 'saves'; write {'numerator': 'saves'}."),
        ({"saves": None}, "the metric 'saves' is None; write {'numerator': 'saves'}."),
        ({"saves": {}}, "the metric 'saves' has no numerator; add one."),
        ({"saves": {"numerator": ["a"]}}, "the numerator of the metric 'saves' is ['a']; write a column or an SQL"),
        ({"saves": {"numeratr": "saves"}}, "the metric 'saves' has 'numeratr', which is not read here; write"),
        (
            {"ctr": {"numerator": "clicks", "denominatr": "views"}},
            "the metric 'ctr' has 'denominatr', which is not read here; write numerator, ",
        ),
    ],
)
def test_metrics_that_would_be_misread_are_refused(macros, macro, metrics, said):
    argument, call_arguments, *_ = KEYED[macro]
    with pytest.raises(CompilerError, match=f"{macro}: {re.escape(said)}"):
        getattr(macros, macro)(**(call_arguments | {"metrics": metrics, argument: ["country"]}))


def test_a_denominator_of_zero_is_a_denominator(macros):
    sql = macros.bootstrap_contrasts(
        **KEYED["bootstrap_contrasts"][1] | {"metrics": {"a": {"numerator": "y", "denominator": 0}}, "keys": []}
    )
    assert "true as is_ratio" in sql


@pytest.mark.parametrize(
    ("macro", "changed", "said"),
    [
        (
            "compare_arms",
            {"cluster": "household"},
            "compare_arms with a cluster: the metric 'a' has 'covariates', which is not read here",
        ),
        ("compare_arms", {"cluster": ""}, "compare_arms: the cluster is empty; write a column, or leave it out."),
        (
            "compare_arms",
            {"metrics": {"a": {"numerator": "y", "denominator": ""}}},
            "compare_arms: the denominator of the metric 'a' is ''; write a column or an SQL expression.",
        ),
        ("compare_arms", {"group_by": ["lambda"]}, "compare_arms: the key 'lambda' is no plain column name"),
        ("collapsed_strata", {"keys": []}, "collapsed_strata: there are no keys; name the columns"),
        ("bootstrap_contrasts", {"replicates": "999"}, "A bootstrap of '999' replicates has no interval"),
        (
            "complier_effects",
            {"metrics": MEAN},
            "complier_effects: the metric 'a' has 'numerator_covariate', which is not read here",
        ),
        (
            "unit_moments",
            {"metrics": {"a": {"numerator": "y", "denominator_covariate": "w"}}},
            "unit_moments: the metric 'a' has a denominator_covariate and no numerator_covariate; add it.",
        ),
        (
            "unit_moments",
            {"metrics": {"a": {"numerator": "y", "covariates": {"numerator": "x"}}}},
            "unit_moments: the covariates of the metric 'a' are {'numerator': 'x'}; write a list",
        ),
        (
            "unit_moments",
            {"metrics": {"a": {"numerator": "y", "covariates": [{"numeratr": "x"}]}}},
            "unit_moments: a covariate of the metric 'a' has 'numeratr', which is not read here",
        ),
        ("unit_moments", {"center_by": ["city"]}, "unit_moments: center_by names 'city', which is not among"),
        ("unit_moments", {"group_by": [], "segments": ["place"]}, "unit_moments: there are segments and no group_by;"),
        ("unit_slopes", {"day_count": 1}, "unit_slopes: day_count is 1; write a whole number of days, at least 2."),
        ("unit_slopes", {"day_count": "14"}, "unit_slopes: day_count is '14'; write a whole number of days"),
        ("unit_slopes", {"first_day": 0.5}, "unit_slopes: first_day is 0.5; write the whole number of the first day."),
        ("unit_slopes", {"within": ["arm"]}, "unit_slopes: within names 'arm', which is not among the keys; add it"),
        ("unit_slopes", {"metrics": {"a b": {"numerator": "y"}}}, "unit_slopes: the metric 'a b' has a name of more"),
        ("weighted_means", {"values": ["score"]}, "weighted_means: the values are ['score']; write a dictionary of"),
        ("weighted_means", {"values": {"score": {}}}, "weighted_means: the value 'score' is {}; write a column or"),
        ("winsorised_moments", {"cap_by": ["cap_0"]}, "winsorised_moments: the key 'cap_0' is called like"),
        ("unit_moments", {"center_by": ["metric"]}, "unit_moments: the key 'metric' is called like a column"),
        ("adjusted_p_values", {"p_value": "p_value_holm"}, "adjusted_p_values: the column 'p_value_holm' is one that"),
    ],
)
def test_what_a_macro_would_pass_over_is_refused(macros, macro, changed, said):
    argument, call_arguments, *_ = KEYED[macro]
    with pytest.raises(CompilerError, match=re.escape(said)):
        getattr(macros, macro)(**(call_arguments | {argument: ["country"]} | changed))
