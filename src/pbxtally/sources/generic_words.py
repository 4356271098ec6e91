"""What PBXs call things, in English, Danish, German, French and Spanish: results and directions.

A mapping may add to them or override them. A word that means different things on different PBXs does not belong here:
it is asked for.
"""

from __future__ import annotations

from pbxtally.calls import Direction, Result

MACHINE = 0
"""Stands in place of a result: the PBX itself took the call, and rang nobody."""

VOICEMAIL = "voicemail"
"""Part of the name of any machine that is voicemail."""

LOCAL = 0
"""Stands in place of a direction: both sides are extensions."""


def _each(table: dict[int, str]) -> dict[str, int]:
    return {word: ours for ours, words in table.items() for word in words.split(", ")}


RESULTS = _each({
    Result.ANSWERED: "answered, answer, completed, connected, accepted, call connected, call accepted, auto recorded, "
    "besvaret, angenommen, beantwortet, verbunden, répondu, répondue, décroché, contestada, contestado, atendida, "
    "atendido, respondida",
    Result.UNANSWERED: "no answer, noanswer, no_answer, no-answer, not answered, unanswered, missed, not connected, "
    "not_connected, ubesvaret, ikke besvaret, mistet, verpasst, entgangen, unbeantwortet, nicht angenommen, "
    "nicht beantwortet, nicht erreicht, keine antwort, manqué, manquée, non répondu, non répondue, sans réponse, "
    "pas de réponse, perdida, no contestada, no contestado, no atendida, sin respuesta",
    Result.GAVE_UP: "cancelled, canceled, cancel, call cancel, call canceled, abandoned, annulleret, opgivet, "
    "abgebrochen, annulé, annulée, abandonné, abandonnée, cancelada, cancelado, abandonada",
    Result.BUSY: "busy, line busy, user busy, optaget, besetzt, occupé, occupée, ocupado, ocupada",
    Result.REJECTED: "rejected, declined, refused, call rejected, afvist, abgelehnt, abgewiesen, refusé, refusée, "
    "rejeté, rejetée, rechazada, rechazado",
    Result.UNREACHABLE: "unreachable, nicht erreichbar, injoignable",
    Result.FAILED: "failed, call failed, congestion, error, blocked, wrong number, fejl, fejlet, mislykket, "
    "fehlgeschlagen, fehler, échoué, échec, erreur, fallida, fallido",
    Result.ELSEWHERE: "answered elsewhere, besvaret andetsteds, woanders angenommen, répondu ailleurs",
    Result.VOICEMAIL: "voicemail, voice mail, telefonsvarer, mailbox, anrufbeantworter, messagerie, messagerie vocale, "
    "répondeur, buzón de voz",
})  # fmt: skip

DIRECTIONS = _each({
    Direction.IN: "in, inbound, incoming, received, ind, indgående, eingehend, ankommend, entrant, entrante",
    Direction.OUT: "out, outbound, outgoing, placed, dialed, dialled, outbound-dial, outbound-api, ud, udgående, "
    "ausgehend, abgehend, sortant, sortante, saliente",
    LOCAL: "local, internal, intern, lokal, interne, interno, interna",
})  # fmt: skip
