"""Signing in and out. Flask-Security keeps the current person; a row decides who is signed in."""

import re

from flask import Blueprint, Flask, Request, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import Security, SQLAlchemyUserDatastore, current_user, login_user, logout_user

from registration import clock
from registration.extensions import db
from registration.forms.organiser.sign_in import SignInForm
from registration.models import Organiser
from registration.models.organiser import GrantedRole
from registration.services import signing_in

SECRET = "sign_in"  # noqa: S105 - the name of the cookie's entry, not its value
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

blueprint = Blueprint("security", __name__)


def register(app: Flask) -> None:
    """Attach the pages, and Flask-Security without any page of its own."""
    security = Security(app, SQLAlchemyUserDatastore(db, Organiser, GrantedRole), register_blueprint=False)
    security.login_manager.user_loader(_signed_in)
    security.login_manager.request_loader(_nobody)
    app.register_blueprint(blueprint)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form, 400 if form.errors else 200)
    try:
        organiser, token = signing_in.sign_in(str(form.email.data), str(form.password.data), now=clock.now())
    except signing_in.SignInDelayed as delay:
        return _page(form, 429, str(delay.message), **{"Retry-After": str(delay.seconds)})
    except signing_in.SignInRefused as refusal:
        return _page(form, 400, str(refusal.message))
    session.clear()  # nothing of the time before stays: fixation safe
    login_user(organiser)
    session[SECRET] = token
    return redirect(local_path(request.args.get("next", "")) or url_for("organiser.today"), 303)


@blueprint.post("/sign-out")
def logout() -> ResponseReturnValue:
    if SECRET in session:
        signing_in.sign_out(session[SECRET])
    logout_user()
    session.clear()
    return redirect(url_for("security.login"), 303)


def local_path(target: str) -> str | None:
    """Return `target` when it is a path of this site and nothing else, None otherwise."""
    return target if _LOCAL_PATH.fullmatch(target) else None


def signed_in_organiser() -> Organiser | None:
    """Return the signed-in person of this request."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def _page(form: SignInForm, status: int, problem: str = "", **headers: str) -> ResponseReturnValue:
    return render_template("security/sign_in.html", form=form, problem=problem), status, headers


def _signed_in(uniquifier: str) -> Organiser | None:
    organiser = signing_in.signed_in(str(session.get(SECRET, "")), now=clock.now())
    return organiser if organiser is not None and organiser.fs_uniquifier == uniquifier else None


def _nobody(_request: Request) -> None:
    """No header and no parameter signs anybody in."""
