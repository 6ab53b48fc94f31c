package kmstest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	region = "arn:aws:kms:eu-north-1:"
	// largest is what AWS KMS encrypts at once, in bytes.
	largest = 4096
)

// awsRequest is Encrypt's or Decrypt's.
type awsRequest struct {
	KeyID             string `json:"KeyId"`
	Plaintext         []byte
	CiphertextBlob    []byte
	EncryptionContext map[string]string
}

// awsAnswer is the answer to either.
type awsAnswer struct {
	KeyID          string `json:"KeyId"`
	Plaintext      []byte `json:",omitempty"`
	CiphertextBlob []byte `json:",omitempty"`
}

func (s *Server) serveAWS(w http.ResponseWriter, r *http.Request) {
	answer, fault := s.awsAsked(r)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if fault != "" {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": fault, "message": "said by " + r.Host})
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// awsAsked answers a request, or the name of what is wrong with it.
func (s *Server) awsAsked(r *http.Request) (a awsAnswer, fault string) {
	by := r.Header.Get("Authorization")
	if !strings.Contains(by, "Credential="+AccessKey+"/") || !strings.Contains(by, "/eu-north-1/kms/aws4_request") {
		return a, "UnrecognizedClientException"
	}
	var asked awsRequest
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return a, "SerializationException"
	}
	k := s.keys["aws-kms://"+asked.KeyID]
	switch {
	case k == nil:
		return a, "NotFoundException"
	case k.refused:
		return a, "AccessDeniedException"
	}
	aad, _ := json.Marshal(asked.EncryptionContext) // sorted, and always possible
	a.KeyID = asked.KeyID
	mark := []byte(asked.KeyID + "\n")
	if r.Header.Get("X-Amz-Target") == "TrentService.Encrypt" {
		if len(asked.Plaintext) > largest {
			return a, "ValidationException"
		}
		a.CiphertextBlob = k.aead.Seal(mark, nil, asked.Plaintext, aad)
		return a, ""
	}
	return a, k.awsDecrypt(&a, asked.CiphertextBlob, mark, aad)
}

func (k *key) awsDecrypt(a *awsAnswer, blob, mark, aad []byte) (fault string) {
	sealed, ours := bytes.CutPrefix(blob, mark)
	if !ours && bytes.HasPrefix(blob, []byte(region)) {
		return "IncorrectKeyException"
	}
	var err error
	if a.Plaintext, err = k.aead.Open(nil, nil, sealed, aad); err != nil {
		return "InvalidCiphertextException"
	}
	return ""
}
