"""The pages that keep people and customers, as a browser without a script uses them."""

import html
import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from openpyxl import Workbook

from login.entrance import ACME, ANNA, BO, NOW_MS, RIE, RIGHT, actions, change
from pbxtally.hours import WEEKDAYS
from pbxtally.login import set_password
from pbxtally.people import AccessLevel, Employee, EmployeeState
from web.auth_house import OURS

BROWSER = {"Accept": "text/html,*/*;q=0.8", **OURS}


@pytest.fixture
def anna(house):
    """The browser of Acme's owner, signed in."""
    return signed_in(house, "anna@acme.example")


def signed_in(house, username):
    browser = house.client(headers=BROWSER)
    assert browser.post("/login", data={"username": username, "password": RIGHT}).status_code == 303
    return browser


def goes_to(answer):
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def form_of(page, action):
    """What a form on a page holds, as a browser would send it untouched."""
    text = page.text.partition(f'action="{html.escape(action)}"')[2].partition("</form>")[0]
    found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]* value="([^"]*)"', text))
    ticks = re.findall(r'<input[^>]*name="(\w+)" type="checkbox"(?![^>]*checked)', text)
    chosen = {
        name: (re.findall(r'value="([^"]*)" selected', options) or [""])[0]
        for name, options in re.findall(r'<select[^>]*name="(\w+)".*?>(.*?)</select>', text, re.DOTALL)
    }
    return {name: html.unescape(value) for name, value in {**found, **chosen}.items() if name not in ticks}


def test_an_employee_is_made_and_found_in_the_list(anna, house):
    made = anna.post("/admin-employee-new", data={"name": "Åse", "department": "Salg", "accessLevel": "VIEWER"})
    page = anna.get(goes_to(made))
    assert "Created." in page.text and 'value="Åse"' in page.text
    assert ">Åse</bdi></a>" in anna.get("/administration?filter=salg").text
    assert "CREATED" in actions(house.people, ACME)


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(anna):
    typed = {"name": "Åse", "emailAddress": "BO@acme.example", "accessLevel": "VIEWER", "title": "<b>Chef"}
    answer = anna.post("/admin-employee-new", data=typed)
    assert answer.status_code == 422
    assert 'id="emailAddress-more" class="wrong">Another employee already signs in with this address' in answer.text
    assert 'value="Åse"' in answer.text and 'value="&lt;b&gt;Chef"' in answer.text
    assert '<option value="VIEWER" selected>' in answer.text
    assert 'class="wrong">Use text of 1 to 256' in anna.post("/admin-employee-new", data={"name": " "}).text


def test_two_who_change_different_members_of_one_employee_keep_both(anna, house):
    address = f"/admin-employee?id={BO}"
    page = anna.get(address)
    first, second = form_of(page, address[1:]), form_of(page, address[1:])
    assert goes_to(anna.post(address, data={**first, "title": "Sælger"})) == f"{address[1:]}&done=kept"
    anna.post(address, data={**second, "department": "Salg"})
    bo = house.people.employee(BO)
    assert (bo.title, bo.department, bo.name) == ("Sælger", "Salg", "Bo")


def test_an_untouched_form_changes_nothing_and_an_emptied_field_is_emptied(anna, house):
    address = f"/admin-employee?id={BO}"
    before = house.people.employee(BO)
    untouched = form_of(anna.get(address), address[1:])
    anna.post(address, data=untouched)
    assert house.people.employee(BO) == before
    anna.post(address, data={**untouched, "emailAddress": ""})
    assert house.people.employee(BO).email_address is None


def test_nobody_grants_a_level_above_their_own_or_touches_who_has_one(house):
    manager = Employee("ab" * 12, ACME, "Mia", AccessLevel.MANAGER, email_address="mia@acme.example")
    change(house.people, manager)
    set_password(house.people, manager.id, RIGHT, NOW_MS)
    mia = signed_in(house, "mia@acme.example")
    assert "Owner: keeps" not in mia.get(f"/admin-employee?id={BO}").text
    granting = {"accessLevel": "OWNER", "was": '{"accessLevel": "VIEWER"}'}
    assert mia.post(f"/admin-employee?id={BO}", data=granting).status_code == 403
    assert mia.get(f"/admin-employee?id={ANNA}").status_code == 403
    assert "Anna</a>" not in mia.get("/administration").text


def test_a_form_of_another_site_is_refused(anna, house):
    theirs = {"headers": {"Sec-Fetch-Site": "cross-site"}, "data": {"name": "Eva"}}
    assert anna.post("/admin-employee-new", **theirs).status_code == 403
    assert [one.name for one in house.people.employees(ACME)] == ["Anna", "Bo"]


