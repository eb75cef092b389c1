"""El espejo de rutas: `app.url_map` se copia entero a `rutas_registradas` en cada arranque."""

from __future__ import annotations

from flask import Flask

from registro import accesos
from registro.bitacora import registrar_error
from sql.conexion import ERRORES_DE_CONEXION
from sql.modelos.rutas import Ruta, todas_las_noras_reflejar_rutas


def describir_rutas(app: Flask) -> list[Ruta]:
    """Una fila por dirección y verbo, con su protección y su módulo."""
    modulos: dict[str, str | None] = app.extensions.get("modulo_de_blueprint", {})
    rutas = []
    for regla in app.url_map.iter_rules():
        blueprint = regla.endpoint.rpartition(".")[0]
        for metodo in sorted((regla.methods or set()) - {"HEAD", "OPTIONS"}):
            rutas.append(
                Ruta(
                    ruta=regla.rule,
                    metodo=metodo,
                    blueprint=blueprint,
                    punto_final=regla.endpoint,
                    proteccion=accesos.marca_de(app, regla.endpoint) or "",
                    modulo=modulos.get(blueprint),
                )
            )
    # Dos vistas pueden compartir dirección y verbo; la tabla guarda una, siempre la misma.
    una_por_clave = {(r.ruta, r.metodo, r.blueprint): r for r in sorted(rutas, key=lambda r: r.punto_final, reverse=True)}
    return [una_por_clave[clave] for clave in sorted(una_por_clave)]


def reflejar_rutas(app: Flask) -> None:
    """Copia las rutas a la base; si la base no está, lo anota y la aplicación sirve igual."""
    try:
        todas_las_noras_reflejar_rutas(describir_rutas(app))
    except ERRORES_DE_CONEXION as fallo:
        registrar_error(
            "Supabase",
            f"No se pudo copiar la lista de rutas: {type(fallo).__name__}. Se hará en el próximo arranque.",
            origen="registro.rutas",
        )
