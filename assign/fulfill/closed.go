package fulfill

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// ClosedOptions are the options of [ProveClosed].
type ClosedOptions struct {
	// Closed, if set, reports whether a row is of an account that is closed
	// although it is still listed, such as one whose status is "inactive".
	Closed func(row roster.Row) bool
	// Roles, if set, is the rule that the roster was imported with. It shows
	// whether an account that keeps other roles has lost the ones that it must.
	Roles assign.RoleRule
}

// An OpenAccount is an account that should have been closed, or lost a role.
type OpenAccount struct {
	Revocation
	Row assign.Source `json:"row"` // that shows it in the new export
}

// A Closure says what a new export of the application proves.
type Closure struct {
	Application string        `json:"application"`
	Rows        int           `json:"rows"` // of the new export
	Done        []Revocation  `json:"done"` // closed, or without the lost roles
	Open        []OpenAccount `json:"open"` // still there, or still with a lost role
	// Unproven are accounts that are to lose a role and keep another, and whose
	// row doesn't show whether they did.
	Unproven []Revocation `json:"unproven"`
}

// ProveClosed looks for the accounts of a list of revocations in a new export of
// the application. The column holds the application's own names for accounts, as
// SnapshotOptions.Column does. Accounts that are only to be looked into are left
// out. A row without a name in that column, or with one such as NULL, shows any
// account that another of its values names. An export proves nothing if a row of it
// can't be read, if it has no row or a [roster.Header.Doubt], or if fewer than half of the
// snapshot's other accounts are in it: the error then wraps [assign.ErrUnfinished].
func ProveClosed(snapshot Snapshot, list *Revocations, export iter.Seq2[roster.Row, error], column string,
	opts *ClosedOptions) (*Closure, error) {
	if opts == nil {
		opts = new(ClosedOptions)
	}
	if err := snapshot.ForApplication(list.ResourceID); err != nil {
		return nil, err
	}
	var last roster.Row
	rows := make(map[string][]roster.Row)
	closure := &Closure{Application: list.Application,
		Done: []Revocation{}, Open: []OpenAccount{}, Unproven: []Revocation{}} // empty lists in JSON, not null
	for row, err := range export {
		if err != nil {
			return nil, unfinished(isClosed, "the new export was not read to its end", err)
		}
		if _, ok := row.Header().Index(column); !ok {
			return nil, fmt.Errorf("the new export has no column %q; it has %s",
				column, roster.Printable(strings.Join(row.Header().Columns(), ", ")))
		}
		closure.Rows++
		last = row
		for _, key := range namesOf(row, column) {
			rows[key] = append(rows[key], row)
		}
	}
	if err := checkPlausible(snapshot, list, rows); err != nil {
		return nil, err
	}
	if closure.Rows == 0 {
		return nil, unfinished(isClosed, "the new export has no row, as one that broke off", nil)
	}
	if last.Header().Doubt() != "" {
		return nil, unfinished(isClosed, last.Header().Doubt(), nil)
	}
	for _, revocation := range list.Accounts {
		if revocation.Action() != LookInto {
			closure.settle(revocation, rows[accountKey(revocation.Account.Key)], opts)
		}
	}
	return closure, nil
}

// namesOf returns the keys of the accounts that a row may show: the one in the
// column, or all of its values if there is none.
func namesOf(row roster.Row, column string) (keys []string) {
	if name := row.Get(column); accountKey(name) != "" && !noNames.Has(name) {
		return []string{accountKey(name)}
	}
	for _, value := range row.All() {
		keys = append(keys, accountKey(value))
	}
	return keys
}

// accountKey is the form in which names of accounts are compared.
func accountKey(key string) string { return roster.Fold(strings.TrimSpace(key)) }

// checkPlausible refuses an export in which most of those who keep their access
// are missing.
func checkPlausible(snapshot Snapshot, list *Revocations, rows map[string][]roster.Row) error {
	revoked := make(map[string]bool)
	for _, revocation := range list.Accounts {
		revoked[accountKey(revocation.Account.Key)] = true
	}
	others, there := 0, 0
	for _, person := range snapshot.People {
		for _, account := range person.Accounts {
			if key := accountKey(account.Key); !revoked[key] {
				others++
				there += min(1, len(rows[key]))
			}
		}
	}
	if 2*there < others {
		return unfinished(isClosed, fmt.Sprintf("only %d of %d accounts that keep their access are in the new export, "+
			"so it is cut short, or another application's, or its accounts stand in another column", there, others), nil)
	}
	return nil
}

// settle decides on one account from its rows in the new export.
func (c *Closure) settle(r Revocation, rows []roster.Row, opts *ClosedOptions) {
	unclear := false
	for _, row := range rows {
		if opts.Closed != nil && opts.Closed(row) {
			continue
		}
		holds, known := true, true
		if r.Action() == RemoveRoles {
			holds, known = holdsLost(r, row, opts.Roles)
		}
		if known && holds {
			c.Open = append(c.Open, OpenAccount{r, assign.Source{File: row.File(), Line: row.Line(), Key: r.Account.Key}})
			return
		}
		unclear = unclear || !known
	}
	if unclear {
		c.Unproven = append(c.Unproven, r)
	} else {
		c.Done = append(c.Done, r)
	}
}

// holdsLost reports whether a row still has a role that was lost, and whether
// that can be told.
func holdsLost(r Revocation, row roster.Row, rule assign.RoleRule) (holds, known bool) {
	if rule == nil {
		return false, false
	}
	roles, err := rule(row)
	if err != nil {
		return false, false
	}
	return slices.ContainsFunc(r.Lost, func(l Loss) bool {
		return l.Cause.Lost() && slices.ContainsFunc(roles, func(role assign.AppRole) bool {
			return strings.EqualFold(role.ID, l.AppRoleID)
		})
	}), true
}

// WriteText writes for people which accounts are still open. The list ends after
// 20 rows with the number of the others.
func (c *Closure) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	out.Prose("%s: %d of %s done, says the new export of %s", roster.Printable(c.Application), len(c.Done),
		text.Plural(len(c.Done)+len(c.Open)+len(c.Unproven), "account", "accounts"), text.Plural(c.Rows, "row", "rows"))
	out.Count(len(c.Open), "still open")
	out.Count(len(c.Unproven), "keep other roles, and the export doesn't show which")
	out.Table("Still open", []string{"Account", "Person", "Shown by"}, len(c.Open), func(i int) []string {
		return []string{c.Open[i].Account.Key, c.Open[i].person(), c.Open[i].Row.String()}
	})
	return out.Err
}
