"""Los errores registrados y los avisos de Twilio que nadie entendió."""
