package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hjemvej/internal/pgtest"
	"hjemvej/internal/seal"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// called runs the program to its end.
func called(t testing.TB, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, &o, &e)
	return status, o.String(), e.String()
}

// ok is called for what must succeed; it answers what was printed.
func ok(t testing.TB, args ...string) string {
	t.Helper()
	status, out, errs := called(t, args...)
	if status != 0 {
		t.Fatalf("hjemvej %s: %d: %s", args[0], status, errs)
	}
	return out
}

// configure sets a configuration that would do, but for what is changed.
func configure(t *testing.T, changed map[string]string) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "master.key")
	must(t, seal.CreateMasterFile(key, nil))
	all := map[string]string{"HJEMVEJ_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", "HJEMVEJ_ADDR": "127.0.0.1:0",
		"HJEMVEJ_BASE_URL": "https://desk.example", "HJEMVEJ_MASTER_KEY": key, "HJEMVEJ_OIDC_ISSUER": "https://id.example", "HJEMVEJ_OIDC_AUDIENCE": "hjemvej",
		"HJEMVEJ_MAIL_HOST": "127.0.0.1", "HJEMVEJ_MAIL_FROM": "post@desk.example",
		"HJEMVEJ_FILES": "file://" + filepath.Join(t.TempDir(), "files")}
	for name, value := range changed {
		all[name] = value
	}
	for name, value := range all {
		t.Setenv(name, value)
	}
}

func TestNonsensicalConfigurationIsRefusedByName(t *testing.T) {
	const canary = "Zq9canaryZq9"
	for name, values := range map[string][]string{
		"HJEMVEJ_DATABASE_URL":        {"", canary, "postgres://x:" + canary + "@h:port/db"},
		"HJEMVEJ_MIGRATE_URL":         {canary, "postgres://x:" + canary + "@h:99999999/db"},
		"HJEMVEJ_ADDR":                {"", canary, "8080", canary + ":80", "127.0.0.1:70000"},
		"HJEMVEJ_METRICS_ADDR":        {canary, "9090"},
		"HJEMVEJ_BASE_URL":            {"", canary, "http://desk.example/" + canary, "https://u:" + canary + "@desk.example", "https://desk.example?" + canary, "https://hjemvej." + canary + ".example", "https:///x"},
		"HJEMVEJ_MASTER_KEY":          {""},
		"HJEMVEJ_MASTER_KEY_KMS":      {canary, "aws-kms://" + canary, "gcp-kms://projects/" + canary, "hcvault://u:" + canary + "@vault.example/transit/keys/k"},
		"HJEMVEJ_LOG_LEVEL":           {canary},
		"HJEMVEJ_SCHEDULER":           {canary},
		"HJEMVEJ_RATE":                {canary, "0", "-3", "1e9", "NaN"},
		"HJEMVEJ_TRUSTED_PROXIES":     {canary, "10.0.0.0/8," + canary, "10.0.0.0/33"},
		"HJEMVEJ_OIDC_ISSUER":         {"", canary, "http://id.example/" + canary},
		"HJEMVEJ_OIDC_AUDIENCE":       {""},
		"HJEMVEJ_MAIL_HOST":           {""},
		"HJEMVEJ_MAIL_PORT":           {canary, "0", "99999"},
		"HJEMVEJ_MAIL_FROM":           {"", canary, "Desk " + canary + " <a@desk.example>", "hjemvej@desk.example"},
		"HJEMVEJ_MAIL_TLS":            {canary},
		"HJEMVEJ_MAIL_PASSWORD":       {canary},
		"HJEMVEJ_MAIL_SMIME_CERT":     {canary},
		"HJEMVEJ_MAIL_SMIME_KEY":      {canary},
		"HJEMVEJ_FILES":               {"", canary, "/" + canary, "file:///", "file://" + canary + "/x", "gs://" + canary, "s3://" + canary, "s3://a:" + canary + "@b?region=x", "s3://b?region=x&" + canary + "=1", "s3://b?region=x&endpoint=" + canary},
		"HJEMVEJ_FILES_MAX_BYTES":     {canary, "0", "-1", "1e9"},
		"HJEMVEJ_BANK_DEBTOR_NAME":    {"CMM", "Hjemvej", "…"},
		"HJEMVEJ_BANK_DEBTOR_IBAN":    {canary, "DK5000400440116244"},
		"HJEMVEJ_BANK_DEBTOR_BIC":     {canary},
		"HJEMVEJ_CLAMD":               {canary, canary + ":", ":3310"},
		"HJEMVEJ_SCHEDULE_REMINDERS":  {canary, "* * *", "0 30 2 * * *", "TZ=", "0 0 30 2 *", "30 2 * * *"},
		"HJEMVEJ_SCHEDULE_PERIODS":    {canary},
		"HJEMVEJ_SCHEDULE_FORGETTING": {canary},
	} {
		for _, value := range values {
			t.Run(name+"="+value, func(t *testing.T) {
				configure(t, map[string]string{name: value})
				status, _, errs := called(t, "serve")
				if status == 0 || !strings.Contains(errs, name) {
					t.Errorf("%d: the message does not name the variable: %s", status, errs)
				}
				if strings.Contains(errs, canary) {
					t.Errorf("the message repeats the value: %s", errs)
				}
			})
		}
	}
}

