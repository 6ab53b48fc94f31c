package letter

import (
	"bytes"
	"embed"
	"fmt"
	html "html/template"
	"strings"
	text "text/template"

	"hjemvej/internal/calendar"
)

// Message is a letter ready to be sent.
type Message struct {
	Sender  string // the name beside the sender's address: Sagssystem or Case desk
	Subject string // one line
	Text    string // plain text, \n line ends
	HTML    string // the same for those who read HTML; it loads nothing
}

//go:embed templates
var files embed.FS

// languages hold, per language, every letter's subject and paragraphs, and the
// few words of the frame around them.
var languages = map[string]*text.Template{
	"da": load("da", danishDate, func(n int) string { return count(n, "dag", "dage") }),
	"en": load("en", englishDate, func(n int) string { return count(n, "day", "days") }),
}

var (
	frameText = text.Must(text.ParseFS(files, "templates/frame.txt"))
	frameHTML = html.Must(html.ParseFS(files, "templates/frame.html"))
)

// Compose writes a letter in its language (R11): the case code in subject and
// body, no name, and at the end where to sign in to read. It answers ErrLetter
// where something is missing, and ErrNotNeutral where the link brings in a word
// that must not leave; no error holds a value that was sent.
func Compose(l Letter) (Message, error) {
	if err := l.check(); err != nil {
		return Message{}, err
	}
	said, err := render(languages[l.Language], string(l.Kind), l)
	if err != nil {
		return Message{}, err
	}
	subject, body, _ := strings.Cut(said, "\n\n")
	m, err := frame(l, subject, strings.Split(body, "\n\n"))
	if err != nil {
		return Message{}, err
	}
	if err := m.neutral(l.CaseCode); err != nil {
		return Message{}, err
	}
	return m, nil
}

// neutral answers ErrNotNeutral where the letter says too much. A random code may
// spell anything by chance, and says nothing all the same.
func (m Message) neutral(codes ...string) error {
	all := strings.Join([]string{m.Sender, m.Subject, m.Text, m.HTML}, "\n")
	for _, code := range codes {
		all = strings.ReplaceAll(all, code, "")
	}
	return Neutral(all)
}

type framed struct {
	Letter
	Subject                         string
	Paragraphs                      []string
	Sender, Case, Automatic, SignIn string
}

func frame(l Letter, subject string, paragraphs []string) (Message, error) {
	f := framed{Letter: l, Subject: subject, Paragraphs: paragraphs}
	for name, word := range map[string]*string{
		"sender": &f.Sender, "case": &f.Case, "automatic": &f.Automatic, "sign_in": &f.SignIn,
	} {
		said, err := render(languages[l.Language], name, l)
		if err != nil {
			return Message{}, err
		}
		*word = said
	}
	plain, err := render(frameText, "frame.txt", f)
	if err != nil {
		return Message{}, err
	}
	var page bytes.Buffer
	if err := frameHTML.ExecuteTemplate(&page, "frame.html", f); err != nil {
		return Message{}, fmt.Errorf("write a letter as HTML: %w", err)
	}
	return Message{Sender: f.Sender, Subject: subject, Text: plain + "\n", HTML: page.String()}, nil
}

func render(t *text.Template, name string, data any) (string, error) {
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("write a letter: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

func load(language string, date func(calendar.Date) string, days func(int) string) *text.Template {
	funcs := text.FuncMap{"date": date, "days": days, "count": count}
	return text.Must(text.New(language).Funcs(funcs).ParseFS(files, "templates/"+language+".tmpl"))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

var danishMonths = strings.Fields("januar februar marts april maj juni juli august september oktober november december")

func danishDate(d calendar.Date) string {
	return fmt.Sprintf("%d. %s %d", d.Day, danishMonths[d.Month-1], d.Year)
}

func englishDate(d calendar.Date) string { return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year) }
