"""Las migraciones: de una base vacía o de la base anterior de la agencia a las tablas de los modelos."""
