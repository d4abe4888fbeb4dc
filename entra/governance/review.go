package governance

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
)

// A ReviewDefinition is an access review, with Graph's names. Properties that this
// package has no use for are left out.
// https://learn.microsoft.com/graph/api/resources/accessreviewscheduledefinition
type ReviewDefinition struct {
	ID                      string          `json:"id,omitempty"`
	DisplayName             string          `json:"displayName"`
	DescriptionForAdmins    string          `json:"descriptionForAdmins"`
	DescriptionForReviewers string          `json:"descriptionForReviewers"`
	Status                  ReviewStatus    `json:"status,omitempty"`
	CreatedDateTime         Time            `json:"createdDateTime,omitzero"`
	Scope                   ReviewScope     `json:"scope"`
	Reviewers               []QueryScope    `json:"reviewers"`
	FallbackReviewers       []QueryScope    `json:"fallbackReviewers"`
	StageSettings           []StageSettings `json:"stageSettings,omitempty"`
	Settings                ReviewSettings  `json:"settings"`

	noScope, noAutoApply bool // they did not come, so they are unknown
}

// UnmarshalJSON remembers what the service did not send.
func (d *ReviewDefinition) UnmarshalJSON(b []byte) error {
	type plain ReviewDefinition
	var sent struct {
		Scope    *struct{}
		Settings struct{ AutoApplyDecisionsEnabled *bool }
	}
	if err := cmp.Or(json.Unmarshal(b, (*plain)(d)), json.Unmarshal(b, &sent)); err != nil {
		return err
	}
	d.noScope, d.noAutoApply = sent.Scope == nil, sent.Settings.AutoApplyDecisionsEnabled == nil
	return nil
}

// A ReviewScope says whose access to what is reviewed.
// https://learn.microsoft.com/graph/api/resources/principalresourcemembershipsscope
type ReviewScope struct {
	Type            string       `json:"@odata.type,omitempty"`
	PrincipalScopes []QueryScope `json:"principalScopes,omitempty"`
	ResourceScopes  []QueryScope `json:"resourceScopes,omitempty"`
}

// A QueryScope names users, resources or reviewers by a query.
// https://learn.microsoft.com/graph/api/resources/accessreviewqueryscope
type QueryScope struct {
	Type      string `json:"@odata.type,omitempty"`
	Query     string `json:"query,omitempty"`
	QueryType string `json:"queryType,omitempty"`
	QueryRoot string `json:"queryRoot,omitempty"`
	// ResourceID and ScopeType are the newer way to name a resource. They are read
	// and never sent: that reviews of an application accept them is believed, not
	// verified. https://learn.microsoft.com/graph/api/resources/accessreviewresourcescope
	ResourceID string `json:"resourceId,omitempty"`
	ScopeType  string `json:"scopeType,omitempty"`
}

// StageSettings are one stage of a review.
// https://learn.microsoft.com/graph/api/resources/accessreviewstagesettings
type StageSettings struct {
	StageID                          string       `json:"stageId"`
	DependsOn                        []string     `json:"dependsOn,omitempty"`
	DurationInDays                   int          `json:"durationInDays"`
	RecommendationsEnabled           bool         `json:"recommendationsEnabled"`
	DecisionsThatWillMoveToNextStage []string     `json:"decisionsThatWillMoveToNextStage,omitempty"`
	Reviewers                        []QueryScope `json:"reviewers"`
	FallbackReviewers                []QueryScope `json:"fallbackReviewers,omitempty"`
}

// ReviewSettings are the settings of a review.
// https://learn.microsoft.com/graph/api/resources/accessreviewschedulesettings
type ReviewSettings struct {
	MailNotificationsEnabled        bool              `json:"mailNotificationsEnabled"`
	ReminderNotificationsEnabled    bool              `json:"reminderNotificationsEnabled"`
	JustificationRequiredOnApproval bool              `json:"justificationRequiredOnApproval"`
	DefaultDecisionEnabled          bool              `json:"defaultDecisionEnabled"`
	DefaultDecision                 string            `json:"defaultDecision"`
	InstanceDurationInDays          int               `json:"instanceDurationInDays"`
	AutoApplyDecisionsEnabled       bool              `json:"autoApplyDecisionsEnabled"`
	RecommendationsEnabled          bool              `json:"recommendationsEnabled"`
	Recurrence                      *ReviewRecurrence `json:"recurrence,omitempty"`
	ApplyActions                    []ApplyAction     `json:"applyActions,omitempty"`
}

