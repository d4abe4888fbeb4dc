package worklist_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
)

func TestTheCauseOfARow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		row    string // Login,EMail,Name,Role,Status,Type
		id     string
		group  worklist.Group
		where  worklist.Where
		settle int
		act    string // a part of it
		reason string
	}{
		{"x,ada.byron@oldco.example,Ada Byron", "domain:oldco.example", worklist.NotFound, worklist.InRule, 1, "Map oldco.example to contoso.com",
			"the same name at another domain"},
		{`x,"ada.byron@contoso.com ",Ada Byron`, "normaliser:trim", worklist.NotFound, worklist.InRule, 1, "rewrite the values (trim)", "a space at the end"},
		{"x,mailto:ada.byron@contoso.com,Ada Byron", "normaliser:address", worklist.NotFound, worklist.InRule, 1, "(address)", "mailto:"},
		{"x,ada.byron+test@contoso.com,Ada Byron", "normaliser:without tag", worklist.NotFound, worklist.InRule, 1, "(without tag)", "a plus tag"},
		{`x," mailto:ada.byron@contoso.com",Ada Byron`, "normaliser:trim, address", worklist.NotFound, worklist.InRule, 1,
			"(trim, address)", "two normalisers together"},
		{"x,i:0#.f|membership|ada.byron@contoso.com,Ada Byron", "normaliser:claim", worklist.NotFound, worklist.InRule, 1, "(claim)", "a claim"},
		{"x,robert@old.example,Bob Lund", "attribute:EMail=proxyAddresses", worklist.NotFound, worklist.InRule, 1,
			"Add the rule EMail=proxyAddresses", "a former address"},
		{"x,kari@home.example,Kari Solberg", "attribute:EMail=otherMails", worklist.NotFound, worklist.InRule, 1, "otherMails", "a private address"},
		{"x,,Kari Solberg,kari.solberg@contoso.com", "attribute:Role=mail:notAsked", worklist.NotAsked, worklist.InRule, 1, "Role=mail",
			"nothing in the match column, but an address in another one"},
		{"ada.byron,,Ada Byron", "attribute:Login=mailNickname:notAsked", worklist.NotAsked, worklist.InRule, 1, "Login=mailNickname",
			"only a login"},
		{"ada.byron,ada.byron@oldco.example,Ada Byron", "domain:oldco.example", worklist.NotFound, worklist.InRule, 1, "Map",
			"a nickname is the last thing to match by"},
		{"x,N/A,Nobody Here", "placeholder", worklist.NotAsked, worklist.InApplication, 0, "Fill in", "a placeholder"},
		{"x,,Nobody Here", "noValue", worklist.NotAsked, worklist.InApplication, 0, "Fill in", "no value"},
		{"x,twin@contoso.com,Twin", "ambiguous", worklist.NotFound, worklist.InDirectory, 0, "unique", "two users have the address"},
		{"x,gil.gone@contoso.com,Gil Gone", "deleted", worklist.NotFound, worklist.InDirectory, 0, "Restore", "in the recycle bin"},
		{"x,busy@contoso.com,Busy", "lookup", worklist.NotRead, worklist.InDirectory, 1, "Run again", "the lookup failed"},
		{"x,\"a\nb@contoso.com\",Line", "damaged", worklist.NotRead, worklist.InList, 1, "anew", "a line break in the key"},
		{"x,ada,b,c,d,e,f,g,h,i,j", "unread", worklist.NotRead, worklist.InList, 1, "Export", "too many values"},
		{"x,4.17E+05,Num", "excel", worklist.NotFound, worklist.InList, 1, "Export", "a number that Excel wrote"},
		{"x,ada.byrom@contoso.com,Ada Byron", "candidate", worklist.NotFound, worklist.InApplication, 1, "Look at the candidate", "a typo"},
		{"svc-backup,svc-backup@contoso.com,Backup", "noPerson:service", worklist.NotFound, worklist.InRule, 1, "nobody", "a name like a service's"},
		{"x,noreply@contoso.com,Mail", "noPerson:service", worklist.NotFound, worklist.InRule, 1, "nobody", "noreply"},
		{"x,sales.team@contoso.com,Sales", "noPerson:shared", worklist.NotFound, worklist.InRule, 1, "nobody", "a team's"},
		{"x,,Door,,,Service account", "noPerson:service:notAsked", worklist.NotAsked, worklist.InRule, 1, "nobody",
			"the type says so; it is no row that nobody was found for"},
		{"svc-x,svc.x@contoso.com,Xaver Svc,,,Person", "nobody", worklist.NotFound, worklist.InDirectory, 0, "Ask", "the type says that it is a person"},
		{"x,zoe@partner.example,Zoe Xu", "external", worklist.NotFound, worklist.InDirectory, 0, "Invite", "a domain that nobody found has"},
		{"x,zoe.xu@contoso.com,Zoe Xu,,inactive", "inactive", worklist.NotFound, worklist.InApplication, 1, "Close", "not in use, and nobody resembles it"},
		{"x,zoe\u200b.xu@contoso.com,Zoe Xu", "invisible", worklist.NotFound, worklist.InApplication, 0, "anew", "a zero-width space inside"},
		{"x,zoe.xu@contoso.com,Zoe Xu", "nobody", worklist.NotFound, worklist.InDirectory, 0, "Ask", "nobody resembles it"},
	} {
		// Somebody is found, so that the directory's domain is known.
		list := head + "first,per.moe@contoso.com,Per Moe,,,,,,\n" + test.row + strings.Repeat(",", max(0, 8-strings.Count(test.row, ","))) + "\n"
		report, l := run(t, busy{company(), "busy@contoso.com"}, list, byMail, worklist.Options{})
		c := causeOf(t, l, 3)
		assert.Equal(t, []any{test.id, test.group, test.where, test.settle}, []any{c.ID, c.Group, c.Where, c.Settles},
			"%s: %s: %s", test.row, test.reason, l.Rows[0].Reason)
		assert.Contains(t, c.Act, test.act, test.reason)
		addsUp(t, report, l, test.row)
	}
}

