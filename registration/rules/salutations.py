"""How a sentence goes on after a salutation."""

import re

_CAPITAL_ONLY_AT_THE_START = frozenset(
    {"bei", "bitte", "das", "der", "die", "dies", "ein", "eine", "es", "hier", "leider"}
    | {"unser", "vielen", "wir"}
)


def after_salutation(sentence: str, language: str) -> str:
    """Return the sentence as it stands after "Guten Tag Ada Beispiel,".

    The comma does not end the sentence, so German goes on with a small letter (DIN 5008) unless the word
    has a capital of its own: nouns and the polite Sie and Ihr. English has a capital there. Blanks stay.
    """
    found = re.match(r"\s*(\w+)", sentence)
    if language != "de" or not found or found[1].lower() not in _CAPITAL_ONLY_AT_THE_START:
        return sentence
    start = found.start(1)
    return sentence[:start] + sentence[start].lower() + sentence[start + 1 :]
