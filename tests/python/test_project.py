"""The project keeps its own rules: everything is described, layers are obeyed, marts are contracted, pins are locked.

A rule is proved by listing what breaks it, so that a failure names every culprit at once.
"""

import re
import subprocess

import jinja2
import jsonschema
import pytest
import yaml
from dbt.jsonschemas.jsonschemas import project_schema, resources_schema
from jinja_macros import Macros

# Which layers a model of each layer may read. Seeds and sources are the ground under base.
READABLE_LAYERS = {
    "base": {"ground", "base"},
    "staging": {"base", "staging"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"intermediate", "marts"},
    "calibration": {"intermediate", "calibration"},
}

MODEL_NAMES = {
    "base": r"base_[a-z]+__[a-z_]+",
    "staging": r"stg_[a-z]+__[a-z_]+",
    "intermediate": r"int_[a-z]+(_[a-z]+)*__[a-z_]+",
    # Marts are plain nouns: no layer in the name.
    "marts": r"(?!base_|stg_|int_|fct_|dim_)[a-z]+(_[a-z]+)*",
    "calibration": r"(?!base_|stg_|int_|fct_|dim_)[a-z]+(_[a-z]+)*",
}

# The suffix vocabulary, as the types it allows in an enforced contract.
INTEGER_TYPES = {"integer", "bigint", "hugeint"}
COLUMN_TYPES = {
    r".*_id": {"varchar"},
    r".*_at": {"timestamp"},
    r".*_(date|day)": {"date"},
    r".*_(ms|count)": INTEGER_TYPES,
    r".*_(rate|share|fraction|se|lower|upper)|p_value": {"double"},
    r"(is|has)_.*": {"boolean"},
}

# Machine paths and registry hosts have no place in a repository that others clone.
FORBIDDEN_TEXT = re.compile(
    r"(?<![\w.~)}>])/(?:root|work|tmp|home/\w+|Users/\w+)(?![\w-])"
    r"|\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|hub\.getdbt\.com)\b"
)


@pytest.fixture(scope="module")
def manifest(run_dbt, tmp_path_factory, calibration):
    """The project as dbt parses it, with what is built on demand only."""
    return run_dbt(
        "parse",
        database=tmp_path_factory.mktemp("parse") / "feedlift.duckdb",
        vars={"calibration": calibration},
    ).manifest


@pytest.fixture(scope="module")
def models(manifest):
    """The project's models."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert models
    return models


@pytest.fixture(scope="module")
def marts(models):
    """The models in the marts layer."""
    marts = [model for model in models if layer(model) == "marts"]
    assert marts
    return marts


@pytest.fixture(scope="module")
def macros(manifest):
    """The macros that others may call: neither private nor the adapter's variant of a dispatched macro."""
    macros = [
        macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "feedlift" and not re.match(r"_|[a-z]+__", macro["name"])
    ]
    assert macros
    return macros


@pytest.fixture(scope="module")
def tracked_files(project_root):
    """The files under version control."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=project_root, capture_output=True, text=True, check=True)
    return [file for name in listing.stdout.split("\0") if name and (file := project_root / name).is_file()]


def without_jinja(properties):
    """Parsed YAML in which a configuration that Jinja decides is the boolean it becomes."""
    if isinstance(properties, dict):
        return {
            key: True if key.lstrip("+") == "enabled" and "{{" in str(value) else without_jinja(value)
            for key, value in properties.items()
        }
    return [without_jinja(value) for value in properties] if isinstance(properties, list) else properties


def layer(node):
    """The layer of a node: the folder of a model, `ground` for a seed or source."""
    return node["fqn"][1] if node["resource_type"] == "model" else "ground"


def signature(macro):
    """The names of a macro's arguments, as its definition has them."""
    source = re.sub(r"\A.*?{%-?\s*(macro|test)\s", "{% macro ", macro["macro_sql"], count=1, flags=re.DOTALL)
    source = source[: source.index("%}")].rstrip("-") + "%}{% endmacro %}"
    return [argument.name for argument in next(jinja2.Environment().parse(source).find_all(jinja2.nodes.Macro)).args]


