"""The registration app. `create_app()` is the table of contents of the program."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config as settings
from registration import logs  # first: it loads structlog without what that would bring along

# isort: split
from registration import cli, clock, models, views  # noqa: F401 - models: the migrations compare all tables
from registration.engines import configure, engine_options
from registration.extensions import (
    babel,
    csrf,
    db,
    mail_settings,
    migrate,
)
from registration.rules.addresses import AddressRefused, parse_address
from registration.steps.ballast import give_up_when_full
from registration.views.brand import BrandRefusedError
from registration.views.languages import LanguagePrefix, reader_language
from registration.vocabulary import MailKind


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from the environment; `config` overrides single settings, for tests."""
    app = Flask(__name__, template_folder=str(settings.ROOT / "templates"), static_folder=None)
    app.config.from_mapping(settings.load(config))
    _refuse_unknown_kinds(app.config["MAIL_UNCERTAIN"])
    _refuse_wrong_addresses(app.config)
    logs.configure(app.config)
    Path(app.config["INSTANCE_DIR"]).mkdir(parents=True, exist_ok=True)
    app.config["STARTED_AT"] = clock.now()
    _connect_database(app)
    mail_settings.init_app(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=reader_language)
    _register_pages(app)
    cli.register(app)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way to wrap
    if hops := app.config["TRUSTED_PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign] # the same
    return app


def _refuse_unknown_kinds(policy: str) -> None:
    """With a typo a mail would leave again that the operator wants held. `config` knows no kinds."""
    unknown = set(re.findall(r"([a-z_]+)=", policy)) - set(MailKind)
    if unknown:
        raise settings.ConfigurationError(
            f"MAIL_UNCERTAIN: there is no mail of the kind {', '.join(sorted(unknown))}. "
            f"The kinds are {', '.join(MailKind)}."
        )


def _refuse_wrong_addresses(config: Mapping[str, Any]) -> None:
    """With a sender that is none every mail would fail, one by one, and none of them would be to blame."""
    for name in ("MAIL_FROM_ADDRESS", "MAIL_BOUNCE_ADDRESS", "MAIL_TEST_ADDRESS"):
        try:
            if config[name] or name == "MAIL_FROM_ADDRESS":
                parse_address(config[name])
        except AddressRefused as refused:
            raise settings.ConfigurationError(
                f"Set {name} to a mail address such as anmeldung@example.org: {config[name]!r} is none."
            ) from refused


def _register_pages(app: Flask) -> None:
    try:
        views.register(app)
    except BrandRefusedError as refused:
        raise settings.ConfigurationError(str(refused)) from refused


def _connect_database(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    pool_size = app.config["DATABASE_POOL_SIZE"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, pool_size=pool_size)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(settings.ROOT / "migrations"))
    with app.app_context():
        configure(db.engine)
        give_up_when_full(db.engine)
