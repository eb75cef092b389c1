"""El andamio de las pruebas hace lo que promete: sin red, sin restos y con las personas de siempre."""

from __future__ import annotations

import fcntl
import socket
import urllib.request

import argon2
import pytest

from tests import base as andamio
from tests import fabricas
from tests.base import Base
from tests.personas import ALICIA, BETO, CARLA, CLAVE, DIEGO, PERSONAS, clave_cifrada
from tests.sin_red import SinRed


@pytest.mark.parametrize("direccion", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_ninguna_prueba_sale_de_esta_maquina(direccion: tuple[str, int]) -> None:
    familia = socket.AF_INET6 if ":" in direccion[0] else socket.AF_INET
    with socket.socket(familia) as enchufe, pytest.raises(SinRed, match="doble local"):
        enchufe.connect(direccion)


def test_ni_pregunta_por_nombres_de_fuera() -> None:
    with pytest.raises(SinRed, match=r"api\.twilio\.com"):
        urllib.request.urlopen("https://api.twilio.com/")


def test_dentro_de_la_maquina_si_se_puede() -> None:
    with socket.create_server(("127.0.0.1", 0)) as oyente, socket.create_connection(oyente.getsockname(), timeout=5):
        pass


def test_lo_que_dejo_una_serie_muerta_se_limpia_y_lo_de_una_viva_no() -> None:
    muerta, viva = andamio.RAIZ / "muerta", andamio.RAIZ / "viva"
    with andamio.turno():
        for carpeta in (muerta, viva):
            carpeta.mkdir(parents=True)
            (carpeta / "dueno").touch()
        with (viva / "dueno").open("w") as candado:
            fcntl.flock(candado, fcntl.LOCK_EX)
            andamio.limpiar_restos()
            assert (muerta.exists(), viva.exists()) == (False, True)
        andamio.limpiar_restos()
        assert not viva.exists()


def test_las_personas_de_siempre_estan_en_su_sitio(base: Base) -> None:
    assert [p.id for p in PERSONAS] == [ALICIA.id, BETO.id, CARLA.id, DIEGO.id]
    assert base.filas(
        "select u.email, m.nombre_nora, m.rol from usuarios u left join membresias m on m.usuario_id = u.id order by u.id"
    ) == [(persona.correo, persona.nora, persona.rol if persona.nora else None) for persona in PERSONAS]
    assert base.filas("select usuario_id, r.name from roles_usuarios ru join roles r on r.id = ru.rol_id") == [(DIEGO.id, "admin")]
    assert argon2.PasswordHasher().verify(clave_cifrada(), CLAVE)


def test_cada_prueba_empieza_con_los_contadores_a_cero(base: Base) -> None:
    base.duena.execute("insert into contactos (nombre_nora) values ('aura'), ('aura')")
    base.vaciar()
    assert base.filas("insert into contactos (nombre_nora) values ('aura') returning id") == [(1,)]


def test_vaciar_borrando_deja_lo_mismo_que_vaciar_de_golpe(base: Base) -> None:
    """El camino que se usa cuando un hilo de fondo está leyendo: sin filas y con los contadores a cero."""
    fabricas.contacto()
    base._borrar(base.tablas)
    assert base.filas("select count(*) from contactos") == base.filas("select count(*) from usuarios") == [(0,)]
    base.sembrar()
    assert fabricas.contacto().id == 1
