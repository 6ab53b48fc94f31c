package files

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	"gocloud.dev/aws"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
)

// DefaultMaxBytes is the size of the largest file where nothing else is said.
const DefaultMaxBytes = 20 << 20

// Config says where files lie and what is taken.
type Config struct {
	// URL is file:///a/folder, made where it is missing with mode 0700, or
	// s3://bucket?region=eu-north-1, with &endpoint=https://… for a server of
	// another maker; what else it may have, gocloud.dev/aws lists. The access keys
	// come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or wherever else
	// AWS's libraries look.
	URL string
	// MaxBytes is the size of the largest file that is taken, as it arrives; 0
	// is DefaultMaxBytes.
	MaxBytes int64
	// ClamdAddress is where a clamd listens: host:port, or the path of its
	// socket. Nothing is scanned where it is empty. Clamd's StreamMaxLength and
	// MaxFileSize must not be below MaxBytes, and it should run with
	// AlertExceedsMax: without, it passes unseen what is beyond its limits.
	ClamdAddress string
}

// What a setting is refused with. The value is not repeated: it may hold a secret.
var (
	errURL      = errors.New("the files' address must be file:///a/folder or s3://bucket?region=…")
	errSetting  = errors.New("the files' address has a setting that is not known or makes no sense")
	errRegion   = errors.New("the files' address names no region")
	errEndpoint = errors.New("the endpoint in the files' address must be https://host or http://host")
	errMost     = errors.New("the size of the largest file must be more than 0 bytes")
	errScanner  = errors.New("the scanner's address must be host:port or the full path of a socket")
)

// Open opens the store. It refuses settings that make no sense, each with one
// sentence that does not repeat the value, and a folder that cannot be written
// to. Whether a server can be reached it does not ask: see Check.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{most: c.MaxBytes}
	if s.most == 0 {
		s.most = DefaultMaxBytes
	}
	if s.most < 0 {
		return nil, errMost
	}
	var err error
	if s.scanner, err = scannerAt(c.ClamdAddress); err != nil {
		return nil, err
	}
	at, err := url.Parse(c.URL)
	if err != nil || at.User != nil || at.Fragment != "" || at.Opaque != "" {
		return nil, errURL // the cause repeats the value
	}
	switch at.Scheme {
	case fileblob.Scheme:
		err = s.openFolder(at)
	case s3blob.Scheme:
		err = s.openRemote(ctx, at)
	default:
		err = errURL
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) openFolder(at *url.URL) (err error) {
	if at.Host != "" || at.RawQuery != "" || filepath.Clean(at.Path) == "/" || !filepath.IsAbs(at.Path) {
		return errURL
	}
	s.folder = filepath.Clean(at.Path)
	s.bucket, err = fileblob.OpenBucket(s.folder, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return fmt.Errorf("open the folder of files: %w", plain(err))
	}
	return tryFolder(s.folder)
}

func (s *Store) openRemote(ctx context.Context, at *url.URL) error {
	settings := at.Query()
	if at.Host == "" || at.Port() != "" || strings.Trim(at.Path, "/") != "" {
		return errURL
	}
	if settings.Has("endpoint") && !isEndpoint(settings.Get("endpoint")) {
		return errEndpoint
	}
	config, err := aws.V2ConfigFromURLParams(ctx, settings)
	if err != nil {
		return errSetting // the cause repeats the value
	}
	if config.Region == "" {
		return errRegion
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) {
		o.UsePathStyle = settings.Has("endpoint") // the one form that every maker's server understands
		o.Logger = logging.Nop{}                  // what fails is an error; the rest is nobody's concern
		// Whatever is not as it was sealed does not open. S3's own checksums say
		// no more, and not every maker's server knows them.
		o.RequestChecksumCalculation = awssdk.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = awssdk.ResponseChecksumValidationWhenRequired
	})
	s.remote = &remote{at.Host, client}
	s.bucket, err = s3blob.OpenBucket(ctx, client, at.Host, nil)
	if err != nil {
		return errURL
	}
	return nil
}

func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
