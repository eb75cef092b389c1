"""Las opciones con que se sirve: hilos de sobra para las pestañas abiertas y la dirección bien escrita."""

from __future__ import annotations

from registro.servidor import CONEXIONES, HILOS, _Gunicorn, opciones_de
from tests.panel import ajustes_de_prueba

URL = "postgresql://x/y"


def test_las_opciones_las_entiende_gunicorn() -> None:
    opciones = opciones_de(ajustes_de_prueba(URL, HOST="::1", PORT=5001))
    servidor = _Gunicorn(lambda: None, opciones)
    assert servidor.cfg.bind == ["[::1]:5001"]
    assert servidor.cfg.address == [("::1", 5001)]
    assert (servidor.cfg.worker_class_str, servidor.cfg.workers, servidor.cfg.threads) == ("gthread", 1, HILOS)
    assert servidor.cfg.worker_connections == CONEXIONES > HILOS


def test_se_cierra_antes_de_que_el_lanzador_pierda_la_paciencia() -> None:
    from registro import lanzador, trabajador

    assert opciones_de(ajustes_de_prueba(URL))["graceful_timeout"] < lanzador._ESPERA_AL_CERRAR <= 30
    assert trabajador._ESPERA_AL_CERRAR < lanzador._ESPERA_AL_CERRAR
