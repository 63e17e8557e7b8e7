"""feedlift's macros as functions: rendered as dbt renders them for DuckDB, but in this process and in milliseconds."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import jinja2
import yaml

MACROS = Path(__file__).resolve().parents[2] / "macros"
DEFINITION = re.compile(r"({%-?\s*macro )(\w+)")


class CompilerError(Exception):
    """What a macro raises by `exceptions.raise_compiler_error`."""


class ReturnedError(Exception):
    """How `return` leaves a macro, as in dbt."""


class Macros:
    """The package's macros by their names, under the default settings but for the variables that are given."""

    def __init__(self, variables: dict[str, Any] | None = None, profile: str = "feedlift") -> None:
        """Find out which file holds which macro."""
        variables = variables or {}
        self._environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
        self._environment.globals |= {
            "feedlift": self,
            "return": _leave,
            "fromyaml": yaml.safe_load,
            "var": variables.get,
            "target": SimpleNamespace(profile_name=profile),
            "adapter": SimpleNamespace(dispatch=self._dispatch),
            "exceptions": SimpleNamespace(raise_compiler_error=_fail),
            "modules": SimpleNamespace(re=re),
        }
        texts = [path.read_text(encoding="utf-8") for path in MACROS.rglob("*.sql")]
        self._texts = {name: text for text in texts for _, name in DEFINITION.findall(text)}
        self._modules: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The macro of a name."""
        text = self._texts[name]
        if text not in self._modules:
            # Jinja keeps names that begin with an underscore to their template; dbt renames macros for that, too.
            self._modules[text] = self._environment.from_string(DEFINITION.sub(r"\1dbt_macro__\2", text)).module
        macro = getattr(self._modules[text], f"dbt_macro__{name}")

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return macro(*arguments, **named)
            except ReturnedError as returned:
                return returned.args[0]

        return call

    def _dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        return getattr(self, f"duckdb__{name}" if f"duckdb__{name}" in self._texts else f"default__{name}")


def _leave(value: Any = None) -> NoReturn:
    raise ReturnedError(value)


def _fail(message: str) -> NoReturn:
    raise CompilerError(message)
