package graphfake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Review is the definition of an access review, for reading state.
// https://learn.microsoft.com/graph/api/resources/accessreviewscheduledefinition
type Review struct {
	ID, DisplayName, Status string
	ResourceID              string // of the service principal whose assignments are reviewed
	CreatedBy               string // id
	Instances               []ReviewInstance
}

// A ReviewInstance is one round of a review.
type ReviewInstance struct {
	ID, Status string
	Start, End time.Time
	Stages     int // how many have begun; 1 while a review without stages runs
	Decisions  []ReviewDecision
	Contacted  []string // ids of the reviewers who were asked
}

// A ReviewDecision is the decision about one principal in an instance, and its
// result. Decision is the last one that was recorded, in any stage.
type ReviewDecision struct {
	ID, PrincipalID, AppRoleID          string   // AppRoleID with Governance.DecisionPerRole
	Group                               string   // id of the assigned group that access comes from, "" = assigned itself
	Reviewers                           []string // who may decide in the stage that came last
	Decision, Justification, ReviewerID string
	Recommendation                      string
	ApplyResult                         string
	ReviewedAt, AppliedAt               time.Time
}

// A Decision is what a reviewer does in the portal.
type Decision struct {
	Review        string // id of the definition, whose running instance is meant, or of an instance
	Principal     string // id or user principal name of who is decided about
	AppRoleID     string // with Governance.DecisionPerRole; "" = all roles
	Decision      string // Approve, Deny, DontKnow or NotReviewed
	Justification string
	Reviewer      string // id or user principal name; "" = the first of those who may decide
}

// A Reminder is a mail to the reviewers who have not decided everything yet.
type Reminder struct {
	Time       time.Time
	InstanceID string
	Reviewers  []string // ids
	Asked      bool     // by sendReminder; otherwise half-way, as the settings say
}

// AddReview creates an access review from the JSON that a client would send.
// It panics if the service would refuse it.
func (s *Server) AddReview(definition string) Review {
	d := json.NewDecoder(strings.NewReader(definition))
	d.UseNumber()
	var body map[string]any
	if err := d.Decode(&body); err != nil {
		panic("graphfake: definition of a review: " + err.Error())
	}
	now := s.gov.open()
	defer s.gov.mu.Unlock()
	r, err := s.gov.AddReview(body, false, governance.Identity{ID: anyApp}, now)
	if err != nil {
		panic("graphfake: definition of a review: " + err.Error())
	}
	return publicReview(r)
}

// Reviews returns all access reviews, in order of creation.
func (s *Server) Reviews() []Review {
	s.gov.open()
	defer s.gov.mu.Unlock()
	return convert(s.gov.Reviews, publicReview)
}

// Review returns the access review with the id of a definition or instance.
func (s *Server) Review(id string) (Review, bool) {
	for _, r := range s.Reviews() {
		if r.ID == id || slices.ContainsFunc(r.Instances, func(i ReviewInstance) bool { return i.ID == id }) {
			return r, true
		}
	}
	return Review{}, false
}

// Reminders returns the reminders that were sent to reviewers, in order.
func (s *Server) Reminders() []Reminder {
	s.gov.open()
	defer s.gov.mu.Unlock()
	return convert(s.gov.Service.Reminders, func(r governance.Reminder) Reminder {
		r.Reviewers = slices.Clone(r.Reviewers)
		return Reminder(r)
	})
}

// Decide records a decision as a reviewer does in the portal. It fails where
// the portal does not offer it: no such review or principal, a review that
// does not run, somebody who is not a reviewer, a justification that is missing.
func (s *Server) Decide(d Decision) error {
	now := s.gov.open()
	defer s.gov.mu.Unlock()
	i := s.gov.Running(d.Review)
	if i == nil {
		return fmt.Errorf("decide: no instance of a review %q is in progress", d.Review)
	}
	v := s.store.View()
	principal, reviewer := userID(v, d.Principal), userID(v, d.Reviewer)
	found := false
	for _, it := range i.Items {
		if it.Principal.ID != principal || d.AppRoleID != "" && it.Role != d.AppRoleID {
			continue
		}
		found = true
		may := i.ReviewersOf(it)
		by := reviewer
		switch {
		case by == "" && len(may) > 0:
			by = may[0]
		case !slices.Contains(may, by):
			return fmt.Errorf("decide about %s: %q is none of its reviewers: %q", d.Principal, d.Reviewer, may)
		}
		err := i.Decide(it, governance.Vote{Decision: d.Decision, Justification: d.Justification,
			By: governance.IdentityOf(v, by), At: now})
		if err != nil {
			return fmt.Errorf("decide about %s: %w", d.Principal, err)
		}
	}
	if !found {
		return fmt.Errorf("decide: %s is not reviewed", d.Principal)
	}
	return nil
}

// userID returns the id of a user who is named by it or by user principal name.
func userID(v *state.View, name string) string {
	if u := findUser(v, name); u != nil {
		return u.ID
	}
	return name
}

func publicReview(r *governance.Review) Review {
	return Review{
		ID: r.ID, DisplayName: r.Terms.Name, Status: r.Status(), ResourceID: r.Terms.Resource,
		CreatedBy: r.Creator.ID, Instances: convert(r.Instances, publicInstance),
	}
}

func publicInstance(i *governance.Instance) ReviewInstance {
	p := ReviewInstance{ID: i.ID, Status: i.Status, Start: i.Start, End: i.End, Stages: len(i.Stages)}
	for _, c := range i.Contacted {
		p.Contacted = append(p.Contacted, c.ID)
	}
	for _, it := range i.Items {
		v := it.Final()
		d := ReviewDecision{
			ID: it.ID, PrincipalID: it.Principal.ID, AppRoleID: it.Role, Group: it.Group,
			Decision: v.Decision, Justification: v.Justification, ReviewerID: v.By.ID, ReviewedAt: v.At,
			Recommendation: it.Recommendation, ApplyResult: it.Result, AppliedAt: it.AppliedAt,
		}
		if n := len(it.Votes); n > 0 {
			d.Reviewers = slices.Clone(it.Votes[n-1].Reviewers)
		}
		p.Decisions = append(p.Decisions, d)
	}
	return p
}

// convert returns the list with each item converted.
func convert[A, B any](list []A, one func(A) B) []B {
	out := make([]B, len(list))
	for i, x := range list {
		out[i] = one(x)
	}
	return out
}
