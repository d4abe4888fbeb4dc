package near_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// user makes a user of a first name, a last name and an address.
func user(id, given, surname, mail string, attributes ...string) match.User {
	local, _, _ := strings.Cut(mail, "@")
	u := match.User{ID: id, UserPrincipalName: mail, Mail: mail, DisplayName: given + " " + surname, AccountEnabled: true,
		Attributes: map[string]string{"givenName": given, "surname": surname, "mailNickname": local, "userType": "Member"}}
	for i := 0; i < len(attributes); i += 2 {
		u.Attributes[attributes[i]] = attributes[i+1]
	}
	return u
}

// open makes a report of rows that found nobody, and of rows that have these users.
func open(t testing.TB, header string, records []string, found ...match.User) *match.Report {
	h, err := roster.NewHeader("crm.csv", strings.Split(header, "|"))
	require.NoError(t, err)
	report := new(match.Report)
	for i, record := range records {
		row := roster.NewRow(h, i+2, strings.Split(record, "|"))
		report.Outcomes = append(report.Outcomes, match.Outcome{Row: row, Kind: match.NotFound, Key: row.Get("EMail")})
	}
	for i := range found {
		report.Outcomes = append(report.Outcomes, match.Outcome{Row: roster.NewRow(h, 900+i, nil), Kind: match.Matched,
			User: &found[i]})
	}
	return report
}

// crowd are users whom no row of these tests means, so that names are as rare as in a
// company.
var crowd = sync.OnceValue(func() []match.User { return newTruth(7, 3000).users })

// among is an index of users and the crowd.
func among(users ...match.User) *near.Index { return near.NewIndex(slices.Concat(crowd(), users), nil) }

// first is the first proposal for the only row.
func first(t testing.TB, x *near.Index, header, record string) near.Proposal {
	report := open(t, header, []string{record})
	list := x.Propose(report, nil).Of(report.Outcomes[0])
	if len(list) == 0 {
		return near.Proposal{}
	}
	return list[0]
}

func TestWhomRowsMayMean(t *testing.T) {
	t.Parallel()
	const names = "EMail|First name|Last name"
	kari := user("kari", "Kari", "Vestergård", "kari.vestergard@contoso.com", "employeeId", "4711",
		"proxyAddresses", "SMTP:kari.vestergard@contoso.com, smtp:kv@old.example", "otherMails", "kari@home.example")
	juergen := user("jürgen", "Jürgen", "Großkopf", "juergen.grosskopf@contoso.com")
	alex := user("alex", "Oleksandr", "Zhuravskyi", "oleksandr.zhuravskyi@contoso.com")
	oneil := user("oneil", "Robert", "O'Quillan", "robert.oquillan@contoso.com")
	lopez := user("lopez", "Begoña", "Urquiza Lozano", "begona.urquiza@contoso.com")
	odd := user("odd", "Nina", "Tveter", "xq7731@contoso.com")
	all := among(kari, juergen, alex, oneil, lopez, odd)
	tests := []struct{ reason, header, record, id, says string }{
		{"a former address", names, "KV@old.example|Kari|Vestergård", "kari", "address same (one of theirs)"},
		{"another address", "EMail", "kari@home.example", "kari", "address same (one of theirs)"},
		{"an address as mail programs write it", "EMail", "Kari <mailto:kari@home.example>", "kari", "address same"},
		{"another domain after a merger", names, "kari.vestergard@new.example|Kari|Vestergård", "kari",
			"address similar (the same name before the @), surname same, given name same"},
		{"nothing but an address at another domain", "EMail", "kari.vestergard@new.example", "kari", "surname same"},
		{"the second of several addresses", "EMail", "k@new.example; kari@home.example", "kari", "address same"},
		{"a remark with an @ in it", "Remark", "ask kari@home.example first", "", ""},
		{"a text without an end is no name", names, "|" + strings.Repeat("Kari Vestergård ", 20_000) + "|x", "", ""},
		{"nor is a word without an end", names, strings.Repeat("|"+strings.Repeat("å", 1<<20), 2), "", ""},
		{"nothing but a login of another scheme", "EMail", "kvestergard@new.example", "kari",
			"address similar (made of their names), surname same, given name similar (abbreviated)"},
		{"swapped names", names, "|Vestergård|Kari", "kari",
			"surname similar (names swapped), given name similar (names swapped)"},
		{"a name in one column, the other way round", "Name", "VESTERGÅRD, Kari (ext)", "kari", "surname same, given"},
		{"an abbreviated name", names, "|K.|Vestergård", "kari", "given name similar (abbreviated)"},
		{"a misspelt surname", names, "|Kari|Vestergrd", "kari", "surname similar (one letter off)"},
		{"swapped letters", names, "|Kari|Vestegrård", "kari", "surname similar (one letter off)"},
		{"å as it is written abroad", names, "|Kari|Vestergaard", "kari", "surname same"},
		{"ü and ß as they are written abroad", names, "|Juergen|Grosskopf", "jürgen", "surname same, given name same"},
		{"ü without its dots", names, "|Jurgen|Großkopf", "jürgen", "given name same"},
		{"accents stored apart", names, "|Ju\u0308rgen|Großkopf", "jürgen", "given name same"},
		{"another alphabet", names, "|Олександр|Журавський", "alex", "given name same"},
		{"a short form", names, "|Sasha|Zhuravskyi", "alex", "given name similar (a short form)"},
		{"the beginning of a name", names, "|Oleks|Zhuravskyi", "alex", "given name similar (shortened)"},
		{"an apostrophe of another kind", names, "|Bob|O’Quillan", "oneil", "surname same"},
		{"one of two surnames", names, "|Begoña|Urquiza", "lopez", "surname similar (one of several names)"},
		{"a changed surname, by the address", names, "kv@old.example|Kari|Solheim", "kari", "surname different"},
		{"a changed surname, by the number", names + "|Employee ID", "|Kari|Solheim|0004711", "kari", "number same"},
		{"a login that is no name", names, "xq7731@new.example|Nina|", "odd", "the same name before the @"},
		{"a logon name", "Login|Name", `OLD\xq7731|Nina Tveter`, "odd", "the same name before the @"},
		{"nobody like it", names, "zz@zz.example|Zebulon|Quackenbush", "", ""},
		{"a first name proves nothing", names, "|Kari|", "", ""},
		{"somebody else of the name", names, "kari.vestergard7@new.example|Mona|Berg", "", ""},
		{"no name at all", "Role", "Admin", "", ""},
	}
	for _, test := range tests {
		p := first(t, all, test.header, test.record)
		assert.Equal(t, test.id, p.User.ID, "%s: %s", test.reason, p.Why())
		if test.id != "" {
			assert.Contains(t, p.Why(), test.says, test.reason)
		}
	}
}

