"""Words that only the organiser's desk uses; it speaks German."""

from registration.vocabulary import (
    Anchor,
    Certainty,
    FederalState,
    MailKind,
    OffsetUnit,
    OrganisationKind,
    Outcome,
    QuestionKind,
    Role,
    RuleEffect,
    RuleKind,
)

ROLE = {
    Role.ADMIN: "Verwaltung",
    Role.ORGANISER: "Organisation",
    Role.VIEWER: "nur lesen",
}

RULE_KIND = {
    RuleKind.AGREEMENT: "Organisation mit gültiger Zielvereinbarung",
    RuleKind.FEDERAL_STATE: "Organisation in einem Bundesland",
    RuleKind.EMAIL_DOMAIN: "E-Mail-Adresse mit bestimmter Domain",
    RuleKind.QUESTION: "Antwort auf eine Frage",
}

RULE_EFFECT = {
    RuleEffect.REVIEW: "Anmeldung prüfen",
    RuleEffect.REFUSE: "Anmeldung ablehnen",
}

QUESTION_KIND = {
    QuestionKind.YES_NO_UNSURE: "Ja / Nein / Unsicher",
    QuestionKind.SHORT_TEXT: "kurzer Text",
    QuestionKind.LONG_TEXT: "langer Text",
    QuestionKind.CHOICE: "Auswahl, eine Antwort",
    QuestionKind.CHOICES: "Auswahl, mehrere Antworten",
    QuestionKind.NUMBER: "Zahl",
    QuestionKind.DATE: "Datum",
}

OUTCOME = {
    Outcome.ELIGIBLE: "berechtigt",
    Outcome.REVIEW: "zu prüfen",
    Outcome.REFUSED: "nicht berechtigt",
}

CERTAINTY = {
    Certainty.CERTAIN: "erkannt",
    Certainty.DOUBTFUL: "nicht eindeutig",
    Certainty.NONE: "unbekannt",
}

ORGANISATION_KIND = {
    OrganisationKind.MUNICIPALITY: "Gemeinde oder Stadt",
    OrganisationKind.INDEPENDENT_CITY: "kreisfreie Stadt",
    OrganisationKind.DISTRICT: "Landkreis",
    OrganisationKind.UNIVERSITY: "Hochschule",
    OrganisationKind.AGENCY: "Agentur",
    OrganisationKind.OTHER: "andere",
}

FEDERAL_STATE = {
    FederalState.BW: "Baden-Württemberg",
    FederalState.BY: "Bayern",
    FederalState.BE: "Berlin",
    FederalState.BB: "Brandenburg",
    FederalState.HB: "Bremen",
    FederalState.HH: "Hamburg",
    FederalState.HE: "Hessen",
    FederalState.MV: "Mecklenburg-Vorpommern",
    FederalState.NI: "Niedersachsen",
    FederalState.NW: "Nordrhein-Westfalen",
    FederalState.RP: "Rheinland-Pfalz",
    FederalState.SL: "Saarland",
    FederalState.SN: "Sachsen",
    FederalState.ST: "Sachsen-Anhalt",
    FederalState.SH: "Schleswig-Holstein",
    FederalState.TH: "Thüringen",
}

ANSWER = {"yes": "Ja", "no": "Nein", "unsure": "unsicher"}

MAIL_KIND = {
    MailKind.CONFIRM_ADDRESS: "Bitte Adresse bestätigen",
    MailKind.UNDER_REVIEW: "Eingegangen, wird geprüft",
    MailKind.SEAT_CERTAIN: "Platz sicher",
    MailKind.WAITING_LIST: "Warteliste",
    MailKind.SEAT_OFFERED: "Platz angeboten",
    MailKind.OFFER_ENDED: "Angebot abgelaufen",
    MailKind.MOVED_UP: "Nachgerückt",
    MailKind.DECLINED: "Ablehnung",
    MailKind.WITHDRAWN: "Abmeldung bestätigt",
    MailKind.CANCELLED: "Anmeldung storniert",
    MailKind.WORKSHOP_CANCELLED: "Veranstaltung abgesagt",
    MailKind.SUBSTITUTED: "Vertretung",
    MailKind.WORKSHOP_CHANGED: "Termin, Ort oder Zugang geändert",
    MailKind.CONFIRM_NEW_ADDRESS: "Bitte neue Adresse bestätigen",
    MailKind.ADDRESS_CHANGED: "Adresse geändert",
    MailKind.ALREADY_REGISTERED: "Bereits angemeldet",
    MailKind.NEW_LINK: "Neuer Link",
    MailKind.REMINDER: "Erinnerung",
    MailKind.MEETING_LINK: "Erinnerung mit Zugang zum Meeting",
    MailKind.THANKS: "Dank und Materialien",
    MailKind.CERTIFICATE: "Teilnahmebescheinigung",
    MailKind.SEAT_FREE: "Hinweis: Platz frei geworden",
    MailKind.DEADLINE_REACHED: "Hinweis: Anmeldeschluss erreicht",
    MailKind.MINIMUM_NOT_REACHED: "Hinweis: Mindestzahl nicht erreicht",
    MailKind.DIGEST: "Übersicht der neuen Anmeldungen",
    MailKind.ERASURE_REQUESTED: "Hinweis: Bitte um Löschung",
    MailKind.TEST: "Probe",
}

