package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/graphfake"
)

// circle goes on after the import: the review, what happens while it runs, the
// accounts to close, and the proof that they are.
func (s *session) circle(ctx context.Context) error {
	app := s.doc.Application
	life := newDemoLife(s.tenant.fake, app.ServicePrincipalID)
	if err := s.preflight(ctx, governance.PreflightRequest{Steps: []governance.Step{governance.StepReview, governance.StepFollow}}, false); err != nil {
		return err
	}
	review, err := s.review(ctx, app)
	if err != nil {
		return err
	}
	if err := s.letTimePass(ctx, life, review); err != nil {
		return err
	}
	snapshot, err := readSnapshot(s.opts.snapshot)
	if err != nil {
		return err
	}
	desk := &demoDesk{}
	s.tenant.desk = desk
	ticketer, err := s.webhook()
	if err != nil {
		return err
	}
	export := s.newExport(life)
	s.roster = source{}
	if err := s.revocations(ctx, snapshot, ticketer); err != nil {
		return err
	}
	s.explain("A ticket reads: %s. Running this again opens no second one.", desk.first)
	s.roster = export
	return s.prove(snapshot, s.doc.Revocations)
}

// letTimePass makes the days of the review go by: reviewers decide, people
// leave, and the round is stopped before its end.
func (s *session) letTimePass(ctx context.Context, life *demoLife, review *governance.ReviewDefinition) error {
	if err := s.untilItRuns(ctx, review.ID); err != nil {
		return err
	}
	if err := life.happen(review.ID); err != nil {
		return err
	}
	s.opts.do = "stop"
	if err := s.status(ctx, review); err != nil {
		return err
	}
	s.explain("Its reviewer has decided, and meanwhile somebody was deleted, somebody blocked from sign-in, and somebody's "+
		"role removed by hand. The round is stopped early, so that nobody has to wait %d days.", stageDays)
	last := s.doc.Rounds[len(s.doc.Rounds)-1]
	_, err := governance.New(s.tenant.client).WaitReview(ctx, review, last.ID, &governance.WaitReviewOptions{Interval: s.tenant.interval, For: s.opts.wait})
	if err != nil {
		return err
	}
	return pause(ctx, demoLag) // what was removed can be seen for as long
}

func (s *session) untilItRuns(ctx context.Context, reviewID string) error {
	for {
		rounds, err := governance.New(s.tenant.client).ReviewInstances(ctx, reviewID)
		if err != nil || len(rounds) > 0 && rounds[0].Status.Is(governance.ReviewInProgress) {
			return err
		}
		if err := pause(ctx, s.tenant.interval); err != nil {
			return err
		}
	}
}

// A demoLife is what happens to people while the review runs.
type demoLife struct {
	fake                      *graphfake.Server
	app                       string
	denied                    []string // user principal names
	removed, deleted, blocked string
}

// newDemoLife chooses whom it happens to, and gives one of them the role
// through a group as well, which no review takes away.
func newDemoLife(fake *graphfake.Server, app string) *demoLife {
	var names []string
	for _, a := range fake.Assignments(app) {
		if user, ok := fake.User(a.PrincipalID); ok && !user.Disabled {
			names = append(names, user.UserPrincipalName)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	life := &demoLife{fake: fake, app: app, denied: []string{names[4], names[17], names[30], names[43]}, removed: names[9], deleted: names[22], blocked: names[35]}
	member, _ := fake.User(life.denied[3])
	group := fake.AddGroup(graphfake.Group{DisplayName: "Branch managers", Members: []string{member.ID}})
	fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: group.ID, ResourceID: app, AppRoleID: life.rolesOf(member.ID)[0].AppRoleID})
	return life
}

func (l *demoLife) rolesOf(user string) (held []graphfake.AppRoleAssignment) {
	for _, a := range l.fake.Assignments(l.app) {
		if a.PrincipalID == user {
			held = append(held, a)
		}
	}
	return held
}

func (l *demoLife) happen(review string) error {
	for _, user := range l.fake.Users() {
		decision := "Approve"
		switch {
		case slices.Contains(l.denied, user.UserPrincipalName):
			decision = "Deny"
		case len(l.rolesOf(user.ID)) == 0 || user.Disabled:
			continue // not reviewed, or nobody gets round to it
		}
		err := l.fake.Decide(graphfake.Decision{Review: review, Principal: user.ID, Decision: decision, Justification: "asked the department"})
		if err != nil {
			return err
		}
	}
	removed, _ := l.fake.User(l.removed)
	blocked, _ := l.fake.User(l.blocked)
	l.fake.DeleteUser(l.deleted)
	return l.byHand(http.MethodPatch, "/users/"+blocked.ID, `{"accountEnabled":false}`,
		http.MethodDelete, "/servicePrincipals/"+l.app+"/appRoleAssignedTo/"+l.rolesOf(removed.ID)[0].ID, "")
}

// byHand makes requests as an administrator does in the portal: method, path, body.
func (l *demoLife) byHand(requests ...string) error {
	for r := range slices.Chunk(requests, 3) {
		req, err := http.NewRequest(r[0], graph.DefaultEndpoint+r[1], strings.NewReader(r[2]))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := l.fake.Transport().RoundTrip(req)
		if err != nil {
			return err
		}
		res.Body.Close()
		if res.StatusCode >= 300 {
			return fmt.Errorf("%s %s: status %d", r[0], r[1], res.StatusCode)
		}
	}
	return nil
}

// newExport is the application's export after most of the accounts were closed,
// and after the row that could not be read was corrected.
func (s *session) newExport(life *demoLife) source {
	open := s.roster.open
	closed := []string{life.denied[0], life.denied[1], life.removed, life.deleted}
	return source{"new-export.csv", func() (io.ReadCloser, error) {
		file, err := open()
		if err != nil {
			return nil, err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		var left bytes.Buffer
		corrected := strings.Replace(string(text), "Dubois, Clément", "Clément Dubois", 1)
		for line := range strings.Lines(corrected) {
			gone := func(name string) bool { return strings.Contains(strings.ToLower(line), strings.ToLower(name)) }
			if !slices.ContainsFunc(closed, gone) {
				left.WriteString(line)
			}
		}
		return io.NopCloser(&left), err
	}}
}

// A demoDesk takes tickets and remembers the first.
type demoDesk struct{ first string }

func (d *demoDesk) RoundTrip(r *http.Request) (*http.Response, error) {
	var ticket assign.Ticket
	if err := json.NewDecoder(r.Body).Decode(&ticket); err != nil {
		return nil, err
	}
	if d.first == "" {
		d.first = ticket.Summary
	}
	return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// demoLag is how far the embedded tenant's replicas are behind.
const demoLag = 800 * time.Millisecond
