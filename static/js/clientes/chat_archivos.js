/* Chats, los archivos: elegir, pegar o arrastrar uno, mandarlo con su avance, y ver fotos, audios y citas. */
(() => {
  "use strict";
  const $ = (selector, desde = document) => desde.querySelector(selector);
  const $$ = (selector, desde = document) => [...desde.querySelectorAll(selector)];
  const escuchar = (evento, hacer) => document.addEventListener(evento, hacer);
  const { chat } = aura;
  const MEGA = 1024 * 1024;
  const pesoDe = (bytes) => (bytes < MEGA ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MEGA).toFixed(1).replace(".", ",")} MB`);
  const puede = () => $("#redactar") && !$("#puede").dataset.bloqueado;

  /* ── Elegir ── */
  let elegido = null; // { archivo, clave, subida }

  function motivoDeRechazo(archivo) {
    const { limites, frase } = $("#redactar").dataset;
    const limite = JSON.parse(limites).find(({ tipos }) => tipos.includes(archivo.type.split(";")[0]));
    if (!archivo.size) return "El archivo está vacío.";
    if (!limite) return `WhatsApp no admite este archivo. Se puede enviar ${frase}.`;
    const de_mas = `El archivo pesa ${pesoDe(archivo.size)} y WhatsApp admite ${limite.bytes / MEGA} MB por ${limite.nombre}.`;
    return archivo.size > limite.bytes ? `${de_mas} Redúcelo o compártelo con un enlace.` : "";
  }

  function elegir(archivo) {
    if (!archivo || !puede() || elegido?.subida) return;
    const motivo = motivoDeRechazo(archivo);
    $("#redactar-error").textContent = motivo;
    if (motivo) return;
    quitar();
    elegido = { archivo, clave: chat.claveNueva(), url: URL.createObjectURL(archivo) };
    const clase = archivo.type.split("/")[0];
    const muestra = { image: () => new Image(), audio: () => Object.assign(document.createElement("audio"), { controls: true }) }[clase]?.();
    if (muestra) {
      muestra.src = elegido.url;
      muestra.setAttribute(clase === "image" ? "alt" : "aria-label", "Lo que vas a enviar");
    }
    $("#previa-muestra").replaceChildren(...(muestra ? [muestra] : []));
    $("#previa-nombre").textContent = archivo.name;
    $("#previa-detalle").textContent = pesoDe(archivo.size) + (["image", "video"].includes(clase) ? "" : " · el texto irá antes, aparte");
    $("#previa").hidden = false;
    $("#texto").focus();
  }

  function quitar() {
    if (!elegido) return;
    elegido.subida?.abort();
    URL.revokeObjectURL(elegido.url);
    elegido = null;
    const previa = $("#previa");
    if (!previa) return;
    previa.hidden = $("#previa-avance").hidden = true;
    $("#previa-muestra").replaceChildren();
  }

  /* ── Mandar ── */
  function mandar() {
    if (!elegido || !$("#previa") || $("#previa").hidden) return false;
    if (elegido.subida) return true;
    const [este, cual, pie] = [elegido, chat.abierta(), $("#texto").value.trim()];
    const cuerpo = new FormData();
    cuerpo.append("archivo", este.archivo, este.archivo.name);
    cuerpo.append("pie", pie);
    cuerpo.append("clave_cliente", este.clave);
    const subida = (este.subida = new XMLHttpRequest());
    subida.open("POST", chat.delHilo("archivos"));
    const cabeceras = { ...JSON.parse(document.body.getAttribute("hx-headers:inherited")), "HX-Request": "true", "HX-Request-Type": "partial" };
    Object.entries(cabeceras).forEach(([nombre, valor]) => subida.setRequestHeader(nombre, valor));
    const avance = $("#previa-avance");
    avance.hidden = false;
    subida.upload.addEventListener("progress", ({ loaded, total }) => (avance.value = total ? (100 * loaded) / total : 0));
    const noSalio = (motivo) => {
      este.subida = null;
      avance.hidden = true;
      if (cual === chat.abierta()) $("#redactar-error").textContent = motivo;
    };
    subida.addEventListener("error", () => noSalio("No se pudo subir: revisa tu conexión y pulsa Enviar otra vez."));
    subida.addEventListener("load", () => {
      if (subida.status === 401) document.dispatchEvent(new CustomEvent("aura:sesion-caducada"));
      if (subida.status !== 201) {
        const dicho = chat.aFragmento(subida.responseText).querySelector("[data-motivo]")?.textContent;
        if (cual === chat.abierta()) chat.estadoPronto();
        return noSalio(dicho ? `No se envió. ${dicho}` : "El servidor no lo aceptó. Inténtalo otra vez.");
      }
      este.subida = null;
      quitar();
      if (cual !== chat.abierta()) return;
      chat.colocar(subida.responseText);
      $("#registro").scrollTop = 0;
      $("#redactar-error").textContent = "";
      if ($("#texto").value.trim() === pie) chat.guardarBorrador(($("#texto").value = ""));
      chat.medirTexto();
    });
    $("#redactar-error").textContent = "";
    subida.send(cuerpo);
    return true;
  }
  chat.adjunto = mandar;
  chat.elegir = elegir;

  /* ── Ver ── */
  const fotos = () => $$("[data-foto]");
  let vista = 0;
  function verFoto(cual) {
    const todas = fotos();
    vista = (cual + todas.length) % todas.length;
    $("#visor-foto").src = todas[vista].href;
    $("#visor-bajar").href = todas[vista].dataset.foto;
    $("#visor-antes").hidden = $("#visor-despues").hidden = todas.length < 2;
    if ($("#visor").open) return;
    $("#visor").showModal();
    history.pushState({ foto: true }, "");
    hayEntrada = true;
  }
  /* La foto abierta es un paso del historial: «Atrás» la cierra y la conversación se queda como estaba. */
  let [hayEntrada, seCierra] = [false, false];
  if (history.state?.foto) history.replaceState({ htmx: true }, ""); // se recargó con la foto abierta: ya no lo está
  addEventListener("popstate", () => {
    if (!hayEntrada) return;
    [hayEntrada, seCierra] = [false, Boolean(history.state?.htmx)];
    setTimeout(() => (seCierra = false), 300); // vale para este paso y no para el siguiente «Atrás»
    $("#visor").close();
  });
  escuchar("htmx:before:history:restore", (evento) => {
    if (seCierra) evento.preventDefault();
    seCierra = false;
  });
  $("#visor").addEventListener("close", () => hayEntrada && history.back());
  function irACita(id) {
    const donde = document.getElementById(`m-${id}`);
    if (!donde) return aura.avisar("Ese mensaje está más arriba: sigue subiendo para verlo.");
    donde.scrollIntoView({ block: "center", behavior: "smooth" });
    donde.classList.remove("destello");
    requestAnimationFrame(() => donde.classList.add("destello"));
  }
  function otraVelocidad(boton) {
    const siguiente = { 1: 1.5, 1.5: 2, 2: 1 }[boton.dataset.velocidad];
    boton.dataset.velocidad = siguiente;
    boton.textContent = `${String(siguiente).replace(".", ",")}×`;
    $("audio", boton.parentElement).playbackRate = siguiente;
  }

  /* ── Lo que hace la persona ── */
  escuchar("click", (evento) => {
    const en = (selector) => evento.target.closest(selector);
    if (en("[data-elegir]")) {
      $("#archivo").accept = en("[data-elegir]").dataset.elegir;
      $("#que-adjuntar").hidePopover();
      $("#archivo").click();
    }
    if (en("#previa-quitar")) quitar(), $("#texto").focus();
    if (en("[data-velocidad]")) otraVelocidad(en("[data-velocidad]"));
    if (en("#visor-antes")) verFoto(vista - 1);
    if (en("#visor-despues")) verFoto(vista + 1);
    if (evento.target.id === "visor") $("#visor").close();
    const [foto, cita] = [en("[data-foto]"), en("[data-cita]")];
    if (foto && !evento.ctrlKey && !evento.metaKey) evento.preventDefault(), verFoto(fotos().indexOf(foto));
    if (cita) evento.preventDefault(), irACita(cita.dataset.cita);
  });
  escuchar("change", ({ target }) => {
    if (target.id !== "archivo") return;
    elegir(target.files[0]);
    target.value = "";
  });
  escuchar("keydown", ({ key }) => {
    if (!$("#visor").open || fotos().length < 2) return;
    if (key === "ArrowLeft") verFoto(vista - 1);
    if (key === "ArrowRight") verFoto(vista + 1);
  });
  escuchar("paste", (evento) => {
    if (!evento.clipboardData?.files.length || !$("#redactar")) return;
    evento.preventDefault();
    elegir(evento.clipboardData.files[0]);
  });

  /* ── Arrastrar ── */
  const trae = (evento) => $(".hilo")?.contains(evento.target) && evento.dataTransfer?.types.includes("Files");
  const soltando = (si) => $("#soltar") && ($("#soltar").hidden = !si);
  escuchar("dragover", (evento) => trae(evento) && puede() && (evento.preventDefault(), soltando(true)));
  escuchar("dragleave", (evento) => (evento.relatedTarget && $(".hilo")?.contains(evento.relatedTarget)) || soltando(false));
  escuchar("drop", (evento) => {
    soltando(false);
    if (!trae(evento)) return;
    evento.preventDefault();
    elegir(evento.dataTransfer.files[0]);
  });

  /* Sin JavaScript no hay adjuntos: los botones aparecen cuando pueden hacer algo. */
  const mostrar = () => {
    for (const id of ["adjuntar", "grabar"]) if ($(`#${id}`)) $(`#${id}`).hidden = false;
    if (elegido && $("#previa")?.hidden) elegido = (elegido.subida || URL.revokeObjectURL(elegido.url), null);
  };
  escuchar("htmx:after:swap", ({ detail: { ctx } }) => {
    if (["hilo", "chat"].includes(ctx.target?.id)) mostrar();
    if (ctx.target?.id === "hilo-cabeza") for (const id of ["adjuntar", "grabar"]) $(`#${id}`).disabled = !puede();
  });
  mostrar();
})();
