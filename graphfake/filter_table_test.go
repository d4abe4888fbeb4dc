package graphfake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// The published filter table of users: property, a literal, and when eq,
// startsWith and eq null are taken: D by default, A in advanced queries only,
// N never. A client that passes here must not fail on the service, and one
// that fails on the service must not pass here.
// https://learn.microsoft.com/graph/aad-advanced-queries
const userFilters = `
accountEnabled                true        D - N
userPrincipalName             'x'         D D N
mail                          'x'         D D A
displayName                   'x'         D D A
givenName                     'x'         D D A
surname                       'x'         D D A
mailNickname                  'x'         D D A
employeeId                    'x'         D D A
onPremisesImmutableId         'x'         A N N
department                    'x'         D D A
jobTitle                      'x'         D D A
city                          'x'         D D A
country                       'x'         D D A
usageLocation                 'x'         D D A
state                         'x'         D N A
userType                      'x'         D N A
createdDateTime               2026-01-02T03:04:05Z D - A
creationType                  'x'         D N N
externalUserState             'x'         D N N
onPremisesSyncEnabled         true        D - A
onPremisesSecurityIdentifier  'x'         D N A
onPremisesSamAccountName      'x'         A A N
onPremisesDistinguishedName   'x'         N N N
companyName                   'x'         A A A
officeLocation                'x'         A A A
mobilePhone                   'x'         A A A
postalCode                    'x'         A A A
streetAddress                 'x'         A A A
preferredLanguage             'x'         A A A
employeeType                  'x'         A N N
employeeHireDate              2026-01-02T03:04:05Z A - N
employeeOrgData/costCenter    'x'         A N N
employeeOrgData/division      'x'         A N N
onPremisesExtensionAttributes/extensionAttribute1  'x' A A A
onPremisesExtensionAttributes/extensionAttribute15 'x' A A A
passwordPolicies              'x'         N N A
onPremisesLastSyncDateTime    2026-01-02T03:04:05Z D - N
id                            'x'         D N N
aboutMe                       'x'         N N N
onPremisesDomainName          'x'         N N N
`

const applicationFilters = `
appId            'x' D N N
displayName      'x' D D A
createdDateTime  2026-01-02T03:04:05Z D - N
signInAudience   'x' D N N
publisherDomain  'x' D D N
description      'x' A A A
notes            'x' A A A
groupMembershipClaims 'x' N N N
`

const servicePrincipalFilters = `
appId                     'x'  D N N
displayName               'x'  D D A
servicePrincipalType      'x'  D N N
accountEnabled            true D - N
publisherName             'x'  D D N
appRoleAssignmentRequired true A - N
appOwnerOrganizationId    11111111-1111-4111-8111-111111111111 A - N
description               'x'  A A A
notes                     'x'  A A A
homepage                  'x'  A A A
loginUrl                  'x'  N N N
`

func TestFilterTables(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	for set, table := range map[string]string{"users": userFilters, "applications": applicationFilters, "servicePrincipals": servicePrincipalFilters} {
		for line := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
			f := strings.Fields(line)
			name, literal := f[0], f[1]
			for i, filter := range []string{name + " eq " + literal, "startswith(" + name + "," + literal + ")", name + " eq null"} {
				if f[2+i] == "-" {
					continue // not a text: a type error, tested elsewhere
				}
				target := "/" + set + "?$filter=" + filter
				checkSupport(t, f[2+i], filter, c.get(target), c.advanced().get(target), c.advanced().get(target+"&$count=true"))
			}
			in := "/" + set + "?$filter=" + fmt.Sprintf("%s in (%s,%s)", name, literal, literal)
			checkSupport(t, f[2], name+" in", c.get(in), c.advanced().get(in), c.advanced().get(in+"&$count=true"))
			ne := "/" + set + "?$filter=" + name + " ne " + literal
			want := map[string]string{"D": "A", "A": "A", "N": "N"}[f[2]]
			checkSupport(t, want, name+" ne", c.get(ne), c.advanced().get(ne), c.advanced().get(ne+"&$count=true"))
		}
	}
}

