"""El suelo: la única casa de la base de datos. No importa a nadie y no conoce Flask."""
