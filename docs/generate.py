"""Write the parts of the manual that follow from the code, between the marks that stand in the pages.

    PYTHONPATH=src .venv/bin/python docs/generate.py

A part stands between `<!-- begin NAME -->` and `<!-- end -->`. A test compares every part with what would be written.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from asked_examples import ACROSS_MIDNIGHT, BOS, FIRST_BOS_THEN_IDAS, SHORT_CALLS, TWO_HOLDERS, answers
from drawn_calls import CALLS, OUTCOME_HEADING, drawing, outcome_rows

from pbxtally import audit, errors
from pbxtally.access import RULES, Action, Relation, decision_of
from pbxtally.call_query import CALL_MEMBERS
from pbxtally.call_summary import ENDS
from pbxtally.cli import cli
from pbxtally.cli.collect_tables import KINDS, Table, members_of
from pbxtally.directory import members as people_members
from pbxtally.directory import parameters
from pbxtally.errors import InvalidFieldError, PbxTallyError
from pbxtally.fields import IDENTITY_FIELDS
from pbxtally.figure import FIGURE_MEMBERS
from pbxtally.figure import RULES as LEFT_OUT
from pbxtally.measures import EXTRA_MEASURES, PAGE_MEASURES, REASONS, Adds, Average, Measure
from pbxtally.missed import RETURNED, SEQUELS
from pbxtally.missed_list import LIST_MEMBERS as MISSED_MEMBERS
from pbxtally.people import AccessLevel
from pbxtally.query import MEMBERS, Member
from pbxtally.reader import FARTHEST
from pbxtally.renderers.call_list import MEMBERS as LISTED_MEMBERS
from pbxtally.renderers.call_list import PARTY_MEMBERS
from pbxtally.renderers.figure_calls import COLUMNS
from pbxtally.renderers.figure_legs import LEG_MEMBERS
from pbxtally.renderers.missed_list import COLUMNS as MISSED_COLUMNS
from pbxtally.renderers.missed_list import HOLDER_MEMBERS
from pbxtally.renderers.missed_list import MEMBERS as MISSED_CALL
from pbxtally.renderers.request import SENTENCES
from pbxtally.settings import PREFIX, Settings
from pbxtally.sources import SOURCES, generic_mapping
from pbxtally.sources.generic_presets import PRESETS
from pbxtally.sources.generic_words import DIRECTIONS, RESULTS

DOCS = Path(__file__).resolve().parent
PAGES = sorted(DOCS.rglob("*.md"))
MARKED = re.compile(r"<!-- begin (?P<name>[\w -]+) -->\n.*?<!-- end -->", re.DOTALL)


def main() -> None:
    """Renew every page, and say which changed."""
    for page in PAGES:
        before = page.read_text("utf-8")
        after = renewed(before)
        if after != before:
            page.write_text(after, "utf-8")
            print(f"{page.name} is renewed")


def renewed(text: str) -> str:
    """The page with every part made anew."""
    return MARKED.sub(lambda found: f"<!-- begin {found['name']} -->\n{PARTS[found['name']]()}\n<!-- end -->", text)


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: object) -> str:
    """A word as it is typed."""
    return f"`{text}`"


# ── numbers and reasons ──


def measures(some: Iterable[Measure | Average]) -> str:
    """The measures with their sentences."""
    return table(
        ("field", "what it counts", "made of"), ((code(one.name), one.sentence, _made_of(one)) for one in some)
    )


def _made_of(measure: Measure | Average) -> str:
    if isinstance(measure, Average):
        return f"`{measure.over}` ÷ `{measure.under}`, rounded half up"
    outcomes = ", ".join(outcome.name.lower() for outcome in sorted(measure.outcomes))
    added = {Adds.ONE: "number of", Adds.TALK_SECONDS: "talk seconds of", Adds.RING_SECONDS: "ring seconds of"}
    how = "longest talk of" if measure.longest else added[measure.adds]
    which = measure.direction.name if measure.direction else "IN and OUT"
    extra = (f", reason `{measure.reason.name.lower()}`" if measure.reason else "") + (
        ", local" if measure.only_local else ""
    )
    return f"{how} {which}: {outcomes}{extra}"


def reasons() -> str:
    """The reasons with their sentences."""
    return table(("reason", "what happened"), ((code(one.name.lower()), sentence) for one, sentence in REASONS.items()))


def identity_fields() -> str:
    """The fields that say whose numbers they are."""
    return table(("field", "what it holds"), ((code(name), SENTENCES[name]) for name in IDENTITY_FIELDS))


# ── examples ──


def drawn(name: str) -> str:
    """One call: its legs as a drawing, its involvements as a table."""
    return f"```text\n{drawing(CALLS[name])}\n```\n\n{table(OUTCOME_HEADING, outcome_rows(CALLS[name]))}"


COUNTS = ["employeeName", "inboundCalls", "inboundAnswered", "inboundUnanswered", "inboundBusy", "inboundSeconds"]


def short_calls() -> str:
    """The same calls, asked for with and without the filter."""
    day = {"from": "2020-12-01", "to": "2020-12-01", "fields": COUNTS[1:]}
    limits = (0, 4, 5)
    asked = answers(BOS, SHORT_CALLS, [{**day, "ignoreBelow": limit} for limit in limits])
    found = list(zip(limits, asked, strict=True))
    rows = [(code(limit), *row[1:]) for limit, (_, some) in found for row in some]
    return table((code("ignoreBelow"), *found[0][1][0][1:]), rows)


def midnight() -> str:
    """One call across midnight, by two clocks and two kinds of bucket."""
    counted = ["inboundCalls", "inboundSeconds"]
    period = {
        "from": "2020-11-29",
        "to": "2020-12-02",
        "intervalKey": "ISO",
        "fields": ["inboundCalls", "inboundSeconds"],
    }
    cases = [(zone, grouping) for zone in ("Europe/Copenhagen", "Asia/Tokyo") for grouping in ("MONTH", "DAY", "HOUR")]
    asked = answers(
        BOS, ACROSS_MIDNIGHT, [{**period, "timezone": zone, "groupingInterval": how} for zone, how in cases]
    )
    rows = [(*map(code, case), *row) for case, (_, found) in zip(cases, asked, strict=True) for row in found]
    return table((code("timezone"), code("groupingInterval"), "interval", *counted), rows)


def two_holders() -> str:
    """One number, two people."""
    period = {"from": "2020-12-01", "to": "2020-12-02", "fields": ["employeeName", "extensionNumber", *COUNTS[1:3]]}
    [(heading, rows)] = answers(FIRST_BOS_THEN_IDAS, TWO_HOLDERS, [period])
    return table(heading, rows)


# ── the request, its errors, who may ask ──


def request_members() -> str:
    """The members of a request."""
    return table(
        ("member", "what it says", "type"),
        ((code(name), member.sentence, _type_of(member)) for name, member in MEMBERS.items()),
    )


def figure_members() -> str:
    """What says which figure is opened."""
    return table(
        ("member", "what it says", "type"),
        ((code(name), member.sentence, _type_of(member)) for name, member in FIGURE_MEMBERS.items()),
    )


def missed_members() -> str:
    """What says which missed calls are listed."""
    return table(
        ("member", "what it says", "type"),
        ((code(name), member.sentence, _type_of(member)) for name, member in MISSED_MEMBERS.items()),
    )


def sequels() -> str:
    """What may come after a missed call."""
    rows = ((code(one.value), sentence, "yes" if one in RETURNED else "no") for one, sentence in SEQUELS.items())
    return table(("`sequel`", "`sequelSentence`", "`returned`"), rows)


def call_members() -> str:
    """What is told of a call behind a figure."""
    return table(("member", "what it holds"), ((code(name), sentence) for name, sentence in COLUMNS.items()))


def list_members() -> str:
    """What a list of calls may be asked for."""
    return table(
        ("member", "what it says", "type"),
        ((code(name), member.sentence, _type_of(member)) for name, member in CALL_MEMBERS.items()),
    )


def listed_members(known: dict[str, str]) -> str:
    """What is told of a call in a list, or of one side of it."""
    return table(("member", "what it holds"), ((code(name), sentence) for name, sentence in known.items()))


def call_ends() -> str:
    """How a call ended, by why it is counted as it is."""
    rows = ((code(one.name.lower()), REASONS[one], end, by or "–") for one, (end, by) in ENDS.items())
    return table(("reason", "what it means", "`terminatedReason`", "`terminatedBy`"), rows)


def left_out_rules() -> str:
    """What may have left a call out of a figure."""
    rows = ((code(one.value), number, sentence) for one, (number, sentence) in LEFT_OUT.items())
    return table(("`rule`", "rule", "what it says"), rows)


def _type_of(member: Member) -> str:
    schema = member.schema
    if "enum" in schema:
        default = schema.get("default")
        return ", ".join(f"**{one}**" if one == default else str(one) for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type_of(Member("", one)) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return "array"
    if "pattern" in schema:
        return "id"
    return f"{schema['type']}{_bounds_of(schema)}"


def _bounds_of(schema: dict[str, Any]) -> str:
    """From which to which number; what no answer has as many of is no bound. A default other than the least is bold."""
    if "minimum" not in schema:
        return ""
    least, most, default = schema["minimum"], schema.get("maximum", FARTHEST), schema.get("default")
    shown = "" if default in (None, least) else f", **{default}**"
    return (f", {least} or more" if most >= FARTHEST else f", {least} to {most:,}") + shown


def error_words() -> str:
    """Every error: its status, its word, its meaning."""
    known = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, PbxTallyError)]
    rows = sorted((one.code, _word_of(one), _first_line(one)) for one in known)
    return table(("status", "`message`", "what it means"), ((str(status), *rest) for status, *rest in rows))


def _word_of(error: type[PbxTallyError]) -> str:
    return "the member's name" if error is InvalidFieldError else code(error.word)


def _first_line(error: type[PbxTallyError]) -> str:
    if error is PbxTallyError:
        return "A fault of ours; `errorId` stands in the log."
    return (error.__doc__ or "").splitlines()[0].replace("`word` is its name", "`message` is its name")


def access_rules() -> str:
    """Who may read whose statistics."""
    relations = tuple(one for one in Relation if one is not Relation.SELF)
    rules = RULES[Action.READ_STATISTICS]
    rows = (
        (code(level.name), *("yes" if one in allowed else "–" for one in relations)) for level, allowed in rules.items()
    )
    return table(("access level", *(one.value for one in relations)), rows)


def access_table() -> str:
    """Every action at every level, in every relation: yes, own rows, 403 or 404."""
    heading = ("action", "of whom", *(code(level.name) for level in AccessLevel if level))
    rows = (
        (action.value if place == 0 else "", relation.value, *_answers(action, relation))
        for action in Action
        for place, relation in enumerate(_relations(action))
    )
    return table(heading, rows)


def _relations(action: Action) -> list[Relation]:
    """The relations in which there is something to say; oneself only where one's own differs."""
    has_self = any(Relation.SELF in rule for rule in RULES[action].values())
    return [one for one in Relation if has_self or one is not Relation.SELF]


