package graphfake

import (
	"net/http"
	"strings"
)

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
	id := rq.param("decision").value
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
	sp := rq.s.store.View().Get(servicePrincipals, i.terms.resource)
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
