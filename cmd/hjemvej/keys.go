package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
	"hjemvej/internal/seal/kms"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// keysCommand is everything about the master key that seals identities.
type keysCommand struct {
	Create createKey  `cmd:"" help:"Make a new master key file."`
	Rotate rotateKey  `cmd:"" help:"Add a new key to a master key file; what the older ones wrapped still opens."`
	Move   moveKey    `cmd:"" help:"Put a master key file under a key in a KMS, under another one, or back."`
	Rewrap rewrapKeys `cmd:"" help:"Wrap every person's key with the newest master key, while the service runs."`
	Check  checkKeys  `cmd:"" help:"Open every person's wrapped key, and count those under an older master key."`
}

type createKey struct {
	underKMS
	File string `arg:"" type:"path" help:"Where to write the new key. A file that exists is never replaced."`
}

// Run writes a new master key.
func (k createKey) Run(c *console) error {
	key, err := k.key()
	if err != nil {
		return err
	}
	if err := seal.CreateMasterFile(k.File, key); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, "The master key is written. Keep a copy of the file apart from the database's backups: without it no identity opens again.")
	return err
}

type rotateKey struct {
	underKMS
	File string `arg:"" type:"path" help:"The master key file; it is replaced as a whole or not at all."`
}

// Run adds a primary key to the file.
func (k rotateKey) Run(c *console) error {
	key, err := k.key()
	if err != nil {
		return err
	}
	if err := seal.RotateMasterFile(k.File, key); err != nil {
		return withWayOut(err)
	}
	_, err = fmt.Fprintln(c.out, "A new key is the first one now; the older ones stay in the file. Copy it to every replica and to your safe place, and then run: hjemvej keys rewrap")
	return err
}

type moveKey struct {
	underKMS
	File string `arg:"" type:"path" help:"The master key file; it is replaced as a whole or not at all."`
	To   string `required:"" placeholder:"URI" help:"Key in a KMS that is to encrypt the file from now on, or plain for none; --kms names the one that does now."`
}

// Run encrypts the file by another key, and leaves the keys in it alone.
func (k moveKey) Run(c *console) error {
	from, err := k.key()
	if err != nil {
		return err
	}
	var to tink.AEAD
	if k.To != "plain" {
		if to, err = kms.Open(k.To, "--to"); err != nil {
			return err
		}
	}
	if err := seal.MoveMasterFile(k.File, from, to); err != nil {
		return withWayOut(err)
	}
	_, err = fmt.Fprintln(c.out, "The master key file is moved; the keys in it are the same. Copy it to every replica and to your safe place, and set HJEMVEJ_MASTER_KEY_KMS to what --to said; after plain, leave it out.")
	return err
}

// vaultOf is the vault of a master key that was proved to be this database's.
func vaultOf(ctx context.Context, db *postgres.DB, master *seal.Master) (person.Vault, error) {
	v := person.Vault{Master: master}
	return v, v.Prove(ctx, db)
}

// keyed is a database and its master key.
type keyed struct {
	ownerDatabase
	masterKey
}

func (k keyed) with(c *console, do func(*postgres.DB, person.Vault) error) error {
	if err := errors.Join(k.ownerDatabase.check(), k.masterKey.check()); err != nil {
		return err
	}
	master, err := k.open()
	if err != nil {
		return err
	}
	db, err := postgres.Open(c.ctx, k.URL, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := vaultOf(c.ctx, db, master)
	if err != nil {
		return err
	}
	return do(db, v)
}

type rewrapKeys struct{ keyed }

// Run wraps every key anew. It may be interrupted, repeated, and run twice at
// once.
func (k rewrapKeys) Run(c *console) error {
	return k.with(c, func(db *postgres.DB, v person.Vault) error {
		n, err := v.RewrapKeys(c.ctx, db, func(n person.KeyCount) {
			if n.Persons%10_000 == 0 {
				fmt.Fprintf(c.out, "%d looked at\n", n.Persons)
			}
		})
		if err != nil {
			return fmt.Errorf("%w; what is wrapped stays so: run it again to go on", err)
		}
		fmt.Fprintf(c.out, "%d of %d persons' keys were wrapped anew.\n", n.Wrapped, n.Persons)
		return closedKeys(n)
	})
}

type checkKeys struct{ keyed }

// Run opens every wrapped key and nothing more.
func (k checkKeys) Run(c *console) error {
	return k.with(c, func(db *postgres.DB, v person.Vault) error {
		n, err := v.CheckKeys(c.ctx, db)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%d persons' keys, %d of them under an older master key.\n", n.Persons, n.Old)
		return closedKeys(n)
	})
}

func closedKeys(n person.KeyCount) error {
	if n.Closed > 0 {
		return fmt.Errorf("%d persons' keys do not open with this master key", n.Closed)
	}
	return nil
}
