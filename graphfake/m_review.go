package graphfake

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A review is a definition with its instances.
type review struct {
	g                 *service
	id                string
	body              map[string]any // as it was sent
	terms             *terms
	created, modified time.Time
	creator           identity
	instances         []*instance
}

// An instance is one round of a review. It keeps the terms that held when it began.
type instance struct {
	review     *review
	terms      *terms
	id, status string
	start, end time.Time
	next       time.Time // when the status moves on, zero = not by itself
	remindAt   time.Time
	sweepAt    time.Time

	items     []*item
	stages    []*stage
	contacted []contact
	applier   identity
	doomed    []*item // applied, and still to be seen
}

// A stage is one part of an instance. Reviews without stages have one that is
// not shown.
type stage struct {
	terms      *stageTerms
	id, status string
	start, end time.Time
}

// An item is what is decided about one principal, or about one role of it.
type item struct {
	id             string
	principal      identity
	role, roleName string     // with Governance.DecisionPerRole
	upload         *uploadRow // in reviews of catalogs
	group          string     // the assigned group that it comes from, "" = assigned itself
	recommendation string
	votes          []vote // by stage; missing where it did not get that far
	auto           *vote
	out            bool // does not get to the next stage

	result, description string
	appliedAt           time.Time
	appliedBy           identity
}

// A vote is what was decided in one stage, and who may decide there.
type vote struct {
	reviewers               []string
	decision, justification string
	by                      identity
	at                      time.Time
}

// A contact is a reviewer who was asked.
type contact struct {
	identity
	at time.Time
}

// What there is for decisions that nobody made, and recommendations without a basis.
const (
	notReviewed = "NotReviewed"
	noInfo      = "NoInfoAvailable"
)

// final returns the last decision that was recorded, in whichever stage.
func (it *item) final() vote {
	if it.auto != nil {
		return *it.auto
	}
	for _, v := range slices.Backward(it.votes) {
		if v.decision != notReviewed {
			return v
		}
	}
	return vote{decision: notReviewed}
}

// gather takes the picture of who has access that the instance is about: later
// changes are left to the next one.
func (i *instance) gather(time.Time) {
	v := i.review.g.Store.View()
	sp := v.Get(schema.ServicePrincipals, i.terms.resource)
	if sp == nil {
		return
	}
	seen := map[string]bool{}
	add := func(principal, group string, a *object) {
		it := i.newItem(v, sp, principal, group, a)
		if key := it.principal.id + " " + it.role; it.principal.id != "" && !seen[key] {
			seen[key] = true
			i.items = append(i.items, it)
		}
	}
	all := slices.Collect(v.Live(schema.Assignments).Equal(schema.Assignments.Prop("resourceId"), sp.ID))
	for _, a := range all {
		add(a.Str("principalId"), "", a)
	}
	for _, a := range all {
		if !i.terms.members || v.Get(schema.Groups, a.Str("principalId")) == nil {
			continue
		}
		for _, id := range allMembers(v, a.Str("principalId")) {
			add(id, a.Str("principalId"), a)
		}
	}
}

// newItem makes the item of one assignment. It is without a principal where
// the review is not about it.
func (i *instance) newItem(v *state.View, sp *object, principal, group string, a *object) *item {
	u := v.Get(schema.Users, principal)
	if u == nil || i.terms.guests && u.Str("userType") != "Guest" {
		return &item{}
	}
	who := identityOf(v, u.ID)
	who.kind = "userIdentity"
	it := &item{id: i.review.g.NewID(), principal: who, group: group, result: resultNew, recommendation: noInfo}
	if i.terms.recommendations {
		it.recommendation = "Deny" // nobody signs in to the fake's applications
	}
	if i.review.g.DecisionPerRole {
		it.role = a.Str("appRoleId")
		it.roleName = field.Text(schema.Role(sp, it.role), "displayName")
	}
	return it
}

// ask opens the items for the reviewers of stage n, those that got that far, or
// names other reviewers for items that are open.
func (i *instance) ask(n int, at time.Time) {
	v := i.review.g.Store.View()
	for _, it := range i.items {
		if len(it.votes) < n || it.out {
			continue
		}
		if len(it.votes) == n {
			it.votes = append(it.votes, vote{decision: notReviewed})
		}
		reviewers := i.terms.stages[n].reviewersOf(v, it.principal.id)
		it.votes[n].reviewers = reviewers
		for _, id := range reviewers {
			if !slices.ContainsFunc(i.contacted, func(c contact) bool { return c.id == id }) {
				i.contacted = append(i.contacted, contact{identityOf(v, id), at})
			}
		}
	}
}

// moveOn tells whether anything gets from stage n, from 1, to the next one, and
// marks what does not. Where a stage does not say which decisions move on, all do.
func (i *instance) moveOn(n int) bool {
	any := false
	moves := i.terms.stages[n-1].moves
	for _, it := range i.items {
		if len(it.votes) != n || it.out {
			continue
		}
		if moves == nil || slices.Contains(moves, it.votes[n-1].decision) {
			any = true
			continue
		}
		it.out = true
	}
	return any
}

