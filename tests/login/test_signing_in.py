"""Name and password, a code, a session; and who does not get in."""

import unicodedata
from dataclasses import replace

import pytest

from login.entrance import (
    ACME,
    ANNA,
    BO,
    HERE,
    MINUTE_MS,
    NOW_MS,
    OLE,
    OTHER,
    PEOPLE,
    RESELLER,
    RIE,
    RIGHT,
    actions,
    change,
    code_of,
)
from pbxtally.errors import (
    AccessDeniedError,
    CredentialsInvalidError,
    ExpiredError,
    RefusedFieldError,
    UnknownError,
    WrongAddressError,
)
from pbxtally.login import (
    Credentials,
    begin,
    confirm,
    employee_of_token,
    end_sessions,
    enrol,
    finish,
    finish_enrolment,
    impersonate,
    make_token,
    passwords,
    pending_session,
    session_of,
    sign_in,
)
from pbxtally.people import AccessLevel, Customer, CustomerState, Employee, EmployeeState, Security

ANNAS = Credentials("anna@acme.example", RIGHT)
RIES = Credentials("rie@top.example", RIGHT)


def set_up_app(store, employee=PEOPLE[0]):
    enrol(store, employee)
    return confirm(store, employee, code_of(store, employee.id, NOW_MS - MINUTE_MS), NOW_MS - MINUTE_MS)


def test_the_right_password_opens_a_session_for_a_quarter_of_an_hour(store):
    opened = sign_in(store, ANNAS, HERE, NOW_MS)
    assert (opened.employee.id, opened.minutes) == (ANNA, 15)
    assert employee_of_token(store, opened.token, NOW_MS + 15 * MINUTE_MS - 1, HERE).id == ANNA
    assert actions(store, ACME) == ["LOGGED_IN"]


def test_a_session_slides_while_it_is_used_and_is_over_when_it_rests(store):
    token = sign_in(store, ANNAS, HERE, NOW_MS).token
    for minutes in range(10, 121, 10):
        assert employee_of_token(store, token, NOW_MS + minutes * MINUTE_MS, HERE).id == ANNA
    with pytest.raises(ExpiredError):
        employee_of_token(store, token, NOW_MS + 135 * MINUTE_MS, HERE)


def test_a_persistent_session_holds_until_somebody_signs_out(store):
    opened = sign_in(store, ANNAS, HERE, NOW_MS, persist=True)
    later = NOW_MS + 400 * 24 * 60 * MINUTE_MS
    assert opened.minutes == -1
    assert employee_of_token(store, opened.token, later, HERE).id == ANNA
    end_sessions(store, ANNA, later)
    with pytest.raises(CredentialsInvalidError):
        employee_of_token(store, opened.token, later, HERE)


def test_the_name_may_be_typed_in_any_case_with_blanks_around(store):
    assert sign_in(store, replace(ANNAS, username=" ANNA@Acme.example "), HERE, NOW_MS).employee.id == ANNA


@pytest.mark.parametrize("typed", ["ÅSE-NORDÉN", "åse-nordén", unicodedata.normalize("NFD", "Åse-Nordén")])
def test_letters_beyond_the_english_ones_are_typed_in_any_case_too_and_composed_or_not(store, typed):
    change(store, replace(store.employee(ANNA), email_address="Åse-Nordén", no_email=True))
    assert sign_in(store, replace(ANNAS, username=typed), HERE, NOW_MS).employee.id == ANNA


@pytest.mark.parametrize(
    "given",
    [
        replace(ANNAS, password=RIGHT + "!"),
        replace(ANNAS, password=""),
        Credentials("nobody@acme.example", RIGHT),
        Credentials("bo@acme.example", RIGHT),
        Credentials("", ""),
        Credentials("\ud800", "\ud800"),
    ],
)
def test_nobody_else_gets_in_and_all_hear_the_same_after_one_comparison(store, given, monkeypatch):
    compared = count_comparisons(monkeypatch)
    with pytest.raises(CredentialsInvalidError, match=r"^Wrong user name or password$"):
        sign_in(store, given, HERE, NOW_MS)
    assert compared() == 1
    assert actions(store, ACME) == []


def count_comparisons(monkeypatch):
    """How many passwords were really compared from now on."""
    calls, hasher = [], passwords._hasher

    class Counting:
        def verify(self, kept, password):
            calls.append(kept[:31])
            return hasher.verify(kept, password)

    passwords._nobodys()
    monkeypatch.setattr(passwords, "_hasher", Counting())

    def counted():
        assert set(calls) <= {"$argon2id$v=19$m=19456,t=2,p=1$"}
        return len(calls)

    return counted


