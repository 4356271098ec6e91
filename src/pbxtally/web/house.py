"""What the web needs of the rest of the house: stores that can count and know people, and the server's defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request

from pbxtally.access import Action, require
from pbxtally.arrivals import Handed, TakenTogether
from pbxtally.audit import ReadsAudit
from pbxtally.call_list import KnowsCalls
from pbxtally.directory.asking import KnowsDirectory
from pbxtally.directory.extension_desk import KnowsNumbersWithCalls
from pbxtally.drill import CanOpen
from pbxtally.errors import AccessDeniedError, PbxTallyError
from pbxtally.holders import KnowsPeople
from pbxtally.hours import Calendar, DaysOff, built_in
from pbxtally.login import KeepsLogins, SendsSms
from pbxtally.login.intake_keys import KeepsIntakeKeys
from pbxtally.missed_calls import KnowsMissed
from pbxtally.overview import CanProfile
from pbxtally.people import Customer, Employee, calendar
from pbxtally.query import Asker
from pbxtally.reader import zone_of
from pbxtally.receipts import Answer
from pbxtally.records import IsRejection, Kept, Source, SourceKept
from pbxtally.retrying import KeepsReadAgain
from pbxtally.saved_views import KeepsViews
from pbxtally.stats import CanTally
from pbxtally.tenants import KeepsTenants, KnowsRejections

MIB = 1024 * 1024


class Counts(
    KeepsReadAgain,
    CanTally,
    CanProfile,
    CanOpen,
    KnowsMissed,
    KnowsCalls,
    KnowsRejections,
    KnowsNumbersWithCalls,
    Protocol,
):
    """A store that can count and open, derive calls again when the directory changes, and knows whether it is well."""

    def is_well(self) -> bool:
        """Whether a real query works."""
        ...

    def changes_of(self, customer: str) -> int:
        """A number that is another one whenever a customer's calls may have changed."""
        ...

    def sources_kept(self, customers: Iterable[str]) -> list[SourceKept]:
        """What became of what came of each source of some customers, by name."""
        ...

    def rejections(self, customer: str | None = None, since_ms: int = 0) -> Sequence[IsRejection]:
        """The records that were rejected since then, the oldest first; of one customer or place only if it is named."""
        ...

    def rejections_of(self, customer: str, offset: int, limit: int) -> tuple[int, Sequence[IsRejection]]:
        """How many records of a customer were rejected, and some of them, the newest first."""
        ...


class KnowsEveryone(
    KnowsPeople,
    KeepsLogins,
    KeepsIntakeKeys,
    KnowsDirectory,
    ReadsAudit,
    KeepsTenants,
    KeepsViews,
    Protocol,
):
    """A store that knows and keeps people: who held what, whose a token is, who did what."""

    def at_once(self) -> AbstractContextManager[None]:
        """While the block runs, whoever is looked up twice is the same, and nothing is changed."""
        ...


class TakesArrivals(Protocol):
    """Whatever makes deliveries of CDRs safe and counts them."""

    def take(self, customer: str, source: str, body: bytes, key: str = "") -> Answer:
        """Take a body of a customer's source in."""
        ...

    def take_together(self, handed: Sequence[Handed | PbxTallyError]) -> TakenTogether:
        """Take bodies of several senders in, safe in one go."""
        ...

    def answers(self, taken: TakenTogether, fates: Sequence[Kept] | None) -> list[Answer | PbxTallyError]:
        """What to answer each of them; what is to be answered again is safe then."""
        ...

    def complete_until_ms(self) -> int:
        """Everything that was acknowledged before this moment is counted."""
        ...

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        ...


class CountsRequests(Protocol):
    """Whatever counts what the server does."""

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        ...


class SendsMail(Protocol):
    """Whatever brings a letter to a mailbox."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send it."""
        ...


class KnowsQuestion(Protocol):
    """What a browser was sent to a provider with."""

    @property
    def state(self) -> str:
        """What the answer has to repeat."""
        ...

    @property
    def nonce(self) -> str:
        """What the provider has to sign."""
        ...

    @property
    def verifier(self) -> str:
        """What the code has to be redeemed with."""
        ...


class SignsOn(Protocol):
    """A provider of single sign-on."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def ask(self) -> tuple[str, KnowsQuestion]:
        """Where to send a browser, and with what."""
        ...

    def question(self, state: str, nonce: str, verifier: str) -> KnowsQuestion:
        """A question as a browser kept it."""
        ...

    def answer(self, given: Mapping[str, str], question: Any) -> str:
        """The verified e-mail address of who came back."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """Everything a request may need.

    `timezone` and `language` are the server's, for customers without their own (D10, D18). `now_ms` is the clock, in
    UTC milliseconds. A body longer than `body_bytes` is not read. `address` is what people type to come here; with
    `https` cookies are for TLS only. `mail` and `sms` are None where no letters, or codes, can be sent. `proxies`
    are the addresses whose word on where a request comes from is taken, separated by commas. `metrics` is what
    `/metrics` tells to who has the `metrics_token`; "" closes it. `sources` are the formats that can be read.
    """

    store: Counts
    people: KnowsEveryone
    timezone: ZoneInfo
    language: str
    now_ms: Callable[[], int]
    body_bytes: int = MIB
    address: str = "http://127.0.0.1:8080"
    mail: SendsMail | None = None
    sms: SendsSms | None = None
    sign_on: SignsOn | None = None
    proxies: str = ""
    arrivals: TakesArrivals | None = None
    meters: CountsRequests | None = None
    metrics: Callable[[], bytes] | None = None
    metrics_token: str = ""
    days_off: DaysOff = built_in
    sources: Mapping[str, Source] = field(default_factory=dict)

    def asker(self, employee: Employee, action: Action = Action.READ_STATISTICS) -> Asker:
        """Who asks, when, and by which clock.

        A customer's own zone and hours count only for those who may do this there: for everybody else a foreign
        customer and one that does not exist have to look the same (D22), also in what is wrong with a period.
        """

        def seen(customer_id: str) -> Customer | None:
            try:
                return require(action, employee, self.people.customer(customer_id), self.people.parents())
            except AccessDeniedError:
                return None

        def calendar_of(customer_id: str) -> Calendar:
            customer = seen(customer_id)
            return calendar(customer, self.days_off) if customer else Calendar()

        return Asker(employee.customer, self.now_ms(), lambda one: zone_of(seen(one), self.timezone), calendar_of)


def house_of(request: Request) -> House:
    """The house a request came to."""
    house = request.app.state.house
    assert isinstance(house, House)
    return house
