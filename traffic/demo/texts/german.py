"""German everyday requests and replies."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words

RULES: dict[str, list[str]] = {
    "prompt": [
        "{anrede}{bitte}schreib {Text} an {wen} wegen {Sache}. {vorgabe}{dank}", "{anrede}wie sage ich {wen}, dass {Lage}? {vorgabe}{dank}",
        "{anrede}kannst du das freundlicher formulieren: {entwurf}{dank}", "Erkläre {Thema} für {publikum}. {vorgabe}", "{anrede}was koche ich aus {zutat}, {zutat} und {zutat} in {#15-90} Minuten?{dank}",
        "{anrede}plane {anlass} für {#4-50} Leute in {Ort}. {vorgabe}{dank}", "Übersetze ins {sprache}: {entwurf}", "{entwurf} -- stimmt die Grammatik?{dank}",
        "{anrede}in {Technik} {fehler}, seit ich {schritt}. {vorgabe}", "Wie kann ich in {Technik} {schritt}? {vorgabe}{dank}", "{Lage}. {frage} {vorgabe}",
        "Rechne vor: {#3-40} {dinge} zu je {#2-60} Euro mit {#3-30} % Rabatt, dazu {#5-19} % Steuer. {frage}", "{anrede}Hausaufgabe: {Thema}. {frage} {vorgabe}",
        "Vergleiche {ding} mit {ding} für {publikum}. {vorgabe}", "{anrede}Produkttext für {ding}, {#2-90} Euro, für {publikum}. {vorgabe}{dank}", "{frage} Es geht um {Sache} und {wen}, {vorgabe}",
    ],
    "anrede": ["", "", "", "Hallo, ", "Hi, ", "Guten Morgen, ", "Kurze Frage: ", "Moin, ", "Ich hänge fest: ", "Fürs Büro: ", "Servus, "],
    "bitte": ["bitte ", "", "", "kannst du bitte: "], "dank": ["", "", "", " Danke!", " Vielen Dank.", " Merci.", " Danke dir.", " Eilt nicht."],
    "Text": words("eine kurze Mail|einen Brief|eine Erinnerung|eine Absage|eine Einladung|ein Angebot|eine Beschwerde|einen Aushang|eine Rede|eine Notiz|eine Kündigung|eine Antwort"),
    "wen": words("die Hausverwaltung|meine Chefin|den Elternbeirat|unseren Lieferanten|das Finanzamt|die Nachbarn|das Team|die Kundin aus {Ort}|den Vermieter|die Bank|unsere Praktikanten|den Vorstand|die Werkstatt|die Krankenkasse"),
    "Sache": words("der verspäteten Lieferung|der Heizung|der Rechnung {#1000-9999}|des Sommerfests|der Parkplätze|einer Preiserhöhung von {#2-15} %|des Umzugs nach {Ort}|der Überstunden|des kaputten Aufzugs|der Probezeit"
                   "|des neuen Dienstplans|einer doppelten Buchung|der Nebenkosten {#2019-2026}|des verlorenen Pakets|der Schulung am {#1-28}. Oktober|des Lärms"),
    "Lage": words("der Termin platzt|wir {#2-9} Tage später liefern|das Budget nicht reicht|{ding} ausverkauft ist|ich am {#1-28}. nicht kann|die Zahlen falsch sind|niemand geantwortet hat|wir den Auftrag in {Ort} bekommen haben|der Server {#2-9} Stunden weg war"),
    "vorgabe": words("Höchstens {#40-250} Wörter.|Bitte sachlich.|Per Du.|Per Sie.|Ohne Floskeln.|Mit {#2-6} Stichpunkten.|Es muss bis Freitag fertig sein.||Nicht zu streng.|Mit einem Beispiel aus {Ort}.|Zwei Varianten.|Kurz und klar.|Mit Datum.|Für {publikum}."),
    "entwurf": words("Leider müssen wir Ihnen mitteilen, dass {Lage}|Wie besprochen kümmert sich {name} um {ding}|Ich warte seit {#2-9} Wochen auf {ding} und bin langsam ratlos|Unser Betrieb in {Ort} sucht ab sofort jemanden für {ding}"
                     "|Vielen Dank für den netten Abend, {name} lässt grüßen|Hiermit widerspreche ich {Sache} fristgerecht|{name} hat gesagt, {Lage}, stimmt das|Wegen {Sache} melden wir uns noch einmal"),
    "name": words("Jana|Torben|Anke|Yusuf|Mareike|Lutz|Svenja|Kemal|Henrike|Falk|Birte|Dragan|Wiebke|Ronja|Ulf|Greta|Tilman|Aylin"),
    "publikum": words("Kinder|Anfänger|meine Oma|Fachfremde|den Stadtrat|Pendler|Lehrlinge|eine fünfte Klasse|Senioren|Vereinsmitglieder|Studierende im {#1-8}. Semester"),
    "zutat": words("Lauch|Linsen|Quark|Rote Bete|Pilze|altes Brot|Spitzkohl|Kichererbsen|Eier|Räuchertofu|Kürbis|Birnen|Nudeln|Feldsalat|Sauerkraut"),
    "anlass": words("ein Sommerfest|einen Betriebsausflug|eine Taufe|einen Spieleabend|ein Richtfest|eine Lesung|einen Flohmarkt|ein Klassentreffen|eine Radtour"),
    "Ort": words("Lüneburg|Görlitz|Tübingen|Graz|Flensburg|Chur|Bamberg|Linz|Wismar|Freiburg|Erfurt|Oldenburg|Passau|Innsbruck|Marburg|Zug"),
    "sprache": words("Englische|Französische|Spanische|Polnische|Italienische|Türkische|Niederländische"),
    "Technik": words("Excel|Python|Postgres|TypeScript|Docker|SAP|Access|Kotlin|LaTeX|Git|nginx|pandas|PHP|Power BI"),
    "fehler": words("kommt Fehler {#100-9999}|fehlen {#2-90} Zeilen|ist alles doppelt|bleibt das Fenster leer|dauert es {#2-50} Minuten|stimmen die Umlaute nicht|bricht der Import ab"),
    "schritt": words("zwei Tabellen verknüpfe|das Update eingespielt habe|Datumswerte umrechne|eine Liste sortiere|auf Version {#2-19} umgestiegen bin|Duplikate lösche|den Pfad geändert habe|Werte über {#10-900} markiere"),
    "frage": words("Was übersehe ich?|Wie gehe ich vor?|Was würdest du antworten?|Warum ist das so?|Reicht das?|Gibt es eine Frist?|Was kostet das ungefähr?|Welche {#2-5} Schritte sind nötig?"),
    "dinge": words("Stühle|Bücher|Karten|Fliesen|Lampen|Äpfel|Ordner|Schrauben|Flaschen"),
    "ding": words("eine Wärmepumpe|ein Lastenrad|ein gebrauchtes Klavier|ein Hochbeet|eine Spülmaschine|ein Vereinsheim|einen Wasserkocher|eine Dachbox|ein Zelt|eine Nähmaschine|einen Drucker|ein Regal aus Eiche"),
    "Thema": words("die Photosynthese|Bruchrechnen|den Dreißigjährigen Krieg|Zinseszins|Plattentektonik|den Konjunktiv|Ohmsches Gesetz|die Hanse|Mendels Regeln|Vektoren|den Wasserkreislauf|Inflation|das Wahlrecht"),
    "reply": ["{ja} {satz} {satz} {satz}{ende}", "{ja}\n\n- {satz}\n- {satz}\n- {satz}\n{ende}", "{satz} {satz} {satz} {satz}", "Guten Tag,\n\n{satz} {satz}\n\n{satz}\n\nMit freundlichen Grüßen"],
    "ja": words("Gern.|Klar.|Hier ein Vorschlag:|So würde ich es angehen.|Kurz gesagt: ja, mit einer Einschränkung.|Das geht in zwei Schritten."),
    "satz": words("Nennen Sie zuerst das Datum.|Bei {Thema} kommt es auf die Reihenfolge an.|Für {Ort} gilt eine Frist von {#2-8} Wochen.|{name} ist als Kontakt genannt.|Rechnen Sie mit etwa {#20-900} Euro.|{ding} lohnt sich erst ab {#2-20} Jahren."
                  "|Der zweite Absatz kann weg.|In {Technik} genügt dafür eine Formel.|Die Antwort lautet {#2-950}.|Heben Sie den Beleg auf.|Mit {zutat} und etwas Zitrone wird es frischer.|Das betrifft {wen} nicht.|Prüfen Sie vorher {#2-9} Zeilen von Hand."),
    "ende": ["", "", " Soll ich es kürzen?", " Sag Bescheid, wenn der Ton nicht passt.", " Das Datum habe ich offen gelassen."],
    "followup": ["{mehr}", "{mehr}{dank}", "Gut. {mehr}", "Fast. {mehr}", "Und jetzt {mehr2}"],
    "mehr": words("bitte kürzer|etwas förmlicher|mit Stichpunkten|warum zuerst {ding}?|und für {publikum}?|erwähne noch {name}|das Ganze auf Englisch|{frage}|nimm {ding} als Beispiel|ohne den letzten Satz"),
    "mehr2": words("für {publikum}|auf {#40-120} Wörter|mit {ding}|für {Ort}|als Tabelle"),
    "followup_reply": ["{ja} {satz} {satz}", "Erledigt. {satz}{ende}", "{satz} {satz}{ende}"],
}  # fmt: skip

GERMAN = Grammar(RULES)
