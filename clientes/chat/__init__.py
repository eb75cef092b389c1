"""Chats: la lista de conversaciones, cada hilo y quién lo atiende."""
