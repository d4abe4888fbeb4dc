package fulfill

import (
	"slices"
	"strings"
	"time"
)

// A Decision is what a review decided about one user.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
type Decision struct {
	PrincipalID string `json:"principalId"`
	// AppRoleID is the role that was decided about; "" means all roles of the
	// application, as reviews of an application mostly do.
	AppRoleID     string    `json:"appRoleId,omitempty"`
	Decision      string    `json:"decision"`   // Approve, Deny, NotReviewed or DontKnow; an open set
	ReviewedBy    string    `json:"reviewedBy"` // name of the reviewer, for people
	Reviewed      time.Time `json:"reviewed"`
	Justification string    `json:"justification,omitempty"`
	ApplyResult   string    `json:"applyResult,omitempty"` // such as AppliedSuccessfully; an open set
}

// A Review is one instance of an access review with its decisions.
type Review struct {
	// Complete says that the decisions were read to their end. The caller who
	// knows sets it.
	Complete bool
	// Applied says that the review is over and its decisions have been applied.
	// Before that, a denied user who still has the role is only waiting.
	Applied   bool
	Name      string
	Decisions []Decision
}

func (d Decision) denied() bool   { return strings.EqualFold(d.Decision, "Deny") }
func (d Decision) approved() bool { return strings.EqualFold(d.Decision, "Approve") }

// A ruling is a decision with the review that it was taken in.
type ruling struct {
	Decision
	review  string
	applied bool
}

// rulings maps the lower-case ids of users to the decisions about them, the
// latest first.
type rulings map[string][]ruling

func newRulings(reviews []Review) (rulings, error) {
	all := make(rulings)
	for _, review := range reviews {
		if !review.Complete {
			return nil, &IncompleteError{Question: whoLost, Missing: "the decisions of the review " + review.Name + " were not read to their end"}
		}
		for _, decision := range review.Decisions {
			if decision.denied() || decision.approved() { // NotReviewed and DontKnow decide nothing
				id := strings.ToLower(decision.PrincipalID)
				all[id] = append(all[id], ruling{decision, review.Name, review.Applied})
			}
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b ruling) int { return b.Reviewed.Compare(a.Reviewed) })
	}
	return all, nil
}

// on returns the latest decision on a user's role, or nil.
func (r rulings) on(principal, role string) *ruling {
	for i, ruling := range r[strings.ToLower(principal)] {
		if ruling.AppRoleID == "" || strings.EqualFold(ruling.AppRoleID, role) {
			return &r[strings.ToLower(principal)][i]
		}
	}
	return nil
}
