package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

func instanceSet(r *governance.Review) string { return definitionSet + "('" + r.ID + "')/instances" }

// pathOf is what context URLs call the instance.
func pathOf(i *governance.Instance) string { return instanceSet(i.Review) + "('" + i.ID + "')" }

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-list-instances
func listInstances(rq *request, g *governanceServer, r *governance.Review) (response, error) {
	return rq.govList(collectionOf(collection{set: instanceSet(r), filterable: []string{"status"}}, r.Instances,
		instanceEntity))
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-get
func getInstance(rq *request, g *governanceServer, i *governance.Instance) (response, error) {
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
func listContacted(rq *request, g *governanceServer, i *governance.Instance) (response, error) {
	return rq.govList(collectionOf(collection{set: pathOf(i) + "/contactedReviewers"}, i.Contacted,
		func(x governance.Contact) entity {
			return append(identityEntity(x.Identity), member{"createdDateTime", stampOrNil(x.At)})
		}))
}

// onInstance makes a handler of an action without an answer.
func onInstance(act func(rq *request, i *governance.Instance) error) handler {
	find := (*governanceServer).instance
	return governedOn(find, func(rq *request, _ *governanceServer, i *governance.Instance) (response, error) {
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

// replaceInstance is the update that is documented: PUT with the scope, answered with
// the instance. That a missing scope is refused is believed.
// https://learn.microsoft.com/graph/api/accessreviewinstance-update
func replaceInstance(rq *request, g *governanceServer, i *governance.Instance) (response, error) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	if body["scope"] == nil {
		return response{}, malformed("scope is required")
	}
	if err := i.ChangeReviewers(body, time.Now()); err != nil {
		return response{}, err
	}
	return getInstance(rq, g, i)
}

// updateInstance is the update by PATCH, which the metadata allows. Its answer is
// believed.
func updateInstance(rq *request, i *governance.Instance) error {
	body, err := rq.object()
	if err != nil {
		return err
	}
	return i.ChangeReviewers(body, time.Now())
}

// listStages answers with the stages that have begun; the next one is created
// when the one before ends.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-stages
func listStages(rq *request, g *governanceServer, i *governance.Instance) (response, error) {
	c := collection{set: pathOf(i) + "/stages", filterable: []string{"status", "id"}}
	return rq.govList(collectionOf(c, i.ShownStages(), stageEntity))
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

// decisionFilters are the properties that decisions can be filtered by.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
var decisionFilters = []string{"decision", "applyResult", "recommendation", "resourceId", "principalId"}

// $expand=insights is taken, and there are none.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-decisions
func listDecisions(rq *request, g *governanceServer, i *governance.Instance) (response, error) {
	c := collection{set: pathOf(i) + "/decisions", filterable: decisionFilters, expandable: []string{"insights"}}
	return rq.govList(collectionOf(c, i.Items, func(it *governance.Item) entity { return rq.decision(i, it, it.Final()) }))
}

// https://learn.microsoft.com/graph/api/accessreviewstage-list-decisions
func listStageDecisions(rq *request, g *governanceServer) (response, error) {
	i, st, err := g.stage(rq)
	if err != nil {
		return response{}, err
	}
	n := slices.Index(i.Stages, st)
	items := slices.DeleteFunc(slices.Clone(i.Items), func(it *governance.Item) bool { return len(it.Votes) <= n })
	c := collection{
		set:        pathOf(i) + "/stages('" + st.ID + "')/decisions",
		filterable: decisionFilters, expandable: []string{"insights"},
	}
	return rq.govList(collectionOf(c, items, func(it *governance.Item) entity { return rq.decision(i, it, it.Votes[n]) }))
}

// https://learn.microsoft.com/graph/api/accessreviewinstancedecisionitem-get
func getDecision(rq *request, g *governanceServer) (response, error) {
	i, it, err := g.item(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, pathOf(i)+"/decisions", rq.decision(i, it, it.Final()))
}

func (g *governanceServer) item(rq *request) (*governance.Instance, *governance.Item, error) {
	i, err := g.instance(rq)
	if err != nil {
		return nil, nil, err
	}
	it, err := i.Item(rq.param("decision").Value)
	return i, it, err
}

// updateDecision is for reviewers.
// https://learn.microsoft.com/graph/api/accessreviewinstancedecisionitem-update
func updateDecision(rq *request, g *governanceServer) (response, error) {
	i, it, err := g.item(rq)
	if err != nil {
		return response{}, err
	}
	if id := rq.param("stage").Value; id != "" {
		st, err := i.Stage(id)
		if err == nil {
			err = i.CheckStage(st)
		}
		if err != nil {
			return response{}, err
		}
	}
	body, bad := rq.object()
	if bad != nil {
		return response{}, bad
	}
	switch {
	case body["applyResult"] != nil:
		result, description := field.Text(body, "applyResult"), field.Text(body, "applyDescription")
		return noContent(), i.Mark(it, result, description, rq.callerIdentity(), time.Now())
	case !rq.mayDecide(it):
		return response{}, forbidden()
	}
	return noContent(), i.Decide(it, rq.vote(body))
}

// vote reads a decision of the caller.
func (rq *request) vote(body map[string]any) governance.Vote {
	return governance.Vote{
		Decision: field.Text(body, "decision"), Justification: field.Text(body, "justification"),
		By: rq.callerIdentity(), At: time.Now(),
	}
}

// mayDecide reports whether the caller may decide about the item: a signed-in
// user must be one of its reviewers. Callers without a user, where permissions
// let them in, may decide everything.
func (rq *request) mayDecide(it *governance.Item) bool {
	c := rq.caller()
	return !c.delegated() || it.MayDecide(c.Object)
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-batchrecorddecisions
func batchRecord(rq *request, i *governance.Instance) error {
	body, err := rq.object()
	if err != nil {
		return err
	}
	return i.DecideAll(field.Text(body, "principalId"), field.Text(body, "resourceId"), rq.vote(body), rq.mayDecide)
}

// https://learn.microsoft.com/graph/api/accessreviewinstance-acceptrecommendations
func acceptRecommendations(rq *request, i *governance.Instance) error {
	return i.AcceptRecommendations(rq.callerIdentity(), time.Now(), rq.mayDecide)
}

// batchMark marks all decisions about one resource.
// https://learn.microsoft.com/graph/api/accessreviewinstance-batchapplycustomdataprovidedresourcedecisions
func batchMark(rq *request, g *governanceServer, body map[string]any) (response, error) {
	i, err := g.AnyInstance(rq.param("instance").Value)
	if err != nil {
		return response{}, err
	}
	resource := field.Text(body, "customDataProvidedResourceId")
	result, description := field.Text(body, "applyResult"), field.Text(body, "applyDescription")
	return response{status: http.StatusAccepted}, i.MarkAll(resource, result, description, rq.callerIdentity(), time.Now())
}

// decision renders an item with what one stage, or all of them, made of it.
// The type is open: target is left from older versions. The resource's type is
// in lower case, as in the documentation's examples.
func (rq *request) decision(i *governance.Instance, it *governance.Item, v governance.Vote) entity {
	sp := rq.s.store.View().Get(schema.ServicePrincipals, i.Terms.Resource)
	var resource, link any
	if it.Upload != nil {
		resource = uploadEntity(it.Upload)
	} else if sp != nil && !rq.s.gov.conf.NoResource {
		link = rq.base + "/servicePrincipals/" + sp.ID
		resource = entity{
			{"@odata.type", "#microsoft.graph.accessreviewinstancedecisionitemserviceprincipalresource"},
			{"id", sp.ID}, {"displayName", sp.Str("displayName")}, {"type", "ServicePrincipal"}, {"appId", sp.Str("appId")},
			{"appRoleId", textOrNil(it.Role)}, {"appRoleDisplayName", textOrNil(it.RoleName)},
		}
	}
	e := entity{
		{"id", it.ID},
		{"accessReviewId", i.ID},
		{"reviewedDateTime", stampOrNil(v.At)},
		{"decision", v.Decision},
		{"justification", v.Justification},
		{"appliedDateTime", stampOrNil(it.AppliedAt)},
		{"applyResult", it.Result},
		{"applyDescription", textOrNil(it.Description)},
		{"recommendation", it.Recommendation},
		{"principalLink", rq.base + "/users/" + it.Principal.ID},
		{"resourceLink", link},
		{"reviewedBy", identityEntity(v.By)},
		{"appliedBy", identityEntity(it.AppliedBy)},
		{"resource", resource},
		{"principal", identityEntity(it.Principal)},
		{"insights", nav(func() any { return []entity{} })},
		{"target", entity{
			{"@odata.type", "#microsoft.graph.accessReviewInstanceDecisionItemUserTarget"},
			{"userId", it.Principal.ID}, {"userDisplayName", it.Principal.Name}, {"userPrincipalName", it.Principal.UPN},
		}},
	}
	if it.Upload != nil {
		e = append(e, member{"resourceId", it.Upload.Resource.ID}, member{"permission", permissionEntity(it.Upload)})
	}
	return e
}