// A Reminder is a mail to the reviewers who have not decided everything yet.
type reminder struct {
	Time       time.Time
	InstanceID string
	Reviewers  []string // ids
	Asked      bool     // by sendReminder; else half-way, as the settings say
}

// remind records the reminder that is sent half-way through a stage.
func (i *instance) remind(at time.Time) {
	i.remindAt = time.Time{}
	i.sendReminder(at, false)
}

func (i *instance) sendReminder(at time.Time, asked bool) {
	r := reminder{Time: at, InstanceID: i.id, Asked: asked}
	for _, it := range i.items {
		if len(it.votes) != len(i.stages) || it.votes[len(i.stages)-1].decision != notReviewed {
			continue
		}
		for _, id := range it.votes[len(i.stages)-1].reviewers {
			if !slices.Contains(r.Reviewers, id) {
				r.Reviewers = append(r.Reviewers, id)
			}
		}
	}
	if len(r.Reviewers) > 0 {
		i.review.g.Reminders = append(i.review.g.Reminders, r)
	}
}

// AddReview checks a definition and stores it as a review with its first
// instance, which has not started. Catalogs can be reviewed only by the unified
// route.
func (g *service) AddReview(body map[string]any, unified bool, by identity, now time.Time) (*review, error) {
	t, err := g.readTerms(unified, body, now)
	if err != nil {
		return nil, err
	}
	r := &review{g: g, id: g.NewID(), body: body, terms: t, created: now, modified: now, creator: by}
	at, _ := t.begins(0)
	r.begin(at)
	g.Reviews = append(g.Reviews, r)
	return r, nil
}

// Replace takes a whole definition; only instances that have not begun follow it.
func (r *review) Replace(body map[string]any, unified bool, now time.Time) error {
	t, err := r.g.readTerms(unified, body, r.created)
	if err != nil {
		return err
	}
	if !sameReviewers(r.terms, t) && !(named(r.terms) && named(t)) {
		return badArgument("reviewers can be changed only from individual users to individual users")
	}
	r.body, r.terms, r.modified = body, t, now
	for _, i := range r.instances {
		if i.status == notStarted {
			i.terms = t
			i.start, _ = t.begins(0)
			i.end, i.next = i.start.AddDate(0, 0, t.days()), i.start.Add(r.g.Slip)
		}
	}
	return nil
}

func sameReviewers(a, b *terms) bool {
	return slices.EqualFunc(a.stages, b.stages, func(x, y stageTerms) bool { return slices.Equal(x.reviewers, y.reviewers) })
}

// named tells whether all reviewers are users that are named one by one.
func named(t *terms) bool {
	return !slices.ContainsFunc(t.stages, func(s stageTerms) bool {
		return slices.ContainsFunc(s.reviewers, func(q string) bool { return !strings.HasPrefix(q, "/users/") })
	})
}

// DeleteReview forgets a review: what it decided is not applied.
func (g *service) DeleteReview(r *review) {
	g.Reviews = slices.DeleteFunc(g.Reviews, func(x *review) bool { return x == r })
}

// Review finds a review by its id.
func (g *service) Review(id string) (*review, error) {
	return find(g.Reviews, func(r *review) string { return r.id }, "access review", id)
}

// Instance finds an instance of the review.
func (r *review) Instance(id string) (*instance, error) {
	return find(r.instances, func(i *instance) string { return i.id }, "access review instance", id)
}

// AnyInstance finds an instance of whichever review.
func (g *service) AnyInstance(id string) (*instance, error) {
	for _, r := range g.Reviews {
		if i, err := r.Instance(id); err == nil {
			return i, nil
		}
	}
	return nil, missing("access review instance", id)
}

// Running returns the instance in progress that the id of a review or of an
// instance stands for, nil if there is none.
func (g *service) Running(id string) *instance {
	for _, r := range g.Reviews {
		for _, i := range slices.Backward(r.instances) {
			if i.running() == nil && (i.id == id || r.id == id) {
				return i
			}
		}
	}
	return nil
}

// Item finds what is decided about one principal.
func (i *instance) Item(id string) (*item, error) {
	return find(i.items, func(it *item) string { return it.id }, "decision", id)
}

// Stage finds a stage that has begun.
func (i *instance) Stage(id string) (*stage, error) {
	return find(i.ShownStages(), func(st *stage) string { return st.id }, "stage", id)
}

// ShownStages returns the stages that have begun. A review without stageSettings has none.
func (i *instance) ShownStages() []*stage {
	if !i.terms.staged {
		return nil
	}
	return i.stages
}

// Status of the definition is that of its latest instance; between the
// instances of a series it stays InProgress (believed, not verified).
func (r *review) Status() string {
	last := r.instances[len(r.instances)-1]
	_, more := r.terms.begins(len(r.instances))
	if more && last.status != notStarted {
		return inProgress
	}
	return last.status
}