ANCHOR = {
    Anchor.SESSION_START: "Beginn des Termins",
    Anchor.DIAL_IN: "Beginn der Einwahl",
    Anchor.SESSION_END: "Ende des Termins",
    Anchor.DEADLINE: "Anmeldeschluss",
}

OFFSET_UNIT = {
    OffsetUnit.DAYS: "Tage",
    OffsetUnit.WORKING_DAYS: "Werktage",
    OffsetUnit.MINUTES: "Minuten",
}

ONE_UNIT = {
    OffsetUnit.DAYS: "Tag",
    OffsetUnit.WORKING_DAYS: "Werktag",
    OffsetUnit.MINUTES: "Minute",
}

JOURNAL = {
    "unconfirmed": "Anmeldung eingegangen",
    "registered": "Anmeldung eingegangen",
    "received": "Anmeldung eingegangen",
    "entered_by_hand": "von Hand eingetragen",
    "in_review": "in Prüfung",
    "waiting": "auf die Warteliste",
    "offered": "Platz angeboten",
    "confirmed": "Platz zugesagt",
    "lapsed": "verfallen",
    "declined": "abgelehnt",
    "withdrawn": "abgemeldet",
    "cancelled": "storniert",
    "substituted": "vertreten",
    "substitute_named": "Vertretung genannt",
    "form_repeated": "Formular noch einmal gesendet",
    "link_requested": "neuen Link angefordert",
    "corrected": "Angaben berichtigt",
    "consent_given": "Einwilligung gegeben",
    "consent_revoked": "Einwilligung widerrufen",
    "to_check": "Angaben geändert, bitte prüfen",
    "new_address_asked": "neue E-Mail-Adresse genannt",
    "new_address_dropped": "neue E-Mail-Adresse verworfen",
    "address_changed": "E-Mail-Adresse geändert",
    "changes_seen": "Änderung gesehen",
    "erasure_requested": "um Löschung gebeten",
    "erasure_answered": "Bitte um Löschung beantwortet",
    "mail_resent": "E-Mail erneut verschickt",
    "mail_retried": "E-Mail erneut versucht",
    "mail_test": "Probe-E-Mail verschickt",
    "mail_bounced": "E-Mail zurückgekommen",
    "mails_paused": "E-Mail-Versand angehalten",
    "mails_resumed": "E-Mail-Versand fortgesetzt",
    "mails_set_aside": "aus einer Sicherung wiederhergestellt, E-Mails zurückgestellt",
    "mails_released": "zurückgestellte E-Mails freigegeben",
    "address_suppressed": "Adresse als unzustellbar markiert",
    "address_lifted": "Sperre einer Adresse aufgehoben",
    "judged_again": "Voraussetzungen neu geprüft",
    "offer_shortened": "Angebot endet früher: mit dem Beginn",
    "workshop_created": "Workshop angelegt",
    "workshop_changed": "Workshop geändert",
    "workshop_published": "Workshop veröffentlicht",
    "workshop_cancelled": "Workshop abgesagt",
    "session_added": "Termin ergänzt",
    "session_changed": "Termin geändert",
    "session_removed": "Termin entfernt",
    "changes_told": "Änderung mitgeteilt",
    "changes_not_told": "Änderung bewusst nicht mitgeteilt",
    "attendance_recorded": "Anwesenheit eingetragen",
    "rule_added": "Voraussetzung ergänzt",
    "rule_changed": "Voraussetzung geändert",
    "rule_removed": "Voraussetzung entfernt",
    "question_added": "Frage ergänzt",
    "question_changed": "Frage geändert",
    "question_removed": "Frage entfernt",
    "mail_rule_added": "Mailplan: Zeile ergänzt",
    "mail_rule_changed": "Mailplan: Zeile geändert",
    "mail_rule_removed": "Mailplan: Zeile entfernt",
    "organisation_added": "Organisation aufgenommen",
    "organisation_changed": "Organisation geändert",
    "alias_added": "weiterer Name einer Organisation",
}
