"""A partner's whole hand-off with the generated client: run it now and then, and
it takes the next step of each case that was handed to you. What it did before it
reads from the service; run twice, it does nothing twice."""

import datetime
import os
import sys
from typing import TypeVar

from hjemvej_client import AuthenticatedClient, models
from hjemvej_client.api.events import list_events
from hjemvej_client.api.follow_up import record_attempt
from hjemvej_client.api.hand_offs import answer_handoff, list_handoffs, read_handoff, receive_handoff
from hjemvej_client.api.reports import report
from hjemvej_client.api.return_ import confirm_arrival
from hjemvej_client.types import UNSET, Unset

T = TypeVar("T")
TODAY = datetime.date.today()


class Refused(Exception):
    """What the service said: decide by the type, show the detail."""


def must(answer: T | models.Problem | None) -> T:
    if isinstance(answer, models.Problem):
        raise Refused(f"{answer.status} {answer.type_}: {answer.detail} (request {answer.request_id})")
    if answer is None:
        raise Refused("an answer that is not in the document")
    return answer


def tag(version: int) -> str:
    return f'"{version}"'


def take_step(api: AuthenticatedClient, h: models.Handoff) -> None:
    match h.state:
        case models.HandoffState.OFFERED:
            must(receive_handoff.sync(str(h.id), client=api, if_match=tag(h.version), idempotency_key=f"receipt-{h.id}"))
            print(h.case_code, "acknowledged")
        case models.HandoffState.RECEIVED:
            accepted = models.PartnersAnswer(answer=models.PartnersAnswerAnswer.ACCEPTED)
            must(answer_handoff.sync(str(h.id), client=api, body=accepted, if_match=tag(h.version), idempotency_key=f"answer-{h.id}"))
            print(h.case_code, "accepted")
        case models.HandoffState.ACCEPTED | models.HandoffState.IN_PROGRESS:
            work(api, h)


def work(api: AuthenticatedClient, h: models.Handoff) -> None:
    """Read what was handed over, confirm the arrival of who has departed, and then
    report and follow up."""
    d = must(read_handoff.sync(str(h.id), client=api))
    print(h.case_code, "withheld:", ", ".join(d.withheld))
    if h.role != models.HandoffRole.HOME_COUNTRY_PARTNER or isinstance(d.travel, Unset) or not d.travel.departed_on:
        return
    if h.state == models.HandoffState.ACCEPTED:
        arrival = models.Arrival(arrived_on=TODAY)
        must(confirm_arrival.sync(h.case_code, client=api, body=arrival, idempotency_key=f"arrival-{h.id}"))
        print(h.case_code, "arrival confirmed")
        return
    held = models.NewReport(
        kind=models.NewReportKind.COUNSELLING_HELD,
        happened_on=TODAY,
        reference=f"{TODAY}/{h.id}",
        text="Two hours with our counsellor.",
    )
    must(report.sync(str(h.id), client=api, body=held))
    print(h.case_code, "reported")
    for f in d.follow_ups or []:
        if f.state != models.SharedFollowupState.OPEN or f.opens_on > TODAY:
            continue
        attempt = models.NewAttempt(
            made_on=TODAY, channel=models.NewAttemptChannel.VISIT, outcome=models.NewAttemptOutcome.REACHED_SAFE
        )
        must(record_attempt.sync(str(f.id), client=api, body=attempt, idempotency_key=f"attempt-{f.id}-{TODAY}"))
        print(h.case_code, "attempt at", f.kind)


def take_steps(api: AuthenticatedClient) -> bool:
    """Go through what was handed to you; a case that is refused keeps no other from
    being looked at."""
    well = True
    cursor: str | Unset = UNSET
    while True:
        page = must(list_handoffs.sync(client=api, cursor=cursor))
        for h in page.items:
            try:
                take_step(api, h)
            except Refused as refused:
                print(f"case {h.case_code}: {refused}", file=sys.stderr)
                well = False
        cursor = page.next_cursor
        if not cursor:
            return well


def poll_events(api: AuthenticatedClient) -> None:
    """List what happened. Keep the last number, and go on after it."""
    last = 0
    while True:
        feed = must(list_events.sync(client=api, after=last))
        for e in feed.items:
            print("event", e.data.sequence, e.type_)
        last = feed.last
        if not feed.items:
            return


if __name__ == "__main__":
    service = AuthenticatedClient(base_url=os.environ["HJEMVEJ_SERVER"], token=os.environ["HJEMVEJ_PARTNER_KEY"])
    went_well = take_steps(service)
    poll_events(service)
    sys.exit(0 if went_well else 1)
