package worklist

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// An Act is what was decided about an account.
type Act string

// The acts.
const (
	Match  Act = "match"  // it is User's, whatever the rules find
	Never  Act = "never"  // it is not User's, whatever the rules find
	Create Act = "create" // a user is to be created
	Close  Act = "close"  // it is to be closed in the application
	Nobody Act = "nobody" // it belongs to no person: Kind, Owner
	Later  Act = "later"  // somebody looks at it later
)

var acts = []Act{Match, Never, Create, Close, Nobody, Later}

// A Decision is what a person decided about an account, which every later run
// knows until its end. It is about the account's own name and not about a line.
type Decision struct {
	Account string    `json:"account"`
	Act     Act       `json:"decision"`
	User    string    `json:"user,omitempty"` // of Match and Never: user principal name, or object id, which no other user gets
	Kind    string    `json:"kind,omitempty"` // of Nobody: service, shared or vendor
	Owner   string    `json:"owner,omitempty"`
	Until   time.Time `json:"until,omitzero"` // the last day on which it holds, in UTC; zero for no end
	By      string    `json:"by,omitempty"`
	On      time.Time `json:"on,omitzero"` // with it, a Match never names a user who was created later
	Why     string    `json:"why,omitempty"`
	// Was is Row.Was when it was decided. A decision about a row that has changed does
	// not hold any more: the account's name may have gone to another person.
	// "" holds for any row.
	Was string `json:"was,omitempty"`

	place string // the line of the file, for errors
}

// note says in words what was decided, by whom, when and why.
func (d *Decision) note() string {
	var b strings.Builder
	b.WriteString(string(d.Act))
	if d.User != "" {
		b.WriteString(" " + d.User)
	}
	if d.By != "" {
		b.WriteString(", by " + d.By)
	}
	if !d.On.IsZero() {
		b.WriteString(" on " + d.On.Format(time.DateOnly))
	}
	if d.Why != "" {
		b.WriteString(": " + d.Why)
	}
	return b.String()
}

// Decisions are what people decided about the accounts of one application.
type Decisions struct {
	Application string // as the file names it; "" if it doesn't
	List        []Decision
}

// Add adds decisions that were made later: about the accounts that they are about, they
// take the place of the earlier ones. Those of another application are refused with an
// error that wraps [ErrApplication].
func (d *Decisions) Add(later *Decisions) error {
	if later.Application != "" {
		if d.Application == "" {
			d.Application = later.Application
		} else if err := d.CheckApplication(later.Application); err != nil {
			return err
		}
	}
	again := later.byAccount()
	d.List = slices.DeleteFunc(slices.Clone(d.List), func(one Decision) bool { return again[one.Account] != nil })
	d.List = append(d.List, later.List...)
	return nil
}

// ErrApplication says that decisions are about another application's accounts.
var ErrApplication = errors.New("the decisions are about another application")

// ReadDecisions reads a file of decisions from a roster, which may be CSV or JSON:
// a worklist's CSV, in which people filled in the columns decision and user, what the
// page saves, or what WriteCSV and WriteJSON wrote. The columns
//
//	application, account, decision, user, kind, owner, until, by, on, why, was
//
// are read, and others passed over; all but account and decision may be absent. A row
// without a decision decides nothing, and one that says the same again is dropped. until
// and on are dates such as 2027-06-30, or as a spreadsheet rewrites them, 30.06.2027 and
// 6/30/2027; 6/7/2027 is refused.
// It stops at the first error of the stream, and at the first row that can't be
// followed: half of the decisions would let the other accounts through.
// A file without the columns is refused with a [*match.ColumnError].
func ReadDecisions(rows iter.Seq2[roster.Row, error]) (*Decisions, error) {
	d := new(Decisions)
	for row, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("reading the decisions: %w", err)
		}
		if err := d.add(row); err != nil {
			return nil, err
		}
	}
	d.dropRepeats()
	return d, d.check()
}

// dropRepeats drops decisions that say the same again.
func (d *Decisions) dropRepeats() {
	seen := make(map[Decision]bool)
	d.List = slices.DeleteFunc(d.List, func(one Decision) bool {
		one.place = ""
		repeats := seen[one]
		seen[one] = true
		return repeats
	})
}

