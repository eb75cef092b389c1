"""Los interruptores de módulos de cada Nora."""
