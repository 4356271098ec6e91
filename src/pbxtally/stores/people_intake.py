"""Intake keys in the people's database, each as its SHA-256."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import ColumnElement, Engine, insert, select, update

from pbxtally.people import IntakeKey
from pbxtally.stores.people_database import writing
from pbxtally.stores.people_tables import INTAKE_KEY
from pbxtally.stores.read_cache import ReadCache, cached_read


class IntakeKeyRows:
    """The part of the people's store that knows who delivers."""

    _engine: Engine
    cache: ReadCache

    def keep_intake_key(self, key: IntakeKey) -> None:
        """Keep a new key."""
        with writing(self._engine) as connection:
            connection.execute(insert(INTAKE_KEY), asdict(key))

    @cached_read
    def intake_key(self, key_hash: str) -> IntakeKey | None:
        """The key with that SHA-256, even if it is revoked."""
        with self._engine.connect() as connection:
            row = connection.execute(select(INTAKE_KEY).where(INTAKE_KEY.c.hash == key_hash)).first()
        return IntakeKey(*row) if row else None

    def intake_keys(self, customer_id: str) -> list[IntakeKey]:
        """A customer's keys, revoked ones included, the oldest first."""
        return self._keys(INTAKE_KEY.c.customer == customer_id)

    def intake_keys_of_pbx(self, pbx: str) -> list[IntakeKey]:
        """The keys of a hosted switch, revoked ones included, the oldest first."""
        return self._keys(INTAKE_KEY.c.pbx == pbx)

    def _keys(self, whose: ColumnElement[bool]) -> list[IntakeKey]:
        theirs = select(INTAKE_KEY).where(whose)
        with self._engine.connect() as connection:
            return [IntakeKey(*row) for row in connection.execute(theirs.order_by(INTAKE_KEY.c.created_ms))]

    def revoke_intake_key(self, key_hash: str, now_ms: int) -> None:
        """Revoke the key from now on."""
        with writing(self._engine) as connection:
            connection.execute(update(INTAKE_KEY).where(INTAKE_KEY.c.hash == key_hash).values(revoked_ms=now_ms))