@pytest.mark.parametrize(
    "now",
    [
        replace(PEOPLE[0], state=EmployeeState.DISABLED),
        replace(PEOPLE[0], state=EmployeeState.DELETED),
        replace(PEOPLE[0], access_level=AccessLevel.NO_LOGIN),
        Customer(ACME, "Acme", RESELLER, state=CustomerState.BLOCKED),
        Customer(ACME, "Acme", RESELLER, state=CustomerState.DELETED),
        Employee("ee" * 12, ACME, "Another", AccessLevel.VIEWER, email_address="ANNA@acme.example"),
    ],
)
def test_the_right_password_is_of_no_use_to_who_may_not_sign_in_or_has_anothers_name(store, now):
    change(store, now)
    with pytest.raises(CredentialsInvalidError, match=r"^Wrong user name or password$"):
        sign_in(store, ANNAS, HERE, NOW_MS)


def test_a_session_ends_at_once_when_its_customer_is_blocked(store):
    token = sign_in(store, ANNAS, HERE, NOW_MS).token
    change(store, Customer(ACME, "Acme", RESELLER, state=CustomerState.BLOCKED))
    with pytest.raises(CredentialsInvalidError):
        employee_of_token(store, token, NOW_MS, HERE)


def test_an_employee_may_be_bound_to_addresses(store):
    token = sign_in(store, ANNAS, HERE, NOW_MS).token
    machine = make_token(store, ANNA, NOW_MS)
    change(store, replace(PEOPLE[0], ip_restriction="198.51.100.0/24, 2001:db8::1"))
    for one in (token, machine):
        assert employee_of_token(store, one, NOW_MS, "198.51.100.20").id == ANNA
        with pytest.raises(WrongAddressError):
            employee_of_token(store, one, NOW_MS, HERE)
    with pytest.raises(WrongAddressError):
        sign_in(store, ANNAS, HERE, NOW_MS)
    assert sign_in(store, ANNAS, "2001:db8::1", NOW_MS).employee.id == ANNA


# ── codes ──


def test_who_has_an_app_needs_its_code_and_each_code_once(store):
    set_up_app(store)
    with pytest.raises(RefusedFieldError, match="Send the code") as missing:
        sign_in(store, ANNAS, HERE, NOW_MS)
    assert missing.value.word == "authenticatorToken"
    given = replace(ANNAS, code=code_of(store, ANNA, NOW_MS))
    assert sign_in(store, given, HERE, NOW_MS).employee.id == ANNA
    with pytest.raises(RefusedFieldError, match="already used"):
        sign_in(store, given, HERE, NOW_MS + 1000)
    assert actions(store, ACME) == ["LOGGED_IN", "LOGIN_FAILED"]


@pytest.mark.parametrize(("seconds", "opens"), [(-61, False), (-30, True), (30, True), (61, False)])
def test_a_clock_may_be_half_a_minute_off(store, seconds, opens):
    set_up_app(store)
    at_ms = NOW_MS + 60 * MINUTE_MS
    given = replace(ANNAS, code=code_of(store, ANNA, at_ms + seconds * 1000))
    if opens:
        assert sign_in(store, given, HERE, at_ms).employee.id == ANNA
    else:
        with pytest.raises(RefusedFieldError):
            sign_in(store, given, HERE, at_ms)


@pytest.mark.parametrize("code", ["", "000", "abcdef", "٠٠٠٠٠٠", "1" * 5000])
def test_what_is_no_code_opens_nothing(store, code):
    set_up_app(store)
    with pytest.raises(RefusedFieldError):
        sign_in(store, replace(ANNAS, code=code), HERE, NOW_MS)


def test_a_recovery_code_stands_in_for_the_phone_once(store, tmp_path):
    codes = set_up_app(store)
    assert len(set(codes)) == 10
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(code.replace("-", "").encode() in kept for code in codes)
    given = replace(ANNAS, code=codes[3].upper().replace("-", " "))
    assert sign_in(store, given, HERE, NOW_MS).employee.id == ANNA
    with pytest.raises(RefusedFieldError):
        sign_in(store, given, HERE, NOW_MS)


def test_a_wrong_password_with_a_right_code_says_nothing_of_the_code(store):
    set_up_app(store)
    code = code_of(store, ANNA, NOW_MS)
    with pytest.raises(CredentialsInvalidError):
        sign_in(store, replace(ANNAS, password="wrong", code=code), HERE, NOW_MS)
    assert sign_in(store, replace(ANNAS, code=code), HERE, NOW_MS).employee.id == ANNA


