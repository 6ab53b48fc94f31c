package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"hjemvej/api"
	"hjemvej/casework/person"
	"hjemvej/demo"
	"hjemvej/internal/calendar"
	"hjemvej/internal/files"
	"hjemvej/internal/letter"
	"hjemvej/internal/mailbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/postgres/embedded"
	"hjemvej/internal/seal"
	"hjemvej/internal/signin"
	"hjemvej/internal/webhook"
	"hjemvej/migrations"
	"hjemvej/scheduler"

	"github.com/jackc/pgx/v5"
)

type demoCommand struct {
	Addr     string `default:"127.0.0.1:8080" help:"Address and port of the API; port 0 takes a free one."`
	Data     string `type:"path" placeholder:"DIR" help:"Where the demo keeps its database, letters and tokens; hjemvej-demo in the user's data folder (~/.local/share) where it is left out. A second start finds everything again. Where root's folder is closed to others, the database lies in /var/lib/hjemvej, and a note in the folder says where."`
	Cases    int    `placeholder:"N" help:"Add so many plain cases when the caseload is written, to see the program at that size; a million takes some minutes."`
	Fresh    bool   `help:"Start over: the demo's database, letters and tokens are deleted first."`
	Today    string `placeholder:"DATE" help:"Set the demo's clock to a day, such as 2027-03-01: the same people, earlier or later on their way. Later starts go on from there, and never back."`
	Detached bool   `help:"Go on when the process that started the demo has ended."`
}

// demoDatabase is the demo's own database, on its own server.
const demoDatabase = "hjemvej"

