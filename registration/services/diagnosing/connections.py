"""Whether mail server and bounce mailbox let us in. Nothing is sent, nothing is read."""

from registration.mail.transport import RelayUnusable, Transport
from registration.services.diagnosing.findings import (
    Check,
    Finding,
    Surroundings,
    Words,
    fine,
    warning,
    wrong,
)
from registration.vocabulary import RelayPause

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


def mail_server(around: Surroundings) -> Finding:
    """Connect, encrypt, sign in, and say good-bye."""
    config = around.config
    name = f"{config['MAIL_SERVER']}:{config['MAIL_PORT']}"
    transport = Transport(config)
    try:
        transport.ready()
        transport.close()
    except RelayUnusable as trouble:
        return wrong(
            Words(trouble.reason, trouble.reason), _ADVICE[trouble.pause is RelayPause.CONFIGURATION]
        )
    encrypted = config["MAIL_USE_TLS"] or config["MAIL_USE_SSL"]
    if not encrypted and config["MAIL_SERVER"] not in LOCAL_HOSTS:
        return warning(
            Words(f"{name} answers, but unencrypted", f"{name} antwortet, aber unverschlüsselt"),
            Words("Set MAIL_USE_TLS or MAIL_USE_SSL.", "Setzen Sie MAIL_USE_TLS oder MAIL_USE_SSL."),
        )
    how_en = "encrypted" if encrypted else "on this machine, not encrypted"
    how_de = "verschlüsselt" if encrypted else "auf diesem Rechner, nicht verschlüsselt"
    if config["MAIL_USERNAME"]:
        how_en, how_de = f"{how_en}, signed in", f"{how_de}, angemeldet"
    return fine(f"{name}: {how_en}", f"{name}: {how_de}")


_ADVICE = {
    True: Words(
        "Mend MAIL_SERVER, MAIL_PORT, the account or the certificate; then restart the worker.",
        "Berichtigen Sie MAIL_SERVER, MAIL_PORT, Konto oder Zertifikat. "
        "Starten Sie dann den Dienst „worker“ neu.",
    ),
    False: Words(
        "Ask IT whether the server runs and can be reached from here. Mails wait, none is lost.",
        "Fragen Sie die IT, ob der Server läuft und von hier erreichbar ist. "
        "E-Mails warten, keine geht verloren.",
    ),
}


def bounce_mailbox(around: Surroundings) -> Finding | None:
    if not around.config["BOUNCE_IMAP_SERVER"]:
        return None
    from registration.mail import bounce_mailbox as mailbox  # noqa: PLC0415 - heavy, and seldom wanted

    try:
        with mailbox.bounce_mailbox(around.config) as box:
            new = len(box.unread())
    except mailbox.MailboxUnusable as trouble:
        return wrong(
            Words(str(trouble), str(trouble)),
            Words(
                "Check the BOUNCE_IMAP_… settings. Mails leave all the same.",
                "Prüfen Sie die Einstellungen BOUNCE_IMAP_…. E-Mails gehen trotzdem hinaus.",
            ),
        )
    return fine(f"signed in, {new} new", f"angemeldet, {new} neue")


CHECKS = (
    Check("mail_server", Words("Mail server", "Mailserver"), mail_server, uses_network=True, seconds=30),
    Check(
        "bounce_mailbox",
        Words("Bounce mailbox", "Postfach für Rückläufer"),
        bounce_mailbox,
        uses_network=True,
        seconds=30,
    ),
)
