package main

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"net/url"
	"time"

	"hjemvej/client"
	"hjemvej/client/partnersim"
)

type partnerSimCommand struct {
	Server   string        `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server's address, without /v1; http on this machine alone."`
	Key      string        `env:"HJEMVEJ_PARTNER_KEY" placeholder:"KEY" help:"The partner's key, hjv_…; better given as the variable than as the flag. It is never printed."`
	Case     []string      `placeholder:"CODE" help:"Play these cases only; every case handed to the partner where it is left out."`
	Decline  string        `placeholder:"REASON" help:"Decline each offer, with this reason; each is accepted where it is left out."`
	Delay    time.Duration `default:"0s" help:"How long to wait between acknowledging an offer and answering it."`
	Report   string        `enum:"none,booking_confirmed,met_at_arrival,counselling_held,plan_change_proposed,incident,safety_concern,unable_to_go_on" default:"counselling_held" help:"What to report of each case once the person has departed: ${enum}."`
	Attempt  string        `enum:"none,reached_safe,reached_not_free,no_answer,number_dead,third_party,refused" default:"reached_safe" help:"What comes of an attempt, a day, at each follow-up whose time has begun: ${enum}."`
	Receipt  bool          `default:"true" negatable:"" help:"Record a receipt for each payment that was sent."`
	Complete bool          `help:"Complete a hand-off when its work is done: the return organisation's with the departure, the home-country partner's with a contact and a receipt."`
	Every    time.Duration `default:"10s" help:"How often to look."`
	Listen   string        `placeholder:"ADDR" help:"Take events at this address and port, too, such as 127.0.0.1:9443; without it they are polled alone."`
	TLS      string        `name:"tls" type:"path" placeholder:"FILE" help:"Certificate and key for it, in one PEM file, such as the demo's loopback.pem; without it, it speaks plain HTTP to a proxy before it."`
	URL      string        `name:"url" placeholder:"URL" help:"Where the server finds it; https:// and the address where it is left out."`
	Register bool          `help:"Add it as an endpoint at the server; where it is one already, it gets a new secret."`
	Secret   string        `env:"HJEMVEJ_PARTNER_SECRET" placeholder:"SECRET" help:"The secret of an endpoint that was added before, whsec_…; better given as the variable than as the flag."`
}

// check names what is missing or does not go together. It repeats no value.
func (p partnerSimCommand) check() error {
	var wrong []error
	if u, err := url.Parse(p.Server); err != nil || u.Host == "" || u.Scheme != "https" && !isLoopback(u) {
		wrong = append(wrong, errors.New("--server is not an https address"))
	}
	if p.Key == "" {
		wrong = append(wrong, errors.New("HJEMVEJ_PARTNER_KEY (--key) is required"))
	}
	if p.Every <= 0 || p.Delay < 0 {
		wrong = append(wrong, errors.New("--every must be above zero, --delay not below"))
	}
	if p.Listen == "" {
		if p.Register || p.Secret != "" || p.TLS != "" || p.URL != "" {
			wrong = append(wrong, errors.New("--register, --tls, --url and HJEMVEJ_PARTNER_SECRET (--secret) go with --listen"))
		}
		return errors.Join(wrong...)
	}
	if _, err := netip.ParseAddrPort(p.Listen); err != nil {
		wrong = append(wrong, errors.New("--listen is not an address and a port, such as 127.0.0.1:9443"))
	}
	if p.Register == (p.Secret != "") {
		wrong = append(wrong, errors.New("--listen needs either --register or HJEMVEJ_PARTNER_SECRET (--secret)"))
	}
	return errors.Join(wrong...)
}

// Run plays the partner until Ctrl-C.
func (p partnerSimCommand) Run(c *console) error {
	if err := p.check(); err != nil {
		return err
	}
	endpoint, err := p.endpoint()
	if err != nil {
		return err
	}
	sim, err := partnersim.New(partnersim.Config{
		Server: p.Server, Key: p.Key, Cases: p.Case, Decline: p.Decline, Delay: p.Delay,
		Report: client.NewReportKind(unlessNone(p.Report)), Outcome: client.NewAttemptOutcome(unlessNone(p.Attempt)),
		Receipt: p.Receipt, Complete: p.Complete, Every: p.Every, Endpoint: endpoint, Out: c.out,
	})
	if err != nil {
		return err
	}
	return sim.Run(c.ctx)
}

func (p partnerSimCommand) endpoint() (*partnersim.Endpoint, error) {
	if p.Listen == "" {
		return nil, nil
	}
	e := &partnersim.Endpoint{Listen: p.Listen, URL: p.URL, Secret: p.Secret}
	if p.TLS != "" {
		pair, err := tls.LoadX509KeyPair(p.TLS, p.TLS)
		if err != nil {
			return nil, errors.New("--tls holds no certificate with its key")
		}
		e.Certificate = &pair
	}
	return e, nil
}

func unlessNone(word string) string {
	if word == "none" {
		return ""
	}
	return word
}
