package kms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	tinkaws "github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// awsKey is a key in AWS KMS.
type awsKey struct {
	remote      tink.AEADWithContext
	credentials aws.CredentialsProvider
}

func openAWS(uri string) (tink.AEAD, error) {
	id := strings.TrimPrefix(uri, "aws-kms://")
	name, err := arn.Parse(id)
	if err != nil || name.Service != "kms" || name.Region == "" {
		return nil, ErrURI
	}
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(name.Region), config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, ErrSettings
	}
	client := awskms.NewFromConfig(settings)
	if address := client.Options().BaseEndpoint; address != nil && !guarded(*address) {
		return nil, ErrPlainHTTP
	}
	remote, err := tinkaws.NewAEADWithContext(ctx, id, tinkaws.WithKMS(client))
	if err != nil {
		return nil, ErrURI
	}
	return awsKey{remote, settings.Credentials}, nil
}

// Encrypt asks AWS KMS to; it takes up to 4 KiB.
func (k awsKey) Encrypt(plaintext, aad []byte) ([]byte, error) {
	return k.ask(k.remote.EncryptWithContext, plaintext, aad)
}

// Decrypt asks AWS KMS to.
func (k awsKey) Decrypt(ciphertext, aad []byte) ([]byte, error) {
	return k.ask(k.remote.DecryptWithContext, ciphertext, aad)
}

func (k awsKey) ask(do func(context.Context, []byte, []byte) ([]byte, error), text, aad []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// Asked without any, the client's error would look like that of a network.
	if _, err := k.credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("%w (no credentials)", ErrRefused)
	}
	answer, err := do(ctx, text, aad)
	return answer, awsFault(err)
}

// awsFault is what the client's error means here.
func awsFault(err error) error {
	var (
		wrongKey *types.IncorrectKeyException
		altered  *types.InvalidCiphertextException
		answered *awshttp.ResponseError
		said     smithy.APIError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongKey), errors.As(err, &altered):
		return ErrOtherKey
	case errors.As(err, &answered) && answered.HTTPStatusCode() >= http.StatusInternalServerError, !errors.As(err, &said):
		return ErrUnreachable
	}
	return fmt.Errorf("%w (%s)", ErrRefused, said.ErrorCode())
}
