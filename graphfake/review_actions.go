package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// onInstance makes a handler of an action without an answer.
func onInstance(act func(rq *request, i *instance, now time.Time) *graphError) handler {
	return governed(func(rq *request, g *governance) (response, *graphError) {
		i, err := g.instance(rq)
		if err == nil {
			err = act(rq, i, time.Now())
		}
		return noContent(), err
	})
}

// running refuses what can be done only while reviewers decide.
func (i *instance) running() *graphError {
	if i.status != inProgress && i.status != active {
		return i.wrongStatus(inProgress)
	}
	return nil
}

// wrongStatus is believed, not verified: the documentation says which status
// is needed, not what is answered in another one.
func (i *instance) wrongStatus(need string) *graphError {
	return invalidReview("AccessReviewInvalidOperationException: The access review instance %s is %s and must be %s", i.id, i.status, need)
}

// stopInstance ends the instance now. Its decisions are applied when the
// settings say so; later instances of the series come as planned.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func stopInstance(_ *request, i *instance, now time.Time) *graphError {
	if err := i.running(); err != nil {
		return err
	}
	i.stop(now)
	return nil
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-applydecisions
func applyDecisions(rq *request, i *instance, now time.Time) *graphError {
	if i.status != completed && i.status != autoReviewed {
		return i.wrongStatus(completed)
	}
	i.applier = rq.callerIdentity()
	i.enter(applying, now)
	return nil
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-sendreminder
func sendReminder(_ *request, i *instance, now time.Time) *graphError {
	if err := i.running(); err != nil {
		return err
	}
	i.sendReminder(now, true)
	return nil
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-resetdecisions
func resetDecisions(_ *request, i *instance, _ time.Time) *graphError {
	if err := i.running(); err != nil {
		return err
	}
	for _, it := range i.items {
		for n := range it.votes {
			it.votes[n] = vote{reviewers: it.votes[n].reviewers, decision: notReviewed}
		}
	}
	return nil
}

// batchRecord decides all items, or those of a principal or resource.
// https://learn.microsoft.com/graph/api/accessreviewinstance-batchrecorddecisions
func batchRecord(rq *request, i *instance, now time.Time) *graphError {
	body, err := rq.object()
	if err != nil {
		return err
	}
	principal, resource := field.Text(body, "principalId"), field.Text(body, "resourceId")
	found := false
	for _, it := range i.items {
		if principal != "" && !strings.EqualFold(principal, it.principal.id) || resource != "" && !strings.EqualFold(resource, i.terms.resource) || !i.open(it) {
			continue
		}
		if rq.reviews(it) != nil {
			continue
		}
		found = true
		if err := i.decide(it, field.Text(body, "decision"), field.Text(body, "justification"), rq.callerIdentity(), now); err != nil {
			return err
		}
	}
	if !found && len(i.items) > 0 {
		return invalidReview("AccessReviewArgumentException: There is no decision to record")
	}
	return i.running()
}

// acceptRecommendations decides what the caller has not, as recommended.
// https://learn.microsoft.com/graph/api/accessreviewinstance-acceptrecommendations
func acceptRecommendations(rq *request, i *instance, now time.Time) *graphError {
	if err := i.running(); err != nil {
		return err
	}
	for _, it := range i.items {
		if !i.open(it) || i.vote(it).decision != notReviewed || it.recommendation == noInfo || rq.reviews(it) != nil {
			continue
		}
		v := i.vote(it)
		v.decision, v.by, v.at = it.recommendation, rq.callerIdentity(), now
	}
	return nil
}

// updateInstance changes the reviewers of an instance. Fallback reviewers can be
// added and not be removed while it runs.
// https://learn.microsoft.com/graph/api/accessreviewinstance-update
func updateInstance(rq *request, i *instance, now time.Time) *graphError {
	body, err := rq.object()
	if err != nil {
		return err
	}
	if err := onlyKnown("accessReviewInstance", body, []string{"reviewers", "fallbackReviewers", "backupReviewers"}); err != nil {
		return err
	}
	n := max(0, len(i.stages)-1)
	changed := i.terms.stages[n]
	if err := changed.readReviewers(i.review.g.s.store.View(), body); err != nil {
		return err
	}
	old := i.terms.stages[n]
	if body["reviewers"] == nil {
		changed.reviewers = old.reviewers
	}
	if body["fallbackReviewers"] == nil && body["backupReviewers"] == nil {
		changed.fallback = old.fallback
	}
	if slices.ContainsFunc(old.fallback, func(q string) bool { return !slices.Contains(changed.fallback, q) }) && i.status != notStarted {
		return refuse(http.StatusConflict, "Conflict", "Fallback reviewers of a running access review instance cannot be removed.") // the status was seen in beta, the words are believed
	}
	own := *i.terms
	own.stages = slices.Clone(own.stages)
	own.stages[n] = changed
	i.terms = &own
	if i.running() == nil {
		i.stages[n].terms = &own.stages[n]
		i.ask(n, now)
	}
	return nil
}

// updateDecision is for reviewers.
// https://learn.microsoft.com/graph/api/accessreviewinstancedecisionitem-update
func updateDecision(rq *request, g *governance) (response, *graphError) {
	i, it, err := g.item(rq)
	if err != nil {
		return response{}, err
	}
	if id := rq.param("stage").Value; id != "" {
		st, err := i.stage(id)
		if err != nil {
			return response{}, err
		}
		if i.stages[len(i.stages)-1] != st {
			return response{}, i.wrongStatus("in this stage")
		}
	}
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	if body["applyResult"] != nil {
		return noContent(), i.mark(it, field.Text(body, "applyResult"), field.Text(body, "applyDescription"), rq.callerIdentity(), time.Now())
	}
	if err := rq.reviews(it); err != nil {
		return response{}, err
	}
	return noContent(), i.decide(it, field.Text(body, "decision"), field.Text(body, "justification"), rq.callerIdentity(), time.Now())
}

// reviews refuses a signed-in user who is not a reviewer of the item. Callers
// without a user, where permissions let them in, may decide everything.
func (rq *request) reviews(it *item) *graphError {
	c := rq.caller()
	if !c.delegated() || len(it.votes) == 0 || slices.Contains(it.votes[len(it.votes)-1].reviewers, c.Object) {
		return nil
	}
	return forbidden()
}

// open tells whether the item is to be decided in the stage that runs.
func (i *instance) open(it *item) bool {
	return len(i.stages) > 0 && len(it.votes) == len(i.stages) && !it.out
}

// vote is that of the stage that runs, for an item that is open.
func (i *instance) vote(it *item) *vote { return &it.votes[len(it.votes)-1] }

// decide records a decision; of several, the last one counts.
func (i *instance) decide(it *item, decision, justification string, by identity, at time.Time) *graphError {
	if err := i.running(); err != nil {
		return err
	}
	switch {
	case !i.open(it):
		return invalidReview("AccessReviewInvalidOperationException: The decision %s is not part of this stage", it.id)
	case !slices.Contains([]string{"Approve", "Deny", "DontKnow", notReviewed}, decision):
		return invalidReview("AccessReviewArgumentException: decision '%s' is not supported", decision)
	case i.terms.justification && strings.TrimSpace(justification) == "" && decision != notReviewed:
		return invalidReview("AccessReviewArgumentException: justification is required")
	}
	v := i.vote(it)
	v.decision, v.justification, v.by, v.at = decision, justification, by, at
	if decision == notReviewed {
		v.by, v.at = identity{}, time.Time{}
	}
	return nil
}

// decisionFilters are the properties that decisions can be filtered by.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
var decisionFilters = []string{"decision", "applyResult", "recommendation", "resourceId", "principalId"}

// $expand=insights is taken, and there are none.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-decisions
func listDecisions(rq *request, g *governance) (response, *graphError) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: i.set() + "/decisions", filterable: decisionFilters, expandable: []string{"insights"}}
	return rq.govList(over(c, i.items, func(it *item) entity { return rq.decision(i, it, it.final()) }))
}

