"""Lo que cada Nora consume al mes y lo que cuesta."""