// checkSupport compares what a default query, one with the header alone, and
// an advanced one answered.
func checkSupport(t *testing.T, want, what string, plain, header, advanced answer) {
	t.Helper()
	status := map[bool]int{true: 200, false: 400}
	require.Equal(t, status[want == "D"], plain.status, "%s by default: %s", what, plain.text)
	require.Equal(t, status[want == "D"], header.status, "%s with the header alone: %s", what, header.text)
	require.Equal(t, status[want != "N"], advanced.status, "%s in an advanced query: %s", what, advanced.text)
	for _, a := range []answer{plain, advanced} {
		if code, _ := a.fault(); a.status == 400 {
			require.Equal(t, "Request_UnsupportedQuery", code, what)
		}
	}
}

func TestFiltersOverCollections(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	for _, tc := range []struct{ set, filter, support string }{
		{"users", "proxyAddresses/any(x:x eq 'smtp:a')", "D"},
		{"users", "proxyAddresses/any(x:startswith(x,'smtp:a'))", "D"},
		{"users", "proxyAddresses/any(x:endswith(x,'a'))", "A"},
		{"users", "otherMails/any(x:x eq 'a')", "D"},
		{"users", "imAddresses/any(x:x eq 'a')", "D"},
		{"users", "businessPhones/any(x:x eq '1')", "D"},
		{"users", "businessPhones/any(x:startswith(x,'1'))", "D"},
		{"users", "proxyAddresses/all(x:x eq 'smtp:a')", "N"},
		{"users", "identities/any(i:i/issuer eq 'a')", "D"},
		{"users", "identities/any(i:i/issuer eq 'a' and i/issuerAssignedId eq 'b')", "D"},
		{"users", "identities/any(i:startswith(i/issuer,'a'))", "N"},
		{"users", "assignedLicenses/any(a:a/skuId eq 11111111-1111-4111-8111-111111111111)", "D"},
		{"users", "assignedLicenses/$count ne 0", "A"},
		{"users", "appRoleAssignments/any(a:a/id eq 'x')", "D"},
		{"users", "manager/id eq 'x'", "N"},
		{"applications", "identifierUris/any(x:x eq 'api://a')", "D"},
		{"applications", "tags/any(x:x eq 'a')", "D"},
		{"applications", "appRoles/any(r:r/id eq 11111111-1111-4111-8111-111111111111)", "D"},
		{"servicePrincipals", "servicePrincipalNames/any(x:x eq 'a')", "D"},
		{"servicePrincipals", "tags/any(x:x eq 'a')", "D"},
		{"servicePrincipals", "appRoleAssignedTo/any(a:a/id eq 'x')", "D"},
	} {
		target := "/" + tc.set + "?$filter=" + escape(tc.filter)
		checkSupport(t, tc.support, tc.filter, c.get(target), c.advanced().get(target), c.advanced().get(target+"&$count=true"))
	}
}

