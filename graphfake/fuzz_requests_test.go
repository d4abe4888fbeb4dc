package graphfake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// FuzzRequests: whatever is asked, the answer is one that the service could
// give: never a panic, and every error in the envelope that clients decode.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][2]string{
		{"GET /users?$filter=startswith(displayName,'a')&$select=id", ""},
		{"GET /users?$search=\"displayName:a\" AND (\"mail:b\" OR \"mail:c\")&$count=true", ""},
		{"GET /users/delta?$deltatoken=latest", ""},
		{"GET /users?$expand=manager($select=id;$levels=2)", ""},
		{"GET /users?$orderby=displayName desc,surname&$top=3&$skiptoken=RFNwdHsiayI6WyJhIl19", ""},
		{"GET /servicePrincipals(appId='x''y')/appRoleAssignedTo", ""},
		{"GET /groups/x/members/microsoft.graph.user/$count", ""},
		{"GET /directory/deletedItems/microsoft.graph.application?$filter=tags/any(t:t eq 'x')", ""},
		{"GET /groups/delta?$select=members,displayName&$expand=owners&$filter=id eq 'x'", ""},
		{"GET /users/a@contoso.example/displayName/$value", ""},
		{"GET /users/a@contoso.example/memberOf/microsoft.graph.group/$count?$filter=displayName eq 'x'", ""},
		{"POST /users/a@contoso.example/checkMemberObjects", `{"ids":["00000000-0000-4000-8000-000000000000",1]}`},
		{"POST /applications", `{"displayName":"a","passwordCredentials":[{"displayName":"x","endDateTime":"2099-01-01T00:00:00Z"}]}`},
		{"POST /users", `{"accountEnabled":true,"displayName":"a","mailNickname":"a","userPrincipalName":"b@contoso.example","passwordProfile":{"password":"xWwvJ]6NMw"}}`},
		{"POST /applications", `{"displayName":"a","appRoles":[{"id":"x","allowedMemberTypes":[1]}],"api":{"oauth2PermissionScopes":[null]}}`},
		{"POST /applications", `{"displayName":"a","web":{"redirectUris":null},"keyCredentials":[{}],"info":null}`},
		{"PATCH /users/a@contoso.example", `{"identities":[{"issuer":1}],"onPremisesExtensionAttributes":{"extensionAttribute1":null},"createdDateTime":"x"}`},
		{"POST /groups", `{"displayName":"g","mailEnabled":false,"mailNickname":"g","securityEnabled":true,"members@odata.bind":["x/y"]}`},
		{"PUT /users/a@contoso.example/manager/$ref", `{"@odata.id":"//"}`},
		{"POST /directoryObjects/getByIds", `{"ids":["x"],"types":[null]}`},
		{"GET /myorganization/users/a@contoso.example?$select=identities", ""},
		{"GET /users?$filter=identities/any(i:i/issuer eq 'x') or identities eq null", ""},
		{"DELETE /groups/x/members/y", ""},
		{"PATCH /users/a@contoso.example", `{"Identities":[[{"ISSUER":1}],null],"identities":[],"passwordPROFILE":[{"Password":2}],"ID":null}`},
		{"PATCH /servicePrincipals(appId='x')", `{"appRoles":[1,null,{"id":2}]}`},
		{"POST /$batch", `{"requests":[{"id":"1","method":"GET","url":"/users?$filter=%zz"},{"id":"2","method":"GET","url":"","dependsOn":["1"]}]}`},
		{"POST /$batch", `{"requests":[{"id":"1","method":"PATCH","url":"/users/a@contoso.example","body":"text","headers":{"Content-Type":"x"}}]}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, line, body string) {
		method, target, ok := strings.Cut(line, " ")
		path, query, _ := strings.Cut(target, "?")
		if !ok || !strings.HasPrefix(path, "/") {
			return
		}
		s := graphfake.New(nil)
		s.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example", Mail: "a@contoso.example"})
		u := &url.URL{Scheme: "https", Host: "graph.microsoft.com", Path: "/v1.0" + path, RawQuery: query}
		req := (&http.Request{Method: method, URL: u, Header: http.Header{"Consistencylevel": {"eventual"}}, Body: io.NopCloser(strings.NewReader(body))}).WithContext(t.Context())
		rsp, err := s.Transport().RoundTrip(req)
		require.NoError(t, err)
		text, err := io.ReadAll(rsp.Body)
		require.NoError(t, err)
		require.True(t, rsp.StatusCode >= 200 && rsp.StatusCode <= 501 && rsp.StatusCode != 500, rsp.Status)
		if len(text) > 0 && strings.Contains(rsp.Header.Get("Content-Type"), "json") {
			require.True(t, json.Valid(text), string(text))
		}
		if rsp.StatusCode >= 400 {
			var e struct {
				Error struct{ Code string }
			}
			require.NoError(t, json.Unmarshal(text, &e))
			require.NotEmpty(t, e.Error.Code)
		}
		require.NoError(t, graphfake.New(nil).Load(strings.NewReader(dumpOf(s))), "what was written can be loaded")
	})
}

func dumpOf(s *graphfake.Server) string {
	var sb strings.Builder
	if err := s.Dump(&sb); err != nil {
		panic(err)
	}
	return sb.String()
}
