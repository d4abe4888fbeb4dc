package graphfake

import (
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
)

func instanceSet(r *governance.Review) string { return definitionSet + "('" + r.ID + "')/instances" }

// pathOf is what context URLs call the instance.
func pathOf(i *governance.Instance) string { return instanceSet(i.Review) + "('" + i.ID + "')" }

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-list-instances
func listInstances(rq *request, g *governanceServer) (response, error) {
	r, err := g.review(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govList(over(collection{set: instanceSet(r), filterable: []string{"status"}}, r.Instances, instanceEntity))
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-get
func getInstance(rq *request, g *governanceServer) (response, error) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, instanceSet(i.Review), instanceEntity(i))
}

func (g *governanceServer) instance(rq *request) (*governance.Instance, error) {
	r, err := g.review(rq)
	if err != nil {
		return nil, err
	}
	return r.Instance(rq.param("instance").Value)
}

// instanceEntity renders the instance.
func instanceEntity(i *governance.Instance) entity {
	st := i.Terms.Stages[max(0, len(i.Stages)-1)]
	return entity{
		{"id", i.ID},
		{"startDateTime", stampOrNil(i.Start)},
		{"endDateTime", stampOrNil(i.End)},
		{"status", i.Status},
		{"scope", membershipScope(i.Review.Body, "/v1.0")},
		{"reviewers", queryScopes(st.Reviewers)},
		{"fallbackReviewers", queryScopes(st.Fallback)},
		{"errors", []any{}},
	}
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-list-contactedreviewers
func listContacted(rq *request, g *governanceServer) (response, error) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govList(over(collection{set: pathOf(i) + "/contactedReviewers"}, i.Contacted, func(x governance.Contact) entity {
		return append(identityEntity(x.Identity), member{"createdDateTime", stampOrNil(x.At)})
	}))
}

// onInstance makes a handler of an action without an answer.
func onInstance(act func(rq *request, i *governance.Instance) error) handler {
	return governed(func(rq *request, g *governanceServer) (response, error) {
		i, err := g.instance(rq)
		if err != nil {
			return response{}, err
		}
		return noContent(), act(rq, i)
	})
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func stopInstance(_ *request, i *governance.Instance) error { return i.Stop(time.Now()) }

// https://learn.microsoft.com/graph/api/accessreviewinstance-applydecisions
func applyDecisions(rq *request, i *governance.Instance) error {
	return i.ApplyDecisions(rq.callerIdentity(), time.Now())
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-sendreminder
func sendReminder(_ *request, i *governance.Instance) error { return i.Remind(time.Now()) }

// https://learn.microsoft.com/graph/api/accessreviewinstance-resetdecisions
func resetDecisions(_ *request, i *governance.Instance) error { return i.Reset() }

// https://learn.microsoft.com/graph/api/accessreviewinstance-update
func updateInstance(rq *request, i *governance.Instance) error {
	body, err := rq.jsonBody()
	if err != nil {
		return err
	}
	return i.ChangeReviewers(body, time.Now())
}

// listStages answers with the stages that have begun; the next one is created
// when the one before ends.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-stages
func listStages(rq *request, g *governanceServer) (response, error) {
	i, err := g.instance(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: pathOf(i) + "/stages", filterable: []string{"status", "id"}}
	return rq.govList(over(c, i.ShownStages(), stageEntity))
}

// https://learn.microsoft.com/graph/api/accessreviewstage-get
func getStage(rq *request, g *governanceServer) (response, error) {
	i, st, err := g.stage(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, pathOf(i)+"/stages", stageEntity(st))
}

func (g *governanceServer) stage(rq *request) (*governance.Instance, *governance.Stage, error) {
	i, err := g.instance(rq)
	if err != nil {
		return nil, nil, err
	}
	st, err := i.Stage(rq.param("stage").Value)
	return i, st, err
}

func stageEntity(st *governance.Stage) entity {
	return entity{
		{"id", st.ID}, {"startDateTime", stampOrNil(st.Start)}, {"endDateTime", stampOrNil(st.End)}, {"status", st.Status},
		{"reviewers", queryScopes(st.Terms.Reviewers)}, {"fallbackReviewers", queryScopes(st.Terms.Fallback)},
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

// https://learn.microsoft.com/graph/api/accessreviewstage-stop
func stopStage(rq *request, g *governanceServer) (response, error) {
	i, st, err := g.stage(rq)
	if err != nil {
		return response{}, err
	}
	return noContent(), i.StopStage(st, time.Now())
}
