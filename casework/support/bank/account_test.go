package bank_test

import (
	"errors"
	"strings"
	"testing"

	"hjemvej/casework/support/bank"
)

func TestR27_AnIBANIsCheckedWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"RO49 aaaa 1B31 0075 9384 0000": "RO49AAAA1B31007593840000", "dk50 0040 0440 1162 43": "DK5000400440116243", "GB82\u00a0WEST12345698765432": "GB82WEST12345698765432",
		"RO49AAAA1B3100759384000": "", "RO48AAAA1B31007593840000": "", "ROAAAAAA1B31007593840000": "", "NG49AAAA1B31007593840000": "",
		"RO491AAA1B31007593840000": "", "": "", "RO": "", "RO49AAAA1B31007593840000X": "",
	} {
		got, err := bank.IBAN(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
		if err != nil && len(text) > 2 && strings.Contains(err.Error(), text) {
			t.Error("the error repeats what was sent")
		}
	}
}

func TestABICHasItsForm(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"ndeadkkk": true, "BTRLRO22XXX": true, "NDEADKK": false, "1DEADKKK": false, "NDEAZZKK": false, "": false} {
		if _, err := bank.BIC(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNationalAccountsHaveTheirCountrysForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country, number, code string
		want                  error
	}{
		{"NG", "0000 0145-79", "011", nil}, // the Central Bank's own example
		{"NG", "0000014578", "011", bank.ErrCheck},
		{"NG", "0000014579", "000011", nil}, {"NG", "0000014579", "012", bank.ErrCheck},
		{"NG", "000001457", "011", bank.ErrNational}, {"NG", "0000014579", "0112", bank.ErrBankCode}, {"NG", "0000014579", "", nil},
		{"US", "12345678", "021000021", nil}, {"US", "12345678", "021000022", bank.ErrCheck},
		{"TH", "1234567890", "004", nil}, {"TH", "123456789", "004", bank.ErrNational},
		{"IN", "123456789", "SBIN0000001", nil}, {"IN", "123456789", "12", bank.ErrBankCode},
		{"RO", "12345678", "1", bank.ErrHasIBAN}, {"DK", "0440116243", "", bank.ErrHasIBAN},
		{"MA", "123", "", bank.ErrNational}, {"MA", "1234", "AB12", nil}, {"MA", strings.Repeat("1", 35), "", bank.ErrNational}, {"MA", "12AB", "", bank.ErrNational},
	} {
		number, _, err := bank.National(c.country, c.number, c.code)
		if !errors.Is(err, c.want) || err == nil && strings.ContainsAny(number, " -") {
			t.Errorf("%s %s at %q: %v, want %v", c.country, c.number, c.code, err, c.want)
		}
	}
}

func TestNamesAreWrittenAsBanksTakeThem(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ștefan Ionuț Băsescu": "Stefan Ionut Basescu", "Åse Ærø-Sørensen": "Ase AEro-Sorensen", "Nguyễn Thị Hồng": "Nguyen Thi Hong",
		"Ольга  Іванова": "Ol'ga Ivanova", "A <b>&amp;\n": "A b amp", "//Ana//": "Ana", "…": "", "1": "", strings.Repeat("Ab ", 40): strings.TrimSpace(strings.Repeat("Ab ", 40)[:70]),
	} {
		if got := bank.Name(name); got != want {
			t.Errorf("%q is written %q, want %q", name, got, want)
		}
	}
}