def _answers(action: Action, relation: Relation) -> list[str]:
    return [decision_of(action, level, relation).value for level in AccessLevel if level]


def audit_actions() -> str:
    """What can stand in the audit."""
    return table(("`action`", "what happened"), ((code(one.value), said) for one, said in audit.SENTENCES.items()))


def list_parameters() -> str:
    """The lists with their parameters, and what these say."""
    lists = {
        "/customer": parameters.CUSTOMERS,
        "/customer/resellers/list": parameters.RESELLERS,
        "/employee": parameters.EMPLOYEES,
        "/employee/departments/list": parameters.DEPARTMENTS,
        "/pbx/extension": parameters.EXTENSIONS,
        "/pbx/extension/unknown": parameters.UNKNOWN,
    }
    rows = (
        (code(path), code(one.name), f"{one.default} / {one.most}", ", ".join(map(code, one.parameters)))
        for path, one in lists.items()
    )
    sentences = ((code(name), sentence) for name, sentence in parameters.SENTENCES.items())
    return (
        table(("list", "plural name", "limit: default / most", "parameters"), rows)
        + "\n\n"
        + table(("parameter", "what it says"), sentences)
    )


# ── commands, settings, sources, people ──


def commands() -> str:
    """Every command: what it does, an example, its options."""
    return "\n\n".join(_commands(cli, click.Context(cli), "./run"))


