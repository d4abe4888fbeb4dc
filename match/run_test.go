package match_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// rowsOf streams records under names; the header is line 1.
func rowsOf(t testing.TB, names string, records ...string) iter.Seq2[roster.Row, error] {
	header, err := roster.NewHeader("users.csv", strings.Split(names, "|"))
	require.NoError(t, err)
	return func(yield func(roster.Row, error) bool) {
		for i, record := range records {
			if !yield(roster.NewRow(header, i+2, strings.Split(record, "|")), nil) {
				return
			}
		}
	}
}

// then streams one error after rows.
func then(rows iter.Seq2[roster.Row, error], err error) iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for row, rowErr := range rows {
			if !yield(row, rowErr) {
				return
			}
		}
		yield(roster.Row{}, err)
	}
}

func person(id, mail string, attributes ...string) matchtest.User {
	u := matchtest.User{User: match.User{ID: id, UserPrincipalName: id + "@contoso.com", Mail: mail,
		AccountEnabled: true}}
	u.Attributes = map[string][]string{"employeeId": {""}}
	for i := 0; i < len(attributes); i += 2 {
		u.Attributes[attributes[i]] = []string{attributes[i+1]}
	}
	return u
}

// company has a person for each thing that a lookup can meet.
func company() *recorder {
	return &recorder{Directory: matchtest.NewDirectory(companyUsers()...)}
}

func companyUsers() []matchtest.User {
	disabled, gone := person("dee", "dee@contoso.com"), person("gil", "gil@contoso.com")
	disabled.AccountEnabled = false
	gone.Deleted = true
	return []matchtest.User{
		person("ada", "Ada@contoso.com", "employeeId", "7", "otherMails", "ada@old.example"),
		person("bob", "bob@contoso.com", "employeeId", "8"),
		person("sam", "sam@contoso.com"), person("sam2", "sam@contoso.com"), disabled, gone,
		{User: match.User{Mail: "noid@contoso.com"}},
	}
}

// recorder notes what it was asked and fails the values in fail.
type recorder struct {
	*matchtest.Directory
	fail  map[string]error
	calls [][]match.Query
	bin   []match.Query
}

func (r *recorder) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	r.calls = append(r.calls, slices.Clone(queries))
	return r.failing("", queries, r.Directory.FindUsers(ctx, queries))
}

func (r *recorder) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	r.bin = append(r.bin, queries...)
	return r.failing("bin:", queries, r.Directory.FindDeletedUsers(ctx, queries))
}

func (r *recorder) failing(
	where string, queries []match.Query, answers iter.Seq2[int, match.Answer],
) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for i, answer := range answers {
			if err := r.fail[where+queries[i].Value]; err != nil {
				answer.Err = err // with the users still there: they must not be used
			}
			if !yield(i, answer) {
				return
			}
		}
	}
}

// each answers the queries one after another.
func each(queries []match.Query, answer func(match.Query) match.Answer) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for i, query := range queries {
			if !yield(i, answer(query)) {
				return
			}
		}
	}
}

var errRefused = errors.New("429 too many requests")

