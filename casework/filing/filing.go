// Package filing is the papers of a case: receipts, signed papers, photographs of
// documents. What they are, whose, and each one's key is a row; they themselves
// lie sealed outside the database (package files), and the person's key opens
// them, so that erasing the person erases their files (R12).
//
// A file comes first and its row after it. What broke off, was kept away, or came
// twice under one idempotency key leaves no file; what a killed program left is
// swept away at night.
package filing

import (
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/files"
	"hjemvej/internal/postgres"
)

// Cabinet is where the files of all cases are.
type Cabinet struct {
	DB    *postgres.DB
	Vault person.Vault
	Store *files.Store
}

// Kind is what a file is to the case.
type Kind string

// The kinds.
const (
	Receipt       Kind = "receipt" // of a payment (R26); finance sees these
	SignedPaper   Kind = "signed_paper"
	DocumentPhoto Kind = "document_photo"
	Other         Kind = "other"
)

// File is what is known of a file. It has no name: nobody's name for it is ever
// taken in (R11).
type File struct {
	ID          string     `json:"id" format:"uuid"`
	Case        string     `json:"case_code" example:"K7QX-2MVD"`
	Kind        Kind       `json:"kind" enum:"receipt,signed_paper,document_photo,other" example:"receipt"`
	PaymentID   string     `json:"payment_id,omitempty" format:"uuid" doc:"That a receipt is of"`
	ContentType string     `json:"content_type" enum:"application/pdf,image/jpeg,image/png" example:"image/jpeg" doc:"By its content"`
	Size        int64      `json:"size" example:"184230" doc:"Bytes, without what was taken out"`
	PartnerID   string     `json:"partner_id,omitempty" format:"uuid" doc:"That sent it; absent where a caseworker did"`
	UploadedBy  string     `json:"uploaded_by" format:"uuid" doc:"A user, or a partner's key"`
	UploadedAt  time.Time  `json:"uploaded_at"`
	RemovedBy   string     `json:"removed_by,omitempty" format:"uuid"`
	RemovedAt   *time.Time `json:"removed_at,omitempty" doc:"Its content is gone; that there was one stays"`
}

// columns are a File's, of files f and cases c.
const columns = `f.id, c.code AS "case", f.kind, coalesce(f.payment_id::text, '') AS payment_id, f.content_type, f.size,
	coalesce(f.by_partner::text, '') AS partner_id, f.uploaded_by, f.uploaded_at, coalesce(f.removed_by::text, '') AS removed_by, f.removed_at`

var (
	badReceipt = fault.Invalidf("query.payment_id", "is required for a receipt, and only there")
	badPayment = fault.Invalidf("query.payment_id", "is no payment of this case")

	_ = postgres.Rule("file_receipt_of_a_payment", badReceipt)
	_ = postgres.Rule("file_payment_of_the_case", badPayment)
	_ = postgres.Rule("file_proves_a_payment", fault.Conflictf("R26", "The file proves that a payment was received, and stays."))
)

// shownTo is the Go half of the record rule within a case: a partner knows what
// it sent itself (R21), finance the receipts.
func (f File) shownTo(who access.Actor) bool {
	switch who.Role {
	case access.Partner:
		return who.Partner != "" && f.PartnerID == who.Partner
	case access.Finance:
		return f.Kind == Receipt
	}
	return true
}
