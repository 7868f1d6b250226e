"""All my data: to read and as JSON (Art. 15 GDPR), and asking for their erasure (Art. 17)."""

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from flask.json import dumps
from flask_babel import lazy_gettext as _l

from registration import clock, state_words
from registration.extensions import csrf
from registration.forms.erasure import ErasureForm
from registration.models import Registration
from registration.reason_words import placement_sentences, verdict_sentence
from registration.services.disclosing import as_json, everything_about
from registration.services.requesting_erasure import request_erasure
from registration.steps.answer_words import answer_words
from registration.views.link_guard import link_or_404
from registration.views.record_words import ACTIONS, LINKS, MAILS, who
from registration.vocabulary import LinkPurpose

blueprint = Blueprint("own_data", __name__, url_prefix="/my-registration/<token>")
LEFT_OUT = _l(
    "Nicht dabei sind: der Wortlaut der E-Mails an Sie und der Meldungen, wenn eine nicht ankam, "
    "Einzelheiten zu dem, was geschehen ist, und wer für wen als Vertretung kommt."
)


@blueprint.get("/all-data")
def show(token: str) -> str:
    registration = _own(token)
    return render_template(
        "own_data/show.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        everything=everything_about(registration),
        words={"mails": MAILS, "actions": ACTIONS, "who": who, "links": LINKS},
        left_out=LEFT_OUT,
        answer_words=answer_words,
        outbox_words=state_words.OUTBOX,
        placement_sentences=placement_sentences,
        verdict_sentence=verdict_sentence,
    )


@blueprint.get("/all-data.json")
def download(token: str) -> Response:
    registration = _own(token)
    everything = {
        "exported_at": clock.now(),
        "left_out": str(LEFT_OUT),
        "ask_for_it": registration.workshop.contact_email or current_app.config["HELP_EMAIL"],
        "registrations": everything_about(registration),
    }
    answer = Response(dumps(as_json(everything), indent=2, ensure_ascii=False), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{registration.reference}.json"'
    return answer


@blueprint.route("/erasure", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself and is shown again
def erasure(token: str) -> Any:
    registration = _own(token)
    if registration.erasure_requested_at is not None:
        return _erasure_page(registration, token, None)
    form = ErasureForm()
    if not form.is_submitted():
        return _erasure_page(registration, token, form)
    if not form.validate():
        return _erasure_page(registration, token, form), 422
    request_erasure(registration.id, now=clock.now())
    return redirect(url_for("own_data.erasure", token=token), 303)


def _erasure_page(registration: Registration, token: str, form: ErasureForm | None) -> str:
    return render_template(
        "own_data/erasure.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        form=form,
    )


def _own(token: str) -> Registration:
    return link_or_404(LinkPurpose.MANAGE, token).registration
