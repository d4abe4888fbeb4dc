package graphfake

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// readStages reads who reviews for how long. stageSettings override what the
// definition itself says.
// https://learn.microsoft.com/graph/api/resources/accessreviewstagesettings
func (t *terms) readStages(v *state.View, body, settings map[string]any) *graphError {
	stages := field.Objects(body, "stageSettings")
	if len(stages) == 0 {
		days := field.Int(settings, "instanceDurationInDays")
		if days <= 0 || days > maxDays {
			return invalidReview("AccessReviewArgumentException: instanceDurationInDays is out of range")
		}
		one := stageTerms{days: days}
		if err := one.readReviewers(v, body); err != nil {
			return err
		}
		t.stages = []stageTerms{one}
		return nil
	}
	if len(stages) > 3 {
		return invalidReview("AccessReviewArgumentException: a review has at most 3 stages")
	}
	t.staged = true
	for i, m := range stages {
		s, err := readStage(v, i, m)
		if err != nil {
			return err
		}
		t.recommendations = t.recommendations || field.Bool(m, "recommendationsEnabled")
		t.stages = append(t.stages, s)
	}
	return nil
}

var stageProperties = []string{
	"decisionsThatWillMoveToNextStage", "dependsOn", "durationInDays", "fallbackReviewers", "recommendationInsightSettings",
	"recommendationLookBackDuration", "recommendationsEnabled", "reviewers", "stageId",
}

// readStage reads stage number i, from 0. Stages come one after the other, each
// depends on the one before.
func readStage(v *state.View, i int, m map[string]any) (s stageTerms, err *graphError) {
	if err := onlyKnown("accessReviewStageSettings", m, stageProperties); err != nil {
		return s, err
	}
	s = stageTerms{id: field.Text(m, "stageId"), days: field.Int(m, "durationInDays")}
	depends := field.Texts(m, "dependsOn")
	switch {
	case s.id != strconv.Itoa(i+1):
		return s, invalidReview("AccessReviewArgumentException: stageId must be '%d'", i+1)
	case s.days <= 0 || s.days > maxDays:
		return s, invalidReview("AccessReviewArgumentException: durationInDays of stage %s is out of range", s.id)
	case i == 0 && len(depends) > 0:
		return s, invalidReview("AccessReviewArgumentException: the first stage cannot depend on another")
	case i > 0 && !slices.Equal(depends, []string{strconv.Itoa(i)}):
		return s, invalidReview("AccessReviewArgumentException: stage %s must depend on stage %d", s.id, i)
	}
	if _, given := m["decisionsThatWillMoveToNextStage"].([]any); given {
		s.moves = append([]string{}, field.Texts(m, "decisionsThatWillMoveToNextStage")...)
	}
	for _, d := range s.moves {
		if !slices.Contains([]string{"Approve", "Deny", "NotReviewed", "Recommendation", "DontKnow"}, d) {
			return s, invalidReview("AccessReviewArgumentException: decision '%s' cannot move to the next stage", d)
		}
	}
	return s, s.readReviewers(v, m)
}

// readReviewers reads reviewers and fallbackReviewers; backupReviewers is the
// older name of the latter.
// https://learn.microsoft.com/graph/accessreviews-reviewers-concept
func (s *stageTerms) readReviewers(v *state.View, m map[string]any) (err *graphError) {
	if s.reviewers, err = reviewerQueries(v, field.Objects(m, "reviewers")); err != nil {
		return err
	}
	fallback := field.Objects(m, "fallbackReviewers")
	if len(fallback) == 0 {
		fallback = field.Objects(m, "backupReviewers")
	}
	s.fallback, err = reviewerQueries(v, fallback)
	return err
}

func reviewerQueries(v *state.View, list []map[string]any) (queries []string, err *graphError) {
	for _, m := range list {
		q, typed := typedReviewer(m)
		if !typed {
			q = withoutVersion(field.Text(m, "query"))
		}
		if typed && q == "" {
			continue // a self review
		}
		switch path := odata.SplitPath(q); {
		case q == "./manager" && !typed && field.Text(m, "queryRoot") != "decisions":
			return nil, invalidReview("AccessReviewArgumentException: the relative query './manager' needs the queryRoot 'decisions'")
		case q == "./manager":
		case !knownReviewers(v, path):
			return nil, invalidReview("AccessReviewArgumentException: Failed to retrieve the reviewers '%s'", field.Text(m, "query"))
		}
		queries = append(queries, q)
	}
	return queries, nil
}

// knownReviewers tells whether a query names reviewers, and what it names is there.
func knownReviewers(v *state.View, path []odata.Key) bool {
	switch {
	case len(path) == 2 && path[0].Is("users"):
		return v.Get(schema.Users, strings.ToLower(path[1].Value)) != nil
	case len(path) < 3:
		return false
	case path[0].Is("groups") && (path[2].Is("transitiveMembers") || path[2].Is("members") || path[2].Is("owners")):
		return v.Get(schema.Groups, strings.ToLower(path[1].Value)) != nil
	case path[0].Is("servicePrincipals") && path[2].Is("owners"):
		return v.Get(schema.ServicePrincipals, strings.ToLower(path[1].Value)) != nil
	}
	return false
}

