package assign

import (
	"fmt"
	"strings"
)

// A verdict is what becomes of one pair of user and role.
type verdict uint8

const (
	keepMet      verdict = iota // wanted and there
	addMissing                  // wanted and not there
	keepForeign                 // held by a group or a service principal
	keepUnlisted                // the policy leaves it
	keepHeld                    // the user's row settles no role
	removeIt
)

// decide is the one place where a plan's decisions are taken.
//
//	wanted | there | by user | in doubt | RemoveUnlisted | verdict
//	-------+-------+---------+----------+----------------+-------------------
//	yes    | no    |  -      |  -       |  -             | add
//	yes    | yes   |  -      |  -       |  -             | keep: met
//	no     | yes   | no      |  -       |  -             | keep: not a user's
//	no     | yes   | yes     |  -       | no             | keep: unlisted
//	no     | yes   | yes     | yes      | yes            | keep: held
//	no     | yes   | yes     | no       | yes            | remove
func decide(wanted, there, byUser, inDoubt bool, policy RemovePolicy) verdict {
	switch {
	case wanted && !there:
		return addMissing
	case wanted:
		return keepMet
	case !byUser:
		return keepForeign
	case policy != RemoveUnlisted:
		return keepUnlisted
	case inDoubt:
		return keepHeld
	default:
		return removeIt
	}
}

// A differ walks two sorted lists side by side and gathers the verdicts.
type differ struct {
	policy    Policy
	roles     map[string]string // display name by lower-case id
	listed    map[string]bool   // users with a row
	unsettled map[string]bool   // users with a row whose role is not known

	additions, removals []Change
	kept                Kept
	direct              int // assignments that users hold themselves
}

// compare takes the wants and the assignments, both sorted by pair.
func (d *differ) compare(wants []Want, before []Assignment) {
	if d.policy.Remove != RemoveNothing {
		d.listed, d.unsettled = setOf(d.policy.Roll.Listed), setOf(d.policy.Roll.Unsettled)
	}
	for len(wants) > 0 || len(before) > 0 {
		who := ""
		switch {
		case len(before) == 0:
			who = wants[0].PrincipalID
		case len(wants) == 0:
			who = before[0].PrincipalID
		default:
			who = min(wants[0].PrincipalID, before[0].PrincipalID)
		}
		w, b := 0, 0
		for w < len(wants) && wants[w].PrincipalID == who {
			w++
		}
		for b < len(before) && before[b].PrincipalID == who {
			b++
		}
		d.comparePrincipal(who, wants[:w], before[:b])
		wants, before = wants[w:], before[b:]
	}
}

// comparePrincipal takes all that one principal should hold and does hold.
func (d *differ) comparePrincipal(who string, wants []Want, before []Assignment) {
	inDoubt := d.unsettled[who] || d.listed[who] && len(wants) == 0
	asked := wants
	for len(wants) > 0 || len(before) > 0 {
		wanted := len(wants) > 0 && (len(before) == 0 || wants[0].pair().compare(before[0].pair()) <= 0)
		there := len(before) > 0 && (len(wants) == 0 || before[0].pair().compare(wants[0].pair()) <= 0)
		w, b := 0, 0
		for wanted && w < len(wants) && wants[w].AppRoleID == wants[0].AppRoleID {
			w++
		}
		for there && b < len(before) && before[b].AppRoleID == before[0].AppRoleID {
			b++
		}
		d.settle(wants[:w], before[:b], asked, inDoubt)
		wants, before = wants[w:], before[b:]
	}
}

// settle takes one pair: the wants for it and the assignments of it (mostly
// one), either of which may be missing, and all that is asked for the same user.
func (d *differ) settle(wants []Want, before []Assignment, asked []Want, inDoubt bool) {
	byUser := true
	for _, a := range before {
		byUser = byUser && a.direct()
		if a.direct() {
			d.direct++
		}
	}
	switch decide(len(wants) > 0, len(before) > 0, byUser, inDoubt, d.policy.Remove) {
	case addMissing:
		d.additions = append(d.additions, d.addition(wants))
	case keepMet:
		d.kept.Met++
	case keepForeign:
		if strings.EqualFold(before[0].PrincipalType, "Group") {
			d.kept.Groups += len(before)
		} else {
			d.kept.Others += len(before)
		}
	case keepUnlisted:
		d.kept.Unlisted += len(before)
	case keepHeld:
		d.kept.Held += len(before)
	case removeIt:
		for _, a := range before {
			d.removals = append(d.removals, d.removal(a, asked))
		}
	}
}

func (d *differ) addition(wants []Want) Change {
	first := wants[0]
	change := Change{Action: Add, PrincipalID: first.PrincipalID, AppRoleID: first.AppRoleID, AppRole: d.roles[first.AppRoleID]}
	for _, want := range wants {
		if change.PrincipalName == "" {
			change.PrincipalName = want.PrincipalName
		}
		if n := len(change.Sources); n == 0 || change.Sources[n-1] != want.Source {
			change.Sources = append(change.Sources, want.Source)
		}
	}
	switch n := len(change.Sources); n {
	case 1:
		change.Reason = fmt.Sprintf("%v has the role %s", first.Source, change.role())
	default:
		change.Reason = fmt.Sprintf("%v and %d more have the role %s", first.Source, n-1, change.role())
	}
	return change
}

func (d *differ) removal(a Assignment, asked []Want) Change {
	change := Change{Action: Remove, PrincipalID: a.PrincipalID, PrincipalName: a.PrincipalDisplayName,
		AppRoleID: a.AppRoleID, AppRole: d.roles[a.AppRoleID], AssignmentID: a.ID}
	if len(asked) == 0 {
		change.Reason = fmt.Sprintf("no row of %s names this user", d.policy.Roll.name())
		return change
	}
	if asked[0].PrincipalName != "" {
		change.PrincipalName = asked[0].PrincipalName
	}
	change.Reason = fmt.Sprintf("no row gives this user the role %s; %v has the role %s",
		change.role(), asked[0].Source, d.roles[asked[0].AppRoleID])
	return change
}

// role names the change's role, by its id if the application declares it no more.
func (c Change) role() string {
	if c.AppRole == "" {
		return c.AppRoleID
	}
	return c.AppRole
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
	return set
}
