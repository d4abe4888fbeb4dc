package match_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

const idOfBob = "00000000-0000-4000-8000-00000000000b"

func decidedUsers() []matchtest.User {
	bob := person(idOfBob, "bob@contoso.com", "employeeId", "2")
	bob.UserPrincipalName = "bob@contoso.com"
	gone := person("dora", "dora@contoso.com")
	gone.Deleted = true
	return []matchtest.User{person("ada", "ada@contoso.com", "employeeId", "1"), bob,
		person("team1", "team@contoso.com"), person("team2", "team@contoso.com"), gone}
}

// decided looks up rows of Login|EMail|Staff, first by mail and then by number, with
// decisions by Login.
func decided(t *testing.T, decisions map[string]match.Decision, records ...string) *match.Report {
	t.Helper()
	rule := match.FirstOf(match.Column("EMail", "mail"), match.Column("Staff", "employeeId"))
	report, err := match.Run(t.Context(), matchtest.NewDirectory(decidedUsers()...),
		rowsOf(t, "Login|EMail|Staff", records...), rule, &match.Options{Decide: byLogin(decisions)})
	require.NoError(t, err)
	return report
}

func byLogin(decisions map[string]match.Decision) func(roster.Row) match.Decision {
	return func(row roster.Row) match.Decision { return decisions[row.Get("Login")] }
}

func TestADecision(t *testing.T) {
	t.Parallel()
	nobody := &match.Exclusion{Value: "x", Kind: "service", Owner: "IT"}
	for _, test := range []struct {
		row      string
		decision match.Decision
		want     match.Kind
		user     string // id
		mayBe    []string
		text     string // of the reason
		reason   string
	}{
		{"x|old@contoso.com|", match.Decision{User: "BOB@contoso.com", Note: "match, by kari"}, match.Matched, idOfBob, nil,
			"people decided that this row is bob@contoso.com; decided: match, by kari", "a row that nobody was found for"},
		{"x||", match.Decision{User: idOfBob}, match.Matched, idOfBob, nil, "people decided", "a row without a key, by object id"},
		{"x|ada@contoso.com|", match.Decision{User: idOfBob}, match.Matched, idOfBob, nil, "", "people know better than the rule"},
		{"x|old@contoso.com|", match.Decision{User: "left@contoso.com"}, match.NotFound, "", nil,
			"left@contoso.com\"; looking that user up found nobody", "the user has been deleted since"},
		{"x|ada@contoso.com|", match.Decision{User: "left@contoso.com"}, match.Ambiguous, "", []string{"ada"},
			"not in the directory", "whom the rule finds is not taken in place of the user"},
		{"x|old@contoso.com|", match.Decision{User: "dora@contoso.com"}, match.Deleted, "", []string{"dora"}, "deleted", "in the recycle bin"},

		{"x|ada@contoso.com|", match.Decision{Never: []string{"ada"}}, match.NotFound, "", nil, "", "by object id"},
		{"x|ada@contoso.com|", match.Decision{Never: []string{"ADA@contoso.com"}}, match.NotFound, "", nil, "", "by name"},
		{"x|ada@contoso.com|2", match.Decision{Never: []string{"ada"}}, match.Matched, idOfBob, nil, "employeeId", "the next rule is tried"},
		{"x|team@contoso.com|", match.Decision{Never: []string{"team1"}}, match.Matched, "team2", nil, "", "the other one is left"},
		{"x|dora@contoso.com|", match.Decision{Never: []string{"dora"}}, match.NotFound, "", nil, "", "a deleted one either"},
		{"x|ada@contoso.com|", match.Decision{Never: []string{idOfBob}}, match.Matched, "ada", nil, "", "somebody else"},

		{"x|ada@contoso.com|2", match.Decision{Nobody: nobody}, match.Excluded, "", []string{"ada", idOfBob}, "kind: service; owner: IT",
			"whoever it names keeps what they have"},
		{"x|ada@contoso.com|", match.Decision{Note: "close"}, match.Matched, "ada", nil, "decided: close", "only a note"},

		{"x|old@contoso.com|", match.Decision{User: idOfBob, Stale: "its end has come"}, match.Ambiguous, "", []string{idOfBob},
			"not followed any more, because its end has come", "bob must not lose access because a decision ended"},
		{"x|ada@contoso.com|", match.Decision{User: idOfBob, Stale: "the row has changed"}, match.Matched, "ada", []string{idOfBob}, "",
			"the rules decide again, and bob keeps what he has until somebody decides"},
		{"x|ada@contoso.com|", match.Decision{User: "ADA@contoso.com", Stale: "its end has come"}, match.Matched, "ada", nil, "", "who has it anyway is in no doubt"},
		{"x|ada@contoso.com|", match.Decision{Nobody: nobody, Stale: "its end has come"}, match.Matched, "ada", nil, "", "the same"},
		{"x|ada@contoso.com|", match.Decision{User: idOfBob, Never: []string{"ada"}, Stale: "its end has come"}, match.Ambiguous, "",
			[]string{idOfBob}, "", "she is not the person because another decision ended"},
		{"x|old@contoso.com|", match.Decision{User: "left@contoso.com", Stale: "its end has come"}, match.NotFound, "", nil, "", "nobody to protect"},
	} {
		o := decided(t, map[string]match.Decision{"x": test.decision}, test.row).Outcomes[0]
		id, _ := o.Principal()
		assert.Equal(t, []any{test.want, test.user, test.mayBe}, []any{o.Kind, id, o.MayBe()}, "%s %+v: %s", test.row, test.decision, test.reason)
		assert.Contains(t, o.Reason(), test.text, test.reason)
		require.NotNil(t, o.Decision)
	}
}

