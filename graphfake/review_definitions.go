package graphfake

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
)

const definitionSet = "identityGovernance/accessReviews/definitions"

// https://learn.microsoft.com/graph/api/accessreviewset-list-definitions
func listReviews(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: definitionSet, filterable: []string{"status"},
		contains: []string{"scope/microsoft.graph.accessReviewQueryScope/query"},
	}
	return rq.govList(collectionOf(c, g.Reviews, reviewEntity))
}

// createReview answers with a createdDateTime that means nothing, as the
// service does.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func createReview(rq *request, g *governanceServer, body map[string]any) (response, error) {
	r, err := g.AddReview(body, unified(rq), rq.callerIdentity(), time.Now())
	if err != nil {
		return response{}, err
	}
	e := reviewEntity(r).with("createdDateTime", "0001-01-01T00:00:00Z")
	rsp, err := rq.govOne(http.StatusCreated, definitionSet, e)
	rsp.header = header1("Location", rq.base+"/"+definitionSet+"/"+r.ID)
	return rsp, err
}

// unified reports whether the request came by the route for reviews of catalogs.
// https://learn.microsoft.com/graph/api/unifiedroot-post-definitions
func unified(rq *request) bool {
	return rq.route != nil && strings.HasPrefix(rq.route.path, unifiedReviews)
}

func (g *governanceServer) review(rq *request) (*governance.Review, error) {
	return g.Review(rq.param("definition").Value)
}

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-get
func getReview(rq *request, _ *governanceServer, r *governance.Review) (response, error) {
	return rq.govOne(http.StatusOK, definitionSet, reviewEntity(r))
}

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-update
func replaceReview(rq *request, g *governanceServer, body map[string]any) (response, error) {
	r, err := g.review(rq)
	if err != nil {
		return response{}, err
	}
	return noContent(), r.Replace(body, unified(rq), time.Now())
}

// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-delete
func deleteReview(_ *request, g *governanceServer, r *governance.Review) (response, error) {
	g.DeleteReview(r)
	return noContent(), nil
}

// reviewEntity renders the definition: what was sent, with all that was left out.
func reviewEntity(r *governance.Review) entity {
	fallback := scopes(r.Body, "fallbackReviewers", "backupReviewers")
	return entity{
		{"id", r.ID},
		{"displayName", r.Body["displayName"]},
		{"createdDateTime", stampOrNil(r.Created)},
		{"lastModifiedDateTime", stampOrNil(r.Modified)},
		{"status", r.Status()},
		{"descriptionForAdmins", r.Body["descriptionForAdmins"]},
		{"descriptionForReviewers", r.Body["descriptionForReviewers"]},
		{"createdBy", identityEntity(r.Creator)},
		{"scope", membershipScope(r.Body, "")},
		{"instanceEnumerationScope", nil},
		{"reviewers", scopes(r.Body, "reviewers")},
		{"fallbackReviewers", fallback},
		{"backupReviewers", fallback},
		{"settings", settingsEntity(r)},
		{"stageSettings", stageSettings(r.Body)},
		{"additionalNotificationRecipients", orEmpty(r.Body["additionalNotificationRecipients"])},
	}
}

// membershipScope renders the scope; instances write the version before queries.
func membershipScope(body map[string]any, version string) entity {
	scope := field.Object(body, "scope")
	if typed := field.Objects(scope, "resourceScopes"); len(typed) > 0 && typed[0]["scopeType"] != nil {
		return entity{{"@odata.type", governance.PrincipalScope}, {"principalScopes", scope["principalScopes"]},
			{"resourceScopes", scope["resourceScopes"]}}
	}
	list := func(name string) []any {
		out := []any{}
		for _, m := range field.Objects(scope, name) {
			query := field.Text(m, "query")
			if version != "" {
				query = version + governance.WithoutVersion(query)
			}
			out = append(out, entity{{"@odata.type", "#microsoft.graph.accessReviewQueryScope"}, {"query", query},
				{"queryType", "MicrosoftGraph"}, {"queryRoot", m["queryRoot"]}})
		}
		return out
	}
	return entity{{"@odata.type", governance.PrincipalScope}, {"principalScopes", list("principalScopes")},
		{"resourceScopes", list("resourceScopes")}}
}

