"""What is put together by hand reads as it was for the standard library's parser."""

from email import policy
from email.parser import BytesParser

import pytest

from registration.mail.mime import file_part, multipart, text_part

TEXTS = {
    "umlauts": "Grüße „aus“ Köln\n",
    "long line": "ä" * 5_000 + "\n" + "x" * 5_000 + "\n",
    "blanks at ends of lines": "eins \nzwei\t\n \n\t\ndrei \n",
    "dots": ".\n..\n.vier\n" + "x" * 75 + ".\n",
    "equals": "=20 =\n=?utf-8?q?abc?=\n",
    "from": "From here\n",
    "boundaries": "--=_x_0\n--=_x_0--\n",
    "empty": "",
    "only breaks": "\n\n\n",
    "emoji": "👩\u200d👩\u200d👧" * 100 + "\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_comes_through(name: str):
    sent = multipart("alternative", "=_x_0", [text_part("plain", TEXTS[name])]).as_bytes()

    (part,) = BytesParser(policy=policy.default).parsebytes(sent).iter_parts()

    assert part.get_content().replace("\r\n", "\n") == TEXTS[name]
    assert part.defects == []
    assert max(map(len, sent.split(b"\r\n"))) <= 76
    assert all(byte < 127 for byte in sent)
    assert b"\n" not in sent.replace(b"\r\n", b"")


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_every_end_of_line_becomes_the_one_of_mail(ending: str):
    assert text_part("plain", f"eins{ending}zwei").body == b"eins\r\nzwei\r\n"


def test_what_nobody_can_read_is_left_out():
    controls = "".join(map(chr, (*range(9), *range(14, 32), 127)))

    assert text_part("plain", f"a{controls}b\tc\ud800").body == b"ab\tc?\r\n"


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 300])
def test_file_comes_through(content: bytes):
    sent = multipart("mixed", "=_x_0", [file_part("application/pdf", "a.pdf", content)]).as_bytes()

    (part,) = BytesParser(policy=policy.default).parsebytes(sent).iter_parts()

    assert (part.get_filename(), part.get_content()) == ("a.pdf", content)
    assert max(map(len, sent.split(b"\r\n"))) <= 78
