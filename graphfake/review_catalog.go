package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// Reviews of catalogs are modelled for their custom data provided resources
// only: what is reviewed is what was uploaded. That Approve needs no mark, that
// unmarked decisions end after 30 days, and how decisions name a permission is
// believed, not verified.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews

// applyTime is how long decisions may be marked as applied.
const applyTime = 30 * 24 * time.Hour

// unified tells whether the request came by the route for reviews of catalogs.
// https://learn.microsoft.com/graph/api/unifiedroot-post-definitions
func unified(rq *request) bool {
	return rq.route != nil && strings.HasPrefix(rq.route.path, unifiedReviews)
}

func (t *terms) readCatalogScope(g *governance, rq *request, principal, resource map[string]any) *graphError {
	if kind := field.Text(resource, "scopeType"); kind != "catalog" {
		return invalidReview("AccessReviewArgumentException: the scope of a unified review must be a catalog, not '%s'", kind)
	}
	switch kind := field.Text(principal, "scopeType"); kind {
	case "allUsers":
	case "guestUsers":
		t.guests = true
	default:
		return rq.notModelled("a principal scope of type " + kind)
	}
	c, err := g.catalog(field.Text(resource, "resourceId"))
	if err != nil {
		return err
	}
	t.catalog, t.resource = true, c.id
	return nil
}

// readRoute refuses what is documented for the other route only: typed
// reviewers for catalogs, and for those nothing but one stage of managers.
func (t *terms) readRoute(rq *request, body map[string]any) *graphError {
	isTyped := func(m map[string]any) bool { return m["scopeType"] != nil }
	switch {
	case t.catalog && (t.staged || !slices.Equal(t.stages[0].reviewers, []string{"./manager"})):
		return rq.notModelled("a review of a catalog by others than managers in one stage")
	case t.catalog:
		return nil
	}
	for _, m := range append(field.Objects(body, "stageSettings"), body) {
		for _, name := range []string{"reviewers", "fallbackReviewers", "backupReviewers"} {
			if slices.ContainsFunc(field.Objects(m, name), isTyped) {
				return rq.notModelled("a reviewer with scopeType outside of the unified route")
			}
		}
	}
	return nil
}

// typedReviewer reads a reviewer that is named by its kind and not by a query.
// https://learn.microsoft.com/graph/api/resources/accessreviewreviewerscope
func typedReviewer(m map[string]any) (query string, ok bool) {
	switch kind := field.Text(m, "scopeType"); kind {
	case "":
		return "", false
	case "manager":
		return "./manager", true
	case "user":
		return "/users/" + field.Text(m, "reviewerId"), true
	case "group":
		return "/groups/" + field.Text(m, "reviewerId") + "/transitiveMembers", true
	case "self":
		return "", true
	default:
		return kind, true
	}
}

// readUploads makes the decisions of an instance of what was uploaded for it.
// Sessions that were not completed are lost.
func (i *instance) readUploads() {
	c, err := i.review.g.catalog(i.terms.resource)
	if err != nil {
		return
	}
	v := i.review.g.s.store.View()
	for _, r := range c.resources {
		for _, s := range r.sessions {
			if s.instance != i {
				continue
			}
			if s.status == sessionActive {
				s.status = sessionExpired
				continue
			}
			for _, row := range s.rows {
				u := v.Get(schema.Users, strings.ToLower(row.principalID))
				if u == nil || i.terms.guests && u.Str("userType") != "Guest" {
					continue
				}
				who := identityOf(v, u.ID)
				who.kind = "userIdentity"
				i.items = append(i.items, &item{id: i.review.g.s.newID(), principal: who, upload: row, result: resultNew, recommendation: noInfo})
			}
		}
	}
}

// awaitMarks leaves the instance Applying until every denial is marked.
func (i *instance) awaitMarks(at time.Time) {
	if i.terms.defaultDecision != "" {
		i.decideByDefault(at)
	}
	i.status, i.next = applying, at.Add(applyTime)
	i.settleMarks(at)
}

// settleMarks ends the instance when nothing is left to be marked.
func (i *instance) settleMarks(at time.Time) {
	left := func(it *item) bool { return it.final().decision == "Deny" && it.result == resultNew }
	if !slices.ContainsFunc(i.items, left) {
		i.next = at.Add(i.review.g.Phase)
	}
}

var markResults = []string{resultApplied, "AppliedWithUnknownFailure", resultGone, resultUnsupported}

// mark records what became of a denial in the application itself.
func (i *instance) mark(it *item, result, description string, by identity, at time.Time) *graphError {
	n := slices.IndexFunc(markResults, func(r string) bool { return strings.EqualFold(r, result) })
	switch {
	case it.upload == nil:
		return invalidReview("AccessReviewArgumentException: applyResult can be set for custom data provided resources only")
	case i.status != applying:
		return i.wrongStatus(applying)
	case n < 0:
		return invalidReview("AccessReviewArgumentException: applyResult '%s' is not supported", result)
	}
	it.result, it.description, it.appliedAt, it.appliedBy = markResults[n], description, at, by
	i.settleMarks(at)
	return nil
}

// batchMark marks all decisions about one resource.
// https://learn.microsoft.com/graph/api/accessreviewinstance-batchapplycustomdataprovidedresourcedecisions
func batchMark(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	i := g.anyInstance(rq.param("instance").Value)
	if i == nil {
		return response{}, notInGovernance("access review instance", rq.param("instance").Value)
	}
	if i.status != applying || !i.terms.catalog {
		return response{}, i.wrongStatus(applying)
	}
	id, found := field.Text(body, "customDataProvidedResourceId"), false
	for _, it := range i.items {
		if !strings.EqualFold(it.upload.resource.id, id) {
			continue
		}
		found = true
		if err := i.mark(it, field.Text(body, "applyResult"), field.Text(body, "applyDescription"), rq.callerIdentity(), time.Now()); err != nil {
			return response{}, err
		}
	}
	if !found {
		return response{}, notInGovernance("custom data provided resource", id)
	}
	return response{status: http.StatusAccepted}, nil
}

// anyInstance finds an instance of whichever review.
func (g *governance) anyInstance(id string) *instance {
	for _, r := range g.reviews {
		for _, i := range r.instances {
			if strings.EqualFold(i.id, id) {
				return i
			}
		}
	}
	return nil
}
