/* El socket de la página: recibe avisos con ids y los reparte como eventos del documento; dice si hay conexión.
   `aura:reconectado` sale también la primera vez: entre pintar la página y abrir el socket pudo llegar algo. */
(() => {
  "use strict";
  const { nora } = document.body.dataset;
  const pastilla = document.getElementById("conexion");
  if (!nora || !window.io || !pastilla) return;

  const decir = (texto, bien = false) => {
    pastilla.textContent = texto;
    pastilla.hidden = !texto;
    pastilla.classList.toggle("conexion-bien", bien);
  };
  const repartir = (que, detalle) => document.dispatchEvent(new CustomEvent(`aura:${que}`, { detail: detalle }));

  let espera = null;
  let yendose = false;
  addEventListener("pagehide", () => (yendose = true));
  addEventListener("pageshow", () => (yendose = false));

  const perdida = () => {
    if (yendose || espera || !pastilla.hidden) return;
    // Un corte de un instante no merece un susto.
    espera = setTimeout(() => decir(navigator.onLine ? "Reconectando…" : "Sin conexión"), 1200);
  };

  const socket = io({ transports: ["websocket"], reconnectionDelay: 500, reconnectionDelayMax: 5000 });
  socket.on("connect", () => {
    clearTimeout(espera);
    espera = null;
    if (!pastilla.hidden) {
      decir("Conectado", true);
      setTimeout(() => pastilla.classList.contains("conexion-bien") && decir(""), 2000);
    }
    repartir("reconectado", {});
  });
  socket.on("disconnect", (motivo) => {
    perdida();
    repartir("desconectado", {});
    // Si fue el servidor quien cerró (se reinicia), la librería no vuelve sola.
    if (motivo === "io server disconnect") setTimeout(() => socket.connect(), 1000);
  });
  socket.on("connect_error", () => {
    perdida();
    // Rechazada y no caída: la sesión terminó.
    if (!socket.active) repartir("sesion-caducada", {});
  });
  socket.on("avisos", (avisos) => {
    for (const { que, nora: deQuien, ...ids } of avisos) if (deQuien === nora) repartir(que, ids);
  });
  addEventListener("offline", () => decir("Sin conexión"));
  addEventListener("online", () => (socket.connected ? decir("") : (decir("Reconectando…"), socket.connect())));
})();
