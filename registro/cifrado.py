"""Lo que se guarda cerrado con llave: cada secreto va atado a su Nora y a su campo, y de él sólo se enseña la cola."""

from __future__ import annotations

import json
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from registro.config import vigentes

_COLA = 4
_LARGO_PARA_ENSENAR = 12
"""Con menos caracteres, la cola sería media clave: no se enseña."""


class NoSePuedeDescifrar(ValueError):
    """Ninguna de las llaves abre ese texto, o lo que guarda es de otra Nora o de otro campo."""


def cifrar(nombre_nora: str, campo: str, texto: str) -> str:
    """El texto cifrado con la llave más nueva de CLAVES_CIFRADO.

    La Nora y el campo viajan dentro: una fila copiada a otra Nora, o a otra columna, no se abre.
    """
    dentro = json.dumps([nombre_nora, campo, texto], ensure_ascii=False)
    return _llavero(vigentes().claves_de_cifrado.get_secret_value()).encrypt(dentro.encode()).decode()


def descifrar(nombre_nora: str, campo: str, cifrado: str) -> str:
    """El texto que se cifró para esa Nora y ese campo.

    Raises:
        NoSePuedeDescifrar: si falta la llave con la que se cerró, si está alterado o si es de otra Nora o campo.
    """
    try:
        dentro = json.loads(_llavero(vigentes().claves_de_cifrado.get_secret_value()).decrypt(cifrado.encode()))
    except (InvalidToken, ValueError) as fallo:
        raise NoSePuedeDescifrar(f"No se puede abrir «{campo}»: la llave con la que se guardó ya no está en CLAVES_CIFRADO") from fallo
    if not isinstance(dentro, list) or dentro[:2] != [nombre_nora, campo] or len(dentro) != 3:
        raise NoSePuedeDescifrar(f"Lo guardado en «{campo}» no es de esta Nora o no es de este campo")
    return str(dentro[2])


def tapar(secreto: str) -> str:
    """«••••3f9a»: lo justo para reconocer un secreto sin poder usarlo. Puro."""
    return "••••" + (secreto[-_COLA:] if len(secreto) >= _LARGO_PARA_ENSENAR else "")


@lru_cache(4)
def _llavero(claves: str) -> MultiFernet:
    return MultiFernet([Fernet(clave.strip()) for clave in claves.split(",") if clave.strip()])