func TestEachRowHasTheOutcomeThatItsLookupGave(t *testing.T) {
	t.Parallel()
	byMail := match.Column("EMail", "mail")
	byMailThenID := match.FirstOf(byMail, match.Column("Id", "employeeId"))
	tests := []struct {
		reason  string
		names   string
		records []string
		matcher match.Matcher
		opts    *match.Options
		want    string // "kind user rule" of each row, separated by "; "
		says    string // what the last row's reason must contain
	}{
		{"letter case doesn't matter, and the key stays as the file has it", "EMail", []string{"ADA@CONTOSO.COM"},
			byMail, nil,
			"Matched ada EMail=mail", `mail equal to "ADA@CONTOSO.COM" found ada@contoso.com`},
		{"a user who cannot sign in is matched and flagged", "EMail", []string{"dee@contoso.com"}, byMail, nil,
			"Matched dee EMail=mail", "blocked from sign-in"},
		{"an empty column is no key and is not asked", "EMail", []string{""}, byMail, nil,
			"NoKey - EMail=mail", "no value for EMail=mail; fill it in"},
		{"a placeholder is passed over for the next rule", "EMail|Id", []string{"N/A|8"}, byMailThenID, nil,
			"Matched bob Id=employeeId", `employeeId equal to "8" found`},
		{"a filter with a placeholder in it is not asked", "EMail|Id", []string{"a|0000"},
			match.Func("mine", func(row roster.Row) match.Query {
				return match.Where("mail eq ? and employeeId eq ?", row.Get("EMail"), row.Get("Id"))
			}), nil, "NoKey - mine", `"a, 0000" is a placeholder`},
		{"a key over two lines may be two rows", "EMail", []string{"ada@contoso.com\nbob@contoso.com"}, byMail, nil,
			"Failed - EMail=mail", "the key holds a line break"},
		{"a key that lost a character is another one", "EMail|Id", []string{"x@contoso.com|\ufffd7"}, byMailThenID, nil,
			"Failed - Id=employeeId", "the key holds U+FFFD"},
		{"a key with a long s is asked; the directory compares", "EMail",
			[]string{"sam@contoso.com", "ſam@contoso.com"}, byMail, nil,
			"Ambiguous - EMail=mail; NotFound - EMail=mail", "found nobody"},
		{"an absent column is no key, as in the script", "Name", []string{"Ada"}, byMail,
			&match.Options{AllowMissingColumns: true},
			"NoKey - EMail=mail", "no value for EMail=mail"},
		{"one space is a value in the script, so it is asked", "EMail", []string{" "}, byMail, nil,
			"NotFound - EMail=mail", "begins with a space (U+0020)"},
		{"the second row of a key takes the first one's user", "EMail",
			[]string{"bob@contoso.com", "Bob@contoso.com"}, byMail, nil,
			"Matched bob EMail=mail; Duplicate bob EMail=mail",
			`line 2 has the same key, "Bob@contoso.com", so this row stands for the same user, bob@contoso.com`},
		{"a key with a space at its end is another key, as in the script", "EMail",
			[]string{"bob@contoso.com", "bob@contoso.com "}, byMail, nil,
			"Matched bob EMail=mail; NotFound - EMail=mail", "ends in a space (U+0020)"},
		{"a duplicate of a row without a user has none", "EMail", []string{"x@contoso.com", "x@contoso.com"}, byMail,
			nil,
			"NotFound - EMail=mail; Duplicate - EMail=mail", "resolve that line"},
		{"a duplicate of an ambiguous row must not pick a user", "EMail",
			[]string{"sam@contoso.com", "sam@contoso.com"}, byMail, nil,
			"Ambiguous - EMail=mail; Duplicate - EMail=mail", "line 2 has the same key"},
		{"a duplicate of a failed row isn't asked either", "EMail", []string{"refused", "refused"}, byMail, nil,
			"Failed - EMail=mail; Duplicate - EMail=mail", "gave this row no user"},
		{"the same value asked of another attribute is another key", "EMail|Id", []string{"7|", "|7"}, byMailThenID,
			nil,
			"NotFound - EMail=mail; Matched ada Id=employeeId", `employeeId equal to "7" found`},
		{"two keys of one person are told apart from two people", "EMail|Id", []string{"ada@contoso.com|", "|7"},
			byMailThenID, nil,
			"Matched ada EMail=mail; SameUser ada Id=employeeId",
			`employeeId equal to "7" found ada@contoso.com, whom line 2 already stands for`},
		{"nobody answered", "EMail", []string{"x@contoso.com"}, byMail, nil,
			"NotFound - EMail=mail", `mail equal to "x@contoso.com" found nobody; correct the key`},
		{"nobody answered to several rules", "EMail|Id", []string{"x@contoso.com|99"}, byMailThenID, nil,
			"NotFound - EMail=mail", "(and 1 more by other rules) found nobody"},
		{"several users answered", "EMail", []string{"sam@contoso.com"}, byMail, nil,
			"Ambiguous - EMail=mail", "found 2 users: sam@contoso.com, sam2@contoso.com; make the attribute unique"},
		{"an ambiguous first rule isn't overruled by the next", "EMail|Id", []string{"sam@contoso.com|8"},
			byMailThenID, nil,
			"Ambiguous - EMail=mail", "found 2 users"},
		{"a rule after one that found nobody may match", "EMail|Id", []string{"x@contoso.com|8"}, byMailThenID, nil,
			"Matched bob Id=employeeId", `employeeId equal to "8"`},
		{"a failed first rule must not fall through to the next", "EMail|Id", []string{"refused|8"}, byMailThenID, nil,
			"Failed - EMail=mail", "failed: 429 too many requests; nothing is known about this row"},
		{"a person in the recycle bin must not be created again", "EMail", []string{"gil@contoso.com"}, byMail, nil,
			"Deleted - EMail=mail", "found nobody but a deleted user, gil@contoso.com; restore"},
		{"a recycle bin that could not be asked leaves a row unknown", "EMail", []string{"nobin"}, byMail, nil,
			"Failed - EMail=mail", "failed: in the recycle bin: 429"},
		{"an account on the list by its key isn't looked up", "EMail", []string{"ADA@contoso.com"}, byMail,
			&match.Options{Exclusions: []match.Exclusion{{Value: "ada@CONTOSO.com", Owner: "IT", Reason: "backup"}}},
			"Excluded - EMail=mail", "belonging to nobody (owner: IT; reason: backup)"},
		{"an account on the list by the value of a later rule isn't looked up", "EMail|Id",
			[]string{"ada@contoso.com|7"}, byMailThenID,
			&match.Options{Exclusions: []match.Exclusion{{Value: "7"}}},
			"Excluded - EMail=mail", "(owner: nobody named; reason: none given)"},
		{"a deleted user found by the first rule is the answer, whatever the next one meets", "EMail|Id",
			[]string{"gil@contoso.com|nobin"}, byMailThenID, nil,
			"Deleted - EMail=mail", "gil@contoso.com; restore that user"},
		{"accounts on the list by another column aren't looked up, even without a key", "EMail|Type",
			[]string{"|SERVICE"}, byMail,
			&match.Options{Exclusions: []match.Exclusion{{Column: "type", Value: "service", Owner: "IT"}}},
			"Excluded - ", "owner: IT"},
		{"a row of the same key as an excluded one is looked up: nobody asked before", "EMail|Type",
			[]string{"bob@contoso.com|service", "bob@contoso.com|"}, byMail,
			&match.Options{Exclusions: []match.Exclusion{{Column: "Type", Value: "service"}}},
			"Excluded - EMail=mail; Matched bob EMail=mail", "found bob@contoso.com"},
		{"rows with one e-mail and different badges are each asked", "EMail|Id",
			[]string{"x@contoso.com|8", "x@contoso.com|7"}, byMailThenID, nil,
			"Matched bob Id=employeeId; Matched ada Id=employeeId", `employeeId equal to "7" found`},
		{"and so in the other order", "EMail|Id",
			[]string{"x@contoso.com|7", "x@contoso.com|8"}, byMailThenID, nil,
			"Matched ada Id=employeeId; Matched bob Id=employeeId", `employeeId equal to "8" found`},
		{"an e-mail that finds a person for two badges is nobody's", "EMail|Id",
			[]string{"bob@contoso.com|8", "bob@contoso.com|7"}, byMailThenID, nil,
			"Ambiguous - EMail=mail; Ambiguous - EMail=mail",
			"found bob@contoso.com, but line 2 has the same key and another Id=employeeId; none of the key's rows"},
		{"an e-mail that two badges share and nobody has is nobody's either", "EMail|Id",
			[]string{"x@contoso.com|98", "x@contoso.com|99"}, byMailThenID, nil,
			"Ambiguous - EMail=mail; Ambiguous - EMail=mail", "found nobody, but line 2 has the same key"},
		{"a row without a badge contradicts no badge", "EMail|Id",
			[]string{"bob@contoso.com|8", "bob@contoso.com|"}, byMailThenID, nil,
			"Matched bob EMail=mail; SameUser bob EMail=mail", "whom line 2 already stands for"},
		{"one person's rows, one for each role", "EMail|Last name|Role",
			[]string{"bob@contoso.com|Lund, Bob|A", "bob@contoso.com|bob lund|B", "bob@contoso.com|Bob F. Lund|C",
				"bob@contoso.com||D"}, byMail, nil,
			"Matched bob EMail=mail; Duplicate bob EMail=mail; Duplicate bob EMail=mail; Duplicate bob EMail=mail",
			"line 2 has the same key"},
		{"two names of one key make all its rows unsafe, also those that repeat another", "EMail|FIRST_NAME",
			[]string{"bob@contoso.com|Bob", "bob@contoso.com|Bill", "bob@contoso.com|Bob"}, byMail, nil,
			"Ambiguous - EMail=mail; Ambiguous - EMail=mail; Ambiguous - EMail=mail",
			"line 2 has the same key and another FIRST_NAME"},
		{"names in columns of the caller's own", "EMail|Who|Name",
			[]string{"bob@contoso.com|Bob|x", "bob@contoso.com|Bill|y"}, byMail,
			&match.Options{Names: []string{"Who"}},
			"Ambiguous - EMail=mail; Ambiguous - EMail=mail", "another Who"},
		{"names that the caller doesn't want compared", "EMail|Name",
			[]string{"bob@contoso.com|Bob", "bob@contoso.com|Bill"}, byMail, &match.Options{Names: []string{}},
			"Matched bob EMail=mail; Duplicate bob EMail=mail", "the same key"},
		{"a row that another rule found is not touched by the doubt about others", "EMail|Id|Name",
			[]string{"bob@contoso.com||Bob", "bob@contoso.com||Bill", "|8|Bob"}, byMailThenID, nil,
			"Ambiguous - EMail=mail; Ambiguous - EMail=mail; Matched bob Id=employeeId", "found bob"},
		{"a long number that Excel rounded", "EMail", []string{"12345678901234560"}, byMail, nil,
			"NotFound - EMail=mail", "the key looks like Excel's doing"},
		{"a duplicate with all the values of its first row has its user", "EMail|Id",
			[]string{"x@contoso.com|8", "X@contoso.com|8"}, byMailThenID, nil,
			"Matched bob Id=employeeId; Duplicate bob EMail=mail", "the same user, bob@contoso.com"},
		{"a rule without an attribute is a mistake to show, not a question to send", "EMail", []string{"x"},
			match.Func("mine", func(roster.Row) match.Query { return match.Equal("", "x") }), nil,
			"Failed - mine", "neither an attribute nor a filter"},
		{"a later rule's mistake is shown too", "EMail", []string{"x"},
			match.FirstOf(byMail, match.Func("mine",
				func(roster.Row) match.Query { return match.Query{Attribute: "a", Filter: "b", Value: "x"} })), nil,
			"Failed - mine", "both an attribute and a filter"},
		{"a user without an id can't be assigned anything", "EMail", []string{"noid@contoso.com"}, byMail, nil,
			"Failed - EMail=mail", "a user without an id"},
		{"a rule may say that a row has no key by the zero query", "EMail", []string{"x"},
			match.Func("mine",
				func(roster.Row) match.Query { return match.Query{} }), nil, "NoKey - mine", "no value for mine"},
		{"no rules at all find nobody a key", "EMail", []string{"x"}, match.FirstOf(), nil, "NoKey - ",
			"nothing to look up"},
		{"an invisible character is pointed out", "EMail", []string{"ada@contoso.com\u00a0"}, byMail, nil,
			"NotFound - EMail=mail",
			`"ada@contoso.com\u00a0" found nobody, though the key ends in a no-break space (U+00A0)`},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			dir := company()
			dir.fail = map[string]error{"refused": errRefused, "bin:nobin": errRefused}
			report, err := match.Run(t.Context(), dir, rowsOf(t, test.names, test.records...), test.matcher, test.opts)
			require.NoError(t, err)
			var got []string
			for _, o := range report.Outcomes {
				got = append(got, fmt.Sprintf("%v %s %s", o.Kind, userID(o), o.Query.Rule))
			}
			assert.Equal(t, test.want, strings.Join(got, "; "))
			assert.Contains(t, report.Outcomes[len(report.Outcomes)-1].Reason(), test.says)
		})
	}
}

