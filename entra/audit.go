package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// An AuditEntry is what the tenant's audit log says of an assignment to a user.
// https://learn.microsoft.com/graph/api/resources/directoryaudit
type AuditEntry struct {
	At          time.Time `json:"at"`
	Activity    string    `json:"activity"` // such as "Add app role assignment grant to user"
	Result      string    `json:"result"`   // success, failure or timeout
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by,omitempty"` // a user principal name, or the name of an application
	PrincipalID string    `json:"principalId"`
	AppRoleID   string    `json:"appRoleId,omitempty"` // "" if the entry does not say which
}

// removes reports whether the entry is about a removal.
func (e AuditEntry) removes() bool { return strings.HasPrefix(strings.ToLower(e.Activity), "remove") }

// String says for people what happened.
func (e AuditEntry) String() string {
	what := "made"
	if e.removes() {
		what = "taken away"
	}
	text := what + " at " + auditTime(e.At)
	if !strings.EqualFold(e.Result, "success") {
		text = fmt.Sprintf("not %s: %s: %s", text, e.Result, cmp.Or(e.Reason, "no reason is given"))
	}
	if e.By != "" {
		text += ", by " + e.By
	}
	return roster.Printable(text)
}

func auditTime(t time.Time) string { return t.UTC().Format("15:04:05 UTC on 2 January 2006") }

// An Explanation is what the audit log says of a change that can't be seen.
type Explanation struct {
	Change  assign.Change `json:"change"`
	Entries []AuditEntry  `json:"entries"` // the oldest first
	Cause   string        `json:"cause"`   // for people
}

// AuditOptions are the options of [Client.ExplainChanges].
type AuditOptions struct {
	// Wait is how long to look for entries, which come minutes late; 0 means that it
	// looks once. Interval is the time between two looks; 0 means 10 s.
	Wait, Interval time.Duration
}

// ExplainChanges looks up in the audit log what became of changes of an application's
// assignments since a time: whether they were made, failed, or were undone by somebody.
// It looks again until each has an entry that tells, or Options.Wait is over; what has
// none by then says so. Without the permission the error is a [graph.ErrForbidden].
// Permission: AuditLog.Read.All; the tenant needs Microsoft Entra ID P1 or P2.
// https://learn.microsoft.com/graph/api/directoryaudit-list
func (c *Client) ExplainChanges(ctx context.Context, servicePrincipalID string, changes []assign.Change,
	since time.Time, opts *AuditOptions) ([]Explanation, error) {
	o := *cmp.Or(opts, new(AuditOptions))
	if o.Wait < 0 || o.Interval < 0 {
		return nil, errors.New("explain changes: Wait and Interval can't be negative")
	}
	interval := cmp.Or(o.Interval, 10*time.Second)
	for began := time.Now(); ; {
		entries, err := c.auditEntries(ctx, servicePrincipalID, since)
		if err != nil {
			return nil, err
		}
		explained, open := make([]Explanation, len(changes)), false
		for i, change := range changes {
			var final bool
			explained[i], final = explain(change, entries, since)
			open = open || !final
		}
		if !open || time.Since(began)+interval > o.Wait {
			return explained, nil
		}
		if err := graph.Sleep(ctx, interval); err != nil {
			return explained, err
		}
	}
}

// explain says what the entries make of a change, and whether they can tell: the opposite,
// before the time, is rather why the change was made than what became of it.
func explain(change assign.Change, entries []AuditEntry, since time.Time) (e Explanation, final bool) {
	e = Explanation{Change: change, Entries: []AuditEntry{}}
	for _, entry := range entries {
		if strings.EqualFold(entry.PrincipalID, change.PrincipalID) &&
			(entry.AppRoleID == "" || strings.EqualFold(entry.AppRoleID, change.AppRoleID)) {
			e.Entries = append(e.Entries, entry)
		}
	}
	if len(e.Entries) == 0 {
		e.Cause = "no entry since " + auditTime(since) + "; entries come minutes late"
		return e, false
	}
	last := e.Entries[len(e.Entries)-1]
	e.Cause = last.String()
	switch {
	case last.removes() == (change.Action == assign.Remove) && strings.EqualFold(last.Result, "success"):
		e.Cause += ", and not visible yet: verify again later"
	case last.At.Before(since):
		e.Cause += ", which seems to be before the change; entries come minutes late"
		return e, false
	}
	return e, true
}

// An auditObject is an entry as Graph sends it. Values are JSON inside of text.
type auditObject struct {
	ID                   string
	ActivityDateTime     time.Time
	ActivityDisplayName  string
	Result, ResultReason string
	InitiatedBy          struct {
		User struct{ DisplayName, UserPrincipalName string }
		App  struct{ DisplayName string }
	}
	TargetResources []struct {
		ID, Type           string
		ModifiedProperties []struct{ DisplayName, OldValue, NewValue string }
	}
}

// auditSkew is how far the clocks of this machine and of the service may be apart.
const auditSkew = 5 * time.Minute

// auditEntries returns the entries about assignments of a service principal to users.
func (c *Client) auditEntries(ctx context.Context, servicePrincipalID string, since time.Time) ([]AuditEntry, error) {
	filter := fmt.Sprintf("activityDateTime ge %s and targetResources/any(t:t/id eq %s)",
		since.Add(-auditSkew).UTC().Format("2006-01-02T15:04:05Z"), match.Literal(servicePrincipalID))
	request := graph.Request{Op: OpReadAudit,
		Path: "/auditLogs/directoryAudits?" + graph.EncodeQuery(url.Values{"$filter": {filter}})}
	objects, err := graph.Collect(OpReadAudit, graph.Pages[auditObject](ctx, c.conn, request),
		func(o auditObject) string { return o.ID })
	if err != nil {
		return nil, err
	}
	var entries []AuditEntry
	for _, object := range objects {
		if entry := object.entry(); strings.Contains(strings.ToLower(entry.Activity), "app role assignment") {
			entries = append(entries, entry)
		}
	}
	slices.SortStableFunc(entries, func(a, b AuditEntry) int { return a.At.Compare(b.At) })
	return entries, nil
}

// entry finds out about whom an entry is: properties of the service principal name user
// and role, and a user may be a target of its own.
func (o auditObject) entry() AuditEntry {
	e := AuditEntry{At: o.ActivityDateTime, Activity: o.ActivityDisplayName, Result: o.Result, Reason: o.ResultReason,
		By: cmp.Or(o.InitiatedBy.User.UserPrincipalName, o.InitiatedBy.User.DisplayName, o.InitiatedBy.App.DisplayName)}
	for _, target := range o.TargetResources {
		if strings.EqualFold(target.Type, "User") {
			e.PrincipalID = target.ID
		}
		for _, property := range target.ModifiedProperties {
			switch value := unquote(cmp.Or(property.NewValue, property.OldValue)); property.DisplayName {
			case "User.ObjectID":
				e.PrincipalID = value
			case "AppRole.Id":
				e.AppRoleID = value
			}
		}
	}
	return e
}

// unquote returns the text that a value holds as JSON, or the value as it is.
func unquote(value string) string {
	var text string
	if json.Unmarshal([]byte(value), &text) != nil {
		return value
	}
	return text
}