def test_in_two_steps_the_one_in_between_opens_nothing_else(store):
    set_up_app(store)
    step = begin(store, ANNAS, HERE, NOW_MS)
    with pytest.raises(CredentialsInvalidError):
        employee_of_token(store, step, NOW_MS, HERE)
    waiting = pending_session(store, step, NOW_MS, HERE)
    opened = finish(store, waiting, code_of(store, ANNA, NOW_MS), HERE, NOW_MS)
    assert session_of(store, opened.token, NOW_MS, HERE).actor == ANNA
    for token in (step, opened.token):
        with pytest.raises(CredentialsInvalidError):
            pending_session(store, token, NOW_MS, HERE)


def test_where_the_customer_wants_an_app_the_way_in_leads_past_setting_it_up(store):
    change(store, Customer(ACME, "Acme", RESELLER, authentication_security=Security.AUTHENTICATOR))
    with pytest.raises(RefusedFieldError, match="set it up on the page /login"):
        sign_in(store, ANNAS, HERE, NOW_MS)
    waiting = pending_session(store, begin(store, ANNAS, HERE, NOW_MS), NOW_MS, HERE)
    secret = enrol(store, waiting.employee).secret
    assert enrol(store, waiting.employee).secret == secret
    with pytest.raises(RefusedFieldError):
        finish_enrolment(store, waiting, "000000", HERE, NOW_MS)
    opened, codes = finish_enrolment(store, waiting, code_of(store, ANNA, NOW_MS), HERE, NOW_MS)
    assert employee_of_token(store, opened.token, NOW_MS, HERE).id == ANNA
    assert len(codes) == 10
    assert actions(store, ACME) == ["AUTHENTICATOR_SET", "LOGGED_IN"]


# ── acting as somebody else ──


def acting(store, as_whom, given=RIES, ip_range=None):
    me = session_of(store, sign_in(store, given, HERE, NOW_MS).token, NOW_MS, HERE)
    return impersonate(store, me, as_whom, ip_range, HERE, NOW_MS).token


def test_a_reseller_acts_as_an_employee_of_its_customer_and_both_can_read_it(store):
    session = session_of(store, acting(store, BO.upper()), NOW_MS, HERE)
    assert (session.employee.id, session.actor) == (BO, RIE)
    assert actions(store, ACME) == ["IMPERSONATED"]
    assert actions(store, RESELLER) == ["LOGGED_IN", "IMPERSONATED"]
    assert (store.audit(ACME, 0, 1)[1][0].actor, store.audit(ACME, 0, 1)[1][0].subject) == (RIE, BO)


@pytest.mark.parametrize("whom", [OLE, "99" * 12, "nonsense"])
def test_a_foreign_employee_and_one_that_does_not_exist_look_the_same(store, whom):
    with pytest.raises(UnknownError) as refused:
        acting(store, whom)
    assert refused.value.description == UnknownError("id").description
    assert actions(store, OTHER) == []


def test_a_company_does_not_act_as_its_own_people(store):
    with pytest.raises(AccessDeniedError):
        acting(store, BO, ANNAS)


def test_nobody_acts_as_somebody_above_or_through_somebody_else(store):
    change(store, replace(PEOPLE[1], access_level=AccessLevel.ADMIN))
    with pytest.raises(AccessDeniedError):
        acting(store, BO)
    session = session_of(store, acting(store, ANNA), NOW_MS, HERE)
    with pytest.raises(AccessDeniedError):
        impersonate(store, session, BO, None, HERE, NOW_MS)


def test_acting_ends_when_who_acts_signs_out_or_may_not_any_more(store):
    token = acting(store, BO)
    change(store, replace(PEOPLE[2], access_level=AccessLevel.OWNER))
    with pytest.raises(CredentialsInvalidError):
        employee_of_token(store, token, NOW_MS, HERE)
    change(store, PEOPLE[2])
    assert employee_of_token(store, token, NOW_MS, HERE).id == BO
    end_sessions(store, RIE, NOW_MS)
    with pytest.raises(CredentialsInvalidError):
        employee_of_token(store, token, NOW_MS, HERE)


def test_acting_may_be_bound_to_an_address_and_not_by_the_addresses_of_whom(store):
    change(store, replace(PEOPLE[1], ip_restriction="198.51.100.1"))
    token = acting(store, BO, ip_range=HERE)
    assert employee_of_token(store, token, NOW_MS, HERE).id == BO
    with pytest.raises(WrongAddressError):
        employee_of_token(store, token, NOW_MS, "198.51.100.1")


def test_the_apps_address_names_us_and_the_person(store):
    uri = enrol(store, PEOPLE[0]).uri
    assert uri.startswith("otpauth://totp/pbxtally:anna%40acme.example?secret=")
    assert uri.endswith("&issuer=pbxtally")
