"""Spanish and French everyday requests and replies."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words

SPANISH_RULES: dict[str, list[str]] = {
    "prompt": [
        "{saludo}{ruego}escribe {Texto} para {quien} sobre {Asunto}. {limite}{gracias}", "{saludo}¿cómo le digo a {quien} que {noticia}? {limite}{gracias}", "Explica {Tema} a {publico}. {limite}",
        "{saludo}corrige este texto: {borrador}{gracias}", "Traduce al {idioma}: {borrador}", "{saludo}tengo {comida}, {comida} y {comida}, ¿qué preparo en {#15-80} minutos?{gracias}",
        "{saludo}en {Programa} {fallo} desde que {paso}. {limite}{gracias}", "¿Cómo puedo {hacer} en {Programa}? {limite}", "{noticia}. {pregunta} {limite}",
        "Organiza {evento} para {#5-60} personas en {Lugar}. {limite}", "Un tren sale de {Lugar} a las {#6-11}:{#10-55} a {#60-140} km/h; {pregunta2}", "{saludo}compara {cosa} con {cosa} para {publico}. {limite}",
        "Descripción de producto: {cosa}, {#5-400} euros, para {publico}. {limite}", "{borrador}. ¿Suena {tono}?{gracias}", "{pregunta} Se trata de {Asunto} y de {quien}. {limite}",
    ],
    "saludo": ["", "", "", "Hola, ", "Buenas, ", "Buenos días, ", "Una duda: ", "Oye, ", "Perdona, ", "Para el trabajo: "], "ruego": ["por favor, ", "", "", "necesito que me ayudes: "],
    "gracias": ["", "", "", " ¡Gracias!", " Mil gracias.", " Gracias de antemano.", " Sin prisa."],
    "Texto": words("un correo|una carta breve|un aviso|una invitación|una disculpa|una reseña|un discurso|una queja|una oferta|un recordatorio|un anuncio"),
    "quien": words("mi casera|el ayuntamiento|los vecinos|el equipo de ventas|la profesora|un cliente de {Lugar}|mi jefe|la aseguradora|los voluntarios|el proveedor|la comunidad|mi suegra|el club"),
    "Asunto": words("el retraso del pedido|la factura {#1000-9999}|las obras de la calle|el cambio de horario|la mudanza a {Lugar}|una subida del {#2-15} %|el ascensor roto|la excursión del {#1-28} de octubre|un paquete perdido|las horas extra|la fianza|el ruido nocturno"),
    "noticia": words("no llegamos al plazo|{cosa} está agotado|cambia el precio|el sistema falló {#2-9} horas|dejo el puesto|faltan {#2-40} facturas|se cancela {evento}|nadie ha contestado|ganamos el concurso de {Lugar}"),
    "limite": words("Máximo {#40-250} palabras.|En tono {tono}.|Sin tecnicismos.|Con {#2-6} puntos.|Para el viernes.||Con un ejemplo de {Lugar}.|Dos versiones.|Breve, por favor.|Trátalo de usted.|Menciona a {nombre}."),
    "tono": words("cercano|formal|neutro|amable|firme|alegre|profesional|sereno"),
    "borrador": words("Estimados señores, les escribo porque {noticia}|Quedamos en que {nombre} se ocupa de {cosa}|Llevo {#2-9} semanas esperando {cosa} y nadie responde|Muchas gracias por la visita a {Lugar}, fue preciosa|Buscamos a alguien con experiencia en {cosa}|Según {nombre}, {noticia}, pero no lo veo claro|Por {Asunto} no podemos abrir el lunes"),
    "nombre": words("Lucía|Andrés|Marisol|Íñigo|Paloma|Rubén|Nerea|Joaquín|Ainhoa|Tomás|Ximena|Rocío|Gael|Inés|Matías"),
    "publico": words("niños de {#6-12} años|principiantes|mi abuelo|turistas|estudiantes|la junta|familias numerosas|gente con prisa|jubilados|un público general"),
    "comida": words("garbanzos|calabacín|pan duro|huevos|espinacas|arroz|bacalao|berenjenas|lentejas|queso fresco|naranjas|setas|acelgas"),
    "Programa": words("Excel|Python|WordPress|MySQL|JavaScript|Power BI|R|Docker|Git|Laravel|Android Studio|LaTeX"),
    "fallo": words("sale el error {#100-9999}|se duplican las filas|no carga la página|faltan {#2-80} datos|tarda {#2-50} minutos|se pierden los acentos|se cierra solo"),
    "paso": words("actualicé a la versión {#2-19}|cambié la ruta|uní dos tablas|moví el servidor a {Lugar}|añadí {#2-20} columnas|borré duplicados"),
    "hacer": words("cruzar dos listas|contar valores por mes|quitar duplicados|leer un archivo de {#2-90} MB|programar un envío|calcular una media de {#3-30} días|validar correos|dibujar un mapa"),
    "pregunta": words("¿Qué me falta?|¿Cómo lo harías?|¿Es justo?|¿Hay algún plazo?|¿Cuánto costaría?|¿Qué contesto?|¿Por qué ocurre?|¿Qué {#2-5} pasos sigo?"),
    "pregunta2": words("¿a qué hora llega a {#100-600} km?|otro sale {#10-50} minutos después a {#90-200} km/h, ¿cuándo lo alcanza?|¿cuánto recorre en {#20-90} minutos?"),
    "evento": words("una comida familiar|una feria|un taller|una despedida|una jornada de puertas abiertas|un torneo|una lectura|un mercadillo"),
    "Lugar": words("Cuenca|Oviedo|Rosario|Cádiz|Puebla|Mérida|Salta|Girona|Soria|Montevideo|Lugo|Arequipa|Teruel|Cartagena"),
    "idioma": words("inglés|francés|portugués|alemán|catalán|italiano"),
    "cosa": words("una bicicleta eléctrica|un horno de leña|una caldera|un piano usado|una tienda de campaña|un huerto urbano|una impresora|un sofá cama|una cafetera|un abrigo de lana|una lámpara"),
    "Tema": words("la fotosíntesis|las fracciones|la Revolución Industrial|el subjuntivo|el interés compuesto|las placas tectónicas|la ley de Ohm|el Siglo de Oro|los vectores|la inflación|el ciclo del agua"),
    "reply": ["{si} {frase} {frase} {frase}{fin}", "{si}\n\n1. {frase}\n2. {frase}\n3. {frase}\n{fin}", "{frase} {frase} {frase} {frase}", "Estimados vecinos:\n\n{frase} {frase}\n\n{frase}\n\nUn saludo"],
    "si": words("Claro.|Por supuesto.|Aquí tienes una propuesta.|Vamos por partes.|En resumen: sí, pero con cuidado.|Así lo haría yo."),
    "frase": words("Empieza por la fecha.|En {Tema} importa el orden.|{nombre} queda como contacto.|El coste ronda los {#20-900} euros.|En {Lugar} el plazo es de {#2-30} días.|Quita la última frase.|El resultado es {#2-950}.|En {Programa} basta una función."
                   "|Guarda el recibo.|Añade {comida} al final con un poco de limón.|Conviene avisar a {quien}.|Comprueba antes {#2-9} filas a mano.|Ofrece {cosa} como alternativa."),
    "fin": ["", "", " ¿Lo acorto?", " Dime si cambio el tono.", " He dejado la fecha en blanco."],
    "followup": ["{mas}", "{mas}{gracias}", "Bien. {mas}", "Casi. {mas}"],
    "mas": words("más corto|más formal|ahora para {publico}|menciona a {nombre}|¿y en {idioma}?|pon un ejemplo con {cosa}|sin el último párrafo|{pregunta}|en una tabla|añade el precio de {cosa}"),
    "followup_reply": ["{si} {frase} {frase}", "Hecho. {frase}{fin}", "{frase} {frase}{fin}"],
}  # fmt: skip

FRENCH_RULES: dict[str, list[str]] = {
    "prompt": [
        "{salut}{svp}rédige {Texte} pour {qui} au sujet de {Sujet}. {limite}{merci}", "{salut}comment annoncer à {qui} que {nouvelle} ? {limite}{merci}", "Explique {Theme} à {public}. {limite}",
        "{salut}corrige ce texte : {brouillon}{merci}", "Traduis en {langue} : {brouillon}", "{salut}que cuisiner avec {aliment}, {aliment} et {aliment} en {#15-80} minutes ?{merci}",
        "{salut}dans {Outil}, {panne} depuis que {etape}. {limite}{merci}", "Comment {faire} avec {Outil} ? {limite}", "{nouvelle}. {question} {limite}", "Organise {fete} pour {#5-60} personnes à {Lieu}. {limite}",
        "Un cycliste part de {Lieu} à {#6-11} h {#10-55} à {#15-30} km/h ; {calcul}", "{salut}compare {objet} et {objet} pour {public}. {limite}", "Fiche produit : {objet}, {#5-400} euros, pour {public}. {limite}",
        "{brouillon}. Est-ce assez {ton} ?{merci}", "{question} Il s'agit de {Sujet} et de {qui}. {limite}",
    ],
    "salut": ["", "", "", "Bonjour, ", "Salut, ", "Bonsoir, ", "Petite question : ", "Dis, ", "Pour le bureau : "], "svp": ["s'il te plaît, ", "", "", "peux-tu m'aider : "],
    "merci": ["", "", "", " Merci !", " Merci d'avance.", " Un grand merci.", " Rien d'urgent."],
    "Texte": words("un courriel|une lettre courte|une affiche|une invitation|des excuses|un avis|un discours|une réclamation|un devis|un rappel|une annonce"),
    "qui": words("ma propriétaire|la mairie|les voisins|l'équipe de vente|l'institutrice|un client de {Lieu}|mon chef|l'assurance|les bénévoles|le fournisseur|le syndic|ma belle-mère|le club"),
    "Sujet": words("la livraison en retard|la facture {#1000-9999}|les travaux|le changement d'horaires|le déménagement à {Lieu}|une hausse de {#2-15} %|l'ascenseur en panne|la sortie du {#1-28} octobre|un colis perdu|les heures supplémentaires|la caution|le bruit"),
    "nouvelle": words("nous avons du retard|{objet} est épuisé|le prix change|le site est resté fermé {#2-9} heures|je quitte mon poste|il manque {#2-40} factures|{fete} est annulée|personne n'a répondu|nous avons gagné l'appel d'offres de {Lieu}"),
    "limite": words("{#40-250} mots au plus.|Sur un ton {ton}.|Sans jargon.|En {#2-6} points.|Pour vendredi.||Avec un exemple de {Lieu}.|Deux versions.|Court, merci.|Vouvoie.|Cite {prenom}."),
    "ton": words("chaleureux|formel|neutre|aimable|ferme|gai|professionnel|posé"),
    "brouillon": words("Madame, Monsieur, je vous écris car {nouvelle}|Comme convenu, {prenom} s'occupe de {objet}|J'attends {objet} depuis {#2-9} semaines sans réponse|Merci pour l'accueil à {Lieu}, c'était parfait|Nous cherchons quelqu'un qui connaît {objet}|D'après {prenom}, {nouvelle}, mais j'en doute|En raison de {Sujet}, nous fermons lundi"),
    "prenom": words("Camille|Bastien|Maëlle|Youssef|Odile|Thibault|Inès|Rémi|Solène|Gaël|Clémence|Loïc|Fatou|Émile"),
    "public": words("des enfants de {#6-12} ans|des débutants|mon grand-père|des touristes|des lycéens|le conseil|une famille|des gens pressés|des retraités|le grand public"),
    "aliment": words("des pois chiches|une courge|du pain rassis|des œufs|des épinards|du riz|des poireaux|des lentilles|du chèvre|des noix|des champignons|un chou"),
    "Outil": words("Excel|Python|WordPress|MySQL|JavaScript|Power BI|R|Docker|Git|Symfony|Django|LaTeX"),
    "panne": words("j'ai l'erreur {#100-9999}|les lignes sont en double|la page reste vide|il manque {#2-80} valeurs|le calcul prend {#2-50} minutes|les accents disparaissent|tout se ferme"),
    "etape": words("j'ai mis à jour vers la version {#2-19}|le chemin a changé|deux tables sont jointes|le serveur est à {Lieu}|j'ai ajouté {#2-20} colonnes|les doublons sont supprimés"),
    "faire": words("croiser deux listes|compter par mois|enlever les doublons|lire un fichier de {#2-90} Mo|planifier un envoi|calculer une moyenne sur {#3-30} jours|valider des adresses|tracer une carte"),
    "question": words("Que me manque-t-il ?|Comment feriez-vous ?|Est-ce juste ?|Y a-t-il un délai ?|Combien cela coûte-t-il ?|Que répondre ?|Pourquoi ?|Quelles {#2-5} étapes suivre ?"),
    "calcul": words("quand a-t-il fait {#20-90} km ?|un autre part {#10-50} minutes plus tard à {#20-45} km/h, quand le rattrape-t-il ?|quelle distance en {#20-90} minutes ?"),
    "fete": words("un repas de famille|une brocante|un atelier|un pot de départ|une journée portes ouvertes|un tournoi|une lecture|une randonnée"),
    "Lieu": words("Quimper|Annecy|Namur|Lausanne|Albi|Dinan|Liège|Vannes|Colmar|Nevers|Sète|Fribourg|Arles|Cahors"),
    "langue": words("anglais|espagnol|italien|allemand|portugais|néerlandais"),
    "objet": words("un vélo cargo|un poêle à bois|une chaudière|un piano d'occasion|une tente|un potager|une imprimante|un canapé-lit|une cafetière|un manteau de laine|une lampe"),
    "Theme": words("la photosynthèse|les fractions|la Révolution industrielle|le subjonctif|les intérêts composés|la tectonique des plaques|la loi d'Ohm|les Lumières|les vecteurs|l'inflation|le cycle de l'eau"),
    "reply": ["{oui} {phrase} {phrase} {phrase}{fin}", "{oui}\n\n1. {phrase}\n2. {phrase}\n3. {phrase}\n{fin}", "{phrase} {phrase} {phrase} {phrase}", "Bonjour à tous,\n\n{phrase} {phrase}\n\n{phrase}\n\nCordialement"],
    "oui": words("Bien sûr.|Volontiers.|Voici une proposition.|Procédons par étapes.|En bref : oui, avec une réserve.|Je ferais ainsi."),
    "phrase": words("Commencez par la date.|Pour {Theme}, l'ordre compte.|{prenom} reste votre contact.|Comptez environ {#20-900} euros.|À {Lieu}, le délai est de {#2-30} jours.|Supprimez la dernière phrase.|Le résultat est {#2-950}.|Dans {Outil}, une fonction suffit."
                    "|Gardez le reçu.|Ajoutez {aliment} à la fin avec un peu de citron.|Prévenez {qui}.|Vérifiez d'abord {#2-9} lignes à la main.|Proposez {objet} à la place."),
    "fin": ["", "", " Je raccourcis ?", " Dites-moi si le ton convient.", " La date reste à remplir."],
    "followup": ["{plus}", "{plus}{merci}", "Bien. {plus}", "Presque. {plus}"],
    "plus": words("plus court|plus formel|et pour {public} ?|cite {prenom}|et en {langue} ?|donne un exemple avec {objet}|sans le dernier paragraphe|{question}|en tableau|ajoute le prix pour {objet}"),
    "followup_reply": ["{oui} {phrase} {phrase}", "C'est fait. {phrase}{fin}", "{phrase} {phrase}{fin}"],
}  # fmt: skip

SPANISH = Grammar(SPANISH_RULES)
FRENCH = Grammar(FRENCH_RULES)
