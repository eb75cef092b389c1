"""La puerta: entrar, salir y llegar a la primera pantalla que toca."""