// Run starts everything and serves until Ctrl-C, or until the process that
// started it is gone.
func (d demoCommand) Run(c *console) error {
	if os.Getenv("HJEMVEJ_DATABASE_URL") != "" {
		return errors.New("the demo uses no database but its own; unset HJEMVEJ_DATABASE_URL")
	}
	today, err := d.today()
	if err != nil {
		return err
	}
	if d.Data == "" {
		d.Data = defaultData()
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	if !d.Detached {
		go stopWithParent(cancel)
	}
	if err := d.makeFolder(ctx); err != nil {
		return err
	}
	h := &house{dir: d.Data, cases: d.Cases, out: c.out}
	defer h.close()
	if h.clock, err = openClock(d.Data, today); err != nil {
		return err
	}
	err = h.open(ctx, d.Addr)
	if err == nil {
		err = h.run(ctx)
	}
	if ctx.Err() != nil { // stopping while something was still starting is no fault
		return nil
	}
	return err
}

// today is the day that the clock is to show, zero where none is named.
func (d demoCommand) today() (day calendar.Date, err error) {
	if d.Today == "" {
		return day, nil
	}
	if day, err = calendar.Parse(d.Today); err != nil {
		return day, errors.New("--today must be a day like 2027-03-01")
	}
	if away := day.DaysSince(calendar.Today(time.Now())); away < -demo.Earliest || away > demo.Latest {
		return day, fmt.Errorf("--today must lie at most %d days back and %d days ahead", demo.Earliest, demo.Latest)
	}
	return day, nil
}

// house is what the demo starts, in this order.
type house struct {
	dir    string
	cases  int // plain ones to add when the caseload is written
	clock  demoClock
	out    io.Writer
	server *embedded.Server
	mail   *mailbox.Server
	db     *postgres.DB
	vault  person.Vault
	files  *files.Store
	load   demo.Caseload
	program
	closing []func()
}

func (h *house) say(format string, args ...any) { fmt.Fprintf(h.out, format+"\n", args...) }

// close ends what was opened, last first.
func (h *house) close() {
	for i := len(h.closing) - 1; i >= 0; i-- {
		h.closing[i]()
	}
}

func (h *house) open(ctx context.Context, addr string) (err error) {
	if err := h.listen(ctx, addr, ""); err != nil {
		return err
	}
	h.closing = append(h.closing, func() { _ = h.listener.Close() })
	if err := h.openLog(); err != nil {
		return err
	}
	h.server, err = embedded.Start(ctx, embedded.Options{Dir: h.dir, Durable: true, Progress: func(s string) { h.say("%s", s) }})
	if err != nil {
		return err
	}
	h.closing = append(h.closing, func() {
		stop, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		_ = h.server.Stop(stop)
	})
	if err := h.openVault(); err != nil {
		return err
	}
	if err := h.openFiles(ctx); err != nil {
		return err
	}
	if err := h.openDatabase(ctx); err != nil {
		return err
	}
	h.mail, err = mailbox.Start(ctx, "127.0.0.1:0", filepath.Join(h.dir, "letters"))
	if err != nil {
		return err
	}
	h.closing = append(h.closing, func() { _ = h.mail.Close() })
	return h.wire(ctx)
}

func (h *house) openLog() error {
	f, err := os.OpenFile(filepath.Join(h.dir, "hjemvej.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	h.closing = append(h.closing, func() { _ = f.Close() })
	h.log = slog.New(slog.NewJSONHandler(f, nil))
	slog.SetDefault(h.log)
	return nil
}

// openVault opens the demo's master key, and makes it the first time.
func (h *house) openVault() error {
	file := filepath.Join(h.dir, "master.key")
	if err := seal.CreateMasterFile(file, nil); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	master, err := seal.OpenMaster(file, nil)
	if err != nil {
		return err
	}
	h.vault = person.Vault{Master: master}
	return nil
}

// openDatabase makes the demo's database and its caseload the first time, and
// finds them again later.
func (h *house) openDatabase(ctx context.Context) (err error) {
	if err := createDatabase(ctx, h.server.URL("postgres")); err != nil {
		return err
	}
	url := h.server.URL(demoDatabase)
	if err := migrations.Apply(ctx, url); err != nil {
		return err
	}
	if h.db, err = postgres.Open(ctx, url, h.clock.now); err != nil {
		return err
	}
	h.closing = append(h.closing, h.db.Close)
	if err := h.vault.Prove(ctx, h.db); err != nil {
		return fmt.Errorf("%w (put the right master.key back into %s, or start again with --fresh)", err, h.dir)
	}
	filled, err := demo.Filled(ctx, h.db)
	if err != nil {
		return fmt.Errorf("%w (start again with --fresh)", err)
	}
	if filled {
		h.load, err = demo.Find(ctx, h.db)
		return err
	}
	h.load, err = demo.Fill(ctx, url, h.vault, h.files, calendar.Today(time.Now()), h.clock.now(), h.progress("Writing an invented caseload "))
	if err != nil || h.cases <= 0 {
		return err
	}
	return demo.Load(ctx, url, h.vault, h.cases, h.clock.now(), h.progress(fmt.Sprintf("Adding %d plain cases ", h.cases)))
}

// progress tells, in one line that grows, how far something is.
func (h *house) progress(what string) func(done, total int) {
	fmt.Fprint(h.out, what)
	told := 0
	return func(done, total int) {
		for ; told < 40*done/total; told++ {
			fmt.Fprint(h.out, ".")
		}
		if done == total {
			fmt.Fprintln(h.out)
		}
	}
}

func createDatabase(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("reach the demo's server: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", demoDatabase).Scan(&exists); err != nil {
		return fmt.Errorf("look for the demo's database: %w", err)
	}
	if exists {
		return nil
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+demoDatabase)
	if err != nil {
		return fmt.Errorf("make the demo's database: %w", err)
	}
	return nil
}

// wire puts the service and the scheduler together.
func (h *house) wire(ctx context.Context) error {
	base := "http://" + h.listener.Addr().String()
	tokens, err := h.admit(ctx, base)
	if err != nil {
		return err
	}
	trusted, err := trustLoopback(filepath.Join(h.dir, loopbackFile))
	if err != nil {
		return err
	}
	events := webhook.New(webhook.Config{AllowLoopback: true, RootCAs: trusted})
	h.service, err = api.New(api.Config{DB: h.db, Vault: h.vault, Files: h.files, Debtor: demo.Debtor, Events: events, Version: version, Logger: h.log, RatePerSecond: 500, Burst: 1000,
		Auth: signin.Chain(signin.NewPartnerKeys(h.db), signin.NewTokens(h.db, tokens))})
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(h.mail.Addr())
	if err != nil {
		return fmt.Errorf("read the mail server's address: %w", err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("read the mail server's port: %w", err)
	}
	sender, err := letter.NewSender(letter.Config{Host: host, Port: number, From: "post@desk.example", TLS: "none"})
	if err != nil {
		return err
	}
	h.scheduler, err = scheduler.New(scheduler.Config{DB: h.db, Vault: h.vault, Files: h.files, Sender: sender, Events: events, BaseURL: base, Domain: "desk.example",
		Schedules: scheduler.DefaultSchedules, Logger: h.log})
	return err
}

// run serves until ctx ends, the database ends, or something breaks.
func (h *house) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-h.server.Done():
			cancel(errors.New("the demo's database has stopped; see " + filepath.Join(h.dir, "postgres.log")))
		case <-ctx.Done():
		}
	}()
	err := h.program.run(ctx, h.welcome)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// welcome says where to look and what to try.
func (h *house) welcome() {
	base := "http://" + h.listener.Addr().String()
	access := filepath.Join(h.dir, accessFile)
	h.say("Hjemvej is ready: %s/docs shows every operation. Everybody in it is invented.", base)
	if h.clock.DaysAhead != 0 {
		h.say("Its clock stands on %s.", calendar.Today(h.clock.now()))
	}
	h.say("  tokens:  %s", access)
	h.say("  letters: %s", filepath.Join(h.dir, "letters"))
	h.say("  log:     %s", filepath.Join(h.dir, "hjemvej.log"))
	h.say("Try, in another terminal, the case of the course \"E\":")
	h.say("  curl -H \"Authorization: Bearer $(sed -n 's/.*\"contact_person_1\": \"\\(.*\\)\".*/\\1/p' '%s')\" %s/v1/cases/%s", access, base, h.load.CourseE)
	h.say("docs/walkthrough.md goes the whole way by hand. Ctrl-C stops everything.")
}

// makeFolder makes the demo's folder, and empties it where the demo starts over. It
// does so in an empty folder too: a database that still lies elsewhere for it, as
// root's may, was that of a demo whose folder somebody deleted, and with it the key.
func (d demoCommand) makeFolder(ctx context.Context) error {
	if err := os.MkdirAll(d.Data, 0o700); err != nil {
		return fmt.Errorf("make the demo's folder: %w", err)
	}
	held, err := os.ReadDir(d.Data)
	if err != nil {
		return fmt.Errorf("look into the demo's folder: %w", err)
	}
	if !d.Fresh && len(held) > 0 {
		return nil
	}
	return removeDemo(ctx, d.Data)
}

// removeDemo deletes what a demo made in its folder, and nothing else; the folder stays
// as its owner made it.
func removeDemo(ctx context.Context, dir string) error {
	if err := embedded.Clear(ctx, dir); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, accessFile)); errors.Is(err, fs.ErrNotExist) {
		return nil // no demo came so far here: what has these names may be somebody else's
	}
	for _, name := range []string{"letters", "files", "master.key", "hjemvej.log", clockFile, loopbackFile, accessFile} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("start over: %w", err)
		}
	}
	return nil
}

// defaultData is the user's data folder, by the customs of the system; a folder
// of the user's own among the temporary ones where there is no home.
func defaultData() string {
	home, err := os.UserHomeDir()
	switch {
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "hjemvej-demo")
	case err != nil:
		return filepath.Join(os.TempDir(), "hjemvej-demo-"+strconv.Itoa(os.Getuid()))
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support", "hjemvej-demo")
	}
	return filepath.Join(home, ".local", "share", "hjemvej-demo")
}

// stopWithParent stops the demo when the process that started it is gone, such
// as a go run that was killed: nothing is left behind.
func stopWithParent(stop func()) {
	parent := os.Getppid()
	for os.Getppid() == parent {
		time.Sleep(200 * time.Millisecond)
	}
	stop()
}
