package files

import (
	"cmp"
	"context"
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

// SettingError is a setting that makes no sense. It does not repeat the value,
// which may hold a secret.
type SettingError struct {
	Setting string // its name in Config
	What    string // what is wrong with it
}

// Error says what is wrong.
func (e *SettingError) Error() string { return "the files' " + e.Setting + " " + e.What }

var (
	errURL      = &SettingError{"URL", "must be file:///a/folder or s3://bucket?region=…"}
	errSetting  = &SettingError{"URL", "has a setting that is not known or makes no sense"}
	errRegion   = &SettingError{"URL", "names no region"}
	errEndpoint = &SettingError{"URL", "has an endpoint that is not https://host or http://host"}
	errMost     = &SettingError{"MaxBytes", "must be more than 0"}
	errScanner  = &SettingError{"ClamdAddress", "must be host:port or the full path of a socket"}
)

// settings are a Config that was read.
type settings struct {
	most    int64
	scanner *scanner
	folder  string // or
	bucket  string // of a server,
	server  awssdk.Config
	own     bool // whose address was given
}

// Check names the first setting that makes no sense, as a SettingError. It opens
// nothing.
func (c Config) Check(ctx context.Context) error {
	_, err := c.read(ctx)
	return err
}

// Open opens the store. Errors: SettingError; one sentence about a folder that
// cannot be written to. Whether a server can be reached it does not ask: see
// Store.Check.
func Open(ctx context.Context, c Config) (*Store, error) {
	of, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	s := &Store{most: of.most, scanner: of.scanner, folder: of.folder}
	if of.folder != "" {
		err = s.openFolder()
	} else {
		err = s.openRemote(ctx, of)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (c Config) read(ctx context.Context) (of settings, err error) {
	of.most = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	if of.most < 0 {
		return of, errMost
	}
	if of.scanner, err = scannerAt(c.ClamdAddress); err != nil {
		return of, err
	}
	at, err := url.Parse(c.URL)
	if err != nil || at.User != nil || at.Fragment != "" || at.Opaque != "" {
		return of, errURL // the cause repeats the value
	}
	switch at.Scheme {
	case fileblob.Scheme:
		of.folder = filepath.Clean(at.Path)
		if at.Host != "" || at.RawQuery != "" || of.folder == "/" || !filepath.IsAbs(at.Path) {
			return of, errURL
		}
		return of, nil
	case s3blob.Scheme:
		err = of.readServer(ctx, at)
		return of, err
	}
	return of, errURL
}

func (of *settings) readServer(ctx context.Context, at *url.URL) (err error) {
	all := at.Query()
	if at.Host == "" || at.Port() != "" || strings.Trim(at.Path, "/") != "" {
		return errURL
	}
	of.bucket, of.own = at.Host, all.Has("endpoint")
	if of.own && !isEndpoint(all.Get("endpoint")) {
		return errEndpoint
	}
	if of.server, err = aws.V2ConfigFromURLParams(ctx, all); err != nil {
		return errSetting // the cause repeats the value
	}
	if of.server.Region == "" {
		return errRegion
	}
	return nil
}

func (s *Store) openFolder() (err error) {
	s.bucket, err = fileblob.OpenBucket(s.folder, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return fmt.Errorf("open the folder of files: %w", plain(err))
	}
	return tryFolder(s.folder)
}

func (s *Store) openRemote(ctx context.Context, of settings) (err error) {
	client := s3.NewFromConfig(of.server, func(o *s3.Options) {
		o.UsePathStyle = of.own  // the one form that every maker's server understands
		o.Logger = logging.Nop{} // what fails is an error; the rest is nobody's concern
		// Whatever is not as it was sealed does not open. S3's own checksums say
		// no more, and not every maker's server knows them.
		o.RequestChecksumCalculation = awssdk.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = awssdk.ResponseChecksumValidationWhenRequired
	})
	s.remote = &remote{of.bucket, client}
	if s.bucket, err = s3blob.OpenBucket(ctx, client, of.bucket, nil); err != nil {
		return errURL
	}
	return nil
}

func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
