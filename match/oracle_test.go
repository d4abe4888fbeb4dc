package match_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
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
// compared with everything else.
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
			if slices.EqualFunc(m.Queries(w.rows[j]), queries, same) {
				fates[i].kind, fates[i].line = match.Duplicate, w.rows[j].Line()
				fates[i].rule = queries[0].Rule
				break
			}
		}
	}
	decided := slices.Clone(fates)
	for i := range fates {
		if rule, torn := conflict(w, m, i); torn && decided[i].kind != match.NoKey {
			fates[i] = fate{kind: match.Ambiguous, rule: rule}
		}
	}
	for i := range fates {
		for j := range i {
			if fates[i].kind == match.Matched && fates[j].kind == match.Matched && fates[j].user == fates[i].user {
				fates[i].kind, fates[i].line = match.SameUser, w.rows[j].Line()
			}
		}
	}
	return fates
}

// conflict reports whether another row with the key that decides row i has
// another value for the other rule, and the rule of that key.
func conflict(w world, m match.Matcher, i int) (rule string, torn bool) {
	key, decided := deciding(w, m.Queries(w.rows[i]))
	if !decided {
		return "", false
	}
	values := make(map[string]bool)
	for j := range w.rows {
		if other, decided := deciding(w, m.Queries(w.rows[j])); decided && same(other, key) {
			for _, query := range m.Queries(w.rows[j]) {
				if query.Rule != key.Rule {
					values[roster.Fold(query.Value)] = true
				}
			}
		}
	}
	return key.Rule, len(values) > 1
}

// deciding returns the query that finds a row's one user, or the first if all
// find nobody.
func deciding(w world, queries []match.Query) (match.Query, bool) {
	if len(queries) == 0 {
		return match.Query{}, false
	}
	f := lookUp(w.users, queries)
	for _, query := range queries {
		if query.Rule == f.rule {
			return query, f.kind == match.Matched || f.kind == match.NotFound
		}
	}
	return match.Query{}, false
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

func TestTwoRulesAgreeWithTheirSlowDefinition(t *testing.T) {
	t.Parallel()
	m := match.FirstOf(match.Column("EMail", "mail"), match.Column("Id", "employeeId"))
	borrowed, torn := 0, 0
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
			} else if o.Kind == match.Ambiguous && o.Err != nil {
				torn++
			}
		}
	}
	require.Greater(t, borrowed, 100)
	require.Greater(t, torn, 100)
}