def test_deleting_leaves_the_past_and_disabling_ends_signing_in(anna, house):
    anna.post(f"/admin-employee?id={BO}", data={"state": "DISABLED"})
    assert house.people.employee(BO).state is EmployeeState.DISABLED
    assert goes_to(anna.post(f"/admin-employee-delete?id={BO}")) == "administration?done=deleted"
    assert "Bo</bdi>" not in anna.get("/administration").text
    assert "Bo</bdi>" in anna.get("/administration?includeDeleted=true").text
    there = anna.get(f"/admin-employee?id={BO}&language=da").text
    assert '<option value="DELETED" selected>slettet</option>' in there


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("administration", "Employees"),
        (f"admin-employee?id={BO}", "Employees"),
        ("admin-employee-new", "Employees"),
        ("admin-departments", "Employees"),
        ("admin-extension-new", "Extensions"),
    ],
)
def test_a_page_of_administration_belongs_to_the_list_that_leads_to_it(anna, path, word):
    stops = anna.get(f"/{path}").text.partition('<nav class="stops"')[2].partition("</nav>")[0]
    assert re.findall(r'<a aria-current="\w+" href="[^"]+">(\w+)</a>', stops) == [word]


def test_an_extension_moves_on_to_another_holder_and_its_past_is_shown(anna, house):
    made = goes_to(anna.post("/admin-extension-new", data={"number": "101", "employee": BO}))
    house.now_ms += 60_000
    anna.post(f"/{made}", data={"employee": ANNA})
    page = anna.get(made).text
    held = re.findall(r'<th scope="row"><bdi>(\w+)</bdi></th><td>101</td><td>(.*?)</td><td>(.*?)</td>', page)
    assert [one[0] for one in held] == ["Bo", "Anna"]
    assert (held[0][1], held[1][2], held[0][2]) == ("since the beginning", "open-ended", held[1][1])
    assert '<a href="admin-extension?id=' in anna.get("/admin-employee").text
    again = anna.post("/admin-extension-new", data={"number": "101", "name": "Door"})
    assert 'id="number-more" class="wrong">Another extension has this number' in again.text


@pytest.mark.parametrize("level", [AccessLevel.PERSONAL, AccessLevel.VIEWER])
def test_who_may_not_change_an_extension_of_their_own_gets_no_form_and_sees_no_colleague(anna, house, level):
    goes_to(anna.post("/admin-extension-new", data={"number": "101", "employee": BO}))
    change(house.people, replace(house.people.employee(BO), access_level=level))
    set_password(house.people, BO, RIGHT, NOW_MS)
    bo = signed_in(house, "bo@acme.example")
    [own] = set(re.findall(r'href="(admin-extension\?id=\w+)"', bo.get("/admin-employee").text))
    page = bo.get(f"/{own}").text
    assert "Holders" in page and ">Bo<" in page
    assert 'action="admin-extension' not in page and "anna@acme.example" not in page


def test_a_token_of_ones_own_is_shown_once_and_revoked(anna, house):
    page = anna.post("/admin-token", data={"expires": "2030-01-01"})
    token = re.search(r"<code>(pbxt_\w{72})</code>", page.text)[1]
    program = {"Authorization": f"Bearer {token}"}
    assert house.client().get("/employee", headers=program).status_code == 200
    assert token not in anna.get("/admin-employee").text
    assert f"<code>{token[:11]}…</code>" in anna.get("/admin-employee").text
    assert anna.post("/admin-token", data={"expires": "2001-01-01"}).status_code == 422
    anna.post("/admin-token-end", data={"token": token[:11]})
    assert house.client().get("/employee", headers=program).status_code == 401
    assert anna.post(f"/admin-token?id={BO}").status_code == 403


def test_a_link_goes_by_letter_and_is_shown_only_where_no_letter_can_go(anna, house):
    page = anna.get(goes_to(anna.post(f"/admin-link?id={BO}")))
    assert "An e-mail with a password reset link" in page.text
    assert house.post.letters[0][0] == "bo@acme.example"
    anna.post(f"/admin-employee?id={BO}", data={"emailAddress": "", "was": '{"emailAddress": "x"}'})
    shown = anna.post(f"/admin-link?id={BO}").text
    key = re.search(r"new-password\?key=(pbxr_\w+)", shown)[1]
    assert house.client(headers=OURS).post("/new-password", data={"key": key, "password": RIGHT}).status_code == 200
    assert house.people.password(BO)
    asked = [line for line in house.people.audit(ACME, 0, 100)[1] if line.action.value == "RESET_ASKED"]
    assert [line.actor for line in asked] == [ANNA, None]


