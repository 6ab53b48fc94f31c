package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// keysCommand is everything about the master key that seals identities.
type keysCommand struct {
	Create createKey  `cmd:"" help:"Make a new master key file."`
	Rotate rotateKey  `cmd:"" help:"Add a new key to a master key file; what the older ones wrapped still opens."`
	Rewrap rewrapKeys `cmd:"" help:"Wrap every person's key with the newest master key, while the service runs."`
	Check  checkKeys  `cmd:"" help:"Open every person's wrapped key, and count those under an older master key."`
}

type createKey struct {
	File string `arg:"" type:"path" help:"Where to write the new key. A file that exists is never replaced."`
}

// Run writes a new master key.
func (k createKey) Run(c *console) error {
	if err := seal.CreateMasterFile(k.File); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, "The master key is written. Keep a copy of the file apart from the database's backups: without it no identity opens again.")
	return err
}

type rotateKey struct {
	File string `arg:"" type:"path" help:"The master key file; it is replaced as a whole or not at all."`
}

// Run adds a primary key to the file.
func (k rotateKey) Run(c *console) error {
	if err := seal.RotateMasterFile(k.File); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, "A new key is the first one now; the older ones stay in the file. Copy it to every replica and to your safe place, and then run: hjemvej keys rewrap")
	return err
}

// masterKey is where the master key comes from.
type masterKey struct {
	MasterKey     string `env:"HJEMVEJ_MASTER_KEY" placeholder:"FILE" help:"File of the master key that seals identities, made by hjemvej keys create."`
	MasterKeyJSON string `env:"HJEMVEJ_MASTER_KEY_JSON" placeholder:"JSON" help:"The content of such a file instead, where a platform hands out secrets as variables; better not given as a flag. A change needs a restart."`
}

// wrong is what keeps the setting from being used, "" where nothing does.
func (m masterKey) wrong() string {
	switch {
	case m.MasterKey == "" && m.MasterKeyJSON == "":
		return "is required; make one with hjemvej keys create FILE"
	case m.MasterKey != "" && m.MasterKeyJSON != "":
		return "and HJEMVEJ_MASTER_KEY_JSON name two keys; give one of them"
	}
	return ""
}

func (m masterKey) open() (*seal.Master, error) {
	if m.MasterKeyJSON != "" {
		master, err := seal.ParseMaster(m.MasterKeyJSON)
		if err != nil {
			return nil, fmt.Errorf("read HJEMVEJ_MASTER_KEY_JSON: %w", err)
		}
		return master, nil
	}
	return seal.OpenMaster(m.MasterKey)
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
	err := k.ownerDatabase.check()
	if what := k.wrong(); what != "" {
		err = errors.Join(err, errors.New("HJEMVEJ_MASTER_KEY (--master-key) "+what))
	}
	if err != nil {
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
