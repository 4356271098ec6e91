"""Hosted switches in the people's database, and which word of their records names which customer."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select, update

from pbxtally.people import Pbx, SourceSetting
from pbxtally.stores.people_database import writing
from pbxtally.stores.people_tables import INTAKE_KEY, PBX, TENANT
from pbxtally.stores.read_cache import ReadCache, cached_read


class PbxRows:
    """The part of the people's store that knows hosted switches."""

    _engine: Engine
    cache: ReadCache

    def pbxs(self) -> list[Pbx]:
        """Every switch, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(PBX).order_by(PBX.c.name)).all()
        return [
            Pbx(name, source, word, created_ms, SourceSetting(timezone, tuple(trunks), extensions, layout))
            for name, source, word, created_ms, timezone, trunks, extensions, layout in rows
        ]

    @cached_read
    def pbx(self, name: str) -> Pbx | None:
        """The switch of that name."""
        return next((one for one in self.pbxs() if one.name == name), None)

    def keep_pbx(self, pbx: Pbx) -> None:
        """Keep a switch, replacing what was kept under its name."""
        setting = pbx.setting
        with writing(self._engine) as connection:
            connection.execute(delete(PBX).where(PBX.c.name == pbx.name))
            connection.execute(
                insert(PBX).values(
                    name=pbx.name,
                    source=pbx.source,
                    word=pbx.word,
                    created_ms=pbx.created_ms,
                    timezone=setting.timezone,
                    trunks=list(setting.trunks),
                    extensions=setting.extensions,
                    layout=setting.layout,
                )
            )

    def drop_pbx(self, name: str, now_ms: int) -> None:
        """Forget a switch and its map, and revoke its keys."""
        keys = INTAKE_KEY.c
        with writing(self._engine) as connection:
            connection.execute(delete(TENANT).where(TENANT.c.pbx == name))
            connection.execute(delete(PBX).where(PBX.c.name == name))
            connection.execute(
                update(INTAKE_KEY).where(keys.pbx == name, keys.revoked_ms.is_(None)).values(revoked_ms=now_ms)
            )

    @cached_read
    def tenants(self, pbx: str) -> dict[str, str]:
        """From every mapped word to the customer it names."""
        theirs = select(TENANT.c.word, TENANT.c.customer).where(TENANT.c.pbx == pbx).order_by(TENANT.c.word)
        with self._engine.connect() as connection:
            return {row.word: row.customer for row in connection.execute(theirs)}

    def keep_tenant(self, pbx: str, word: str, customer_id: str | None) -> None:
        """Let the word name this customer from now on; None: nobody any more."""
        with writing(self._engine) as connection:
            connection.execute(delete(TENANT).where(TENANT.c.pbx == pbx, TENANT.c.word == word))
            if customer_id is not None:
                connection.execute(insert(TENANT).values(pbx=pbx, word=word, customer=customer_id))
