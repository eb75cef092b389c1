"""Cuánto cuesta, más o menos, lo que se manda y se recibe: Twilio por mensaje y Meta por país y categoría. Puro, en dólares.

De dónde sale cada número (la factura manda; esto es una estimación):

- Twilio: 0.005 por mensaje, entre o salga; 0.001 si acabó en «failed» (twilio.com/whatsapp/pricing).
- Meta, tarjeta vigente desde el 1 de octubre de 2026: cobra cada mensaje entregado según el país de quien lo recibe y su categoría.
  Desde ese día también el de servicio (texto libre), al precio de utilidad, con 1,000 gratis al mes por número que no se acumulan; es
  gratis lo que sale en la ventana de 72 horas de un anuncio; lo fallido no se cobra (developers.facebook.com, «Pricing» del
  30 de septiembre y «Non-template messages» del 28 de septiembre de 2026).
- Argentina, Brasil, Chile, Colombia y el resto de Latinoamérica: tarjeta de julio de 2026 en dólares y la de octubre de 2026 en
  dirhams, que coinciden. México, Perú, Norteamérica, España y el resto del mundo: tarjetas anteriores sin volver a comprobar; se
  marcan «aproximado», igual que un país que no se conoce.

Meta no dice en qué zona empieza el mes: aquí es UTC. No hay descuento por volumen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from sql.modelos.consumo import Recuento

FECHA_DE_LAS_TARIFAS = dt.date(2026, 10, 1)
SERVICIO_SE_COBRA_DESDE = dt.date(2026, 10, 1)
GRATIS_AL_MES = 1_000
"""Mensajes de servicio que Meta regala a cada número cada mes."""

TWILIO_POR_MENSAJE = Decimal("0.005")
TWILIO_POR_FALLIDO = Decimal("0.001")
CERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Mercado:
    """Lo que Meta cobra en un país o en un grupo de países, en dólares por mensaje entregado."""

    nombre: str
    marketing: Decimal
    utilidad: Decimal
    """También el precio de servicio y el de autenticación."""
    aproximado: bool = False


def _mercado(nombre: str, marketing: str, utilidad: str, *, aproximado: bool = False) -> Mercado:
    return Mercado(nombre, Decimal(marketing), Decimal(utilidad), aproximado)


RESTO_DE_LATINOAMERICA = _mercado("Resto de Latinoamérica", "0.0740", "0.0113")
NORTEAMERICA = _mercado("Estados Unidos y Canadá", "0.0250", "0.0034", aproximado=True)
OTRO = _mercado("Otro país", "0.0740", "0.0113", aproximado=True)
_POR_REGION = {
    "AR": _mercado("Argentina", "0.0618", "0.0260"),
    "BR": _mercado("Brasil", "0.0625", "0.0068"),
    "CL": _mercado("Chile", "0.0889", "0.0200"),
    "CO": _mercado("Colombia", "0.0125", "0.0008"),
    "MX": _mercado("México", "0.0305", "0.0085", aproximado=True),
    "PE": _mercado("Perú", "0.0703", "0.0200", aproximado=True),
    "ES": _mercado("España", "0.0615", "0.0200", aproximado=True),
    "US": NORTEAMERICA,
    "CA": NORTEAMERICA,
    **dict.fromkeys(("BO", "CR", "DO", "EC", "GT", "HN", "HT", "JM", "NI", "PA", "PR", "PY", "SV", "UY", "VE"), RESTO_DE_LATINOAMERICA),
}
_DE_LA_ZONA_1 = {
    "1787": "PR", "1939": "PR", "1809": "DO", "1829": "DO", "1849": "DO", "1876": "JM", "1658": "JM",
}  # fmt: skip
"""Países que comparten el +1 y no pagan como Estados Unidos."""


@dataclass(frozen=True, slots=True)
class Linea:
    """Lo que pasó en un mercado con una categoría (o con lo que entró), y lo que cuesta."""

    mercado: str
    categoria: str
    """«entra» para lo que escribió la persona; si no, servicio, utilidad, marketing o autenticacion."""
    mensajes: int
    gratis: int
    """Salieron y Meta no los cobra: por el cupo del mes o por un anuncio."""
    fallidos: int
    sin_salir: int
    twilio: Decimal
    meta: Decimal
    aproximado: bool

    @property
    def total(self) -> Decimal:
        """Twilio y Meta juntos."""
        return self.twilio + self.meta


@dataclass(frozen=True, slots=True)
class Consumo:
    """Un mes de una Nora: sus líneas y sus sumas. Cada mensaje está en una línea y sólo en una."""

    lineas: tuple[Linea, ...]
    entrantes: int
    salientes: int
    """Los que salieron de verdad, cobrados o no."""
    fallidos: int
    sin_salir: int
    cupo_usado: int
    """Cuántos van de los mensajes de servicio gratis."""
    servicio: int
    """Mensajes de servicio que cuentan para el cupo, incluidos los que ya lo pasaron."""
    twilio: Decimal
    meta: Decimal
    aproximado: bool

    @property
    def total(self) -> Decimal:
        """Twilio y Meta juntos."""
        return self.twilio + self.meta

    @property
    def cupo(self) -> int:
        """Hasta cuántos de servicio son gratis: 1,000, o más si ese mes usó otro número y el suyo también se gastó."""
        return max(1, -(-self.cupo_usado // GRATIS_AL_MES)) * GRATIS_AL_MES


@lru_cache(maxsize=2_000)
def mercado_de(prefijo: str) -> Mercado:
    """El mercado de un prefijo: hasta cuatro cifras con + («+5255»), o el país de un BSUID («MX»). Vacío o desconocido, «Otro país»."""
    if not prefijo.startswith("+"):
        return _POR_REGION.get(prefijo.upper(), OTRO)
    cifras = prefijo[1:]
    if cifras[:4] in _DE_LA_ZONA_1:
        return _POR_REGION[_DE_LA_ZONA_1[cifras[:4]]]
    for largo in (3, 2, 1):
        regiones = COUNTRY_CODE_TO_REGION_CODE.get(int(cifras[:largo])) if cifras[:largo].isascii() and cifras[:largo].isdigit() else None
        if regiones and len(cifras) >= largo:
            return _POR_REGION.get(regiones[0], OTRO)
    return OTRO


def precio_de_meta(mercado: Mercado, categoria: str, dia: dt.date) -> Decimal:
    """Lo que Meta cobra por un mensaje entregado que no entra en ningún cupo ni ventana gratis, en dólares."""
    if categoria == "servicio" and dia < SERVICIO_SE_COBRA_DESDE:
        return CERO
    return mercado.marketing if categoria == "marketing" else mercado.utilidad


def estimar(recuentos: Iterable[Recuento], mes: dt.date) -> Consumo:
    """El consumo de un mes (`mes` es su primer día) a partir de lo contado en la base."""
    grupos: dict[tuple[str, str], list[Recuento]] = {}
    mercados: dict[str, Mercado] = {}
    contados = list(recuentos)
    for recuento in contados:
        mercado = mercado_de(recuento.prefijo)
        mercados[mercado.nombre] = mercado
        grupos.setdefault((mercado.nombre, recuento.categoria), []).append(recuento)
    lineas = tuple(_linea(mercados[nombre], categoria, suyos, mes) for (nombre, categoria), suyos in sorted(grupos.items()))
    return Consumo(
        lineas,
        entrantes=_sumar(contados, "entra"),
        salientes=_sumar(contados, "cobrable", "cupo", "anuncio"),
        fallidos=_sumar(contados, "fallido", "rechazado"),
        sin_salir=_sumar(contados, "sin_salir"),
        cupo_usado=_sumar(contados, "cupo"),
        servicio=_sumar((r for r in contados if r.categoria == "servicio"), "cobrable", "cupo"),
        twilio=sum((linea.twilio for linea in lineas), CERO),
        meta=sum((linea.meta for linea in lineas), CERO),
        aproximado=any(linea.aproximado for linea in lineas),
    )


def agrupar(lineas: Iterable[Linea], clave: Callable[[Linea], str]) -> list[Linea]:
    """Las líneas sumadas por lo que diga `clave` (país o categoría), de más cara a menos; lo que no es la clave dice «todo»."""
    grupos: dict[str, list[Linea]] = {}
    for linea in lineas:
        grupos.setdefault(clave(linea), []).append(linea)
    return sorted((_juntar(suyas) for suyas in grupos.values()), key=lambda junta: (-junta.total, -junta.mensajes, junta.mercado))


def _juntar(lineas: list[Linea]) -> Linea:
    mercados, categorias = {linea.mercado for linea in lineas}, {linea.categoria for linea in lineas}
    return Linea(
        mercados.pop() if len(mercados) == 1 else "todo",
        categorias.pop() if len(categorias) == 1 else "todo",
        mensajes=sum(linea.mensajes for linea in lineas),
        gratis=sum(linea.gratis for linea in lineas),
        fallidos=sum(linea.fallidos for linea in lineas),
        sin_salir=sum(linea.sin_salir for linea in lineas),
        twilio=sum((linea.twilio for linea in lineas), CERO),
        meta=sum((linea.meta for linea in lineas), CERO),
        aproximado=any(linea.aproximado for linea in lineas),
    )


def _linea(mercado: Mercado, categoria: str, recuentos: list[Recuento], mes: dt.date) -> Linea:
    cobrables, gratis = _sumar(recuentos, "cobrable"), _sumar(recuentos, "cupo", "anuncio")
    por_twilio = _sumar(recuentos, "entra") + cobrables + gratis
    precio = CERO if categoria == "entra" else precio_de_meta(mercado, categoria, mes)
    return Linea(
        mercado.nombre,
        categoria,
        mensajes=_sumar(recuentos),
        gratis=gratis,
        fallidos=_sumar(recuentos, "fallido", "rechazado"),
        sin_salir=_sumar(recuentos, "sin_salir"),
        # Lo que Twilio rechazó al pedirlo no llegó a ser un mensaje suyo: no lo cobra.
        twilio=por_twilio * TWILIO_POR_MENSAJE + _sumar(recuentos, "fallido") * TWILIO_POR_FALLIDO,
        meta=cobrables * precio,
        aproximado=mercado.aproximado and cobrables > 0,
    )


def _sumar(recuentos: Iterable[Recuento], *resultados: str) -> int:
    """Cuántos mensajes hay con alguno de esos resultados; sin decir cuáles, todos."""
    return sum(r.cuantos for r in recuentos if not resultados or r.resultado in resultados)
