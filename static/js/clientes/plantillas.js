// Plantillas: la burbuja se escribe sola mientras se teclea, la lista se pone al día, y desde un chat se elige y se envía una.
(() => {
  "use strict";
  const $ = (selector, desde = document) => desde.querySelector(selector);
  const $$ = (selector, desde = document) => [...desde.querySelectorAll(selector)];
  const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

  /* ── La burbuja ── */
  const valorDe = (formulario, clave) => formulario.elements[`variable-${clave}`]?.value.trim() ?? "";
  function pintarBurbuja(formulario) {
    const burbuja = $("[data-burbuja]", formulario.closest("[data-con-burbuja], .editor-plantilla"));
    const cuerpo = formulario.elements.cuerpo;
    if (cuerpo) {
      const piezas = [];
      let fin = 0;
      for (const hallada of cuerpo.value.trim().matchAll(VARIABLE)) {
        piezas.push(cuerpo.value.trim().slice(fin, hallada.index), marcaDe(hallada[1]));
        fin = hallada.index + hallada[0].length;
      }
      $("[data-burbuja-texto]", burbuja).replaceChildren(...piezas, cuerpo.value.trim().slice(fin));
      pintarBotones(formulario, $("[data-burbuja-botones]", burbuja));
    }
    for (const marca of $$("mark[data-variable]", burbuja)) {
      marca.textContent = valorDe(formulario, marca.dataset.variable) || `{{${marca.dataset.variable}}}`;
    }
  }
  function marcaDe(clave) {
    const marca = document.createElement("mark");
    marca.dataset.variable = clave;
    return marca;
  }
  function pintarBotones(formulario, lista) {
    const titulos = $$("[name^='boton-']", formulario).map((campo) => campo.value.trim()).filter(Boolean);
    lista.replaceChildren(
      ...titulos.map((titulo) => {
        const boton = document.createElement("li");
        boton.textContent = titulo;
        return boton;
      }),
    );
  }

  /* ── El editor: un campo de ejemplo por cada variable que se escribe ── */
  const clavesDe = (texto) => [...new Set([...texto.matchAll(VARIABLE)].map((hallada) => hallada[1]))].sort((a, b) => a - b);
  function ponerCampos(formulario) {
    const lista = $("[data-lista-de-variables]", formulario);
    const claves = clavesDe(formulario.elements.cuerpo.value);
    const campos = new Map($$("input", lista).map((campo) => [campo.name.replace("variable-", ""), campo.closest(".campo")]));
    // Los que sobran se esconden y no se borran: al volver a escribir la variable, su ejemplo sigue ahí.
    campos.forEach((campo, clave) => (campo.hidden = !claves.includes(clave)));
    for (const clave of claves.filter((clave) => !campos.has(clave))) {
      const campo = $("[data-campo-de-variable]", formulario).content.firstElementChild.cloneNode(true);
      const [etiqueta, entrada] = [$("label", campo), $("input", campo)];
      etiqueta.htmlFor = entrada.id = entrada.name = `variable-${clave}`;
      etiqueta.textContent = `Dato ${clave}`;
      lista.append(campo);
    }
    $("[data-variables]", formulario).hidden = !claves.length;
  }
  function ponerVariable(cuerpo) {
    const siguiente = Math.max(0, ...clavesDe(cuerpo.value).map(Number).filter(Number.isFinite)) + 1;
    cuerpo.setRangeText(`{{${siguiente}}}`, cuerpo.selectionStart, cuerpo.selectionEnd, "end");
    cuerpo.dispatchEvent(new Event("input", { bubbles: true }));
    cuerpo.focus();
  }
  /* Cómo la llamará WhatsApp: la misma cuenta que hace el servidor al guardar. */
  function decirNombre(campo) {
    const donde = $("#nombre-ayuda");
    const corto = campo.value.normalize("NFD").replace(/[^\x00-\x7f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
    const { prefijo, ayuda } = campo.form.dataset;
    const sinPrefijo = corto.startsWith(prefijo) ? corto.slice(prefijo.length) : corto;
    donde.textContent = sinPrefijo ? `En WhatsApp se llamará ${prefijo}${sinPrefijo}` : ayuda;
  }
  for (const formulario of $$("[data-editor-plantilla]")) {
    $("[data-poner-variable]", formulario).hidden = false;
    ponerCampos(formulario);
    if ($("#problemas")) $("[aria-invalid]", formulario)?.focus();
  }

  document.addEventListener("input", ({ target }) => {
    const formulario = target.closest("[data-editor-plantilla], [data-rellenar-plantilla]");
    if (!formulario) return;
    if (target.name === "cuerpo") ponerCampos(formulario);
    if (target.name === "nombre") decirNombre(target);
    pintarBurbuja(formulario);
  });

  /* ── Al día: cuando Meta contesta, la pantalla lo enseña sin que nadie recargue ── */
  async function refrescar() {
    const donde = $("[data-se-refresca]");
    if (!donde) return;
    if (donde.id !== "lista") return location.reload();
    const respuesta = await aura.pedir(donde.dataset.seRefresca).catch(() => null);
    if (respuesta?.ok) await htmx.swap({ target: donde, text: await respuesta.text(), swap: "outerMorph", sourceElement: donde });
  }
  document.addEventListener("aura:plantilla.cambio", refrescar);

  /* ── En un chat ── */
  const panel = () => $("#plantillas");
  const soloPlantillas = () => Boolean($("#puede")?.dataset.soloPlantillas);
  async function abrirPanel() {
    panel().hidden = false;
    $(".boton-plantillas")?.setAttribute("aria-expanded", "true");
    if (!panel().childElementCount) await htmx.ajax("GET", panel().dataset.direccion, { target: "#plantillas", swap: "innerHTML" });
    if (!soloPlantillas()) enfocar();
  }
  const enfocar = () =>
    ($("[data-rellenar-plantilla] input:not([type=hidden]):placeholder-shown, #q-plantilla", panel()) ?? $("a, [type=submit], button", panel()))?.focus();
  function cerrarPanel() {
    panel().hidden = true;
    panel().replaceChildren();
    $(".boton-plantillas")?.setAttribute("aria-expanded", "false");
  }
  /* Con la ventana cerrada el selector ocupa el sitio del cuadro de texto; al abrirse, se aparta. */
  let cerradaAntes = false;
  function acomodar() {
    if (!panel()) return void (cerradaAntes = false);
    if (soloPlantillas() && panel().hidden) abrirPanel();
    else if (!soloPlantillas() && cerradaAntes) cerrarPanel();
    cerradaAntes = soloPlantillas();
  }
  document.addEventListener("click", (evento) => {
    const en = (selector) => evento.target.closest(selector);
    if (en("[data-poner-variable]")) return ponerVariable(en("form").elements.cuerpo);
    if (en("[data-plantillas]")) {
      evento.preventDefault();
      panel().hidden ? abrirPanel() : cerrarPanel();
    }
    if (en("[data-cerrar-plantillas]")) {
      cerrarPanel();
      $(".boton-plantillas")?.focus();
    }
  });
  document.addEventListener("keydown", (evento) => {
    if (evento.key !== "Escape" || !evento.target.closest?.("#plantillas") || soloPlantillas()) return;
    cerrarPanel();
    $(".boton-plantillas")?.focus();
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const donde = ctx.target?.id;
    if (["hilo", "chat", "hilo-cabeza"].includes(donde)) acomodar();
    // Lo que tenía el foco ya no está: sigue en lo primero que haya que rellenar.
    if (donde === "elegir-plantilla" && document.activeElement === document.body) enfocar();
    const enviada = $("#plantillas [data-mensaje-enviado]");
    if (!enviada) return;
    const { conversacion, mensajeEnviado } = enviada.dataset;
    enviada.removeAttribute("data-mensaje-enviado");
    // El hilo trae lo nuevo como si lo avisara el socket: no hay que esperar a que llegue.
    document.dispatchEvent(new CustomEvent("aura:mensaje.nuevo", { detail: { conversacion, id: Number(mensajeEnviado) } }));
    if (!soloPlantillas()) cerrarPanel();
  });
  acomodar();
})();
