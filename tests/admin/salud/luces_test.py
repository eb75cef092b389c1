"""El color de cada luz y el de la casa."""

from __future__ import annotations

import pytest

from admin.salud.luces import (
    Luz,
    de_la_base,
    de_la_cola,
    de_la_firma,
    de_las_cuentas,
    de_los_perdidos,
    de_los_sockets,
    del_disco,
    del_reloj,
    del_trabajador,
    duracion,
    peor,
)


@pytest.mark.parametrize(
    ("luz", "color"),
    [
        (de_la_base(True, "0002"), "bien"),
        (de_la_base(False, "0002"), "ojo"),
        (de_la_base(None, "0002"), "mal"),
        (del_trabajador(3), "bien"),
        (del_trabajador(31), "mal"),
        (del_trabajador(None), "mal"),
        (del_reloj(True), "bien"),
        (del_reloj(False), "mal"),
        (del_reloj(None), "ojo"),
        (de_los_perdidos(None, False), "bien"),
        (de_los_perdidos(None, True), "ojo"),
        (de_los_perdidos(601, True), "ojo"),
        (de_los_perdidos(100, True), "bien"),
        (de_los_perdidos(100, True, ["aura"]), "ojo"),
        (de_los_perdidos(None, True, ["aura"]), "ojo"),
        (de_las_cuentas([], [], hay_cuentas=False), "bien"),
        (de_las_cuentas([], [], hay_cuentas=True), "bien"),
        (de_las_cuentas(["aura"], [], hay_cuentas=True), "ojo"),
        (de_las_cuentas([], ["aura"], hay_cuentas=True), "ojo"),
        (de_la_firma([]), "bien"),
        (de_la_firma(["aura, hasta el lunes"]), "ojo"),
        (de_la_cola(0, 0, 0), "bien"),
        (de_la_cola(3, 5, 0), "bien"),
        (de_la_cola(3, 61, 0), "ojo"),
        (de_la_cola(0, 0, 1), "ojo"),
        (de_la_cola(3, 601, 0), "mal"),
        (de_los_sockets(10, 192, 30, 256), "bien"),
        (de_los_sockets(160, 192, 180, 256), "ojo"),
        (de_los_sockets(192, 192, 256, 256), "mal"),
        (del_disco(50, 100), "bien"),
        (del_disco(10, 100), "ojo"),
        (del_disco(1, 100), "mal"),
    ],
)
def test_cada_luz_tiene_su_color(luz: Luz, color: str) -> None:
    assert luz.color == color
    assert (luz.salida != "") is (color == "mal" or (color == "ojo" and "No se pudo mirar" not in luz.detalle))


def test_lo_que_falla_dice_de_quien_es_y_cuando_salio_bien() -> None:
    perdidos = de_los_perdidos(180, True, ["aura", "otra"])
    assert perdidos.detalle == "El último intento falló: aura, otra. Se buscaron bien hace 3 min."
    assert de_las_cuentas(["aura"], ["otra"], hay_cuentas=True).detalle == (
        "La última comprobación falló: aura. Nadie las ha comprobado: otra."
    )


@pytest.mark.parametrize(("segundos", "texto"), [(3, "3 s"), (300, "5 min"), (7200, "2 h"), (200_000, "2 días")])
def test_la_duracion_se_lee(segundos: float, texto: str) -> None:
    assert duracion(segundos) == texto


def test_la_casa_tiene_el_color_de_la_peor() -> None:
    bien, ojo, mal = (Luz("x", color, "") for color in ("bien", "ojo", "mal"))  # type: ignore[arg-type]
    assert (peor([bien]), peor([bien, ojo]), peor([ojo, mal, bien])) == ("bien", "ojo", "mal")
