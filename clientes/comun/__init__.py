"""Lo poco que comparten los paneles: qué clase de petición es y de qué Nora se habla."""