// scopes renders reviewers that have one of the names.
func scopes(body map[string]any, names ...string) []any {
	out := []any{}
	for _, name := range names {
		for _, m := range field.Objects(body, name) {
			if m["scopeType"] != nil {
				out = append(out, m)
				continue
			}
			out = append(out, entity{{"query", m["query"]}, {"queryType", "MicrosoftGraph"}, {"queryRoot", m["queryRoot"]}})
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

func settingsEntity(r *governance.Review) entity {
	m := field.Object(r.Body, "settings")
	days := r.Terms.Days()
	decision := field.Text(m, "defaultDecision")
	if decision == "" {
		decision = "None"
	}
	actions := m["applyActions"]
	if len(field.Objects(m, "applyActions")) == 0 {
		actions = []any{entity{{"@odata.type", "#microsoft.graph.removeAccessApplyAction"}}}
	}
	return entity{
		{"mailNotificationsEnabled", field.Bool(m, "mailNotificationsEnabled")},
		{"reminderNotificationsEnabled", field.Bool(m, "reminderNotificationsEnabled")},
		{"justificationRequiredOnApproval", field.Bool(m, "justificationRequiredOnApproval")},
		{"defaultDecisionEnabled", field.Bool(m, "defaultDecisionEnabled")},
		{"defaultDecision", decision},
		{"instanceDurationInDays", days},
		{"autoApplyDecisionsEnabled", field.Bool(m, "autoApplyDecisionsEnabled")},
		{"recommendationsEnabled", field.Bool(m, "recommendationsEnabled")},
		{"recommendationLookBackDuration", m["recommendationLookBackDuration"]},
		{"decisionHistoriesForReviewersEnabled", field.Bool(m, "decisionHistoriesForReviewersEnabled")},
		{"recurrence", renderRecurrence(m)},
		{"applyActions", actions},
		{"recommendationInsightSettings", orEmpty(m["recommendationInsightSettings"])},
	}
}

// renderRecurrence fills in what the service fills in.
func renderRecurrence(settings map[string]any) any {
	m := field.Object(settings, "recurrence")
	if m == nil {
		return nil
	}
	var pattern any
	if p, ok := m["pattern"].(map[string]any); ok {
		pattern = entity{
			{"type", p["type"]}, {"interval", orElse(p["interval"], json.Number("1"))}, {"month", orElse(p["month"], 0)},
			{"dayOfMonth", orElse(p["dayOfMonth"], 0)},
			{"daysOfWeek", orEmpty(p["daysOfWeek"])}, {"firstDayOfWeek", orElse(p["firstDayOfWeek"], "sunday")},
			{"index", orElse(p["index"], "first")},
		}
	}
	s := field.Object(m, "range")
	span := entity{
		{"type", s["type"]}, {"numberOfOccurrences", orElse(s["numberOfOccurrences"], 0)},
		{"recurrenceTimeZone", s["recurrenceTimeZone"]},
		{"startDate", onlyDay(s["startDate"])}, {"endDate", onlyDay(s["endDate"])},
	}
	return entity{{"pattern", pattern}, {"range", span}}
}

func stageSettings(body map[string]any) []any {
	out := []any{}
	for _, m := range field.Objects(body, "stageSettings") {
		out = append(out, entity{
			{"stageId", m["stageId"]}, {"dependsOn", orEmpty(m["dependsOn"])}, {"durationInDays", m["durationInDays"]},
			{"recommendationsEnabled", field.Bool(m, "recommendationsEnabled")},
			{"recommendationLookBackDuration", m["recommendationLookBackDuration"]},
			{"decisionsThatWillMoveToNextStage", orEmpty(m["decisionsThatWillMoveToNextStage"])},
			{"reviewers", scopes(m, "reviewers")}, {"fallbackReviewers", scopes(m, "fallbackReviewers")},
			{"recommendationInsightSettings", orEmpty(m["recommendationInsightSettings"])},
		})
	}
	return out
}

func orElse(v, usual any) any {
	if v == nil {
		return usual
	}
	return v
}

func orEmpty(v any) any { return orElse(v, []any{}) }

func onlyDay(v any) any {
	s, _ := v.(string)
	if day, ok := governance.ParseDay(s); ok {
		return day.Format(time.DateOnly)
	}
	return v
}
