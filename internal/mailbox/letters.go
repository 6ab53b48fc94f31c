package mailbox

import (
	"context"
	"fmt"
	"slices"
)

// Letters are the letters kept so far, oldest first.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

// Clear forgets every letter and deletes its file.
func (s *Server) Clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folder != nil {
		if err := s.folder.clear(); err != nil {
			return fmt.Errorf("delete the letters: %w", err)
		}
	}
	s.letters = nil
	s.announce()
	return nil
}

// Wait answers the letters as soon as there are at least n, and otherwise, when
// ctx ends, how many there were.
func (s *Server) Wait(ctx context.Context, n int) ([]Letter, error) {
	for {
		s.mu.Lock()
		letters, arrived := slices.Clone(s.letters), s.arrived
		s.mu.Unlock()
		if len(letters) >= n {
			return letters, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return letters, fmt.Errorf("wait for letter %d, have %d: %w", n, len(letters), ctx.Err())
		}
	}
}

// keep files a letter; the lock makes its place in the folder and in memory one.
func (s *Server) keep(l Letter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.letters) >= MaxLetters {
		return errFull
	}
	if s.folder != nil {
		if err := s.folder.write(l.raw); err != nil {
			return errDisk
		}
	}
	s.letters = append(s.letters, l)
	s.announce()
	return nil
}

func (s *Server) readFolder(dir string) (err error) {
	if s.folder, err = openFolder(dir); err != nil {
		return fmt.Errorf("open the mailbox folder: %w", err)
	}
	raws, err := s.folder.read()
	if err != nil {
		return fmt.Errorf("read the mailbox folder: %w", err)
	}
	for _, raw := range raws {
		letter, err := parse(raw)
		if err != nil {
			return fmt.Errorf("read a letter in the mailbox folder: %w", err)
		}
		s.letters = append(s.letters, letter)
	}
	return nil
}

// announce wakes everybody in Wait; the caller holds the lock.
func (s *Server) announce() {
	close(s.arrived)
	s.arrived = make(chan struct{})
}