def pins(lock):
    """The requirements of a lock, each with its version, its marker and the rest of its lines."""
    entries = re.findall(r"^([\w.-]+==[^\\\n]+)\\\n((?:    .*\n?)*)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {requirement.strip(): lines for requirement, lines in entries}


def test_yaml_holds_only_what_dbt_knows(tracked_files, project_root):
    # dbt brings these schemas but applies them on a few cloud warehouses only: on DuckDB a misspelt key is silence.
    resources = jsonschema.Draft7Validator(resources_schema())
    validators = {project_root / "dbt_project.yml": jsonschema.Draft7Validator(project_schema())} | {
        file: resources
        for file in tracked_files
        if file.suffix in {".yml", ".yaml"}
        and file.relative_to(project_root).parts[0] in {"models", "macros", "seeds", "snapshots", "tests", "analyses"}
    }
    assert len(validators) > 1
    errors = [
        f"{file.relative_to(project_root)}: {error.json_path}: {jsonschema.exceptions.best_match([error]).message}"
        for file, validator in validators.items()
        for error in validator.iter_errors(without_jinja(yaml.safe_load(file.read_text(encoding="utf-8"))))
    ]
    assert errors == []


def test_every_model_is_described(models):
    assert [model["name"] for model in models if not model["description"].strip()] == []


def test_every_column_is_described(models):
    undescribed = [
        f"{model['name']}.{name}"
        for model in models
        for name, column in model["columns"].items()
        if not column["description"].strip()
    ]
    assert undescribed == []


def test_every_seed_and_its_columns_are_described(manifest):
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    assert seeds
    undescribed = [
        f"{seed['name']}.{name}"
        for seed in seeds
        for name, described in {"": seed, **seed["columns"]}.items()
        if not described["description"].strip()
    ]
    assert undescribed == []


def test_described_columns_are_the_columns_that_are_built(models, demo_database, query):
    built = query(
        "select table_schema || '.' || table_name as relation, list(column_name) as columns"
        " from information_schema.columns group by all",
        demo_database,
    )
    columns_by_relation = {relation: set(columns) for relation, columns in built.itertuples(index=False)}
    differences = {}
    for model in models:
        built_columns = columns_by_relation.get(f"{model['schema']}.{model['alias']}")
        if not built_columns or not model["columns"]:
            continue
        unbuilt, undescribed = set(model["columns"]) - built_columns, built_columns - set(model["columns"])
        # One column per configured measure cannot be described one by one: a project's configuration adds to them.
        if unbuilt or (undescribed and not model["config"]["meta"].get("has_configured_columns")):
            differences[model["name"]] = sorted(unbuilt | undescribed)
    assert differences == {}


def test_every_macro_is_described(macros):
    assert [macro["name"] for macro in macros if not macro["description"].strip()] == []


def test_every_macro_argument_is_described(macros):
    differences = {}
    for macro in macros:
        described = [argument["name"] for argument in macro["arguments"] if argument["description"].strip()]
        if described != signature(macro):
            differences[macro["name"]] = {"described": described, "signature": signature(macro)}
    assert differences == {}


def test_every_mart_has_an_enforced_contract(marts):
    assert [mart["name"] for mart in marts if not mart["config"]["contract"]["enforced"]] == []


def test_every_mart_of_experiments_says_whether_its_rows_are_valid(marts):
    # That mart is what validity is made of.
    of_experiments = [
        mart for mart in marts if "experiment_id" in mart["columns"] and mart["name"] != "experiment_health"
    ]
    silent = [mart["name"] for mart in of_experiments if not {"is_valid", "invalid_reason"} <= mart["columns"].keys()]
    assert len(of_experiments) > len(silent) == 0


def test_suffixes_of_mart_columns_fix_their_type(marts):
    wrong = [
        f"{mart['name']}.{name} is {column['data_type']}"
        for mart in marts
        for name, column in mart["columns"].items()
        for pattern, types in COLUMN_TYPES.items()
        if re.fullmatch(pattern, name) and (column["data_type"] or "").lower() not in types
    ]
    assert wrong == []


def test_models_are_named_after_their_layer(models):
    misnamed = [model["name"] for model in models if not re.fullmatch(MODEL_NAMES[layer(model)], model["name"])]
    assert misnamed == []


def test_models_read_only_the_layer_below_or_their_own(models, manifest):
    nodes = manifest["nodes"] | manifest["sources"]
    skips = [
        f"{model['name']} reads {nodes[parent]['name']}"
        for model in models
        for parent in model["depends_on"]["nodes"]
        if layer(nodes[parent]) not in READABLE_LAYERS[layer(model)]
    ]
    assert skips == []


def test_one_view_reads_each_raw_table(models, manifest):
    nodes = manifest["nodes"] | manifest["sources"]
    readings = {
        (nodes[parent]["name"], model["name"])
        for model in models
        # Lists the columns that a raw table has, and reads none of its rows.
        if model["name"] != "base_feed__columns"
        for parent in model["depends_on"]["nodes"]
        if nodes[parent]["name"].startswith("raw_")
    }
    assert readings
    assert readings == {(table, table.replace("raw_", "base_feed__", 1)) for table, _ in readings}


# Names in the documentation that are not this project's.
FOREIGN_NAMES = {
    *("any_value", "covar_samp", "first_value", "min_by", "row_number", "var_samp"),  # SQL functions
    *("demo_database", "run_dbt"),  # fixtures of conftest.py
    "main_marts",  # a schema of an example project
    "q39_memo",  # a file that a person fills in
    "require_ref_searches_node_package_before_root",  # a flag of dbt
}


def names_in_code(text):
    """The names that a text of SQL, Python or YAML gives: quoted values, keys, aliases and what is assigned to."""
    code = re.sub(r"{#.*?#}|--[^\n]*", "", text, flags=re.DOTALL)
    return {
        *re.findall(r"(['\"])(\w+)\1", code),
        *re.findall(r"()\b(\w+)'?(?:: | = )", code),
        *re.findall(r"()\bas (\w+)", code),
    }


def test_documentation_names_only_what_there_is(manifest, tracked_files, project_root):
    """Every name with an underscore in back-quotes is one of the project's: renaming a column renames it in the texts.

    Back-quotes with a placeholder (`<table>`, `*`) and blocks of code are passed over.
    """
    own = [
        node
        for kind in ("nodes", "sources", "macros", "docs")
        for node in manifest[kind].values()
        if node["package_name"] == "feedlift"
    ]
    known = FOREIGN_NAMES | {node["name"] for node in own}
    known |= {column for node in own for column in node.get("columns") or {}}
    known |= {argument["name"] for node in own for argument in node.get("arguments") or []}
    texts = {}
    for file in tracked_files:
        path = file.relative_to(project_root)
        known |= {*path.parts, file.stem}
        if file.suffix == ".md":
            texts[path] = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        elif path.parts[0] == "simulator" or (
            (path.parts[0] in {"macros", "models"} and file.suffix == ".sql")
            or (path.parts[0] == "practice" and file.suffix == ".py")
        ):
            known |= {name for _, name in names_in_code(file.read_text(encoding="utf-8"))}
        elif path.parts[:2] == ("seeds", "experiments") and file.suffix == ".csv":
            known |= set(re.findall(r"\w+", file.read_text(encoding="utf-8")))
    found = {
        (str(path), name)
        for path, text in texts.items()
        for span in re.findall(r"`([^`\n<*]+)`", text)
        for name in re.findall(r"(?<![\w{])[a-z][a-z0-9]*(?:__?[a-z0-9]+)+(?!\w)", span)
    }
    assert len(found) > 100
    assert sorted((path, name) for path, name in found if name not in known) == []
    assert [name for name in FOREIGN_NAMES if name not in {name for _, name in found}] == []


def test_no_file_names_a_machine_path_or_a_registry_host(tracked_files, project_root):
    found = []
    for file in tracked_files:
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if match := FORBIDDEN_TEXT.search(line):
                found.append(f"{file.relative_to(project_root)}:{number}: {match[0]}")
    assert found == []


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_locked_requirement_carries_hashes_and_no_index(project_root, name):
    lock = project_root / "requirements" / f"{name}.txt"
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    assert [line for line in lines if re.match(r"-|.*://", line)] == []
    locked = pins(lock)
    assert len(locked) == sum(not line.startswith(" ") for line in lines)
    assert [requirement for requirement, hashes in locked.items() if "--hash=sha256:" not in hashes] == []


def test_both_locks_agree(project_root):
    run, dev = (pins(project_root / "requirements" / f"{name}.txt") for name in ("run", "dev"))
    versions = {requirement.split(" ;")[0].strip() for requirement in dev}
    assert [requirement for requirement in run if requirement.split(" ;")[0].strip() not in versions] == []


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_requirement_is_locked_at_its_pin(project_root, name):
    requirements = project_root / "requirements"
    wanted = re.findall(r"^([a-z].*)$", (requirements / f"{name}.in").read_text(encoding="utf-8"), re.MULTILINE)
    assert wanted
    locked = [requirement.split(" ;")[0].strip() for requirement in pins(requirements / f"{name}.txt")]
    assert [pin for pin in wanted if not any(re.fullmatch(re.escape(pin) + r"(==.*)?", lock) for lock in locked)] == []


# sqlfluff compiles dbt nodes, which macros, generic tests and the simulator's SQL are not; what it cannot see is held
# to the same layout. The simulator runs on DuckDB alone and may use its casts.
SQL_BREACHES = {
    "upper-case keyword": r"[^'{#]*\b(SELECT|FROM|WHERE|JOIN|CASE|WHEN|THEN|ELSE|END|NULL|CAST|OVER|GROUP|ORDER)\b",
    "cast written as ::": r"[^#]*\w::\w",
}
LAYOUT_BREACHES = {
    "more than 120 characters": r".{121,}",
    "tab": r".*\t",
    "trailing space": r".*\s$",
}


def breaches(file, patterns):
    """The lines of a file that match a pattern, each with the name of the breach."""
    return [
        f"{file}:{number}: {breach}"
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1)
        for breach, pattern in patterns.items()
        if re.match(pattern, line) and not (breach == "cast written as ::" and "simulator" in file.parts)
    ]


