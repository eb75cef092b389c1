"""Un archivo por familia de tablas: filas con tipo y las funciones que las leen y escriben."""
