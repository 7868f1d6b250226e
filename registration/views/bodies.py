"""What comes in with a request: forms made of text, nothing else."""

from functools import cached_property
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict


class TextRequest(Request):
    """A request without JSON and files: forms would take both for what somebody typed."""

    is_json = False

    @cached_property
    def files(self) -> ImmutableMultiDict[str, Any]:
        return ImmutableMultiDict()


def register(app: Flask) -> None:
    app.request_class = TextRequest