def test_sql_that_is_no_dbt_node_follows_the_layout(tracked_files, project_root):
    files = [
        file
        for file in tracked_files
        if file.suffix == ".sql" and file.relative_to(project_root).parts[0] in {"macros", "tests", "simulator"}
    ]
    assert files
    assert [line for file in files for line in breaches(file, LAYOUT_BREACHES | SQL_BREACHES)] == []


def test_yaml_follows_the_layout(tracked_files):
    files = [file for file in tracked_files if file.suffix in {".yml", ".yaml"}]
    assert files
    assert [line for file in files for line in breaches(file, LAYOUT_BREACHES)] == []


def test_what_the_demo_plants_is_asserted_in_the_demo_only(manifest, project_root):
    planted = {path.stem for path in (project_root / "tests" / "singular" / "demo").glob("*.sql")}
    tests = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    assert planted <= set(tests)
    assert [name for name in planted if "enabled=feedlift.is_demo()" not in tests[name]["raw_code"]] == []


def test_the_demo_is_one_under_its_own_definitions_only():
    settings = Macros().default_settings()
    assert Macros().is_demo()
    assert Macros({"calibration": {"experiment_id": "aa_test"}}).is_demo()
    assert not Macros(profile="warehouse").is_demo()
    others = {name: 7 if default != 7 else 8 for name, default in settings.items() if name != "calibration"}
    others |= {"measures": {"saves": None}, "metrics": {"pins": {}}, "segments": {"age": {}}, "dimensions": {"ads": {}}}
    others |= {"viewability_thresholds": {"search": {}}}
    assert [name for name, other in others.items() if Macros({name: other}).is_demo()] == []
    assert [name for name, other in others.items() if Macros({"feedlift": {name: other}}).is_demo()] == []
