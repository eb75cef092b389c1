# Todo lo hace registro/preparar.py; aquí solo están los nombres cortos. Sin make: python3 registro/preparar.py run
PYTHON ?= python3
PREPARAR = @$(PYTHON) registro/preparar.py
FIJAR = $(shell command -v uv || echo .venv/bin/uv) pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run test check bench fallas fallas-canal bloquear limpiar

help: ## Enseña estas órdenes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Instala lo que falte y arranca el producto en http://127.0.0.1:5000 (ARGS=web o ARGS=trabajador: una mitad)
	$(PREPARAR) run $(ARGS)

test: ## Instala lo que falte y pasa las pruebas (ARGS="tests/webhook -k firma": solo algunas)
	$(PREPARAR) test $(ARGS)

check: ## Revisa estilo, tipos, plantillas, seguridad y contratos de import
	$(PREPARAR) check

bench: ## Mide lo que el producto promete: arranque, memoria, webhook, mensaje en pantalla
	$(PREPARAR) bench $(ARGS)

fallas: ## Mata los procesos a media tarea muchas veces y comprueba que nada se pierde ni se repite (tarda)
	$(PREPARAR) fallas $(ARGS)

fallas-canal: ## 10.000 mensajes repetidos y revueltos mientras mueren la web y el trabajador (ARGS="--mensajes 2000 --golpes 4": menos)
	$(PREPARAR) fallas-canal $(ARGS)

bloquear: ## Vuelve a fijar las versiones exactas de los paquetes (necesita uv, npm e internet)
	$(FIJAR) pyproject.toml -o requirements.txt
	$(FIJAR) --group pyproject.toml:pruebas -c requirements.txt -o tests/requirements.txt
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

limpiar: ## Borra lo instalado; no toca los datos ni .env
	$(PREPARAR) limpiar
