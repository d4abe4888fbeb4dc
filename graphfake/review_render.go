package graphfake

import (
	"encoding/json"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
)

// status of the definition is that of its latest instance; between the
// instances of a series it stays InProgress (believed, not verified).
func (r *review) status() string {
	last := r.instances[len(r.instances)-1]
	_, more := r.terms.begins(len(r.instances))
	if more && last.status != notStarted {
		return inProgress
	}
	return last.status
}

// entity renders the definition: what was sent, with all that was left out.
func (r *review) entity() entity {
	fallback := scopes(r.body, "fallbackReviewers", "backupReviewers")
	return entity{
		{"id", r.id},
		{"displayName", r.body["displayName"]},
		{"createdDateTime", stampOrNil(r.created)},
		{"lastModifiedDateTime", stampOrNil(r.modified)},
		{"status", r.status()},
		{"descriptionForAdmins", r.body["descriptionForAdmins"]},
		{"descriptionForReviewers", r.body["descriptionForReviewers"]},
		{"createdBy", r.creator.entity()},
		{"scope", membershipScope(r.body, "")},
		{"instanceEnumerationScope", nil},
		{"reviewers", scopes(r.body, "reviewers")},
		{"fallbackReviewers", fallback},
		{"backupReviewers", fallback},
		{"settings", r.settings()},
		{"stageSettings", stageSettings(r.body)},
		{"additionalNotificationRecipients", orEmpty(r.body["additionalNotificationRecipients"])},
	}
}

// membershipScope renders the scope; instances write the version before queries.
func membershipScope(body map[string]any, version string) entity {
	scope, _ := body["scope"].(map[string]any)
	if typed := field.Objects(scope, "resourceScopes"); len(typed) > 0 && typed[0]["scopeType"] != nil {
		return entity{{"@odata.type", principalScope}, {"principalScopes", scope["principalScopes"]}, {"resourceScopes", scope["resourceScopes"]}}
	}
	list := func(name string) []any {
		out := []any{}
		for _, m := range field.Objects(scope, name) {
			query := field.Text(m, "query")
			if version != "" {
				query = version + withoutVersion(query)
			}
			out = append(out, entity{{"@odata.type", "#microsoft.graph.accessReviewQueryScope"}, {"query", query}, {"queryType", "MicrosoftGraph"}, {"queryRoot", m["queryRoot"]}})
		}
		return out
	}
	return entity{{"@odata.type", principalScope}, {"principalScopes", list("principalScopes")}, {"resourceScopes", list("resourceScopes")}}
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

func (r *review) settings() entity {
	m, _ := r.body["settings"].(map[string]any)
	days := r.terms.days()
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
	m, _ := settings["recurrence"].(map[string]any)
	if m == nil {
		return nil
	}
	var pattern any
	if p, ok := m["pattern"].(map[string]any); ok {
		pattern = entity{
			{"type", p["type"]}, {"interval", orElse(p["interval"], json.Number("1"))}, {"month", orElse(p["month"], 0)}, {"dayOfMonth", orElse(p["dayOfMonth"], 0)},
			{"daysOfWeek", orEmpty(p["daysOfWeek"])}, {"firstDayOfWeek", orElse(p["firstDayOfWeek"], "sunday")}, {"index", orElse(p["index"], "first")},
		}
	}
	s, _ := m["range"].(map[string]any)
	span := entity{
		{"type", s["type"]}, {"numberOfOccurrences", orElse(s["numberOfOccurrences"], 0)}, {"recurrenceTimeZone", s["recurrenceTimeZone"]},
		{"startDate", onlyDay(s["startDate"])}, {"endDate", onlyDay(s["endDate"])},
	}
	return entity{{"pattern", pattern}, {"range", span}}
}

func stageSettings(body map[string]any) []any {
	out := []any{}
	for _, m := range field.Objects(body, "stageSettings") {
		out = append(out, entity{
			{"stageId", m["stageId"]}, {"dependsOn", orEmpty(m["dependsOn"])}, {"durationInDays", m["durationInDays"]},
			{"recommendationsEnabled", field.Bool(m, "recommendationsEnabled")}, {"recommendationLookBackDuration", m["recommendationLookBackDuration"]},
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
	if day, ok := parseDay(s); ok {
		return day.Format(time.DateOnly)
	}
	return v
}

// entity renders the instance.
func (i *instance) entity() entity {
	st := i.terms.stages[max(0, len(i.stages)-1)]
	return entity{
		{"id", i.id},
		{"startDateTime", stampOrNil(i.start)},
		{"endDateTime", stampOrNil(i.end)},
		{"status", i.status},
		{"scope", membershipScope(i.review.body, "/v1.0")},
		{"reviewers", queryScopes(st.reviewers)},
		{"fallbackReviewers", queryScopes(st.fallback)},
		{"errors", []any{}},
	}
}