// reviewersOf returns the users that review a principal: those of the queries,
// or the fallback reviewers where there are none. A stage without any query is
// a self review.
func (s *stageTerms) reviewersOf(v *state.View, principal string) []string {
	if len(s.reviewers) == 0 {
		return []string{principal}
	}
	if list := resolveReviewers(v, s.reviewers, principal); len(list) > 0 {
		return list
	}
	return resolveReviewers(v, s.fallback, principal)
}

func resolveReviewers(v *state.View, queries []string, principal string) (ids []string) {
	add := func(id string) {
		if v.Get(schema.Users, id) != nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, q := range queries {
		if q == "./manager" {
			for id := range v.Targets(schema.Manager, principal, "") {
				add(id)
			}
			continue
		}
		path := odata.SplitPath(q)
		id := strings.ToLower(path[1].Value)
		switch {
		case len(path) == 2:
			add(id)
		case path[2].Is("owners"):
			for o := range v.Targets(schema.Owners, id, "") {
				add(o)
			}
		case path[2].Is("members"):
			for m := range v.Targets(schema.Members, id, "") {
				add(m)
			}
		default:
			for _, m := range allMembers(v, id) {
				add(m)
			}
		}
	}
	return ids
}

// allMembers returns the ids of a group's members, those of nested groups too.
func allMembers(v *state.View, group string) (ids []string) {
	seen := map[string]bool{group: true}
	for todo := []string{group}; len(todo) > 0; todo = todo[1:] {
		for id := range v.Targets(schema.Members, todo[0], "") {
			if !seen[id] {
				seen[id] = true
				ids, todo = append(ids, id), append(todo, id)
			}
		}
	}
	return ids
}

// listStages answers with the stages that have begun; the next one is created
// when the one before ends. A review without stageSettings has none.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-stages
func listStages(rq *request, g *governance) (response, *graphError) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: i.set() + "/stages", filterable: []string{"status", "id"}}
	return rq.govList(over(c, i.shownStages(), i.stageEntity))
}

func (i *instance) shownStages() []*stage {
	if !i.terms.staged {
		return nil
	}
	return i.stages
}

// https://learn.microsoft.com/graph/api/accessreviewstage-get
func getStage(rq *request, g *governance) (response, *graphError) {
	i, st, err := g.stage(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, i.set()+"/stages", i.stageEntity(st))
}

func (g *governance) stage(rq *request) (*instance, *stage, *graphError) {
	i, err := g.instance(rq)
	if err != nil {
		return nil, nil, err
	}
	st, err := i.stage(rq.param("stage").Value)
	return i, st, err
}

func (i *instance) stage(id string) (*stage, *graphError) {
	for _, st := range i.shownStages() {
		if strings.EqualFold(st.id, id) {
			return st, nil
		}
	}
	return nil, notInGovernance("stage", id)
}

func (i *instance) stageEntity(st *stage) entity {
	return entity{
		{"id", st.id}, {"startDateTime", stampOrNil(st.start)}, {"endDateTime", stampOrNil(st.end)}, {"status", st.status},
		{"reviewers", queryScopes(st.terms.reviewers)}, {"fallbackReviewers", queryScopes(st.terms.fallback)},
	}
}

func queryScopes(queries []string) []any {
	out := []any{}
	for _, q := range queries {
		var queryRoot any
		if strings.HasPrefix(q, "./") {
			queryRoot = "decisions"
		}
		out = append(out, entity{{"query", q}, {"queryType", "MicrosoftGraph"}, {"queryRoot", queryRoot}})
	}
	return out
}

// https://learn.microsoft.com/graph/api/accessreviewstage-list-decisions
func listStageDecisions(rq *request, g *governance) (response, *graphError) {
	i, st, err := g.stage(rq)
	if err != nil {
		return response{}, err
	}
	n := 0
	for i.stages[n] != st {
		n++
	}
	var items []*item
	for _, it := range i.items {
		if len(it.votes) > n {
			items = append(items, it)
		}
	}
	c := collection{set: i.set() + "/stages('" + st.id + "')/decisions", filterable: decisionFilters, expandable: []string{"insights"}}
	return rq.govList(over(c, items, func(it *item) entity { return rq.decision(i, it, it.votes[n]) }))
}

// stopStage ends the stage that runs, and the next one starts.
// https://learn.microsoft.com/graph/api/accessreviewstage-stop
func stopStage(rq *request, g *governance) (response, *graphError) {
	i, st, err := g.stage(rq)
	if err != nil {
		return response{}, err
	}
	if st.status != inProgress {
		return response{}, i.wrongStatus("in this stage")
	}
	i.endStage(time.Now())
	return noContent(), nil
}
