// Package client is the partners' side of the API: a client generated from
// openapi.yaml, with the operations that a partner's key reaches. Nothing in it
// is written by hand; where it reads badly, the document is mended.
package client

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml ../openapi.yaml
