package fulfill

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Decision is what a review decided about one user.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
type Decision struct {
	PrincipalID string `json:"principalId"`
	// AppRoleID is the role that was decided about. "" means all roles of the
	// application, as in most reviews of an application.
	AppRoleID     string    `json:"appRoleId,omitempty"`
	Decision      string    `json:"decision"`   // Approve, Deny, NotReviewed or DontKnow; an open set
	ReviewedBy    string    `json:"reviewedBy"` // name of the reviewer, for people
	Reviewed      time.Time `json:"reviewed"`
	Justification string    `json:"justification,omitempty"`
	ApplyResult   string    `json:"applyResult,omitempty"` // such as AppliedSuccessfully; an open set
	Applied       time.Time `json:"applied,omitzero"`      // when it was carried out; zero if that is unknown
	Review        string    `json:"review,omitempty"`      // Review.Name, if empty
}

// id tells a decision from all others.
func (d Decision) id() string {
	return hash(d.Review, strings.ToLower(d.PrincipalID), strings.ToLower(d.AppRoleID), d.Decision,
		d.Reviewed.UTC().Format(time.RFC3339Nano))
}

// tookAccess reports whether the review says that it took away what was there.
func (d Decision) tookAccess() bool {
	return d.denied() && strings.EqualFold(d.ApplyResult, "AppliedSuccessfully")
}

// A Review is one instance of an access review with its decisions.
type Review struct {
	// Complete says that the decisions were read to their end. Whoever reads them
	// sets it, as governance.Client does.
	Complete bool
	// Applied says that the review is over and its decisions have been applied.
	// Before that, a denied user who still has the role is only waiting.
	Applied   bool
	Name      string
	Decisions []Decision
}

func (d Decision) denied() bool   { return strings.EqualFold(d.Decision, "Deny") }
func (d Decision) approved() bool { return strings.EqualFold(d.Decision, "Approve") }

// A reviewDecision is a decision with what is known of its review.
type reviewDecision struct {
	Decision
	applied bool // the review is over
	tied    bool // another decision, not a denial, was taken at the same time
}

// decisionsByUser maps the lower-case ids of users to the decisions about them,
// the latest first, and of those of one time denials first.
type decisionsByUser map[string][]reviewDecision

func newDecisionsByUser(reviews []Review) (decisionsByUser, error) {
	all := make(decisionsByUser)
	for _, review := range reviews {
		if !review.Complete {
			return nil, unfinished(whoLost, "the decisions of the review "+review.Name+" were not read to their end", nil)
		}
		for _, decision := range review.Decisions {
			if decision.denied() || decision.approved() { // NotReviewed and DontKnow decide nothing
				decision.PrincipalID = strings.ToLower(decision.PrincipalID)
				decision.AppRoleID = strings.ToLower(decision.AppRoleID)
				decision.Review = cmp.Or(decision.Review, review.Name)
				all[decision.PrincipalID] = append(all[decision.PrincipalID], reviewDecision{decision, review.Applied, false})
			}
		}
	}
	for _, list := range all {
		sortDecisions(list)
	}
	return all, nil
}

// sortDecisions sorts the decisions about one user, at the coarsest fineness that
// one of their times has.
func sortDecisions(list []reviewDecision) {
	unit := time.Nanosecond
	for _, d := range list {
		unit = max(unit, fineness(d.Reviewed))
	}
	slices.SortFunc(list, func(a, b reviewDecision) int {
		denial := 0
		if a.denied() != b.denied() {
			denial = 1
			if a.denied() {
				denial = -1
			}
		}
		return cmp.Or(b.Reviewed.Truncate(unit).Compare(a.Reviewed.Truncate(unit)), denial,
			strings.Compare(a.AppRoleID, b.AppRoleID), strings.Compare(a.Review, b.Review),
			strings.Compare(a.ReviewedBy, b.ReviewedBy), strings.Compare(a.Justification, b.Justification))
	})
	for i := range list {
		list[i].tied = list[i].denied() && slices.ContainsFunc(list[i+1:], func(d reviewDecision) bool {
			return d.approved() && d.Reviewed.Truncate(unit).Equal(list[i].Reviewed.Truncate(unit)) &&
				(d.AppRoleID == "" || list[i].AppRoleID == "" || d.AppRoleID == list[i].AppRoleID)
		})
	}
}

