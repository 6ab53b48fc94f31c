package person

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hjemvej/internal/postgres"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"
)

// fingerprint is a keyed hash by which two records of one person are alike.
// Without the secret that lies under the master key nobody can try names.
type fingerprint struct {
	kind string
	hash []byte
}

func (v Vault) fingerprints(ctx context.Context, tx *postgres.Tx, c Core) ([]fingerprint, error) {
	secret, err := v.secret(ctx, tx)
	if err != nil {
		return nil, err
	}
	texts := alike(c)
	out := make([]fingerprint, len(texts))
	for i, t := range texts {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(t[0] + "\x00" + t[1]))
		out[i] = fingerprint{t[0], mac.Sum(nil)}
	}
	return out, nil
}

// alike are the texts in which two records of one person agree, each with its
// kind: whatever the names' order, case, accents and script.
func alike(c Core) [][2]string {
	names, family, born := words(c.GivenNames+" "+c.FamilyName), words(c.FamilyName), c.BirthDate.String()
	if len(family) == 0 {
		family = names
	}
	return [][2]string{
		{"names_and_birth_date", strings.Join(names, "") + " " + born},
		{"family_name_and_birth_date", strings.Join(family, "") + " " + born},
		{"names_and_birth_year", strings.Join(names, "") + " " + strconv.Itoa(c.BirthDate.Year)},
		{"sound_and_birth_date", sound(names) + " " + born},
	}
}

// words are a name's words in Latin letters without accents, in one order.
func words(name string) []string {
	name = norm.NFKC.String(name)
	latin := unidecode.Unidecode(name)
	if strings.IndexFunc(latin, unicode.IsLetter) < 0 { // a script that the library does not know
		latin = name
	}
	latin = strings.NewReplacer("'", "", "`", "").Replace(strings.ToLower(latin))
	out := strings.FieldsFunc(latin, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(out)
	return out
}

// sound is the names' consonants: vowels are what transliterations differ in,
// and what some scripts do not write.
func sound(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		var last rune
		out[i] = strings.Map(func(r rune) rune {
			if strings.ContainsRune("aeiouyhw", r) || r == last {
				return -1
			}
			last = r
			return r
		}, w)
		if out[i] == "" {
			out[i] = w
		}
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// CountAlike is how many other persons may be the same: not whose they are. Two
// records that were found to be of one person count as one.
func CountAlike(ctx context.Context, tx *postgres.Tx, id string) (n int, err error) {
	err = tx.AsProgram(ctx, func() error {
		return tx.QueryRow(ctx, `SELECT count(DISTINCT coalesce(p.same_as, p.id)) FROM identity_fingerprints m
			JOIN identity_fingerprints o ON o.hash = m.hash AND o.person_id <> m.person_id JOIN persons p ON p.id = o.person_id WHERE m.person_id = $1`, id).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("look for the same person: %w", err)
	}
	return n, nil
}
