// El teléfono del simulador: se pone al día con los avisos del socket, avisa lo que se leyó y enseña el panel al lado.
(() => {
  "use strict";

  const raiz = document.getElementById("simulador");
  if (!raiz) return;

  const pantalla = document.getElementById("sim-pantalla");
  const sucesos = document.getElementById("sim-sucesos");
  const panel = document.getElementById("sim-panel");
  const cajon = document.getElementById("sim-cajon");
  const boton = document.getElementById("sim-ver-panel");
  const campo = document.getElementById("sim-texto");
  const ancha = matchMedia("(min-width: 1200px)");
  const suelta = window.self === window.top; // dentro del panel de otro simulador no se abre un panel más
  const RECUERDO = "aura-simulador-panel";
  const ESPERA_DE_PUNTOS = 8000; // la IA puede decidir callar, y de eso no avisa nadie

  const conversacion = () => document.getElementById("sim-cabecera").dataset.conversacion;

  // --- Al día ---
  const refrescar = () => {
    htmx.trigger(pantalla, "refrescar");
    htmx.trigger(sucesos, "refrescar");
  };

  const toca = (suceso) => {
    const mia = conversacion();
    // Antes del primer mensaje aún no se sabe cuál será la suya: cualquiera puede serlo.
    if (!mia || String(suceso.detail?.conversacion) === mia) refrescar();
  };
  for (const que of ["mensaje.nuevo", "mensaje.estado", "conversacion.cambio"]) document.addEventListener(`aura:${que}`, toca);
  document.addEventListener("aura:reconectado", refrescar);

  let espera = 0;
  const vigilarPuntos = () => {
    clearTimeout(espera);
    if (pantalla.querySelector("[data-escribiendo]")) espera = setTimeout(refrescar, ESPERA_DE_PUNTOS);
  };

  // --- Lo último, a la vista ---
  let pegada = true;
  const registro = () => document.getElementById("sim-log");
  const alFinal = () => {
    const caja = registro();
    caja.scrollTop = caja.scrollHeight;
  };
  pantalla.addEventListener("scroll", () => {
    const caja = registro();
    pegada = caja.scrollHeight - caja.scrollTop - caja.clientHeight < 60;
  }, true);

  // --- Leído ---
  const avisados = new Set();
  const leer = async () => {
    if (!raiz.dataset.leido || document.visibilityState !== "visible") return;
    const sids = [...pantalla.querySelectorAll("[data-por-leer]")].map((b) => b.dataset.porLeer).filter((sid) => !avisados.has(sid));
    if (!sids.length) return;
    sids.forEach((sid) => avisados.add(sid));
    try {
      const respuesta = await aura.pedir(raiz.dataset.leido, { method: "POST", body: new URLSearchParams(sids.map((sid) => ["sid", sid])) });
      if (!respuesta.ok) throw new Error(String(respuesta.status));
    } catch {
      sids.forEach((sid) => avisados.delete(sid)); // se intenta otra vez con lo próximo que llegue
    }
  };
  document.addEventListener("visibilitychange", leer);

  // --- El panel al lado ---
  const direccionDelPanel = () => raiz.dataset.chat + conversacion();
  const nuevoMarco = () => {
    const marco = Object.assign(document.createElement("iframe"), { title: "El panel, en vivo", src: direccionDelPanel() });
    // El chat enfoca su cuadro de texto al abrirse; aquí quien escribe es el teléfono.
    marco.addEventListener("load", () => document.activeElement === marco && campo?.focus());
    return marco;
  };
  const mostrarPanel = (visible) => {
    boton.hidden = !suelta;
    const cabe = visible && ancha.matches && suelta;
    boton.setAttribute("aria-pressed", String(visible));
    panel.hidden = !cabe;
    raiz.classList.toggle("con-panel", cabe);
    const marco = panel.firstElementChild;
    if (!cabe) marco?.remove();
    else if (!marco) panel.append(nuevoMarco());
  };
  const quierePanel = () => localStorage.getItem(RECUERDO) !== "no";
  const abrirSuConversacion = () => {
    // El primer mensaje crea la conversación: el panel, que enseñaba la lista, la abre.
    const marco = panel.firstElementChild;
    if (marco && conversacion() && !marco.src.endsWith(`/${conversacion()}`)) marco.src = direccionDelPanel();
  };
  boton?.addEventListener("click", () => {
    const visible = boton.getAttribute("aria-pressed") !== "true";
    localStorage.setItem(RECUERDO, visible ? "si" : "no");
    mostrarPanel(visible);
  });
  ancha.addEventListener("change", () => mostrarPanel(quierePanel()));

  // --- Escribir ---
  campo?.addEventListener("keydown", (suceso) => {
    if (suceso.key === "Enter" && !suceso.shiftKey && !suceso.isComposing) {
      suceso.preventDefault();
      if (campo.value.trim()) campo.form.requestSubmit();
    }
  });
  document.addEventListener("htmx:before:request", (suceso) => {
    const origen = suceso.target;
    if (origen.matches?.("#sim-redactar, #sim-atajos")) pegada = true;
  });
  document.addEventListener("htmx:after:request", (suceso) => {
    const respuesta = suceso.detail?.ctx?.response;
    if (suceso.target.id === "sim-redactar" && respuesta?.status === 200) {
      campo.value = "";
      campo.focus();
    }
  });

  const avisar = (texto) => {
    const aviso = document.getElementById("sim-aviso");
    aviso.textContent = texto;
    aviso.hidden = false;
  };
  for (const fallo of ["htmx:response:error", "htmx:error"]) {
    document.addEventListener(fallo, (suceso) => {
      const codigo = suceso.detail?.ctx?.response?.status;
      const explicado = codigo === 422 || codigo === 502; // traen la pantalla con su motivo
      if (suceso.target.matches?.("#sim-redactar, #sim-atajos") && !explicado) avisar("No se pudo enviar. Lo que escribiste sigue aquí: inténtalo otra vez.");
    });
  }

  const trasPintar = () => {
    if (pegada) alFinal();
    abrirSuConversacion();
    vigilarPuntos();
    leer();
  };
  document.addEventListener("htmx:after:swap", (suceso) => {
    if (suceso.detail?.ctx?.target === pantalla || suceso.target === pantalla) trasPintar();
  });

  if (matchMedia("(max-width: 899px)").matches) cajon.open = false;
  mostrarPanel(quierePanel());
  trasPintar();
})();
