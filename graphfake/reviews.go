package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"
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
	id := rq.param("definition").value
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
	id := rq.param("instance").value
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
