package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"hjemvej/api"
	"hjemvej/casework/person"
	"hjemvej/internal/files"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"
	"hjemvej/internal/signin"
	"hjemvej/internal/webhook"
	"hjemvej/scheduler"
)

type serveCommand struct {
	ownerDatabase
	masterKey
	Addr           string              `env:"HJEMVEJ_ADDR" default:"127.0.0.1:8080" help:"Address and port of the API. Put a proxy that speaks TLS before it."`
	MetricsAddr    string              `env:"HJEMVEJ_METRICS_ADDR" placeholder:"ADDR" help:"Address and port of /metrics, such as 127.0.0.1:9090; none where it is left out."`
	BaseURL        string              `env:"HJEMVEJ_BASE_URL" placeholder:"URL" help:"The service's address as people open it, https://…; letters link to it, so it must not tell what the work is about (R11)."`
	LogLevel       string              `env:"HJEMVEJ_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"How much to log: debug, info, warn or error."`
	Scheduler      bool                `env:"HJEMVEJ_SCHEDULER" default:"true" negatable:"" help:"Run sweeps and jobs in this replica."`
	Rate           float64             `env:"HJEMVEJ_RATE" default:"20" help:"Requests a second that one person or key may keep up."`
	TrustedProxies []string            `env:"HJEMVEJ_TRUSTED_PROXIES" placeholder:"NETWORKS" help:"Addresses or networks (CIDR) of the proxies before the program, with commas between: their X-Forwarded-For says where a request comes from, for keys that are bound to addresses and for the limit on failed sign-ins."`
	OIDC           oidcFlags           `embed:"" prefix:"oidc-"`
	Mail           mailFlags           `embed:"" prefix:"mail-"`
	Files          filesFlags          `embed:""`
	Bank           bankFlags           `embed:"" prefix:"bank-"`
	Schedules      scheduler.Schedules `embed:"" prefix:"schedule-"`
}

type oidcFlags struct {
	Issuer   string `env:"HJEMVEJ_OIDC_ISSUER" placeholder:"URL" help:"The OpenID Connect provider that staff sign in with."`
	Audience string `env:"HJEMVEJ_OIDC_AUDIENCE" placeholder:"NAME" help:"What the provider's access tokens must be meant for."`
}

type mailFlags struct {
	Host     string `env:"HJEMVEJ_MAIL_HOST" placeholder:"HOST" help:"Mail server that takes the letters."`
	Port     int    `env:"HJEMVEJ_MAIL_PORT" default:"587" help:"Its port; 465 speaks TLS from the first byte."`
	Username string `env:"HJEMVEJ_MAIL_USERNAME" placeholder:"NAME" help:"For a server that asks for sign-in."`
	Password string `env:"HJEMVEJ_MAIL_PASSWORD" placeholder:"SECRET" help:"Better given as the variable than as the flag."`
	From     string `env:"HJEMVEJ_MAIL_FROM" placeholder:"ADDRESS" help:"Bare address that letters come from; it must not tell what the work is about (R11)."`
	TLS      string `env:"HJEMVEJ_MAIL_TLS" enum:"required,none" default:"required" help:"required, or none for a server on this machine."`

	SMIMECert string `name:"smime-cert" type:"path" env:"HJEMVEJ_MAIL_SMIME_CERT" placeholder:"FILE" help:"Certificate (PEM; its issuer's may follow) with which letters are signed by S/MIME; they are not where it is left out. Readers see its names, so they must not tell what the work is about (R11)."`
	SMIMEKey  string `name:"smime-key" type:"path" env:"HJEMVEJ_MAIL_SMIME_KEY" placeholder:"FILE" help:"The certificate's private key (PEM, RSA or ECDSA, without a password)."`
}

// config opens the signature, where there is one, and is whole also where that
// fails.
func (m mailFlags) config() (letter.Config, error) {
	c := letter.Config{Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password, From: m.From, TLS: m.TLS}
	if m.SMIMECert == "" && m.SMIMEKey == "" {
		return c, nil
	}
	signature, err := letter.OpenSignature(m.SMIMECert, m.SMIMEKey, m.From, time.Now())
	c.Signature = signature
	return c, err
}

