"""Conocimiento: lo que la Nora sabe y puede citar."""
