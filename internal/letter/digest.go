package letter

import (
	"fmt"
	"strings"

	"hjemvej/internal/calendar"
)

// Digest is the kind of a day's one letter to a reader who wants no more. It is
// written by ComposeDigest.
const Digest Kind = "digest"

// waits are the kinds that a digest may hold until the next morning. Every other
// kind goes out at once: somebody may be in danger, money may go astray, what was
// shared may not be known any more, or the reader is to reach the person in the
// hours that are safe (R10).
var waits = map[Kind]bool{
	FollowupReminderBefore: true,
	ReflectionEnds:         true,
	HandoffOffered:         true,
	HandoffDue:             true,
	HandoffUnanswered:      true,
	HandoffAnswered:        true,
	ArrivalConfirmed:       true,
	SupportEnds:            true,
	SupportEndsThere:       true,
	ExitUnfinished:         true,
	ExtensionAsked:         true,
	ExtensionWaits:         true,
	ExtensionDecided:       true,
	ExtensionLapsed:        true,
	PlanActionsDue:         true,
	PromisePassed:          true,
	ConsentExpires:         true,
	DeletionUnconfirmed:    true,
	ReportWaits:            true,
	ReportAnswered:         true,
	CaseJoined:             true,
	CaseAssigned:           true,
	CaseWithoutNextStep:    true,
}

// Waits reports whether a letter of the kind may be held for a digest at all.
func (k Kind) Waits() bool { return waits[k] }

// Gathers reports whether many letters of the kind to one reader may go out as
// one: what can wait, and what says whom to reach, but nothing that is urgent.
func (k Kind) Gathers() bool { return k.Waits() || k.LeadsToContact() }

// WaitsUntil reports whether a letter that is queued today and is about dueOn,
// the zero date for none, may be held until a morning: not where the reader would
// hear of a day only once it has come.
func (k Kind) WaitsUntil(morning, today, dueOn calendar.Date) bool {
	return k.Waits() && (dueOn.IsZero() || dueOn.Before(today) || dueOn.After(morning))
}

// Item is a letter's place in a digest.
type Item struct {
	Kind     Kind
	CaseCode string
	DueOn    calendar.Date
}

// ComposeDigest writes the one letter that stands for several: a sentence for
// each, with its case's code, and where to sign in (R11). Errors: as Compose's;
// ErrLetter also for no item, or one of a kind that goes out by itself.
func ComposeDigest(language string, items []Item, link string) (Message, error) {
	if languages[language] == nil || len(items) == 0 || !linkable(link) {
		return Message{}, fmt.Errorf("%w: a digest needs a language, an item and an https address", ErrLetter)
	}
	said, err := render(languages[language], string(Digest), len(items))
	if err != nil {
		return Message{}, err
	}
	subject, opening, _ := strings.Cut(said, "\n\n")
	paragraphs := []string{opening}
	var codes []string
	for _, item := range items {
		l := Letter{Kind: item.Kind, Language: language, CaseCode: item.CaseCode, Days: 1, DueOn: item.DueOn, Link: link}
		if err := l.check(); err != nil || !item.Kind.Gathers() {
			return Message{}, fmt.Errorf("%w: it has no place in a digest", ErrLetter)
		}
		sentence, err := render(languages[language], string(item.Kind)+".item", l)
		if err != nil {
			return Message{}, err
		}
		paragraphs = append(paragraphs, sentence)
		codes = append(codes, item.CaseCode)
	}
	m, err := frame(Letter{Language: language, Link: link}, subject, paragraphs)
	if err != nil {
		return Message{}, err
	}
	if err := m.neutral(codes...); err != nil {
		return Message{}, err
	}
	return m, nil
}
