package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-go/rollcall/entra"
)

//go:embed testdata/roster.csv testdata/exclusions.csv
var demoFiles embed.FS

// demoOptions is the command line of the demo:
//
//	govern run -roster roster.csv -exclude exclusions.csv -app CORPDB1 -role-column Role
//	  -match Email=userPrincipalName -match EmployeeID=employeeId
//	  -create 'displayName=Full name,userPrincipalName=Email,mailNickname=Alias,employeeId=EmployeeID'
//	  -snapshot CORPDB1.snapshot.json -account Login
//
// and then of review -reviewer … -auto-apply, status -do stop and
// revocations -webhook … -roster new-export.csv.
func demoOptions() options {
	return options{
		roster:  "testdata/roster.csv",
		exclude: "testdata/exclusions.csv",
		rules:   []rule{{"Email", "userPrincipalName"}, {"EmployeeID", "employeeId"}},
		app:     "CORPDB1", roleColumn: "Role", requireAssignment: true,
		create: entra.UserColumns{"displayName": "Full name", "userPrincipalName": "Email", "mailNickname": "Alias", "employeeId": "EmployeeID"},
		wait:   time.Minute,

		account: "Login", reviewers: []string{demoReviewer}, autoApply: true, webhook: "https://tickets.contoso.example/new",
	}
}

// demo shows the whole flow on the embedded tenant, and then that doing it
// again leaves nothing to do.
func (s *session) demo(ctx context.Context) error {
	s.command, s.opts, s.tutorial = "demo", demoOptions(), true
	s.roster, s.excluded = fromFS(demoFiles, s.opts.roster), fromFS(demoFiles, s.opts.exclude)
	if err := s.connect(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "govern-demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s.opts.snapshot = filepath.Join(folder, "CORPDB1.snapshot.json")
	s.introduce()
	if err := s.fullCircle(ctx); ctx.Err() != nil {
		return errors.New("interrupted; nothing of the demo is kept")
	} else if err != nil {
		return err
	}
	s.explain("To do the same with your own application: govern -h lists the steps and flags. " +
		"Begin with govern run -live -dry-run …, which writes nothing.")
	return nil
}

func (s *session) fullCircle(ctx context.Context) error {
	for _, part := range []func(context.Context) error{s.wholeFlow, s.secondRun, s.circle} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) introduce() {
	for _, line := range wrap(fmt.Sprintf("The accounts of %s, an application that supports no provisioning, are matched with "+
		"users in Microsoft Entra ID and assigned to its roles there, so that their access can be reviewed. "+
		"All of this happens on a made-up tenant of %d users in memory: nothing leaves this machine.",
		s.opts.app, demoPeople+3), screen) {
		s.say("%s\n", line)
	}
	s.heading("Collect the accounts of the application")
	s.explain("roster.csv is the application's export: one row per account, with a login, a name, an e-mail address, " +
		"an employee number where there is one, and a role. exclusions.csv lists the accounts that belong to nobody, " +
		"such as backup jobs, with their owner.")
}

// secondRun does everything again, without a word, and reports what it found to do.
func (s *session) secondRun(ctx context.Context) error {
	s.heading("Run it again")
	again := &session{command: s.command, opts: s.opts, in: s.in, out: &console{to: io.Discard}, err: s.err,
		roster: s.roster, excluded: s.excluded, tenant: s.tenant}
	if err := again.wholeFlow(ctx); err != nil {
		return err
	}
	d := &again.doc
	creatable := len(d.Users) - d.count(stateLacking)
	t := table{right: []bool{true}}
	t.add(fmt.Sprint(creatable), "users to create")
	t.add(fmt.Sprint(len(d.Registration.Steps)), "changes to the registration")
	t.add(fmt.Sprint(len(d.Plan.Changes)), "assignments to add or remove")
	t.print(s.out, 0)
	if left := creatable + len(d.Registration.Steps) + len(d.Plan.Changes); left > 0 {
		return fmt.Errorf("the second run found %d things to do", left)
	}
	s.explain("Nothing is left to do: a run that was stopped, or is repeated every night, does no harm.")
	return again.fallen
}
