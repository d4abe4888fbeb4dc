package governance

import (
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A ReviewDecision is what was decided about one principal, or about one role
// of it. The type is open: members that are not here may come, and most of
// those that are may be null.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
type ReviewDecision struct {
	ID               string          `json:"id"`
	Decision         string          `json:"decision"` // Approve, Deny, NotReviewed or DontKnow
	Justification    string          `json:"justification,omitempty"`
	ReviewedDateTime time.Time       `json:"reviewedDateTime,omitzero"`
	Recommendation   string          `json:"recommendation,omitempty"`
	ApplyResult      string          `json:"applyResult,omitempty"` // New, AppliedSuccessfully, …
	AppliedDateTime  time.Time       `json:"appliedDateTime,omitzero"`
	Principal        ReviewIdentity  `json:"principal"`
	PrincipalLink    string          `json:"principalLink,omitempty"`
	Resource         *ReviewResource `json:"resource,omitempty"`
	ReviewedBy       ReviewIdentity  `json:"reviewedBy"`
	AppliedBy        ReviewIdentity  `json:"appliedBy"`
}

// A ReviewIdentity is a principal or a reviewer.
type ReviewIdentity struct {
	ID                string `json:"id"`
	DisplayName       string `json:"displayName,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
}

const zeroGUID = "00000000-0000-0000-0000-000000000000"

// Known reports whether it is anybody: who decided nothing has the zero id.
func (i ReviewIdentity) Known() bool { return i.ID != "" && i.ID != zeroGUID || i.DisplayName != "" }

// Name returns the display name, or else the user principal name or the id;
// "" for nobody.
func (i ReviewIdentity) Name() string {
	for _, name := range []string{i.DisplayName, i.UserPrincipalName, i.ID} {
		if name != "" && name != zeroGUID {
			return name
		}
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

// PrincipalID returns the object id of whom the decision is about, which a
// decision about somebody deleted may have in its link only.
func (d ReviewDecision) PrincipalID() string {
	if d.Principal.ID != "" && d.Principal.ID != zeroGUID {
		return d.Principal.ID
	}
	return d.PrincipalLink[strings.LastIndex(d.PrincipalLink, "/")+1:]
}

// about reports whether the decision concerns that service principal. One that
// names no resource concerns the review's, which is the only one.
func (d ReviewDecision) about(servicePrincipalID string) bool {
	return d.Resource == nil || d.Resource.ID == "" || strings.EqualFold(d.Resource.ID, servicePrincipalID)
}

// took reports whether the decision was carried out.
func (d ReviewDecision) took() bool {
	return strings.HasPrefix(strings.ToLower(d.ApplyResult), "appliedsuccessfully")
}

// at is when the decision was carried out, or else when it was made.
func (d ReviewDecision) at() time.Time {
	if d.AppliedDateTime.After(d.ReviewedDateTime) {
		return d.AppliedDateTime
	}
	return d.ReviewedDateTime
}

// ruling is the decision as package assign compares it with a snapshot.
func (d ReviewDecision) ruling() fulfill.Decision {
	ruling := fulfill.Decision{PrincipalID: d.PrincipalID(), Decision: d.Decision, ReviewedBy: d.ReviewedBy.Name(),
		Reviewed: d.ReviewedDateTime, Justification: d.Justification, ApplyResult: d.ApplyResult}
	if d.Resource != nil {
		ruling.AppRoleID = d.Resource.AppRoleID
	}
	return ruling
}
