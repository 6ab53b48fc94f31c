package bench

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/housetest"

	"github.com/jackc/pgx/v5"
)

// BenchmarkOpenIdentity opens a sealed identity of ten parts, as a use case with
// its access, its audit row and its unsealing, beside bare pgx that reads the
// same rows and writes the same audit row as the owner, and unseals nothing.
func BenchmarkOpenIdentity(b *testing.B) {
	h := housetest.New(b)
	c := h.Case(b)
	for range 3 {
		for _, p := range []person.Part{
			&person.ContactPoint{Kind: "phone", Value: "+40700000002", Whose: "shared", MayCall: true, CoverStory: "A friend"},
			&person.FamilyMember{Relation: "child", GivenNames: "Ion"}, &person.Address{Use: "home", Lines: "Strada Exemplu 1", Country: "RO"},
		} {
			if _, err := casefile.AddPart(b.Context(), h.DB, h.Vault, h.Contact, c.Code, p); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("hjemvej", func(b *testing.B) {
		for b.Loop() {
			if who, err := casefile.ReadIdentity(b.Context(), h.DB, h.Vault, h.Contact, c.Code); err != nil || len(who.ContactPoints) != 4 {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			var parts []person.SealedPart
			batch := &pgx.Batch{}
			one := func(rows pgx.Rows) error { _, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap); return err }
			batch.Queue(caseSQL, c.Code).Query(one)
			batch.Queue(person.VersionedSQL, c.Code).Query(one)
			batch.Queue(person.PartsSQL, c.Code).Query(func(rows pgx.Rows) (err error) {
				parts, err = pgx.CollectRows(rows, pgx.RowToStructByName[person.SealedPart])
				return err
			})
			batch.Queue(auditSQL, h.Contact.ID, "", c.Code)
			if err := h.Owner.SendBatch(b.Context(), batch).Close(); err != nil || len(parts) != 10 {
				b.Fatal(err)
			}
		}
	})
}
