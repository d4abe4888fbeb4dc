package fulfill

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/rollcall-go/rollcall/roster"
)

// listPeople notes who is in the list.
func (c *comparison) listPeople() {
	c.listed = make(map[string]listRow)
	if c.look.List == nil {
		return
	}
	for _, row := range c.look.List.rows {
		if _, seen := c.listed[row.person]; row.person != "" && !seen {
			c.listed[row.person] = row
		}
	}
}

// people returns everybody who was known or is now, sorted.
func (c *comparison) people() []string {
	ids := make(map[string]bool)
	for id := range c.state.People {
		ids[id] = true
	}
	for id := range c.held {
		ids[id] = true
	}
	for id := range c.listed {
		ids[id] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// status returns whether a person can sign in. It must be known of whoever holds
// something, or did.
func (c *comparison) status(id string, before Person) (UserStatus, error) {
	status := c.statuses[id]
	if row, ok := c.listed[id]; ok && status == "" {
		if status = UserIsDisabled; row.enabled {
			status = UserIsEnabled
		}
	}
	switch {
	case status.isKnown():
		return status, nil
	case status == "" && len(before.Held)+len(c.held[id]) == 0:
		return before.Status, nil
	}
	return "", unfinished(whoLost, fmt.Sprintf("the user %s was not looked up (the status is %q)",
		roster.Printable(c.nameOf(id, before)), status), nil)
}

func (c *comparison) nameOf(id string, before Person) string {
	if row := c.listed[id]; row.name != "" {
		return row.name
	}
	return cmp.Or(before.Name, c.names[id], id)
}

// comparePerson compares what a person holds with what they held.
func (c *comparison) comparePerson(id string) error {
	was := c.state.person(id)
	status, err := c.status(id, was)
	if err != nil {
		return err
	}
	now := Person{ID: id, Status: status}
	if name := c.nameOf(id, was); name != id {
		now.Name = name
	}
	now.Blocked = status == UserIsDisabled &&
		(was.Blocked || was.Status == UserIsDeleted || was.Status == UserIsEnabled && len(was.Held) > 0)
	for _, role := range rolesOf(was.Held, c.held[id]) {
		if held, holds := c.compareRole(was, now, role); holds {
			now.Held = append(now.Held, held)
		}
	}
	if known, ok := c.state.People[id]; !ok || !known.equal(now) {
		c.news.People = append(c.news.People, now)
		c.after.People[id] = now
	}
	return nil
}

// rolesOf returns the ids of the roles in two lists, sorted.
func rolesOf(a, b []HeldRole) (ids []string) {
	for _, held := range slices.Concat(a, b) {
		ids = append(ids, held.AppRoleID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// compareRole returns how a person holds a role now, and whether they do. It notes a
// loss, its end, or what somebody should look into.
func (c *comparison) compareRole(was, now Person, role string) (HeldRole, bool) {
	before, knew := was.held(role)
	had := knew && was.hasAccess()
	held, _ := Person{Held: c.held[now.ID]}.held(role)
	has := held.gives() && now.hasAccess()
	held.AppRoleID, held.Since, held.NotBefore = role, before.Since, before.NotBefore
	if has && !had || !knew {
		held.Since, held.NotBefore = c.news.time, c.state.Looked
	}
	held.WasDirect = had && before.WasDirect || len(held.names(Directly)) > 0
	switch {
	case has && !had:
		c.regain(now.ID, role)
	case had:
		cause := c.lose(now, before, held)
		if cause == MaybeThroughGroup {
			return before, true // not known to be lost
		}
		if cause == "" {
			c.news.counts.kept++
		}
	}
	return held, held.gives()
}

// regain ends the losses of a role that a person has again.
func (c *comparison) regain(person, role string) {
	for _, loss := range c.losses[person] {
		ends := loss.AppRoleID == role || loss.AppRoleID == ""
		if ends && !slices.Contains(c.news.Regained, loss.ID) {
			c.news.Regained = append(c.news.Regained, loss.ID)
		}
	}
}

// restoreRoles lets accounts have again what they had lost and their people have again.
func (c *comparison) restoreRoles() {
	again := make(map[string][]string) // roles by person
	for _, id := range c.news.Regained {
		loss := c.state.Losses[id]
		again[loss.PrincipalID] = append(again[loss.PrincipalID], loss.AppRoleID)
	}
	if len(again) == 0 {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(c.state.Accounts)) {
		account := c.state.Accounts[id]
		var kept []string
		for _, role := range account.Dropped {
			if !slices.ContainsFunc(account.People, func(person string) bool { return slices.Contains(again[person], role) }) {
				kept = append(kept, role)
			}
		}
		if len(kept) < len(account.Dropped) {
			account.Dropped = kept
			c.news.Accounts = append(c.news.Accounts, account)
			c.after.Accounts[id] = account
		}
	}
}

// lose notes how a role that was held is lost, or what keeps it from being so, and
// returns the cause; "" if it is held as before.
func (c *comparison) lose(now Person, before, held HeldRole) Cause {
	since := before.NotBefore
	if held.created.After(since) {
		since = held.created // given anew, after what was decided before
	}
	decision := c.reviews.latest(now.ID, held.AppRoleID, since, c.after.canonical)
	denied := decision != nil && decision.denied()
	cause := causeOf(facts{
		wasDirect: before.WasDirect,
		isDirect:  len(held.names(Directly)) > 0,
		isGroup:   len(held.names(ThroughGroup)) > 0,
		isHidden:  len(hiddenIn(c.hidden, held.AppRoleID)) > 0,
		denied:    denied,
		applied:   denied && decision.applied,
		deleted:   now.Status == UserIsDeleted,
		disabled:  now.Blocked,
	})
	if cause == "" {
		if denied {
			c.news.counts.waiting++
		}
		return cause
	}
	loss := Loss{PrincipalID: now.ID, AppRoleID: held.AppRoleID, Cause: cause, At: c.news.time,
		Grant: grantOf(before), Through: held.names(ThroughGroup), Packages: held.names(ThroughPackage)}
	if cause == MaybeThroughGroup {
		loss.Through = hiddenIn(c.hidden, held.AppRoleID)
	}
	if denied {
		loss.decidedBy(decision)
	}
	c.add(loss)
	return cause
}

// grantOf returns the id of the assignment by which a role was held.
func grantOf(held HeldRole) string {
	if len(held.Paths) == 0 {
		return ""
	}
	return held.Paths[0].AssignmentID
}

// add notes a loss, or what somebody should look into.
func (c *comparison) add(loss Loss) {
	if !loss.Cause.Lost() {
		c.findings = append(c.findings, loss)
		return
	}
	loss.ID = fmt.Sprintf("%d.%d", c.state.Entries+1, len(c.news.Losses)+1)
	c.news.Losses = append(c.news.Losses, loss)
}

// compareDenials notes new denials. One that a review says it carried out took a role
// away, also from somebody whom no look has ever shown to have it.
func (c *comparison) compareDenials() error {
	for _, id := range slices.Sorted(maps.Keys(c.reviews)) {
		for _, decision := range c.reviews[id] {
			result, known := c.state.Denials[decision.id()]
			if !decision.denied() || known && result == decision.ApplyResult {
				continue
			}
			c.news.Decisions = append(c.news.Decisions, decision.Decision)
			if err := c.compareDenial(id, decision); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *comparison) compareDenial(id string, decision reviewDecision) error {
	role := ""
	if decision.AppRoleID != "" {
		role = c.after.canonical(decision.AppRoleID)
	}
	latest := c.reviews.latest(id, role, decision.Reviewed, c.after.canonical)
	at := cmp.Or(decision.Applied, decision.Reviewed)
	if !decision.tookAccess() || latest == nil || latest.id() != decision.id() || before(at, c.state.Begun) {
		return nil
	}
	about := func(l Loss) bool {
		return l.PrincipalID == id && (role == "" || l.AppRoleID == role || l.AppRoleID == "")
	}
	was, now := c.state.person(id), c.after.person(id)
	if slices.ContainsFunc(c.news.Losses, about) || slices.ContainsFunc(c.losses[id], about) ||
		holdsAny(was, role) || holdsAny(now, role) {
		return nil
	}
	if now.Status == "" {
		status := c.statuses[id]
		if !status.isKnown() {
			return unfinished(whoLost, fmt.Sprintf(
				"the user %s, whom a review denied access, was not looked up (the status is %q)",
				roster.Printable(c.nameOf(id, now)), status), nil)
		}
		now = Person{ID: id, Name: c.names[id], Status: status}
		c.news.People, c.after.People[id] = append(c.news.People, now), now
	}
	loss := Loss{PrincipalID: id, AppRoleID: role, Cause: Denied, At: c.news.time}
	loss.decidedBy(&decision)
	c.add(loss)
	return nil
}

// holdsAny reports whether a person has a role, or any if role is "".
func holdsAny(p Person, role string) bool {
	_, held := p.held(role)
	return held || role == "" && len(p.Held) > 0
}
