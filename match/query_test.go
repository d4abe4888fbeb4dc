package match_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func TestWherePutsValuesInAsLiterals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		filter string
		values []string
		want   match.Query
	}{
		{"a quote in a name is doubled", "surname eq ?", []string{"O'Neil"},
			match.Query{Filter: "surname eq 'O''Neil'", Value: "O'Neil"}},
		{"several values make one key", "surname eq ? and department eq ?", []string{"Doe", "R&D"},
			match.Query{Filter: "surname eq 'Doe' and department eq 'R&D'", Value: "Doe, R&D"}},
		{"a value can't become another condition", "mail eq ?", []string{"' or accountEnabled eq true or mail eq '"},
			match.Query{Filter: "mail eq ''' or accountEnabled eq true or mail eq '''",
				Value: "' or accountEnabled eq true or mail eq '"}},
		{"a ? of the filter's own text stays", "displayName eq 'Who?' and mail eq ?", []string{"a?b"},
			match.Query{Filter: "displayName eq 'Who?' and mail eq 'a?b'", Value: "a?b"}},
		{"a doubled quote doesn't end the text", "displayName eq 'O''Neil?' and mail eq ?", []string{"x"},
			match.Query{Filter: "displayName eq 'O''Neil?' and mail eq 'x'", Value: "x"}},
		{"an empty value would find whoever has none", "surname eq ? and mail eq ?", []string{"Doe", ""},
			match.Query{}},
		{"a filter may be constant", "userType eq 'Guest'", nil, match.Query{Filter: "userType eq 'Guest'"}},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, match.Where(test.filter, test.values...), test.reason)
	}
	assert.PanicsWithValue(t, `match.Where: 1 values for the 2 placeholders of "a eq ? and b eq ?"`,
		func() { match.Where("a eq ? and b eq ?", "x") }, "a mistake in the program must not reach the directory")
	assert.Panics(t, func() { match.Where("a eq '' or a eq??", "x", "y") }, "two literals in a row are one")
}

func TestFilterTemplatesAreFilledFromTheRow(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"EMail", "Full name", "Dept"})
	require.NoError(t, err)
	row := roster.NewRow(header, 2, []string{"o'neil@contoso.com", "Pat O'Neil", ""})
	tests := []struct {
		reason   string
		template string
		want     string // the filter; "" for no key
	}{
		{"columns are found without letter case", "mail eq {email}", "mail eq 'o''neil@contoso.com'"},
		{"a column's name may have spaces", "displayName eq {Full name} and mail eq {EMail}",
			"displayName eq 'Pat O''Neil' and mail eq 'o''neil@contoso.com'"},
		{"a function's argument", "startswith(mail,{EMail})", "startswith(mail,'o''neil@contoso.com')"},
		{"braces can be written", "mail eq {EMail} and employeeId ne '{{x}}'",
			"mail eq 'o''neil@contoso.com' and employeeId ne '{x}'"},
		{"an empty column is no key: the filter would find whoever has no department",
			"mail eq {EMail} and department eq {Dept}", ""},
		{"an absent column likewise", "mail eq {Mail}", ""},
	}
	for _, test := range tests {
		m, err := match.Filter(test.template)
		require.NoError(t, err, test.reason)
		queries := m.Queries(row)
		if test.want == "" {
			assert.Empty(t, queries, test.reason)
			continue
		}
		require.Len(t, queries, 1, test.reason)
		assert.Equal(t, test.want, queries[0].Filter, test.reason)
		assert.Equal(t, test.template, queries[0].Rule, "reports name the rule as the user wrote it")
	}
}

func TestFilterRefusesTemplatesThatAskSomethingElse(t *testing.T) {
	t.Parallel()
	for template, says := range map[string]string{
		"":                          "no {Column} in it, so it would ask the same for every row",
		"mail eq 'x'":               "no {Column} in it",
		"mail eq {EMail":            "a { is not closed; write {{ for a brace",
		"mail eq {EMail and {Dept}": "a { is not closed",
		"mail eq EMail}":            "a } has no { before it; write }} for a brace",
		"mail eq {}":                "{} names no column",
		"mail eq { }":               "{} names no column",
		"mail eq '{EMail}'":         "{EMail} stands inside quotes; write it without them, they are added",
		"mail eq {EMail} or x eq '": "a quote is not closed",
		"mail eq {EMail}{Dept}":     "a {Column} touches a quote or another one",
		"mail eq {EMail}'x'":        "a {Column} touches a quote",
		"mail eq 'x'{EMail}":        "a {Column} touches a quote",
	} {
		m, err := match.Filter(template)
		assert.Nil(t, m, template)
		if assert.ErrorContains(t, err, says, template) {
			assert.NotContains(t, err.Error(), "\n")
		}
	}
}

