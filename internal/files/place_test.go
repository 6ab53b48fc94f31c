package files_test

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"hjemvej/internal/files"
	"hjemvej/internal/seal"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	if address := os.Getenv(killedAt); address != "" {
		log.Fatal(beKilled(address))
	}
	os.Exit(m.Run())
}

// place is a bucket of a test, of one kind.
type place struct {
	url   string
	names func() []string // of all that lies there, whole or not
	write func(name string, content []byte)
	read  func(name string) []byte
	begin func(name string) (abort func()) // an unfinished upload to S3
}

// everywhere runs a test with a folder and with a server that speaks S3.
func everywhere(t *testing.T, test func(*testing.T, place)) {
	t.Parallel()
	for name, newPlace := range map[string]func(*testing.T) place{"folder": newFolder, "S3": newS3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newPlace(t))
		})
	}
}

func newFolder(t *testing.T) place {
	folder := filepath.Join(t.TempDir(), "made", "files")
	return place{
		url: "file://" + folder,
		names: func() (names []string) {
			entries, err := os.ReadDir(folder)
			must(t, err)
			for _, e := range entries {
				names = append(names, e.Name())
			}
			return names
		},
		write: func(name string, content []byte) {
			must(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
		},
		read: func(name string) []byte {
			content, err := os.ReadFile(filepath.Join(folder, name))
			must(t, err)
			return content
		},
	}
}

const bucketName = "papers"

func newS3(t *testing.T) place {
	lies := s3mem.New()
	must(t, lies.CreateBucket(bucketName))
	server := httptest.NewServer(gofakes3.New(lies, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	p := atS3(t, server.URL)
	p.begin("x")() // the fake lists unfinished uploads only where there was one
	return p
}

// atS3 is the bucket of a server that is asked by hand, beside the store.
func atS3(t *testing.T, endpoint string) place {
	bucket := aws.String(bucketName)
	client := s3.New(s3.Options{BaseEndpoint: &endpoint, Region: "eu-north-1", UsePathStyle: true, Credentials: aws.AnonymousCredentials{}})
	return place{
		url: "s3://" + bucketName + "?region=eu-north-1&endpoint=" + url.QueryEscape(endpoint),
		names: func() (names []string) {
			whole, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
			must(t, err)
			for _, o := range whole.Contents {
				names = append(names, *o.Key)
			}
			begun, err := client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: bucket})
			must(t, err)
			for _, u := range begun.Uploads {
				names = append(names, "begun "+*u.Key)
			}
			return names
		},
		write: func(name string, content []byte) {
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &name, Body: bytes.NewReader(content)})
			must(t, err)
		},
		read: func(name string) []byte {
			o, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: &name})
			must(t, err)
			defer o.Body.Close()
			content, err := io.ReadAll(o.Body)
			must(t, err)
			return content
		},
		begin: func(name string) func() {
			u, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: &name})
			must(t, err)
			return func() {
				_, err := client.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: bucket, Key: &name, UploadId: u.UploadId})
				must(t, err)
			}
		},
	}
}

func open(t *testing.T, p place, change ...func(*files.Config)) *files.Store {
	t.Helper()
	c := files.Config{URL: p.url}
	for _, f := range change {
		f(&c)
	}
	store, err := files.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return store
}

func newKey(t *testing.T) seal.Key {
	t.Helper()
	master, err := seal.NewMaster()
	must(t, err)
	_, key, err := master.NewKey("at")
	must(t, err)
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