func TestTheCauseOfARowByNumber(t *testing.T) {
	t.Parallel()
	byNumber := match.Column("Staff", "employeeId")
	for _, test := range []struct{ row, id, reason string }{
		{"417,Ada Byron", "zeros", "the directory has 00417, which no normaliser makes"},
		{"0417,Ada Byron", "zeros", "the same"},
		{"002041,Ola Tveit", "normaliser:without zeros", "the directory has 2041"},
		{"1234567890123450,Xu", "excel", "sixteen digits"},
	} {
		_, l := run(t, company(), "Staff,Name\n"+test.row+"\n", byNumber, worklist.Options{})
		assert.Equal(t, test.id, causeOf(t, l, 2).ID, "%s: %s", test.row, test.reason)
	}
}

func TestRowsThatHangTogether(t *testing.T) {
	t.Parallel()
	list := head +
		"a,robert@old.example,Bob Lund,,,,,,\n" +
		"b,robert@old.example,Bob Lund,,,,,,\n" +
		"c,same@contoso.com,Nina Dahl,,,,,,\n" +
		"d,same@contoso.com,Jon Berg,,,,,,\n" +
		"e,busy@contoso.com,X,,,,,,\n" +
		"f,busy@contoso.com,X,,,,,,\n"
	report, l := run(t, busy{company(), "busy@contoso.com"}, list, byMail, worklist.Options{})
	addsUp(t, report, l, "")
	assert.Equal(t, "duplicate", causeOf(t, l, 3).ID)
	assert.Equal(t, 1, causeOf(t, l, 3).Settles, "the rule that settles the first row settles this one")
	assert.Equal(t, 2, rowOf(t, l, 3).Repeats)
	assert.Equal(t, "contradiction", causeOf(t, l, 4).ID)
	assert.Equal(t, "duplicate:notRead", causeOf(t, l, 7).ID, "nothing is known of a row whose first one failed")
	assert.Equal(t, worklist.NotRead, causeOf(t, l, 7).Group)
}

// People who are at no other domain are counted with their domain, so that what one
// act settles is known; but a domain of strangers is not one that was left.
func TestADomain(t *testing.T) {
	t.Parallel()
	list := head + "m,per.moe@contoso.com,Per Moe,,,,,,\n" +
		"a,ada.byron@oldco.example,Ada Byron,,,,,,\n" +
		"b,bob.lund@oldco.example,Bob Lund,,,,,,\n" +
		"c,zoe.xu@oldco.example,Zoe Xu,,,,,,\n" +
		"d,eva.rask@mail.example,Eva Rask,,,,,,\n" +
		"e,zoe.xu@mail.example,Zoe Xu,,,,,,\n" +
		"f,una.xu@mail.example,Una Xu,,,,,,\n"
	_, l := run(t, company(), list, byMail, worklist.Options{})
	first := l.Causes[0]
	assert.Equal(t, "domain:oldco.example", first.ID, "it settles most")
	assert.Equal(t, []int{3, 2}, []int{first.Count, first.Settles})
	assert.Contains(t, first.Act, "which finds 2 of 3 by the same name there")
	assert.Equal(t, "candidate", causeOf(t, l, 6).ID, "one of three")
	assert.Equal(t, "external", causeOf(t, l, 7).ID)
	for _, public := range []string{"gmail.com", "hotmail.co.uk", "YAHOO.de"} {
		_, l := run(t, company(), head+"a,ada.byron@"+public+",Ada Byron,,,,,,\nb,eva.rask@"+public+",Eva Rask,,,,,,\n", byMail, worklist.Options{})
		assert.Equal(t, "candidate", causeOf(t, l, 2).ID, "whoever has that name at %s would get her access", public)
	}
}

func TestWithoutProposalsFewerCausesAreKnown(t *testing.T) {
	t.Parallel()
	report := matched(t, company(), head+`a,"ada.byron@contoso.com ",Ada Byron,,,,,,`+"\nb,zoe@contoso.com,Zoe,,,,,,\n", byMail)
	l := worklist.New(report, nil)
	addsUp(t, report, l, "")
	assert.Equal(t, "normaliser:trim", causeOf(t, l, 2).ID)
	assert.Zero(t, causeOf(t, l, 2).Settles, "nothing shows that it settles the row")
	assert.Equal(t, "nobody", causeOf(t, l, 3).ID)
	assert.Equal(t, "zoe@contoso.com", rowOf(t, l, 3).Account, "without a column the key names the account")
}
