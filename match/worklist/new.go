package worklist

import (
	"cmp"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// Options are the options of [New]. The zero value means the defaults.
type Options struct {
	// Application is the name by which decisions know the application.
	Application string
	// Account is the column with an account's own name. "" means Profile.Account, and
	// without that the value that a row is looked up by.
	Account string
	// Profile says what the list's columns mean: Role, Facts and Closed. Without it no
	// row is more urgent than another.
	Profile roster.Profile
	// Matcher is the run's own; nil means that the report knows it. A report that was
	// read from JSON doesn't: only the last query of each row is known then, and no row
	// has a Was.
	Matcher match.Matcher
	// Decisions are those that the run followed; nil means none.
	Decisions *Decisions
	// Columns are those that are shown beside each row. nil means all that the list
	// has but Account: names, role and facts come first.
	Columns []string
	// Proposals are users whom the rows resemble. nil means that nobody was looked for,
	// so that fewer causes are known and no act is said to settle anything that only a
	// proposal shows.
	Proposals *near.Proposals
	// Before is the list of an earlier run, of the same application. It is not changed.
	Before *List
	// Assigned is the number of users who hold a role of the application; nil means
	// that it is not known.
	Assigned *int
	// Now is when the list is made; zero means the time of the call.
	Now time.Time
}

// New orders the rows of a report that have no user. It asks nothing, and neither
// the report nor anything that follows from it changes. Nil opts mean the defaults.
func New(report *match.Report, opts *Options) *List {
	b := newBuilder(report, opts)
	b.count()
	for o := range report.Unresolved() {
		b.add(o)
	}
	b.findCauses()
	b.findOthers()
	b.sort()
	b.sumUp()
	b.compare()
	if b.Decisions != nil {
		b.list.Stale = b.Decisions.Stale(report, b.rules)
	}
	return b.list
}

// A builder is the state of one New.
type builder struct {
	Options
	report  *match.Report
	rules   Rules
	known   bool // what the rules ask is
	about   func(roster.Row) []Decision
	list    *List
	headers []*roster.Header // of the rows, in order
	lines   map[string]int   // the first line that has a user, by id
	own     map[string]bool  // domains of the directory's users
	open    []*entry
	at      map[place]*entry
}

func newBuilder(report *match.Report, opts *Options) *builder {
	b := &builder{report: report, lines: make(map[string]int), own: make(map[string]bool), at: make(map[place]*entry)}
	if opts != nil {
		b.Options = *opts
	}
	b.Account = cmp.Or(b.Account, b.Profile.Account)
	if b.Now.IsZero() {
		b.Now = time.Now()
	}
	b.rules = Rules{Matcher: b.Matcher, Account: b.Account, Now: b.Now}
	if b.Matcher == nil {
		b.rules.Matcher = asked{report}
	}
	b.known = slices.ContainsFunc(report.Outcomes, func(o match.Outcome) bool {
		return len(b.rules.Matcher.Queries(o.Row)) > 0
	})
	b.about = func(roster.Row) []Decision { return nil }
	if b.Decisions != nil {
		b.about = b.Decisions.About(b.rules)
	}
	b.headers = headersOf(report)
	b.list = &List{Application: b.Application, Account: b.Account, Made: b.Now.UTC().Truncate(time.Second),
		Facts: b.shown(), Causes: []Cause{}, Rows: []Row{}}
	if len(b.headers) > 0 {
		b.list.Roster = b.headers[0].File()
	}
	return b
}

// asked is the matcher of a report, as far as it is known.
type asked struct{ *match.Report }

func (asked) Rules() []match.Rule { return nil }

func headersOf(report *match.Report) (list []*roster.Header) {
	seen := make(map[*roster.Header]bool)
	for i := range report.Outcomes {
		if h := report.Outcomes[i].Row.Header(); h != nil && !seen[h] {
			seen[h] = true
			list = append(list, h)
		}
	}
	return list
}

// shown returns the columns that are shown: those that people look at first come first.
func (b *builder) shown() []string {
	wanted := b.Columns
	if wanted == nil {
		for _, h := range b.headers {
			wanted = append(wanted, match.NameColumns(h)...)
		}
		wanted = append(append(wanted, b.Profile.Role), b.Profile.Facts.Columns()...)
		for _, h := range b.headers {
			wanted = append(wanted, h.Columns()...)
		}
	}
	var list []string
	for _, column := range wanted {
		same := func(other string) bool { return roster.Fold(other) == roster.Fold(column) }
		isAccount := b.Columns == nil && b.Account != "" && roster.Fold(b.Account) == roster.Fold(column)
		if b.has(column) && !isAccount && !slices.ContainsFunc(list, same) {
			list = append(list, column)
		}
	}
	return list
}

func (b *builder) has(column string) bool {
	return slices.ContainsFunc(b.headers, func(h *roster.Header) bool {
		_, ok := h.Index(column)
		return ok
	})
}

// count counts what became of all rows, and notes what is known of the directory.
func (b *builder) count() {
	counts := Counts{Rows: len(b.report.Outcomes), Assigned: -1}
	if b.Assigned != nil {
		counts.Assigned = *b.Assigned
	}
	if b.Proposals != nil {
		counts.Unanswered = b.Proposals.Unanswered
	}
	for _, h := range b.headers {
		counts.NotAccounts += h.NotAccounts()
	}
	for o := range b.report.All() {
		counts.Unread += o.Unread()
		switch {
		case o.User == nil && o.Kind == match.Excluded:
			counts.Nobody++
		case o.User == nil:
			counts.Open++
		case o.Query.Rule == match.Decided:
			counts.Decided++
		default:
			counts.Matched++
		}
		if o.User != nil && b.lines[o.User.ID] == 0 {
			b.lines[o.User.ID] = o.Line()
			b.own[domain(o.User.UserPrincipalName)] = true
			b.own[domain(o.User.Mail)] = true
			if !o.Enabled() {
				counts.Disabled++
			}
		}
	}
	b.list.Counts = counts
}

// sumUp makes the list's rows and causes of the entries, which are in order.
func (b *builder) sumUp() {
	at := make(map[string]int) // index in causes
	for i, e := range b.open {
		id := e.finding.id()
		e.row.Cause = id
		b.list.Rows = append(b.list.Rows, e.row)
		n, known := at[id]
		if !known {
			n = len(b.list.Causes)
			at[id] = n
			b.list.Causes = append(b.list.Causes, Cause{ID: id, Code: e.finding.code, Group: e.finding.group, Example: i})
		}
		c := &b.list.Causes[n]
		c.Count++
		if e.finding.settled {
			c.Settles++
		}
		if example := b.open[c.Example]; e.finding.settled && !example.finding.settled {
			c.Example = i // it shows best what the act settles
		}
	}
	for i := range b.list.Causes {
		c := &b.list.Causes[i]
		b.open[c.Example].finding.describe(c)
	}
	slices.SortStableFunc(b.list.Causes, func(x, y Cause) int {
		return cmp.Or(cmp.Compare(y.atOnce(), x.atOnce()), first(!x.Each, !y.Each), cmp.Compare(y.Count, x.Count),
			cmp.Compare(x.ID, y.ID))
	})
}

// atOnce returns the number of rows that the act settles at once.
func (c Cause) atOnce() int {
	if c.Each {
		return min(1, c.Settles)
	}
	return c.Settles
}
