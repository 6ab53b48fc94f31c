package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
)

// BatchPath names a bank batch.
type BatchPath struct {
	ID string `path:"batch_id" doc:"The batch's id"`
}

// BatchChange names the version of a batch that the caller read.
type BatchChange struct {
	BatchPath
	IfMatch
}

// PartnerAccountPath names the partner whose account it is.
type PartnerAccountPath struct {
	ID string `path:"partner_id" doc:"The partner's id"`
}

// BankFile is the output of an operation that answers a file for the bank.
type BankFile struct {
	Type        string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition" example:"attachment; filename=\"batch-12.xml\"" doc:"The file's name: the batch's number"`
	Body        []byte
}

func (BankFile) mediaTypes() []string { return []string{"application/xml"} }

func (s *Server) bank() {
	register(s, operation{
		ID: "make-bank-batch", Method: http.MethodPost, Path: "/v1/bank-batches", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary: "Make a batch for the bank",
		Description: "Authorised payments become one file, ISO 20022 pain.001.001.09: cash goes to the person's verified account, what is bought in kind to the verified account of the partner that gives it (R27). Named payments go all or not at all, and everything that keeps them out is said at once. " +
			"Whoever planned a payment cannot make its batch (R26). The payments stand still until the batch is sent or void, and each is in one such batch at most.",
		Example: support.NewBatch{ExecuteOn: day("2026-10-15"), Limit: 100},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body support.NewBatch }) (*Tagged[support.Batch], error) {
		b, err := s.till.MakeBatch(ctx, who, in.Body)
		return tagged(b, b.Version, err)
	})
	register(s, operation{
		ID: "list-bank-batches", Method: http.MethodGet, Path: "/v1/bank-batches", Tag: "Support",
		Summary:     "List batches for the bank",
		Description: "Newest first, without their payments.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		State support.BatchState `query:"state" enum:"made,sent,void" doc:"Only batches in this state"`
	}) (*Answer[Page[support.Batch]], error) {
		items, last, err := support.ListBatches(ctx, s.db, who, support.BatchFilter{State: in.State, After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "read-bank-batch", Method: http.MethodGet, Path: "/v1/bank-batches/{batch_id}", Tag: "Support",
		Summary:     "Read a batch for the bank",
		Description: "With its payments by their references, and the totals; never an account or a name.",
	}, func(ctx context.Context, who access.Actor, in *BatchPath) (*Tagged[support.Batch], error) {
		b, err := support.ReadBatch(ctx, s.db, who, in.ID)
		return tagged(b, b.Version, err)
	})
	register(s, operation{
		ID: "read-bank-file", Method: http.MethodGet, Path: "/v1/bank-batches/{batch_id}/file", Tag: "Support", Also: []int{http.StatusGone},
		Summary:     "Read a batch's file",
		Description: "The pain.001.001.09 to hand to the bank, the same bytes each time. It shows names and accounts in the fields that the bank has for them, and so its opening is recorded for each case in it (R12); free text holds the payment's reference alone (R11). A void batch has none any more.",
	}, func(ctx context.Context, who access.Actor, in *BatchPath) (*BankFile, error) {
		f, err := s.till.ReadFile(ctx, who, in.ID)
		if err != nil {
			return nil, err
		}
		return &BankFile{"application/xml", `attachment; filename="` + f.Name + `"`, f.XML}, nil
	})
	s.bankSteps()
	s.partnerAccounts()
}

func (s *Server) bankSteps() {
	register(s, operation{
		ID: "send-bank-batch", Method: http.MethodPost, Path: "/v1/bank-batches/{batch_id}/dispatch", Tag: "Support", Once: true,
		Summary:     "Record that the bank took a batch",
		Description: "All its payments become sent on that day, or none: where an account changed meanwhile, every such payment is said, and the batch is to be made void (R27).",
		Example:     support.Dispatch{SentOn: day("2026-10-15")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		BatchChange
		Body support.Dispatch
	}) (*Tagged[support.Batch], error) {
		b, err := support.SendBatch(ctx, s.db, who, in.ID, in.Version(), in.Body)
		return tagged(b, b.Version, err)
	})
	register(s, operation{
		ID: "void-bank-batch", Method: http.MethodPost, Path: "/v1/bank-batches/{batch_id}/voiding", Tag: "Support", Once: true,
		Summary:     "Give a batch up",
		Description: "Only one that the bank has not taken. Its payments stay authorised and are free for another batch.",
	}, func(ctx context.Context, who access.Actor, in *BatchChange) (*Tagged[support.Batch], error) {
		b, err := support.VoidBatch(ctx, s.db, who, in.ID, in.Version())
		return tagged(b, b.Version, err)
	})
	register(s, operation{
		ID: "import-bank-statement", Method: http.MethodPost, Path: "/v1/bank-statements", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary: "Import what the bank booked",
		Description: "The body is a camt.053 or camt.054 as the bank gave it, version 02 or 08, at most 10 MiB; one that is not whole is refused whole. Each entry finds its payment by the reference: booked out marks it sent on that day, what came back marks it failed or returned, and amount and currency must be the payment's. " +
			"What cannot be matched changes nothing and is listed with the reason. The same file again answers as the first time.",
	}, func(ctx context.Context, who access.Actor, in *struct{ Content }) (*Answer[support.Imported], error) {
		return answer(support.ImportStatement(ctx, s.db, who, in.body))
	})
}

func (s *Server) partnerAccounts() {
	register(s, operation{
		ID: "change-partner-account", Method: http.MethodPut, Path: "/v1/partners/{partner_id}/account", Tag: "Administration",
		Summary:     "Set or change where a partner is paid",
		Description: "For what it gives in kind. The account is checked, sealed and never shown again; nothing goes there through the bank until finance has verified it over another channel (R27). Send If-Match to change an account.",
		Example:     support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Casa Exemplu", CameOver: "paper"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerAccountPath
		MaybeIfMatch
		Body support.Account
	}) (*Tagged[support.PartnerAccount], error) {
		a, err := support.ChangePartnerAccount(ctx, s.db, s.vault, who, in.ID, in.Version(), in.Body)
		return tagged(a, a.Version, err)
	})
	register(s, operation{
		ID: "read-partner-account", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/account", Tag: "Administration",
		Summary:     "Read whether a partner's account is verified",
		Description: "Never the account itself (R27).",
	}, func(ctx context.Context, who access.Actor, in *PartnerAccountPath) (*Tagged[support.PartnerAccount], error) {
		a, err := support.ReadPartnerAccount(ctx, s.db, who, in.ID)
		return tagged(a, a.Version, err)
	})
	register(s, operation{
		ID: "verify-partner-account", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/account/verification", Tag: "Administration", Once: true,
		Summary:     "Verify a partner's account",
		Description: "By a second person, over another channel than the one that brought it (R27).",
		Example:     support.Verification{Over: "call"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerAccountPath
		IfMatch
		Body support.Verification
	}) (*Tagged[support.PartnerAccount], error) {
		a, err := support.VerifyPartnerAccount(ctx, s.db, who, in.ID, in.Version(), in.Body)
		return tagged(a, a.Version, err)
	})
}
