package kmstest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	vaultKeys = "hcvault://vault.invalid/transit/keys/"
	version   = "vault:v1:" // of a key; it begins every ciphertext
)

// vaultRequest is encrypt's or decrypt's.
type vaultRequest struct {
	Plaintext      []byte `json:"plaintext"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData []byte `json:"associated_data"`
}

func (s *Server) serveVault(w http.ResponseWriter, r *http.Request) {
	data, status := s.vaultAsked(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if status != http.StatusOK {
		_ = json.NewEncoder(w).Encode(map[string][]string{"errors": {"said by " + r.Host}})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"request_id": "1", "data": data})
}

// vaultAsked answers a request's data, or the status of what is wrong with it:
// 403 also for a key that is not there, to a token that may not make one.
func (s *Server) vaultAsked(r *http.Request) (data map[string]any, status int) {
	does, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/transit/"), "/")
	k := s.keys[vaultKeys+name]
	switch {
	case r.Header.Get("X-Vault-Token") != Token || k != nil && k.refused || k == nil && does == "encrypt":
		return nil, http.StatusForbidden
	case does != "encrypt" && does != "decrypt":
		return nil, http.StatusNotFound
	case k == nil:
		return nil, http.StatusBadRequest
	}
	var asked vaultRequest
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return nil, http.StatusBadRequest
	}
	if does == "encrypt" {
		sealed := k.aead.Seal(nil, nil, asked.Plaintext, asked.AssociatedData)
		return map[string]any{"ciphertext": version + base64.StdEncoding.EncodeToString(sealed), "key_version": 1}, http.StatusOK
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(asked.Ciphertext, version))
	if err != nil {
		return nil, http.StatusBadRequest
	}
	plaintext, err := k.aead.Open(nil, nil, sealed, asked.AssociatedData)
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return map[string]any{"plaintext": plaintext}, http.StatusOK
}