// Every refusal has the service's status, code and message: clients match them.
func TestRefusedQueries(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	many := func(n int) string { return "'" + strings.Repeat("x','", n-1) + "x'" }
	const clause = "Unsupported or invalid query filter clause specified for property '%s' of resource 'User'."
	for _, tc := range []struct{ reason, target, code, message string }{
		{"skip", "/users?$skip=1", "Request_BadRequest", "'$skip' is not supported by the service."},
		{"page too large", "/users?$top=1000", "Request_UnsupportedQuery", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		{"page of nothing", "/users?$top=0", "Request_UnsupportedQuery", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive."},
		{"dollar forgotten", "/users?select=id", "Request_BadRequest", "Unrecognized query argument specified: 'select'."},
		{"option twice", "/users?$top=1&$TOP=2", "BadRequest", "Query option '$TOP' was specified more than once, but it must be specified at most once."},
		{"unknown selected", "/users?$select=id,nope", "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'nope' on type 'microsoft.graph.user'."},
		{"unknown filtered", "/users?$filter=nope eq 'x'", "BadRequest", "Invalid filter clause: Could not find a property named 'nope' on type 'microsoft.graph.user'."},
		{"not indexed", "/users?$filter=companyName eq 'x'", "Request_UnsupportedQuery", fmt.Sprintf(clause, "companyName")},
		{"ne by default", "/users?$filter=department ne 'x'", "Request_UnsupportedQuery", "Unsupported property filter clause operator 'NotEqualsMatch'."},
		{"contains", "/users?$filter=contains(displayName,'x')", "Request_UnsupportedQuery", "Unsupported property filter clause operator 'Contains'."},
		{"endsWith by default", "/users?$filter=endswith(mail,'x')", "Request_UnsupportedQuery", "Operator 'endsWith' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information"},
		{"not by default", "/users?$filter=not(displayName eq 'x')", "Request_UnsupportedQuery", "Operator 'not' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information"},
		{"search by default", `/users?$search="displayName:x"`, "Request_UnsupportedQuery", "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"},
		{"count segment", "/users/$count", "Request_BadRequest", "$count is not currently supported."},
		{"order and filter", "/users?$filter=accountEnabled eq true&$orderby=displayName", "Request_UnsupportedQuery", "Sorting not supported for current query."},
		{"order of the rest", "/users?$orderby=createdDateTime", "Request_UnsupportedQuery", "Sorting not supported for current query."},
		{"order of applications", "/applications?$orderby=displayName", "Request_UnsupportedQuery", "Sorting not supported for current query."},
		{"16 in a list", "/users?$filter=userPrincipalName in (" + many(16) + ")", "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15"},
		{"16 by or", "/users?$filter=" + strings.TrimSuffix(strings.Repeat("mail eq 'x' or ", 16), " or "), "Request_UnsupportedQuery", "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15"},
		{"too deep", "/users?$filter=(mail eq 'x' or (displayName eq 'x' and surname eq 'y')) and startswith(givenName,'z')", "Request_UnsupportedQuery", "Search filter expression has excessive height: 4. Max allowed: 3."},
		{"121 characters", "/users?$filter=startswith(displayName,'" + strings.Repeat("x", 121) + "')", "Request_UnsupportedQuery", fmt.Sprintf(clause, "displayName")},
		{"121 letters, not bytes", "/users?$filter=displayName eq '" + strings.Repeat("%C3%A9", 121) + "'", "Request_UnsupportedQuery", fmt.Sprintf(clause, "displayName")},
		{"quoted Boolean", "/users?$filter=accountEnabled eq 'true'", "BadRequest", "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'."},
		{"collection without any", "/users?$filter=otherMails eq 'x'", "BadRequest", "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types 'Collection(Edm.String)' and 'Edm.String' for operator kind 'Equal'."},
		{"any of a text", "/users?$filter=mail/any(m:m eq 'x')", "BadRequest", "Invalid filter clause: Any/All may only be used following a collection."},
		{"date without zone", "/users?$filter=createdDateTime ge 2026-01-02T03:04:05", "BadRequest", "Invalid filter clause: The DateTimeOffset text '2026-01-02T03:04:05' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each field value is within valid range."},
		{"quote not doubled", "/users?$filter=surname eq 'O'Neil'", "BadRequest", "Invalid filter clause: Syntax error at position 18 in 'surname eq 'O'Neil''."},
		{"comma for and", "/users?$filter=jobtitle ge '!' , accountenabled eq true", "BadRequest", "Invalid filter clause: Syntax error at position 17 in 'jobtitle ge '!' , accountenabled eq true'."},
		{"no end of a text", "/users?$filter=surname eq 'x", "BadRequest", "Invalid filter clause: There is an unterminated string literal at position 13 in 'surname eq 'x'."},
		{"mailbox properties on a list", "/users?$select=id,aboutMe", "NotImplemented", "This operation target is not yet supported."},
		{"a token of one's own", "/users?$skiptoken=nonsense", "Request_BadRequest", "The page token is not valid."},
		{"unknown segment", "/users/x/nope", "BadRequest", "Resource not found for the segment 'nope'."},
		{"no such user", "/users/nobody@contoso.example", "Request_ResourceNotFound", "Resource 'nobody@contoso.example' does not exist or one of its queried reference-property objects are not present."},
		{"no GUID", "/applications/x", "Request_BadRequest", "Invalid object identifier 'x'."},
		{"wrong method", "PUT /users", "Request_BadRequest", "Specified HTTP method is not allowed for the request target."},
	} {
		method, target, ok := strings.Cut(tc.target, " ")
		if !ok || !strings.HasPrefix(target, "/users") || strings.HasPrefix(method, "/") {
			method, target = "GET", tc.target
		}
		a := c.do(method, target, nil)
		code, message := a.fault()
		require.Equal(t, []string{tc.code, tc.message}, []string{code, message}, "%s: %s", tc.reason, a.text)
		want := map[string]int{"Request_ResourceNotFound": 404, "NotImplemented": 501}[tc.code]
		if want == 0 {
			want = 400
		}
		if method == "PUT" {
			want = 405
		}
		require.Equal(t, want, a.status, tc.reason)
	}
}

// Counter-cases: what is next to the limits must work.
func TestAcceptedQueries(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddUser(graphfake.User{UserPrincipalName: "o.neil@contoso.example", DisplayName: "Ann O'Neil", Surname: "O'Neil", Mail: "Ann+x@contoso.example",
		OnPremisesImmutableID: "AbC=", CreatedDateTime: "2026-01-02T03:04:05Z", EmployeeID: "É1"})
	s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example", Disabled: true, CreatedDateTime: "2026-02-02T03:04:05Z"})
	c := newClient(t, s)
	for _, tc := range []struct{ reason, query, want string }{
		{"15 in a list", "$filter=userPrincipalName in ('x','x','x','x','x','x','x','x','x','x','x','x','x','x','bob@contoso.example')", "bob"},
		{"120 characters", "$filter=startswith(displayName,'" + strings.Repeat("x", 120) + "')", ""},
		{"quote doubled", "$filter=surname eq 'O''Neil'", "Ann O'Neil"},
		{"plus as %2B", "$filter=mail eq 'ann%2Bx@contoso.example'", "Ann O'Neil"},
		{"a plus is a space", "$filter=mail+eq+'ann%2Bx@contoso.example'", "Ann O'Neil"},
		{"a plus inside a value is a space too", "$filter=mail eq 'ann+x@contoso.example'", ""},
		{"case of operators and names", "$FILTER=DISPLAYNAME EQ 'BOB' AND NOTHING", "!"},
		{"case of operators and names, advanced", "$count=true&$filter=DisplayName EQ 'BOB' AND NOT(Surname eq 'x')", "bob"},
		{"case of non-ASCII letters", "$filter=employeeId eq '%C3%A91'", "Ann O'Neil"},
		{"immutable ids are exact", "$count=true&$filter=onPremisesImmutableId eq 'abc='", ""},
		{"immutable ids are found", "$count=true&$filter=onPremisesImmutableId eq 'AbC='", "Ann O'Neil"},
		{"dates with zone", "$filter=createdDateTime ge 2026-01-02T04:04:05%2B01:00 and createdDateTime le 2026-01-31T00:00:00Z", "Ann O'Neil"},
		{"primary address of mail", "$filter=proxyAddresses/any(p:p eq 'smtp:ANN%2Bx@contoso.example')", "Ann O'Neil"},
		{"Boolean", "$filter=accountEnabled eq false", "bob"},
		{"null", "$count=true&$filter=mail eq null", "bob"},
		{"not null", "$count=true&$filter=mail ne null", "Ann O'Neil"},
		{"endsWith", "$count=true&$filter=endsWith(mail,'@CONTOSO.example')", "Ann O'Neil"},
		{"16 in an advanced query", "$count=true&$filter=userPrincipalName in (" + strings.Repeat("'x',", 16) + "'bob@contoso.example')", "bob"},
		{"search begins words", `$search="displayName:o'n"`, "Ann O'Neil"},
		{"search is no contains", `$search="displayName:eil"`, ""},
		{"search of other properties begins them", `$search="mail:ann"`, "Ann O'Neil"},
		{"search by and", `$search="displayName:ann" AND "mail:bob"`, ""},
		{"search by or", `$search="displayName:bob" OR "mail:nobody"`, "bob"},
	} {
		a := c.advanced().get("/users?$select=displayName&" + tc.query)
		if tc.want == "!" {
			require.Equal(t, 400, a.status, tc.reason)
			continue
		}
		require.Equal(t, 200, a.status, "%s: %s", tc.reason, a.text)
		require.Equal(t, tc.want, strings.Join(a.column("displayName"), ","), tc.reason)
	}
}