// An ApplyAction is what is done about denied users.
type ApplyAction struct {
	Type string `json:"@odata.type"`
}

// A ReviewRecurrence says when the instances of a review begin.
// https://learn.microsoft.com/graph/api/resources/patternedrecurrence
type ReviewRecurrence struct {
	Pattern *RecurrencePattern `json:"pattern"` // nil: once
	Range   RecurrenceRange    `json:"range"`
}

// A RecurrencePattern is the time from one round of a series to the next.
type RecurrencePattern struct {
	Type       string `json:"type"` // weekly or absoluteMonthly
	Interval   int    `json:"interval"`
	DayOfMonth int    `json:"dayOfMonth,omitempty"`
}

// A RecurrenceRange says when a series begins and ends.
type RecurrenceRange struct {
	Type                string `json:"type"` // noEnd, endDate or numbered
	NumberOfOccurrences int    `json:"numberOfOccurrences"`
	StartDate           string `json:"startDate"`
	EndDate             string `json:"endDate,omitempty"`
}

const (
	membershipsScope = "#microsoft.graph.principalResourceMembershipsScope"
	queryScope       = "#microsoft.graph.accessReviewQueryScope"
	removeAccess     = "#microsoft.graph.removeAccessApplyAction"
	graphQuery       = "MicrosoftGraph"
)

// applicationScope is the documented scope of all users of an application.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions (example 3)
func applicationScope(servicePrincipalID string) ReviewScope {
	return ReviewScope{Type: membershipsScope,
		PrincipalScopes: []QueryScope{{Type: queryScope, Query: "/users", QueryType: graphQuery}},
		ResourceScopes: []QueryScope{{Type: queryScope, Query: "/servicePrincipals/" + servicePrincipalID,
			QueryType: graphQuery}},
	}
}

// Covers reports whether the review is about the assignments of the service
// principal with that object id.
func (d *ReviewDefinition) Covers(servicePrincipalID string) bool {
	return d.Scope.covers(servicePrincipalID)
}

func (s ReviewScope) covers(servicePrincipalID string) bool {
	return slices.ContainsFunc(s.ResourceScopes, func(s QueryScope) bool {
		named := strings.EqualFold(s.ScopeType, "servicePrincipal") && strings.EqualFold(s.ResourceID, servicePrincipalID)
		return named || strings.EqualFold(withoutVersion(s.Query), "/servicePrincipals/"+servicePrincipalID)
	})
}

// missing names the property without which nothing can be concluded from the
// review, or returns "".
func (d *ReviewDefinition) missing() string {
	switch {
	case d.ID == "":
		return "id"
	case d.noScope:
		return "scope"
	case d.Scope.ResourceScopes == nil && (d.Scope.Type == "" || strings.EqualFold(d.Scope.Type, membershipsScope)):
		return "scope/resourceScopes"
	}
	for _, s := range d.Scope.ResourceScopes {
		switch {
		case s.Query == "" && s.ResourceID == "":
			return "scope/resourceScopes/query"
		case s.Query == "" && s.ScopeType == "":
			return "scope/resourceScopes/scopeType"
		}
	}
	return ""
}

func (s ReviewStageInstance) missing() string { return firstEmpty("id", s.ID) }

func (i ReviewIdentity) missing() string { return firstEmpty("id", i.ID) }

func (i ReviewInstance) missing() string { return firstEmpty("id", i.ID, "status", string(i.Status)) }

func (d ReviewDecision) missing() string {
	return firstEmpty("id", d.ID, "principal", d.PrincipalID(), "decision", d.Decision)
}

// firstEmpty returns the first name whose value is empty, or "".
func firstEmpty(namesAndValues ...string) string {
	for i := 0; i < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] == "" {
			return namesAndValues[i]
		}
	}
	return ""
}

