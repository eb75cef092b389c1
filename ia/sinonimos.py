"""El vocabulario de quien escribe a un negocio en español de América: qué palabras dicen lo mismo y cuáles no dicen nada.

Todo va en minúsculas y sin acentos. Las formas se escriben enteras porque una raíz corta engaña («abr» es abrir, abril y abrigo).
"""

from __future__ import annotations


def _conjunto(palabras: str) -> frozenset[str]:
    return frozenset(palabras.split())


GRUPOS: dict[str, str] = {
    # --- Cuándo y dónde ---
    "horario": "horario horarios -hora -horas abren abre abres abrir abriran abrimos abierto abierta abiertos abiertas cierran cierra"
    " cierras cerrar cierre cerramos cerrado cerrada cerrados atienden atiende atender atendemos atencion laboran laboramos"
    " trabajan trabajamos +lunes +viernes +sabado +sabados",
    "festivo": "festivo festivos feriado feriados asueto puente navidad diciembre enero",
    "plazo": "tiempo plazo dias minutos tarda tardan tardar tardado tardamos demora demoran demorar demoramos dura duran duracion"
    " rapido semana semanas +horas",
    "ubicacion": "ubicacion ubicados ubicado ubicada ubican direccion avenida calle colonia barrio esquina mapa sucursal sucursales"
    " +encuentras +encontraras +jiron",
    "zona": "zona zonas republica pais paises nacional nacionales ciudad ciudades estado estados provincia cobertura",
    "extranjero": "extranjero internacional internacionales pais paises",
    "local": "local tienda negocio sucursal",
    "telefono": "telefono celular llamar llamada llamarles llamanos correo email",
    "estacionamiento": "estacionamiento estacionar estacionarme estacionarse parqueadero parqueo parking parquear cochera aparcar valet",
    # --- Dinero ---
    "precio": "precio precios cuesta cuestan costo costos coste vale valen valor cobran cobras cobra cobramos tarifa tarifas importe"
    " monto caro barato barata",
    "pago": "pago pagos pagar pagarlo pagan pagando pagas",
    "medios de pago": "-mediosdepago +pago +pagos +pagar +efectivo +tarjeta +tarjetas +transferencia",
    "tarjeta": "tarjeta tarjetas visa mastercard amex debito credito",
    "transferencia": "transferencia transferencias transferir deposito depositar spei clabe",
    "efectivo": "efectivo cash",
    "dinero": "dinero plata lana reembolso",
    "meses": "meses msi cuota cuotas mensualidad mensualidades interes intereses plazos",
    "apartado": "apartado apartados apartar apartan aparto separar separado anticipo enganche sena abono abonos abonar abonando",
    "promocion": "promocion promociones promo promos oferta ofertas rebaja rebajas descuento descuentos 2x1 liquidacion remate",
    "mayoreo": "mayoreo mayorista mayoristas pormayor docena docenas volumen piezas",
    "factura": "factura facturas facturar facturan facturamos facturacion cfdi fiscal rfc",
    # --- Pedidos ---
    "envio": "envio envios envian envia enviar enviarlo enviamos mandan manda mandar mandarlo mandamos entregan entrega entregas"
    " entregar entregamos domicilio despacho despachan despachamos reparto reparten repartimos delivery flete paqueteria"
    " shipping",
    "llegada": "llega llegan llegar entrega entregas entregan entregar recibo tarda tardan tardar demora demoran demorar",
    "recoger": "recoger recogerlo recojo recoja recoges retirar retirarlo retiro retiras pickup",
    "rastreo": "rastreo rastrear rastrearlo seguimiento guia tracking",
    "pedido": "pedido pedidos orden ordenes paquete paquetes encargo",
    "pedir": "pedir pido pides pedirlo ordenar solicitar solicito solicitud sacar saco agendar agendo reservar programar encargar",
    "cita": "cita citas turno turnos agenda reserva reservas reservar reservacion reservaciones",
    "cancelar": "cancelar cancelo cancelan cancelacion anular",
    "existencia": "existencia existencias disponible disponibles disponibilidad stock inventario",
    "catalogo": "catalogo catalogos menu carta",
    "gratis": "gratis gratuito gratuita regalan regalo regalos cortesia",
    # --- Quién viene ---
    "ninos": "nino nina ninos ninas infantil infantiles bebe bebes chiquitos hijo hija hijos",
    "mascotas": "mascota mascotas perro perros perrito perritos gato gatos",
    # --- Después de comprar ---
    "devolucion": "devolucion devoluciones devolver devuelven devolverlo devolvemos reembolso reembolsan regresar regresen regresan"
    " reintegro",
    "cambio": "cambio cambios cambiar cambian cambiarlo cambiarla cambiamos canje",
    "garantia": "garantia garantias garantizan garantizamos defecto defectos defectuoso falla fallas fallo descosio descose rompio rompe"
    " rompen roto rota despego descompuso",
    # --- Ropa y calzado ---
    "talla": "talla tallas talle talles tamano tamanos medida medidas chico chica grande",
    "calzado": "calzado zapato zapatos tenis zapatilla zapatillas championes",
    "playera": "playera playeras camiseta camisetas remera remeras polera poleras franela franelas",
    "chamarra": "chamarra chamarras chaqueta chaquetas campera camperas casaca casacas",
    "pantalon": "pantalon pantalones jean jeans mezclilla vaquero vaqueros",
    "correr": "correr running runner",
    "prenda": "prenda prendas ropa vestimenta",
    "color": "color colores negro negra negros negras blanco blanca blancos azul rojo roja verde gris rosa vino",
    "bordado": "bordado bordados bordar bordan bordamos estampado estampados estampar estampan estampamos logo logos logotipo diseno"
    " disenos personalizar personalizado personalizados",
    "lavado": "lavar lavo lava lavan lavado lavadora secadora cloro",
}
"""Cada grupo es un concepto: preguntar por una de sus palabras es preguntar por todas. Una palabra puede estar en varios.

Con «-» la palabra sólo se reconoce en la pregunta («¿a qué hora…?» pregunta por el horario, pero «24 horas» en un bloque no lo responde);
con «+» sólo se busca en los bloques («lunes a sábado» es un horario, pero preguntar por el lunes no es preguntar el horario).
"""

