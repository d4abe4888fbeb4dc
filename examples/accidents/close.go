package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// closing keeps in a journal who holds what, lets the tenant go wrong, and asks which
// accounts are to be closed. Nobody has lost anything.
func closing(ctx context.Context, s *scene) (r result, err error) {
	s.fake.ClearFaults()
	client, err := s.connect()
	if err != nil {
		return r, err
	}
	journal, remove, err := s.journal(ctx, client)
	if err != nil {
		return r, err
	}
	defer remove()
	s.fake.Inject(s.Tenant.Faults...)
	look, err := governance.New(client).Look(ctx, journal.State(), nil)
	if err != nil {
		r.said = "refuses: " + firstPart(err.Error())
		return r, nil
	}
	news, err := journal.State().Compare(look, nil)
	if err != nil {
		r.said = "refuses: " + firstPart(err.Error())
		return r, nil
	}
	list := news.Revocations()
	for _, account := range list.Accounts {
		if account.Action() != fulfill.LookInto {
			r.closed++
		}
	}
	r.said = fmt.Sprintf("lists %d accounts to close and %d to look into", r.closed, len(list.Accounts)-r.closed)
	for _, group := range list.Hidden {
		r.said += "; the members of " + group.Name + " are hidden"
	}
	return r, nil
}

// journal begins a journal with a look at the list and at the tenant.
func (s *scene) journal(ctx context.Context, client *entra.Client) (j *fulfill.Journal, remove func(), err error) {
	rows, err := roster.NewReader(strings.NewReader(s.List), nil)
	if err != nil {
		return nil, nil, err
	}
	report, err := match.Run(ctx, client, rows.Rows(), match.Column(s.Rule.Column, s.Rule.Attribute), nil)
	if err != nil {
		return nil, nil, err
	}
	app, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: name})
	if err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp("", "accidents")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	if j, err = fulfill.OpenJournal(filepath.Join(folder, "journal"), app.App(), nil); err == nil {
		remove = func() { _, _ = j.Close(), os.RemoveAll(folder) }
		err = begin(ctx, client, j, report, s.Rule.Column)
	}
	if err != nil {
		remove()
	}
	return j, remove, err
}

func begin(ctx context.Context, client *entra.Client, j *fulfill.Journal, report *match.Report, column string) error {
	look, err := governance.New(client).Look(ctx, j.State(),
		&governance.LookOptions{Report: report, List: &fulfill.ListOptions{Column: column}})
	if err != nil {
		return err
	}
	news, err := j.State().Compare(look, nil)
	if err != nil {
		return err
	}
	return j.Record(news)
}
