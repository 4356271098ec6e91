"""Saved views in the people's database; they are asked for by employee, who sees nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, or_, select, update

from pbxtally.people import SavedView
from pbxtally.stores.people_database import writing
from pbxtally.stores.people_tables import EMPLOYEE, SAVED_VIEW


class SavedViewRows:
    """The part of the people's store that keeps views."""

    _engine: Engine

    def saved_views(self, employee_id: str) -> list[SavedView]:
        """An employee's views, the oldest first."""
        theirs = select(SAVED_VIEW).where(SAVED_VIEW.c.employee == employee_id)
        with self._engine.connect() as connection:
            return [SavedView(*row) for row in connection.execute(theirs.order_by(SAVED_VIEW.c.created_ms))]

    def keep_view(self, view: SavedView, most: int) -> bool:
        """Keep a view, replacing any of the employee's with that name; False if there are `most` others already."""
        row = SAVED_VIEW.c
        many = select(func.count()).where(row.employee == view.employee)
        with writing(self._engine) as connection:
            before = connection.execute(delete(SAVED_VIEW).where(row.employee == view.employee, row.name == view.name))
            if not before.rowcount and connection.execute(many).scalar_one() >= most:
                return False
            connection.execute(insert(SAVED_VIEW), asdict(view))
        return True

    def delete_view(self, employee_id: str, view_id: str) -> None:
        """Forget a view of the employee; nobody else's is ever deleted."""
        row = SAVED_VIEW.c
        with writing(self._engine) as connection:
            connection.execute(delete(SAVED_VIEW).where(row.employee == employee_id, row.id == view_id))


def views_about(connection: Connection, customer_id: str) -> list[SavedView]:
    """The views of a customer's employees, and those of others that name the customer."""
    theirs = select(EMPLOYEE.c.id).where(EMPLOYEE.c.customer == customer_id)
    names_it = func.lower(SAVED_VIEW.c.address).contains(f"customer={customer_id}")
    wanted = select(SAVED_VIEW).where(or_(SAVED_VIEW.c.employee.in_(theirs), names_it))
    return [SavedView(*row) for row in connection.execute(wanted)]


def move_views(connection: Connection, views: Iterable[SavedView]) -> None:
    """Change the addresses of existing views to these."""
    rows = [{"which": one.id, "address": one.address} for one in views]
    if rows:
        connection.execute(update(SAVED_VIEW).where(SAVED_VIEW.c.id == bindparam("which")), rows)
