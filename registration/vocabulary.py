"""The words of the domain: every state, kind and effect, as they are stored and spoken of in code."""

from enum import StrEnum


class WorkshopState(StrEnum):
    """Where a workshop stands; only `published` ones are public and accept registrations."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


class WorkshopFormat(StrEnum):
    """How people take part."""

    ONLINE = "online"
    ON_SITE = "on_site"
    HYBRID = "hybrid"


class Decision(StrEnum):
    """Who gives the seats of a workshop, and when."""

    AT_ONCE = "at_once"  # whoever is eligible gets a free seat with the confirmed address
    BY_ORGANISER = "by_organiser"  # everybody is reviewed
    APPLY_FIRST = "apply_first"  # nobody takes a seat until the organiser decides


class RegistrationState(StrEnum):
    """Life of a registration (domain.md); attendance stands beside it, per session."""

    UNCONFIRMED = "unconfirmed"
    IN_REVIEW = "in_review"
    WAITING = "waiting"
    OFFERED = "offered"  # a seat is kept for her until she takes it or lets it go
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"


LIVE_STATES = (
    RegistrationState.UNCONFIRMED,
    RegistrationState.IN_REVIEW,
    RegistrationState.WAITING,
    RegistrationState.OFFERED,
    RegistrationState.CONFIRMED,
)


class OrganisationKind(StrEnum):
    """What an organisation is."""

    MUNICIPALITY = "municipality"
    INDEPENDENT_CITY = "independent_city"
    DISTRICT = "district"
    UNIVERSITY = "university"
    AGENCY = "agency"
    OTHER = "other"


class FederalState(StrEnum):
    """The German federal states by their ISO 3166-2 code, as the holiday calendar knows them."""

    BW = "BW"
    BY = "BY"
    BE = "BE"
    BB = "BB"
    HB = "HB"
    HH = "HH"
    HE = "HE"
    MV = "MV"
    NI = "NI"
    NW = "NW"
    RP = "RP"
    SL = "SL"
    SN = "SN"
    ST = "ST"
    SH = "SH"
    TH = "TH"


class Certainty(StrEnum):
    """How surely a typed organisation was found in the register."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    NONE = "none"


class RuleKind(StrEnum):
    """What an eligibility rule asks for."""

    AGREEMENT = "agreement"
    FEDERAL_STATE = "federal_state"
    EMAIL_DOMAIN = "email_domain"
    QUESTION = "question"


class RuleEffect(StrEnum):
    """What happens when an eligibility rule is not met."""

    REFUSE = "refuse"
    REVIEW = "review"


class Outcome(StrEnum):
    """What all rules of a workshop say together about one registration."""

    ELIGIBLE = "eligible"
    REVIEW = "review"
    REFUSED = "refused"


class QuestionKind(StrEnum):
    """The shape of an answer."""

    YES_NO_UNSURE = "yes_no_unsure"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"  # one of many
    CHOICES = "choices"  # several of many
    NUMBER = "number"
    DATE = "date"


class ConsentKind(StrEnum):
    """What a person may agree to beside taking part; refusing changes nothing (L-04)."""

    CONTACT_SHARING = "contact_sharing"  # name and organisation for the other participants (L-17)
    PHOTO = "photo"  # pictures and recordings
    ANNOUNCEMENTS = "announcements"  # news of further workshops


class Anchor(StrEnum):
    """The instant that a timed mail is counted from."""

    DEADLINE = "deadline"
    DIAL_IN = "dial_in"
    SESSION_START = "session_start"
    SESSION_END = "session_end"


class OffsetUnit(StrEnum):
    """How a timed mail counts: calendar or working days at a wall time, or minutes (T-08)."""

    DAYS = "days"
    WORKING_DAYS = "working_days"
    MINUTES = "minutes"


