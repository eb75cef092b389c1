/* El socket de la página: reparte avisos con ids como eventos del documento y dice si hay conexión.
   `aura:reconectado` sale también la primera vez: entre pintar la página y abrir el socket pudo llegar algo. */
(() => {
  "use strict";
  const { nora } = document.body.dataset;
  const pastilla = document.getElementById("conexion");
  if (!nora || !window.io) return;
  const repartir = (que, detalle) => document.dispatchEvent(new CustomEvent(`aura:${que}`, { detail: detalle }));
  const decir = (texto, bien = false) => {
    pastilla.textContent = texto;
    pastilla.hidden = !texto;
    pastilla.classList.toggle("conexion-bien", bien);
  };
  let [espera, yendose] = [0, false];
  addEventListener("pagehide", () => (yendose = true));
  addEventListener("pageshow", () => (yendose = false));
  const perdida = () => {
    clearTimeout(espera);
    // Un corte de un instante no merece un susto.
    espera = setTimeout(() => yendose || decir(navigator.onLine ? "Reconectando…" : "Sin conexión"), pastilla.hidden ? 1200 : 0);
  };

  const socket = io({ transports: ["websocket"], reconnectionDelay: 500, reconnectionDelayMax: 5000 });
  socket.on("connect", () => {
    clearTimeout(espera);
    if (!pastilla.hidden) {
      decir("Conectado", true);
      setTimeout(() => pastilla.classList.contains("conexion-bien") && decir(""), 2000);
    }
    repartir("reconectado");
  });
  socket.on("disconnect", (motivo) => {
    perdida();
    // Si fue el servidor quien cerró (se reinicia), la librería no vuelve sola.
    if (motivo === "io server disconnect") setTimeout(() => socket.connect(), 1000);
  });
  // Rechazada y no caída: la sesión terminó.
  socket.on("connect_error", () => (socket.active ? perdida() : repartir("sesion-caducada")));
  socket.on("avisos", (avisos) => {
    for (const { que, nora: deQuien, ...ids } of avisos) if (deQuien === nora) repartir(que, ids);
  });
  addEventListener("offline", () => decir("Sin conexión"));
  addEventListener("online", () => socket.connected || (decir("Reconectando…"), socket.connect()));
})();
