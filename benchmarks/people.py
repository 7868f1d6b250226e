"""People who register over HTTP, as a browser does it."""

import re
from dataclasses import dataclass, field
from uuid import uuid4

from benchmarks.installation import SLUG
from benchmarks.load import Client

PAGE, REGISTER = f"/workshops/{SLUG}", f"/workshops/{SLUG}/register"
_HIDDEN = re.compile(r'<input[^>]*name="(csrf_token|form_key)"[^>]*value="([^"]*)"')


@dataclass
class Person:
    """Somebody who registers, and what her browser remembers between the steps."""

    email: str = field(default_factory=lambda: f"{uuid4().hex}@musterhausen.example.org")
    cookie: str = ""
    hidden: dict[str, str] = field(default_factory=dict)

    def open_form(self, client: Client) -> None:
        form = client.get(REGISTER)
        self.cookie, self.hidden = form.cookie, dict(_HIDDEN.findall(form.body))

    def send_form(self, client: Client, answers: dict[str, str]) -> None:
        fields = {
            "given_name": "Bench",
            "family_name": f"Mark {self.email[:8]}",
            "email": self.email,
            "organisation": "Stadt Musterhausen",
            "role": "Bildungsmanagement",
        }
        client.post(REGISTER, fields | self.hidden | answers, self.cookie)

    def confirm(self, client: Client, token: str) -> None:
        client.post(f"/confirm/{token}", {"csrf_token": self.hidden["csrf_token"]}, self.cookie)
