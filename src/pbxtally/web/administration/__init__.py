"""The pages that manage people and customers, look after deliveries, and show the audit; they ask the desks.

Every page has a flat path, and every form is sent to a path of its own, whose access rule stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pbxtally.access import Action
from pbxtally.departments import TROUBLES
from pbxtally.web.administration import (
    audit_page,
    customers,
    deliveries,
    departments,
    employees,
    extensions,
    frame,
    hours,
    one_employee,
    switches,
    table,
    wallboards,
)
from pbxtally.web.administration.forms import complaints, sentences_of

READ = ("GET", "HEAD")
SEND = ("POST",)

ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., Any], Action], ...] = (
    (employees.PATH, READ, employees.employees, Action.LIST_EMPLOYEES),
    (employees.NEW, READ, employees.new_form, Action.CREATE_EMPLOYEE),
    (employees.NEW, SEND, employees.make, Action.CREATE_EMPLOYEE),
    (one_employee.PATH, READ, one_employee.one, Action.CHANGE_EMPLOYEE),
    (one_employee.PATH, SEND, one_employee.change, Action.CHANGE_EMPLOYEE),
    (one_employee.PASSWORD, SEND, one_employee.set_password, Action.CHANGE_EMPLOYEE),
    (one_employee.LINK, SEND, one_employee.make_link, Action.RESET_PASSWORD),
    (one_employee.AUTHENTICATOR, SEND, one_employee.take_authenticator, Action.RESET_AUTHENTICATOR),
    (one_employee.SESSIONS, SEND, one_employee.end_sessions, Action.END_SESSIONS),
    (one_employee.TOKEN, SEND, one_employee.make_token, Action.KEEP_TOKENS),
    (one_employee.TOKEN_END, SEND, one_employee.end_token, Action.KEEP_TOKENS),
    (one_employee.DELETE, SEND, one_employee.delete, Action.DELETE_EMPLOYEE),
    (extensions.LIST, READ, extensions.extensions, Action.LIST_EXTENSIONS),
    (extensions.NEW, READ, extensions.new_form, Action.CREATE_EXTENSION),
    (extensions.NEW, SEND, extensions.make, Action.CREATE_EXTENSION),
    (extensions.PATH, READ, extensions.one, Action.READ_EXTENSION),
    (extensions.PATH, SEND, extensions.change, Action.CHANGE_EXTENSION),
    (extensions.DELETE, SEND, extensions.delete, Action.DELETE_EXTENSION),
    (departments.PATH, READ, departments.departments, Action.CREATE_EMPLOYEE),
    (departments.RENAME, SEND, departments.rename, Action.CREATE_EMPLOYEE),
    (table.PATH, READ, table.form, Action.CREATE_EMPLOYEE),
    (table.PATH, SEND, table.bring, Action.CREATE_EMPLOYEE),
    (customers.LIST, READ, customers.customers, Action.LIST_CUSTOMERS),
    (customers.NEW, READ, customers.new_form, Action.CREATE_CUSTOMER),
    (customers.NEW, SEND, customers.make, Action.CREATE_CUSTOMER),
    (customers.PATH, READ, customers.settings, Action.CHANGE_CUSTOMER),
    (customers.PATH, SEND, customers.change, Action.CHANGE_CUSTOMER),
    (customers.HOURS, SEND, customers.set_hours, Action.CHANGE_CUSTOMER),
    (customers.SECURITY, SEND, customers.set_security, Action.CHANGE_SECURITY),
    (deliveries.PATH, READ, deliveries.deliveries, Action.READ_INTAKE),
    (deliveries.RETRY, SEND, deliveries.retry, Action.CHANGE_INTAKE),
    (deliveries.ADOPT, SEND, deliveries.adopt_number, Action.CREATE_EXTENSION),
    (deliveries.KEY, SEND, deliveries.make_key, Action.CHANGE_INTAKE),
    (deliveries.KEY_END, SEND, deliveries.end_key, Action.CHANGE_INTAKE),
    (switches.PATH, READ, switches.switches, Action.KEEP_SWITCHES),
    (switches.MAP, SEND, switches.map_word, Action.KEEP_SWITCHES),
    (switches.RETRY, SEND, switches.retry, Action.KEEP_SWITCHES),
    (wallboards.PATH, READ, wallboards.wallboards, Action.SHARE_WALLBOARD),
    (wallboards.MAKE, SEND, wallboards.make, Action.SHARE_WALLBOARD),
    (wallboards.END, SEND, wallboards.end, Action.SHARE_WALLBOARD),
    (audit_page.PATH, READ, audit_page.lines, Action.READ_AUDIT),
)


FIELDS = (
    *employees.FIELDS,
    *one_employee.TOKEN_FIELDS,
    *one_employee.PASSWORD_FIELDS,
    *extensions.FIELDS,
    *extensions.NEW_FIELDS,
    *customers.FIELDS,
    *customers.SECURITY_FIELDS,
    *deliveries.KEY_FIELDS,
    *hours.FIELDS,
)
"""Every field that forms ask for."""


def sentences() -> Iterable[str]:
    """Every sentence of these pages that is not in a template, for translators."""
    yield from frame.sentences()
    yield from sentences_of(FIELDS)
    yield from complaints(FIELDS)
    yield from (*employees.LEVELS.values(), *employees.STATES.values())
    yield from (*customers.STATES.values(), *customers.SECURITIES.values())
    yield from (one.partition(":")[0] for one in customers.STATES.values())
    yield from (*table.COUNTED.values(), *audit_page.WORDS.values(), *hours.TROUBLES)
    yield from TROUBLES.values()
    yield from ("New employee", "New extension", "New customer")
    yield from ("Several customers have this name", "No customer has this name")
    yield from ("Same as the customer", "Same as the server", "Nobody", "another company")