def _commands(group: click.Group, context: click.Context, path: str) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, click.Context(command, context), f"{path} {name}")
        else:
            yield _command(command, f"{path} {name}")


def _command(command: click.Command, path: str) -> str:
    lines = inspect.cleandoc(command.help or "").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("Example: ")).strip()
    examples = "\n".join(line.removeprefix("Example: ") for line in lines if line.startswith("Example: "))
    arguments = [str(one.metavar or one.name).upper() for one in command.params if isinstance(one, click.Argument)]
    rows = [
        (code(" ".join(filter(None, (one.opts[0], one.metavar)))), one.help or "")
        for one in command.params
        if isinstance(one, click.Option)
    ]
    parts = [f"### `{' '.join([path, *arguments])}`", text, f"```sh\n{examples}\n```"]
    return "\n\n".join([*parts, *([table(("option", "what it does"), rows)] if rows else [])])


MACHINES_OWN = {"threads": "the machine's number"}
"""Settings whose default is not the same everywhere."""


def settings() -> str:
    """Every setting with its default."""
    rows = (
        (
            code(one.name),
            code(PREFIX + one.name.upper()),
            MACHINES_OWN.get(one.name) or code(one.default),
            one.metadata["sentence"],
        )
        for one in fields(Settings)
    )
    return table(("in `settings.toml`", "in the environment", "default", "what it is"), rows)


