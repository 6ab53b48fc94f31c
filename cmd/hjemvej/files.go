package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"hjemvej/internal/files"
)

// filesFlags say where receipts and papers lie.
type filesFlags struct {
	Place    string `name:"files" env:"HJEMVEJ_FILES" placeholder:"URL" help:"Where receipts and papers lie, sealed: file:///a/folder, or s3://bucket?region=eu-north-1, with &endpoint=https://… for a server of another maker; its keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. One database, one place."`
	MaxBytes int64  `name:"files-max-bytes" env:"HJEMVEJ_FILES_MAX_BYTES" default:"20971520" help:"Size of the largest file that is taken; clamd's StreamMaxLength and MaxFileSize must not be below it."`
	Clamd    string `env:"HJEMVEJ_CLAMD" placeholder:"ADDRESS" help:"Where a clamd looks for what is harmful in files: host:port, or the full path of its socket. Nothing is looked for where it is left out."`
}

func (f filesFlags) config() files.Config {
	return files.Config{URL: f.Place, MaxBytes: f.MaxBytes, ClamdAddress: f.Clamd}
}

// check names what is wrong; where several are, the first.
func (f filesFlags) check(bad func(name, flag, what string)) {
	var wrong *files.SettingError
	switch err := f.config().Check(context.Background()); {
	case f.Place == "":
		bad("HJEMVEJ_FILES", "files", "is required: file:///a/folder or s3://bucket?region=…")
	case f.MaxBytes == 0: // to the store, it is the default
		bad("HJEMVEJ_FILES_MAX_BYTES", "files-max-bytes", "must be more than 0")
	case errors.As(err, &wrong):
		flag := map[string][2]string{"URL": {"HJEMVEJ_FILES", "files"}, "MaxBytes": {"HJEMVEJ_FILES_MAX_BYTES", "files-max-bytes"}, "ClamdAddress": {"HJEMVEJ_CLAMD", "clamd"}}[wrong.Setting]
		bad(flag[0], flag[1], wrong.What)
	}
}

func (f filesFlags) open(ctx context.Context) (*files.Store, error) {
	store, err := files.Open(ctx, f.config())
	if err != nil {
		return nil, fmt.Errorf("HJEMVEJ_FILES (--files): %w", err)
	}
	return store, nil
}

// openFiles opens the folder of the demo's papers.
func (h *house) openFiles(ctx context.Context) error {
	folder, err := filepath.Abs(filepath.Join(h.dir, "files"))
	if err != nil {
		return fmt.Errorf("find the demo's folder: %w", err)
	}
	at := url.URL{Scheme: "file", Path: folder}
	if h.files, err = files.Open(ctx, files.Config{URL: at.String()}); err != nil {
		return err
	}
	h.closing = append(h.closing, func() { _ = h.files.Close() })
	return nil
}
