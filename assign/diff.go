package assign

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A pair is what plans compare: who holds which role. Ids are GUIDs, which
// compare without letter case, so both are in lower case.
type pair struct{ principal, role string }

func (p pair) compare(q pair) int {
	if p.principal != q.principal {
		return strings.Compare(p.principal, q.principal)
	}
	return strings.Compare(p.role, q.role)
}

func (w Want) pair() pair       { return pair{w.PrincipalID, w.AppRoleID} }
func (a Assignment) pair() pair { return pair{a.PrincipalID, a.AppRoleID} }

func (c Change) pair() pair {
	return pair{strings.ToLower(c.PrincipalID), strings.ToLower(c.AppRoleID)}
}

// sortWants returns a copy with ids in lower case, sorted by pair and source.
func sortWants(wants []Want) []Want {
	wants = slices.Clone(wants)
	for i := range wants {
		w := &wants[i]
		w.PrincipalID, w.AppRoleID = strings.ToLower(w.PrincipalID), strings.ToLower(w.AppRoleID)
	}
	slices.SortFunc(wants, func(a, b Want) int {
		if a.pair() != b.pair() {
			return a.pair().compare(b.pair())
		}
		return cmp.Or(a.Source.Compare(b.Source), strings.Compare(a.PrincipalName, b.PrincipalName))
	})
	return wants
}

// sortAssignments returns a copy with ids in lower case, sorted by pair and id.
// Each is in it once: a listing that changes while it is paged through may yield
// one twice.
func sortAssignments(resourceID string, current []Assignment) ([]Assignment, error) {
	sorted := append(make([]Assignment, 0, len(current)), current...)
	for i := range sorted {
		a := &sorted[i]
		if !strings.EqualFold(a.ResourceID, resourceID) {
			return nil, fmt.Errorf("assignment %s is of service principal %s and not of %s: %w",
				roster.Printable(a.ID), roster.Printable(a.ResourceID), resourceID, ErrOtherApplication)
		}
		a.PrincipalID, a.AppRoleID = strings.ToLower(a.PrincipalID), strings.ToLower(a.AppRoleID)
		a.CreatedDateTime = a.CreatedDateTime.UTC() // one form, so that equal states are equal values
	}
	slices.SortFunc(sorted, func(a, b Assignment) int {
		if a.pair() != b.pair() {
			return a.pair().compare(b.pair())
		}
		return strings.Compare(a.ID, b.ID)
	})
	return slices.CompactFunc(sorted, func(a, b Assignment) bool { return a.ID == b.ID && a.pair() == b.pair() }), nil
}

// A verdict is what becomes of one pair of user and role.
type verdict string

const (
	keepWanted    verdict = "keepWanted"    // wanted and there
	addMissing    verdict = "addMissing"    // wanted and not there
	keepForeign   verdict = "keepForeign"   // held by a group or a service principal
	keepProtected verdict = "keepProtected" // the policy protects the user
	keepDelivered verdict = "keepDelivered" // an access package delivers it
	keepUnlisted  verdict = "keepUnlisted"  // the policy leaves it
	keepInDoubt   verdict = "keepInDoubt"   // the user's row settles no role
	removeIt      verdict = "removeIt"
)

// decide is the one place where a plan's decisions are made.
//
//	wanted | there | by user | shield | removable | verdict
//	-------+-------+---------+--------+-----------+-------------
//	yes    | no    |  -      |  -     |  -        | addMissing
//	yes    | yes   |  -      |  -     |  -        | keepWanted
//	no     | yes   | no      |  -     |  -        | keepForeign
//	no     | yes   | yes     | some   |  -        | the shield
//	no     | yes   | yes     | none   | no        | keepUnlisted
//	no     | yes   | yes     | none   | yes       | removeIt
//
// A shield is keepProtected, keepDelivered or keepInDoubt; "" means none. Removable is
// what the policy lets a plan take away.
func decide(wanted, there, byUser bool, shield verdict, removable bool) verdict {
	switch {
	case wanted && !there:
		return addMissing
	case wanted:
		return keepWanted
	case !byUser:
		return keepForeign
	case shield != "":
		return shield
	case !removable:
		return keepUnlisted
	default:
		return removeIt
	}
}

// A diff gathers what a plan says while wants and assignments are compared.
type diff struct {
	policy    Policy
	roleNames map[string]string // display names by id
	listed    map[string]bool   // users with a row
	unsettled map[string]bool   // users with a row whose role is not known
	protected map[string]bool   // users who lose nothing
	delivered map[pair]bool     // what access packages deliver
	ours      map[string]bool   // ids of assignments that RemoveOurs may take away
	reversal  bool              // the plan takes back what an earlier one did

	additions, removals []Change
	kept                Kept
	spared              []string // ids of assignments that something shields
	direct              int      // assignments that users hold themselves
}

func newDiff(policy Policy, roleNames map[string]string) *diff {
	d := &diff{policy: policy, roleNames: roleNames, additions: []Change{},
		protected: setOf(policy.Protected), delivered: make(map[pair]bool), ours: make(map[string]bool)}
	for _, id := range policy.Ours {
		d.ours[id] = true
	}
	if policy.Packages != nil {
		for _, grant := range policy.Packages.Grants {
			d.delivered[pair{strings.ToLower(grant.PrincipalID), strings.ToLower(grant.AppRoleID)}] = true
		}
	}
	if policy.Roll != nil {
		d.listed, d.unsettled = setOf(policy.Roll.listed), setOf(policy.Roll.unsettled)
	}
	return d
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
	return set
}

