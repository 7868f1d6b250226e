"""What all measures of one database share: its installation, the effort, and the web when it is needed."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

from benchmarks.installation import Installation
from benchmarks.rows import Effort
from benchmarks.servers import Process, web


@dataclass
class Bench:
    """One database under measure; whatever was started ends with `stack`."""

    database: str
    installation: Installation
    effort: Effort
    stack: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def web(self) -> Process:
        """The product under gunicorn, started when it is first needed."""
        one = self.installation
        return self.stack.enter_context(web("wsgi:app", one.port, one.environment, one.folder / "web.log"))
