package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hjemvej/internal/access"
	"hjemvej/partners"
)

// accessFile holds the demo's address and a ready bearer token for everybody, by
// name: scripts and newcomers start from it.
const accessFile = "demo-access.json"

// demoAccess is the content of accessFile.
type demoAccess struct {
	BaseURL string            `json:"base_url"`
	CourseE string            `json:"course_e"` // the case that runs the whole course "E"
	Tokens  map[string]string `json:"tokens"`
	Partner map[string]string `json:"partner_ids"` // of the partners that have a token
}

// demoKeyDays is how long the demo's partner keys last.
const demoKeyDays = 730

// admit gives everybody in the demo a token, the first time, and keeps it for
// later starts. It answers the tokens of staff for the development sign-in,
// which exists in the demo alone; partners have keys, as in production.
func (h *house) admit(ctx context.Context, base string) (map[[sha256.Size]byte]string, error) {
	path := filepath.Join(h.dir, accessFile)
	kept, err := readAccess(path)
	if err != nil {
		return nil, err
	}
	out := demoAccess{BaseURL: base, CourseE: h.load.CourseE, Tokens: map[string]string{}, Partner: map[string]string{}}
	staff := map[[sha256.Size]byte]string{}
	for _, p := range h.load.People {
		token := kept.Tokens[p.Name]
		if p.PartnerID != "" {
			out.Partner[p.Name] = p.PartnerID
		}
		if token == "" {
			if token, err = h.newToken(ctx, p.PartnerID); err != nil {
				return nil, err
			}
		}
		out.Tokens[p.Name] = token
		if p.UserID != "" {
			staff[sha256.Sum256([]byte(token))] = p.UserID
		}
	}
	return staff, writeAccess(path, out)
}

// newToken is a random token for staff, or a new key for a partner.
func (h *house) newToken(ctx context.Context, partnerID string) (string, error) {
	if partnerID == "" {
		var b [24]byte
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		return "demo_" + base64.RawURLEncoding.EncodeToString(b[:]), nil
	}
	k, err := partners.IssueKey(ctx, h.db, access.Program, partnerID, partners.NewKey{Label: "demo", Days: demoKeyDays, Scopes: access.Scopes})
	if err != nil {
		return "", fmt.Errorf("issue a demo key: %w", err)
	}
	return k.Secret.Reveal(), nil
}

func readAccess(path string) (a demoAccess, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("read the demo's tokens: %w", err)
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("read the demo's tokens: %s is damaged; delete it, and new ones are made", path)
	}
	return a, nil
}

// writeAccess replaces the file at once, for its owner's eyes only.
func writeAccess(path string, a demoAccess) error {
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("write the demo's tokens: %w", err)
	}
	beside := path + ".new"
	if err := os.WriteFile(beside, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the demo's tokens: %w", err)
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("write the demo's tokens: %w", err)
	}
	return nil
}
