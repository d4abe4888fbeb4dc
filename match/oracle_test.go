package match_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// account is a user of the slow directory; the values of attributes by name.
type account struct {
	match.User
	attributes map[string][]string
}

// slowDirectory compares every query with every user, as a directory is defined.
type slowDirectory []account

var errBroken = errors.New("the service is broken")

func (d slowDirectory) FindUsers(_ context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return each(queries, func(query match.Query) (answer match.Answer) {
		answer.Users, answer.Err = d.get(query.Attribute, query.Value)
		return answer
	})
}

func (d slowDirectory) get(attribute, value string) (users []match.User, err error) {
	if strings.Contains(value, "%") {
		return nil, errBroken
	}
	for _, a := range d {
		if containsFold(a.attributes[attribute], value) {
			users = append(users, a.User)
		}
	}
	return users, nil
}

// article is the script's loop, list by list, with the script's names. It is
// kept as slow and as plain as the script.
type article struct {
	dbu_not_queried, dbu_not_matched, dbu_match_ambiguous, dbu_query_failed, dbu_duplicate []int
	azuread_match_id, azuread_not_enabled                                                  []string
	dbu_values                                                                             []string
}

func (a *article) loop(rows []roster.Row, column, attribute string, d slowDirectory) {
	for i, dbu := range rows {
		val := dbu.Get(column)
		if val == "" {
			a.dbu_not_queried = append(a.dbu_not_queried, i)
			continue
		}
		if containsFold(a.dbu_values, val) {
			a.dbu_duplicate = append(a.dbu_duplicate, i)
			continue
		}
		a.dbu_values = append(a.dbu_values, val)
		ul, err := d.get(attribute, val)
		switch {
		case err != nil:
			a.dbu_query_failed = append(a.dbu_query_failed, i)
		case len(ul) == 0:
			a.dbu_not_matched = append(a.dbu_not_matched, i)
		case len(ul) > 1:
			a.dbu_match_ambiguous = append(a.dbu_match_ambiguous, i)
		default:
			a.azuread_match_id = append(a.azuread_match_id, ul[0].ID)
			if !ul[0].AccountEnabled {
				a.azuread_not_enabled = append(a.azuread_not_enabled, ul[0].ID)
			}
		}
	}
}

func containsFold(list []string, value string) bool {
	for _, other := range list {
		if strings.EqualFold(other, value) {
			return true
		}
	}
	return false
}

// lists sorts a report's rows into the script's lists. SameUser is the one
// outcome that the script doesn't know: there, the row is matched.
func lists(report *match.Report) (a article) {
	for i, o := range report.Outcomes {
		switch o.Kind {
		case match.NoKey:
			a.dbu_not_queried = append(a.dbu_not_queried, i)
		case match.Duplicate:
			a.dbu_duplicate = append(a.dbu_duplicate, i)
		case match.Failed:
			a.dbu_query_failed = append(a.dbu_query_failed, i)
		case match.NotFound:
			a.dbu_not_matched = append(a.dbu_not_matched, i)
		case match.Ambiguous:
			a.dbu_match_ambiguous = append(a.dbu_match_ambiguous, i)
		case match.Matched, match.SameUser:
			a.azuread_match_id = append(a.azuread_match_id, o.User.ID)
			if !o.Enabled() {
				a.azuread_not_enabled = append(a.azuread_not_enabled, o.User.ID)
			}
		}
	}
	return a
}

// world is a random roster and a random directory over few values, so that
// every outcome is met often.
type world struct {
	rows  []roster.Row
	users slowDirectory
}

var alphabet = []string{"a", "A", "b", "o'neil", "O'Neil", "o''neil", "a+b", "a b", "#ext#", "50%", "x&y", " a",
	"a ", "ÜNAL", "ünal", "ΣΊΣΥΦΟΣ", "σίσυφος", "straße", "STRASSE", "山田", "e\u0301", "é", "a\u200b", "a\u00a0",
	strings.Repeat("l", 130), "?", "{a}", "a,b", "c", "d"}

func newWorld(random *rand.Rand) (w world) {
	value := func() string {
		if random.IntN(8) == 0 {
			return ""
		}
		return alphabet[random.IntN(len(alphabet))]
	}
	header, err := roster.NewHeader("users.csv", []string{"EMail", "Id"})
	if err != nil {
		panic(err)
	}
	for i := range random.IntN(40) {
		w.rows = append(w.rows, roster.NewRow(header, i+2, []string{value(), value()}))
	}
	for i := range random.IntN(30) {
		w.users = append(w.users, account{match.User{ID: fmt.Sprint("u", i), AccountEnabled: random.IntN(3) > 0},
			map[string][]string{"mail": {value(), value()}, "employeeId": {value()}}})
	}
	return w
}

