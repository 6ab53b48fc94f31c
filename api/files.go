package api

import (
	"context"
	"io"
	"net/http"

	"hjemvej/casework/filing"
	"hjemvej/internal/access"
)

// fileTypes are what a file can be, by its content.
var fileTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// FilePath names a file of a case.
type FilePath struct {
	CasePath
	ID string `path:"file_id" doc:"The file's id"`
}

func (s *Server) files() {
	register(s, operation{
		ID: "upload-file", Method: http.MethodPost, Path: "/v1/cases/{code}/files", Tag: "Files", Status: http.StatusCreated,
		Summary: "Upload a file",
		Description: "The body is the file itself: a PDF, a JPEG or a PNG, told by its content, whatever Content-Type says; the largest is 20 MiB unless the service says otherwise. " +
			"It is sealed as it comes, loses the metadata of its picture, and gets a new name; the one that it had is not asked for (R11, R12). An upload that breaks off, is too slow or too large leaves nothing, and may be sent again under its key. " +
			"A file that a scanner finds something harmful in is kept away and reported. A partner sends files of cases handed to it, and sees its own alone.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Content
		Kind    filing.Kind `query:"kind" required:"true" enum:"receipt,signed_paper,document_photo,other" example:"signed_paper" doc:"What it is to the case"`
		Payment string      `query:"payment_id" format:"uuid" doc:"The payment that a receipt is of; left out for other kinds"`
	}) (*Answer[filing.File], error) {
		return answer(s.cabinet.Upload(ctx, who, in.Code, filing.NewFile{Kind: in.Kind, PaymentID: in.Payment}, in.body))
	})
	register(s, operation{
		ID: "list-files", Method: http.MethodGet, Path: "/v1/cases/{code}/files", Tag: "Files",
		Summary:     "List a case's files",
		Description: "Newest first, those that were removed too. Finance sees the receipts, a partner what it sent itself.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]filing.File], error) {
		return answer(s.cabinet.List(ctx, who, in.Code))
	})
	register(s, operation{
		ID: "read-file", Method: http.MethodGet, Path: "/v1/cases/{code}/files/{file_id}", Tag: "Files", Also: []int{http.StatusGone},
		Summary:     "Read a file",
		Description: "As it was kept, to be saved under its id. Each opening is recorded (R12). An answer that is shorter than its Content-Length is not the whole file.",
	}, func(ctx context.Context, who access.Actor, in *FilePath) (*File, error) {
		f, err := s.cabinet.Open(ctx, who, in.Code, in.ID)
		if err != nil {
			return nil, err
		}
		return &File{f.ContentType, f.Size, `attachment; filename="` + f.Name() + `"`, s.stream(func(w io.Writer) error { return f.CopyTo(ctx, w) })}, nil
	})
	register(s, operation{
		ID: "remove-file", Method: http.MethodPost, Path: "/v1/cases/{code}/files/{file_id}/removal", Tag: "Files",
		Summary:     "Remove a file",
		Description: "Its content is deleted for good; that there was a file, and who removed it when, stays. The receipt that proves a payment cannot be removed (R26).",
	}, func(ctx context.Context, who access.Actor, in *FilePath) (*Answer[filing.File], error) {
		return answer(s.cabinet.Remove(ctx, who, in.Code, in.ID))
	})
}
