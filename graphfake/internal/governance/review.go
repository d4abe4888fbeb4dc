package governance

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Review is a definition with its instances.
type Review struct {
	g                 *Service
	ID                string
	Body              map[string]any // as it was sent
	Terms             *terms
	Created, Modified time.Time
	Creator           Identity
	Instances         []*Instance
}

// An Instance is one round of a review. It keeps the terms that held when it began.
type Instance struct {
	Review     *Review
	Terms      *terms
	ID, Status string
	Start, End time.Time
	next       time.Time // when the status moves on, zero = not by itself
	remindAt   time.Time
	removeAt   time.Time

	Items     []*Item
	Stages    []*Stage
	Contacted []Contact
	applier   Identity
	toRemove  []*Item // applied, and still to be seen
}

// A Stage is one part of an instance. Reviews without stages have one that is
// not shown.
type Stage struct {
	Terms      *stageTerms
	ID, Status string
	Start, End time.Time
}

// An Item is what is decided about one principal, or about one role of it.
type Item struct {
	ID             string
	Principal      Identity
	Role, RoleName string     // with Governance.DecisionPerRole
	Upload         *UploadRow // in reviews of catalogs
	Group          string     // the assigned group that it comes from, "" = assigned itself
	Recommendation string
	Votes          []Vote // by stage; missing where it did not get that far
	auto           *Vote
	stopped        bool // does not get to the next stage

	Result, Description string
	AppliedAt           time.Time
	AppliedBy           Identity
}

// A Vote is what was decided in one stage, and who may decide there.
type Vote struct {
	Reviewers               []string
	Decision, Justification string
	By                      Identity
	At                      time.Time
}

// A Contact is a reviewer who was asked.
type Contact struct {
	Identity
	At time.Time
}

// What there is for decisions that nobody made, and recommendations without a basis.
const (
	notReviewed = "NotReviewed"
	noInfo      = "NoInfoAvailable"
)

// Final returns the last decision that was recorded, in whichever stage.
func (it *Item) Final() Vote {
	if it.auto != nil {
		return *it.auto
	}
	for _, v := range slices.Backward(it.Votes) {
		if v.Decision != notReviewed {
			return v
		}
	}
	return Vote{Decision: notReviewed}
}

// gather collects who has access now. Later changes are left to the next instance.
func (i *Instance) gather(time.Time) {
	v := i.Review.g.Store.View()
	sp := v.Get(schema.ServicePrincipals, i.Terms.Resource)
	if sp == nil {
		return
	}
	seen := map[string]bool{}
	add := func(principal, group string, a *state.Object) {
		it := i.newItem(v, sp, principal, group, a)
		if key := it.Principal.ID + " " + it.Role; it.Principal.ID != "" && !seen[key] {
			seen[key] = true
			i.Items = append(i.Items, it)
		}
	}
	all := slices.Collect(v.Live(schema.Assignments).Equal(schema.Assignments.Prop("resourceId"), sp.ID))
	for _, a := range all {
		add(a.Str("principalId"), "", a)
	}
	for _, a := range all {
		if !i.Terms.members || v.Get(schema.Groups, a.Str("principalId")) == nil {
			continue
		}
		for _, id := range allMembers(v, a.Str("principalId")) {
			add(id, a.Str("principalId"), a)
		}
	}
}

// newItem makes the item of one assignment. It is without a principal where
// the review is not about it.
func (i *Instance) newItem(v *state.View, sp *state.Object, principal, group string, a *state.Object) *Item {
	u := v.Get(schema.Users, principal)
	if u == nil || i.Terms.guests && u.Str("userType") != "Guest" {
		return &Item{}
	}
	who := IdentityOf(v, u.ID)
	who.Kind = "userIdentity"
	it := &Item{ID: i.Review.g.NewID(), Principal: who, Group: group, Result: resultNew, Recommendation: noInfo}
	if i.Terms.recommendations {
		it.Recommendation = "Deny" // nobody signs in to the fake's applications
	}
	if i.Review.g.DecisionPerRole {
		it.Role = a.Str("appRoleId")
		it.RoleName = field.Text(schema.Role(sp, it.Role), "displayName")
	}
	return it
}

// ask opens the items for the reviewers of stage n, those that got that far, or
// names other reviewers for items that are open.
func (i *Instance) ask(n int, at time.Time) {
	v := i.Review.g.Store.View()
	for _, it := range i.Items {
		if len(it.Votes) < n || it.stopped {
			continue
		}
		if len(it.Votes) == n {
			it.Votes = append(it.Votes, Vote{Decision: notReviewed})
		}
		reviewers := i.Terms.Stages[n].reviewersOf(v, it.Principal.ID)
		it.Votes[n].Reviewers = reviewers
		for _, id := range reviewers {
			if !slices.ContainsFunc(i.Contacted, func(c Contact) bool { return c.ID == id }) {
				i.Contacted = append(i.Contacted, Contact{IdentityOf(v, id), at})
			}
		}
	}
}

// passOn reports whether anything gets from stage n, from 1, to the next one, and
// marks what does not. Where a stage does not say which decisions move on, all do.
func (i *Instance) passOn(n int) bool {
	any := false
	moves := i.Terms.Stages[n-1].moves
	for _, it := range i.Items {
		if len(it.Votes) != n || it.stopped {
			continue
		}
		if moves == nil || slices.Contains(moves, it.Votes[n-1].Decision) {
			any = true
			continue
		}
		it.stopped = true
	}
	return any
}

