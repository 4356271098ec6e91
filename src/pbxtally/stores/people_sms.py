"""Codes sent by SMS, in the people's database: one per employee, as a password hash."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select, update

from pbxtally.stores.people_database import writing
from pbxtally.stores.people_tables import SMS_CODE

_CODES = SMS_CODE.c


class SmsCodeRows:
    """The part of the people's store that knows which code was sent to whom."""

    _engine: Engine

    def keep_sms_code(self, employee_id: str, code_hash: str, expires_ms: int) -> None:
        """Keep a new code in place of the one before."""
        with writing(self._engine) as connection:
            connection.execute(delete(SMS_CODE).where(_CODES.employee == employee_id))
            values = {"employee": employee_id, "hash": code_hash, "expires_ms": expires_ms, "tries": 0}
            connection.execute(insert(SMS_CODE), values)

    def try_sms_code(self, employee_id: str, most: int, now_ms: int) -> str | None:
        """Count a try, and return the hash to compare with; None if there is no valid code, or no try left."""
        good = (_CODES.employee == employee_id) & (_CODES.tries < most) & (_CODES.expires_ms > now_ms)
        with writing(self._engine) as connection:
            if connection.execute(update(SMS_CODE).where(good).values(tries=_CODES.tries + 1)).rowcount != 1:
                return None
            kept: str = connection.execute(select(_CODES.hash).where(_CODES.employee == employee_id)).scalar_one()
        return kept

    def use_sms_code(self, employee_id: str, code_hash: str) -> bool:
        """Use a code up; False if somebody else did first."""
        unused = (_CODES.employee == employee_id) & (_CODES.hash == code_hash)
        with writing(self._engine) as connection:
            return connection.execute(delete(SMS_CODE).where(unused)).rowcount == 1
