"""Somebody else's project installs feedlift and keeps its own schemas, data, definitions and models."""

import csv

import duckdb
import pytest
from scipy import stats
from sqlfluff.core import FluffConfig, Linter

# Every tenth user is enough to build on.
KEPT_USERS = "hash(trim(user_id)) % 10 = 0"

EXPERIMENT_SEEDS = ["experiments", "experiment_arms", "experiment_arm_shares", "experiment_metrics"]

FILES = {
    "packages.yml": "packages:\n  - local: {feedlift}\n",
    "profiles.yml": """
shop:
  target: production
  outputs:
    production:
      type: duckdb
      path: "{{ env_var('FEEDLIFT_DATABASE') }}"
      schema: shop
      threads: 2
""",
    "dbt_project.yml": """
name: shop
version: 1.0.0
config-version: 2
profile: shop
flags:
  require_ref_searches_node_package_before_root: true
seeds:
  feedlift:
    experiments:
      +enabled: false
  shop:
    +column_types: {orders: integer}
vars:
  feedlift:
    raw_door: warehouse
    raw_schema: events
    confidence_level: 0.9
    measures:
      board_adds:
        events: engagements
        where: engagement_type = 'board_add'
    metrics:
      board_adds_per_user: {type: mean, numerator: board_adds}
      report_rate: null
    segments:
      signed_up: {value: "case when user_signed_up_at is not null then 'yes' else 'no' end"}
      creators: null
""",
    # Its own rule for schemas, unlike dbt's.
    "macros/generate_schema_name.sql": """
{% macro generate_schema_name(custom_schema_name, node) %}
    {{- custom_schema_name ~ '_of_' ~ target.schema if custom_schema_name else target.schema -}}
{% endmacro %}
""",
    # Its own question about its own table, answered by our macros.
    "models/checkout_comparison.sql": """
with checkout_users as (

    select * from {{ ref('checkout_users') }}

),

comparison as (

    {{ feedlift.compare_arms(
        'checkout_users', arm='variant', control='old', metrics={'orders_per_user': {'numerator': 'orders'}}
    ) | indent(4) }}

)

select
    *,
    {{ feedlift.setting('confidence_level') }} as configured_confidence_level
from comparison
""",
    "seeds/experiments.csv": """\
experiment_id,description,starts_at,ends_at,trigger_surface,trigger_module_id,deciding_population
aa_test,Nothing changes,2026-01-19,2026-02-16,,,assigned
""",
    "seeds/experiment_arms.csv": """\
experiment_id,arm,is_control,description
aa_test,control,true,
aa_test,treatment,false,
""",
    "seeds/experiment_arm_shares.csv": """\
experiment_id,arm,starts_at,share
aa_test,control,2026-01-19,0.5
aa_test,treatment,2026-01-19,0.5
""",
    "seeds/experiment_metrics.csv": """\
experiment_id,metric,role,desired_direction,non_inferiority_margin,margin_scale,smallest_effect_of_interest
aa_test,board_adds_per_user,primary,increase,,,
""",
    "seeds/checkout_users.csv": "user_id,variant,orders\n"
    + "".join(f"u{i},{'new' if i % 3 else 'old'},{i * i % 7}\n" for i in range(300)),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory, project_root):
    """The folder of a project that installs feedlift as a package."""
    project = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text.replace("{feedlift}", str(project_root)), encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def database(tmp_path_factory, demo_database):
    """A warehouse that holds raw tables of the contract, here a part of the demo's."""
    database = tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{demo_database}' as demo (read_only); create schema events")
        for table in ["impressions", "engagements", "assignments", "users", "items"]:
            where = "" if table == "items" else f"where {KEPT_USERS}"
            connection.execute(f"create table events.raw_{table} as select * from demo.raw.raw_{table} {where}")
    return database


@pytest.fixture(scope="module")
def build(project, database, run_dbt):
    """What dbt did in the project that installs feedlift: every model, and feedlift's own tests of the data."""
    run_dbt("deps", database=database, project_dir=project)
    return run_dbt("build", database=database, project_dir=project)


def enabled(build, resource_type):
    """The enabled nodes of one type, as package.name."""
    nodes = build.manifest["nodes"] | build.manifest["unit_tests"]
    return {
        f"{node['package_name']}.{node['name']}" for node in nodes.values() if node["resource_type"] == resource_type
    }


