// Escribir en fichas y listas: Esc cancela, la coma envía una etiqueta, el contador dice cuánto cabe y un fallo no borra nada.
(() => {
  "use strict";

  const contar = (campo) => {
    const maximo = Number(campo.dataset.contador);
    // Por caracteres y no por unidades de JavaScript: un emoji cuenta como en la base.
    const escritos = [...campo.value.trim()].length;
    const cuenta = document.getElementById(campo.dataset.contadorEn);
    if (!cuenta || (!escritos && !cuenta.dataset.empezo)) return;
    cuenta.dataset.empezo = "1";
    cuenta.classList.toggle("contador-pasado", escritos > maximo);
    cuenta.textContent = escritos > maximo
      ? `${escritos} de ${maximo}: sobran ${escritos - maximo}`
      : `${escritos} de ${maximo} caracteres`;
  };

  document.addEventListener("input", (suceso) => {
    if (suceso.target.matches("[data-contador]")) contar(suceso.target);
  });

  document.addEventListener("keydown", (suceso) => {
    const campo = suceso.target;
    if (suceso.isComposing || !(campo instanceof HTMLElement)) return;
    if (suceso.key === "Escape") {
      const cancelar = campo.closest("form")?.querySelector("[data-cancelar]");
      if (cancelar) {
        suceso.preventDefault();
        cancelar.click();
      }
    }
    if (suceso.key === "," && campo.matches("[data-coma-envia]") && campo.value.trim()) {
      suceso.preventDefault();
      campo.form.requestSubmit();
    }
  });

  // Irse con algo escrito y sin guardar pregunta. Lo que htmx guarda se cambia por un trozo nuevo, ya sin marca.
  document.addEventListener("input", (suceso) => suceso.target.closest("form[data-cambios]")?.setAttribute("data-sin-guardar", ""));
  document.addEventListener("submit", (suceso) => {
    if (!suceso.target.hasAttribute("hx-post")) suceso.target.removeAttribute("data-sin-guardar");
  });
  addEventListener("beforeunload", (suceso) => {
    if (document.querySelector("[data-sin-guardar]")) suceso.preventDefault();
  });

  // Un filtro vacío no ensucia la dirección que se comparte.
  document.addEventListener("htmx:config:request", (suceso) => {
    const { sourceElement: origen, request: peticion } = suceso.detail.ctx;
    if (!origen.matches("form.filtros")) return;
    for (const [campo, valor] of [...peticion.body]) if (!valor) peticion.body.delete(campo);
  });

  // 422 y 409 traen el mismo trozo con su explicación; cualquier otro fallo deja la pantalla como estaba y lo dice.
  const SE_PINTAN = [401, 409, 422];
  document.addEventListener("htmx:before:swap", (suceso) => {
    const { response: respuesta, text: texto } = suceso.detail.ctx;
    if (!respuesta || respuesta.status < 400 || SE_PINTAN.includes(respuesta.status)) return;
    suceso.preventDefault();
    const explicado = new DOMParser().parseFromString(texto, "text/html").querySelector(".error-ayuda");
    window.aura.avisar(`No se guardó. ${explicado?.textContent.trim() ?? "Inténtalo otra vez en un momento."}`, true);
  });

  const contarTodos = (raiz) => raiz.querySelectorAll("[data-contador]").forEach(contar);
  document.addEventListener("htmx:after:swap", () => contarTodos(document));
  contarTodos(document);
})();
