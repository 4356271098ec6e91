"""What PBXs write above their columns, in English, Danish, German, French and Spanish; the best word first."""

from __future__ import annotations

HEADINGS: dict[str, str] = {
    "start": "start, start time, time start, time started, call start, call start time, start date time, date time "
    "start, start at, started at, date started, begin, begin time, starttid, starttidspunkt, startet, begyndt, "
    "calldate, call date, call time, date time, datetime, date and time, timestamp, tidspunkt, dato og tid, started, "
    "start epoch, start stamp, setup time, startzeit, anrufbeginn, beginn, zeitpunkt, datum und uhrzeit, datum "
    "uhrzeit, début, date et heure, date heure, heure de début, date de début, inicio, hora de inicio, fecha y hora, "
    "fecha hora, time, date, dato, datum, fecha, connect time",
    "answer": "answer, date time connect, answer time, answered at, answer stamp, answer epoch, time answered, time "
    "answer, answer start time, date connected, connected at, connect time, link time, besvaret kl, svartid, "
    "annahmezeit, angenommen um, heure de réponse, hora de respuesta, answered",
    "end": "end, end time, date time end, ended, ended at, end at, end stamp, end epoch, time end, time ended, date "
    "ended, call end, call end time, stop time, hangup time, release time, disconnect time, sluttid, sluttidspunkt, "
    "slut, ende, endzeit, anrufende, gesprächsende, fin, heure de fin, date de fin, hora de fin, hora fin",
    "talk": "talk, talking, talk time, talk duration, talking time, billsec, billable seconds, billable, "
    "conversation, conversation time, talk seconds, duration in call, connected time, charged time, samtaletid, "
    "taletid, samtalelængde, samtalevarighed, gesprächsdauer, gesprächszeit, sprechzeit, verbindungsdauer, durée "
    "conversation, durée de conversation, temps de conversation, duración de conversación, duración conversación, "
    "tiempo de conversación, tiempo hablado",
    "ring": "ring, ring time, ringing, ringing time, ring duration, ringing duration, wait time, waiting time, "
    "waitsec, time to answer, ring seconds, ringetid, ventetid, kaldetid, klingelzeit, klingeldauer, rufdauer, "
    "wartezeit, sonnerie, durée sonnerie, durée de sonnerie, temps de sonnerie, temps d attente, timbrado, tiempo de "
    "timbrado, tiempo de espera",
    "duration": "duration, call duration, total duration, duration total, length, total time, call length, varighed, "
    "længde, total varighed, dauer, anrufdauer, gesamtdauer, durée, durée totale, durée appel, durée d appel, "
    "duración, duración total, duración de la llamada",
    "caller": "caller, from, from no, source, src, src num, calling, calling number, calling party, caller number, "
    "caller id number, caller id, caller no, caller num, source number, origination number, calling line id, call "
    "from, a number, origin, ani, cli, fra, opkalder, kalder, a nummer, afsender, fra nummer, anrufer, von, quelle, "
    "anrufende nummer, a rufnummer, quellrufnummer, appelant, numéro appelant, origine, origen, llamante, número "
    "origen, número de origen, from number, from extension, caller extension",
    "callee": "callee, to, to no, destination, destination number, dst, dst num, called, called number, called party, "
    "callee number, callee no, callee num, call to, b number, dnis, til, modtager, kaldt, kaldt nummer, b nummer, "
    "til nummer, angerufener, an, nach, ziel, angerufene nummer, b rufnummer, zielrufnummer, empfänger, appelé, "
    "numéro appelé, destinataire, destino, número destino, número de destino, to number, to extension, callee "
    "extension",
    "own": "extension, ext, extension number, own number, internal number, user number, agent extension, station, "
    "user, talkdesk phone number, lokalnummer, eget nummer, nebenstelle, durchwahl, eigene rufnummer, poste, "
    "extensión",
    "other": "other number, remote number, external number, customer phone number, contact phone number, phone "
    "number, dial number, number, eksternt nummer, externe rufnummer, rufnummer, numéro externe, número externo",
    "caller_name": "caller name, caller id name, from name, from dispname, origination name, opkaldernavn, opkalders "
    "navn, anrufername, name des anrufers, nom appelant, nombre origen",
    "callee_name": "callee name, to name, called name, to dispname, destination name, modtagernavn, modtagers navn, "
    "name des angerufenen, nom appelé, nombre destino",
    "caller_device": "channel, src channel, src chan, caller device, from device, from dn",
    "callee_device": "dstchannel, dst channel, dst chan, callee device, to device, to dn",
    "dialled": "dialled, dialed, dialled number, dialed number, dialed digits, dial no, did, ddi, tastet, tastet "
    "nummer, hovednummer",
    "result": "result, status, disposition, call status, call result, action result, outcome, state, resultat, "
    "udfald, opkaldsstatus, ergebnis, anrufstatus, statut, résultat, état, estado, resultado, answered, answer "
    "indicator, besvaret, angenommen",
    "direction": "direction, call direction, retning, opkaldstype, kaldstype, richtung, anrufrichtung, sens, sens de "
    "l appel, dirección, sentido, call type, communication type, type, typ, tipo, tipo de llamada",
    "call": "linkedid, linked id, correlation id, call id, session id, session, interaction id, opkalds id, kald id, "
    "samtale id, anruf id, ruf id",
    "key": "uniqueid, unique id, cdr id, record id, report id, row id, leg id, call leg uuid, call uuid, uuid, sid, "
    "id, post id, løbenummer",
}  # fmt: skip

DAYS = "date, dato, dag, day, datum, fecha, call date, start date, startdato, startdatum"
CLOCKS = "time, tid, klokken, klokkeslæt, clock, kl, uhrzeit, zeit, heure, hora, call time, start time, startzeit"
"""Headings of a date and a time of day in columns of their own."""

APART = {"start": (DAYS, CLOCKS), "answer": ("connect date, answer date", "connect time, answer time"),
         "end": ("end date, slutdato, enddatum", "end time, sluttid, endzeit")}  # fmt: skip

YES, NO = "yes, true, ja, y, t, oui, sí, si", "no, false, nej, nein, n, f, non"
"""The values of a column that only says whether a call was answered."""

ZONES = ("timezone", "tz", "zone", "tidszone", "zeitzone", "fuseauhoraire", "zonahoraria", "numbertimezone")
"""Headings, without blanks, of a column that names the zone of the times."""