func (w world) stream(yield func(roster.Row, error) bool) {
	for _, row := range w.rows {
		if !yield(row, nil) {
			return
		}
	}
}

func TestOneRuleAgreesWithTheArticlesLoop(t *testing.T) {
	t.Parallel()
	seen := make(map[match.Kind]int)
	for seed := range uint64(1500) {
		w := newWorld(rand.New(rand.NewPCG(seed, 1)))
		var want article
		want.loop(w.rows, "email", "mail", w.users)
		want.dbu_values = nil
		report, err := match.Run(t.Context(), w.users, w.stream, match.Column("email", "mail"), nil)
		require.NoError(t, err)
		require.Equal(t, want, lists(report), "seed %d", seed)
		requireSums(t, report, len(w.rows))
		for kind, n := range report.Counts() {
			seen[kind] += n
		}
	}
	for _, kind := range []match.Kind{match.Matched, match.NoKey, match.Duplicate, match.SameUser, match.NotFound,
		match.Ambiguous, match.Failed} {
		require.Greater(t, seen[kind], 100, "the random worlds hardly hold a %v, so they show nothing of it", kind)
	}
}

// requireSums holds that every row has exactly one outcome.
func requireSums(t *testing.T, report *match.Report, rows int) {
	t.Helper()
	require.Len(t, report.Outcomes, rows)
	sum := 0
	for kind, n := range report.Counts() {
		require.Equal(t, n, report.Count(kind))
		sum += n
	}
	require.Equal(t, rows, sum)
}

// fate is what a row comes to, in the words of the slow definition.
type fate struct {
	kind match.Kind
	user string
	rule string
	line int // FirstLine
}

// slowly defines Run with two rules: row by row, query by query, everything
// compared with everything before it.
func slowly(w world, m match.Matcher) []fate {
	fates := make([]fate, len(w.rows))
	for i, row := range w.rows {
		queries := m.Queries(row)
		if len(queries) == 0 {
			fates[i] = fate{kind: match.NoKey, rule: "EMail=mail, then Id=employeeId"}
			continue
		}
		fates[i] = lookUp(w.users, queries)
		for j := range i {
			if earlier := m.Queries(w.rows[j]); len(earlier) > 0 && same(earlier[0], queries[0]) {
				fates[i] = repeat(fates[j], earlier, queries, w.rows[j].Line())
				break
			}
		}
		if fates[i].kind == match.Matched {
			for j := range i {
				if fates[j].kind == match.Matched && fates[j].user == fates[i].user {
					fates[i].kind, fates[i].line = match.SameUser, w.rows[j].Line()
				}
			}
		}
	}
	return fates
}

func same(a, b match.Query) bool {
	return a.Attribute == b.Attribute && strings.EqualFold(a.Value, b.Value)
}

func lookUp(d slowDirectory, queries []match.Query) fate {
	for _, query := range queries {
		users, err := d.get(query.Attribute, query.Value)
		switch {
		case err != nil:
			return fate{kind: match.Failed, rule: query.Rule}
		case len(users) > 1:
			return fate{kind: match.Ambiguous, rule: query.Rule}
		case len(users) == 1:
			return fate{kind: match.Matched, user: users[0].ID, rule: query.Rule}
		}
	}
	return fate{kind: match.NotFound, rule: queries[0].Rule}
}

// repeat is the fate of a Duplicate: the first row's user if one of its own
// queries would have asked what found them.
func repeat(first fate, earlier, queries []match.Query, line int) fate {
	f := fate{kind: match.Duplicate, rule: queries[0].Rule, line: line}
	for _, query := range earlier {
		for _, own := range queries {
			if query.Rule == first.rule && same(query, own) {
				f.user = first.user
			}
		}
	}
	return f
}

func TestTwoRulesAgreeWithTheirSlowDefinition(t *testing.T) {
	t.Parallel()
	m := match.FirstOf(match.Column("EMail", "mail"), match.Column("Id", "employeeId"))
	borrowed, refused := 0, 0
	for seed := range uint64(1500) {
		w := newWorld(rand.New(rand.NewPCG(seed, 2)))
		report, err := match.Run(t.Context(), w.users, w.stream, m, nil)
		require.NoError(t, err)
		requireSums(t, report, len(w.rows))
		for i, want := range slowly(w, m) {
			o := report.Outcomes[i]
			got := fate{o.Kind, "", o.Query.Rule, o.FirstLine}
			if o.User != nil {
				got.user = o.User.ID
			}
			require.Equal(t, want, got, "seed %d, line %d: %s", seed, o.Line(), o.Reason())
			if o.Kind == match.Duplicate && o.User != nil {
				borrowed++
			} else if o.Kind == match.Duplicate {
				refused++
			}
		}
	}
	require.Greater(t, borrowed, 100)
	require.Greater(t, refused, 100)
}