func userID(o match.Outcome) string {
	if o.User == nil {
		return "-"
	}
	return o.User.ID
}

func TestRowsAreAskedInOneCallARule(t *testing.T) {
	t.Parallel()
	dir := company()
	m := match.FirstOf(match.Column("EMail", "mail"), match.Column("Id", "employeeId"))
	var progress []string
	opts := &match.Options{Progress: func(done, total int) {
		progress = append(progress,
			fmt.Sprintf("%d/%d", done, total))
	}}
	report, err := match.Run(t.Context(), dir, rowsOf(t, "EMail|Id",
		"ada@contoso.com|", "bob@contoso.com|8", "BOB@contoso.com|8", "x@contoso.com|7", "y@contoso.com|", "|"), m,
		opts)
	require.NoError(t, err)

	var values [][]string
	for _, call := range dir.calls {
		var list []string
		for _, query := range call {
			list = append(list, query.Attribute+" "+query.Value)
		}
		values = append(values, list)
	}
	assert.Equal(t, [][]string{
		{"mail ada@contoso.com", "mail bob@contoso.com", "mail x@contoso.com", "mail y@contoso.com"},
		{"employeeId 7"},
	}, values, "the directory plans best with all queries at hand, and duplicates cost nothing")
	assert.Equal(t, []string{"2/6", "3/6", "4/6", "5/6", "6/6"}, progress,
		"a progress bar must move with each row and reach its end")
	assert.Equal(t, []match.RuleCount{{"EMail=mail", 4, 2}, {"Id=employeeId", 1, 1}}, report.Rules())
	assert.Len(t, dir.bin, 1, "only who found nobody is looked for in the recycle bin")
}

