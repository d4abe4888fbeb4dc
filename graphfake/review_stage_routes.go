package graphfake

import (
	"net/http"
	"strings"
	"time"
)

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
	st, err := i.stage(rq.param("stage").value)
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
