"""The German sentences in code and templates are the source; each has its English one."""

from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}


def sentences() -> set[str]:
    """Every sentence that code and templates mark for translation; of a plural, its singular."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_is_ours)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "node_modules", "tests", "migrations", "build"))


def test_every_sentence_has_its_english_one() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)

    translated = {_singular(message.id) for message in catalogue if message.id and message.string}

    assert sentences() - translated == set()


def test_english_sentences_take_the_same_values() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)

    assert [(message.id, errors) for message, errors in catalogue.check()] == []


def _singular(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]
