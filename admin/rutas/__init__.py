"""La auditoría de rutas y el estado técnico."""