// withoutVersion drops the version that queries have when they are read back.
func withoutVersion(query string) string {
	return strings.TrimPrefix(strings.TrimPrefix(query, "/v1.0"), "/beta")
}

// UserReviewer returns the user with that object id as a reviewer.
// https://learn.microsoft.com/graph/accessreviews-reviewers-concept
func UserReviewer(userID string) QueryScope {
	return QueryScope{Query: "/users/" + userID, QueryType: graphQuery}
}

// GroupReviewers returns the members of the group with that object id, and those
// of groups in it, as reviewers.
func GroupReviewers(groupID string) QueryScope {
	return QueryScope{Query: "/groups/" + groupID + "/transitiveMembers", QueryType: graphQuery}
}

// ManagerReviewers returns the managers of those who are reviewed as reviewers,
// each of their own people.
func ManagerReviewers() QueryScope {
	return QueryScope{Query: "./manager", QueryType: graphQuery, QueryRoot: "decisions"}
}

// OwnerReviewers returns the owners of the service principal with that object id
// as reviewers.
func OwnerReviewers(servicePrincipalID string) QueryScope {
	return QueryScope{Query: "/servicePrincipals/" + servicePrincipalID + "/owners", QueryType: graphQuery}
}

// isManagers reports whether the reviewers are the managers of those reviewed.
func (s QueryScope) isManagers() bool { return strings.EqualFold(s.Query, "./manager") }

// A Time is a time as Graph gives it. It is zero if Graph gave none, or something
// else: Microsoft's page has a GUID where it describes appliedDateTime.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
type Time struct{ time.Time }

// UnmarshalJSON implements [encoding/json.Unmarshaler]. It never fails, so that a
// time that nobody needs doesn't cost a whole listing.
func (t *Time) UnmarshalJSON(text []byte) error {
	if t.Time.UnmarshalJSON(text) != nil {
		t.Time = time.Time{}
	}
	return nil
}

// A ReviewInstance is one round of a review.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstance
type ReviewInstance struct {
	ID            string              `json:"id"`
	Status        ReviewStatus        `json:"status"`
	StartDateTime Time                `json:"startDateTime"`
	EndDateTime   Time                `json:"endDateTime"`
	Scope         ReviewScope         `json:"scope,omitzero"`
	Errors        []graph.ErrorDetail `json:"errors,omitempty"`
}

// A ReviewStageInstance is one stage of a round.
// https://learn.microsoft.com/graph/api/resources/accessreviewstage
type ReviewStageInstance struct {
	ID     string       `json:"id"`
	Status ReviewStatus `json:"status"`
}

// A ReviewStatus is the status of a review or of one of its rounds, with Graph's
// spelling. It is an open set: compare with Is and Finished.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstance#properties
type ReviewStatus string

// The statuses that matter here. Applying and Applied occur in Graph's examples,
// though not in its list of typical values.
const (
	ReviewNotStarted   ReviewStatus = "NotStarted"
	ReviewInitializing ReviewStatus = "Initializing" // of a catalog's review, while it takes data
	ReviewInProgress   ReviewStatus = "InProgress"
	ReviewCompleted    ReviewStatus = "Completed"
	ReviewAutoReviewed ReviewStatus = "AutoReviewed"
	ReviewApplying     ReviewStatus = "Applying"
	ReviewApplied      ReviewStatus = "Applied"
)

// Is reports whether the status is one of others. Letter case does not matter.
func (s ReviewStatus) Is(others ...ReviewStatus) bool {
	return slices.ContainsFunc(others, func(o ReviewStatus) bool { return strings.EqualFold(string(s), string(o)) })
}

// Finished reports whether nothing more happens by itself: the decisions are
// applied, or the review is complete and does not apply them on its own.
func (s ReviewStatus) Finished(autoApply bool) bool {
	return s.Is(ReviewApplied) || !autoApply && s.Is(ReviewCompleted, ReviewAutoReviewed)
}

// over reports whether reviewers can no longer decide.
func (s ReviewStatus) over() bool {
	return s.Is(ReviewCompleted, ReviewAutoReviewed, ReviewApplying, ReviewApplied, "Completing", "AutoReviewing")
}

