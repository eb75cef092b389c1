"""El WhatsApp de una Nora: credenciales, firma, salud del número, comprobación y conciliación."""
