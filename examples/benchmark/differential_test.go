package benchmark_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/examples/article"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// Rosters and tenants are drawn from these seeds; another one is a line here.
const differentialRuns = 200

// nameParts hold what breaks escaping, filters and comparisons, beside what doesn't.
var nameParts = []string{
	"ada", "Ada", "ADA", "bo", "o'neil", "O''Brien", "x+y", "a b", "a  b", " lead", "trail ", "50%", "R&D", "c#", "a/b", "q?x",
	"zoë", "Zoë", "ÅSA", "åsa", "李雷", "naïve", "tab\tx", `quo"te`, `back\slash`, "semi;colon", "a,b", "{x}", "$x", "in", "null",
}

// attributes are the ones that the article's script can be told to match by
// and that no rule of the service keeps from being equal for two users.
var attributes = []string{"employeeId", "displayName", "mail", "department"}

// A draw is one random roster with a tenant.
type draw struct {
	attribute string
	rows      []roster.Row
	fake      *graphfake.Server
}

func newDraw(t *testing.T, seed uint64) draw {
	random := rand.New(rand.NewPCG(seed, 0))
	d := draw{attribute: attributes[random.IntN(len(attributes))], fake: graphfake.New(&graphfake.Options{TB: t, Seed: seed})}
	value := func() string {
		v := nameParts[random.IntN(len(nameParts))]
		if d.attribute != "employeeId" { // which ends at 16 characters
			v += nameParts[random.IntN(len(nameParts))]
		}
		switch form := random.IntN(12); {
		case form == 0:
			return strings.ToUpper(v)
		case form < 3 && d.attribute == "displayName": // the others may not be that long
			// 120 characters are as much as a filter's value may have.
			return v + strings.Repeat("x", 119+form-len([]rune(v)))
		}
		return v
	}
	var known []string
	for i := range 3 + random.IntN(40) {
		v := value()
		known = append(known, v)
		user := graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), Disabled: random.IntN(4) == 0}
		switch d.attribute {
		case "employeeId":
			user.EmployeeID = v
		case "displayName":
			user.DisplayName = v
		case "mail":
			user.Mail = v
		case "department":
			user.Department = v
		}
		d.fake.AddUser(user)
	}
	header, err := roster.NewHeader("random.csv", []string{"Key"})
	require.NoError(t, err)
	for line := range 1 + random.IntN(60) {
		key := value()
		switch random.IntN(6) {
		case 0:
			key = ""
		case 1, 2, 3:
			key = known[random.IntN(len(known))]
		}
		d.rows = append(d.rows, roster.NewRow(header, line+2, []string{key}))
	}
	return d
}

func (d draw) stream() iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for _, row := range d.rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func connect(t testing.TB, fake *graphfake.Server, opts graph.ConnectOptions) *entra.Client {
	return connectTo(t, fake.Transport(), opts)
}

func connectTo(t testing.TB, transport http.RoundTripper, opts graph.ConnectOptions) *entra.Client {
	opts.Transport = transport
	client, err := entra.Connect(graph.StaticToken("for the fake"), &opts)
	require.NoError(t, err)
	return client
}

// TestRollcallAndTheArticleAgreeOnEveryRow: whoever changes from the script to
// rollcall gets the same answer for each account, but for what README lists.
func TestRollcallAndTheArticleAgreeOnEveryRow(t *testing.T) {
	t.Parallel()
	seen := map[match.Kind]int{}
	listed := map[string]int{}
	for seed := range uint64(differentialRuns) {
		d := newDraw(t, seed)
		script := article.Script{Graph: &http.Client{Transport: d.fake.Transport()}, Column: "key", Attribute: d.attribute}
		lists := script.Match(t.Context(), d.rows)
		placeholdersToo := &match.Options{Placeholders: []string{}} // the script looks NULL up
		report, err := match.Run(t.Context(), connect(t, d.fake, graph.ConnectOptions{}), d.stream(),
			match.Column("key", d.attribute), placeholdersToo)
		require.NoError(t, err)

		theirs := byLine(lists)
		for _, o := range report.Outcomes {
			seen[o.Kind]++
			where := fmt.Sprintf("seed %d, line %d, %s eq %q: rollcall says %s", seed, o.Row.Line(), d.attribute, o.Key, o.Kind)
			if difference := listedDifference(theirs[o.Row.Line()], o.Key); difference != "" {
				listed[difference]++
				continue
			}
			require.Equal(t, theirs[o.Row.Line()], scriptList(o), where)
			if o.Kind == match.Matched {
				require.Contains(t, lists.MatchIDs, o.User.ID, where)
			}
		}
		require.Subset(t, disabledUsers(report), lists.NotEnabled, "seed %d: users who cannot sign in", seed)
	}
	for _, kind := range []match.Kind{match.Matched, match.NoKey, match.Duplicate, match.NotFound, match.Ambiguous} {
		require.NotZero(t, seen[kind], "the draws hold no %s row, so the comparison says nothing about it", kind)
	}
	require.Len(t, listed, 2, "the draws do not show each difference that README lists: %v", listed)
}

// listedDifference names the row of README's table that explains why the
// script put a key on that list; "" if none does.
func listedDifference(list, key string) string {
	switch {
	case list == "notMatched" && strings.Contains(key, "+"):
		return "keys with +"
	case list == "queryFailed" && len([]rune(key)) > 120:
		return "values over 120 characters"
	}
	return ""
}

// byLine names the script's list of each row; a matched row is on none of them.
func byLine(l article.Lists) map[int]string {
	names := map[int]string{}
	for name, rows := range map[string][]roster.Row{"notQueried": l.NotQueried, "duplicate": l.Duplicate,
		"notMatched": l.NotMatched, "ambiguous": l.Ambiguous, "queryFailed": l.QueryFailed} {
		for _, row := range rows {
			names[row.Line()] = name
		}
	}
	return names
}

// scriptList is the script's list that README's table pairs with an outcome.
func scriptList(o match.Outcome) string {
	switch o.Kind {
	case match.NoKey:
		return "notQueried"
	case match.Duplicate:
		return "duplicate"
	case match.NotFound, match.Deleted:
		return "notMatched"
	case match.Ambiguous:
		return "ambiguous"
	case match.Failed:
		return "queryFailed"
	}
	return ""
}

func disabledUsers(r *match.Report) []string {
	var ids []string
	for o := range r.Of(match.Matched) {
		if !o.Enabled() {
			ids = append(ids, o.User.ID)
		}
	}
	return ids
}
