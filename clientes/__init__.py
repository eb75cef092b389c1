"""Los cuartos del cliente: /panel_cliente/<nombre_nora>/…"""