// set is what context URLs call the instance.
func (i *instance) set() string {
	return definitionSet + "('" + i.review.id + "')/instances('" + i.id + "')"
}

// https://learn.microsoft.com/graph/api/accessreviewinstancedecisionitem-get
func getDecision(rq *request, g *governance) (response, *graphError) {
	i, it, err := g.item(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, i.set()+"/decisions", rq.decision(i, it, it.final()))
}

func (g *governance) item(rq *request) (*instance, *item, *graphError) {
	i, err := g.instance(rq)
	if err != nil {
		return nil, nil, err
	}
	id := rq.param("decision").Value
	for _, it := range i.items {
		if strings.EqualFold(it.id, id) {
			return i, it, nil
		}
	}
	return nil, nil, notInGovernance("decision", id)
}

// decision renders an item with what one stage, or all of them, made of it.
// The type is open: target is left from older versions. The resource's type is
// in lower case, as in the documentation's examples.
func (rq *request) decision(i *instance, it *item, v vote) entity {
	sp := rq.s.store.View().Get(schema.ServicePrincipals, i.terms.resource)
	var resource, link any
	if it.upload != nil {
		resource = it.upload.entity()
	} else if sp != nil && !i.review.g.NoResource {
		link = rq.base + "/servicePrincipals/" + sp.ID
		resource = entity{
			{"@odata.type", "#microsoft.graph.accessreviewinstancedecisionitemserviceprincipalresource"},
			{"id", sp.ID}, {"displayName", sp.Str("displayName")}, {"type", "ServicePrincipal"}, {"appId", sp.Str("appId")},
			{"appRoleId", textOrNil(it.role)}, {"appRoleDisplayName", textOrNil(it.roleName)},
		}
	}
	e := entity{
		{"id", it.id},
		{"accessReviewId", i.id},
		{"reviewedDateTime", stampOrNil(v.at)},
		{"decision", v.decision},
		{"justification", v.justification},
		{"appliedDateTime", stampOrNil(it.appliedAt)},
		{"applyResult", it.result},
		{"applyDescription", textOrNil(it.description)},
		{"recommendation", it.recommendation},
		{"principalLink", rq.base + "/users/" + it.principal.id},
		{"resourceLink", link},
		{"reviewedBy", v.by.entity()},
		{"appliedBy", it.appliedBy.entity()},
		{"resource", resource},
		{"principal", it.principal.entity()},
		{"insights", nav(func() any { return []entity{} })},
		{"target", entity{
			{"@odata.type", "#microsoft.graph.accessReviewInstanceDecisionItemUserTarget"},
			{"userId", it.principal.id}, {"userDisplayName", it.principal.name}, {"userPrincipalName", it.principal.upn},
		}},
	}
	if it.upload != nil {
		e = append(e, member{"resourceId", it.upload.resource.id}, member{"permission", it.upload.permission()})
	}
	return e
}