// compare walks wants and assignments side by side, both sorted by pair.
func (d *diff) compare(wants []Want, held []Assignment) {
	user, asked := "", []Want(nil) // all wants for this user
	for len(wants)+len(held) > 0 {
		at := firstPair(wants, held)
		if at.principal != user || len(asked) == 0 {
			user, asked = at.principal, leading(wants, func(w Want) bool { return w.PrincipalID == at.principal })
		}
		wanted := leading(wants, func(w Want) bool { return w.pair() == at })
		there := leading(held, func(a Assignment) bool { return a.pair() == at })
		d.settle(wanted, there, asked)
		wants, held = wants[len(wanted):], held[len(there):]
	}
}

// firstPair returns the pair at which the walk goes on.
func firstPair(wants []Want, held []Assignment) pair {
	if len(wants) == 0 || len(held) > 0 && held[0].pair().compare(wants[0].pair()) < 0 {
		return held[0].pair()
	}
	return wants[0].pair()
}

// leading returns the items at the beginning for which is holds.
func leading[T any](items []T, is func(T) bool) []T {
	n := 0
	for n < len(items) && is(items[n]) {
		n++
	}
	return items[:n]
}

// settle decides on one pair: the wants for it and the assignments of it (mostly
// one), either of which may be missing. asked is what the same user should hold.
func (d *diff) settle(wanted []Want, there []Assignment, asked []Want) {
	byUser, shield := false, verdict("")
	if len(there) > 0 && there[0].direct() {
		byUser = true
		shield = d.shield(there[0], asked)
		d.direct += len(there)
	}
	decision := decide(len(wanted) > 0, len(there) > 0, byUser, shield, d.removable(there))
	if decision == shield {
		d.spare(there)
	}
	switch decision {
	case addMissing:
		d.additions = append(d.additions, d.addition(wanted))
	case keepWanted:
		d.kept.Met++
	case keepForeign:
		if strings.EqualFold(there[0].PrincipalType, "Group") {
			d.kept.Groups += len(there)
		} else {
			d.kept.Others += len(there)
		}
	case keepProtected:
		d.kept.Protected += len(there)
	case keepDelivered:
		d.kept.Delivered += len(there)
	case keepUnlisted:
		d.kept.Unlisted += len(there)
	case keepInDoubt:
		d.kept.Held += len(there)
	case removeIt:
		for _, a := range there {
			d.removals = append(d.removals, d.removal(a, asked))
		}
	}
}

// removable reports whether the policy lets a plan take all of the assignments away.
func (d *diff) removable(there []Assignment) bool {
	theirs := func(a Assignment) bool { return !d.ours[a.ID] }
	return d.policy.Remove == RemoveUnlisted || d.policy.Remove == RemoveOurs && !slices.ContainsFunc(there, theirs)
}

// spare notes assignments that must not be removed.
func (d *diff) spare(assignments []Assignment) {
	for _, a := range assignments {
		d.spared = append(d.spared, a.ID)
	}
}

// shield says why a user's assignment is kept although no row asks for it; "" if
// nothing keeps it.
func (d *diff) shield(a Assignment, asked []Want) verdict {
	user := a.PrincipalID
	switch {
	case d.protected[user]:
		return keepProtected
	case d.delivered[a.pair()]:
		return keepDelivered
	case d.unsettled[user] || d.listed[user] && len(asked) == 0:
		return keepInDoubt
	}
	return ""
}

// addition returns the one change that all wants for a pair ask for.
func (d *diff) addition(wanted []Want) Change {
	first := wanted[0]
	change := Change{Action: Add, PrincipalID: first.PrincipalID,
		AppRoleID: first.AppRoleID, AppRole: d.roleNames[first.AppRoleID]}
	for _, want := range wanted {
		change.PrincipalName = cmp.Or(change.PrincipalName, want.PrincipalName)
		change.Sources = append(change.Sources, want.Source)
	}
	change.Sources = slices.Compact(change.Sources)
	verb := " has the role "
	if more := len(change.Sources) - 1; more > 0 {
		verb = " and " + strconv.Itoa(more) + " more have the role "
	}
	change.Reason = first.Source.String() + verb + change.role()
	if d.reversal {
		change.Reason, change.Sources = "the run that is undone took it away", nil
	}
	return change
}

// removal returns the change that takes away an assignment which no want covers.
func (d *diff) removal(a Assignment, asked []Want) Change {
	change := Change{Action: Remove, PrincipalID: a.PrincipalID, PrincipalName: a.PrincipalDisplayName,
		AppRoleID: a.AppRoleID, AppRole: d.roleNames[a.AppRoleID], AssignmentID: a.ID}
	if d.reversal {
		change.Reason = "the run that is undone gave it"
		return change
	}
	roster := d.policy.Roll.roster()
	if len(asked) == 0 {
		change.Reason = "no row of " + roster + " names this user"
		return change
	}
	change.PrincipalName = cmp.Or(asked[0].PrincipalName, change.PrincipalName)
	change.Reason = "no row of " + roster + " gives this user the role " + change.role() + "; " +
		asked[0].Source.String() + " has the role " + d.roleNames[asked[0].AppRoleID]
	return change
}
