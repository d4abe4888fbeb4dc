package fulfill

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

// Before there were journals, a snapshot file kept who held what at one time, and a
// ledger beside it which losses had a ticket.
var (
	snapshotKind = document.Kind{Name: "rollcall snapshot", Version: 1}
	ledgerKind   = document.Kind{Name: "rollcall ticket ledger", Version: 1}
)

type snapshotDocument struct {
	document.Stamp
	ResourceID  string            `json:"resourceId"`
	Application string            `json:"application"`
	Taken       time.Time         `json:"taken"`
	Roles       map[string]string `json:"roles"`
	People      []snapshotPerson  `json:"people"`
	Hidden      []HiddenGroup     `json:"hidden"`
}

type snapshotPerson struct {
	PrincipalID   string     `json:"principalId"`
	PrincipalName string     `json:"principalName"`
	Disabled      bool       `json:"disabled"`
	Held          []HeldRole `json:"held"`
	Accounts      []struct {
		Key     string            `json:"key"`
		Rows    []assign.Source   `json:"rows"`
		Columns map[string]string `json:"columns"`
	} `json:"accounts"`
}

type ledgerDocument struct {
	document.Stamp
	ResourceID  string `json:"resourceId"`
	Application string `json:"application"`
	Tickets     []struct {
		Key     string   `json:"key"`
		Losses  []string `json:"losses"`
		Waiting any      `json:"waiting"`
	} `json:"tickets"`
}

// carryOver makes a journal of the snapshot at path, if there is one. The snapshot is
// kept beside it.
func carryOver(path string, app assign.App) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(data) == 0 || startsEntry(data)) {
		return nil
	}
	if err != nil {
		return err
	}
	journal, err := convert(data, path, app.ResourceID)
	if err != nil {
		return err
	}
	kept := path + ".old"
	if _, err := os.Lstat(kept); err == nil {
		if there, err := os.ReadFile(kept); err == nil && bytes.Equal(there, data) {
			return replaceFile(path, journal) // a run was cut off between the two files
		}
		return fmt.Errorf("the snapshot is to be kept as %s, which is there already; move that away", roster.Printable(kept))
	}
	if err := replaceFile(kept, data); err != nil {
		return err
	}
	return replaceFile(path, journal)
}

// convert returns the journal that a snapshot becomes. resourceID is of its application;
// "" means any.
func convert(data []byte, path, resourceID string) ([]byte, error) {
	var old snapshotDocument
	if err := snapshotKind.Decode(bytes.NewReader(data), &old); err != nil {
		return nil, journalKind.Refuse(assign.ErrMalformed, "it is no journal, and no snapshot of an older version: %v", err)
	}
	if err := snapshotKind.ForApplication(old.Application, old.ResourceID, cmp.Or(resourceID, old.ResourceID)); err != nil {
		return nil, err
	}
	opened, err := readLedger(path+".tickets", old.ResourceID)
	if err != nil {
		return nil, err
	}
	var journal []byte
	prev := ""
	for i, entry := range []Entry{
		{Kind: EntryBegun, Begun: &Begun{Version: journalKind.Version, ResourceID: strings.ToLower(old.ResourceID),
			Application: old.Application}},
		{Kind: EntryLook, Look: old.news()},
		{Kind: EntryCarried, Carried: opened},
		{Kind: EntryEnd},
	} {
		entry.Number, entry.Time, entry.Prev = i+1, old.Taken, prev
		line, digest, err := seal(entry)
		if err != nil {
			return nil, err
		}
		journal, prev = append(journal, line...), digest
	}
	return journal, nil
}

// news returns what the snapshot shows, as a look would.
func (old snapshotDocument) news() *News {
	news := &News{}
	for id, name := range old.Roles {
		news.Roles = append(news.Roles, Role{ID: strings.ToLower(id), DisplayName: name})
	}
	slices.SortFunc(news.Roles, func(a, b Role) int { return strings.Compare(a.ID, b.ID) })
	accounts := make(map[string]int) // places in news.Accounts, by name
	for _, p := range old.People {
		person := Person{ID: strings.ToLower(p.PrincipalID), Name: p.PrincipalName, Status: UserIsEnabled}
		if p.Disabled {
			person.Status = UserIsDisabled
		}
		for _, held := range p.Held {
			if held.gives() {
				held.Since, held.WasDirect = old.Taken, len(held.names(Directly)) > 0
				person.Held = append(person.Held, held)
			}
		}
		news.People = append(news.People, person)
		for _, a := range p.Accounts {
			i, known := accounts[accountKey(a.Key)]
			if !known {
				i = len(news.Accounts)
				accounts[accountKey(a.Key)] = i
				news.Accounts = append(news.Accounts, AppAccount{ID: fmt.Sprintf("2-%d", i+1), Key: a.Key,
					Rows: a.Rows, Columns: a.Columns, Since: old.Taken})
			}
			news.Accounts[i].People = union(news.Accounts[i].People, []string{person.ID})
		}
	}
	if len(old.Hidden) > 0 {
		news.Hidden = &old.Hidden
	}
	if len(news.Accounts) > 0 {
		news.List = &Export{Name: "the snapshot's list", Rows: len(news.Accounts)}
	}
	return news
}

// readLedger returns the losses that have an open ticket.
func readLedger(path, resourceID string) (opened []string, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ledger ledgerDocument
	if err := ledgerKind.Decode(bytes.NewReader(data), &ledger); err != nil {
		return nil, fmt.Errorf("%s: %w", roster.Printable(path), err)
	}
	if err := ledgerKind.ForApplication(ledger.Application, ledger.ResourceID, resourceID); err != nil {
		return nil, fmt.Errorf("%s: %w", roster.Printable(path), err)
	}
	further, err := os.ReadFile(path + ".opened") // of a delivery that was cut off
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, ticket := range ledger.Tickets {
		if ticket.Waiting == nil || slices.Contains(strings.Fields(string(further)), ticket.Key) {
			opened = append(opened, ticket.Losses...)
		}
	}
	return opened, nil
}
