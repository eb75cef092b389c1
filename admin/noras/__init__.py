"""Las Noras: alta, configuración y equipo."""
