package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// keyStart is how a key is told from other bearers, and found by scanners of
// leaked secrets.
const keyStart = "hjv_"

var partnerKeyForm = regexp.MustCompile(`^hjv_[A-Za-z0-9_-]{43}$`)

// NewPartnerKey makes a key of 256 random bits. The key is shown once and not
// kept; prefix is what it is recognised by afterwards, hash what is stored.
func NewPartnerKey() (key, prefix string, hash []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	key = keyStart + base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(key))
	return key, key[:len(keyStart)+6], sum[:]
}

// PartnerKeys knows partners by their API keys. A key is valid while it is
// neither revoked nor expired by the program's clock, and its partner is active;
// when that ends it fails within a second.
type PartnerKeys struct {
	db   *postgres.DB
	ring keyring
}

// NewPartnerKeys reads keys from the database.
func NewPartnerKeys(db *postgres.DB) *PartnerKeys {
	return &PartnerKeys{db: db, ring: keyring{db: db}}
}

// Authenticate is Authenticator's. A key that is bound to addresses and comes
// from another is as good as unknown: see Elsewhere. The use is noted, at most
// once a minute.
func (p *PartnerKeys) Authenticate(ctx context.Context, bearer string, from netip.Addr) (access.Actor, error) {
	if !partnerKeyForm.MatchString(bearer) {
		return access.Actor{}, unknown()
	}
	keys, err := p.ring.now(ctx)
	if err != nil {
		return access.Actor{}, err
	}
	hash := sha256.Sum256([]byte(bearer))
	key := keys[string(hash[:])]
	if key == nil || !key.ExpiresAt.After(p.db.Now()) { // it may have expired since
		return access.Actor{}, unknown()
	}
	who := access.Actor{ID: key.ID, Role: access.Partner, Partner: key.Partner, Scopes: access.SetOf(key.Scopes...)}
	if !key.mayComeFrom(from) {
		return access.Actor{}, &fault.Error{Kind: fault.Unauthenticated, Message: notKnown, Cause: Elsewhere{who}}
	}
	if key.noting.CompareAndSwap(false, true) {
		p.used(ctx, key.keyRow)
	}
	return who, nil
}

func (r keyRow) mayComeFrom(from netip.Addr) bool {
	return len(r.Addresses) == 0 || slices.ContainsFunc(r.Addresses, func(n netip.Prefix) bool { return n.Contains(from) })
}

// used notes the use where the last note is a minute old. A use that cannot be
// noted is no reason to refuse it.
func (p *PartnerKeys) used(ctx context.Context, row keyRow) {
	if row.LastUsedAt != nil && p.db.Now().Sub(*row.LastUsedAt) < time.Minute {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := noteUse(ctx, p.db, row.ID); err != nil {
		slog.WarnContext(ctx, "a key's use could not be noted", "request_id", postgres.RequestID(ctx), "cause", postgres.CauseText(err))
	}
}
