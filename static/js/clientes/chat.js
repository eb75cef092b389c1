/* Chats: la lista que no salta, el hilo al día, y escribir sin perder nada aunque se vaya la conexión. */
(() => {
  "use strict";
  const $ = (selector, desde = document) => desde.querySelector(selector);
  const $$ = (selector, desde = document) => [...desde.querySelectorAll(selector)];
  const escuchar = (evento, hacer) => document.addEventListener(evento, hacer);
  const { nora, usuario } = document.body.dataset;
  const base = $("#chat").dataset.base;
  const abierta = () => $(".hilo")?.dataset.conversacion;
  const delHilo = (resto) => `${base}${abierta()}/${resto}`;
  const esDe = ({ detail }) => String(detail.conversacion) === abierta();
  const aDedo = matchMedia("(pointer: coarse)").matches;
  const aFragmento = (html) => document.createRange().createContextualFragment(html);
  const cambiar = (destino, html, modo) => htmx.swap({ target: destino, text: html, swap: modo, sourceElement: destino });
  /* Enseguida (lo que llega junto cuenta una vez) y, si siguen llegando, una vez cada `ms`. */
  const conFreno = (ms, hacer, libreEn = 0, reloj = 0) => () => {
    reloj ||= setTimeout(() => ((reloj = 0), (libreEn = Date.now() + ms), hacer()), Math.max(15, libreEn - Date.now()));
  };
  const pedirTexto = async (direccion) => {
    const respuesta = await aura.pedir(direccion).catch(() => null);
    return respuesta?.ok ? respuesta.text() : null;
  };

  /* ── La lista ── */
  const mirandoLista = () => (matchMedia("(hover: hover)").matches && $("#lista:hover")) || $("#filas :focus-visible");

  async function refrescarLista(forzar = false) {
    const parametros = new URLSearchParams({ q: $("#buscar").value, solo: $("#solo").value, filas: $$("#filas > [id]").length });
    if (abierta()) parametros.set("c", abierta());
    const html = await pedirTexto(`${base}lista?${parametros}`);
    if (html === null || !$("#lista-nuevas")) return; // al volver atrás, la lista pudo irse mientras contestaba
    const caja = document.createElement("div");
    caja.append(aFragmento(html));
    const quieta = !forzar && mirandoLista() && $("#filas") && $("#filas", caja);
    const movidas = quieta ? dejarEnSuSitio($("#filas", caja)) : 0;
    $("#lista-nuevas").hidden = !movidas;
    $("#lista-nuevas").textContent = `↑ ${movidas} ${movidas === 1 ? "nueva" : "nuevas"}`;
    await cambiar($("#lista"), caja.innerHTML, "innerMorph");
    titular();
  }
  const listaPronto = conFreno(250, () => refrescarLista());

  /* Ordena lo nuevo como está lo pintado y dice cuántas filas habrían subido: nada se mueve bajo la mano. */
  function dejarEnSuSitio(filas) {
    const ids = (lista) => $$(":scope > [id]", lista).map((fila) => fila.id);
    const [antes, ahora] = [ids($("#filas")), ids(filas)];
    const quedan = antes.filter((id) => ahora.includes(id));
    const conocidas = ahora.filter((id) => antes.includes(id));
    const fin = $(":scope > :not([id])", filas);
    filas.replaceChildren(...antes.map((id) => $(`#${id}`, filas) ?? $(`#${id}`).cloneNode(true)), ...(fin ? [fin] : []));
    return ahora.length - conocidas.length + conocidas.filter((id, i) => i < quedan.indexOf(id)).length;
  }

  function titular() {
    const sinLeer = Number($("#lista .filtros")?.dataset.pendientes ?? 0);
    const nombre = $("#hilo-nombre bdi")?.textContent;
    document.title = `${sinLeer ? `(${sinLeer}) ` : ""}${nombre ? `${nombre} · ` : ""}Chats · AuraAI2`;
    $$("[data-sin-leer]").forEach((cuenta) => (cuenta.textContent = sinLeer || ""));
    $$(".fila").forEach((fila) => (fila.ariaCurrent = fila.dataset.conversacion === abierta() ? "true" : null));
  }

  /* ── El hilo ── */
  const registro = () => $("#registro");
  const abajo = () => Math.abs(registro().scrollTop) < 80;
  const ultimoId = () => Math.max(0, ...$$(".mensaje[data-id]").map((m) => Number(m.dataset.id)));

  function abrir() {
    titular();
    if (!abierta()) return;
    $("#texto").value ||= localStorage.getItem(claveDe("borrador")) ?? "";
    leerCola().filter((m) => m.conversacion === abierta() && !$(`[data-clave="${m.clave}"]`)).forEach(pintarPendiente);
    medirTexto();
    const sinVer = $("#sin-leer");
    if (sinVer) registro().scrollTop += sinVer.getBoundingClientRect().top - registro().getBoundingClientRect().top - 8;
    if ($("#ver-antes")) vigia.observe($("#ver-antes"));
    registro().addEventListener("scroll", () => abajo() && !$("#bajar").hidden && (($("#bajar").hidden = true), marcarLeido()));
    if (!aDedo) ($("#texto").disabled ? $("#hilo-nombre") : $("#texto")).focus({ preventScroll: true });
    marcarLeido();
    vaciarCola();
  }

  let leidoHasta = 0;
  function marcarLeido() {
    if (!abierta() || document.hidden || !$("#puede")?.dataset.puedeLeer) return;
    if (leidoHasta === ultimoId() && !$(`#fila-${abierta()} .cuenta`)) return;
    leidoHasta = ultimoId();
    aura.pedir(delHilo("leido"), { method: "POST", body: new URLSearchParams({ hasta: leidoHasta }) }).catch(() => (leidoHasta = 0));
  }

  /* Lo que llegó después de lo pintado y, al volver, lo que cambió mientras tanto. De uno en uno: el orden no se cruza. */
  let turno = Promise.resolve();
  const traerNuevos = (alVolver) => (turno = turno.then(() => pedirNuevos(alVolver)).catch(() => null));
  async function pedirNuevos(alVolver) {
    const cual = abierta();
    if (!cual) return;
    const parametros = new URLSearchParams({ desde: ultimoId() });
    if (alVolver && ultimoId()) {
      parametros.set("primero", $(".mensaje[data-id]").dataset.id);
      parametros.set("cambiado_desde", $(".hilo").dataset.leidoEn);
    }
    const respuesta = await aura.pedir(delHilo(`nuevos?${parametros}`));
    if (!respuesta.ok || cual !== abierta()) return;
    if (respuesta.headers.get("X-Hay-Mas")) return location.reload();
    $(".hilo").dataset.leidoEn = respuesta.headers.get("X-Leido-En");
    colocar(await respuesta.text());
  }

  /* Cada mensaje en su sitio: si ya estaba (por su id o por la clave de este navegador) se cambia; si no, va al final. */
  function colocar(html) {
    const [estabaAbajo, alto] = [abajo(), $("#registro-dentro").offsetHeight];
    let nuevos = 0;
    for (const pieza of [...aFragmento(html).children]) {
      if (pieza.matches(".dia") && $(`[data-dia="${pieza.dataset.dia}"]`)) continue;
      const viejo = document.getElementById(pieza.id) ?? (pieza.dataset.clave && $(`[data-clave="${pieza.dataset.clave}"]`));
      if (viejo) {
        if (viejo.dataset.id) pieza.classList.toggle("agrupada", viejo.matches(".agrupada"));
        viejo.replaceWith(pieza);
      } else {
        $("#registro-dentro").insertBefore(pieza, $("#registro-dentro > .pendiente"));
        pieza.classList.add("destello");
        nuevos += pieza.matches(".mensaje-ella");
      }
      htmx.process(pieza);
    }
    if (estabaAbajo) return void (nuevos && marcarLeido());
    registro().scrollTop -= $("#registro-dentro").offsetHeight - alto;
    if (!nuevos) return;
    const total = nuevos + ($("#bajar").hidden ? 0 : Number($("#bajar").dataset.nuevos));
    $("#bajar").dataset.nuevos = total;
    $("#bajar span").textContent = `${total} ${total === 1 ? "nuevo" : "nuevos"}`;
    $("#bajar").hidden = false;
  }

  /* Los mensajes viejos entran por arriba sin mover lo que se lee y sin que un lector de pantalla los recite. */
  const vigia = new IntersectionObserver((vistos) => vistos.some((v) => v.isIntersecting) && traerAnteriores());
  async function traerAnteriores() {
    const enlace = $("#ver-antes");
    if (!enlace || enlace.ariaBusy) return;
    enlace.ariaBusy = "true";
    const html = await pedirTexto(enlace.dataset.pedir);
    if (html === null || !enlace.isConnected) return (enlace.ariaBusy = null);
    registro().ariaLive = "off";
    enlace.parentElement.remove();
    const primerDia = $("#registro-dentro .dia");
    $("#registro-dentro").prepend(aFragmento(html));
    if ($$(`.dia[data-dia="${primerDia?.dataset.dia}"]`).length > 1) primerDia.remove();
    htmx.process($("#registro-dentro"));
    if ($("#ver-antes")) vigia.observe($("#ver-antes"));
    setTimeout(() => registro() && (registro().ariaLive = "polite"), 300);
  }

  const porRepintar = new Set();
  // En la misma fila que lo nuevo: un cambio que llega antes que su burbuja la encuentra ya pintada, y el último en pedirse manda.
  const repintarPronto = conFreno(150, () => (turno = turno.then(repintar).catch(() => null)));
  async function repintar() {
    const ids = [...porRepintar].filter((id) => document.getElementById(`m-${id}`));
    porRepintar.clear();
    for (const id of ids) {
      const html = await pedirTexto(delHilo(`mensaje/${id}`));
      if (html && document.getElementById(`m-${id}`)) colocar(html);
    }
  }
  const estadoPronto = conFreno(150, async () => {
    const cual = abierta();
    const html = cual && (await pedirTexto(delHilo("estado")));
    if (html && cual === abierta()) await cambiar($("#hilo-cabeza"), html, "outerMorph");
  });

  /* ── Escribir ── */
  const [TOPE, PARTES] = [1600, 5]; // lo más largo sale en varios mensajes, cortado por una frase
  const claveDe = (que, cual = abierta()) => `${que}:${usuario}:${nora}${que === "cola" ? "" : `:${cual}`}`;
  const leerCola = () => JSON.parse(localStorage.getItem(claveDe("cola")) ?? "[]");
  const guardarCola = (cola) => localStorage.setItem(claveDe("cola"), JSON.stringify(cola));
  const sobran = () => $("#texto").value.trim().length - TOPE; // unidades UTF-16, como cuenta Twilio
  const noCabe = () => $("#texto").value.trim().length > TOPE * PARTES;
  // Fuera de https y de esta máquina, el navegador no da randomUUID.
  const claveNueva = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");

  function medirTexto() {
    const [caja, cuenta, bloqueado] = [$("#texto"), $("#cuenta-atras"), Boolean($("#puede").dataset.bloqueado)];
    caja.style.height = "auto";
    caja.style.height = `${caja.scrollHeight + 2}px`;
    const enVarios = "Es largo: se enviará en varios mensajes";
    const demasiado = `Sobran ${sobran() + TOPE - TOPE * PARTES} caracteres. Acórtalo o mándalo como documento`;
    cuenta.textContent = noCabe() ? demasiado : sobran() > 0 ? enVarios : sobran() < -200 ? "" : `Caracteres libres: ${-sobran()}`;
    cuenta.classList.toggle("pasado", noCabe());
    [caja.disabled, $("#enviar").disabled] = [bloqueado, bloqueado || noCabe()];
  }
  const guardarBorrador = (texto, cual) =>
    texto.trim() ? localStorage.setItem(claveDe("borrador", cual), texto) : localStorage.removeItem(claveDe("borrador", cual));

  function pintarPendiente({ clave, texto, en }) {
    const burbuja = $("#burbuja-pendiente").content.firstElementChild.cloneNode(true);
    burbuja.dataset.clave = clave;
    $(".texto bdi", burbuja).textContent = texto;
    const hora = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: $(".hilo").dataset.zona };
    $("time", burbuja).textContent = new Date(en).toLocaleTimeString("es", hora);
    $("#registro-dentro").append(burbuja);
    registro().scrollTop = 0;
  }

  function enviar() {
    if (aura.chat.adjunto?.()) return; // con un archivo elegido, el texto va con él
    const texto = $("#texto").value.trim();
    if (!texto || $("#enviar").disabled) return;
    const mensaje = { clave: claveNueva(), texto, conversacion: abierta(), en: Date.now() };
    guardarCola([...leerCola(), mensaje]);
    $("#texto").value = $("#redactar-error").textContent = "";
    guardarBorrador("");
    pintarPendiente(mensaje);
    medirTexto();
    $("#texto").focus();
    vaciarCola();
  }

  /* En orden y de uno en uno. Sin red, o si el servidor no puede, espera y repite con la misma clave: no se duplica. */
  let [vaciando, pausa] = [false, 1000];
  async function vaciarCola() {
    if (vaciando) return;
    vaciando = true;
    try {
      for (let [mensaje] = leerCola(); mensaje; [mensaje] = leerCola()) {
        const cuerpo = new URLSearchParams({ texto: mensaje.texto, clave_cliente: mensaje.clave });
        const respuesta = await aura.pedir(`${base}${mensaje.conversacion}/mensajes`, { method: "POST", body: cuerpo });
        if (respuesta.status >= 500 || [401, 408, 429].includes(respuesta.status)) throw new Error(respuesta.status);
        const html = await respuesta.text();
        guardarCola(leerCola().filter(({ clave }) => clave !== mensaje.clave));
        if (!respuesta.ok) devolver(mensaje, html);
        else if (mensaje.conversacion === abierta()) colocar(html);
        pausa = 1000;
      }
    } catch {
      setTimeout(vaciarCola, (pausa = Math.min(pausa * 2, 30000)));
    } finally {
      vaciando = false;
    }
  }

  /* No se envió y repetirlo daría lo mismo: lo escrito vuelve al cuadro, con el motivo al lado. */
  function devolver({ clave, texto, conversacion }, html) {
    const motivo = $("[data-motivo]", aFragmento(html))?.textContent ?? "El servidor no lo aceptó.";
    $(`[data-clave="${clave}"]`)?.remove();
    if (conversacion !== abierta()) {
      guardarBorrador(texto, conversacion);
      return aura.avisar(`Un mensaje no se envió. ${motivo} Lo escrito quedó como borrador en ese chat.`, true);
    }
    $("#texto").value = [texto, $("#texto").value].filter(Boolean).join("\n");
    guardarBorrador($("#texto").value);
    medirTexto();
    $("#redactar-error").textContent = `No se envió. ${motivo}`;
    estadoPronto();
  }

  /* ── Lo que hace la persona ── */
  escuchar("submit", (evento) => evento.target.id === "redactar" && (evento.preventDefault(), enviar()));
  escuchar("input", ({ target }) => target.id === "texto" && (medirTexto(), guardarBorrador(target.value)));
  escuchar("click", (evento) => {
    const en = (selector) => evento.target.closest(selector);
    if (en("#bajar")) registro().scrollTo({ top: 0, behavior: "smooth" });
    if (en("#lista-nuevas")) refrescarLista(true).then(() => ($("#lista").scrollTop = 0));
    if (en("[data-solo]")) $("#solo").value = en("[data-solo]").dataset.solo;
    if (en("#ver-antes")) evento.preventDefault(), traerAnteriores();
    if (en("[data-quitar]")) {
      evento.preventDefault();
      $("#buscar").value = $("#solo").value = "";
      htmx.trigger($(".buscador"), "submit");
    }
  });
  escuchar("pointerover", () => ($("#lista-nuevas")?.hidden ?? true) || mirandoLista() || refrescarLista());
  escuchar("keydown", (evento) => {
    const enTexto = evento.target.id === "texto";
    if (enTexto && evento.key === "Escape") evento.target.blur();
    if (enTexto && evento.key === "Enter" && !evento.shiftKey && !evento.isComposing && !aDedo) return evento.preventDefault(), enviar();
    if (!evento.altKey || evento.ctrlKey || evento.metaKey) return;
    const filas = $$(".fila");
    const junto = (paso) => filas[filas.findIndex((fila) => fila.ariaCurrent) + paso] ?? filas.at(paso > 0 ? 0 : -1);
    const atajos = {
      KeyB: () => $("#buscar").focus(),
      KeyL: () => $("#texto")?.focus(),
      KeyA: () => $("#boton-control")?.click(),
      KeyJ: () => junto(1)?.click(),
      KeyK: () => junto(-1)?.click(),
    };
    if (atajos[evento.code]) evento.preventDefault(), atajos[evento.code]();
  });

  /* ── Lo que pasa fuera ── */
  escuchar("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.action.startsWith(`${base}lista`) && abierta()) ctx.request.body.set("c", abierta());
  });
  escuchar("htmx:after:swap", ({ detail: { ctx } }) => {
    const donde = ctx.target?.id;
    if (donde === "hilo" || donde === "chat") abrir();
    if (donde === "hilo-cabeza") medirTexto();
    if (donde === "lista") titular();
    if (donde === "recibo-cuerpo") $("#recibo").showModal();
  });
  escuchar("aura:mensaje.nuevo", (evento) => (listaPronto(), esDe(evento) && (traerNuevos(), estadoPronto())));
  escuchar("aura:mensaje.estado", (evento) => (listaPronto(), esDe(evento) && (porRepintar.add(evento.detail.id), repintarPronto())));
  escuchar("aura:conversacion.cambio", (evento) => (listaPronto(), esDe(evento) && estadoPronto()));
  escuchar("aura:reconectado", () => (listaPronto(), traerNuevos(true), estadoPronto(), vaciarCola()));
  escuchar("visibilitychange", marcarLeido);
  // La ventana de 24 horas corre sola.
  setInterval(() => document.hidden || estadoPronto(), 60000);
  /* Lo que usan los archivos y las notas de voz, que son otros guiones de esta página. */
  aura.chat = { delHilo, abierta, claveNueva, colocar, medirTexto, guardarBorrador, estadoPronto, aFragmento };
  abrir();
})();
