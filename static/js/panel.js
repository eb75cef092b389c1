/* Lo común a todas las páginas: pedir fragmentos, avisos, tema, sesión caducada y los detalles de los formularios. */
(() => {
  "use strict";
  const $$ = (selector, desde = document) => [...desde.querySelectorAll(selector)];
  const escuchar = (evento, hacer) => document.addEventListener(evento, hacer);

  const cabeceras = {
    ...JSON.parse(document.body.getAttribute("hx-headers:inherited")),
    "HX-Request": "true",
    "HX-Request-Type": "partial",
    Accept: "text/html",
  };
  const aura = (window.aura = {
    /* Pide un fragmento como lo pide htmx. Devuelve la respuesta, también si es un error; se levanta si no hay red. */
    async pedir(direccion, opciones = {}) {
      const respuesta = await fetch(direccion, { ...opciones, headers: cabeceras });
      if (respuesta.status === 401) document.dispatchEvent(new CustomEvent("aura:sesion-caducada"));
      return respuesta;
    },
    /* Un aviso breve; los errores no se van solos. */
    avisar(texto, mal = false) {
      const aviso = document.createElement("p");
      aviso.className = mal ? "aviso aviso-mal" : "aviso";
      aviso.textContent = texto;
      document.getElementById("avisos").append(aviso);
      despedir(aviso, mal);
    },
  });

  const despedir = (aviso, mal) => {
    const irse = () => (aviso.matches(":hover") ? setTimeout(irse, 2000) : aviso.remove());
    if (!mal) setTimeout(irse, 5000);
    aviso.addEventListener("click", () => aviso.remove());
  };
  $$("#avisos .aviso").forEach((aviso) => despedir(aviso, aviso.classList.contains("aviso-mal")));

  escuchar("aura:sesion-caducada", () => {
    const ventana = document.getElementById("sesion-caducada");
    if (!ventana || ventana.open) return;
    const entrar = ventana.querySelector("[data-entrar-de-nuevo]");
    entrar.search = new URLSearchParams({ next: location.pathname + location.search });
    ventana.showModal();
  });
  escuchar("htmx:before:swap", (evento) => {
    if (evento.detail.ctx?.response?.status !== 401) return;
    evento.preventDefault();
    document.dispatchEvent(new CustomEvent("aura:sesion-caducada"));
  });
  // htmx copia el `style` de lo que se va a lo que llega con su mismo id, y la CSP lo prohíbe: lo que se cambia, se va sin él.
  escuchar("htmx:before:swap", ({ detail: { ctx } }) => {
    const viejo = ctx?.target;
    if (viejo?.querySelectorAll) [viejo, ...$$("[style]", viejo)].forEach((pieza) => pieza.removeAttribute("style"));
  });
  escuchar("htmx:error", (evento) => {
    if (evento.detail.ctx?.status?.startsWith("error")) aura.avisar("No se pudo hablar con el servidor. Revisa tu conexión e inténtalo otra vez.", true);
  });

  /* Tema: el de Tabler, guardado donde él lo lee. */
  const tema = () => localStorage.getItem("tabler-theme") ?? "auto";
  const pintarTema = () => {
    const oscuro = tema() === "dark" || (tema() === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    oscuro ? document.documentElement.setAttribute("data-bs-theme", "dark") : document.documentElement.removeAttribute("data-bs-theme");
    $$("[data-tema]").forEach((boton) => boton.setAttribute("aria-pressed", boton.dataset.tema === tema()));
  };
  pintarTema();

  escuchar("click", (evento) => {
    const boton = evento.target.closest("[data-tema], [data-ver-clave], [data-cerrar]");
    if (!boton) return;
    if (boton.dataset.tema) {
      localStorage.setItem("tabler-theme", boton.dataset.tema);
      pintarTema();
    } else if (boton.dataset.verClave) {
      const campo = document.getElementById(boton.dataset.verClave);
      const ver = campo.type === "password";
      campo.type = ver ? "text" : "password";
      boton.setAttribute("aria-pressed", ver);
    } else boton.closest("dialog").close();
  });
  $$("[data-ver-clave]").forEach((boton) => (boton.hidden = false));
  $$("[data-clave]").forEach((campo) => {
    const pista = document.getElementById(`${campo.id}-mayusculas`);
    campo.addEventListener("keyup", (evento) => (pista.hidden = !evento.getModifierState?.("CapsLock")));
    campo.addEventListener("blur", () => (pista.hidden = true));
  });

  /* Un formulario que se envía dos veces por un doble clic se envía una. Al volver atrás, queda como nuevo. */
  $$("form[data-una-vez]").forEach((formulario) => {
    const boton = formulario.querySelector("[type=submit]");
    formulario.addEventListener("submit", (evento) => {
      if (boton.ariaBusy === "true") evento.preventDefault();
      boton.ariaBusy = "true";
    });
    addEventListener("pageshow", () => (boton.ariaBusy = null));
  });

  /* Al salir no queda nada escrito en este navegador. */
  const guardado = (prefijo) => Object.keys(localStorage).filter((clave) => clave.startsWith(prefijo));
  $$("form[data-salir]").forEach((formulario) =>
    formulario.addEventListener("submit", (evento) => {
      const sinEnviar = guardado("cola:").some((clave) => JSON.parse(localStorage.getItem(clave)).length);
      if (sinEnviar && !confirm("Hay mensajes que aún no se enviaron. Si sales ahora, se pierden.")) return evento.preventDefault();
      [...guardado("cola:"), ...guardado("borrador:")].forEach((clave) => localStorage.removeItem(clave));
    }),
  );

  $$("[data-cuenta-atras]").forEach((numero) => setInterval(() => (numero.textContent = Math.max(0, numero.textContent - 1)), 1000));
})();