def test_the_own_password_is_set_and_signs_out(anna):
    assert 'class="wrong">The password needs' in anna.post("/admin-password", data={"password": "short"}).text
    danish = anna.post("/admin-password?language=da", data={"password": "Short7"})
    assert 'class="wrong">Adgangskoden skal have 8 til 256 tegn<' in danish.text
    assert (
        goes_to(anna.post("/admin-password", data={"password": "Efterår8 i skoven"})) == "admin-employee?done=password"
    )
    assert goes_to(anna.get("/admin-employee")) == "login"


def test_who_may_only_see_has_an_account_of_their_own_and_no_administration(house):
    set_password(house.people, BO, RIGHT, NOW_MS)
    bo = signed_in(house, "bo@acme.example")
    page = bo.get("/admin-employee")
    assert re.findall(r'<(?:input|select) id="(\w+)"', page.text.partition("</form>\n  </section>")[0]) == [
        "title",
        "language",
    ]
    assert 'href="administration"' not in page.text
    assert bo.get("/admin-settings").status_code == 403
    assert goes_to(bo.post("/admin-employee", data={"language": "da"})) == "admin-employee?done=kept"
    assert "Din konto" in bo.get("/admin-employee").text
    assert bo.post("/admin-employee", data={"name": "Boss"}).status_code == 403


def test_a_reseller_makes_a_customer_below_and_keeps_its_settings(house):
    rie = signed_in(house, "rie@top.example")
    made = goes_to(rie.post("/admin-customer-new", data={"name": "Nordlys", "timezone": "Asia/Tokyo"}))
    page = rie.get(made)
    assert "Days and hours follow the Asia/Tokyo time zone." in page.text
    assert '<option value="' + house.people.employee(RIE).customer + '" selected>Top</option>' in page.text
    wrong = rie.post(made.partition("&done")[0], data={"timezone": "Mars"})
    assert 'id="timezone-more" class="wrong">Use an IANA name' in wrong.text
    assert ">Nordlys</bdi></a>" in rie.get("/admin-customers").text
    customer = re.search(r"customer=(\w+)", made)[1]
    assert f"admin-employee-new?customer={customer}" in rie.get(f"/administration?customer={customer}").text
    rie.post(f"/admin-employee-new?customer={customer}", data={"name": "Ib", "accessLevel": "OWNER"})
    assert [one.name for one in house.people.employees(customer)] == ["Ib"]


def listed(page):
    """The customers that a list has on its page."""
    return re.findall(r'<th scope="row"><a[^>]*><bdi>(.*?)</bdi>', page.text)


def test_who_sees_all_customers_finds_all_of_them_also_those_under_nobody(house):
    change(house.people, replace(house.people.employee(RIE), access_level=AccessLevel.ADMIN))
    rie = signed_in(house, "rie@top.example")
    goes_to(rie.post("/admin-customer-new", data={"name": "Nordlys"}))
    page = rie.get("/admin-customers")
    assert listed(page) == ["Acme", "Nordlys", "Other", "Top"]
    assert "<h1>Customers</h1>" in page.text and "includeSubresellers" not in page.text


@pytest.mark.parametrize(("level", "whose"), [(AccessLevel.RESELLER, ["Top"]), (AccessLevel.ADMIN, [])])
def test_the_form_for_a_new_customer_names_the_reseller_it_will_stand_under(house, level, whose):
    change(house.people, replace(house.people.employee(RIE), access_level=level))
    page = signed_in(house, "rie@top.example").get("/admin-customer-new")
    assert re.findall(r'<p class="when"><bdi>(.*?)</bdi>', page.text) == whose


@pytest.mark.parametrize("level", [AccessLevel.RESELLER, AccessLevel.ADMIN])
def test_a_reseller_that_the_address_names_shows_its_own_customers_alone(house, level):
    change(house.people, replace(house.people.employee(RIE), access_level=level))
    rie = signed_in(house, "rie@top.example")
    assert listed(rie.get(f"/admin-customers?customer={house.people.employee(RIE).customer}")) == ["Acme"]


def test_everybody_of_a_customer_is_asked_for_a_second_factor(anna, house):
    assert goes_to(anna.post("/admin-security", data={"authenticationSecurity": "AUTHENTICATOR"}))
    assert house.people.customer(ACME).authentication_security == "AUTHENTICATOR"
    assert anna.post("/admin-security", data={"authenticationSecurity": "SMS"}).status_code == 422


@pytest.mark.parametrize("path", ["/administration", "/admin-extensions", "/admin-settings", "/admin-employee"])
def test_a_stranger_is_led_to_the_login(house, path):
    assert goes_to(house.client(headers=BROWSER).get(path)) == "login"