// A name that was given to another person must not give the account away.
func TestAUserWhoIsYoungerThanTheDecisionIsAnother(t *testing.T) {
	t.Parallel()
	decidedOn := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		created time.Time
		user    string
		on      time.Time
		want    match.Kind
		reason  string
	}{
		{decidedOn.AddDate(0, 0, 30), "bob@contoso.com", decidedOn, match.Ambiguous, "somebody else has that name now"},
		{decidedOn.AddDate(0, 0, 30), idOfBob, decidedOn, match.Matched, "an object id is never given to another"},
		{decidedOn.AddDate(0, 0, 30), "bob@contoso.com", time.Time{}, match.Matched, "nobody said when it was decided"},
		{decidedOn.Add(47 * time.Hour), "bob@contoso.com", decidedOn, match.Matched, "created on the day itself, far in the east"},
		{decidedOn.AddDate(-1, 0, 0), "bob@contoso.com", decidedOn, match.Matched, "there when it was decided"},
		{time.Time{}, "bob@contoso.com", decidedOn, match.Matched, "nobody knows when the user was created"},
	} {
		users := decidedUsers()
		users[1].Created = test.created
		report, err := match.Run(t.Context(), matchtest.NewDirectory(users...), rowsOf(t, "Login|EMail", "x|ada@contoso.com"),
			match.Column("EMail", "mail"), &match.Options{Decide: byLogin(map[string]match.Decision{"x": {User: test.user, On: test.on}})})
		require.NoError(t, err)
		o := report.Outcomes[0]
		require.Equal(t, test.want, o.Kind, test.reason)
		if test.want == match.Ambiguous {
			assert.Equal(t, []string{idOfBob, "ada"}, o.MayBe(), "whoever it may be keeps what they have")
			assert.Contains(t, o.Reason(), "bob@contoso.com was created on 2026-12-27, after people decided")
		}
	}
	users := decidedUsers()
	users[1].Created = decidedOn.AddDate(1, 0, 0)
	report, err := match.Run(t.Context(), matchtest.NewDirectory(users...), rowsOf(t, "Login|EMail", "x|bob@contoso.com"), match.Column("EMail", "mail"),
		&match.Options{Decide: byLogin(map[string]match.Decision{"x": {User: "bob@contoso.com", On: decidedOn}})})
	require.NoError(t, err)
	assert.Equal(t, match.Matched, report.Outcomes[0].Kind, "the rules find the same user")
}

// What is said of a user leaves an account of nobody as it is.
func TestNeverIsNoEndOfAnExclusion(t *testing.T) {
	t.Parallel()
	report, err := match.Run(t.Context(), matchtest.NewDirectory(decidedUsers()...), rowsOf(t, "Login|EMail", "x|ada@contoso.com"),
		match.Column("EMail", "mail"), &match.Options{Exclusions: []match.Exclusion{{Column: "Login", Value: "x", Owner: "IT"}},
			Decide: byLogin(map[string]match.Decision{"x": {Never: []string{"ada"}}})})
	require.NoError(t, err)
	o := report.Outcomes[0]
	assert.Equal(t, match.Excluded, o.Kind)
	require.NotNil(t, o.Exclusion)
	assert.Equal(t, []string{"ada"}, o.MayBe(), "whoever it names keeps what they have")
}

func TestAPinIsToldFromARulesMatch(t *testing.T) {
	t.Parallel()
	report := decided(t, map[string]match.Decision{"x": {User: idOfBob}}, "x|ada@contoso.com|", "y|ada@contoso.com|", "z|bob@contoso.com|")
	assert.Equal(t, []match.RuleCount{{Rule: "EMail=mail", Asked: 2, Matched: 2}, {Rule: "Staff=employeeId"},
		{Rule: match.Decided, Asked: 1, Matched: 1}}, report.Rules(), "the second row asks what the first did, and stands for itself now")
	x, y, z := report.Outcomes[0], report.Outcomes[1], report.Outcomes[2]
	assert.Equal(t, "ada@contoso.com", x.Key, "the journal knows the account by its key")
	assert.Equal(t, "ada", x.ByRules[0].ID, "so that it can be said that the rule finds another")
	assert.Equal(t, []match.Kind{match.SameUser, match.Matched, match.Matched}, []match.Kind{x.Kind, y.Kind, z.Kind},
		"the row that people decided about is the one that names the other")
	assert.Equal(t, 4, x.FirstLine)

	var read match.Report
	require.NoError(t, json.Unmarshal([]byte(written(t, report)), &read))
	assert.Equal(t, written(t, report), written(t, &read))
	assert.Equal(t, x.Decision, read.Outcomes[0].Decision)
	var text bytes.Buffer
	require.NoError(t, report.WriteText(&text))
	assert.Contains(t, text.String(), "1        1  decision")
}