class MailKind(StrEnum):
    """Every mail that the product can send; the value is the folder of its templates."""

    CONFIRM_ADDRESS = "confirm_address"
    UNDER_REVIEW = "under_review"
    SEAT_CERTAIN = "seat_certain"
    WAITING_LIST = "waiting_list"
    MOVED_UP = "moved_up"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    WORKSHOP_CANCELLED = "workshop_cancelled"
    SUBSTITUTED = "substituted"
    WORKSHOP_CHANGED = "workshop_changed"  # what: old → new
    SEAT_OFFERED = "seat_offered"  # from the waiting list, where the workshop asks first
    OFFER_ENDED = "offer_ended"
    CONFIRM_NEW_ADDRESS = "confirm_new_address"  # to the new address
    ADDRESS_CHANGED = "address_changed"  # to the old one (M-34)
    ALREADY_REGISTERED = "already_registered"
    NEW_LINK = "new_link"
    REMINDER = "reminder"
    MEETING_LINK = "meeting_link"
    THANKS = "thanks"  # after a session: thanks and materials
    CERTIFICATE = "certificate"  # after the last session, to who has attended
    SEAT_FREE = "seat_free"  # to the organiser: a seat came free too late to move up by itself
    DEADLINE_REACHED = "deadline_reached"  # to the organiser: who has registered
    MINIMUM_NOT_REACHED = "minimum_not_reached"  # to the organiser: fewer seats taken than wanted
    DIGEST = "digest"  # to the organiser: what came in since the day before
    ERASURE_REQUESTED = "erasure_requested"  # to the organiser: somebody wants her data erased (L-13)
    TEST = "test"  # to whom an operator names: the way to the mail server works


TIMED_MAILS = (MailKind.REMINDER, MailKind.MEETING_LINK, MailKind.THANKS, MailKind.CERTIFICATE)
"""By the mail plan, to everybody with a seat, for one session; a certificate for the last one."""
TIMED_NOTES = (MailKind.DEADLINE_REACHED, MailKind.MINIMUM_NOT_REACHED)
"""By the mail plan, to the organiser of the workshop."""
DESK_MAILS = (
    MailKind.SEAT_FREE,
    *TIMED_NOTES,
    MailKind.DIGEST,
    MailKind.ERASURE_REQUESTED,
    MailKind.TEST,
)
"""They belong to no registration, and speak German as the desk does."""


class OutboxState(StrEnum):
    """Where a mail stands between its cause and the server's reply (M-52)."""

    QUEUED = "queued"
    CLAIMED = "claimed"  # leased by a worker; provably not sent
    SENDING = "sending"  # behind the fence: from here a crash leaves it uncertain
    SENT = "sent"
    FAILED = "failed"  # refused for good, or impossible to build (M-21)
    SKIPPED = "skipped"  # had become senseless before it left (M-56, M-57)
    HELD = "held"  # waits for an organiser: poison pill or uncertain under the policy `hold`


class RelayPause(StrEnum):
    """Why no mail leaves (M-54)."""

    TEMPORARY = "temporary"  # the server cannot be reached, or is busy: tried again by itself
    THROTTLED = "throttled"  # the server wants fewer connections: tried again, one at a time
    CONFIGURATION = "configuration"  # sign-in, certificate or sender is wrong: somebody has to mend it
    REJECTIONS = "rejections"  # several mails in a row were refused for what they are
    BY_HAND = "by_hand"  # somebody wants it so


class LinkPurpose(StrEnum):
    """What a mailed link opens; a link of one purpose never serves another (L-54)."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    JOIN = "join"
    NEW_ADDRESS = "new_address"  # to confirm the address that replaces the present one (M-34)


class Role(StrEnum):
    """What a signed-in person may do."""

    ADMIN = "admin"
    ORGANISER = "organiser"
    VIEWER = "viewer"


class ActorKind(StrEnum):
    """Who caused a journal entry."""

    PARTICIPANT = "participant"
    ORGANISER = "organiser"
    SYSTEM = "system"