// check names everything that is missing or nonsensical, at once. It repeats no
// value: some are secrets.
func (s serveCommand) check() error {
	var wrong []error
	bad := func(name, flag, what string) { wrong = append(wrong, fmt.Errorf("%s (--%s) %s", name, flag, what)) }
	if err := s.ownerDatabase.check(); err != nil {
		wrong = append(wrong, err)
	}
	if _, err := netip.ParseAddrPort(s.Addr); err != nil {
		bad("HJEMVEJ_ADDR", "addr", "is not an address and a port, such as 127.0.0.1:8080")
	}
	if s.MetricsAddr != "" {
		if _, err := netip.ParseAddrPort(s.MetricsAddr); err != nil {
			bad("HJEMVEJ_METRICS_ADDR", "metrics-addr", "is not an address and a port, such as 127.0.0.1:9090")
		}
	}
	if what := wrongBase(s.BaseURL); what != "" {
		bad("HJEMVEJ_BASE_URL", "base-url", what)
	}
	if err := s.masterKey.check(); err != nil {
		wrong = append(wrong, err)
	}
	if u, err := url.Parse(s.OIDC.Issuer); err != nil || u.Host == "" || u.Scheme != "https" && !isLoopback(u) {
		bad("HJEMVEJ_OIDC_ISSUER", "oidc-issuer", "is not an https address")
	}
	if s.OIDC.Audience == "" {
		bad("HJEMVEJ_OIDC_AUDIENCE", "oidc-audience", "is required")
	}
	if !(s.Rate >= 1 && s.Rate <= 100_000) { // so written, it refuses NaN too
		bad("HJEMVEJ_RATE", "rate", "must lie between 1 and 100000")
	}
	if _, err := s.trusted(); err != nil {
		bad("HJEMVEJ_TRUSTED_PROXIES", "trusted-proxies", "is not a list of addresses and networks, such as 10.0.0.0/8")
	}
	s.Mail.check(bad)
	s.Files.check(bad)
	s.Bank.check(bad)
	var schedule *scheduler.ScheduleError
	if err := s.Schedules.Check(); errors.As(err, &schedule) {
		bad("HJEMVEJ_SCHEDULE_"+strings.ToUpper(schedule.Name), "schedule-"+schedule.Name, schedule.Cause.Error())
	}
	return errors.Join(wrong...)
}

