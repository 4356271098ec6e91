"""The response on the vendor's page, with the figures that it should have had (S16)."""

from pbxtally.demo.page import PAGE_FIGURES, RESPONSE_PEOPLE
from pbxtally.measures import PAGE_MEASURES


def page_response():
    """The page's response, in its order of rows and keys."""
    names = [measure.name for measure in PAGE_MEASURES]
    return [
        {
            "employeeId": person.employee,
            "employeeName": person.name,
            "extensionId": person.extension,
            "extensionNumber": person.number,
            "data": {
                str(week): dict(zip(names, figures, strict=True))
                for week, figures in PAGE_FIGURES[person.employee].items()
            },
        }
        for person in RESPONSE_PEOPLE
    ]
