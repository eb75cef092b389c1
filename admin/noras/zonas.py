"""Las zonas horarias para elegir: América y España primero, dichas por país y ciudad en español. Puro."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from babel.dates import get_timezone_location

from ia.palabras import sin_acentos

_DE_ESPANA = frozenset({"Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta"})

Grupo = tuple[str, tuple[tuple[str, str], ...]]
"""(título, ((zona, «País (ciudad)»), …))"""


@cache
def grupos() -> tuple[Grupo, ...]:
    """Las zonas en el orden en que se ofrecen, sin los nombres viejos de una misma zona (tabla `zone.tab` de la IANA)."""
    renglones = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    todas = {renglon.split("\t")[2].strip() for renglon in renglones if renglon and not renglon.startswith("#")}
    americanas = {zona for zona in todas if zona.startswith("America/")}
    return (
        ("América", _ordenadas(americanas)),
        ("España", _ordenadas(todas & _DE_ESPANA)),
        ("Otras", _ordenadas(todas - americanas - _DE_ESPANA)),
    )


def existe(zona: str) -> bool:
    """Si esa zona se puede usar, aunque sea un nombre viejo que ya no se ofrece."""
    return zona in available_timezones()


def nombre_de(zona: str) -> str:
    """«México (Ciudad de México)»; de una zona sin nombre en español, su ciudad."""
    lugar = (get_timezone_location(zona, locale="es") or "").removeprefix("hora de ")
    if not lugar or lugar.startswith("Región desconocida"):
        return zona.rpartition("/")[2].replace("_", " ")
    return lugar.replace("Argentina/", "").replace("Indiana/", "").replace("Kentucky/", "")


def _ordenadas(zonas: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((zona, nombre_de(zona)) for zona in zonas), key=lambda par: (sin_acentos(par[1]), par[0])))
