// Command hjemvej ("the way home") follows one person's prepared return, from
// the offer to six months after arrival. `hjemvej --help` is its manual.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is the program's, and the document's: it rises with the API.
const version = "0.1.0"

// cli is every command, flag and variable; its tags are the manual.
type cli struct {
	Demo       demoCommand       `cmd:"" help:"Try Hjemvej: a private database, an invented caseload, and everything running."`
	Serve      serveCommand      `cmd:"" help:"Run the service in production: the API, the scheduler, and the program's own numbers."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database's schema up to this program, and stop."`
	Admin      adminCommand      `cmd:"" help:"Register the first administrator, who registers everybody else."`
	Keys       keysCommand       `cmd:"" help:"Make, rotate and check the master key that seals identities."`
	Ledger     ledgerCommand     `cmd:"" help:"Check the books."`
	Rates      ratesCommand      `cmd:"" help:"Import and list the exchange rates that payments are counted with."`
	Policy     policyCommand     `cmd:"" help:"Show the limits and times that hold, and check a document of new ones."`
	OpenAPI    openapiCommand    `cmd:"" name:"openapi" help:"Print the API's document, openapi.yaml."`
	PartnerSim partnerSimCommand `cmd:"" name:"partner-sim" help:"Play a partner against any server: take its events, acknowledge, answer, and report."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

const manual = `Hjemvej follows one person's prepared return: case, consent, plans, hand-off, support, follow-up and outcome.

To try it: hjemvej demo.

In production: hjemvej keys create FILE, hjemvej migrate, hjemvej admin, hjemvej serve

Where a flag's help names a variable, either gives the value. Variables that begin with HJEMVEJ_ and are not known are refused, so that a misspelt one is not silently without effect.`

// console is where a command writes, and what ends it.
type console struct {
	ctx context.Context
	out io.Writer
	err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program: the tests start it just as main does. It answers
// the exit status: 0, 1 where a command failed, 2 where it was called wrongly.
func run(ctx context.Context, args []string, out, stderr io.Writer) int {
	exit := -1
	var c cli
	parser, err := kong.New(&c, kong.Name("hjemvej"), kong.Description(manual), kong.Writers(out, stderr),
		kong.Exit(func(code int) { exit = code }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		fmt.Fprintln(stderr, "hjemvej:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if exit >= 0 { // --help was asked for and printed
		return exit
	}
	if err == nil {
		err = unknownVariables(parser.Model, os.Environ())
	}
	if err != nil {
		fmt.Fprintln(stderr, "hjemvej:", withoutValue(err, parser.Model))
		return 2
	}
	if err := chosen.Run(&console{ctx, out, stderr}); err != nil {
		fmt.Fprintln(stderr, "hjemvej:", err)
		return 1
	}
	return 0
}

// others are the variables that no flag names: they are read elsewhere.
var others = map[string]bool{"HJEMVEJ_POSTGRES_BIN": true, "HJEMVEJ_TEST_DATABASE_URL": true, "HJEMVEJ_TEST_DOWNLOAD": true, "HJEMVEJ_TEST_HEAVY": true, "HJEMVEJ_BENCH_CASES": true, "HJEMVEJ_BENCH_EVENTS": true}

// unknownVariables names the HJEMVEJ_ variables that nothing reads; their values
// are not repeated.
func unknownVariables(app *kong.Application, environ []string) error {
	known := map[string]bool{}
	for _, f := range flagsOf(app.Node) {
		for _, e := range f.Envs {
			known[e] = true
		}
	}
	var unknown []error
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "HJEMVEJ_") && !known[name] && !others[name] {
			unknown = append(unknown, fmt.Errorf("the variable %s is not known; see hjemvej serve --help for those that are", name))
		}
	}
	return errors.Join(unknown...)
}

// withoutValue is the parser's complaint about a flag's value with the variable's
// name before it and without the value, which may be a secret in the wrong place.
func withoutValue(err error, app *kong.Application) error {
	said, _, quotes := strings.Cut(err.Error(), " but got ")
	if !quotes {
		return err
	}
	for _, f := range flagsOf(app.Node) {
		of, what, found := strings.Cut(said, "--"+f.Name)
		if found && (strings.HasPrefix(what, ":") || strings.HasPrefix(what, " ")) && len(f.Envs) > 0 {
			return fmt.Errorf("%s%s (--%s)%s", of, f.Envs[0], f.Name, what)
		}
	}
	return errors.New(said)
}

func flagsOf(n *kong.Node) []*kong.Flag {
	all := slices.Clone(n.Flags)
	for _, child := range n.Children {
		all = append(all, flagsOf(child)...)
	}
	return all
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(c *console) error {
	_, err := fmt.Fprintln(c.out, "hjemvej", version)
	return err
}
