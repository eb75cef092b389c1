"""Cada ruta admite lo suyo: 64 KB en general y más sólo donde se dice."""

from __future__ import annotations

from flask import Flask

from registro.cuerpos import admite, medir


def test_solo_la_ruta_que_lo_dice_recibe_mas() -> None:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100
    medir(app)

    @app.post("/mucho")
    @admite(1000)
    def mucho() -> str:
        from flask import request

        return str(len(request.get_data()))

    @app.post("/poco")
    def poco() -> str:
        from flask import request

        return str(len(request.get_data()))

    cliente = app.test_client()
    assert cliente.post("/mucho", data=b"x" * 900).text == "900"
    assert cliente.post("/mucho", data=b"x" * 1001).status_code == 413
    assert cliente.post("/poco", data=b"x" * 101).status_code == 413