func TestAnEmptyRosterAsksNothing(t *testing.T) {
	t.Parallel()
	dir := company()
	report, err := match.Run(t.Context(), dir, rowsOf(t, "EMail"), match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	assert.Empty(t, report.Outcomes)
	assert.Empty(t, dir.calls)
}

func TestARowThatCouldNotBeReadIsNotLost(t *testing.T) {
	t.Parallel()
	bad := &roster.RowError{File: "users.csv", Line: 9, Column: 3, Err: errors.New("a quote is not closed")}
	rows := then(rowsOf(t, "EMail", "bob@contoso.com"), fmt.Errorf("wrapped: %w", bad))
	report, err := match.Run(t.Context(), company(), rows, match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	require.Len(t, report.Outcomes, 2)
	o := report.Outcomes[1]
	assert.Equal(t, match.Failed, o.Kind)
	assert.ErrorIs(t, o.Err, bad)
	assert.Equal(t, 9, o.Line(), "the administrator must find the line")
	assert.Equal(t, "users.csv", o.Row.File())
	assert.Contains(t, o.Reason(), "this row could not be read: users.csv line 9")

	bad.RowLine = 7
	report, err = match.Run(t.Context(), company(), then(rowsOf(t, "EMail"), bad), match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	require.Len(t, report.Outcomes, 1, "also when no row came before it")
	assert.Equal(t, 7, report.Outcomes[0].Line(), "a row is where it begins")
	assert.Equal(t, "users.csv", report.Outcomes[0].Row.File())
}

// only hides what else a directory can do.
type only struct{ match.Directory }

// answering is a directory that gives any number of answers.
type answering int

func (n answering) FindUsers(context.Context, []match.Query) iter.Seq2[int, match.Answer] {
	return each(make([]match.Query, n), func(match.Query) match.Answer { return match.Answer{} })
}

// refuse answers that nobody can be asked.
func refuse() iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		yield(0, match.Answer{Err: fmt.Errorf("%w: %w", match.ErrDirectory, errRefused)})
	}
}

// twice is a directory that answers its first query twice.
type twice struct{ match.Directory }

func (d twice) FindUsers(context.Context, []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for range 2 {
			if !yield(0, match.Answer{}) {
				return
			}
		}
	}
}

