"""The product with one more page on which everything goes wrong: /trouble/<status>."""

from flask import abort
from sqlalchemy.exc import OperationalError

from wsgi import app


@app.get("/trouble/<int:status>")
def trouble(status: int) -> str:
    if status == 500:
        raise ZeroDivisionError("a planted bug")
    if status == 503:
        raise OperationalError("SELECT 1", {}, Exception("no database"))
    abort(status)
