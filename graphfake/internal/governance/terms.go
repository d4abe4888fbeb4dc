package governance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// terms are what the definition of a review says, read and checked.
// https://learn.microsoft.com/graph/api/resources/accessreviewscheduledefinition
type terms struct {
	Name     string
	Resource string // id of the service principal, or of the catalog
	catalog  bool   // a catalog is reviewed, by the data uploaded for its resources
	members  bool   // members of assigned groups are reviewed too
	guests   bool   // only guests are
	Stages   []stageTerms
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
	Reviewers, Fallback []string // queries
	moves               []string // decisions that go on to the next stage, nil = all
}

func (t *terms) Days() (n int) {
	for _, s := range t.Stages {
		n += s.days
	}
	return n
}

const PrincipalScope = "#microsoft.graph.principalResourceMembershipsScope"

// definitionProperties are what a body may have.
var definitionProperties = []string{"additionalNotificationRecipients", "backupReviewers", "createdBy",
	"createdDateTime", "descriptionForAdmins", "descriptionForReviewers", "displayName", "fallbackReviewers", "id",
	"instanceEnumerationScope", "instances", "lastModifiedDateTime", "reviewers", "scope", "settings", "stageSettings",
	"status"}

var settingProperties = []string{"applyActions", "autoApplyDecisionsEnabled", "decisionHistoriesForReviewersEnabled",
	"defaultDecision", "defaultDecisionEnabled", "instanceDurationInDays", "justificationRequiredOnApproval",
	"mailNotificationsEnabled", "recommendationInsightSettings", "recommendationLookBackDuration",
	"recommendationsEnabled", "recurrence", "reminderNotificationsEnabled"}

