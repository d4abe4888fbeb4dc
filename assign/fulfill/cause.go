package fulfill

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
	// UserDisabled: the user can no longer sign in, and could when the snapshot
	// was taken. An application with passwords of its own still lets them in.
	UserDisabled Cause = "userDisabled"
	// StillThroughGroup: denied, or removed from the user, who has it from a
	// group all the same: a review can't take that away.
	// https://learn.microsoft.com/entra/id-governance/complete-access-review
	StillThroughGroup Cause = "stillThroughGroup"
	// DeniedNotApplied: a review that is over denied it, and the user still has it.
	DeniedNotApplied Cause = "deniedNotApplied"
)

// Lost reports whether the access is lost, so that the application's account
// must follow. Other causes need somebody to look at the directory first.
func (c Cause) Lost() bool { return c != StillThroughGroup && c != DeniedNotApplied }

// A UserStatus says whether a user can sign in.
type UserStatus string

// The states of a user. Deleted is also a user of whom nothing is known any more.
const (
	UserIsEnabled  UserStatus = "enabled"
	UserIsDisabled UserStatus = "disabled"
	UserIsDeleted  UserStatus = "deleted"
)

// facts are what a cause depends on, for one user and one role.
type facts struct {
	wasDirect         bool // the snapshot has an assignment of the user's own
	isDirect, isGroup bool // held now, directly or through a group
	denied            bool // by the latest decision
	applied           bool // the review of that decision is over
	deleted           bool
	disabled          bool // now, and not when the snapshot was taken
}

// causeOf is the one place where causes are told apart. The first line that fits
// counts; a dash fits everything. "" means that nothing has happened, or not yet.
//
//	direct | group | denied | applied | user     | cause
//	-------+-------+--------+---------+----------+---------------------------------
//	no     |  -    | yes    |  -      | deleted  | denied
//	 -     |  -    |  -     |  -      | deleted  | user deleted
//	yes    |  -    |  -     |  -      | disabled | user disabled
//	 -     | yes   |  -     |  -      | disabled | user disabled
//	yes    |  -    | yes    | yes     |  -       | denied, not applied
//	yes    |  -    |  -     |  -      |  -       | (none: still held, or waiting)
//	no     | yes   | yes    | yes     |  -       | still through a group
//	no     | yes   |  -     |  -      |  -       | still through a group, if the
//	       |       |        |         |          | user's own assignment is gone
//	no     | no    | yes    |  -      |  -       | denied
//	no     | no    | no     |  -      |  -       | removed otherwise
func causeOf(f facts) Cause {
	switch {
	case f.deleted && f.denied && !f.isDirect:
		return Denied
	case f.deleted:
		return UserDeleted
	case f.disabled && (f.isDirect || f.isGroup):
		return UserDisabled
	case f.isDirect && f.denied && f.applied:
		return DeniedNotApplied
	case f.isDirect:
		return ""
	case f.isGroup && (f.denied && f.applied || f.wasDirect):
		return StillThroughGroup
	case f.isGroup:
		return ""
	case f.denied:
		return Denied
	default:
		return RemovedOtherwise
	}
}