// A ReviewDecision is what was decided about one principal, or about one of its
// roles. Most properties may be missing.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
type ReviewDecision struct {
	ID               string          `json:"id"`
	Decision         string          `json:"decision"` // Approve, Deny, NotReviewed or DontKnow
	Justification    string          `json:"justification,omitempty"`
	ReviewedDateTime Time            `json:"reviewedDateTime,omitzero"`
	Recommendation   string          `json:"recommendation,omitempty"`
	ApplyResult      string          `json:"applyResult,omitempty"` // New, AppliedSuccessfully, …
	AppliedDateTime  Time            `json:"appliedDateTime,omitzero"`
	Principal        ReviewIdentity  `json:"principal"`
	PrincipalLink    string          `json:"principalLink,omitempty"`
	Resource         *ReviewResource `json:"resource,omitempty"`
	ReviewedBy       ReviewIdentity  `json:"reviewedBy"`
	AppliedBy        ReviewIdentity  `json:"appliedBy"`
}

// A ReviewIdentity is a principal or a reviewer.
type ReviewIdentity struct {
	Type              string `json:"@odata.type,omitempty"` // such as #microsoft.graph.userIdentity
	ID                string `json:"id"`
	DisplayName       string `json:"displayName,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
}

const zeroGUID = "00000000-0000-0000-0000-000000000000"

// Known reports whether the identity is somebody: where nobody decided, Graph
// sends the zero id.
func (i ReviewIdentity) Known() bool { return i.ID != "" && i.ID != zeroGUID || i.DisplayName != "" }

// Name returns the display name, or else the user principal name, or else the id.
// It is "" for nobody.
func (i ReviewIdentity) Name() string {
	if name := cmp.Or(i.DisplayName, i.UserPrincipalName, i.ID); name != zeroGUID {
		return name
	}
	return ""
}

// A ReviewResource is what access is reviewed to.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitemserviceprincipalresource
type ReviewResource struct {
	ID                 string `json:"id"`
	DisplayName        string `json:"displayName,omitempty"`
	Type               string `json:"type,omitempty"`
	AppRoleID          string `json:"appRoleId,omitempty"`
	AppRoleDisplayName string `json:"appRoleDisplayName,omitempty"`
}

// PrincipalID returns the object id of the principal that the decision is about.
// If the principal was deleted, the id may stand in PrincipalLink only.
func (d ReviewDecision) PrincipalID() string {
	if d.Principal.ID != "" && d.Principal.ID != zeroGUID {
		return d.Principal.ID
	}
	return d.PrincipalLink[strings.LastIndex(d.PrincipalLink, "/")+1:]
}

// concerns reports whether the decision is about a user's access to that service
// principal. One that names no resource is about what its round is about.
func (d ReviewDecision) concerns(servicePrincipalID string, round ReviewScope) bool {
	switch {
	case strings.EqualFold(d.Principal.Type, "#microsoft.graph.servicePrincipalIdentity"):
		return false // a program holds the role, and has no account
	case d.namesResource():
		return strings.EqualFold(d.Resource.ID, servicePrincipalID)
	}
	return round.covers(servicePrincipalID)
}

func (d ReviewDecision) namesResource() bool { return d.Resource != nil && d.Resource.ID != "" }

// applied reports whether the decision was carried out.
func (d ReviewDecision) applied() bool { return wasApplied(d.ApplyResult) }

func wasApplied(result string) bool {
	return strings.HasPrefix(strings.ToLower(result), "appliedsuccessfully")
}

// waits reports whether the decision is a denial that was not carried out.
func (d ReviewDecision) waits() bool {
	return strings.EqualFold(d.Decision, "Deny") && (d.ApplyResult == "" || strings.EqualFold(d.ApplyResult, "New"))
}

// changed is when the decision was carried out, or else when it was made.
func (d ReviewDecision) changed() time.Time {
	if d.AppliedDateTime.After(d.ReviewedDateTime.Time) {
		return d.AppliedDateTime.Time
	}
	return d.ReviewedDateTime.Time
}
