"""The records: a file per table; columns, constraints, named queries, questions and changes of state."""

from registration.models.access_link import AccessLink
from registration.models.attendance import Attendance
from registration.models.consent import Consent
from registration.models.eligibility_rule import EligibilityRule
from registration.models.job_run import JobRun
from registration.models.journal_entry import JournalEntry
from registration.models.mail_relay import MailRelay
from registration.models.mail_rule import MailRule
from registration.models.organisation import Agreement, Organisation, OrganisationAlias, OrganisationDomain
from registration.models.organiser import Organiser, SignIn
from registration.models.outbox_message import OutboxMessage
from registration.models.privacy_notice import PrivacyNotice
from registration.models.question import Answer, Question
from registration.models.rate_count import RateCount
from registration.models.registration import Registration
from registration.models.suppressed_address import SuppressedAddress
from registration.models.workshop import Workshop
from registration.models.workshop_session import AgendaItem, WorkshopSession

__all__ = [
    "AccessLink",
    "AgendaItem",
    "Agreement",
    "Answer",
    "Attendance",
    "Consent",
    "EligibilityRule",
    "JobRun",
    "JournalEntry",
    "MailRelay",
    "MailRule",
    "Organisation",
    "OrganisationAlias",
    "OrganisationDomain",
    "Organiser",
    "OutboxMessage",
    "PrivacyNotice",
    "Question",
    "RateCount",
    "Registration",
    "SignIn",
    "SuppressedAddress",
    "Workshop",
    "WorkshopSession",
]