def collectors() -> str:
    """The members of collectors' tables, those of every kind first."""
    common = members_of(Table)
    parts = ["### Members of every table", _collector_members({"kind": None, **common})]
    for word, kind in KINDS.items():
        own = {
            name: one
            for name, one in members_of(kind).items()
            if name not in common or one.default != common[name].default
        }
        parts += [f'### `kind = "{word}"`', inspect.getdoc(kind) or "", _collector_members(own)]
    return "\n\n".join(parts)


def _collector_members(members: Mapping[str, Field[Any] | None]) -> str:
    rows = [
        (code(name), "needed", f"One of {', '.join(map(code, KINDS))}.")
        if one is None
        else (code(name), _default(one.default), one.metadata["sentence"])
        for name, one in members.items()
    ]
    return table(("member", "default", "what it is"), rows)


def _default(value: object) -> str:
    if value is MISSING:
        return "needed"
    return code(str(value).lower() if isinstance(value, bool) else value) if value not in ("", ()) else "none"


def sources() -> str:
    """Every source with the first line of its module."""
    rows = []
    for name, source in SOURCES.items():
        about = (import_module(source.read.__module__).__doc__ or "").splitlines()[0]
        rows.append((code(name), about, source.evidence, f"[docs/sources/{name}.md](sources/{name}.md)"))
    return table(("`--source`", "what it reads", "reading", "page"), rows)


def mapping_keys() -> str:
    """What a mapping of the generic source may hold."""
    return table(("key", "what it says"), ((code(name), sentence) for name, sentence in generic_mapping.KEYS.items()))


def mapping_fields() -> str:
    """What a column can be."""
    return table(("field", "what it is"), ((code(name), sentence) for name, sentence in generic_mapping.FIELDS.items()))


