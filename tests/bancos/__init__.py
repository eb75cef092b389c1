"""Mediciones del producto entero, como proporciones dentro de una misma corrida. Se corren con `make bench`."""
