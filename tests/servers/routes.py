"""Routes compiled once per process, not once per test: most of building an application was spent on it."""

from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class CompiledRule(Rule):
    """Keeps the function that builds an address for as long as the rule reads the same."""

    kept: ClassVar[dict[tuple[Any, ...], Builder]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        if self.defaults:  # their converters belong to one application
            return super()._compile_builder(append_unknown)
        key = (self.rule, append_unknown, *self._trace)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]