// A Reminder is a mail to the reviewers who have not decided everything yet.
type Reminder struct {
	Time       time.Time
	InstanceID string
	Reviewers  []string // ids
	Asked      bool     // by sendReminder; else half-way, as the settings say
}

// remind records the reminder that is sent half-way through a stage.
func (i *Instance) remind(at time.Time) {
	i.remindAt = time.Time{}
	i.sendReminder(at, false)
}

func (i *Instance) sendReminder(at time.Time, asked bool) {
	r := Reminder{Time: at, InstanceID: i.ID, Asked: asked}
	for _, it := range i.Items {
		if len(it.Votes) != len(i.Stages) || it.Votes[len(i.Stages)-1].Decision != notReviewed {
			continue
		}
		for _, id := range it.Votes[len(i.Stages)-1].Reviewers {
			if !slices.Contains(r.Reviewers, id) {
				r.Reviewers = append(r.Reviewers, id)
			}
		}
	}
	if len(r.Reviewers) > 0 {
		i.Review.g.Reminders = append(i.Review.g.Reminders, r)
	}
}

// AddReview checks a definition and stores it as a review with its first
// instance, which has not started. Catalogs can be reviewed only by the unified
// route.
func (g *Service) AddReview(body map[string]any, unified bool, by Identity, now time.Time) (*Review, error) {
	t, err := g.readTerms(unified, body, now)
	if err != nil {
		return nil, err
	}
	r := &Review{g: g, ID: g.NewID(), Body: body, Terms: t, Created: now, Modified: now, Creator: by}
	at, _ := t.begins(0)
	r.begin(at)
	g.Reviews = append(g.Reviews, r)
	return r, nil
}

// Replace takes a whole definition; only instances that have not begun follow it.
func (r *Review) Replace(body map[string]any, unified bool, now time.Time) error {
	t, err := r.g.readTerms(unified, body, r.Created)
	if err != nil {
		return err
	}
	if !sameReviewers(r.Terms, t) && !(named(r.Terms) && named(t)) {
		return badArgument("reviewers can be changed only from individual users to individual users")
	}
	r.Body, r.Terms, r.Modified = body, t, now
	for _, i := range r.Instances {
		if i.Status == notStarted {
			i.Terms = t
			i.Start, _ = t.begins(0)
			i.End, i.next = i.Start.AddDate(0, 0, t.Days()), i.Start.Add(r.g.Slip)
		}
	}
	return nil
}

func sameReviewers(a, b *terms) bool {
	same := func(x, y stageTerms) bool { return slices.Equal(x.Reviewers, y.Reviewers) }
	return slices.EqualFunc(a.Stages, b.Stages, same)
}

// named reports whether all reviewers are users that are named one by one.
func named(t *terms) bool {
	return !slices.ContainsFunc(t.Stages, func(s stageTerms) bool {
		return slices.ContainsFunc(s.Reviewers, func(q string) bool { return !strings.HasPrefix(q, "/users/") })
	})
}

// DeleteReview forgets a review: what it decided is not applied.
func (g *Service) DeleteReview(r *Review) {
	g.Reviews = slices.DeleteFunc(g.Reviews, func(x *Review) bool { return x == r })
}

// Review finds a review by its id.
func (g *Service) Review(id string) (*Review, error) {
	return find(g.Reviews, func(r *Review) string { return r.ID }, "access review", id)
}

// Instance finds an instance of the review.
func (r *Review) Instance(id string) (*Instance, error) {
	return find(r.Instances, func(i *Instance) string { return i.ID }, "access review instance", id)
}

// AnyInstance finds an instance of whichever review.
func (g *Service) AnyInstance(id string) (*Instance, error) {
	for _, r := range g.Reviews {
		if i, err := r.Instance(id); err == nil {
			return i, nil
		}
	}
	return nil, missing("access review instance", id)
}

// Running returns the instance in progress that the id of a review or of an
// instance stands for, nil if there is none.
func (g *Service) Running(id string) *Instance {
	for _, r := range g.Reviews {
		for _, i := range slices.Backward(r.Instances) {
			if i.running() == nil && (i.ID == id || r.ID == id) {
				return i
			}
		}
	}
	return nil
}

// Item finds what is decided about one principal.
func (i *Instance) Item(id string) (*Item, error) {
	return find(i.Items, func(it *Item) string { return it.ID }, "decision", id)
}

// Stage finds a stage that has begun.
func (i *Instance) Stage(id string) (*Stage, error) {
	return find(i.ShownStages(), func(st *Stage) string { return st.ID }, "stage", id)
}

// ShownStages returns the stages that have begun. A review without stageSettings has none.
func (i *Instance) ShownStages() []*Stage {
	if !i.Terms.staged {
		return nil
	}
	return i.Stages
}

// Status of the definition is that of its latest instance; between the
// instances of a series it stays InProgress (believed, not verified).
func (r *Review) Status() string {
	last := r.Instances[len(r.Instances)-1]
	_, more := r.Terms.begins(len(r.Instances))
	if more && last.Status != notStarted {
		return inProgress
	}
	return last.Status
}