def mapping_words() -> str:
    """The PBX's words that are known without being said."""
    theirs: dict[str, list[str]] = {}
    for known, ours in ((RESULTS, generic_mapping.RESULT_WORDS), (DIRECTIONS, generic_mapping.DIRECTION_WORDS)):
        names = {value: name for name, value in ours.items()}
        theirs |= {name: [word for word, value in known.items() if names[value] == name] for name in ours}
    return table(("ours", "theirs"), ((code(name), ", ".join(words)) for name, words in theirs.items()))


def mapping_presets() -> str:
    """Mappings by name."""
    return table(("`--layout`", "what it reads"), ((code(name), one.about) for name, one in PRESETS.items()))


OTHER_PEOPLE_MEMBERS = {
    "_id": (people_members.AN_ID, False),
    "customer": ("the `_id` of a customer, here or imported before", False),
    "employee": ("the `_id` of an employee of the same customer: who holds it", True),
    "assignments": ("an array of at least one object, see below", True),
    "since": ("the first moment: an ISO 8601 date-time or epoch milliseconds; none: from the beginning", True),
    "until": ("the first moment after it; none: for ever", True),
    "source": ("a source that `./run sources` lists", False),
    "name": ("the switch's name", False),
    "words": ("an object: from each word to the `_id` of the customer it names, or `null` for nobody", True),
}


def people_tables() -> str:
    """The members of an imported file, section by section."""
    given = {
        "customers": people_members.CUSTOMER,
        "employees": people_members.EMPLOYEE,
        "extensions": people_members.EXTENSION,
    }
    sections = [(f"`{name}`", names, given[name]) for name, names in people_members.SECTIONS.items()]
    sections.append(("`assignments` of an extension", people_members.STRETCH_MEMBERS, people_members.STRETCH))
    sections.append(("`sources`", people_members.SOURCE_MEMBERS, people_members.SOURCE))
    sections.append(("`switches`", people_members.SWITCH_MEMBERS, people_members.SWITCH))
    return "\n\n".join(f"#### {title}\n\n{_people_table(names, known)}" for title, names, known in sections)


def _people_table(names: Iterable[str], known: dict[str, people_members._Member]) -> str:
    rows = []
    for name in names:
        expected, may_be_null = OTHER_PEOPLE_MEMBERS.get(name, ("", False))
        if name in known:
            expected, may_be_null = known[name].expected, known[name].may_be_null
        rows.append((code(name), expected, "yes" if may_be_null else ""))
    return table(("member", "what fits", "may be `null`"), rows)


PARTS: dict[str, Callable[[], str]] = {
    **{f"drawing {name}": partial(drawn, name) for name in CALLS},
    "page measures": partial(measures, PAGE_MEASURES),
    "extra measures": partial(measures, EXTRA_MEASURES),
    "reasons": reasons,
    "identity fields": identity_fields,
    "short calls": short_calls,
    "midnight": midnight,
    "two holders": two_holders,
    "request members": request_members,
    "figure members": figure_members,
    "call members": call_members,
    "leg members": partial(listed_members, LEG_MEMBERS),
    "missed members": missed_members,
    "missed call members": partial(listed_members, MISSED_CALL),
    "missed holder members": partial(listed_members, HOLDER_MEMBERS),
    "missed columns": partial(listed_members, MISSED_COLUMNS),
    "sequels": sequels,
    "list members": list_members,
    "listed call members": partial(listed_members, LISTED_MEMBERS),
    "listed party members": partial(listed_members, PARTY_MEMBERS),
    "call ends": call_ends,
    "left out rules": left_out_rules,
    "error words": error_words,
    "access rules": access_rules,
    "access table": access_table,
    "audit actions": audit_actions,
    "list parameters": list_parameters,
    "commands": commands,
    "settings": settings,
    "collectors": collectors,
    "sources": sources,
    "mapping keys": mapping_keys,
    "mapping fields": mapping_fields,
    "mapping words": mapping_words,
    "mapping presets": mapping_presets,
    "people members": people_tables,
}
"""Every part by the name in its mark."""

if __name__ == "__main__":
    main()