def workbook(*rows):
    """The bytes of an XLSX."""
    book, raw = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(raw)
    return raw.getvalue()


def test_a_table_is_looked_at_and_then_kept_from_its_cells(anna, house):
    table = workbook(("Lokalnummer", "Navn", "Afdeling", "Bil"), (201, "Åse", "Salg", "rød"), (202, "Ib", None, None))
    looked = anna.post("/admin-table", files={"file": ("staff.xlsx", table)}, data={"table": ""})
    assert "2 created, 0 changed, 0 unchanged" in looked.text and "Columns ignored: Bil" in looked.text
    assert [one.name for one in house.people.employees(ACME)] == ["Anna", "Bo"]
    cells = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", looked.text, re.DOTALL)[1])
    assert "201\tÅse\tSalg\trød" in cells
    kept = anna.post("/admin-table", data={"table": cells, "keep": "true"})
    assert "Import complete." in kept.text
    assert {one.number for one in house.people.extensions(ACME)} == {"201", "202"}
    made = [line for line in house.people.audit(ACME, 0, 9)[1] if line.detail == "employee, a table"]
    assert {line.actor for line in made} == {ANNA}


def test_a_mistake_in_a_table_is_told_by_its_line_and_nothing_is_kept(anna, house):
    table = "number;employee;accessLevel\n201;Åse;VIEWER\n202;Ib;KING\n"
    answer = anna.post("/admin-table", data={"table": table, "keep": "true"})
    assert answer.status_code == 422
    assert "Line 3, accessLevel: Use one of NO_LOGIN" in answer.text and "202;Ib;KING" in answer.text
    assert [one.name for one in house.people.employees(ACME)] == ["Anna", "Bo"]


@pytest.mark.parametrize(
    ("table", "status"),
    [
        ("employee;accessLevel\nEva;ADMIN\n", 403),
        ("employee;emailAddress\nRie;rie@top.example\n", 422),
        ("employee;emailAddress;title\nAnna;anna@acme.example;Boss\n", 403),
    ],
)
def test_a_table_goes_no_further_than_who_brings_it(house, table, status):
    manager = Employee("ab" * 12, ACME, "Mia", AccessLevel.MANAGER, email_address="mia@acme.example")
    change(house.people, manager)
    set_password(house.people, manager.id, RIGHT, NOW_MS)
    before = house.people.employees(ACME)
    answer = signed_in(house, "mia@acme.example").post("/admin-table", data={"table": table, "keep": "true"})
    assert (answer.status_code, house.people.employees(ACME)) == (status, before)


def test_what_begins_as_a_workbook_and_is_none_is_said(anna):
    answer = anna.post("/admin-table", files={"file": ("x.xlsx", b"PK\x03\x04nonsense")})
    assert answer.status_code == 400 and "not an Excel workbook" in answer.text


def test_the_audit_is_asked_by_person_deed_and_days(anna, house):
    house.now_ms += 24 * 3_600_000
    anna = signed_in(house, "anna@acme.example")
    anna.post("/admin-employee-new", data={"name": "Åse", "accessLevel": "VIEWER"})
    anna.post(f"/admin-employee?id={BO}", data={"title": "Sælger"})

    def deeds(query=""):
        page = anna.get(f"/admin-audit?{query}")
        rows = re.findall(r'<tr><th scope="row">.*?<td>(.*?)</td>.*?<td>(.*?)</td>', page.text)
        return [(re.sub("<.*?>", "", who), deed) for who, deed in rows]

    assert deeds() == [("Anna", "Changed"), ("Anna", "Created"), ("Anna", "Signed in"), ("Anna", "Signed in")]
    assert deeds("action=CREATED") == [("Anna", "Created")]
    assert deeds(f"person={BO}") == [("Anna", "Changed")]
    assert deeds("to=2020-09-13") == [("Anna", "Signed in")]
    assert len(deeds("from=2020-09-14&to=2020-09-14&action=")) == 3
    assert anna.get("/admin-audit?action=NONSENSE").status_code == 422
    assert anna.get("/admin-audit?from=nonsense").status_code == 422


