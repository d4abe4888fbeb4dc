package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// closing keeps who holds what, lets the tenant go wrong, and asks which accounts
// are to be closed. Nobody has lost anything.
func closing(ctx context.Context, s *scene) (r result, err error) {
	s.fake.ClearFaults()
	client, err := s.connect()
	if err != nil {
		return r, err
	}
	reviews := governance.New(client)
	snapshot, err := s.snapshot(ctx, client, reviews)
	if err != nil {
		return r, err
	}
	s.fake.Inject(s.Tenant.Faults...)
	present, err := reviews.Present(ctx, snapshot, nil)
	if err != nil {
		r.said = "refuses: " + firstPart(err.Error())
		return r, nil
	}
	list, err := fulfill.NewRevocations(snapshot, present, nil)
	if err != nil {
		r.said = "refuses: " + firstPart(err.Error())
		return r, nil
	}
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

func (s *scene) snapshot(ctx context.Context, client *entra.Client, reviews *governance.Client) (
	fulfill.Snapshot, error,
) {
	rows, err := roster.NewReader(strings.NewReader(s.List), nil)
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	report, err := match.Run(ctx, client, rows.Rows(), match.Column(s.Rule.Column, s.Rule.Attribute), nil)
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	var ids []string
	for o := range report.Found(nil) {
		ids = append(ids, o.User.ID)
	}
	access, err := reviews.AccessOf(ctx, s.sp, ids)
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	app, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: name})
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	return fulfill.NewSnapshot(app.App(), report.Found(nil), access, time.Now(),
		&fulfill.SnapshotOptions{Column: s.Rule.Column})
}
