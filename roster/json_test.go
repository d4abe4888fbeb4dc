package roster_test

import (
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// columns returns the columns that are found in a file.
func columns(t *testing.T, in string, wanted ...string) []string {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Columns: wanted})
	require.NoError(t, err)
	return r.Header().Columns()
}

func TestJSONIsReadInEveryShapeThatServicesGive(t *testing.T) {
	t.Parallel()
	ab := [][]string{{"a", "1"}, {"b", "2"}}
	objects := `{"id":"a","n":1},{"id":"b","n":2}`
	lines := `{"id":"a","n":1}` + "\n" + `{"id":"b","n":2}` + "\n"
	for _, c := range []struct {
		reason, in string
		want       [][]string
	}{
		{"an array", "[" + objects + "]", ab},
		{"blanks and a mark before it", "\ufeff \r\n\t[ " + objects + " ]\n", ab},
		{"JSON Lines", lines, ab},
		{"JSON Lines without the last line end", strings.TrimSpace(lines), ab},
		{"UTF-16, as PowerShell's > writes it", utf16("LE", "["+objects+"]"), ab},
		{"a page of Graph", `{"@odata.context":"x","@odata.count":2,"value":[` + objects + `]}`, ab},
		{"pages of Graph, one after another", `{"@odata.nextLink":"https://x","value":[{"id":"a","n":1}]}
			{"value":[{"id":"b","n":2}]}`, ab},
		{"SCIM", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"startIndex":1,` +
			`"itemsPerPage":2,"Resources":[` + objects + `]}`, ab},
		{"SCIM pages", `{"totalResults":2,"startIndex":1,"Resources":[{"id":"a","n":1}]}` + "\n" +
			`{"totalResults":2,"startIndex":2,"Resources":[{"id":"b","n":2}]}`, ab},
		{"a SCIM page after the last", `{"totalResults":2,"Resources":[` + objects + `]}` +
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2}`, ab},
		{"OData 2, as SAP gives it", `{"d":{"__count":"2","results":[` + objects + `]}}`, ab},
		{"an object around the list", `{"users":[` + objects + `],"paging":{"next":null,"total":2}}`, ab},
		{"ConvertTo-Json of PowerShell 5", `{"value":[` + objects + `],"Count":2}`, ab},
		{"null is no value, and a missing one neither", `[{"id":"a","n":null},{"id":"b"}]`,
			[][]string{{"a", ""}, {"b", ""}}},
		{"numbers in full, as written", `[{"id":12345678901234567890,"n":0.10}]`,
			[][]string{{"12345678901234567890", "0.10"}}},
		{"truth values", `[{"id":"a","active":false}]`, [][]string{{"a", "false"}}},
		{"several values", `[{"id":"a","groups":["x","y;z",null]}]`, [][]string{{"a", `x;y\;z`}}},
		{"several objects", `[{"id":"a","groups":[{"name":"x"},{"name":"y"}]}]`, [][]string{{"a", "x;y"}}},
		{"keys in another order and case", `[{"id":"a","n":1},{"N":2,"ID":"b"}]`, ab},
		{"JSON Lines with lists in the objects", `{"id":"a","members":[]}` + "\n" + `{"id":"b","members":["x"]}`,
			[][]string{{"a", ""}, {"b", "x"}}},
	} {
		rows, bad, err := read(t, strings.NewReader(c.in), nil)
		require.NoError(t, err, c.reason)
		assert.Empty(t, bad, c.reason)
		assert.Equal(t, c.want, rows, c.reason)
	}
}

