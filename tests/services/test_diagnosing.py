"""The examination finds what is wrong, says what to do, and is stopped by nothing."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from registration.extensions import db, one_transaction
from registration.jobs import JOBS
from registration.models import JobRun
from registration.services.diagnosing import Check, Finding, Health, Surroundings, diagnose, worst
from registration.services.diagnosing.database import heads
from registration.services.diagnosing.findings import Words, fine
from registration.steps.relay import pause, relay_row
from registration.vocabulary import OutboxState, RelayPause
from tests.factories import mails, make_workshop, save, submit
from tests.servers.dns import DnsServer
from tests.times import NOW

EVERY = {job.name: job.every for job in JOBS}


def around(app, **more) -> Surroundings:
    return Surroundings(app.config, lambda: NOW, EVERY, **more)


def look(app, *, with_network=False, **more) -> dict[str, Finding]:
    db.session.remove()
    results = diagnose(app, around(app, **more), with_network=with_network)
    return {one.name: one.finding for one in results}


def all_jobs_have_run() -> None:
    for name in EVERY:
        save(JobRun(name=name, succeeded_at=NOW))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_new_installation_lacks_only_a_worker_and_names(app_context):
    found = look(app_context)
    bad = {name for name, one in found.items() if one.health is not Health.OK}

    assert bad - {"translations", "style", "disk"} == {"agency", "worker"}
    assert found["worker"].health is Health.ERROR


def test_all_is_well_when_jobs_run(app_context):
    all_jobs_have_run()

    assert look(app_context)["worker"].what.en == f"{len(JOBS)} jobs run"


def test_each_late_job_is_named_with_its_error(app_context):
    all_jobs_have_run()
    with one_transaction():
        db.session.get_one(JobRun, "plan").succeeded_at = NOW - timedelta(hours=1)
        db.session.get_one(JobRun, "plan").error = "ValueError: no"

    assert look(app_context)["worker"].what.en == "Late: plan. ValueError: no"


def test_mails_that_wait_fail_or_are_paused_are_found(app_context):
    submit(make_workshop(), "ada", now=NOW - timedelta(hours=2))
    submit(make_workshop(slug="andere"), "ben")
    with one_transaction():
        mails()[1].state = OutboxState.FAILED
        pause(relay_row(), RelayPause.CONFIGURATION, "535 wrong password", now=NOW)
    found = look(app_context)

    assert (found["queue"].health, found["queue"].what.en) == (
        Health.ERROR,
        "1 waiting, the oldest due one for 120 min",
    )
    assert found["undelivered"].what.en == "1 failed, 0 held"
    assert found["pause"].health is Health.ERROR
    assert "535 wrong password" in found["pause"].what.de


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("check", "health", "settings"),
    [
        ("secret", Health.WARNING, {"SECRET_KEY": ""}),
        ("public_url", Health.WARNING, {"PUBLIC_URL": "http://anmeldung.example.org"}),
        ("public_url", Health.ERROR, {"PUBLIC_URL": "https://example.org/anmeldung"}),
        (
            "agency",
            Health.WARNING,
            {"MAIL_FROM_ADDRESS": "no-reply@example.net", "HELP_EMAIL": "a@example.net"},
        ),
        ("agency", Health.OK, {"MAIL_FROM_ADDRESS": "anmeldung@example.net", "HELP_EMAIL": "a@example.net"}),
        ("time_zones", Health.ERROR, {"TIME_ZONE": "Europe/Frankfurt"}),
        ("disk", Health.WARNING, {"DISK_FREE_ALERT_MB": 10**9}),
        ("test_mode", Health.WARNING, {"MAIL_TEST_ADDRESS": "test@example.net"}),
        ("alignment", Health.WARNING, {"MAIL_BOUNCE_ADDRESS": "bounce@example.net"}),
        ("alignment", Health.OK, {"MAIL_BOUNCE_ADDRESS": "bounce@mail.example.org"}),
    ],
)
def test_settings_are_judged(make_app, check, health, settings):
    app = make_app(**settings)
    with app.app_context():
        finding = look(app)[check]

    assert finding.health is health
    assert finding.to_do is None or (finding.to_do.en and finding.to_do.de)


def test_tables_of_another_time_are_found(app_context):
    with one_transaction():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'former'"))
    finding = look(app_context)["migrations"]

    assert finding.health is Health.ERROR
    assert "flask --app wsgi db upgrade" in finding.to_do.en


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_server_that_does_not_wait_for_the_disk_is_found(app_context):
    """That of the tests does not, to be quick."""
    assert "fsync=off" in look(app_context)["durability"].what.en


def test_the_newest_migration_is_read_from_the_files(app_context):
    assert len(heads()) == 1


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_clock_beside_that_of_the_database_is_found(app_context):
    """NOW is years away from the clock of the server."""
    assert look(app_context)["clock"].health is Health.ERROR


def test_a_clock_that_went_back_is_found(app_context):
    save(JobRun(name="deliver", succeeded_at=NOW + timedelta(hours=1)))

    assert "went back" in look(app_context)["clock"].what.en


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_database_that_is_gone_is_one_error_and_hides_nothing_else(make_app, databases):
    app = make_app(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    with app.app_context():
        found = look(app)

    assert found["database"].health is Health.ERROR
    assert found["queue"].health is Health.UNKNOWN
    assert found["public_url"].health is Health.OK


def test_a_check_that_hangs_or_fails_stops_no_other(app_context):
    release = threading.Event()
    checks = (
        Check("hangs", Words("", ""), lambda _: release.wait(30) and None, seconds=0.3),
        Check("fails", Words("", ""), lambda _: 1 / 0, uses_network=True),
        Check("works", Words("", ""), lambda _: fine("yes", "ja"), seconds=5),
    )
    results = diagnose(app_context, around(app_context), checks=checks)
    release.set()

    assert [(one.name, one.finding.health) for one in results] == [
        ("hangs", Health.UNKNOWN),
        ("fails", Health.UNKNOWN),
        ("works", Health.OK),
    ]
    assert worst(results) is Health.UNKNOWN


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_mail_server_is_asked_and_gets_no_mail(make_app, smtp_sink):
    app = make_app(**smtp_sink.settings)
    with app.app_context():
        assert (
            look(app, with_network=True, nameservers=["127.0.0.1"], dns_port=1)["mail_server"].health
            is Health.OK
        )
    assert smtp_sink.received == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_mail_server_that_is_gone_is_an_error_and_unreachable_dns_is_unknown(make_app):
    app = make_app(MAIL_PORT=1, BOUNCE_IMAP_SERVER="127.0.0.1", BOUNCE_IMAP_PORT=1)
    with app.app_context():
        found = look(app, with_network=True, nameservers=["127.0.0.1"], dns_port=1)

    assert found["mail_server"].health is Health.ERROR
    assert found["bounce_mailbox"].health is Health.ERROR
    assert [found[name].health for name in ("spf", "dmarc", "dkim")] == [Health.UNKNOWN] * 3


DOMAIN = {
    "MAIL_FROM_ADDRESS": "anmeldung@example.org",
    "MAIL_DKIM_SELECTOR": "s1",
    "MAIL_SERVER": "192.0.2.25",
}
GOOD_ZONE = {
    ("example.org", "TXT"): ["v=spf1 ip4:192.0.2.25 -all"],
    ("s1._domainkey.example.org", "TXT"): ["v=DKIM1; p=MIIB"],
    ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"],
}


@pytest.fixture
def sender(make_app, monkeypatch):
    """What is found about the sender of a zone."""
    from registration.services.diagnosing import sender as checks

    def ask(zone, **settings) -> dict[str, Finding]:
        server = DnsServer(zone)
        app = make_app(**(DOMAIN | settings))
        asked = Surroundings(app.config, lambda: NOW, {}, ["127.0.0.1"], server.port)
        results = diagnose(app, asked, checks=checks.CHECKS)
        server.stop()
        return {one.name: one.finding for one in results}

    return ask


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_domain_that_says_all_is_well(sender):
    assert {one.health for one in sender(GOOD_ZONE).values()} == {Health.OK}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_a_domain_lacks_is_shown_as_text_for_it(sender):
    found = sender({})

    assert found["spf"].text == 'example.org. TXT "v=spf1 ip4:192.0.2.25 -all"'
    assert found["dkim"].text.startswith("s1._domainkey.example.org. TXT")
    assert found["dmarc"].text.startswith('_dmarc.example.org. TXT "v=DMARC1; p=quarantine')
    assert {found[name].health for name in ("spf", "dkim", "dmarc")} == {Health.WARNING}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_weak_records_are_found(sender):
    found = sender(
        GOOD_ZONE
        | {
            ("example.org", "TXT"): ["v=spf1 ip4:198.51.100.9 -all"],
            ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=none"],
        }
    )

    assert (found["spf"].health, found["spf"].text) == (Health.WARNING, "ip4:192.0.2.25")
    assert found["dmarc"].health is Health.WARNING


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_relay_inside_the_house_is_not_looked_for_in_spf(sender):
    assert sender(GOOD_ZONE, MAIL_SERVER="10.0.0.4")["spf"].health is Health.OK


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_finding_is_said_in_both_languages(sender):
    for finding in sender({}).values():
        assert finding.what.en
        assert finding.what.de
        assert finding.to_do is None or finding.to_do.en != finding.to_do.de
