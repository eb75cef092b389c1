// Copiar lo que se enseña. Sin JavaScript el botón no sale y el texto se selecciona a mano.
(() => {
  "use strict";

  const descubrir = () => document.querySelectorAll("[data-copiar][hidden]").forEach((boton) => (boton.hidden = false));

  const elegir = (origen) => {
    const hasta = getSelection();
    hasta.removeAllRanges();
    const trozo = document.createRange();
    trozo.selectNodeContents(origen);
    hasta.addRange(trozo);
  };

  document.addEventListener("click", async (suceso) => {
    const boton = suceso.target.closest("[data-copiar]");
    if (!boton) return;
    const origen = document.getElementById(boton.dataset.copiar);
    try {
      await navigator.clipboard.writeText(origen.textContent.trim());
      window.aura.avisar("Copiado.");
    } catch {
      origen.closest("details")?.setAttribute("open", "");
      elegir(origen);
      window.aura.avisar("Tu navegador no deja copiar solo: ya está elegido, pulsa Ctrl+C.");
    }
  });

  document.addEventListener("htmx:after:swap", descubrir);
  descubrir();
})();
