"""La portería: quién entra, por qué puerta y qué queda anotado."""
