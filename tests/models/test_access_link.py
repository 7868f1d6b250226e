"""The secret behind a mailed link."""

from registration.models import AccessLink
from registration.tokens import fingerprint
from registration.vocabulary import LinkPurpose
from tests.times import NOW


def test_a_link_is_made_again_with_whichever_key_made_it():
    link = AccessLink.issue(LinkPurpose.MANAGE, "former key", now=NOW)
    assert fingerprint(link.token("present key", "former key")) == link.fingerprint


def test_without_its_key_a_link_is_not_made_again():
    assert AccessLink.issue(LinkPurpose.MANAGE, "former key", now=NOW).token("present key") is None


def test_a_link_of_one_purpose_is_none_of_another():
    link = AccessLink.issue(LinkPurpose.CONFIRM, "key", now=NOW)
    link.purpose = LinkPurpose.MANAGE
    assert link.token("key") is None
