"""What the web needs of the rest of the house: stores that can count and know people, and the server's defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request

from pbxtally.access import Action, require
from pbxtally.arrivals import DeliveryGroup, RawDelivery
from pbxtally.audit import ReadsAudit
from pbxtally.call_list import KnowsCalls
from pbxtally.directory.extension_requests import KnowsNumbersWithCalls
from pbxtally.directory.request_context import KnowsDirectory
from pbxtally.drill import CanDrillDown
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
from pbxtally.receipts import DeliveryAnswer
from pbxtally.records import KeptCounts, Rejection, Source, SourceKept
from pbxtally.retrying import KeepsReadAgain
from pbxtally.saved_views import KeepsViews
from pbxtally.stats import CanTally
from pbxtally.tenants import KeepsTenants, KnowsRejections

MIB = 1024 * 1024


class Counts(
    KeepsReadAgain,
    CanTally,
    CanProfile,
    CanDrillDown,
    KnowsMissed,
    KnowsCalls,
    KnowsRejections,
    KnowsNumbersWithCalls,
    Protocol,
):
    """A store that can count and open calls, derive them again when the directory changes, and say if it is well."""

    def is_well(self) -> bool:
        """Whether a real query works."""
        ...

    def changes_of(self, customer: str) -> int:
        """A number that changes whenever a customer's calls may have changed."""
        ...

    def sources_kept(self, customers: Iterable[str]) -> list[SourceKept]:
        """What became of the records of each source of some customers, by name."""
        ...

    def rejections(self, customer: str | None = None, since_ms: int = 0) -> Sequence[Rejection]:
        """The records rejected since then, oldest first; only those of one customer or place, if named."""
        ...

    def rejections_of(self, customer: str, offset: int, limit: int) -> tuple[int, Sequence[Rejection]]:
        """How many of a customer's records were rejected, and some of them, newest first."""
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
    """A store that knows and keeps people: who held what, whose token it is, who did what."""

    def consistent_reads(self) -> AbstractContextManager[None]:
        """While the block runs, looking somebody up twice gives the same, and nothing is changed."""
        ...


class TakesArrivals(Protocol):
    """Makes deliveries of CDRs safe and counts them."""

    def take(self, customer: str, source: str, body: bytes, key: str = "") -> DeliveryAnswer:
        """Take in a body of a customer's source."""
        ...

    def take_together(self, handed: Sequence[RawDelivery | PbxTallyError]) -> DeliveryGroup:
        """Take in bodies of several senders, making them safe in one go."""
        ...

    def answers(
        self, taken: DeliveryGroup, outcomes: Sequence[KeptCounts] | None
    ) -> list[DeliveryAnswer | PbxTallyError]:
        """What to answer each of them; answers to give again under a key are safe then."""
        ...

    def complete_until_ms(self) -> int:
        """The moment before which everything acknowledged is counted."""
        ...

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        ...


class CountsRequests(Protocol):
    """Counts what the server does."""

    def request_answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        ...


class SendsMail(Protocol):
    """Brings mail to a mailbox."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send it."""
        ...


class KnowsQuestion(Protocol):
    """The question that a browser was sent to a provider with."""

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
        """What the code has to be redeemed with (PKCE)."""
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
        """The question that a browser kept."""
        ...

    def answer(self, given: Mapping[str, str], question: Any) -> str:
        """The verified e-mail address of the person who came back."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything a request may need.

    `timezone` and `language` are the server's, for customers without their own (D10, D18). `now_ms` is the clock, in
    UTC milliseconds. A body longer than `body_bytes` is not read. `address` is what people type to come here; with
    `https` cookies are for TLS only. `mail` and `sms` are None if no mail, or no codes, can be sent. `proxies` are the
    addresses, separated by commas, that are trusted to say where a request comes from. `metrics` is what `/metrics`
    shows to holders of the `metrics_token`; "" closes it. `sources` are the formats that can be read.
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
        customer and one that does not exist must look the same (D22), even in the errors about a period.
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


def backend_of(request: Request) -> Backend:
    """The house a request came to."""
    backend = request.app.state.backend
    assert isinstance(backend, Backend)
    return backend