// refusing is a directory that can't be asked at all.
type refusing struct{}

func (refusing) FindUsers(context.Context, []match.Query) iter.Seq2[int, match.Answer] {
	return refuse()
}

// binRefusing is one whose recycle bin can't be asked.
type binRefusing struct{ match.Directory }

func (binRefusing) FindDeletedUsers(context.Context, []match.Query) iter.Seq2[int, match.Answer] {
	return refuse()
}

func TestARunThatCannotBeTrustedGivesNoReport(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cut := &roster.ReadError{File: "users.csv", Line: 3, Err: roster.ErrTooLong}
	one := rowsOf(t, "EMail", "x@contoso.com")
	tests := []struct {
		reason string
		ctx    context.Context
		dir    match.Directory
		rows   iter.Seq2[roster.Row, error]
		opts   *match.Options
		is     error
		says   string
	}{
		{"a roster cut short would look complete", t.Context(), company(), then(one, cut), nil,
			roster.ErrTooLong, "reading the roster: users.csv line 3: "},
		{"any stream's error gets a place", t.Context(), company(), then(one, errRefused), nil,
			errRefused, "reading the roster, after line 2 of users.csv: 429"},
		{"a stream that fails before its first row", t.Context(), company(), then(rowsOf(t, "EMail"), errRefused), nil,
			errRefused, "reading the roster: 429"},
		{"a directory that can't be asked says nothing of anybody", t.Context(), refusing{}, one, nil,
			errRefused, "finding the users of 1 rows: the directory can't be asked: 429"},
		{"answers that don't belong to queries would go to the wrong rows", t.Context(), answering(2), one, nil,
			nil, "the directory answered query 2 of 1"},
		{"an answer that comes twice may have been another query's", t.Context(), twice{}, one, nil,
			nil, "the directory answered query 1 twice"},
		{"too few answers likewise", t.Context(), answering(0), one, nil, nil,
			"the directory gave 0 answers to 1 queries"},
		{"a recycle bin that can't be asked", t.Context(), binRefusing{company()}, one, nil, errRefused,
			"looking in the recycle bin: the directory can't be asked: 429"},
		{"an interrupt", ended, company(), one, nil, context.Canceled, "reading the roster: context canceled"},
		{"an exclusion without a value would exclude every row that lacks one", t.Context(), company(), one,
			&match.Options{Exclusions: []match.Exclusion{{Column: "EMail"}}}, nil, "an exclusion has no value"},
		{"an exclusion by a misspelt column would let the account through", t.Context(), company(), one,
			&match.Options{Exclusions: []match.Exclusion{{Column: "Typ",
				Value: "x"}}}, nil, `users.csv has no column "Typ"; it has: EMail`},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			report, err := match.Run(test.ctx, test.dir, test.rows, match.Column("EMail", "mail"), test.opts)
			require.ErrorContains(t, err, test.says)
			assert.Nil(t, report)
			if test.is != nil {
				assert.ErrorIs(t, err, test.is)
			}
		})
	}
}

func TestADirectoryWithoutARecycleBinWillDo(t *testing.T) {
	t.Parallel()
	report, err := match.Run(t.Context(), only{company()}, rowsOf(t, "EMail", "gil@contoso.com"),
		match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	assert.Equal(t, match.NotFound, report.Outcomes[0].Kind)
}

// unnamed is a matcher of the smallest kind: it asks the same of every row.
type unnamed []match.Query

func (m unnamed) Queries(roster.Row) []match.Query { return m }
func (m unnamed) Rules() []match.Rule              { return nil }

func TestAMatcherNeedNotNameItsRules(t *testing.T) {
	t.Parallel()
	m := unnamed{{}, match.Equal("mail", "bob@contoso.com")}
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", "x"), m, nil)
	require.NoError(t, err)
	assert.Equal(t, match.Matched, report.Outcomes[0].Kind, "a query with nothing to look up is passed over")
	assert.Empty(t, m[0], "and the matcher's own list stays as it is")
	assert.Len(t, m, 2)

	report, err = match.Run(t.Context(), company(), rowsOf(t, "EMail", "x"), unnamed{}, nil)
	require.NoError(t, err)
	assert.Contains(t, report.Outcomes[0].Reason(), "no value for a custom rule")
}