// latest returns the latest decision on a user's role that was not taken before the
// user had it, or nil. canonical gives the ids under which roles are kept.
func (d decisionsByUser) latest(principal, role string, since time.Time, canonical func(string) string) *reviewDecision {
	list := d[principal]
	for i := range list {
		about := list[i].AppRoleID == "" || canonical(list[i].AppRoleID) == role
		if about && (list[i].Reviewed.IsZero() || !before(list[i].Reviewed, since)) {
			return &list[i]
		}
	}
	return nil
}

// A Cause says why a role that a user held is on the list of revocations.
type Cause string

// The causes.
const (
	// Denied: a reviewer denied it, and it is gone.
	Denied Cause = "denied"
	// RemovedOtherwise: it is gone, and no review says so.
	RemovedOtherwise Cause = "removedOtherwise"
	// UserDeleted: the user was deleted, and their roles with them.
	UserDeleted Cause = "userDeleted"
	// UserDisabled: the user could sign in while they had the role, and no longer can.
	// An application with passwords of its own still lets them in.
	UserDisabled Cause = "userDisabled"
	// StillThroughGroup: denied, or removed from the user, who still has it from a
	// group. A review can't take that away.
	// https://learn.microsoft.com/entra/id-governance/complete-access-review
	StillThroughGroup Cause = "stillThroughGroup"
	// MaybeThroughGroup: it is gone, as far as can be seen, and a group whose
	// members are hidden has it.
	MaybeThroughGroup Cause = "maybeThroughGroup"
	// DeniedNotApplied: a review that is over denied it, and the user still has it.
	DeniedNotApplied Cause = "deniedNotApplied"
)

// Lost reports whether the access is lost, so that the application's account
// must follow. Other causes need somebody to look at the directory first.
func (c Cause) Lost() bool {
	switch c {
	case Denied, RemovedOtherwise, UserDeleted, UserDisabled:
		return true
	default:
		return false
	}
}

// A UserStatus says whether a user can sign in. "" means that nobody looked.
type UserStatus string

// The states of a user. A user that the directory no longer has is deleted.
const (
	UserIsEnabled  UserStatus = "enabled"
	UserIsDisabled UserStatus = "disabled"
	UserIsDeleted  UserStatus = "deleted"
)

// isKnown reports whether somebody looked.
func (s UserStatus) isKnown() bool {
	return s == UserIsEnabled || s == UserIsDisabled || s == UserIsDeleted
}

// facts are what a cause depends on, for one user and one role.
type facts struct {
	wasDirect         bool // the user had an assignment of their own
	isDirect, isGroup bool // held now, directly or through a group
	isHidden          bool // held now by a group whose members are hidden
	denied            bool // by the latest decision
	applied           bool // the review of that decision is over
	deleted           bool
	disabled          bool // now, and not when they got the role
}

// causeOf is the one place where causes are told apart. The first line that fits
// counts; a dash fits everything. "hidden" is a group whose members are hidden. ""
// means that nothing has happened yet.
//
//	direct | group | denied | applied | user     | cause
//	-------+-------+--------+---------+----------+---------------------------------
//	no     |  -    | yes    |  -      | deleted  | denied
//	 -     |  -    |  -     |  -      | deleted  | user deleted
//	yes    |  -    |  -     |  -      | disabled | user disabled
//	 -     | yes   |  -     |  -      | disabled | user disabled
//	 -     |hidden |  -     |  -      | disabled | user disabled
//	yes    |  -    | yes    | yes     |  -       | denied, not applied
//	yes    |  -    |  -     |  -      |  -       | (none: still held, or waiting)
//	no     | yes   | yes    | yes     |  -       | still through a group
//	no     | yes   |  -     |  -      |  -       | still through a group, if the
//	       |       |        |         |          | user's own assignment is gone
//	no     |hidden |  -     |  -      |  -       | maybe through a group
//	no     | no    | yes    |  -      |  -       | denied
//	no     | no    | no     |  -      |  -       | removed otherwise
func causeOf(f facts) Cause {
	switch {
	case f.deleted && f.denied && !f.isDirect:
		return Denied
	case f.deleted:
		return UserDeleted
	case f.disabled && (f.isDirect || f.isGroup || f.isHidden):
		return UserDisabled
	case f.isDirect && f.denied && f.applied:
		return DeniedNotApplied
	case f.isDirect:
		return ""
	case f.isGroup && (f.denied && f.applied || f.wasDirect):
		return StillThroughGroup
	case f.isGroup:
		return ""
	case f.isHidden:
		return MaybeThroughGroup
	case f.denied:
		return Denied
	default:
		return RemovedOtherwise
	}
}
