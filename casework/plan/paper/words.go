package paper

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/bojanz/currency"
)

//go:embed words.json
var wordsJSON []byte

// words are the fixed texts, by their name and language.
var words = func() (all map[string]map[string]string) {
	if err := json.Unmarshal(wordsJSON, &all); err != nil {
		panic("paper: words.json: " + err.Error())
	}
	return all
}()

// voice says the fixed texts in one language.
type voice string

// say is a fixed text with its places filled in, given as name and value.
func (v voice) say(name string, places ...string) string {
	return strings.NewReplacer(places...).Replace(words[name][string(v)])
}

// date is a day as it is written in the language.
func (v voice) date(d calendar.Date) string {
	if d.IsZero() {
		return "–"
	}
	pattern := "date"
	if d.Day == 1 {
		pattern = "date.first"
	}
	return v.say(pattern, "{day}", strconv.Itoa(d.Day), "{month}", v.say(fmt.Sprintf("month.%d", d.Month)),
		"{year}", strconv.Itoa(d.Year), "{buddhist}", strconv.Itoa(d.Year+543))
}

// amount is a sum as it is written in the language, with the currency's code.
func (v voice) amount(a money.Amount) (string, error) {
	number, err := currency.NewAmount(a.Number(), a.Currency)
	if err != nil {
		return "", fmt.Errorf("write an amount: %w", err)
	}
	f := currency.NewFormatter(currency.NewLocale(string(v)))
	f.CurrencyDisplay = currency.DisplayCode
	return f.Format(number), nil
}