// Whom people have decided against must not be proposed again on every run.
func TestNobodyIsProposedWhomPeopleDecidedAgainst(t *testing.T) {
	t.Parallel()
	kari, mari := user("kari", "Kari", "Vestergård", "kari.vestergard@contoso.com"), user("mari", "Kari", "Vestergård", "kari@contoso.com")
	report := open(t, "EMail|First name|Last name", []string{"kari.vestergard@old.example|Kari|Vestergård"})
	before := among(kari, mari).Propose(report, nil).Of(report.Outcomes[0])
	require.Equal(t, "kari", before[0].User.ID)
	report.Outcomes[0].Decision = &match.Decision{Never: []string{"KARI.vestergard@contoso.com"}}
	after := among(kari, mari).Propose(report, nil).Of(report.Outcomes[0])
	require.Len(t, after, 1)
	assert.Equal(t, "mari", after[0].User.ID)
	assert.Zero(t, after[0].Rivals, "nor is she the other's rival")
}

func TestRareNamesProveMoreThanCommonOnes(t *testing.T) {
	t.Parallel()
	var users []match.User
	for i := range 50 {
		users = append(users, user("s"+string(rune('A'+i)), "Anna", "Smith"+strings.Repeat("x", i%2*i), "x@x"))
	}
	users = append(users, user("rare", "Hermengild", "Quastenflosser", "h@x"), user("common", "Anna", "Nowak", "a@x"))
	const names = "First name|Last name"
	x := among(users...)
	rare, common := first(t, x, names, "Hermengild|Quastenflosser"), first(t, x, names, "Anna|Nowak")
	assert.Equal(t, near.Strong, rare.Strength())
	assert.NotEqual(t, near.Strong, common.Strength())
}