func TestJSONPathsNameNestedValues(t *testing.T) {
	t.Parallel()
	const in = `[{"userName":"ada","name":{"givenName":"Ada"},"emails":[{"value":"work@x","type":"work"},
		{"value":"home@x","type":"home","primary":true}],"phones":["1","2"],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7","manager":{"value":"m"}}},
		{"userName":"bob","emails":["bob@x"],"phones":[]},
		{"userName":"cy","emails":[{"value":"1@x"},{"value":"2@x"}]},
		{"userName":"di","emails":[{"value":"1@x","primary":true},{"value":"2@x","primary":true}]}]`
	const urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	assert.Equal(t, []string{"userName", "name.givenName", "emails.value", "emails.type", "emails.primary", "phones",
		urn + ":employeeNumber", urn + ":manager.value", "emails"}, columns(t, in), "a column for each path")
	for _, c := range []struct {
		path string
		want []string
	}{
		{"name.givenName", []string{"Ada", "", "", ""}},
		{"emails.value", []string{"work@x;home@x", "bob@x", "1@x;2@x", "1@x;2@x"}},
		{"emails[0].value", []string{"work@x", "bob@x", "1@x", "1@x"}},
		{"emails[1].value", []string{"home@x", "", "2@x", "2@x"}},
		{"emails[primary].value", []string{"home@x", "bob@x", "", ""}},
		{`Emails[type eq "Work"].value`, []string{"work@x", "", "", ""}},
		{"phones[1]", []string{"2", "", "", ""}},
		{urn + ":employeeNumber", []string{"7", "", "", ""}},
		{urn + ".employeeNumber", []string{"7", "", "", ""}},
		{urn + ":manager.value", []string{"m", "", "", ""}},
	} {
		r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Columns: []string{c.path}})
		require.NoError(t, err)
		var got []string
		for row, err := range r.Rows() {
			require.NoError(t, err)
			value, ok := row.Lookup(c.path)
			require.True(t, ok, c.path)
			got = append(got, value)
		}
		assert.Equal(t, c.want, got, c.path)
	}
	assert.NotContains(t, columns(t, in, "emails[0].valu"), "emails[0].valu", "a wrong path is no column of empty values")
}

func TestIncompleteJSONIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in, want string
		is               error
	}{
		{"SCIM says that there are more", `{"totalResults":3,"Resources":[{"id":"a"}]}`,
			"it says that there are 3 accounts, and holds 1", roster.ErrIncomplete},
		{"the number stands behind the list", `{"Resources":[{"id":"a"}],"totalResults":3}`,
			"it says that there are 3 accounts, and holds 1", roster.ErrIncomplete},
		{"Graph has another page", `{"value":[{"id":"a"}],"@odata.nextLink":"https://x"}`,
			"the last page says that another follows", roster.ErrIncomplete},
		{"a link with rel next", `{"items":[{"id":"a"}],"links":[{"rel":"next","href":"x"}]}`,
			"the last page says that another follows", roster.ErrIncomplete},
		{"hasMore", `{"items":[{"id":"a"}],"hasMore":true}`, "another follows", roster.ErrIncomplete},
		{"a SCIM page is missing between two", `{"totalResults":3,"startIndex":1,"Resources":[{"id":"a"}]}` +
			`{"totalResults":3,"startIndex":3,"Resources":[{"id":"c"}]}`,
			"a page has startIndex 3 where 2 is due", roster.ErrIncomplete},
		{"the file was cut in an object", `[{"id":"a"},{"id":"b`, "ends in the middle", roster.ErrIncomplete},
		{"the file was cut between two objects", `[{"id":"a"},`, "ends in the middle", roster.ErrIncomplete},
		{"the file was cut behind an object", `[{"id":"a"}`, "ends in the middle", roster.ErrIncomplete},
		{"ConvertTo-Json has cut an object", `[{"id":"a"},` + "\n" + `{"id":"b","name":"@{givenName=Ada}"}]`,
			`users.json line 2: the list is incomplete: ConvertTo-Json has cut "name" short; give it -Depth 10`,
			roster.ErrIncomplete},
		{"ConvertTo-Json has cut an array", `[{"id":"b","mails":"System.Object[]"}]`, `cut "mails" short`,
			roster.ErrIncomplete},
		{"text behind the list", `[{"id":"a"}] x`, "no JSON from here on", roster.ErrSyntax},
		{"a comma is missing", "[{\"id\":\"a\"}\n{\"id\":\"b\"}]", "users.json line 2: broken text", roster.ErrSyntax},
		{"two lists in one object", `{"users":[{"id":"a"}],"services":[{"id":"b"}]}`, `two lists, "users" and "services"`,
			roster.ErrNotList},
		{"a list that nobody knows", `{"people2":[{"id":"a"}]}`, `if its "people2" holds the accounts`, roster.ErrNotList},
		{"a list inside an answer, as sf writes it", `{"status":0,"result":{"records":[{"Username":"a@x"},{"Username":"b@x"}],"totalSize":2}}`,
			`if its "result.records" holds the accounts`, roster.ErrNotList},
		{"a list far inside, as Elasticsearch writes it", `{"took":1,"hits":{"total":{"value":2},"hits":[{"_source":{"mail":"a"}},{"_source":{"mail":"b"}}]}}`,
			`if its "hits.hits" holds the accounts`, roster.ErrNotList},
		{"more", `{"users":[{"mail":"x"}],"limit":1,"offset":0,"more":true}`, "another follows", roster.ErrIncomplete},
		{"more, as GraphQL's services say it", `{"users":[{"mail":"x"}],"pageInfo":{"hasNextPage":true}}`, "another follows", roster.ErrIncomplete},
		{"accounts by name", `{"ada":{"mail":"x"},"bob":{"mail":"y"}}`, `if its "ada" holds`, roster.ErrNotList},
		{"an error of Graph", `{"error":{"code":"Forbidden"}}`, "a service's answer that it failed", roster.ErrNotList},
		{"an error of SCIM", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401"}`,
			"a service's answer that it failed", roster.ErrNotList},
		{"an array of texts", `["a@x","b@x"]`, "holds no objects", roster.ErrNotList},
		{"an array of arrays", `[["id"],["a"]]`, "holds no objects", roster.ErrNotList},
		{"an account around a list", `{"mail":"x","members":[{"id":"a"}]}`, "both the list", roster.ErrNotList},
		{"no account at all, which looks like all closed", `[]`, "the list holds no account", roster.ErrEmpty},
		{"no account in SCIM", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[]}`,
			"the list holds no account", roster.ErrEmpty},
		{"pages in an array, as jq -s makes them", `[{"@odata.context":"x","value":[{"id":"a"}]}]`, "pages stand in an array",
			roster.ErrNotList},
		{"groups with members, line by line", `{"id":"g","members":[{"id":"a"}]}{"id":"h","members":[{"id":"b"}]}`,
			`both the list "members" and the value "id"`, roster.ErrNotList},
		{"an error of Slack", `{"ok":false,"error":"not_authed"}`, "a service's answer that it failed", roster.ErrNotList},
		{"a page of Atlassian that is not the last", `{"isLast":false,"values":[{"id":"a"}]}`, "another follows",
			roster.ErrIncomplete},
		{"a page of AWS", `{"Users":[{"UserName":"a"}],"IsTruncated":true,"Marker":"x"}`, "another follows",
			roster.ErrIncomplete},
		{"names without quotes", `{id:1}`, "names must stand in double quotes", roster.ErrNotCSV},
	} {
		_, _, err := read(t, strings.NewReader(c.in), &roster.Options{Name: "users.json"})
		var end *roster.ReadError
		require.ErrorAs(t, err, &end, c.reason)
		assert.ErrorIs(t, err, c.is, c.reason)
		assert.Contains(t, err.Error(), c.want, c.reason)
		assert.NotContains(t, err.Error(), "\n", c.reason)
	}
}

func TestOneJSONObjectMayBeBadWithoutTheOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, object, want string
		is                   error
	}{
		{"a name twice", `{"id":"b","id":"c"}`, `the object has "id" twice`, roster.ErrSyntax},
		{"a name twice, in another case", `{"id":"b","ID":"c"}`, `twice`, roster.ErrSyntax},
		{"a name twice, further in", `{"id":"b","x":{"y":1,"y":2}}`, `the object has "y" twice`, roster.ErrSyntax},
		{"two names that are one path", `{"id":"b","x.y":1,"x":{"y":2}}`, `the object has "x.y" twice`, roster.ErrSyntax},
		{"no UTF-8", "{\"id\":\"J\xf8rgen\"}", "bytes that aren't UTF-8", roster.ErrEncoding},
		{"NUL", `{"id":"b\u0000"}`, "NUL", roster.ErrBinary},
		{"no object", `"b"`, "it is no object", roster.ErrNotRow},
		{"a list of which a page is here", `{"id":"b","groups":["x"],"groups@odata.nextLink":"y"}`,
			`only a first page of "groups"`, roster.ErrIncomplete},
	} {
		in := "[{\"id\":\"a\"},\n\n" + c.object + ",\n{\"id\":\"d\"}]"
		r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Name: "users.json", Encoding: "utf-8"})
		require.NoError(t, err, c.reason)
		var lines []int
		for row, err := range r.Rows() {
			lines = append(lines, row.Line())
			if len(lines) != 2 {
				require.NoError(t, err, c.reason)
				continue
			}
			var bad *roster.RowError
			require.ErrorAs(t, err, &bad, c.reason)
			assert.ErrorIs(t, err, c.is, c.reason)
			assert.Contains(t, err.Error(), "users.json line 3: ", c.reason)
			assert.Contains(t, err.Error(), c.want, c.reason)
			assert.Equal(t, 1, bad.Lines, c.reason)
		}
		assert.Equal(t, []int{1, 3, 4}, lines, c.reason)
	}
}

// Others tell rows apart by their lines.
func TestObjectsOnOneLineCountAsLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]int{
		`[{"id":"a"},{"id":"b"},{"id":"c"}]`:                     {1, 2, 3},
		"[\n{\"id\":\"a\"},{\"id\":\"b\"},\n\n\n{\"id\":\"c\"}]": {2, 3, 5},
		"{\"id\":\"a\"}{\"id\":\"b\"}\n{\"id\":\"c\"}":           {1, 2, 3},
	} {
		r, err := roster.NewReader(strings.NewReader(in), nil)
		require.NoError(t, err)
		var got []int
		for row, err := range r.Rows() {
			require.NoError(t, err)
			got = append(got, row.Line())
		}
		assert.Equal(t, want, got, in)
	}
}

func TestWhatGraphRemovedIsNoAccount(t *testing.T) {
	t.Parallel()
	r, err := roster.NewReader(strings.NewReader(`[{"id":"a"},{"id":"b","@removed":{"reason":"deleted"}}]`), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, count(t, r))
	assert.Equal(t, []string{"not accounts: an object that was removed (line 2)"}, r.Header().Notes())
}

func TestAColumnFoundTooLateIsADoubt(t *testing.T) {
	t.Parallel()
	in := `[{"id":"a"}` + strings.Repeat("\n"+`,{"id":"b"}`, 100_000) + "\n" + `,{"id":"c","mail":"c@x"}]`
	r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Name: "users.json"})
	require.NoError(t, err)
	assert.Equal(t, []string{"id"}, r.Header().Columns())
	n := count(t, r)
	assert.Equal(t, 100_002, n)
	assert.False(t, r.Header().Complete(n))
	assert.Contains(t, r.Header().Doubt(), `users.json line 100002: "mail" is here for the first time`)

	r, err = roster.NewReader(strings.NewReader(in), &roster.Options{Columns: []string{"id", "mail"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"id", "mail"}, r.Header().Columns(), "a wanted column may come later")
	n = count(t, r)
	assert.True(t, r.Header().Complete(n))
}

// count returns the number of rows, all of which must be good.
func count(t *testing.T, r *roster.Reader) (n int) {
	for _, err := range r.Rows() {
		require.NoError(t, err)
		n++
	}
	return n
}

func TestWhatIsNotWantedMayBeCut(t *testing.T) {
	t.Parallel()
	in := `[{"id":"a","acl":"System.Object[]","mail":"@{x=1}"}]`
	rows, _, err := read(t, strings.NewReader(in), &roster.Options{Columns: []string{"id"}})
	require.NoError(t, err)
	assert.Len(t, rows, 1)
	_, _, err = read(t, strings.NewReader(in), &roster.Options{Columns: []string{"id", "mail.value"}})
	assert.ErrorIs(t, err, roster.ErrIncomplete)
}

func TestAColumnNameInBracketsIsNoJSON(t *testing.T) {
	t.Parallel()
	rows, _, err := read(t, strings.NewReader("[id],[name]\n1,Bo\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"1", "Bo"}}, rows)
}

// Nested values of a SCIM service, by their paths.
func ExampleNewReader_json() {
	const list = `{"totalResults": 2, "Resources": [
		{"userName": "ada", "emails": [{"value": "a@home.example"}, {"value": "ada@contoso.example", "primary": true}]},
		{"userName": "bo", "emails": [{"value": "bo@contoso.example"}]}]}`
	r, err := roster.NewReader(strings.NewReader(list), &roster.Options{Columns: []string{"emails[primary].value"}})
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range r.Rows() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("line %d: %s: %s\n", row.Line(), row.Get("userName"), row.Get("emails[primary].value"))
	}
	// Output:
	// line 2: ada: ada@contoso.example
	// line 3: bo: bo@contoso.example
}
