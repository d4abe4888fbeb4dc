package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A document is what -json prints, for every command and also after an error:
// the members of the steps that were gone through are there, the others are not.
type document struct {
	Command string     `json:"command,omitempty"`
	Tenant  string     `json:"tenant,omitempty"`
	DryRun  bool       `json:"dryRun,omitempty"`
	Status  exitStatus `json:"status"`          // the exit status
	Error   string     `json:"error,omitempty"` // the line on standard error, without "govern: "
	Next    string     `json:"next,omitempty"`  // the command that goes on after an interrupt

	*matching                            // of the latest match; written from report
	Profile      *roster.Profile         `json:"profile,omitempty"`
	Decided      *decided                `json:"decided,omitempty"`
	Users        []newUser               `json:"users,omitempty"`
	Registration *entra.RegistrationPlan `json:"registration,omitempty"`
	Application  *entra.Application      `json:"application,omitempty"`
	Plan         *assign.Plan            `json:"plan,omitempty"`
	PlanFile     string                  `json:"planFile,omitempty"`
	Applied      *assign.Report          `json:"applied,omitempty"`
	Verification *assign.Verification    `json:"verification,omitempty"`
	Audit        []entra.Explanation     `json:"audit,omitempty"` // of what the verification misses

	Preflight       *governance.PreflightReport  `json:"preflight,omitempty"`
	JournalFile     string                       `json:"journalFile,omitempty"`
	History         *fulfill.History             `json:"history,omitempty"`
	Package         *governance.PackageReport    `json:"accessPackage,omitempty"`
	CustomData      *customData                  `json:"customData,omitempty"`
	Review          *governance.ReviewDefinition `json:"review,omitempty"`
	Rounds          []round                      `json:"rounds,omitempty"`
	Revocations     *fulfill.Revocations         `json:"revocations,omitempty"`
	RevocationsFile string                       `json:"revocationsFile,omitempty"`
	Tickets         *tickets                     `json:"tickets,omitempty"`
	Closure         *fulfill.Closure             `json:"closure,omitempty"`

	report      *match.Report
	registering bool // a registration is under way, or broke off
	reviewMade  bool // the review was created now
	uploaded    bool // the custom data was uploaded now
	packageMade bool // the package was requested now, for some or all
}

// matching is a match.Report as it writes itself, member by member, so that a
// match.Report can be read from a document.
type matching struct {
	Version  json.RawMessage `json:"version"`
	Complete json.RawMessage `json:"complete"`
	Counts   json.RawMessage `json:"counts"`
	Enabled  json.RawMessage `json:"enabled"`
	Rules    json.RawMessage `json:"rules"`
	Rosters  json.RawMessage `json:"rosters"`
	Rows     json.RawMessage `json:"rows"`
}

func (d *document) write(w io.Writer) error {
	if d.report != nil {
		text, err := json.Marshal(d.report)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &d.matching); err != nil {
			return err
		}
	}
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	if err := out.Encode(d); err != nil {
		return err
	}
	_, err := w.Write(roster.PrintableJSON(text.Bytes()))
	return err
}

// count returns how many new users are in a state.
func (d *document) count(state string) int {
	n := 0
	for _, u := range d.Users {
		if u.State == state {
			n++
		}
	}
	return n
}

// whatWasWritten says what was written before the program was broken off. A write that was
// under way then may have been made although nobody heard so.
func (d *document) whatWasWritten() string {
	var written []string
	if n, open := d.count(stateCreated), d.count(stateNotTried); n+open > 0 {
		written = append(written, fmt.Sprintf("%d of %s created", n, plural(n+open, "user")))
	}
	switch {
	case d.registering:
		written = append(written, "the registration begun")
	case d.Registration != nil && len(d.Registration.Steps) > 0 && d.Application != nil:
		written = append(written, "the application registered")
	}
	if d.Applied != nil {
		made, all := d.Applied.Count(assign.Done), plural(len(d.Applied.Results), "assignment")
		written = append(written, fmt.Sprintf("%d of %s written", made, all))
	}
	if d.reviewMade {
		written = append(written, "the access review created")
	}
	if d.uploaded {
		written = append(written, "the custom data uploaded")
	}
	if d.packageMade {
		written = append(written, "the access package requested as the report says")
	}
	if d.Tickets != nil && d.Tickets.Opened > 0 {
		written = append(written, fmt.Sprintf("%s opened", plural(d.Tickets.Opened, "ticket")))
	}
	if written == nil {
		return "nothing was written"
	}
	return enumerate(written) + "; a write that was under way may have been made, too"
}