// readTerms checks a definition. What exactly the service refuses, and how, is
// mostly believed: the rules are those of the documentation.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func (g *Service) readTerms(unified bool, body map[string]any, now time.Time) (*terms, error) {
	if err := onlyKnown("accessReviewScheduleDefinition", body, definitionProperties); err != nil {
		return nil, err
	}
	settings := field.Object(body, "settings")
	scope := field.Object(body, "scope")
	switch {
	case field.Text(body, "displayName") == "":
		return nil, badArgument("displayName is required")
	case scope == nil:
		return nil, badArgument("scope is required")
	case settings == nil:
		return nil, badArgument("settings is required")
	}
	if err := onlyKnown("accessReviewScheduleSettings", settings, settingProperties); err != nil {
		return nil, err
	}
	t := &terms{
		Name: field.Text(body, "displayName"), mails: field.Bool(settings, "mailNotificationsEnabled"),
		reminders:       field.Bool(settings, "reminderNotificationsEnabled"),
		justification:   field.Bool(settings, "justificationRequiredOnApproval"),
		recommendations: field.Bool(settings, "recommendationsEnabled"),
		autoApply:       field.Bool(settings, "autoApplyDecisionsEnabled"),
	}
	v := g.Store.View()
	for _, read := range []func() error{
		func() error { return t.readScope(g, unified, scope) },
		func() error { return t.readResource(v, g.AnyApplication) },
		func() error { return t.readDefault(settings) },
		func() error { return t.readStages(v, body, settings) },
		func() error { return t.readRecurrence(settings, now) },
		func() error { return t.readActions(settings) },
		func() error { return t.readRoute(body) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readScope reads who and what is reviewed.
// https://learn.microsoft.com/graph/accessreviews-scope-concept
func (t *terms) readScope(g *Service, unified bool, scope map[string]any) error {
	kind := field.Text(scope, "@odata.type")
	switch {
	case kind == "":
		return badArgument("scope needs an @odata.type")
	case !strings.EqualFold(kind, PrincipalScope):
		return notModelled("a review with the scope " + kind)
	}
	principals, resources := field.Objects(scope, "principalScopes"), field.Objects(scope, "resourceScopes")
	if len(principals) == 0 || len(resources) != 1 {
		return badArgument("scope needs principalScopes and one of resourceScopes")
	}
	if unified {
		return t.readCatalogScope(g, principals[0], resources[0])
	}
	all := false
	for _, p := range principals {
		kind := field.Text(p, "@odata.type")
		if kind != "" && !strings.EqualFold(kind, "#microsoft.graph.accessReviewQueryScope") {
			return notModelled("a principal scope of type " + field.Text(p, "@odata.type"))
		}
		query, options, _ := strings.Cut(WithoutVersion(field.Text(p, "query")), "?")
		guests, known := guestFilter(options)
		switch {
		case !known:
			return notModelled("the principal scope " + field.Text(p, "query"))
		case strings.EqualFold(query, "/users"):
			all, t.guests = true, guests
		case strings.HasPrefix(strings.ToLower(query), "./members") &&
			strings.EqualFold(WithoutVersion(field.Text(p, "queryRoot")), "/groups"):
			t.members, t.guests = true, t.guests || guests
		default:
			return badArgument("principal scope '%s' is not supported", field.Text(p, "query"))
		}
	}
	path := odata.SplitPath(WithoutVersion(field.Text(resources[0], "query")))
	if !all || len(path) != 2 || !path[0].Is("servicePrincipals") {
		return notModelled("a review of " + field.Text(resources[0], "query"))
	}
	t.Resource = strings.ToLower(path[1].Value)
	return nil
}

// guestFilter reads the options of a principal scope: no filter, or one for guests.
func guestFilter(options string) (guests, known bool) {
	q, err := url.ParseQuery(options)
	filter := strings.NewReplacer("(", "", ")", "").Replace(strings.ToLower(q.Get("$filter")))
	guests = strings.TrimSpace(filter) == "usertype eq 'guest'"
	return guests, err == nil && (guests || filter == "")
}

// WithoutVersion cuts /v1.0 or /beta off a query.
func WithoutVersion(query string) string {
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
func (t *terms) readResource(v *state.View, anyApplication bool) error {
	sp := v.Get(schema.ServicePrincipals, t.Resource)
	switch {
	case t.catalog:
		return nil
	case sp == nil:
		return badArgument("Failed to retrieve the service principal %s", t.Resource)
	case !sp.True("appRoleAssignmentRequired") && !anyApplication:
		return badArgument("The application %s does not require user assignment, so access to it cannot be reviewed",
			t.Resource)
	}
	return nil
}

func (t *terms) readDefault(settings map[string]any) error {
	decision := field.Text(settings, "defaultDecision")
	if !slices.Contains([]string{"", "None", "Approve", "Deny", "Recommendation"}, decision) {
		return badArgument("defaultDecision '%s' is not supported", decision)
	}
	if !field.Bool(settings, "defaultDecisionEnabled") {
		return nil
	}
	if decision == "" || decision == "None" {
		return badArgument("defaultDecision is required when defaultDecisionEnabled is true")
	}
	t.defaultDecision = decision
	return nil
}

func (t *terms) readActions(settings map[string]any) error {
	for _, a := range field.Objects(settings, "applyActions") {
		switch kind := field.Text(a, "@odata.type"); {
		case strings.EqualFold(kind, "#microsoft.graph.removeAccessApplyAction"):
		case strings.EqualFold(kind, "#microsoft.graph.disableAndDeleteUserApplyAction") && t.guests:
			t.deleteUsers = true
		default:
			return badArgument("apply action '%s' is not supported for this scope", kind)
		}
	}
	return nil
}

// What bodies of entitlement management may have.
var (
	catalogProperties = []string{"catalogType", "createdDateTime", "description", "displayName", "id",
		"isExternallyVisible", "modifiedDateTime", "state"}
	packageProperties = []string{"catalog", "createdDateTime", "description", "displayName", "id", "isHidden",
		"modifiedDateTime"}
	policyProperties = []string{"accessPackage", "allowedTargetScope", "automaticRequestSettings", "catalog",
		"createdDateTime", "description", "displayName", "expiration", "id", "modifiedDateTime",
		"requestApprovalSettings", "requestorSettings", "reviewSettings", "specificAllowedTargets"}
)

// onlyKnown refuses members that a type does not have.
func onlyKnown(kind string, m map[string]any, names []string) error {
	for _, name := range field.Names(m) {
		if !strings.Contains(name, "@") && !slices.Contains(names, name) {
			// believed, not verified
			return &Error{UnknownProperty, fmt.Sprintf("The property '%s' does not exist on type 'microsoft.graph.%s'. "+
				"Make sure to only use property names that are defined by the type.", name, kind), metadata.Of(kind, name)}
		}
	}
	return nil
}

func (t *terms) readCatalogScope(g *Service, principal, resource map[string]any) error {
	if kind := field.Text(resource, "scopeType"); kind != "catalog" {
		return badArgument("the scope of a unified review must be a catalog, not '%s'", kind)
	}
	switch kind := field.Text(principal, "scopeType"); kind {
	case "allUsers":
	case "guestUsers":
		t.guests = true
	default:
		return notModelled("a principal scope of type " + kind)
	}
	c, err := g.Catalog(field.Text(resource, "resourceId"))
	if err != nil {
		return err
	}
	t.catalog, t.Resource = true, c.ID
	return nil
}

// readRoute refuses what is documented for the other route only: typed
// reviewers for catalogs, and for those nothing but one stage of managers.
func (t *terms) readRoute(body map[string]any) error {
	isTyped := func(m map[string]any) bool { return m["scopeType"] != nil }
	switch {
	case t.catalog && (t.staged || !slices.Equal(t.Stages[0].Reviewers, []string{"./manager"})):
		return notModelled("a review of a catalog by others than managers in one stage")
	case t.catalog:
		return nil
	}
	for _, m := range append(field.Objects(body, "stageSettings"), body) {
		for _, name := range []string{"reviewers", "fallbackReviewers", "backupReviewers"} {
			if slices.ContainsFunc(field.Objects(m, name), isTyped) {
				return notModelled("a reviewer with scopeType outside of the unified route")
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