def test_dbt_has_nothing_to_warn_of(build):
    assert "WARN" not in build.output.replace("WARN=0", "")


def test_models_stand_in_the_schemas_of_the_installing_project(build, database, query):
    del build
    relations = query(
        "select table_schema, list(table_name) as tables from information_schema.tables"
        " where table_schema <> 'events' group by all",
        database,
    ).set_index("table_schema")["tables"]
    assert set(relations.index) == {"staging_of_shop", "intermediate_of_shop", "marts_of_shop", "shop"}
    assert "stg_feed__impressions" in relations["staging_of_shop"]
    assert {"experiment_results", "user_days"} <= set(relations["marts_of_shop"])
    assert "checkout_comparison" in relations["shop"]


def test_demo_data_and_unit_tests_stay_at_home(build):
    assert enabled(build, "seed") == {f"shop.{name}" for name in ["checkout_users", *EXPERIMENT_SEEDS]}
    assert enabled(build, "unit_test") == set()
    assert not [test for test in enabled(build, "test") if "planted" in test]


def test_own_definitions_take_the_place_of_the_demo(build, database, query):
    del build
    primary = query(
        "select distinct experiment_id, metric from marts_of_shop.experiment_results where metric_role = 'primary'"
        " union select experiment_id, 'any' from marts_of_shop.experiment_health",
        database,
    )
    assert set(primary.itertuples(index=False, name=None)) == {("aa_test", "board_adds_per_user"), ("aa_test", "any")}


def test_own_metrics_and_segments_come_on_top(build, database, query):
    del build
    results = query("select distinct metric, segment from marts_of_shop.experiment_results", database)
    assert {"board_adds_per_user", "ctr", "saves_per_user"} <= set(results["metric"])
    assert "report_rate" not in set(results["metric"])
    ours = {"shopping_intent", "platform", "country", "new_returning", "activity"}
    assert set(results["segment"]) == {"all", "signed_up"} | ours


def test_an_own_measure_is_counted_like_ours(build, database, query):
    del build
    counted = query(
        "select sum(board_adds) as board_adds, sum(saves) as saves from intermediate_of_shop.int_user_days__measures",
        database,
    )
    logged = query(
        "select count(*) filter (engagement_type = 'board_add') as board_adds,"
        " count(*) filter (engagement_type = 'save') as saves from staging_of_shop.stg_feed__engagements",
        database,
    )
    assert counted.iloc[0].tolist() == logged.iloc[0].tolist()
    assert counted["board_adds"].item() > 0


def test_macros_answer_questions_about_tables_of_its_own(build, project, database, query):
    del build
    with (project / "seeds" / "checkout_users.csv").open(encoding="utf-8") as file:
        users = list(csv.DictReader(file))
    new, old = ([int(user["orders"]) for user in users if user["variant"] == variant] for variant in ("new", "old"))
    expected = stats.ttest_ind(new, old, equal_var=False)
    interval = expected.confidence_interval(0.9)
    comparison = query("select * from shop.checkout_comparison", database).iloc[0]
    assert comparison["estimate"] == pytest.approx(sum(new) / len(new) - sum(old) / len(old), rel=1e-12)
    assert comparison["p_value"] == pytest.approx(expected.pvalue, rel=1e-11)
    assert [comparison["estimate_lower"], comparison["estimate_upper"]] == pytest.approx(interval, rel=1e-11)


def test_models_of_its_own_see_the_settings_made_for_feedlift(build, database, query):
    del build
    levels = query(
        "select confidence_level from shop.checkout_comparison"
        " union all select configured_confidence_level from shop.checkout_comparison"
        " union all select distinct confidence_level from marts_of_shop.experiment_results",
        database,
    )
    assert levels["confidence_level"].tolist() == [0.9, 0.9, 0.9]


@pytest.mark.parametrize("model", ["checkout_comparison", "int_experiments__moments"])
def test_postgres_grammar_reads_what_is_not_written_out_for_the_linter(build, model):
    [compiled] = (build.target_path / "compiled").rglob(f"{model}.sql")
    sql = compiled.read_text(encoding="utf-8")
    assert "not_written_for_the_linter" not in sql
    # A file of this size would be refused by default.
    config = FluffConfig(overrides={"dialect": "postgres", "max_parse_nodes": 0})
    parsed = Linter(config=config).parse_string(sql)
    assert [violation.desc() for violation in parsed.violations] == []
