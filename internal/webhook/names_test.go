package webhook_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"hjemvej/internal/webhook"

	"golang.org/x/net/dns/dnsmessage"
)

func TestANameThatLeadsToThisMachineIsNotFollowed(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	s := partner(t, func(http.ResponseWriter, *http.Request) { visits.Add(1) })
	port := portOf(t, s.URL)
	for _, address := range []string{"127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::ffff:127.0.0.1"} {
		c := trusting(s)
		c.AllowLoopback, c.Ports = false, []uint16{port}
		c.Resolver = resolver(t, func(int) string { return address })
		mustBe(t, send(t, c, at("example.com", port)), webhook.ForbiddenAddress, true)
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d events arrived", n)
	}
}

// The second look-up leads to another address of this machine, the unspecified
// one, which Linux would connect to loopback.
func TestANameThatChangesBetweenLookUpsIsLookedAtEachTime(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	s := partner(t, func(w http.ResponseWriter, _ *http.Request) {
		visits.Add(1)
		w.Header().Set("Connection", "close")
	})
	port := portOf(t, s.URL)
	c := trusting(s)
	c.Ports = []uint16{port}
	c.Resolver = resolver(t, func(n int) string {
		if n == 1 {
			return "127.0.0.1"
		}
		return "0.0.0.0"
	})
	sender := webhook.New(c)
	for _, want := range []webhook.Outcome{webhook.Delivered, webhook.ForbiddenAddress} {
		must(t, sender.CheckEndpoint(at("example.com", port)))
		r, err := sender.Send(t.Context(), at("example.com", port), []string{webhook.NewSecret()}, message)
		must(t, err)
		mustBe(t, r, want, want != webhook.Delivered)
	}
	if n := visits.Load(); n != 1 {
		t.Errorf("%d events arrived", n)
	}
}

func TestANameThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	c := webhook.Config{Resolver: resolver(t, func(int) string { return "" })}
	mustBe(t, send(t, c, "https://partner.example/"), webhook.UnknownHost, true)
}

func TestANameServerThatHangsIsLeftInTime(t *testing.T) {
	t.Parallel()
	c := webhook.Config{Timeout: 300 * time.Millisecond, Resolver: resolver(t, func(int) string { return "silence" })}
	begun := time.Now()
	mustBe(t, send(t, c, "https://partner.example/"), webhook.Timeout, true)
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// It runs beside no other test: the variables are the process's own.
func TestNoProxyOfTheEnvironmentIsAsked(t *testing.T) {
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var asked atomic.Int32
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://"+accept(t, proxy, func(net.Conn) { asked.Add(1) }))
	}
	s := partner(t, answer(204))
	port := portOf(t, s.URL)
	c := trusting(s)
	c.Ports, c.Resolver = []uint16{port}, resolver(t, func(int) string { return "127.0.0.1" })
	mustBe(t, send(t, c, at("example.com", port)), webhook.Delivered, false)
	if n := asked.Load(); n != 0 {
		t.Errorf("the proxy was asked %d times", n)
	}
}

func at(host string, port uint16) string { return fmt.Sprintf("https://%s:%d/events", host, port) }

// resolver asks a name server on loopback, to which every name leads where says
// says at its nth look-up: an address, nowhere (empty), or no answer ("silence").
func resolver(t *testing.T, says func(n int) string) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = server.Close() })
	go serveNames(server, says)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func serveNames(server net.PacketConn, says func(n int) string) {
	lookUps := 0
	for buffer := make([]byte, 512); ; {
		n, client, err := server.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		// A look-up asks for IPv4 and IPv6 at once: IPv4 counts.
		if m.Questions[0].Type == dnsmessage.TypeA {
			lookUps++
		}
		said := says(max(1, lookUps))
		if said == "silence" {
			continue
		}
		if reply, err := reply(m, said); err == nil {
			_, _ = server.WriteTo(reply, client)
		}
	}
}

func reply(asked dnsmessage.Message, said string) ([]byte, error) {
	asked.Response, asked.RecursionAvailable, asked.Additionals = true, true, nil
	header := dnsmessage.ResourceHeader{Name: asked.Questions[0].Name, Class: dnsmessage.ClassINET}
	address, err := netip.ParseAddr(said)
	switch {
	case err != nil:
		asked.RCode = dnsmessage.RCodeNameError
	case address.Is4() && asked.Questions[0].Type == dnsmessage.TypeA:
		asked.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: address.As4()}}}
	case address.Is6() && asked.Questions[0].Type == dnsmessage.TypeAAAA:
		asked.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}}}
	}
	return asked.Pack()
}
