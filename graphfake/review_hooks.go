package graphfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
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

// A ReviewDecision is what became of one principal in an instance. Decision is
// the last one that was recorded, in whichever stage.
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

// AddReview creates an access review from the JSON that a client would send.
// It panics if the service would refuse it.
func (s *Server) AddReview(definition string) Review {
	d := json.NewDecoder(strings.NewReader(definition))
	d.UseNumber()
	var body map[string]any
	if err := d.Decode(&body); err != nil {
		panic("graphfake: definition of a review: " + err.Error())
	}
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.run(now)
	rq := &request{s: s, method: post, path: reviews}
	t, err := g.readTerms(rq, body, now)
	if err != nil {
		panic("graphfake: definition of a review: " + err.message)
	}
	return g.addReview(body, t, identity{id: anyApp}, now).public()
}

// Reviews returns all access reviews, in order of creation.
func (s *Server) Reviews() []Review {
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	g.run(time.Now())
	list := make([]Review, len(g.reviews))
	for i, r := range g.reviews {
		list[i] = r.public()
	}
	return list
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
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	g.run(time.Now())
	list := slices.Clone(g.reminders)
	for i := range list {
		list[i].Reviewers = slices.Clone(list[i].Reviewers)
	}
	return list
}

// Decide records a decision as a reviewer does in the portal. It fails where
// the portal does not offer it: no such review or principal, a review that
// does not run, somebody who is not a reviewer, a justification that is missing.
func (s *Server) Decide(d Decision) error {
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.run(now)
	i := g.running(d.Review)
	if i == nil {
		return fmt.Errorf("decide: no instance of a review %q is in progress", d.Review)
	}
	v := s.store.View()
	principal, reviewer := d.Principal, d.Reviewer
	for _, name := range []*string{&principal, &reviewer} {
		if u := findUser(v, *name); u != nil {
			*name = u.ID
		}
	}
	found := false
	for _, it := range i.items {
		if it.principal.id != principal || d.AppRoleID != "" && it.role != d.AppRoleID {
			continue
		}
		found = true
		if err := i.decideAs(it, d, reviewer, now); err != nil {
			return fmt.Errorf("decide about %s: %w", d.Principal, err)
		}
	}
	if !found {
		return fmt.Errorf("decide: %s is not reviewed", d.Principal)
	}
	return nil
}

// running returns the instance in progress that an id stands for.
func (g *governance) running(id string) *instance {
	for _, r := range g.reviews {
		for _, i := range slices.Backward(r.instances) {
			if i.running() == nil && (i.id == id || r.id == id) {
				return i
			}
		}
	}
	return nil
}

func (i *instance) decideAs(it *item, d Decision, reviewer string, now time.Time) error {
	var may []string
	if i.open(it) {
		may = i.vote(it).reviewers
	}
	switch {
	case reviewer == "" && len(may) > 0:
		reviewer = may[0]
	case !slices.Contains(may, reviewer):
		return fmt.Errorf("%q is none of its reviewers: %q", d.Reviewer, may)
	}
	if err := i.decide(it, d.Decision, d.Justification, identityOf(i.review.g.s.store.View(), reviewer), now); err != nil {
		return errors.New(err.message)
	}
	return nil
}

func (r *review) public() Review {
	p := Review{ID: r.id, DisplayName: r.terms.name, Status: r.status(), ResourceID: r.terms.resource, CreatedBy: r.creator.id}
	for _, i := range r.instances {
		p.Instances = append(p.Instances, i.public())
	}
	return p
}

func (i *instance) public() ReviewInstance {
	p := ReviewInstance{ID: i.id, Status: i.status, Start: i.start, End: i.end, Stages: len(i.stages)}
	for _, c := range i.contacted {
		p.Contacted = append(p.Contacted, c.id)
	}
	for _, it := range i.items {
		v := it.final()
		d := ReviewDecision{ID: it.id, PrincipalID: it.principal.id, AppRoleID: it.role, Group: it.group, Decision: v.decision,
			Justification: v.justification, ReviewerID: v.by.id, Recommendation: it.recommendation, ApplyResult: it.result, ReviewedAt: v.at, AppliedAt: it.appliedAt}
		if n := len(it.votes); n > 0 {
			d.Reviewers = slices.Clone(it.votes[n-1].reviewers)
		}
		p.Decisions = append(p.Decisions, d)
	}
	return p
}
