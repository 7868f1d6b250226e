"""Headers of every answer, also of errors (L-50, L-51)."""

from flask import Flask, Response, current_app, g, request

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PRIVATE_PATHS = (
    "/confirm",
    "/my-registration",
    "/join",
    "/new-address",
    "/organiser",
    "/sign-in",
    "/mailbox",
    "/new-link",
)
ONE_YEAR_SECONDS = 31_536_000


def register(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if current_app.config["PREFERRED_URL_SCHEME"] == "https":
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}; includeSubDomains"
    if request.path.startswith(PRIVATE_PATHS):
        headers["Cache-Control"] = "no-store"
        headers["X-Robots-Tag"] = "noindex"
    elif request.method == "POST" or has_made_a_token():
        headers.setdefault("Cache-Control", "private, no-store")
    return response


def has_made_a_token() -> bool:
    """Whether the answer holds the token of a form; Flask-WTF keeps it in `g` meanwhile."""
    return current_app.config["WTF_CSRF_FIELD_NAME"] in g