func TestAProposalSaysWhatMustBeKnownOfTheUser(t *testing.T) {
	t.Parallel()
	blocked := user("b", "Hermengild", "Quastenflosser", "h.q@contoso.com")
	blocked.AccountEnabled = false
	gone := user("g", "Wiborada", "Zitzewitz", strings.Repeat("0a", 16)+"wiborada.zitzewitz@contoso.com")
	guest := user("x", "Odalric", "Ysenburg", "odalric.ysenburg_partner.example#EXT#@contoso.onmicrosoft.com")
	guest.Mail = ""
	twin1, twin2 := user("t1", "Notburga", "Dratschmidt", "n1@x"), user("t2", "Notburga", "Dratschmidt", "n2@x")
	report := open(t, "EMail|First name|Last name", []string{"|Hermengild|Quastenflosser", "|Wiborada|Zitzewitz",
		"odalric.ysenburg@partner.example|Odalric|Ysenburg", "|Notburga|Dratschmidt"}, blocked)
	users := slices.Concat(crowd(), []match.User{blocked, guest, twin1, twin2})
	proposals := near.NewIndex(users, []match.User{gone}).Propose(report, &near.Options{Least: 0.01})
	assert.Equal(t, 4, proposals.Rows())
	says := []string{"no rival; has line 900 already; is blocked from sign-in", "no rival; is in the recycle bin",
		"address same (one of theirs), surname same, given name same; no rival; is a guest", "1 rival"}
	for i, o := range report.Outcomes[:4] {
		list := proposals.Of(o)
		require.NotEmpty(t, list, says[i])
		assert.Contains(t, list[0].Why(), says[i])
	}
	assert.Len(t, proposals.Of(report.Outcomes[3]), 2)
	assert.Empty(t, proposals.Of(report.Outcomes[4]), "somebody was found for it")
	assert.Len(t, near.NewIndex(users, nil).Propose(report, &near.Options{Most: 1}).Of(report.Outcomes[3]), 1)
}

func TestColumnsCanBeNamed(t *testing.T) {
	t.Parallel()
	report := open(t, "f1|f2", []string{"Hermengild|Quastenflosser"})
	x := among(user("h", "Hermengild", "Quastenflosser", "h@x"))
	assert.Zero(t, x.Propose(report, nil).Rows())
	parts := map[string]near.Part{"F1": near.GivenName, "F2": near.Surname}
	assert.Equal(t, 1, x.Propose(report, &near.Options{Parts: parts}).Rows())
}

// asked notes the queries and fails those of an attribute.
type asked struct {
	*matchtest.Directory
	queries []match.Query
	calls   int
	fail    string
}

func (a *asked) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	a.calls++
	a.queries = append(a.queries, queries...)
	return func(yield func(int, match.Answer) bool) {
		for i, answer := range a.Directory.FindUsers(ctx, queries) {
			if queries[i].Attribute == a.fail {
				answer = match.Answer{Err: errors.New("400")}
			}
			if !yield(i, answer) {
				return
			}
		}
	}
}

func inMemory(users, deleted []match.User) *asked {
	var list []matchtest.User
	for i, u := range slices.Concat(users, deleted) {
		attributes := map[string][]string{"proxyAddresses": nil, "otherMails": nil, "employeeId": nil}
		for name, value := range u.Attributes {
			attributes[name] = strings.Split(value, ", ")
		}
		u.Attributes = nil
		list = append(list, matchtest.User{User: u, Attributes: attributes, Deleted: i >= len(users)})
	}
	return &asked{Directory: matchtest.NewDirectory(list...)}
}

func TestAskingTakesAFewQueriesARowInOneCall(t *testing.T) {
	t.Parallel()
	dir := inMemory([]match.User{user("h", "Hermengild", "Quastenflosser", "h.q@contoso.com"),
		user("k", "Kari", "Vestergård", "kari.v@contoso.com")},
		[]match.User{user("gone", "Wiborada", "Zitzewitz", "wiborada.zitzewitz@contoso.com")})
	report := open(t, "EMail|First name|Last name|Employee ID", []string{"|Quastenflosser|Hermengild|",
		"kari.v@old.example|Kari|Berg|7", "|Wiborada|Zitzewitz|", "|Wiborada|Zitzewitz|"})
	proposals, err := near.Ask(t.Context(), dir, report, nil)
	require.NoError(t, err)
	var ids []string
	for _, o := range report.Outcomes {
		for _, p := range proposals.Of(o) {
			ids = append(ids, p.User.ID)
		}
	}
	assert.Equal(t, []string{"h", "k", "gone", "gone"}, ids)
	assert.Equal(t, 1, dir.calls, "queries that come together can be grouped")
	assert.Len(t, dir.queries, 2+8+2, "and none is asked twice")
	assert.Zero(t, proposals.Unanswered)

	dir.fail = "surname"
	proposals, err = near.Ask(t.Context(), dir, report, nil)
	require.NoError(t, err, "a proposal more or less stops nobody")
	assert.Equal(t, 6, proposals.Unanswered, "but that it was not looked for is known")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = near.Ask(ctx, dir, report, nil)
	assert.ErrorIs(t, err, context.Canceled)
}
