"""Made-up people, each with an address of her own."""

from registration.services.registering import Details

TOWNS = (
    "Stadt Musterhausen",
    "Landkreis Beispielland",
    "Stadt Neudorf",
    "Stadt Altdorf",
    "Verein ohne Register",
)


def person(name: str, town: str = TOWNS[0]) -> Details:
    """Return what a person with this unique name types."""
    return Details(
        given_name="Eva",
        family_name=f"Beispiel {name}",
        email=f"eva.{name}@musterhausen.example.org",
        organisation=town,
        form_key=None,
    )
