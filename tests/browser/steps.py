"""What people do on the pages and read in their mails, one function per step of the story."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage

from playwright.sync_api import Browser, Page

from tests.servers.ports import wait_until
from tests.servers.smtp import Received, SmtpSink

GERMAN = {"locale": "de-DE", "timezone_id": "Europe/Berlin", "viewport": {"width": 1280, "height": 900}}
_LINK = re.compile(r"https?://\S+/(?:confirm|my-registration)/[\w-]+")


@contextmanager
def new_page(browser: Browser, **options: object) -> Iterator[Page]:
    """A page of a new browser that knows no cookies; closed at the end."""
    context = browser.new_context(**(GERMAN | options))
    context.set_default_timeout(20_000)
    try:
        yield context.new_page()
    finally:
        context.close()


@dataclass
class Guest:
    """Somebody with a name, a mailbox and a browser of her own."""

    page: Page
    site: str
    mailbox: SmtpSink
    given_name: str
    family_name: str
    organisation: str

    @property
    def email(self) -> str:
        return f"{self.given_name}.{self.family_name}@example.org".lower()

    @property
    def mails(self) -> list[Received]:
        return self.mailbox.to(self.email)

    def opens(self, path: str) -> str:
        self.page.goto(self.site + path)
        return words(self.page)

    def registers(self, slug: str) -> str:
        """From the list of workshops to the page that says what comes next."""
        self.opens("/")
        self.page.locator(f"a[href$='/workshops/{slug}']").click()
        self.page.locator(f"a[href$='/workshops/{slug}/register']").click()
        fill_in(self.page, self.given_name, self.family_name, self.email, self.organisation)
        self.page.locator("#send").click()
        self.page.wait_for_url("**/registered")
        return words(self.page)

    def gets_mail(self, subject: str) -> Received:
        """Wait for the mail whose subject begins so."""
        wait_until(lambda: self.mails_about(subject))
        return self.mails_about(subject)[-1]

    def mails_about(self, subject: str) -> list[Received]:
        return [mail for mail in self.mails if mail.subject.startswith(subject)]

    def confirms_address(self) -> str:
        """Open the link of the mail, which changes nothing yet, and press its button."""
        mail = self.gets_mail("Bitte bestätigen")
        self.page.goto(link_in(mail, "confirm"))
        self.page.get_by_role("button", name="Ja, E-Mail-Adresse bestätigen").click()
        self.page.wait_for_url("**/my-registration/*")
        return words(self.page)

    def signs_up(self, slug: str) -> str:
        self.registers(slug)
        return self.confirms_address()

    def looks_at_registration(self) -> str:
        """The page that the newest mail leads to."""
        mail = [mail for mail in self.mails if "/my-registration/" in mail.text][-1]
        self.page.goto(link_in(mail, "my-registration"))
        return words(self.page)

    def withdraws(self) -> str:
        self.looks_at_registration()
        self.page.get_by_label("Ja, ich sage meine Teilnahme ab").check()
        self.page.get_by_role("button", name="Abmelden").click()
        self.page.get_by_role("heading", level=1, name="abgemeldet").wait_for()
        return words(self.page)


def fill_in(page: Page, given_name: str, family_name: str, email: str, organisation: str) -> None:
    page.get_by_label("Vorname").fill(given_name)
    page.get_by_label("Nachname").fill(family_name)
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Kommune oder Organisation").fill(organisation)


def sign_in(page: Page, site: str, email: str, password: str) -> None:
    page.goto(f"{site}/organiser")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.get_by_role("heading", level=1, name="Heute").wait_for()


def approves(page: Page, family_name: str) -> str:
    """From what waits today to the button in the person's row."""
    page.get_by_role("link", name="Prüfen", exact=True).click()
    page.get_by_role("row", name=family_name).get_by_role("button", name="Zusagen").click()
    page.wait_for_url("**/registrations*")
    return words(page)


def words(page: Page) -> str:
    """What stands on the page, in one line."""
    return " ".join(page.locator("body").inner_text().replace("\u00a0", " ").split())


def link_in(mail: Received, kind: str) -> str:
    found = [link for link in _LINK.findall(mail.text) if f"/{kind}/" in link]
    assert found, f"no link to /{kind}/ in:\n{mail.text}"
    return found[0]


def attached_calendar(mail: Received) -> str:
    """The calendar file of a mail with its folded lines joined; empty when there is none."""
    files = [part for part in mail.message.walk() if part.get_content_type() == "text/calendar"]
    return unfolded(str(files[0].get_content())) if files else ""


def everything_in(mail: Received) -> str:
    """Subject and all parts, decoded."""
    parts = [
        part for part in mail.message.walk() if isinstance(part, EmailMessage) and not part.is_multipart()
    ]
    return "\n".join([mail.subject, *(unfolded(_content(part)) for part in parts)])


def unfolded(calendar: str) -> str:
    return re.sub(r"\r?\n[ \t]", "", calendar)


def _content(part: EmailMessage) -> str:
    content = part.get_content()
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