func TestAFilterIsAskedAndExplained(t *testing.T) {
	t.Parallel()
	dir := company()
	dir.Filter = func(filter string) ([]match.User, error) {
		assert.Equal(t, "mail eq 'x' and department eq 'R&D'", filter)
		return nil, nil
	}
	m, err := match.Filter("mail eq {EMail} and department eq {Dept}")
	require.NoError(t, err)
	report, err := match.Run(t.Context(), dir, rowsOf(t, "EMail|Dept", "x|R&D", "X|r&d", "|R&D"), m, nil)
	require.NoError(t, err)
	assert.Equal(t, match.NotFound, report.Outcomes[0].Kind)
	assert.Equal(t, match.Duplicate, report.Outcomes[1].Kind, "letter case makes no other question")
	assert.Equal(t, match.NoKey, report.Outcomes[2].Kind)
	assert.Equal(t, "x, R&D", report.Outcomes[0].Key)
	assert.Contains(t, report.Outcomes[0].Reason(),
		`rule mail eq {EMail} and department eq {Dept} with "x, R&D" found nobody`)

	constant := match.Func("guests", func(roster.Row) match.Query { return match.Where("userType eq 'Guest'") })
	dir.Filter = nil
	report, err = match.Run(t.Context(), dir, rowsOf(t, "EMail", "x"), constant, nil)
	require.NoError(t, err)
	assert.Equal(t, "userType eq 'Guest'", report.Outcomes[0].Key, "a row must be called something")
}

func TestCheckColumnsFindsAMisspeltColumnBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"Mail", "Full name"})
	require.NoError(t, err)
	filter, err := match.Filter("mail eq {Mail} and department eq {Dept}")
	require.NoError(t, err)
	own := match.Func("own", func(roster.Row) match.Query { return match.Query{} })

	assert.NoError(t, match.CheckColumns(match.FirstOf(match.Column("MAIL", "mail"), own), header))
	for column, m := range map[string]match.Matcher{
		"EMail": match.FirstOf(match.Column("mail", "mail"), match.FirstOf(own, match.Column("EMail", "mail"))),
		"Dept":  filter,
	} {
		var missing *match.ColumnError
		require.ErrorAs(t, match.CheckColumns(m, header), &missing)
		assert.Equal(t, column, missing.Column)
		assert.Equal(t, `users.csv has no column "`+column+`"; it has: Mail, Full name`, missing.Error())
	}
	unnamed, err := roster.NewHeader("", nil)
	require.NoError(t, err)
	assert.ErrorContains(t, match.CheckColumns(filter, unnamed), `the roster has no column "Mail"`)
}

func TestFirstOfKeepsItsOwnListOfMatchers(t *testing.T) {
	t.Parallel()
	list := []match.Matcher{match.Column("A", "mail")}
	m := match.FirstOf(list...)
	list[0] = match.Column("B", "mail")
	for row := range rowsOf(t, "A|B", "1|2") {
		assert.Equal(t, "1", m.Queries(row)[0].Value)
	}
}

// literals reads the values back out of a filter, as OData does.
func literals(filter string) (values []string, rest string) {
	var text strings.Builder
	for filter != "" {
		before, after, quoted := strings.Cut(filter, "'")
		text.WriteString(before)
		if !quoted {
			break
		}
		var value strings.Builder
		for {
			part, tail, closed := strings.Cut(after, "'")
			if !closed {
				return nil, "an open quote"
			}
			value.WriteString(part)
			after = tail
			if !strings.HasPrefix(after, "'") {
				break
			}
			value.WriteByte('\'')
			after = after[1:]
		}
		values = append(values, value.String())
		text.WriteByte('?')
		filter = after
	}
	return values, text.String()
}

func FuzzValuesComeBackOutOfAFilter(f *testing.F) {
	for _, seed := range []string{"ada", "O'Neil", "''", "'", "' or '1' eq '1", "a?b", "{EMail}", "a+b #%&",
		"é\u00a0", "\xff"} {
		f.Add(seed, "x"+seed)
	}
	template, err := match.Filter("mail eq {A} and surname eq {B}")
	require.NoError(f, err)
	header, err := roster.NewHeader("users.csv", []string{"A", "B"})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" {
			return
		}
		query := match.Where("mail eq ? and surname eq ?", a, b)
		values, rest := literals(query.Filter)
		require.Equal(t, []string{a, b}, values)
		require.Equal(t, "mail eq ? and surname eq ?", rest, "a value must not become part of the filter")
		queries := template.Queries(roster.NewRow(header, 2, []string{a, b}))
		require.Equal(t, query.Filter, queries[0].Filter, "both ways of writing a filter quote alike")
	})
}

func FuzzFilterTemplate(f *testing.F) {
	for _, seed := range []string{"mail eq {EMail}", "{{x}} {a} {b}", "{a}{b}", "'{{' {x}", "'{{'{x}", "}", "{",
		"{}", "'", "a eq 'b''c' and d eq {e f}", "{é}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		m, err := match.Filter(template)
		if err != nil {
			require.Nil(t, m)
			return
		}
		columns := m.Rules()[0].Columns
		require.NotEmpty(t, columns)
		names, seen := []string{}, map[string]bool{}
		for _, column := range columns {
			if !seen[roster.Fold(column)] {
				seen[roster.Fold(column)] = true
				names = append(names, column)
			}
		}
		header, err := roster.NewHeader("users.csv", names)
		if err != nil {
			return // not the name of a column, which CheckColumns would say
		}
		fields := make([]string, len(names))
		for i := range fields {
			fields[i] = "v'"
		}
		row := roster.NewRow(header, 2, fields)
		values, _ := literals(m.Queries(row)[0].Filter)
		n := 0
		for _, value := range values {
			if value == "v'" {
				n++
			}
		}
		require.GreaterOrEqual(t, n, len(columns), "each column's value is a literal of its own")
	})
}
