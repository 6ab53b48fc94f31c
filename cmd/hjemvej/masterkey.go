package main

import (
	"errors"
	"fmt"

	"hjemvej/internal/seal"
	"hjemvej/internal/seal/kms"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// underKMS is the key in a KMS that the master key lies under, if it does.
type underKMS struct {
	KMS string `name:"kms" env:"HJEMVEJ_MASTER_KEY_KMS" placeholder:"URI" help:"Key in a KMS that the master key is encrypted by, aws-kms://arn:aws:kms:… or hcvault://HOST/transit/keys/NAME; left out, the master key is plain. The KMS's credentials come as its own client takes them."`
}

const kmsSetting = "HJEMVEJ_MASTER_KEY_KMS (--kms)"

// key is the key in the KMS, nil where the master key is plain.
func (u underKMS) key() (tink.AEAD, error) {
	if u.KMS == "" {
		return nil, nil
	}
	return kms.Open(u.KMS, kmsSetting)
}

// masterKey is where the master key comes from.
type masterKey struct {
	underKMS
	MasterKey     string `env:"HJEMVEJ_MASTER_KEY" placeholder:"FILE" help:"File of the master key that seals identities, made by hjemvej keys create."`
	MasterKeyJSON string `env:"HJEMVEJ_MASTER_KEY_JSON" placeholder:"JSON" help:"The content of such a file instead, where a platform hands out secrets as variables; better not given as a flag. A change needs a restart."`
}

// check names what keeps the settings from being used, all at once.
func (m masterKey) check() error {
	const setting = "HJEMVEJ_MASTER_KEY (--master-key)"
	_, err := m.key()
	switch {
	case m.MasterKey == "" && m.MasterKeyJSON == "":
		return errors.Join(err, errors.New(setting+" is required; make one with hjemvej keys create FILE"))
	case m.MasterKey != "" && m.MasterKeyJSON != "":
		return errors.Join(err, errors.New(setting+" and HJEMVEJ_MASTER_KEY_JSON name two keys; give one of them"))
	}
	return err
}

// open reads the master key, and asks the KMS that it lies under.
func (m masterKey) open() (*seal.Master, error) {
	key, err := m.key()
	if err != nil {
		return nil, err
	}
	if m.MasterKeyJSON == "" {
		master, err := seal.OpenMaster(m.MasterKey, key)
		return master, withWayOut(err)
	}
	master, err := seal.ParseMaster(m.MasterKeyJSON, key)
	if err != nil {
		return nil, withWayOut(fmt.Errorf("read HJEMVEJ_MASTER_KEY_JSON: %w", err))
	}
	return master, nil
}

// withWayOut says what to do where a master key and the setting of its KMS
// disagree.
func withWayOut(err error) error {
	switch {
	case errors.Is(err, seal.ErrEncrypted):
		return fmt.Errorf("%w: name that key with %s", err, kmsSetting)
	case errors.Is(err, seal.ErrPlain):
		return fmt.Errorf("%w: put it under one with hjemvej keys move, or leave out %s", err, kmsSetting)
	}
	return err
}
