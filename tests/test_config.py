"""Settings: what a public server must not start with, and the sentence that says what to do."""

import pytest

import config

SAFE = {
    "APP_ENV": "production",
    "SECRET_KEY": "k" * 32,
    "PUBLIC_URL": "https://anmeldung.example.org",
    "MAIL_SERVER": "mail.example.org",
    "MAIL_USE_TLS": True,
}


def test_a_safe_production_server_starts():
    assert config.load(SAFE)["SESSION_COOKIE_NAME"] == "__Host-session"


@pytest.mark.parametrize(
    ("unsafe", "advice"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY"),
        ({"SECRET_KEY": config.DEVELOPMENT_SECRET}, "Set SECRET_KEY"),
        ({"DEBUG": True}, "Remove FLASK_DEBUG"),
        ({"PUBLIC_URL": ""}, "Set PUBLIC_URL"),
        ({"PUBLIC_URL": "anmeldung.example.org"}, "Set PUBLIC_URL"),
        ({"MAIL_USE_TLS": False}, "Set MAIL_USE_TLS"),
        ({"MAILBOX_DIR": "mailbox"}, "Remove MAILBOX_DIR"),
    ],
)
def test_an_unsafe_production_server_does_not_start_and_says_what_to_do(unsafe, advice):
    with pytest.raises(config.ConfigurationError, match=advice):
        config.load(SAFE | unsafe)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_CONNECTIONS", 0),
        ("MAIL_CONNECTIONS", 5),
        ("MAIL_PER_MINUTE", -1),
        ("MAIL_UNCERTAIN", "maybe"),
        ("MAIL_UNCERTAIN", "resend,digest=never"),
        ("MAIL_QUIET_FROM", ""),
        ("MAIL_QUIET_UNTIL", "7 Uhr"),
        ("LOG_FORMAT", "xml"),
        *(
            ("EMBED_HOSTS", [one])
            for one in ("", "*", "'self'", "https://", "a b", "https://a; script-src *")
        ),
    ],
)
def test_a_senseless_setting_is_refused_with_its_name(name, value):
    with pytest.raises(config.ConfigurationError, match=name):
        config.load({name: value})


@pytest.mark.parametrize(
    "policy", ["resend", "hold", "resend,digest=hold", "hold, test=resend,digest=resend"]
)
def test_a_policy_may_have_exceptions_by_kind(policy):
    assert config.load({"MAIL_UNCERTAIN": policy})


def test_quiet_hours_can_be_switched_off():
    assert config.load({"MAIL_QUIET_FROM": "", "MAIL_QUIET_UNTIL": ""})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_mail_server_on_the_same_machine_needs_no_encryption(host):
    assert config.load(SAFE | {"MAIL_SERVER": host, "MAIL_USE_TLS": False})


def test_a_laptop_starts_without_any_setting():
    assert config.load()["PUBLIC_URL"].startswith("http://localhost")


def test_secrets_can_stand_in_files(tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.write_text("from-a-file-" * 4 + "\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))
    assert config.load()["SECRET_KEY"] == "from-a-file-" * 4


@pytest.mark.parametrize("url", ["postgresql://host/name", "postgres://host/name"])
def test_postgresql_is_reached_by_our_driver_whatever_sqlalchemy_prefers(url):
    assert config.load({"DATABASE_URL": url})["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://host/name"
