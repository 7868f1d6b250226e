"""Templates compiled once per process, not once per test: most of a page test was spent on it."""

from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """Keeps the code of each template for as long as its source stays the same."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Mails and pages compile the same file by different rules for blanks."""
        rules = f"trim={environment.trim_blocks} lstrip={environment.lstrip_blocks}"
        return super().get_bucket(environment, f"{rules} {name}", filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self.kept[bucket.key, bucket.checksum] = bucket.code
