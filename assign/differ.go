package assign

import "strings"

// A differ walks what should be and what is there side by side and gathers the
// verdicts.
type differ struct {
	policy    Policy
	listed    map[string]bool // users with a row
	unsettled map[string]bool // users with a row whose role is not known

	additions [][]Want // all wants for one pair
	removals  []doomed
	kept      Kept
	direct    int // assignments that users hold themselves
}

// A doomed assignment is one to remove, with what is asked for the same user.
type doomed struct {
	Assignment
	asked []Want
}

// compare takes the wants and the assignments, both sorted by pair.
func (d *differ) compare(wants []Want, before []Assignment) {
	if d.policy.Roll != nil {
		d.listed, d.unsettled = setOf(d.policy.Roll.Listed), setOf(d.policy.Roll.Unsettled)
	}
	for len(wants)+len(before) > 0 {
		who := nextPair(wants, before).principal
		w := leading(wants, func(w *Want) bool { return w.PrincipalID == who })
		b := leading(before, func(a *Assignment) bool { return a.PrincipalID == who })
		d.comparePrincipal(who, wants[:w], before[:b])
		wants, before = wants[w:], before[b:]
	}
}

// comparePrincipal takes all that one principal should hold and does hold.
func (d *differ) comparePrincipal(who string, asked []Want, before []Assignment) {
	inDoubt := d.unsettled[who] || d.listed[who] && len(asked) == 0
	for wants := asked; len(wants)+len(before) > 0; {
		at := nextPair(wants, before)
		w := leading(wants, func(w *Want) bool { return w.pair() == at })
		b := leading(before, func(a *Assignment) bool { return a.pair() == at })
		d.settle(wants[:w], before[:b], asked, inDoubt)
		wants, before = wants[w:], before[b:]
	}
}

// settle takes one pair: the wants for it and the assignments of it (mostly
// one), either of which may be missing, and all that is asked for the same user.
func (d *differ) settle(wants []Want, before []Assignment, asked []Want, inDoubt bool) {
	byUser := len(before) > 0 && before[0].direct()
	if byUser {
		d.direct += len(before)
	}
	switch decide(len(wants) > 0, len(before) > 0, byUser, inDoubt, d.policy.Remove) {
	case addMissing:
		d.additions = append(d.additions, wants)
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
			d.removals = append(d.removals, doomed{a, asked})
		}
	}
}

// changes returns the changes that the verdicts ask for, additions first. roles
// holds the display name of each role.
func (d *differ) changes(roles map[string]string) []Change {
	changes := make([]Change, 0, len(d.additions)+len(d.removals))
	sources := 0
	for _, wants := range d.additions {
		sources += len(wants)
	}
	room := make([]Source, 0, sources) // one allocation for all
	for _, wants := range d.additions {
		var change Change
		change, room = additionOf(wants, roles[wants[0].AppRoleID], room)
		changes = append(changes, change)
	}
	for _, gone := range d.removals {
		changes = append(changes, removalOf(gone.Assignment, gone.asked, roles, d.policy.Roll.name()))
	}
	return changes
}

// nextPair returns the pair at which either list goes on.
func nextPair(wants []Want, before []Assignment) pair {
	if len(wants) == 0 {
		return before[0].pair()
	}
	if len(before) == 0 || wants[0].pair().compare(before[0].pair()) < 0 {
		return wants[0].pair()
	}
	return before[0].pair()
}

// leading returns how many items at the beginning are so.
func leading[T any](items []T, is func(*T) bool) int {
	n := 0
	for n < len(items) && is(&items[n]) {
		n++
	}
	return n
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
	return set
}
