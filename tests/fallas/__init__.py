"""Fallas provocadas a propósito, con un comprobador aparte. Se corren con `make fallas`."""
