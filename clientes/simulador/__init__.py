"""El simulador: un teléfono al lado del panel que escribe por el /webhook de verdad. Sólo existe en modo demo."""