// busyBy fails queries by an attribute.
type busyBy struct {
	*matchtest.Directory
	attribute string
}

func (f busyBy) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for i, answer := range f.Directory.FindUsers(ctx, queries) {
			if queries[i].Attribute == f.attribute {
				answer = match.Answer{Err: errors.New("busy")}
			}
			if !yield(i, answer) {
				return
			}
		}
	}
}

func TestAPinThatCannotBeLookedUpIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, decision := range []match.Decision{{User: idOfBob}, {User: idOfBob, Stale: "its end has come"}} {
		report, err := match.Run(t.Context(), busyBy{matchtest.NewDirectory(decidedUsers()...), "id"},
			rowsOf(t, "Login|EMail", "x|ada@contoso.com"), match.Column("EMail", "mail"),
			&match.Options{Decide: byLogin(map[string]match.Decision{"x": decision})})
		require.NoError(t, err)
		o := report.Outcomes[0]
		assert.Equal(t, match.Failed, o.Kind, "the rule's user is not taken in place of one who may be there")
		assert.Nil(t, o.User)
	}
}

// Whatever is decided about one account, every other row keeps the user that it
// had, or the users whom it may mean.
func TestADecisionChangesExactlyItsRow(t *testing.T) {
	t.Parallel()
	mails := []string{"", "ada@contoso.com", "bob@contoso.com", "team@contoso.com", "dora@contoso.com", "old@contoso.com"}
	people := []string{"ada", idOfBob, "team1", "dora", "left@contoso.com"}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 13))
		var records []string
		for n := range 1 + r.IntN(8) {
			records = append(records, fmt.Sprintf("u%d|%s|%s", n, mails[r.IntN(len(mails))], []string{"", "1", "2"}[r.IntN(3)]))
		}
		account := fmt.Sprintf("u%d", r.IntN(len(records)))
		decision := []match.Decision{{User: people[r.IntN(5)]}, {Never: people[:1+r.IntN(4)]}, {Note: "later"},
			{Nobody: &match.Exclusion{Value: "x"}}, {User: people[r.IntN(5)], Stale: "its end has come"}}[r.IntN(5)]
		before, after := decided(t, nil, records...), decided(t, map[string]match.Decision{account: decision}, records...)
		for i, b := range before.Outcomes {
			if b.Row.Get("Login") == account {
				continue
			}
			a := after.Outcomes[i]
			require.Equal(t, known(before, b), known(after, a), "seed %d, %s, decision %+v\n%s", seed, account, decision, strings.Join(records, "\n"))
		}
		sum := 0
		for _, n := range after.Counts() {
			sum += n
		}
		require.Equal(t, len(records), sum)
	}
}

// known is what is known of whose a row is; a Duplicate leaves that to the first row.
func known(report *match.Report, o match.Outcome) []string {
	if o.Kind == match.Duplicate {
		o = report.Outcomes[o.FirstLine-2]
	}
	id, _ := o.Principal()
	return slices.Concat([]string{id}, o.MayBe())
}

func TestWhatIfKeepsDecisions(t *testing.T) {
	t.Parallel()
	opts := &match.Options{Decide: byLogin(map[string]match.Decision{"x": {Never: []string{"ada"}}, "y": {User: idOfBob}})}
	dir := matchtest.NewDirectory(decidedUsers()...)
	rows := rowsOf(t, "Login|EMail|Staff", "x|ada@contoso.com|", "y|old@contoso.com|", "z|ada@contoso.com|")
	report, err := match.Run(t.Context(), dir, rows, match.Column("EMail", "mail"), opts)
	require.NoError(t, err)
	same, err := match.WhatIf(t.Context(), dir, report, match.Column("EMail", "mail"), opts)
	require.NoError(t, err)
	assert.Empty(t, same.Changes, "an answer that a decision refused is not an answer that nobody is there")
	none, err := match.WhatIf(t.Context(), dir, report, match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	assert.Equal(t, []match.ChangeCount{{Before: match.NotFound, After: match.Matched, Rows: 1},
		{Before: match.Matched, After: match.NotFound, Rows: 1}, {Before: match.Matched, After: match.Duplicate, Rows: 1}}, none.Counts())
}
