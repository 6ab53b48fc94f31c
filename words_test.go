package hjemvej

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestR4_NothingKnowsWhetherThePersonTestified looks through every name that the
// program can be told something under: the API's document, the schema, and the
// code's own identifiers.
func TestR4_NothingKnowsWhetherThePersonTestified(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)police|politi|testif|testimon|witness|vidne|prosecut|investigat|interrogat`)
	each(t, func(path, text string) {
		switch {
		case path == "openapi.yaml" || strings.HasSuffix(path, ".sql"):
			if found := forbidden.FindString(text); found != "" {
				t.Errorf("%s speaks of %q", path, found)
			}
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			for _, line := range strings.Split(text, "\n") {
				code, _, _ := strings.Cut(line, "//")
				if found := forbidden.FindString(code); found != "" && !strings.HasSuffix(path, "neutral.go") {
					t.Errorf("%s has %q in its code", path, found)
				}
			}
		}
	})
}

// TestR8_WhatHappenedIsNoCategory holds the list of what consent can cover.
func TestR8_WhatHappenedIsNoCategory(t *testing.T) {
	schema, err := os.ReadFile("migrations/004_partners.sql")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)category\s+text NOT NULL CHECK \(category IN \((.*?)\)\)`).FindSubmatch(schema)
	if list == nil {
		t.Fatal("the schema no longer lists the categories")
	}
	got := strings.Join(strings.Fields(strings.ReplaceAll(strings.ReplaceAll(string(list[1]), "'", ""), ",", " ")), " ")
	if want := "identity contact travel health family housing_and_livelihood risk support_and_payments follow_up"; got != want {
		t.Errorf("consent can cover %s, want %s", got, want)
	}
}

// TestR11_ThePersonIsNeverCalledAVictim holds for every text of the project.
func TestR11_ThePersonIsNeverCalledAVictim(t *testing.T) {
	each(t, func(path, text string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "neutral.go") {
			return // they look for the word
		}
		if regexp.MustCompile(`(?i)\bvictims?\b`).MatchString(text) {
			t.Errorf("%s calls somebody a victim", path)
		}
	})
}

// each reads the project's own texts.
func each(t *testing.T, look func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.Contains(".go .sql .yaml .md .tmpl .json .svg", filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			look(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
