package files_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hjemvej/internal/files"
)

func TestSettingsThatMakeNoSenseAreRefusedWithoutShowingThem(t *testing.T) {
	t.Parallel()
	folder := "file://" + t.TempDir()
	for name, c := range map[string]struct {
		config files.Config
		says   string
	}{
		"no address":            {files.Config{}, "must be file:///"},
		"no URL":                {files.Config{URL: "SECRET\x7f"}, "must be file:///"},
		"a path":                {files.Config{URL: "/SECRET"}, "must be file:///"},
		"another scheme":        {files.Config{URL: "gs://SECRET"}, "must be file:///"},
		"a password":            {files.Config{URL: "s3://user:SECRET@bucket?region=x"}, "must be file:///"},
		"the root":              {files.Config{URL: "file:///"}, "must be file:///"},
		"a folder on a host":    {files.Config{URL: "file://SECRET/files"}, "must be file:///"},
		"a folder with more":    {files.Config{URL: "file:///SECRET?create_dir=1"}, "must be file:///"},
		"no bucket":             {files.Config{URL: "s3:///SECRET?region=x"}, "must be file:///"},
		"a folder of a bucket":  {files.Config{URL: "s3://bucket/SECRET?region=x"}, "must be file:///"},
		"no region":             {files.Config{URL: "s3://SECRET"}, "no region"},
		"an unknown setting":    {files.Config{URL: "s3://bucket?region=x&SECRET=1"}, "setting that is not known"},
		"a setting's value":     {files.Config{URL: "s3://bucket?region=x&fips=SECRET"}, "setting that is not known"},
		"an endpoint":           {files.Config{URL: "s3://bucket?region=x&endpoint=SECRET"}, "endpoint"},
		"an endpoint's secret":  {files.Config{URL: "s3://bucket?region=x&endpoint=https://a:SECRET@b"}, "endpoint"},
		"a size":                {files.Config{URL: folder, MaxBytes: -1}, "MaxBytes"},
		"a scanner":             {files.Config{URL: folder, ClamdAddress: "SECRET"}, "ClamdAddress"},
		"a scanner's port":      {files.Config{URL: folder, ClamdAddress: "SECRET:"}, "ClamdAddress"},
		"a folder under a file": {files.Config{URL: "file://" + aFile(t) + "/SECRET"}, "not a directory"},
		"a file as a folder":    {files.Config{URL: "file://" + aFile(t)}, "open the folder"},
	} {
		store, err := files.Open(t.Context(), c.config)
		if err == nil {
			t.Errorf("%s opens %v", name, store)
		} else if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), os.TempDir()) {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func TestAFolderIsMadeForNobodyElse(t *testing.T) {
	t.Parallel()
	p := newFolder(t)
	must(t, open(t, p).Check(t.Context()))
	if about, err := os.Stat(strings.TrimPrefix(p.url, "file://")); err != nil || about.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", about.Mode(), err)
	}
	if names := p.names(); len(names) > 0 {
		t.Errorf("%q are in it", names)
	}
}

func TestABucketIsReached(t *testing.T) {
	t.Parallel()
	must(t, open(t, newS3(t)).Check(t.Context()))
}

func aFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, nil, 0o600))
	return path
}
