package paper

import (
	"fmt"
	"strings"
	"unicode"

	"hjemvej/casework/plan"
	"hjemvej/internal/fault"

	"golang.org/x/text/unicode/norm"
)

// telling are words and phrases that tell a stranger what a plan is about, in
// the papers' languages, without accents; an asterisk stands for any ending.
// Plans are about trade, journeys and health, so that ordinary words of those
// are not here, whatever else they can mean.
var telling = strings.Split(strings.TrimSpace(`
cmm*
center mod menneskehandel
traffick*
victim*
prostitu*
brothel*
sex work*
sexarbejd*
menneskehand*
handel med mennesker
seksuel udnyt*
sexual exploit*
sexually exploit*
bordel*
trafic de persoane
trafic de fiinte
traficat*
traficant*
traite des etres humains
traite des personnes
traite humaine
traite d etres humains
trafic d etres humains
trafic humain*
trafic uman
exploitation sexuelle
exploatare sexuala
proxenet*
trata de personas
trata de seres
trata de mujeres
tratantes
trata de blancas
trafico de personas
trafico de seres
explotacion sexual
ค้ามนุษย์*
ค้าประเวณี*
โสเภณี*
เหยื่อ*
`), "\n")

// neutral refuses a content whose own texts name what must not stand on a paper
// that the person carries (R11). It says where, not which word.
func neutral(c plan.Content) error {
	var fields []fault.Field
	look := func(text, path string, places ...any) {
		if tells(text) {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("content."+path, places...), Message: "names what must not stand on paper"})
		}
	}
	for i, g := range c.Goals {
		look(g.Goal, "goals[%d].goal", i)
		for j, a := range g.Actions {
			look(a.What, "goals[%d].actions[%d].what", i, j)
		}
	}
	for i, l := range c.Lines {
		look(l.Purpose, "lines[%d].purpose", i)
	}
	if len(fields) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Rule: "R11", Fields: fields,
		Message: "The plan's own texts name what must not stand on paper. Save a version that says it otherwise, and print that."}
}

func tells(text string) bool {
	plain := " " + folded(text) + " "
	for _, t := range telling {
		phrase, any := strings.CutSuffix(t, "*")
		phrase = folded(phrase)
		if !any {
			phrase += " "
		}
		if !unicode.Is(unicode.Thai, rune0(t)) { // Thai is written without spaces
			phrase = " " + phrase
		}
		if strings.Contains(plain, phrase) {
			return true
		}
	}
	return false
}

func rune0(s string) rune { return []rune(s)[0] }

// folded is a text in lower case, without accents and invisible characters, its
// words one space apart.
func folded(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Thai, r), unicode.Is(unicode.Cf, r):
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		default:
			b.WriteRune(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
