"""Los sockets: sin sesión no se abren, desde otra página tampoco, y cada quien oye sólo lo de sus Noras."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from flask import Flask
from socketio.exceptions import ConnectionError as Rechazado

from registro.config import Ajustes
from registro.enchufes import _Abierto, _abiertos, revisar
from registro.tiempo_real import MODULO_DE_AVISO, avisar, cerrar_sala, sala
from sql.modelos.modulos import guardar_modulo
from tests.base import Base
from tests.panel import ClienteDePanel
from tests.personas import AURA, CARLA, OTRA
from tests.registro.oyente import PLAZO, Oyente

Entrar = Callable[[str], ClienteDePanel]


def test_sin_sesión_no_hay_socket(servida: Ajustes) -> None:
    nadie = Oyente(servida)
    with pytest.raises(Rechazado):
        nadie.conectar()
    assert nadie.rechazos == [{"message": "Entra primero"}]


def test_con_una_sesión_que_ya_no_vale_tampoco(servida: Ajustes, cliente_de: Entrar, base: Base) -> None:
    alicia = cliente_de("alicia")
    base.filas("update usuarios set fs_uniquifier = 'otro' where nombre = 'Alicia' returning id")
    fuera = Oyente(servida, alicia)
    with pytest.raises(Rechazado):
        fuera.conectar()
    assert fuera.rechazos == [{"message": "Entra primero"}]


@pytest.mark.parametrize("origen", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_una_página_ajena_no_abre_un_socket_con_la_sesión_de_otro(servida: Ajustes, cliente_de: Entrar, origen: str) -> None:
    with pytest.raises(Rechazado):
        Oyente(servida, cliente_de("alicia"), origen=origen).conectar()


@pytest.mark.parametrize("consulta", ["EIO=4&transport=polling", "transport=polling", "EIO=4", ""])
def test_por_sondeo_no_se_entra(servida: Ajustes, cliente_de: Entrar, consulta: str) -> None:
    galleta = cliente_de("alicia").get_cookie("aura")
    assert galleta is not None
    pedido = urllib.request.Request(f"{servida.url_interna}/socket.io/?{consulta}", headers={"Cookie": f"aura={galleta.value}"})
    with pytest.raises(urllib.error.HTTPError) as fallo, urllib.request.urlopen(pedido, timeout=10):
        pass
    assert fallo.value.code == 400
    fallo.value.close()


def test_otro_espacio_de_nombres_no_existe(servida: Ajustes, cliente_de: Entrar) -> None:
    with pytest.raises(Rechazado):
        Oyente(servida, cliente_de("alicia")).conectar(namespaces=["/admin"])


def test_cada_quien_oye_sólo_lo_de_sus_noras(servida: Ajustes, cliente_de: Entrar) -> None:
    with (
        Oyente(servida, cliente_de("alicia")) as alicia,
        Oyente(servida, cliente_de("carla")) as carla,
        Oyente(servida, cliente_de("diego")) as diego,
    ):
        avisar(AURA, "mensaje.nuevo", conversacion=7, id=70)
        avisar(OTRA, "mensaje.nuevo", conversacion=8, id=80)
        # El segundo llega después del primero: quien tiene el suyo ya habría oído el ajeno.
        assert carla.esperar("mensaje.nuevo", id=80) == {"que": "mensaje.nuevo", "nora": OTRA, "conversacion": 8, "id": 80}
        assert alicia.esperar("mensaje.nuevo", id=70) == {"que": "mensaje.nuevo", "nora": AURA, "conversacion": 7, "id": 70}
        diego.esperar("mensaje.nuevo", id=80)
        avisar(AURA, "conversacion.cambio", conversacion=9)
        alicia.esperar("conversacion.cambio", conversacion=9)
        assert {aviso["nora"] for aviso in alicia.avisos} == {AURA}
        assert {aviso["nora"] for aviso in carla.avisos} == {OTRA}
        assert {aviso["nora"] for aviso in diego.avisos} == {AURA, OTRA}


def test_nadie_elige_su_sala(servida: Ajustes, cliente_de: Entrar) -> None:
    with Oyente(servida, cliente_de("carla")) as carla:
        for evento in ("join", "join_room", "enter_room", "subscribe", "room", "avisos", "connect"):
            carla.socket.emit(evento, {"room": sala(AURA, "chat"), "nora": AURA})
            carla.socket.emit(evento, sala(AURA, "chat"))
        avisar(AURA, "mensaje.nuevo", conversacion=1, id=1)
        avisar(OTRA, "mensaje.nuevo", conversacion=2, id=2)
        carla.esperar("mensaje.nuevo", id=2)
        assert {aviso["nora"] for aviso in carla.avisos} == {OTRA}


def test_un_módulo_apagado_no_tiene_sala(servida: Ajustes, cliente_de: Entrar) -> None:
    guardar_modulo(AURA, "chat", False)
    with Oyente(servida, cliente_de("diego")) as diego, Oyente(servida, cliente_de("alicia")) as alicia:
        avisar(AURA, "mensaje.nuevo", conversacion=1, id=1)
        avisar(OTRA, "mensaje.nuevo", conversacion=2, id=2)
        diego.esperar("mensaje.nuevo", id=2)
        assert {aviso["nora"] for aviso in diego.avisos} == {OTRA}
        assert alicia.avisos == []


def test_al_cerrar_una_sala_nadie_la_oye_más(servida: Ajustes, cliente_de: Entrar) -> None:
    with Oyente(servida, cliente_de("diego")) as diego:
        avisar(AURA, "mensaje.nuevo", conversacion=1, id=1)
        diego.esperar("mensaje.nuevo", id=1)
        # Apagado también en la base: con él encendido, la revisión de cada pocos segundos lo devolvería a la sala.
        guardar_modulo(AURA, "chat", False)
        cerrar_sala(AURA, "chat")
        avisar(AURA, "mensaje.nuevo", conversacion=1, id=2)
        avisar(OTRA, "mensaje.nuevo", conversacion=2, id=3)
        diego.esperar("mensaje.nuevo", id=3)
        assert [aviso["id"] for aviso in diego.avisos] == [1, 3]


def test_apagar_el_módulo_en_la_oficina_cierra_la_sala(servida: Ajustes, cliente_de: Entrar) -> None:
    with Oyente(servida, cliente_de("diego")) as diego:
        assert cliente_de("diego").post(f"/admin/modulos/{AURA}/chat", data={"activo": "0"}).status_code in {200, 303}
        avisar(AURA, "mensaje.nuevo", conversacion=1, id=2)
        avisar(OTRA, "mensaje.nuevo", conversacion=2, id=3)
        diego.esperar("mensaje.nuevo", id=3)
        assert [aviso["id"] for aviso in diego.avisos] == [3]


def test_sin_base_se_cuelga_sin_rechazar_y_al_volver_se_entra(
    servida: Ajustes, cliente_de: Entrar, base: Base, base_lejos: Callable[[], None]
) -> None:
    alicia = cliente_de("alicia")
    base_lejos()
    colgada = Oyente(servida, alicia)
    colgada.conectar(wait=False)
    assert colgada.colgado.wait(PLAZO)
    # No es que haya salido: un rechazo la echaría a la página de entrada; colgada, el navegador vuelve a llamar.
    assert colgada.rechazos == []
    base.apuntar()
    with Oyente(servida, alicia) as oyente:
        avisar(AURA, "mensaje.nuevo", conversacion=1, id=5)
        oyente.esperar("mensaje.nuevo", id=5)


class TestMientrasEstáAbierto:
    """La ronda: quien pierde el derecho deja de oír en pocos segundos, sin que nadie recargue la página."""

    @pytest.mark.parametrize(
        "orden",
        [
            "update usuarios set fs_uniquifier = 'otro' where nombre = 'Alicia' returning id",
            "update usuarios set active = false where nombre = 'Alicia' returning id",
            "delete from usuarios where nombre = 'Alicia' returning id",
        ],
        ids=["cambió su clave", "la apagaron", "la borraron"],
    )
    def test_la_sesión_que_ya_no_vale_se_cuelga_sola(self, servida: Ajustes, cliente_de: Entrar, base: Base, orden: str) -> None:
        with Oyente(servida, cliente_de("alicia")) as alicia, Oyente(servida, cliente_de("beto")) as beto:
            base.filas(orden)
            assert alicia.colgado.wait(PLAZO)
            assert not beto.colgado.is_set()
            avisar(AURA, "mensaje.nuevo", conversacion=1, id=5)
            beto.esperar("mensaje.nuevo", id=5)
            assert alicia.avisos == []

    def test_quien_sale_del_equipo_deja_de_oír_y_quien_entra_oye(
        self, app: Flask, servida: Ajustes, cliente_de: Entrar, base: Base
    ) -> None:
        with Oyente(servida, cliente_de("carla")) as carla:
            base.filas("update membresias set nombre_nora = %s where usuario_id = %s returning id", AURA, CARLA.id)
            with app.app_context():
                revisar()
            avisar(OTRA, "mensaje.nuevo", conversacion=1, id=5)
            avisar(AURA, "mensaje.nuevo", conversacion=1, id=6)
            carla.esperar("mensaje.nuevo", id=6)
            assert [aviso["id"] for aviso in carla.avisos] == [6]

    def test_un_módulo_que_se_apaga_y_se_enciende_se_vuelve_a_oír(self, app: Flask, servida: Ajustes, cliente_de: Entrar) -> None:
        with Oyente(servida, cliente_de("alicia")) as alicia:
            guardar_modulo(AURA, "chat", False)
            cerrar_sala(AURA, "chat")
            guardar_modulo(AURA, "chat", True)
            with app.app_context():
                revisar()
            avisar(AURA, "mensaje.nuevo", conversacion=1, id=6)
            alicia.esperar("mensaje.nuevo", id=6)

    def test_quien_se_fue_sin_despedirse_se_olvida(self, app: Flask, servida: Ajustes) -> None:
        _abiertos["un-sid-que-ya-no-existe"] = _Abierto("sello-1", frozenset())
        with app.app_context():
            revisar()
        assert "un-sid-que-ya-no-existe" not in _abiertos

    def test_quien_se_va_no_se_sigue_mirando(self, servida: Ajustes, cliente_de: Entrar) -> None:
        with Oyente(servida, cliente_de("alicia")) as alicia:
            sid = alicia.socket.get_sid()
            assert sid in _abiertos
        vez = threading.Event()
        assert any(sid not in _abiertos or vez.wait(0.05) for _ in range(int(PLAZO / 0.05)))


def test_cada_aviso_dice_qué_módulo_hace_falta_para_oírlo() -> None:
    assert set(MODULO_DE_AVISO) == {"mensaje.nuevo", "mensaje.estado", "conversacion.cambio", "plantilla.cambio"}
    assert sala("a:b", "chat") == "nora:a:b:chat"
