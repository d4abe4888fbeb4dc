package graphfake

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// terms are what the definition of a review says, read and checked.
// https://learn.microsoft.com/graph/api/resources/accessreviewscheduledefinition
type terms struct {
	name     string
	resource string // id of the service principal, or of the catalog
	catalog  bool   // a catalog is reviewed, by the data uploaded for its resources
	members  bool   // members of assigned groups are reviewed too
	guests   bool   // only guests are
	stages   []stageTerms
	staged   bool // stageSettings were given

	mails, reminders, justification bool
	recommendations, autoApply      bool
	defaultDecision                 string    // "" = none
	deleteUsers                     bool      // disableAndDeleteUserApplyAction
	first                           time.Time // when the first instance begins, at the earliest
	day                             time.Time // midnight of the day that the schedule starts on
	repeat                          recurrence
}

// stageTerms are those of one stage, or of a review without stages.
type stageTerms struct {
	id                  string
	days                int
	reviewers, fallback []string // queries
	moves               []string // decisions that go on to the next stage, nil = all
}

func (t *terms) days() (n int) {
	for _, s := range t.stages {
		n += s.days
	}
	return n
}

const principalScope = "#microsoft.graph.principalResourceMembershipsScope"

// definitionProperties are what a body may have.
var definitionProperties = []string{
	"additionalNotificationRecipients", "backupReviewers", "createdBy", "createdDateTime", "descriptionForAdmins", "descriptionForReviewers",
	"displayName", "fallbackReviewers", "id", "instanceEnumerationScope", "instances", "lastModifiedDateTime", "reviewers", "scope", "settings",
	"stageSettings", "status",
}

var settingProperties = []string{
	"applyActions", "autoApplyDecisionsEnabled", "decisionHistoriesForReviewersEnabled", "defaultDecision", "defaultDecisionEnabled",
	"instanceDurationInDays", "justificationRequiredOnApproval", "mailNotificationsEnabled", "recommendationInsightSettings",
	"recommendationLookBackDuration", "recommendationsEnabled", "recurrence", "reminderNotificationsEnabled",
}

