/* Chats, la nota de voz: se graba aquí y se manda como OGG con Opus, que es lo que WhatsApp enseña como nota de voz. */
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const { chat } = aura;
  const TOPE_SEGUNDOS = 15 * 60;
  const VOZ_KBPS = 32000;
  /* Lo que el navegador sabe grabar y WhatsApp admite; el WebM de Chromium lleva el mismo Opus y sólo se cambia de envoltorio. */
  const FORMATOS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
  let grabacion = null; // { grabador, trozos, empezo, reloj, valen }

  const decir = (texto) => ($("#redactar-error").textContent = texto);
  const enMinutos = (segundos) => `${Math.floor(segundos / 60)}:${String(segundos % 60).padStart(2, "0")}`;

  function porQueNo(fallo) {
    if (fallo.name === "NotAllowedError") return "El navegador no deja usar el micrófono. Permítelo en el candado de la barra de direcciones y vuelve a intentarlo.";
    if (fallo.name === "NotFoundError") return "No se encontró ningún micrófono. Conecta uno y vuelve a intentarlo.";
    return "No se pudo usar el micrófono. Cierra los programas que lo estén usando y vuelve a intentarlo.";
  }

  async function empezar() {
    decir("");
    if (!navigator.mediaDevices) return decir("El micrófono sólo se puede usar en una dirección segura (https).");
    const formato = globalThis.MediaRecorder && FORMATOS.find((tipo) => MediaRecorder.isTypeSupported(tipo));
    if (!formato) return decir("Este navegador no graba en un formato que WhatsApp admita. Adjunta el audio como archivo.");
    const microfono = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((fallo) => decir(porQueNo(fallo)));
    if (!microfono?.getTracks) return;
    const grabador = new MediaRecorder(microfono, { mimeType: formato, audioBitsPerSecond: VOZ_KBPS });
    const esta = (grabacion = { grabador, trozos: [], empezo: Date.now(), valen: false });
    grabador.addEventListener("dataavailable", ({ data }) => data.size && esta.trozos.push(data));
    grabador.addEventListener("stop", () => (microfono.getTracks().forEach((pista) => pista.stop()), acabar(esta, formato)));
    esta.reloj = setInterval(() => {
      const segundos = Math.floor((Date.now() - esta.empezo) / 1000);
      $("#grabando-tiempo").textContent = enMinutos(segundos);
      if (segundos >= TOPE_SEGUNDOS) parar(true);
    }, 250);
    mostrar(true);
    grabador.start();
  }

  function parar(valen) {
    if (!grabacion) return;
    grabacion.valen = valen;
    clearInterval(grabacion.reloj);
    if (grabacion.grabador.state !== "inactive") grabacion.grabador.stop();
    mostrar(false);
  }

  function mostrar(grabando) {
    if (!$("#grabando")) return;
    $("#grabando").hidden = !grabando;
    $(".redactar-fila").hidden = grabando;
    $("#grabando-tiempo").textContent = "0:00";
    (grabando ? $("#grabando-listo") : $("#grabar")).focus();
  }

  async function acabar(esta, formato) {
    if (grabacion === esta) grabacion = null;
    if (!esta.valen || !esta.trozos.length) return;
    const tipo = formato.split(";")[0];
    let voz = new Blob(esta.trozos, { type: tipo });
    try {
      if (tipo === "audio/webm") voz = await aOgg(voz);
    } catch {
      return decir("No se pudo preparar la nota de voz. Inténtalo otra vez o adjunta el audio como archivo.");
    }
    chat.elegir(new File([voz], voz.type === "audio/ogg" ? "nota-de-voz.ogg" : "nota-de-voz.m4a", { type: voz.type }));
  }

  /* El mismo audio en otro envoltorio, sin recodificar; la librería sólo se pide cuando hace falta. */
  async function aOgg(webm) {
    const { ALL_FORMATS, BlobSource, BufferTarget, Conversion, Input, OggOutputFormat, Output } = await import($("#redactar").dataset.mediabunny);
    const entrada = new Input({ source: new BlobSource(webm), formats: ALL_FORMATS });
    const salida = new Output({ format: new OggOutputFormat(), target: new BufferTarget() });
    const cambio = await Conversion.init({ input: entrada, output: salida });
    await cambio.execute();
    return new Blob([salida.target.buffer], { type: "audio/ogg" });
  }

  document.addEventListener("click", ({ target }) => {
    if (target.closest("#grabar")) empezar();
    if (target.closest("#grabando-cancelar")) parar(false);
    if (target.closest("#grabando-listo")) parar(true);
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && grabacion && parar(false));
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => ctx?.target?.id === "hilo" && parar(false));
})();
