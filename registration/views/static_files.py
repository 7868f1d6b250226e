"""Style sheets, scripts, fonts and pictures under names that tell their content: browsers keep them for good.

`url_for("static", filename="site.css")` in a template gives `/static/site.4f2a61c09b.css`. Why it is our own:
docs/decisions/0018-hashed-names-and-what-is-compressed.md.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from flask import Flask, Response, abort, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from registration.views.brand import Brand
from registration.views.languages import site_root

FOLDER = Path(__file__).parent.parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
COMPRESSIBLE = (".css", ".js", ".svg")
HASH_CHARACTERS = 10
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
# A picture that is opened by itself is a document: it may run nothing and load nothing.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_OWN_FILE = re.compile(rb"""url\((["']?)(?!data:|[#/])([^"')]+)\1\)""")
_HASH = re.compile(rf"\.[0-9a-f]{{{HASH_CHARACTERS}}}(?=\.\w+$)")


@dataclass(frozen=True)
class StaticFile:
    """A file with the name that tells its content."""

    hashed_name: str
    content: bytes

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.hashed_name).suffix

    @cached_property
    def compressed(self) -> bytes:
        """The content as gzip, made once per process; empty where that saves nothing."""
        return gzip.compress(self.content, mtime=0) if self.suffix in COMPRESSIBLE else b""


class Shelf:
    """All static files of an application, by their own and by their hashed names."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.files: dict[str, StaticFile] = {}
        for name in sorted(contents, key=lambda name: name.endswith(".css")):  # style sheets name the others
            self.files[name] = self._named_by_content(name, contents[name])
        self.by_hashed_name = {file.hashed_name: file for file in self.files.values()}

    def _named_by_content(self, name: str, content: bytes) -> StaticFile:
        if name.endswith(".css"):
            content = _OWN_FILE.sub(lambda found: self._own_url(name, found[2].decode()), content)
        path = PurePosixPath(name)
        digest = hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS]
        return StaticFile(str(path.with_suffix(f".{digest}{path.suffix}")), content)

    def _own_url(self, sheet: str, relative: str) -> bytes:
        folder = PurePosixPath(sheet).parent
        found = self.files.get(str(folder / relative))
        return (
            f'url("{PurePosixPath(found.hashed_name).relative_to(folder) if found else relative}")'.encode()
        )


def register(app: Flask, brand: Brand) -> None:
    """Serve the files of our folder and of the agency, and let the templates name them."""
    at_start = Shelf({**_kept(FOLDER), **brand.files})

    def shelf() -> Shelf:
        # with FLASK_DEBUG the files are read at each request: whoever changes a style sheet sees it
        return Shelf({**_read(FOLDER), **brand.files}) if app.debug else at_start

    app.session_interface = _Sessions()
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: _serve(shelf(), filename))
    app.jinja_env.globals.update(
        url_for=lambda endpoint, **values: _address(shelf(), endpoint, values), brand=brand
    )


class _Sessions(SecureCookieSessionInterface):
    """A style sheet is the same for everybody: with `Vary: Cookie` a new cookie would fetch it anew."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint != "static":
            super().save_session(app, session, response)


def _address(shelf: Shelf, endpoint: str, values: dict[str, Any]) -> str:
    """Flask's url_for; static files by their hashed names and without the language, which is not theirs."""
    if endpoint != "static":
        return url_for(endpoint, **values)
    file = shelf.files.get(values["filename"])
    return f"{site_root()}/static/{file.hashed_name if file else values['filename']}"


def _serve(shelf: Shelf, filename: str) -> Response:
    file = shelf.by_hashed_name.get(filename)
    is_named_by_content = file is not None
    # An open page may ask for the version before; a plain name is for whoever cannot know the hash.
    file = file or shelf.files.get(_HASH.sub("", filename)) or abort(404)
    takes_gzip = bool(file.compressed) and request.accept_encodings["gzip"] > 0
    response = Response(file.compressed if takes_gzip else file.content, mimetype=MEDIA_TYPES[file.suffix])
    response.headers["Content-Type"] = MEDIA_TYPES[file.suffix]
    response.headers["Cache-Control"] = FOR_GOOD if is_named_by_content else ASK_AGAIN
    if file.compressed:
        response.vary.add("Accept-Encoding")
    if takes_gzip:
        response.content_encoding = "gzip"
    if file.suffix in (".svg", ".png"):
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.set_etag(f"{file.hashed_name}{'-gzip' if takes_gzip else ''}")
    response.make_conditional(request)
    return response


def _read(folder: Path) -> dict[str, bytes]:
    """What lies in the folder, without files of other kinds."""
    found = (path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


_kept = lru_cache(maxsize=4)(_read)