// trusted are the networks of the proxies before the program.
func (s serveCommand) trusted() ([]netip.Prefix, error) {
	out := make([]netip.Prefix, len(s.TrustedProxies))
	for i, text := range s.TrustedProxies {
		text = strings.TrimSpace(text)
		n, err := netip.ParsePrefix(text)
		if a, alone := netip.ParseAddr(text); alone == nil {
			n, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// check names the one setting that keeps letters from going out, or what its
// neighbours disagree on.
func (m mailFlags) check(bad func(name, flag, what string)) {
	config, unsigned := m.config()
	_, err := letter.NewSender(config)
	sentence := func(err error) string { return strings.TrimPrefix(err.Error(), letter.ErrConfig.Error()+": ") }
	switch {
	case m.Host == "":
		bad("HJEMVEJ_MAIL_HOST", "mail-host", "is required")
	case m.Port < 1 || m.Port > 65535:
		bad("HJEMVEJ_MAIL_PORT", "mail-port", "is not a port")
	case (m.Username == "") != (m.Password == ""):
		bad("HJEMVEJ_MAIL_USERNAME and HJEMVEJ_MAIL_PASSWORD", "mail-username, --mail-password", "go together")
	case err != nil && m.TLS == "none" && (!loopbackHost(m.Host) || m.Password != ""):
		bad("HJEMVEJ_MAIL_TLS", "mail-tls", "cannot be none here: "+sentence(err))
	case err != nil:
		bad("HJEMVEJ_MAIL_FROM", "mail-from", "cannot be used: "+sentence(err))
	case (m.SMIMECert == "") != (m.SMIMEKey == ""):
		bad("HJEMVEJ_MAIL_SMIME_CERT and HJEMVEJ_MAIL_SMIME_KEY", "mail-smime-cert, --mail-smime-key", "go together")
	case unsigned != nil:
		bad("HJEMVEJ_MAIL_SMIME_CERT and HJEMVEJ_MAIL_SMIME_KEY", "mail-smime-cert, --mail-smime-key", "cannot be used: "+sentence(unsigned))
	}
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func wrongBase(base string) string {
	u, err := url.Parse(base)
	switch {
	case base == "":
		return "is required"
	case err != nil || u.Host == "" || u.Scheme != "https" && !isLoopback(u) || u.RawQuery != "" || u.User != nil:
		return "is not an https address"
	case letter.Neutral(base) != nil:
		return "tells what the work is about; letters link to it (R11)"
	}
	return ""
}

func isLoopback(u *url.URL) bool {
	return u.Scheme == "http" && loopbackHost(u.Hostname())
}

// Run serves until it is told to stop.
func (s serveCommand) Run(c *console) error {
	if err := s.check(); err != nil {
		return err
	}
	log := newLog(c, s.LogLevel)
	master, err := s.masterKey.open()
	if err != nil {
		return err
	}
	store, err := s.Files.open(c.ctx)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if err := s.upToDate(c.ctx); err != nil {
		return err
	}
	db, err := postgres.Open(c.ctx, s.URL, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	vault, err := vaultOf(c.ctx, db, master)
	if err != nil {
		return err
	}
	events := webhook.New(webhook.Config{})
	proxies, err := s.trusted()
	if err != nil {
		return err // check would have said so
	}
	service, err := api.New(api.Config{DB: db, Vault: vault, Files: store, Debtor: s.Bank.debtor(), Events: events, Version: version, Logger: log, RatePerSecond: s.Rate, Burst: int(3 * s.Rate),
		ClientAddress: api.BehindProxies(proxies),
		Auth:          signin.Chain(signin.NewPartnerKeys(db), signin.NewOIDC(db, s.OIDC.Issuer, s.OIDC.Audience))})
	if err != nil {
		return err
	}
	p := program{log: log, service: service}
	if s.Scheduler {
		if p.scheduler, err = s.clock(db, vault, store, events, log); err != nil {
			return err
		}
	}
	if err := p.listen(c.ctx, s.Addr, s.MetricsAddr); err != nil {
		return err
	}
	return p.run(c.ctx, func() { log.Info("ready", "addr", p.listener.Addr().String(), "version", version) })
}

func (s serveCommand) clock(db *postgres.DB, vault person.Vault, store *files.Store, events *webhook.Sender, log *slog.Logger) (*scheduler.Scheduler, error) {
	mail, err := s.Mail.config()
	if err != nil {
		return nil, err
	}
	sender, err := letter.NewSender(mail)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(s.Mail.From, "@")
	return scheduler.New(scheduler.Config{DB: db, Vault: vault, Files: store, Sender: sender, Events: events, BaseURL: strings.TrimRight(s.BaseURL, "/"), Domain: domain, Schedules: s.Schedules, Logger: log})
}

// listen takes the addresses before anything runs, so that a taken port is said
// at once.
func (p *program) listen(ctx context.Context, addr, metrics string) (err error) {
	var lc net.ListenConfig
	if p.listener, err = lc.Listen(ctx, "tcp", addr); err != nil {
		return fmt.Errorf("listen on %s: choose an address and a free port with --addr, such as 127.0.0.1:8081: %w", addr, err)
	}
	if metrics != "" {
		if p.metrics, err = lc.Listen(ctx, "tcp", metrics); err != nil {
			return errors.Join(fmt.Errorf("listen on %s: %w", metrics, err), p.listener.Close())
		}
	}
	return nil
}

func newLog(c *console, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // one of four words, checked by the flag
	log := slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: l}))
	slog.SetDefault(log)
	return log
}