def test_working_hours_and_holidays_are_set_and_a_day_that_cannot_be_read_is_told(anna, house):
    typed = {
        **dict.fromkeys(WEEKDAYS, ""),
        "monday": "8:00-12.00, 12:30-16:00",
        "friday": "08:00-14:00",
        "holidays": "none",
    }
    assert goes_to(anna.post("/admin-hours", data=typed)) == "admin-settings?done=kept"
    acme = house.people.customer(ACME)
    assert acme.working_hours.written() == {"monday": "08:00-12:00, 12:30-16:00", "friday": "08:00-14:00"}
    assert acme.holidays == "NONE"
    wrong = anna.post("/admin-hours", data={**typed, "friday": "all day"})
    assert 'id="hours-friday-more" class="wrong">Use times such as 08:00-12:00' in wrong.text
    assert 'value="all day"' in wrong.text
    unknown = anna.post("/admin-hours", data={**typed, "holidays": "Atlantis"})
    assert 'id="hours-holidays-more" class="wrong">The holidays of this place' in unknown.text


def test_two_who_change_different_weekdays_keep_both(anna, house):
    page = anna.get("/admin-settings")
    first, second = form_of(page, "admin-hours"), form_of(page, "admin-hours")
    anna.post("/admin-hours", data={**first, "monday": "09:00-17:00"})
    assert goes_to(anna.post("/admin-hours", data={**second, "friday": ""})) == "admin-settings?done=kept"
    acme = house.people.customer(ACME)
    assert acme.working_hours.written() == {
        "monday": "09:00-17:00",
        **dict.fromkeys(("tuesday", "wednesday", "thursday"), "08:00-16:00"),
    }
    assert acme.holidays is None


def test_long_notes_are_kept_whole_or_refused_and_the_other_fields_of_their_form_change_as_before(house):
    rie = signed_in(house, "rie@top.example")
    address = f"/admin-settings?customer={ACME}"
    notes = "Ring før\tkl. 8\u00a0\n" + "å" * 4076 + " 👩\u200d🔧"
    typed = {**form_of(rie.get(address), address[1:]), "notes": notes.replace("\n", "\r\n"), "isReseller": "true"}
    assert goes_to(rie.post(address, data=typed)) == f"{address[1:]}&done=kept"
    assert house.people.customer(ACME).notes == notes
    form = form_of(rie.get(address), address[1:]) | {"notes": notes}
    rie.post(address, data={**form, "website": "acme.example"})
    rie.post(address, data={name: value for name, value in form.items() if name != "isReseller"})
    acme = house.people.customer(ACME)
    assert (acme.website, acme.is_reseller, acme.notes) == ("acme.example", False, notes)
    assert "Use text of 1 to 4096 characters" in rie.post(address, data={**form, "notes": notes * 2}).text
    assert house.people.customer(ACME).notes == notes


def sent_twice(browser, address, form):
    """The answers to a form that is sent twice at the same time, and once more when both are there."""
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: browser.post(address, data=form), range(2)))
    return [*both, browser.post(address, data=form)]


def test_a_form_that_is_sent_twice_makes_one_and_both_are_led_to_it(anna, house):
    for address, typed in (("/admin-employee-new", {"name": "Åse"}), ("/admin-extension-new", {"number": "555"})):
        form = {**form_of(anna.get(address), address[1:]), **typed, "employee": BO}
        assert len({goes_to(one) for one in sent_twice(anna, address, form)}) == 1
    assert [one.name for one in house.people.employees(ACME)].count("Åse") == 1
    form = form_of(anna.get("/admin-wallboards"), "admin-wallboard")
    [link] = {re.search(r"share=(\w+)", one.text)[1] for one in sent_twice(anna, "/admin-wallboard", form)}
    [made] = house.people.board_tokens(ACME)
    assert link.startswith(made.prefix)
    anna.post("/admin-wallboard", data=form_of(anna.get("/admin-wallboards"), "admin-wallboard"))
    assert len(house.people.board_tokens(ACME)) == 2


def test_a_link_that_is_asked_for_twice_goes_by_one_letter(anna, house):
    address = f"/admin-link?id={BO}"
    form = form_of(anna.get(f"/admin-employee?id={BO}"), address[1:])
    assert all("done=sent" in goes_to(one) for one in sent_twice(anna, address, form))
    assert len(house.post.letters) == 1


def test_a_form_with_a_mistake_is_corrected_and_its_answer_is_nobody_elses(anna, house):
    path = "/admin-extension-new"
    wrong = form_of(anna.get(path), path[1:]) | {"number": "1 2", "name": "Door"}
    assert [one.status_code for one in sent_twice(anna, path, wrong)] == [422] * 3
    right = {**wrong, "number": "12"}
    assert len({goes_to(anna.post(path, data=right)) for _ in range(2)}) == 1
    rie = signed_in(house, "rie@top.example")
    assert rie.post(f"{path}?customer={ACME}", data=right).status_code == 422
    change(house.people, replace(house.people.employee(ANNA), state=EmployeeState.DISABLED))
    assert goes_to(anna.post(path, data=right)).startswith("login")
