"""El inicio de la agencia: cómo está cada Nora."""