// readTerms checks a definition. What exactly the service refuses, and how, is
// mostly believed: the rules are those of the documentation.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func (g *governance) readTerms(rq *request, body map[string]any, now time.Time) (*terms, *graphError) {
	if err := onlyKnown("accessReviewScheduleDefinition", body, definitionProperties); err != nil {
		return nil, err
	}
	settings, _ := body["settings"].(map[string]any)
	scope, _ := body["scope"].(map[string]any)
	switch {
	case field.Text(body, "displayName") == "":
		return nil, invalidReview("AccessReviewArgumentException: displayName is required")
	case scope == nil:
		return nil, invalidReview("AccessReviewArgumentException: scope is required")
	case settings == nil:
		return nil, invalidReview("AccessReviewArgumentException: settings is required")
	}
	if err := onlyKnown("accessReviewScheduleSettings", settings, settingProperties); err != nil {
		return nil, err
	}
	t := &terms{
		name: field.Text(body, "displayName"), mails: field.Bool(settings, "mailNotificationsEnabled"), reminders: field.Bool(settings, "reminderNotificationsEnabled"),
		justification: field.Bool(settings, "justificationRequiredOnApproval"), recommendations: field.Bool(settings, "recommendationsEnabled"),
		autoApply: field.Bool(settings, "autoApplyDecisionsEnabled"),
	}
	v := g.s.store.View()
	for _, read := range []func() *graphError{
		func() *graphError { return t.readScope(g, rq, scope) },
		func() *graphError { return t.readResource(v, g.AnyApplication) },
		func() *graphError { return t.readDefault(settings) },
		func() *graphError { return t.readStages(v, body, settings) },
		func() *graphError { return t.readRecurrence(settings, now) },
		func() *graphError { return t.readActions(settings) },
		func() *graphError { return t.readRoute(rq, body) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readScope reads who and what is reviewed.
// https://learn.microsoft.com/graph/accessreviews-scope-concept
func (t *terms) readScope(g *governance, rq *request, scope map[string]any) *graphError {
	kind := field.Text(scope, "@odata.type")
	switch {
	case kind == "":
		return invalidReview("AccessReviewArgumentException: scope needs an @odata.type")
	case !strings.EqualFold(kind, principalScope):
		return rq.notModelled("a review with the scope " + kind)
	}
	principals, resources := field.Objects(scope, "principalScopes"), field.Objects(scope, "resourceScopes")
	if len(principals) == 0 || len(resources) != 1 {
		return invalidReview("AccessReviewArgumentException: scope needs principalScopes and one of resourceScopes")
	}
	if unified(rq) {
		return t.readCatalogScope(g, rq, principals[0], resources[0])
	}
	all := false
	for _, p := range principals {
		if !strings.EqualFold(field.Text(p, "@odata.type"), "#microsoft.graph.accessReviewQueryScope") && field.Text(p, "@odata.type") != "" {
			return rq.notModelled("a principal scope of type " + field.Text(p, "@odata.type"))
		}
		query, options, _ := strings.Cut(withoutVersion(field.Text(p, "query")), "?")
		guests, known := guestFilter(options)
		switch {
		case !known:
			return rq.notModelled("the principal scope " + field.Text(p, "query"))
		case strings.EqualFold(query, "/users"):
			all, t.guests = true, guests
		case strings.HasPrefix(strings.ToLower(query), "./members") && strings.EqualFold(withoutVersion(field.Text(p, "queryRoot")), "/groups"):
			t.members, t.guests = true, t.guests || guests
		default:
			return invalidReview("AccessReviewArgumentException: principal scope '%s' is not supported", field.Text(p, "query"))
		}
	}
	path := odata.SplitPath(withoutVersion(field.Text(resources[0], "query")))
	if !all || len(path) != 2 || !path[0].Is("servicePrincipals") {
		return rq.notModelled("a review of " + field.Text(resources[0], "query"))
	}
	t.resource = strings.ToLower(path[1].Value)
	return nil
}

// guestFilter reads the options of a principal scope: no filter, or one for guests.
func guestFilter(options string) (guests, known bool) {
	q, err := url.ParseQuery(options)
	filter := strings.NewReplacer("(", "", ")", "").Replace(strings.ToLower(q.Get("$filter")))
	guests = strings.TrimSpace(filter) == "usertype eq 'guest'"
	return guests, err == nil && (guests || filter == "")
}

// withoutVersion cuts /v1.0 or /beta off a query.
func withoutVersion(query string) string {
	for _, version := range []string{"/v1.0", "/beta"} {
		if rest, ok := strings.CutPrefix(query, version); ok && strings.HasPrefix(rest, "/") {
			return rest
		}
	}
	return query
}

// readResource checks what is reviewed. That assignment must be required is
// said of the portal; that the API refuses it is believed.
// https://learn.microsoft.com/entra/id-governance/access-reviews-application-preparation
func (t *terms) readResource(v *state.View, anyApplication bool) *graphError {
	sp := v.Get(schema.ServicePrincipals, t.resource)
	switch {
	case t.catalog:
		return nil
	case sp == nil:
		return invalidReview("AccessReviewArgumentException: Failed to retrieve the service principal %s", t.resource)
	case !sp.True("appRoleAssignmentRequired") && !anyApplication:
		return invalidReview("AccessReviewArgumentException: The application %s does not require user assignment, so access to it cannot be reviewed", t.resource)
	}
	return nil
}

func (t *terms) readDefault(settings map[string]any) *graphError {
	decision := field.Text(settings, "defaultDecision")
	if !slices.Contains([]string{"", "None", "Approve", "Deny", "Recommendation"}, decision) {
		return invalidReview("AccessReviewArgumentException: defaultDecision '%s' is not supported", decision)
	}
	if !field.Bool(settings, "defaultDecisionEnabled") {
		return nil
	}
	if decision == "" || decision == "None" {
		return invalidReview("AccessReviewArgumentException: defaultDecision is required when defaultDecisionEnabled is true")
	}
	t.defaultDecision = decision
	return nil
}

func (t *terms) readActions(settings map[string]any) *graphError {
	for _, a := range field.Objects(settings, "applyActions") {
		switch kind := field.Text(a, "@odata.type"); {
		case strings.EqualFold(kind, "#microsoft.graph.removeAccessApplyAction"):
		case strings.EqualFold(kind, "#microsoft.graph.disableAndDeleteUserApplyAction") && t.guests:
			t.deleteUsers = true
		default:
			return invalidReview("AccessReviewArgumentException: apply action '%s' is not supported for this scope", kind)
		}
	}
	return nil
}

// onlyKnown refuses members that a type does not have.
func onlyKnown(kind string, m map[string]any, names []string) *graphError {
	for _, name := range field.Names(m) {
		if !strings.Contains(name, "@") && !slices.Contains(names, name) {
			return malformed("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names that are defined by the type.", name, kind) // believed, not verified
		}
	}
	return nil
}

// A recurrence says when instances of a review begin.
// https://learn.microsoft.com/graph/api/resources/patternedrecurrence
type recurrence struct {
	monthly    bool
	interval   int // weeks or months, 0 = one instance only
	dayOfMonth int
	count      int       // of instances, 0 = no bound
	end        time.Time // no instance begins after it, zero = no bound
}

// Bounds that keep dates sane; those of the service are not known.
const (
	maxInterval = 1000
	maxDays     = 3650
)

// readRecurrence reads the schedule. A review whose day has come begins at once.
func (t *terms) readRecurrence(settings map[string]any, now time.Time) *graphError {
	m, _ := settings["recurrence"].(map[string]any)
	span, _ := m["range"].(map[string]any)
	t.first, t.day = now, now.UTC().Truncate(24*time.Hour)
	if s := field.Text(span, "startDate"); s != "" {
		day, ok := parseDay(s)
		if !ok {
			return invalidReview("AccessReviewArgumentException: startDate '%s' is not a date", s)
		}
		if day.After(t.day) {
			t.first, t.day = day, day
		}
	}
	pattern, _ := m["pattern"].(map[string]any)
	if pattern == nil {
		return nil
	}
	t.repeat = recurrence{interval: max(1, field.Int(pattern, "interval")), dayOfMonth: field.Int(pattern, "dayOfMonth")}
	if t.repeat.interval > maxInterval || t.repeat.dayOfMonth < 0 || t.repeat.dayOfMonth > 31 {
		return invalidReview("AccessReviewArgumentException: the recurrence pattern is out of range")
	}
	switch kind := field.Text(pattern, "type"); kind {
	case "weekly":
	case "absoluteMonthly":
		t.repeat.monthly = true
	default:
		return invalidReview("AccessReviewArgumentException: recurrence of type '%s' is not supported", kind)
	}
	if err := t.readRange(span); err != nil {
		return err
	}
	if first, second := t.occurrence(0), t.occurrence(1); first.AddDate(0, 0, t.days()).After(second) {
		return invalidReview("AccessReviewArgumentException: an instance of %d days does not end before the next one begins", t.days())
	}
	return nil
}

func (t *terms) readRange(span map[string]any) *graphError {
	switch kind := field.Text(span, "type"); kind {
	case "noEnd":
	case "endDate":
		day, ok := parseDay(field.Text(span, "endDate"))
		if !ok {
			return invalidReview("AccessReviewArgumentException: endDate '%s' is not a date", field.Text(span, "endDate"))
		}
		t.repeat.end = day
	case "numbered":
		t.repeat.count = max(1, field.Int(span, "numberOfOccurrences"))
	default:
		return invalidReview("AccessReviewArgumentException: recurrence range of type '%s' is not supported", kind)
	}
	return nil
}

// parseDay reads a date, or the date of a time.
func parseDay(s string) (time.Time, bool) {
	if len(s) > len(time.DateOnly) {
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return time.Time{}, false
		}
		s = s[:len(time.DateOnly)]
	}
	day, err := time.Parse(time.DateOnly, s)
	return day, err == nil
}

// occurrence returns the day on which instance number n begins, from 0.
func (t *terms) occurrence(n int) time.Time {
	r := t.repeat
	if !r.monthly {
		return t.day.AddDate(0, 0, 7*r.interval*n)
	}
	day, months := t.day.Day(), r.interval*n
	if r.dayOfMonth > 0 {
		day = r.dayOfMonth
	}
	if dayIn(t.day, 0, day).Before(t.day) {
		months++ // the day has passed in the first month
	}
	return dayIn(t.day, months, day)
}

// dayIn returns a day of the month that comes so many months after t, the last
// one where that month is shorter.
func dayIn(t time.Time, months, day int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(day, first.AddDate(0, 1, -1).Day())-1)
}

// begins tells whether there is an instance number n, and when it begins.
func (t *terms) begins(n int) (at time.Time, ok bool) {
	r := t.repeat
	switch {
	case n == 0:
		if at = t.occurrence(0); at.Before(t.first) {
			at = t.first
		}
		return at, true
	case r.interval == 0, r.count > 0 && n >= r.count:
		return at, false
	}
	at = t.occurrence(n)
	return at, r.end.IsZero() || !at.After(r.end)
}
