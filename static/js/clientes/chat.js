/* Chats: la lista que no salta, el hilo al día, y escribir sin perder nada aunque se vaya la conexión. */
(() => {
  "use strict";
  const $ = (selector, desde = document) => desde.querySelector(selector);
  const $$ = (selector, desde = document) => [...desde.querySelectorAll(selector)];
  const escuchar = (evento, hacer) => document.addEventListener(evento, hacer);
  const { nora, usuario } = document.body.dataset;
  const base = () => $("#chat").dataset.base;
  const abierta = () => $(".hilo")?.dataset.conversacion;
  const aDedo = matchMedia("(pointer: coarse)").matches;
  const despues = (hacer, ms) => {
    let reloj = null;
    return () => (clearTimeout(reloj), (reloj = setTimeout(hacer, ms)));
  };
  const aFragmento = (html) => document.createRange().createContextualFragment(html);

  /* ── La lista ── */
  const mirandoLista = () =>
    (matchMedia("(hover: hover)").matches && $("#lista").matches(":hover")) || Boolean($("#filas :focus-visible"));

  async function refrescarLista(forzar = false) {
    const parametros = new URLSearchParams({ q: $("#buscar").value, solo: $("#solo").value, filas: $$("#filas > [id]").length });
    if (abierta()) parametros.set("c", abierta());
    const respuesta = await aura.pedir(`${base()}lista?${parametros}`).catch(() => null);
    if (!respuesta?.ok) return;
    const nueva = aFragmento(await respuesta.text());
    const quieta = !forzar && mirandoLista() && $("#filas") && $("#filas", nueva);
    const movidas = quieta ? dejarEnSuSitio($("#filas", nueva)) : 0;
    const boton = $("#lista-nuevas");
    boton.hidden = !movidas;
    boton.textContent = `↑ ${movidas} ${movidas === 1 ? "nueva" : "nuevas"}`;
    const caja = document.createElement("div");
    caja.append(nueva);
    await htmx.swap({ target: $("#lista"), text: caja.innerHTML, swap: "innerMorph", sourceElement: $("#lista") });
    titular();
  }

  /* Ordena lo nuevo como está lo pintado y dice cuántas filas habrían subido: nada se mueve bajo el dedo. */
  function dejarEnSuSitio(filas) {
    const antes = $$("#filas > [id]").map((fila) => fila.id);
    const ahora = $$(":scope > [id]", filas).map((fila) => fila.id);
    const conocidas = ahora.filter((id) => antes.includes(id));
    let hasta = -1;
    const movidas = ahora.filter((id, i) => {
      const sitio = antes.indexOf(id);
      const adelantada = sitio < 0 || conocidas.slice(conocidas.indexOf(id) + 1).some((otra) => antes.indexOf(otra) < sitio);
      hasta = adelantada ? i : hasta;
      return adelantada;
    }).length;
    const fin = $(":scope > :not([id])", filas);
    antes.forEach((id) => filas.append($(`#${id}`, filas) ?? $(`#${id}`).cloneNode(true)));
    $$(":scope > [id]", filas).forEach((fila) => antes.includes(fila.id) || fila.remove());
    if (fin) filas.append(fin);
    return movidas;
  }

  const listaPronto = despues(refrescarLista, 250);
  const titular = () => {
    const sinLeer = Number($("#lista .filtros")?.dataset.pendientes ?? 0);
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (sinLeer) document.title = `(${sinLeer}) ${document.title}`;
    $$("[data-sin-leer]").forEach((cuenta) => (cuenta.textContent = sinLeer || ""));
  };
  const marcarFila = () =>
    $$(".fila").forEach((fila) =>
      fila.dataset.conversacion === abierta() ? fila.setAttribute("aria-current", "true") : fila.removeAttribute("aria-current"),
    );

  /* ── El hilo ── */
  const registro = () => $("#registro");
  const abajo = () => Math.abs(registro().scrollTop) < 80;
  const ultimoId = () => Math.max(0, ...$$(".mensaje[data-id]").map((m) => Number(m.dataset.id)));
  const direccion = (resto) => `${base()}${abierta()}/${resto}`;

  function abrir() {
    marcarFila();
    if (!abierta()) return titular();
    $("#texto").value ||= localStorage.getItem(claveDe("borrador")) ?? "";
    leerCola().filter((m) => m.conversacion === abierta() && !$(`[data-clave="${m.clave}"]`)).forEach(pintarPendiente);
    medirTexto();
    $("#sin-leer")?.scrollIntoView({ block: "start", behavior: "instant" });
    if ($("#ver-antes")) vigia.observe($("#ver-antes"));
    registro().addEventListener("scroll", () => abajo() && ocultarBajar(), { passive: true });
    if (!aDedo) ($("#texto").disabled ? $("#hilo-nombre") : $("#texto")).focus({ preventScroll: true });
    marcarLeido();
    vaciarCola();
  }

  async function marcarLeido() {
    if (!abierta() || document.hidden || !$("#puede")?.dataset.puedeLeer) return;
    const fila = $(`#fila-${abierta()} .cuenta`);
    if (!fila && !$("#sin-leer") && marcarLeido.hasta === ultimoId()) return;
    marcarLeido.hasta = ultimoId();
    await aura.pedir(direccion("leido"), { method: "POST", body: new URLSearchParams({ hasta: ultimoId() }) }).catch(() => null);
  }

  /* Lo que llegó después de lo pintado y, al volver, lo que cambió mientras tanto. De uno en uno: el orden no se cruza. */
  let pidiendo = null;
  function traerNuevos(alVolver = false) {
    pidiendo = (pidiendo ?? Promise.resolve()).then(() => pedirNuevos(alVolver)).catch(() => null);
    return pidiendo;
  }
  async function pedirNuevos(alVolver) {
    const cual = abierta();
    if (!cual) return;
    const parametros = new URLSearchParams({ desde: ultimoId() });
    const primero = $(".mensaje[data-id]");
    if (alVolver && primero) {
      parametros.set("primero", primero.dataset.id);
      parametros.set("cambiado_desde", $(".hilo").dataset.leidoEn);
    }
    const respuesta = await aura.pedir(direccion(`nuevos?${parametros}`));
    if (!respuesta.ok || cual !== abierta()) return;
    if (respuesta.headers.get("X-Hay-Mas")) return location.reload();
    $(".hilo").dataset.leidoEn = respuesta.headers.get("X-Leido-En");
    colocar(await respuesta.text());
  }

  /* Cada mensaje en su sitio: si ya estaba (por id o por la clave de este navegador) se cambia; si no, va al final. */
  function colocar(html) {
    const estabaAbajo = abajo();
    const alto = $("#registro-dentro").offsetHeight;
    let nuevos = 0;
    for (const pieza of [...aFragmento(html).children]) {
      if (pieza.matches(".dia") && $(`[data-dia="${pieza.dataset.dia}"]`)) continue;
      const viejo = (pieza.id && document.getElementById(pieza.id)) || (pieza.dataset.clave && $(`[data-clave="${pieza.dataset.clave}"]`));
      if (viejo) {
        if (viejo.dataset.id) pieza.classList.toggle("agrupada", viejo.classList.contains("agrupada"));
        viejo.replaceWith(pieza);
      } else {
        const pendiente = $("#registro-dentro > .pendiente");
        pendiente ? pendiente.before(pieza) : $("#registro-dentro").append(pieza);
        if (pieza.matches(".mensaje")) pieza.classList.add("destello");
        if (pieza.matches(".mensaje-ella")) nuevos += 1;
      }
      htmx.process(pieza);
    }
    if (!estabaAbajo) {
      registro().scrollTop -= $("#registro-dentro").offsetHeight - alto;
      if (nuevos) ofrecerBajar(nuevos);
    }
    if (nuevos) marcarLeido();
  }
  function ofrecerBajar(nuevos) {
    const boton = $("#bajar");
    const total = (boton.hidden ? 0 : Number(boton.dataset.nuevos)) + nuevos;
    boton.dataset.nuevos = total;
    boton.hidden = false;
    $("span", boton).textContent = `${total} ${total === 1 ? "nuevo" : "nuevos"}`;
  }
  const ocultarBajar = () => ($("#bajar").hidden = true);

  /* Los mensajes viejos entran por arriba sin mover lo que se lee y sin que un lector de pantalla los recite. */
  const vigia = new IntersectionObserver((vistos) => vistos.some((v) => v.isIntersecting) && traerAnteriores());
  async function traerAnteriores() {
    const enlace = $("#ver-antes");
    if (!enlace || enlace.ariaBusy) return;
    enlace.ariaBusy = "true";
    const respuesta = await aura.pedir(enlace.dataset.pedir).catch(() => null);
    if (!respuesta?.ok || !enlace.isConnected) return (enlace.ariaBusy = null);
    registro().ariaLive = "off";
    const dentro = $("#registro-dentro");
    enlace.parentElement.remove();
    const primerDia = $(".dia", dentro);
    dentro.prepend(aFragmento(await respuesta.text()));
    if (primerDia && $$(`.dia[data-dia="${primerDia.dataset.dia}"]`).length > 1) primerDia.remove();
    htmx.process(dentro);
    if ($("#ver-antes")) vigia.observe($("#ver-antes"));
    setTimeout(() => (registro().ariaLive = "polite"), 300);
  }

  const porRepintar = new Set();
  const repintarPronto = despues(async () => {
    const ids = [...porRepintar];
    porRepintar.clear();
    for (const id of ids) {
      if (!document.getElementById(`m-${id}`)) continue;
      const respuesta = await aura.pedir(direccion(`mensaje/${id}`)).catch(() => null);
      if (respuesta?.ok) colocar(await respuesta.text());
    }
  }, 120);

  async function traerEstado() {
    const cual = abierta();
    if (!cual) return;
    const respuesta = await aura.pedir(direccion("estado")).catch(() => null);
    if (!respuesta?.ok || cual !== abierta()) return;
    await htmx.swap({ target: $("#hilo-cabeza"), text: await respuesta.text(), swap: "outerMorph", sourceElement: $("#hilo-cabeza") });
    permitir();
  }
  const estadoPronto = despues(traerEstado, 150);
  const permitir = () => {
    const no = Boolean($("#puede")?.dataset.bloqueado);
    if ($("#texto")) [$("#texto").disabled, $("#enviar").disabled] = [no, no || pasado()];
  };

  /* ── Escribir ── */
  const TOPE = 1600;
  const claveDe = (que) => `${que}:${usuario}:${nora}${que === "borrador" ? `:${abierta()}` : ""}`;
  const leerCola = () => JSON.parse(localStorage.getItem(claveDe("cola")) ?? "[]");
  const guardarCola = (cola) => localStorage.setItem(claveDe("cola"), JSON.stringify(cola));
  const largo = () => [...$("#texto").value.trim()].length;
  const pasado = () => largo() > TOPE;
  // Fuera de https y de esta máquina, el navegador no da randomUUID.
  const claveNueva = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");

  function medirTexto() {
    const caja = $("#texto");
    if (!caja) return;
    caja.style.height = "auto";
    caja.style.height = `${caja.scrollHeight + 2}px`;
    const cuenta = $("#cuenta-atras");
    cuenta.textContent = largo() < 1400 ? "" : pasado() ? `Sobran ${largo() - TOPE} caracteres: WhatsApp admite ${TOPE}` : `${largo()} / ${TOPE}`;
    cuenta.classList.toggle("pasado", pasado());
    permitir();
  }
  const guardarBorrador = () =>
    $("#texto").value.trim() ? localStorage.setItem(claveDe("borrador"), $("#texto").value) : localStorage.removeItem(claveDe("borrador"));

  function pintarPendiente({ clave, texto, en }) {
    const burbuja = $("#burbuja-pendiente").content.firstElementChild.cloneNode(true);
    burbuja.dataset.clave = clave;
    $(".texto bdi", burbuja).textContent = texto;
    $("time", burbuja).textContent = new Date(en).toLocaleTimeString("es", { hour: "2-digit", minute: "2-digit" });
    $("#registro-dentro").append(burbuja);
    registro().scrollTop = 0;
  }

  function enviar() {
    const texto = $("#texto").value.trim();
    if (!texto || pasado() || $("#texto").disabled) return;
    const mensaje = { clave: claveNueva(), texto, conversacion: abierta(), en: Date.now() };
    guardarCola([...leerCola(), mensaje]);
    $("#texto").value = "";
    $("#redactar-error").textContent = "";
    localStorage.removeItem(claveDe("borrador"));
    pintarPendiente(mensaje);
    medirTexto();
    $("#texto").focus();
    vaciarCola();
  }

  /* En orden y de uno en uno. Sin red, o si el servidor no puede, espera y repite con la misma clave: no se duplica. */
  let vaciando = false;
  let pausa = 2000;
  async function vaciarCola() {
    if (vaciando) return;
    vaciando = true;
    try {
      for (let [mensaje] = leerCola(); mensaje; [mensaje] = leerCola()) {
        const cuerpo = new URLSearchParams({ texto: mensaje.texto, clave_cliente: mensaje.clave });
        const respuesta = await aura.pedir(`${base()}${mensaje.conversacion}/mensajes`, { method: "POST", body: cuerpo });
        const repetible = respuesta.status >= 500 || [401, 408, 429].includes(respuesta.status);
        if (repetible) throw new Error(String(respuesta.status));
        const html = await respuesta.text();
        guardarCola(leerCola().filter(({ clave }) => clave !== mensaje.clave));
        respuesta.ok ? mensaje.conversacion === abierta() && colocar(html) : devolver(mensaje, html);
        pausa = 2000;
      }
    } catch {
      setTimeout(vaciarCola, (pausa = Math.min(pausa * 2, 30000)));
    } finally {
      vaciando = false;
    }
  }

  /* No se envió y repetirlo daría lo mismo: lo escrito vuelve al cuadro, con el motivo al lado. */
  function devolver({ clave, texto, conversacion }, html) {
    $(`[data-clave="${clave}"]`)?.remove();
    const motivo = $("[data-motivo]", aFragmento(html))?.textContent ?? "El servidor no lo aceptó.";
    if (conversacion !== abierta()) {
      localStorage.setItem(`borrador:${usuario}:${nora}:${conversacion}`, texto);
      return aura.avisar(`Un mensaje no se envió. ${motivo} Lo escrito quedó como borrador en ese chat.`, true);
    }
    $("#texto").value = [texto, $("#texto").value].filter(Boolean).join("\n");
    guardarBorrador();
    medirTexto();
    $("#redactar-error").textContent = `No se envió. ${motivo}`;
    estadoPronto();
  }

  /* ── Atar todo ── */
  escuchar("submit", (evento) => {
    if (evento.target.id !== "redactar") return;
    evento.preventDefault();
    enviar();
  });
  escuchar("input", (evento) => {
    if (evento.target.id !== "texto") return;
    medirTexto();
    guardarBorrador();
  });
  escuchar("click", (evento) => {
    if (evento.target.closest("#bajar")) registro().scrollTo({ top: 0, behavior: "smooth" });
    if (evento.target.closest("#lista-nuevas")) refrescarLista(true).then(() => ($("#lista").scrollTop = 0));
    const filtro = evento.target.closest("[data-solo]");
    if (filtro) $("#solo").value = filtro.dataset.solo;
    const anteriores = evento.target.closest("#ver-antes");
    if (anteriores) evento.preventDefault(), traerAnteriores();
  });
  escuchar("keydown", (evento) => {
    const enTexto = evento.target.id === "texto";
    if (enTexto && evento.key === "Enter" && !evento.shiftKey && !evento.isComposing && !aDedo) return evento.preventDefault(), enviar();
    if (enTexto && evento.key === "Escape") return evento.target.blur();
    if (!evento.altKey || evento.ctrlKey || evento.metaKey) return;
    const saltar = { KeyJ: 1, KeyK: -1 }[evento.code];
    const ir = { KeyB: "#buscar", KeyL: "#texto" }[evento.code];
    if (!saltar && !ir && evento.code !== "KeyA") return;
    evento.preventDefault();
    if (ir) $(ir)?.focus();
    else if (saltar) {
      const filas = $$(".fila");
      (filas[filas.findIndex((f) => f.ariaCurrent) + saltar] ?? filas.at(saltar > 0 ? 0 : -1))?.click();
    } else $("#boton-control")?.click();
  });

  escuchar("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.action.startsWith(`${base()}lista`) && abierta()) ctx.request.body.set("c", abierta());
  });
  escuchar("htmx:after:swap", ({ detail: { ctx } }) => {
    const donde = ctx.target?.id;
    if (donde === "hilo" || donde === "chat") abrir(), document.title = `${$("#hilo-nombre bdi")?.textContent ?? "Chats"} · Chats · AuraAI2`, titular();
    if (donde === "lista") marcarFila();
    if (donde === "hilo-cabeza") permitir();
    if (donde === "recibo-cuerpo") $("#recibo").showModal();
  });
  escuchar("aura:mensaje.nuevo", ({ detail }) => {
    listaPronto();
    if (String(detail.conversacion) === abierta()) traerNuevos(), estadoPronto();
  });
  escuchar("aura:mensaje.estado", ({ detail }) => {
    listaPronto();
    if (String(detail.conversacion) !== abierta()) return;
    porRepintar.add(detail.id);
    repintarPronto();
  });
  escuchar("aura:conversacion.cambio", ({ detail }) => {
    listaPronto();
    if (String(detail.conversacion) === abierta()) estadoPronto();
  });
  escuchar("aura:reconectado", () => (listaPronto(), traerNuevos(true), estadoPronto(), vaciarCola()));
  escuchar("visibilitychange", marcarLeido);
  $("#lista").addEventListener("pointerleave", () => $("#lista-nuevas").hidden || refrescarLista());
  // La ventana de 24 horas corre sola.
  setInterval(traerEstado, 60000);
  abrir();
})();
