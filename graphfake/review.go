package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

const definitionSet = "identityGovernance/accessReviews/definitions"

// https://learn.microsoft.com/graph/api/accessreviewset-list-definitions
func listReviews(rq *request, g *governance) (response, *graphError) {
	c := collection{set: definitionSet, filterable: []string{"status"}, contains: []string{"scope/microsoft.graph.accessReviewQueryScope/query"}}
	return rq.govList(over(c, g.reviews, func(r *review) entity { return r.entity() }))
}

// createReview answers with a createdDateTime that means nothing, as the
// service does.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func createReview(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	now := time.Now()
	t, err := g.readTerms(rq, body, now)
	if err != nil {
		return response{}, err
	}
	r := g.addReview(body, t, rq.callerIdentity(), now)
	e := r.entity()
	for i := range e {
		if e[i].name == "createdDateTime" {
			e[i].value = "0001-01-01T00:00:00Z"
		}
	}
	rsp, err := rq.govOne(http.StatusCreated, definitionSet, e)
	rsp.header = header1("Location", rq.base+"/"+definitionSet+"/"+r.id)
	return rsp, err
}

// addReview stores a review with its first instance, which has not started.
func (g *governance) addReview(body map[string]any, t *terms, by identity, now time.Time) *review {
	r := &review{g: g, id: g.s.newID(), body: body, terms: t, created: now, modified: now, creator: by}
	at, _ := t.begins(0)
	r.begin(at)
	g.reviews = append(g.reviews, r)
	return r
}

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-get
func getReview(rq *request, g *governance) (response, *graphError) {
	r, err := g.review(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, definitionSet, r.entity())
}

// replaceReview takes a whole definition; only instances that have not begun
// follow it.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-update
func replaceReview(rq *request, g *governance) (response, *graphError) {
	r, err := g.review(rq)
	if err != nil {
		return response{}, err
	}
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	t, err := g.readTerms(rq, body, r.created)
	if err != nil {
		return response{}, err
	}
	if !sameReviewers(r.terms, t) && !(named(r.terms) && named(t)) {
		return response{}, invalidReview("AccessReviewArgumentException: reviewers can be changed only from individual users to individual users")
	}
	r.body, r.terms, r.modified = body, t, time.Now()
	for _, i := range r.instances {
		if i.status == notStarted {
			i.terms = t
			i.start, _ = t.begins(0)
			i.end, i.next = i.start.AddDate(0, 0, t.days()), i.start.Add(g.Slip)
		}
	}
	return noContent(), nil
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

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-delete
func deleteReview(rq *request, g *governance) (response, *graphError) {
	r, err := g.review(rq)
	if err != nil {
		return response{}, err
	}
	g.reviews = slices.DeleteFunc(g.reviews, func(x *review) bool { return x == r })
	return noContent(), nil
}

func (g *governance) review(rq *request) (*review, *graphError) {
	id := rq.param("definition").Value
	for _, r := range g.reviews {
		if strings.EqualFold(r.id, id) {
			return r, nil
		}
	}
	return nil, notInGovernance("access review", id)
}

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-list-instances
func listInstances(rq *request, g *governance) (response, *graphError) {
	r, err := g.review(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: definitionSet + "('" + r.id + "')/instances", filterable: []string{"status"}}
	return rq.govList(over(c, r.instances, (*instance).entity))
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-get
func getInstance(rq *request, g *governance) (response, *graphError) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, definitionSet+"('"+i.review.id+"')/instances", i.entity())
}

func (g *governance) instance(rq *request) (*instance, *graphError) {
	r, err := g.review(rq)
	if err != nil {
		return nil, err
	}
	id := rq.param("instance").Value
	for _, i := range r.instances {
		if strings.EqualFold(i.id, id) {
			return i, nil
		}
	}
	return nil, notInGovernance("access review instance", id)
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-list-contactedreviewers
func listContacted(rq *request, g *governance) (response, *graphError) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: definitionSet + "('" + i.review.id + "')/instances('" + i.id + "')/contactedReviewers"}
	return rq.govList(over(c, i.contacted, func(x contact) entity {
		return entity{{"id", x.id}, {"displayName", x.name}, {"userPrincipalName", x.upn}, {"createdDateTime", stampOrNil(x.at)}}
	}))
}

// A review is a definition with its instances.
type review struct {
	g                 *governance
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
	v := i.review.g.s.store.View()
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
	it := &item{id: i.review.g.s.newID(), principal: who, group: group, result: resultNew, recommendation: noInfo}
	if i.terms.recommendations {
		it.recommendation = "Deny" // nobody signs in to the fake's applications
	}
	if i.review.g.DecisionPerRole {
		it.role, it.roleName = a.Str("appRoleId"), roleName(sp, a.Str("appRoleId"))
	}
	return it
}

func roleName(sp *object, role string) string {
	for _, r := range rolesOf(sp) {
		if strings.EqualFold(r.ID, role) {
			return r.DisplayName
		}
	}
	return ""
}

// ask opens the items for the reviewers of stage n, those that got that far, or
// names other reviewers for items that are open.
func (i *instance) ask(n int, at time.Time) {
	v := i.review.g.s.store.View()
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
type Reminder struct {
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
	r := Reminder{Time: at, InstanceID: i.id, Asked: asked}
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
		i.review.g.reminders = append(i.review.g.reminders, r)
	}
}