// add reads one row.
func (d *Decisions) add(row roster.Row) error {
	for _, column := range []string{"account", "decision"} {
		if _, ok := row.Lookup(column); !ok {
			return &match.ColumnError{File: row.File(), Column: column, Have: row.Header().Columns()}
		}
	}
	text := func(column string) string { return strings.TrimSpace(row.Get(column)) }
	act := Act(strings.ToLower(text("decision")))
	if act == "" {
		return nil
	}
	one := Decision{Act: act, User: text("user"), Kind: text("kind"), Owner: text("owner"), By: text("by"), Why: text("why"),
		place: fmt.Sprintf("%s line %d", roster.Printable(row.File()), row.Line())}
	var err error
	if one.Account, err = unquote(row.Get("account")); err != nil {
		return one.errorf("account can't be read: %w", err)
	}
	if one.Was, err = unquote(row.Get("was")); err != nil {
		return one.errorf("was can't be read: %w", err)
	}
	for column, at := range map[string]*time.Time{"until": &one.Until, "on": &one.On} {
		if value := text(column); value != "" {
			if *at, err = parseDate(value); err != nil {
				return one.errorf("%s %w", column, err)
			}
		}
	}
	if err := one.check(); err != nil {
		return err
	}
	if app := text("application"); app != "" {
		if d.Application != "" && roster.Fold(app) != roster.Fold(d.Application) {
			return one.errorf("the decision is about another application than those before it; keep a file for each")
		}
		d.Application = app
	}
	d.List = append(d.List, one)
	return nil
}

func (d *Decision) errorf(format string, args ...any) error {
	return fmt.Errorf(d.place+": "+format, args...)
}

// check refuses a decision that can't be followed.
func (d *Decision) check() error {
	switch {
	case !slices.Contains(acts, d.Act):
		return d.errorf("%s is no decision; it is match, never, create, close, nobody, later, or empty",
			strconv.Quote(roster.Printable(string(d.Act))))
	case d.Account == "":
		return d.errorf("a decision without an account is about nobody; fill in account, or take the decision out")
	case (d.Act == Match || d.Act == Never) && d.User == "":
		return d.errorf("%s needs the user principal name or object id of a user in the column user", d.Act)
	case d.Act == Nobody && d.Kind == "" && d.Owner == "" && d.Why == "":
		return d.errorf("nobody needs to be told why: kind (service, shared or vendor), owner or why")
	}
	return nil
}

// check refuses decisions about one account that contradict each other. A list with
// a row for each role repeats them, which is nothing.
func (d *Decisions) check() error {
	first := make(map[string]*Decision) // what is not Never, by account
	for i := range d.List {
		one := &d.List[i]
		if one.Act == Never {
			continue
		}
		other := first[one.Account]
		if other == nil {
			first[one.Account] = one
		} else if one.Act != other.Act || roster.Fold(one.User) != roster.Fold(other.User) {
			return one.errorf("%s decides otherwise about the same account; leave one of them", other.place)
		}
	}
	for i := range d.List {
		never := &d.List[i]
		one := first[never.Account]
		if never.Act == Never && one != nil && one.Act == Match && roster.Fold(one.User) == roster.Fold(never.User) {
			return never.errorf("%s decides that the account is that user's; leave one of them", one.place)
		}
	}
	return nil
}

func (d *Decisions) byAccount() map[string][]*Decision {
	accounts := make(map[string][]*Decision)
	for i := range d.List {
		accounts[d.List[i].Account] = append(accounts[d.List[i].Account], &d.List[i])
	}
	return accounts
}

// CheckApplication refuses decisions about another application than the one of this name
// with an error that wraps [ErrApplication]. Decisions that name none pass.
func (d *Decisions) CheckApplication(name string) error {
	switch {
	case d.Application == "" || roster.Fold(d.Application) == roster.Fold(name):
		return nil
	case name == "":
		return fmt.Errorf("%w, or nobody said which one this is: they name %s", ErrApplication, strconv.Quote(d.Application))
	}
	return fmt.Errorf("%w: they name %s, and this is %s", ErrApplication, strconv.Quote(d.Application), strconv.Quote(name))
}

// plain matches text that no spreadsheet changes and that shows all of its characters.
var plain = regexp.MustCompile(`^[\pL\pN]([\pL\pN\pM ._@\\/:#$&+|-]*[\pL\pN\pM._@\\/:#$&+|-])?$`)

// quote returns text as it stands in a file of decisions: as it is if it is plain, and
// else in double quotes as in Go, so that it comes back exactly from a spreadsheet.
func quote(text string) string {
	if text == "" || plain.MatchString(text) {
		return text
	}
	return strconv.QuoteToGraphic(text)
}

func unquote(text string) (string, error) {
	if !strings.HasPrefix(text, `"`) {
		return text, nil
	}
	plain, err := strconv.Unquote(text)
	if err != nil {
		return "", errors.New("it begins with a quotation mark and does not end in one, or holds a wrong escape")
	}
	return plain, nil
}
