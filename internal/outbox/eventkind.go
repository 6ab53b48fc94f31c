package outbox

// EventType is what an event tells of.
type EventType string

// The types of events.
const (
	HandoffOffered   EventType = "handoff.offered"
	HandoffRevoked   EventType = "handoff.revoked"
	HandoffCompleted EventType = "handoff.completed"
	SharingEnded     EventType = "sharing.ended"
	DeletionAsked    EventType = "deletion.asked"
	ArrivalCorrected EventType = "arrival.corrected"
	PaymentSent      EventType = "payment.sent"
	FollowupOpened   EventType = "followup.opened"
	FollowupDue      EventType = "followup.due"
	EndpointTest     EventType = "endpoint.test"
)

// EventKind is what holds for all events of a type.
type EventKind struct {
	Type     EventType
	Says     string // one sentence, for whoever receives it
	Object   string // what the id is called of the thing that it is about, beside the case and the hand-off; "" where there is none
	Category string // the consent without which it is not told (R7); "" where being handed the case is enough
	Ending   bool   // it tells of an end, and so also after it
}

// EventKinds is every type there is. The schemas in docs/events and the list in
// docs/partners.md are made from it.
var EventKinds = []EventKind{
	{Type: HandoffOffered, Says: "A case was offered to you: read the hand-off and answer it."},
	{Type: HandoffRevoked, Says: "A hand-off was taken back: the case is yours no longer.", Ending: true},
	{Type: HandoffCompleted, Says: "The case was closed, and your hand-off completed with it: you can read it for 30 more days."},
	{Type: SharingEnded, Says: "You may know less of a case than before: read the hand-off again.", Ending: true},
	{Type: DeletionAsked, Says: "What you read of a case and may not know any more is to be deleted and the deletion confirmed.", Object: "duty_id", Ending: true},
	{Type: ArrivalCorrected, Says: "The day of an arrival was corrected, and what hangs on it has moved.", Category: "travel"},
	{Type: PaymentSent, Says: "A payment of the support that you give was sent.", Object: "payment_id", Category: "support_and_payments"},
	{Type: FollowupOpened, Says: "The time for a follow-up has begun.", Object: "followup_id", Category: "follow_up"},
	{Type: FollowupDue, Says: "A follow-up is due.", Object: "followup_id", Category: "follow_up"},
	{Type: EndpointTest, Says: "Somebody tried your endpoint; there is no case behind it."},
}

// KindOf is the row of a type in EventKinds; the zero EventKind where there is
// none.
func KindOf(t EventType) EventKind {
	for _, k := range EventKinds {
		if k.Type == t {
			return k
		}
	}
	return EventKind{}
}
