"""The pages: one blueprint per file."""

from flask import Flask

from registration.views import (
    api,
    bodies,
    certificates,
    compression,
    confirmations,
    consents,
    corrections,
    embed,
    errors,
    feeds,
    headers,
    health,
    indentation,
    joining,
    mailbox,
    metrics,
    my_registration,
    new_addresses,
    new_links,
    organisation_search,
    organiser,
    outlook,
    own_data,
    pages,
    registrations,
    robots,
    seat_offers,
    sign_in,
    static_files,
    styleguide,
    substitutes,
    words,
    workshops,
)
from registration.views.brand import brand

# behind a person's own link
_OWN_PAGES = (
    my_registration,
    substitutes,
    corrections,
    new_addresses,
    own_data,
    consents,
    seat_offers,
    joining,
    certificates,
)


def register(app: Flask) -> None:
    """Attach all pages. Raises BrandRefusedError."""
    compression.register(app)
    bodies.register(app)
    headers.register(app)
    static_files.register(app, brand(app.config))
    indentation.register(app)
    words.register(app)
    errors.register(app)
    for page in (feeds, api, embed, robots):  # for programs and other sites
        app.register_blueprint(page.blueprint)
    for page in (workshops, registrations, outlook, organisation_search, confirmations, new_links, pages):
        app.register_blueprint(page.blueprint)
    for page in _OWN_PAGES:
        app.register_blueprint(page.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(metrics.blueprint)
    sign_in.register(app)
    app.register_blueprint(organiser.blueprint)
    if app.config["MAILBOX_DIR"] and app.config["APP_ENV"] != "production":
        app.register_blueprint(mailbox.blueprint)
    if app.config["APP_ENV"] != "production":
        app.register_blueprint(styleguide.blueprint)
