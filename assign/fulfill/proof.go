package fulfill

import (
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// ProofOptions are the options of [State.Prove].
type ProofOptions struct {
	// Column holds the names of those accounts whose column the journal doesn't know,
	// as those of a snapshot of an older version.
	Column string
	// Closed, if set, reports whether a row is of an account that is closed although
	// it is still listed, such as one whose status is "inactive".
	Closed func(row roster.Row) bool
	// Roles, if set, is the rule that the roster was imported with. It shows
	// whether an account that keeps other roles has lost the ones that it must.
	Roles assign.RoleRule
	// Bytes and Digest are the export's size and the SHA-256 of it in hex, for the
	// journal; they may be unknown.
	Bytes  int64
	Digest string
}

// An OpenAccountRow is an account that should have been closed, or lost a role, and the
// row that shows it.
type OpenAccountRow struct {
	Revocation
	Row assign.Source `json:"row"`
}

// A Closure says what a new export of the application proves.
type Closure struct {
	Application string           `json:"application"`
	Export      Export           `json:"export"`
	Done        []Revocation     `json:"done"` // closed, or without the lost roles
	Open        []OpenAccountRow `json:"open"` // still there, or still with a lost role
	// Unproven are accounts of which the export doesn't show whether it is done: they
	// keep another role, or their name stands in a column that the export lacks, or
	// nobody else is left by whom it could be told from an empty one.
	Unproven []Revocation `json:"unproven"`
	// Missing are accounts that are not in the export, though their people have access.
	Missing []AppAccount `json:"missing,omitempty"`
	// Back are accounts that were closed and whose names are there again. Whose they
	// are now, a look with the list and its users tells.
	Back []AppAccount `json:"back,omitempty"`
	// NobodyLeft says that no account is known that keeps its access, so that the
	// export proves nothing by those that are missing.
	NobodyLeft bool `json:"nobodyLeft,omitempty"`

	before *State
	proof  Proof
}

// A Proof is what a journal keeps of a [Closure].
type Proof struct {
	Export Export   `json:"export"`
	Gone   []string `json:"gone,omitempty"` // ids of accounts that are not there any more
	// Dropped are the roles that accounts have lost in the application, by account.
	Dropped map[string][]string `json:"dropped,omitempty"`
	Open    int                 `json:"open,omitempty"` // accounts to close that are still there
}

// exportRows is what of an export's rows is needed for a proof.
type exportRows struct {
	rows  int
	file  string
	last  roster.Row
	there *presence
	named map[accountName][]roster.Row
}

// Prove looks for the accounts that are to be closed in a new export of the application,
// each by its own name in its own column. A row without a name in that column, or with
// one such as NULL, shows any account that another of its values names. It writes
// nothing; [Journal.Proven] does.
//
// An export proves nothing if a row of it can't be read, if it has no row or a
// [roster.Header.Doubt], or if fewer than half of the accounts that keep their access are
// in it: the error then wraps [assign.ErrUnfinished].
func (s *State) Prove(export iter.Seq2[roster.Row, error], opts *ProofOptions) (*Closure, error) {
	if opts == nil {
		opts = new(ProofOptions)
	}
	before := s
	s = s.withColumn(opts.Column)
	seen, err := s.readExport(export, opts)
	if err != nil {
		return nil, err
	}
	c := &Closure{Application: s.Application, Done: []Revocation{}, Open: []OpenAccountRow{}, Unproven: []Revocation{},
		Export: Export{Name: seen.file, Rows: seen.rows, Bytes: opts.Bytes, Digest: opts.Digest}, before: before}
	absent, err := s.absentees(seen.file, isClosed, seen.there.of)
	if err != nil {
		return nil, err
	}
	gone := make(map[string]bool)
	for _, account := range absent {
		gone[account.ID] = true
		c.proof.Gone = append(c.proof.Gone, account.ID)
	}
	list := s.Revocations()
	listed := make(map[string]bool)
	for _, revocation := range list.Accounts {
		if revocation.Action() != LookInto {
			listed[revocation.Account.ID] = true
			c.settle(revocation, gone[revocation.Account.ID], seen, opts)
		}
	}
	for _, account := range absent {
		if !listed[account.ID] {
			c.Missing = append(c.Missing, account)
		}
	}
	c.findBack(s, seen)
	c.NobodyLeft = len(absent) == 0 && s.nobodyLeft(listed)
	c.proof.Export, c.proof.Open = c.Export, len(c.Open)
	return c, nil
}

// withColumn returns the state with a column for the accounts that have none.
func (s *State) withColumn(column string) *State {
	c := s.clone()
	for id, account := range c.Accounts {
		if account.Column == "" {
			account.Column = column
			c.Accounts[id] = account
		}
	}
	return c
}

// nobodyLeft reports whether all accounts that are there are to be closed.
func (s *State) nobodyLeft(listed map[string]bool) bool {
	for id, account := range s.Accounts {
		if account.live() && !listed[id] {
			return false
		}
	}
	return true
}

func (s *State) readExport(export iter.Seq2[roster.Row, error], opts *ProofOptions) (*exportRows, error) {
	seen := &exportRows{there: newPresence(s.Accounts), named: make(map[accountName][]roster.Row)}
	for row, err := range export {
		if err != nil {
			return nil, unfinished(isClosed, "the new export was not read to its end", err)
		}
		seen.rows++
		seen.last, seen.file = row, row.File()
		if opts.Closed != nil && opts.Closed(row) {
			continue
		}
		seen.there.add(row, "")
		for column := range seen.there.names {
			if value, ok := row.Lookup(column); ok && column != "" {
				name := nameIn(column, bare(value))
				seen.named[name] = append(seen.named[name], row)
			}
		}
	}
	if seen.rows == 0 {
		return nil, unfinished(isClosed, "the new export has no row, as one that broke off", nil)
	}
	if doubt := seen.last.Header().Doubt(); doubt != "" {
		return nil, unfinished(isClosed, doubt, nil)
	}
	for _, account := range s.Accounts {
		if column := account.name().column; account.live() && column != "" && seen.there.missing[column] {
			return nil, noColumn(seen.last, account.Column)
		}
	}
	return seen, nil
}

// settle decides on one account.
func (c *Closure) settle(r Revocation, gone bool, seen *exportRows, opts *ProofOptions) {
	if gone {
		c.Done = append(c.Done, r)
		return
	}
	if seen.there.of(r.Account) != isPresent {
		c.Unproven = append(c.Unproven, r)
		return
	}
	rows := seen.named[r.Account.name()]
	unclear := false
	for _, row := range rows {
		holds, known := true, true
		if r.Action() == RemoveRoles {
			holds, known = c.before.holdsLost(r, row, opts.Roles)
		}
		if known && holds {
			c.Open = append(c.Open, shownBy(row, r))
			return
		}
		unclear = unclear || !known
	}
	switch {
	case len(rows) == 0 && r.Action() == CloseAccount: // another value of a nameless row names it
		name := r.Account.name()
		c.Open = append(c.Open, shownBy(seen.there.loose[name.column][name.key], r))
	case unclear || len(rows) == 0:
		c.Unproven = append(c.Unproven, r)
	default:
		c.Done = append(c.Done, r)
		if c.proof.Dropped == nil {
			c.proof.Dropped = make(map[string][]string)
		}
		c.proof.Dropped[r.Account.ID] = r.lostRoles()
	}
}

func shownBy(row roster.Row, r Revocation) OpenAccountRow {
	return OpenAccountRow{r, assign.Source{File: row.File(), Line: row.Line(), Key: r.Account.Key}}
}

// lostRoles returns the ids of the roles that the account must lose, sorted.
func (r Revocation) lostRoles() (ids []string) {
	for _, loss := range r.Lost {
		if loss.Cause.Lost() && loss.AppRoleID != "" {
			ids = append(ids, loss.AppRoleID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// holdsLost reports whether a row still has a role that was lost, and whether that can
// be told: not if it isn't known which role that was.
func (s *State) holdsLost(r Revocation, row roster.Row, rule assign.RoleRule) (holds, known bool) {
	if rule == nil {
		return false, false
	}
	lost := r.lostRoles()
	roles := roleIDs(rule, row)
	for _, role := range roles {
		holds = holds || slices.Contains(lost, s.canonical(role))
	}
	anyRole := func(l Loss) bool { return l.Cause.Lost() && l.AppRoleID == "" }
	return holds, holds || roles != nil && !slices.ContainsFunc(r.Lost, anyRole)
}

// findBack finds accounts that were closed and are there again.
func (c *Closure) findBack(s *State, seen *exportRows) {
	live := make(map[accountName]bool)
	for _, account := range s.Accounts {
		if account.live() {
			live[account.name()] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Accounts)) {
		account := s.Accounts[id]
		if !account.live() && !live[account.name()] && len(seen.named[account.name()]) > 0 {
			c.Back = append(c.Back, account)
		}
	}
}

// Proven adds what an export proves. The closure must be [State.Prove]'s of the state as
// it is now.
func (j *Journal) Proven(c *Closure) error {
	if c.before != j.state {
		return errors.New("the journal has grown since the export was compared with it; compare it again")
	}
	return j.append(Entry{Kind: EntryProof, Proof: &c.proof})
}

// learnProof adds what an export proved.
func (s *State) learnProof(proof *Proof, at time.Time) {
	for _, id := range proof.Gone {
		account := s.Accounts[id]
		account.Gone, account.Back = at, false
		s.Accounts[id] = account
	}
	for id, roles := range proof.Dropped {
		account := s.Accounts[id]
		account.Dropped = union(account.Dropped, roles)
		s.Accounts[id] = account
	}
	s.settleTickets(proof.Gone...)
}

// union returns the values of both lists, sorted.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// WriteText writes for people which accounts are still open. A list ends after
// 20 rows with the number of the others.
func (c *Closure) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	out.Prose("%s: %d of %s done, says the new export of %s", roster.Printable(c.Application), len(c.Done),
		text.Plural(len(c.Done)+len(c.Open)+len(c.Unproven), "account", "accounts"), text.Plural(c.Export.Rows, "row", "rows"))
	out.Count(len(c.Open), "still open")
	out.Count(len(c.Unproven), "of which the export doesn't show whether it is done")
	out.Count(len(c.Missing), "missing in the export, though their people have access")
	out.Count(len(c.Back), "that were closed and are there again")
	if c.NobodyLeft {
		out.Prose("No account is known that keeps its access, so an export that was cut short would look the same: " +
			"that one is missing proves nothing.")
	}
	out.Table("Still open", []string{"Account", "Person", "Shown by"}, len(c.Open), func(i int) []string {
		return []string{c.Open[i].Account.Key, c.Open[i].person(), c.Open[i].Row.String()}
	})
	accounts := func(title string, list []AppAccount) {
		out.Table(title, []string{"Account", "Column"}, len(list), func(i int) []string {
			return []string{list[i].Key, list[i].Column}
		})
	}
	accounts("Missing, though their people have access", c.Missing)
	accounts("There again", c.Back)
	return out.Err
}
