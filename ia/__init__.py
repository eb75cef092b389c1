"""La sala de pensar: lee y piensa, devuelve una Decision; nunca envía ni escribe mensajes."""