func TestASignatureThatCannotBeUsedIsSaidInOneSentence(t *testing.T) {
	none := filepath.Join(t.TempDir(), "Zq9canaryZq9.pem")
	configure(t, map[string]string{"HJEMVEJ_MAIL_SMIME_CERT": none, "HJEMVEJ_MAIL_SMIME_KEY": none})
	status, _, errs := called(t, "serve")
	if status == 0 || !strings.Contains(errs, "HJEMVEJ_MAIL_SMIME_CERT and HJEMVEJ_MAIL_SMIME_KEY") || !strings.Contains(errs, "cannot be read") || strings.Contains(errs, "canary") {
		t.Errorf("%d: %s", status, errs)
	}
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, _, errs := called(t, "serve")
	for _, name := range []string{"DATABASE_URL", "BASE_URL", "MASTER_KEY", "OIDC_ISSUER", "OIDC_AUDIENCE", "MAIL_", "FILES"} {
		if !strings.Contains(errs, "HJEMVEJ_"+name) {
			t.Errorf("%s is not named: %s", name, errs)
		}
	}
}

func TestAMisspeltVariableIsRefused(t *testing.T) {
	configure(t, map[string]string{"HJEMVEJ_BASEURL": "secret-value"})
	for _, command := range []string{"serve", "version", "openapi"} {
		status, _, errs := called(t, command)
		if status != 2 || !strings.Contains(errs, "HJEMVEJ_BASEURL") || strings.Contains(errs, "secret-value") {
			t.Errorf("%s: %d: %s", command, status, errs)
		}
	}
}

func TestAMasterKeyThatIsMissingOrUnsafeIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		must(t, os.Chmod(path, mode))
		return path
	}
	good := filepath.Join(dir, "good")
	ok(t, "keys", "create", good)
	key, err := os.ReadFile(good)
	must(t, err)
	for what, c := range map[string]struct{ path, says string }{
		"missing": {filepath.Join(dir, "none"), "no such file"}, "open to others": {file("open", string(key), 0o644), "0600"},
		"no key": {file("text", "secret-value", 0o600), "no usable master key"}, "a folder": {dir, "no usable master key"},
	} {
		configure(t, map[string]string{"HJEMVEJ_MASTER_KEY": c.path})
		if status, _, errs := called(t, "serve"); status != 1 || !strings.Contains(errs, c.says) || !strings.Contains(errs, c.path) || strings.Contains(errs, "secret-value") {
			t.Errorf("%s: %d: %s", what, status, errs)
		}
	}
	configure(t, map[string]string{"HJEMVEJ_MASTER_KEY": good})
	if status, _, errs := called(t, "serve"); status != 1 || !strings.Contains(errs, "database") {
		t.Errorf("with a good key: %d: %s", status, errs)
	}
}

func TestAFolderOfFilesThatCannotBeWrittenToIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no-folder")
	must(t, os.WriteFile(file, nil, 0o600))
	configure(t, map[string]string{"HJEMVEJ_FILES": "file://" + file})
	if status, _, errs := called(t, "serve"); status != 1 || !strings.Contains(errs, "HJEMVEJ_FILES") || strings.Contains(errs, "no-folder") {
		t.Errorf("%d: %s", status, errs)
	}
}

func TestTheKeyCommandReplacesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	ok(t, "keys", "create", path)
	before, err := os.ReadFile(path)
	must(t, err)
	if status, _, errs := called(t, "keys", "create", path); status != 1 || !strings.Contains(errs, "exists") {
		t.Errorf("%d: %s", status, errs)
	}
	after, err := os.ReadFile(path)
	if info, statErr := os.Stat(path); err != nil || statErr != nil || !bytes.Equal(before, after) || info.Mode().Perm() != 0o600 {
		t.Errorf("the key changed, or others can read it: %v %v", err, statErr)
	}
}

func TestMigrateMayRunTwiceAndANewerDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, nil)
	for range 2 {
		if out := ok(t, "migrate", "--database-url", database); !strings.Contains(out, "up to date") {
			t.Errorf("migrate says %s", out)
		}
	}
	conn, err := pgx.Connect(t.Context(), database)
	must(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), `UPDATE schema_version SET version = 99`)
	must(t, err)
	p := newProduction(t, database)
	for _, args := range [][]string{p.flags, {"migrate", "--database-url", database}, {"admin", "--database-url", database, "--subject", "s", "--name", "N", "--email", "n@example.org"}} {
		status, _, errs := called(t, args...)
		if status != 1 || !strings.Contains(errs, "newer than this program") {
			t.Errorf("%s: %d: %s", args[0], status, errs)
		}
	}
}

func TestTheAdministratorIsRegisteredOnce(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, migrations.Apply)
	args := []string{"admin", "--database-url", database, "--subject", "s", "--name", "Kim Eksempel", "--email", "kim@example.org"}
	ok(t, args...)
	if status, _, errs := called(t, args...); status != 1 || !strings.Contains(errs, "registered already") {
		t.Errorf("a second time: %d: %s", status, errs)
	}
	if status, _, errs := called(t, "admin", "--database-url", database); status != 2 || !strings.Contains(errs, "subject") {
		t.Errorf("without a name: %d: %s", status, errs)
	}
}

func TestTheHelpNamesEveryCommandAndVariable(t *testing.T) {
	t.Parallel()
	all := ok(t, "--help")
	if none := ok(t); none != all {
		t.Errorf("without arguments: %s", none)
	}
	helpNames(t, all, reflect.TypeFor[cli]())
	if n := len(variables(reflect.TypeFor[cli]())); n < 20 {
		t.Errorf("only %d variables", n)
	}
}

// helpNames looks for the commands of a struct in the help that lists them, and
// for each one's variables in its own.
func helpNames(t *testing.T, all string, commands reflect.Type, under ...string) {
	t.Helper()
	for i := range commands.NumField() {
		f := commands.Field(i)
		name := f.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		path := append(slices.Clone(under), name)
		if !strings.Contains(all, "\n  "+strings.Join(path, " ")) {
			t.Errorf("the help does not name %s", path)
		}
		help := ok(t, append(path, "--help")...)
		if first := f.Type; first.NumField() > 0 && hasTag(first.Field(0), "cmd") {
			helpNames(t, help, first, path...)
			continue
		}
		for _, v := range variables(f.Type) {
			if !regexp.MustCompile(`\$` + v + `\b`).MatchString(help) {
				t.Errorf("the help of %s does not name %s", path, v)
			}
		}
	}
}

func hasTag(f reflect.StructField, name string) bool { _, has := f.Tag.Lookup(name); return has }

// variables are those that the flags in a struct can be given as.
func variables(of reflect.Type) (all []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		if v := f.Tag.Get("env"); v != "" {
			all = append(all, v)
		}
		if f.Type.Kind() == reflect.Struct {
			all = append(all, variables(f.Type)...)
		}
	}
	return all
}

func TestTheCommandsThatPrint(t *testing.T) {
	t.Parallel()
	if got := ok(t, "version"); got != "hjemvej "+version+"\n" {
		t.Errorf("version prints %q", got)
	}
	document := ok(t, "openapi")
	if !strings.Contains(document, "openapi: 3.1") || !strings.Contains(document, version) || document != ok(t, "openapi") {
		t.Error("the document is not whole, or never the same")
	}
	for _, args := range [][]string{{"nonsense"}, {"serve", "--nonsense"}, {"demo", "extra"}} {
		if status, _, errs := called(t, args...); status != 2 || errs == "" {
			t.Errorf("%v: %d: %s", args, status, errs)
		}
	}
}

func TestTheDemoUsesNoDatabaseButItsOwn(t *testing.T) {
	t.Setenv("HJEMVEJ_DATABASE_URL", "postgres://secret-value@db.internal/production")
	if status, _, errs := called(t, "demo", "--data", t.TempDir()); status != 1 || !strings.Contains(errs, "HJEMVEJ_DATABASE_URL") || strings.Contains(errs, "secret-value") {
		t.Errorf("%d: %s", status, errs)
	}
}