FRASES: tuple[tuple[str, str], ...] = (
    (r"buen(os|as)? (dias?|tardes?|noches?)|bnas? (tardes?|noches?)|bns dias", ""),
    (r"estados unidos|eeuu|usa|fuera del pais|otro pais|otros paises", "extranjero"),
    (r"(pag\w+|abon\w+|dar|dando) (de a poco|de a poquito|poco a poco|en partes)", "abonos"),
    (r"pag\w+ (en|a) (cuotas|meses|plazos|mensualidades)", "meses"),
    (r"(como|con que|de que (forma|manera)) (se )?(puedo|puede|podria|le hago para|hago para)? ?(hacer el )?pag\w+", "mediosdepago"),
    (r"(que |cuales )?(formas?|metodos?|medios?|maneras?|opciones) de (pag\w+|cobro)", "mediosdepago"),
    (r"contra ?entrega|(pag\w+|cobr\w+) (al|cuando|hasta que) (me |lo |la )*(recib\w+|lleg\w+|entreg\w+)", "pago entrega contraentrega"),
    (r"(sin|con|cero) interes(es)?|a meses|msi|a plazos", "meses"),
    (r"(al )?por mayor|al mayor", "mayoreo"),
    (r"(en |a )?cuantos? (dias|tiempo|semanas)|que tanto tarda", "tiempo"),
    (r"a (que|k|q|ke) h?oras?|hasta (que|q|k|ke) h?ora|(que|k|q|ke) dias", "horario"),
    (r"a cuanto|cuanto (por|es|son|sale|salen|saldria|esta|estan|queda|quedan)|en cuanto (sale|salen)|que vale", "precio"),
    (r"(d?onde|en que (parte|lugar|zona|calle|colonia|barrio)) (es|son|estan|esta|queda|quedan|se encuentran|se ubican)"
     r"|como (llego|llegar)", "ubicacion"),
    (r"(paso|pasar|pasamos|ir|voy) (yo )?(por|a recoger|a traer|a buscar)", "recoger"),
    (r"numero de (calzado|zapatos?|tenis)", "talla calzado"),
    (r"ano nuevo|semana santa|viernes santo|dias? de muertos", "festivo"),
)  # fmt: skip
"""Maneras de preguntar que sólo se entienden enteras (expresión regular → las palabras que las resumen)."""

RUIDO: frozenset[str] = _conjunto(
    # saludos, cortesía y muletillas
    "hola ola holis buenas buenos buen buena tardes tarde noches noche gracias favor porfa porfavor porfis pls plis please"
    " disculpa disculpe disculpen perdon oye oiga oigan mira amigo amiga joven senorita senor senora bro info informes informacion"
    " saludos aver ver entonces pues "
    # preguntar, querer, poder y otros verbos que acompañan a cualquier cosa
    "quiero quisiera queria necesito ocupo busco ando estoy gustaria interesa interesaria saber sabe saben sabes pregunta"
    " preguntar duda dudas consulta consultar decir dices dicen dime digame diganme pasas pasa pasame pasan mandas mandame regalas"
    " regala regalame das dan dar dame hacen hace hago hacer haces hacerle hagan hacemos tienen tiene tienes tener tengo hay habra"
    " ay manejan maneja manejamos venden vende vendes vendemos aceptan acepta reciben recibe puedo puede pueden podria podrian"
    " puedes poder podemos sirve ofrecen cuentan ponen pone pongo poner meto meter llevo llevar compro comprar compra compras"
    " siguen sigue sigo va van voy ir vamos queda quedan quedo llama llaman trae traen incluye incluyen soy opcion opciones"
    " ustedes ud uds usted ustd "
    # artículos, pronombres, preposiciones y adverbios
    "tu tus su sus mi mis me te se nos lo la los las le les un una unos unas el al del de a en con sin por para que q k ke qe"
    " como cual cuales quien cuando cuanto cuanta cuantos cuantas donde es son esta estan estas este esto esa ese eso ser sera y o"
    " u e ni no si tambien mas menos muy mucho mucha muchos muchas ya aun todavia ahora ahorita hoy aqui alli ahi alla asi algo"
    " alguna algun alguno todo toda todos todas otra otro otros varios varias xq pq porque tmb cosa cosas numero numeros tipo"
    " tipos forma formas manera maneras aproximadamente solo hasta desde cada entre sobre cerca lado parte lugar bien vez veces"
    " luego eh "
)
"""Palabras que no dicen de qué trata la pregunta: no se buscan ni cuentan como falta."""

MATICES: frozenset[str] = _conjunto(
    "dia lunes martes miercoles jueves viernes sabado sabados domingo domingos manana semana mes ano mediodia madrugada enero"
    " febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre pedido pedidos orden ordenes paquete"
    " paquetes compra producto productos articulo articulos local tienda negocio sucursal contraentrega xs s m l xl xxl xxxl nuevo"
    " nueva nuevos nuevas favorito mejor bonito bonita original originales "
)
"""Precisan la pregunta, pero un bloque que no las nombra puede responderla igual: suman si están y casi no restan si faltan."""
