package graphfake_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

const (
	login     = "https://login.microsoftonline.com"
	toolID    = "11111111-1111-4111-8111-111111111111"
	toolKnows = "correct horse"
)

// withTool returns a tenant in which an application may sign in and read users.
func withTool(t *testing.T, permissions ...string) *graphfake.Server {
	t.Helper()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	s.AddApplication(graphfake.Application{AppID: toolID, DisplayName: "Tool", Secrets: []string{"an older one", toolKnows}})
	s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: toolID, Permissions: permissions})
	return s
}

// askToken posts a form to the token endpoint of a tenant. A pair changes or, with "", removes a field.
func askToken(t *testing.T, s *graphfake.Server, tenant string, pairs ...string) answer {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {toolID}, "client_secret": {toolKnows},
		"scope": {"https://graph.microsoft.com/.default"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	rsp, err := s.Client().PostForm(login+"/"+tenant+"/oauth2/v2.0/token", form)
	require.NoError(t, err)
	defer rsp.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(rsp.Body)
	require.NoError(t, err)
	a := answer{status: rsp.StatusCode, header: rsp.Header, text: b.String()}
	require.NoError(t, json.Unmarshal(b.Bytes(), &a.json), a.text)
	return a
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(b, &claims))
	return claims
}

func TestAnApplicationSignsInAndItsRolesDecide(t *testing.T) {
	t.Parallel()
	s := withTool(t, "User.Read.All", "group.read.all")
	a := askToken(t, s, "contoso.example")
	require.Equal(t, 200, a.status, a.text)
	assert.Equal(t, "Bearer", a.json["token_type"])
	assert.Equal(t, 3599.0, a.json["expires_in"])
	token := a.json["access_token"].(string)

	claims := claimsOf(t, token)
	assert.Equal(t, []any{"Group.Read.All", "User.Read.All"}, claims["roles"], "as Graph spells them")
	assert.Equal(t, "https://graph.microsoft.com", claims["aud"])
	assert.Equal(t, toolID, claims["appid"])
	assert.Equal(t, "app", claims["idtyp"])
	organization := newClient(t, s).bearer(s.AppToken("Organization.Read.All")).get("/organization").values()[0]
	assert.Equal(t, organization["id"], claims["tid"])
	assert.Equal(t, fmt.Sprintf("https://sts.windows.net/%s/", organization["id"]), claims["iss"])
	assert.InDelta(t, float64(time.Now().Add(time.Hour).Unix()), claims["exp"], 5)

	c := newClient(t, s).bearer(token)
	assert.Equal(t, 200, c.get("/users").status)
	assert.Equal(t, 403, c.get("/applications").status, "the token has no role for that")
	forged := token[:len(token)-10] + "AAAAAAAAAA"
	refused := newClient(t, s).bearer(forged).get("/users")
	_, message := refused.fault()
	assert.Equal(t, 401, refused.status, "whoever changes a token would be let in")
	assert.Equal(t, "Signature is invalid.", message)
}

func TestARoleThatIsTakenBackIsNotInTheNextToken(t *testing.T) {
	t.Parallel()
	s := withTool(t, "User.Read.All")
	require.Contains(t, claimsOf(t, askToken(t, s, "contoso.example").json["access_token"].(string)), "roles")
	c := newClient(t, s).bearer(s.AppToken("AppRoleAssignment.ReadWrite.All", "Application.Read.All"))
	held := s.Assignments("")
	require.Len(t, held, 1)
	assert.Equal(t, "Microsoft Graph", held[0].ResourceDisplayName)
	require.Equal(t, 204, c.do("DELETE", "/servicePrincipals/"+held[0].ResourceID+"/appRoleAssignedTo/"+held[0].ID, nil).status)
	assert.NotContains(t, claimsOf(t, askToken(t, s, "contoso.example").json["access_token"].(string)), "roles")
}

func TestATokenCanBeVerifiedByTheKeysThatDiscoveryNames(t *testing.T) {
	t.Parallel()
	s := withTool(t)
	c := newClient(t, s)
	found := c.get(login + "/common/discovery/instance?api-version=1.1&authorization_endpoint=" +
		url.QueryEscape(login+"/contoso.example/oauth2/v2.0/authorize"))
	require.Equal(t, 200, found.status, found.text)
	config := c.get(found.json["tenant_discovery_endpoint"].(string))
	require.Equal(t, 200, config.status, config.text)
	assert.Equal(t, login+"/contoso.example/oauth2/v2.0/token", config.json["token_endpoint"])

	keys := c.get(config.json["jwks_uri"].(string)).json["keys"].([]any)
	require.Len(t, keys, 1)
	key := keys[0].(map[string]any)
	token := askToken(t, s, "contoso.example").json["access_token"].(string)
	head, err := base64.RawURLEncoding.DecodeString(token[:strings.Index(token, ".")])
	require.NoError(t, err)
	assert.JSONEq(t, fmt.Sprintf(`{"typ":"JWT","alg":"RS256","kid":%q}`, key["kid"]), string(head))

	number := func(name string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(key[name].(string))
		require.NoError(t, err)
		return new(big.Int).SetBytes(b)
	}
	public := &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}
	end := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(token[:end]))
	assert.NoError(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature))
}

func TestDiscoveryForNoTenantInParticularLeavesItOpen(t *testing.T) {
	t.Parallel()
	c := newClient(t, withTool(t))
	assert.Equal(t, login+"/{tenantid}/v2.0", c.get(login + "/common/v2.0/.well-known/openid-configuration").json["issuer"])
	unknown := c.get(login + "/elsewhere.example/v2.0/.well-known/openid-configuration")
	assert.Equal(t, 400, unknown.status)
	assert.Equal(t, "invalid_tenant", unknown.json["error"])
}

// The sources stand beside the messages, in signin.go and secrets.go.
func TestRefusalsAreEntras(t *testing.T) {
	t.Parallel()
	s := withTool(t)
	const other, bare, off = "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
	s.AddApplication(graphfake.Application{AppID: bare, DisplayName: "Without a service principal", Secrets: []string{toolKnows}})
	s.AddApplication(graphfake.Application{AppID: off, DisplayName: "Off", Secrets: []string{toolKnows}})
	s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: off, Disabled: true})
	for _, c := range []struct {
		tenant string
		change []string
		status int
		code   string
		number int
		says   string
	}{
		{"elsewhere.example", nil, 400, "invalid_request", 90002, "Tenant 'elsewhere.example' not found."},
		{"common", nil, 400, "invalid_request", 50059, "No tenant-identifying information"},
		{"contoso.example", []string{"client_id", other}, 400, "unauthorized_client", 700016, "'" + other + "' was not found in the directory 'Contoso'"},
		{"contoso.example", []string{"client_id", ""}, 400, "invalid_request", 900144, "'client_id'"},
		{"contoso.example", []string{"client_id", bare}, 401, "invalid_client", 7000229, "is missing service principal"},
		{"contoso.example", []string{"client_id", off}, 401, "unauthorized_client", 7000112, "is disabled"},
		{"contoso.example", []string{"client_secret", "wrong"}, 401, "invalid_client", 7000215, "for a secret added to app '" + toolID + "'."},
		{"contoso.example", []string{"client_secret", ""}, 401, "invalid_client", 7000216, "'client_secret'"},
		{"contoso.example", []string{"grant_type", ""}, 400, "invalid_request", 900144, "'grant_type'"},
		{"contoso.example", []string{"grant_type", "x"}, 400, "unsupported_grant_type", 70003, "'x'"},
		{"contoso.example", []string{"scope", ""}, 400, "invalid_request", 900144, "'scope'"},
		{"contoso.example", []string{"scope", "User.Read.All"}, 400, "invalid_scope", 1002012, "scope User.Read.All is not valid"},
		{"contoso.example", []string{"scope", "api://nothing/.default"}, 400, "invalid_resource", 500011, "named api://nothing was not found"},
		{"contoso.example", []string{"client_assertion", "nonsense"}, 400, "invalid_request", 50027, "malformed"},
	} {
		a := askToken(t, s, c.tenant, c.change...)
		assert.Equal(t, c.status, a.status, a.text)
		assert.Equal(t, c.code, a.json["error"], a.text)
		assert.Equal(t, []any{float64(c.number)}, a.json["error_codes"], a.text)
		assert.Contains(t, a.json["error_description"], fmt.Sprintf("AADSTS%d: ", c.number))
		assert.Contains(t, a.json["error_description"], c.says)
		assert.Contains(t, a.json["error_description"], "Trace ID: "+a.json["trace_id"].(string))
		assert.Equal(t, fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", c.number), a.json["error_uri"])
		assert.NotContains(t, a.text, toolKnows, "a secret must not come back")
	}
}

func TestASecretIsNeitherReadNorRecorded(t *testing.T) {
	t.Parallel()
	s := withTool(t, "User.Read.All")
	require.Equal(t, 200, askToken(t, s, "contoso.example").status)
	app := newClient(t, s).bearer(s.AppToken("Application.Read.All")).get("/applications(appId='" + toolID + "')")
	credential := app.json["passwordCredentials"].([]any)[1].(map[string]any)
	assert.Nil(t, credential["secretText"])
	assert.Equal(t, "cor", credential["hint"], "what the service shows of it")
	var dump bytes.Buffer
	require.NoError(t, s.Dump(&dump))
	for _, text := range []string{app.text, dump.String(), s.Snapshot().String(), fmt.Sprint(s.Requests()), fmt.Sprint(s.Applications())} {
		assert.NotContains(t, text, toolKnows)
	}
}

func TestADumpHasThePermissionsAndNotTheSecrets(t *testing.T) {
	t.Parallel()
	s := withTool(t, "User.Read.All")
	var dump bytes.Buffer
	require.NoError(t, s.Dump(&dump))
	again := graphfake.New(&graphfake.Options{TB: t})
	require.NoError(t, again.Load(&dump))
	assert.Equal(t, s.Snapshot(), again.Snapshot())
	assert.Equal(t, []any{7000215.0}, askToken(t, again, "contoso.example").json["error_codes"])
}

func TestASeededSecretExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t})
		require.NoError(t, s.Load(strings.NewReader(`{"applications": [{"appId": "`+toolID+`", "displayName": "Tool",
			"passwordCredentials": [{"secretText": "`+toolKnows+`", "endDateTime": "2000-01-01T01:00:00Z"}]}],
			"servicePrincipals": [{"appId": "`+toolID+`", "permissions": ["User.Read.All"]}]}`)))
		require.Equal(t, 200, askToken(t, s, "contoso.example").status)
		time.Sleep(time.Hour)
		assert.Equal(t, []any{7000222.0}, askToken(t, s, "contoso.example").json["error_codes"])
	})
}

func TestASeedWithAnUnknownPermissionIsRefused(t *testing.T) {
	t.Parallel()
	err := graphfake.New(nil).Load(strings.NewReader(`{"servicePrincipals":[{"appId":"` + toolID + `","displayName":"Tool","permissions":["User.Raed.All"]}]}`))
	assert.ErrorContains(t, err, "User.Raed.All is not an application permission of Microsoft Graph")
}

func TestAnApplicationSignsInForAnotherApplicationOfTheTenant(t *testing.T) {
	t.Parallel()
	s := withTool(t)
	orders := s.AddApplication(graphfake.Application{DisplayName: "Orders", IdentifierURIs: []string{"api://orders"},
		AppRoles: []graphfake.AppRole{{ID: readerRole, DisplayName: "Reader", Value: "Read", AllowedMemberTypes: []string{"Application"}}},
		More:     map[string]any{"api": map[string]any{"requestedAccessTokenVersion": json.Number("2")}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: orders.AppID})
	for _, p := range s.ServicePrincipals() {
		if p.AppID == toolID {
			s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: p.ID, ResourceID: sp.ID, AppRoleID: readerRole})
		}
	}
	claims := claimsOf(t, askToken(t, s, "contoso.example", "scope", "api://orders/.default").json["access_token"].(string))
	assert.Equal(t, []any{"Read"}, claims["roles"])
	assert.Equal(t, orders.AppID, claims["aud"], "as in version 2")
	assert.Equal(t, toolID, claims["azp"])
	assert.NotContains(t, claims, "appid")
}

// golang.org/x/oauth2 tries this first.
func TestTheSecretMayStandInTheHeader(t *testing.T) {
	t.Parallel()
	s := withTool(t)
	body := strings.NewReader(url.Values{"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"}}.Encode())
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodPost, login+"/contoso.example/oauth2/v2.0/token", body)
	require.NoError(t, err)
	rq.SetBasicAuth(url.QueryEscape(toolID), url.QueryEscape(toolKnows))
	rsp, err := s.Client().Do(rq)
	require.NoError(t, err)
	rsp.Body.Close()
	assert.Equal(t, 200, rsp.StatusCode)
}

// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func TestAnApplicationSignsInWithACertificate(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Tool"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddApplication(graphfake.Application{AppID: toolID, DisplayName: "Tool", More: map[string]any{"keyCredentials": []any{
		map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(der)}}}})
	s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: toolID})

	assertion := func(audience, issuer string, until time.Time) string {
		enc := base64.RawURLEncoding.EncodeToString
		signed := enc([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." + enc(fmt.Appendf(nil, `{"aud":%q,"iss":%q,"sub":%q,"exp":%d}`,
			audience, issuer, issuer, until.Unix()))
		digest := sha256.Sum256([]byte(signed))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		require.NoError(t, err)
		return signed + "." + enc(signature)
	}
	const endpoint = login + "/contoso.example/oauth2/v2.0/token"
	unsigned := func(jwt string) string { return jwt[:strings.LastIndex(jwt, ".")] + ".AAAA" }
	soon := time.Now().Add(time.Minute)
	for _, c := range []struct {
		assertion, reason string
		code              any
	}{
		{assertion(endpoint, toolID, soon), "a good one", nil},
		{assertion(endpoint, toolID, soon.Add(-time.Hour)), "an old one", 700024.0},
		{assertion("https://elsewhere.example/", toolID, soon), "one for somebody else", 700023.0},
		{assertion(endpoint, "55555555-5555-4555-8555-555555555555", soon), "one of another application", 700021.0},
		{unsigned(assertion(endpoint, toolID, soon)), "not signed", 700027.0},
	} {
		a := askToken(t, s, "contoso.example", "client_secret", "", "client_assertion", c.assertion,
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		if c.code == nil {
			assert.Equal(t, 200, a.status, "%s: %s", c.reason, a.text)
			continue
		}
		require.Len(t, a.json["error_codes"], 1, "%s: %s", c.reason, a.text)
		assert.Equal(t, c.code, a.json["error_codes"].([]any)[0], "%s: %s", c.reason, a.text)
	}
}

func TestTLSServesSignInAndGraphToWhoTrustsTheCertificate(t *testing.T) {
	t.Parallel()
	s := withTool(t, "User.Read.All")
	endpoint := s.StartTLS()
	host := strings.TrimSuffix(endpoint, "/v1.0")
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(s.CertificatePEM()))
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer trusting.CloseIdleConnections()

	rsp, err := trusting.PostForm(host+"/contoso.example/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {toolID}, "client_secret": {toolKnows}, "scope": {host + "/.default"}})
	require.NoError(t, err)
	defer rsp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(rsp.Body).Decode(&answer))
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, endpoint+"/users", nil)
	require.NoError(t, err)
	rq.Header.Set("Authorization", "Bearer "+answer.Token)
	users, err := trusting.Do(rq)
	require.NoError(t, err)
	users.Body.Close()
	assert.Equal(t, 200, users.StatusCode, "the host itself is Graph where a scope names it, as in a registered cloud")
}

func TestOtherWaysToSignInFailTheTest(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	s := graphfake.New(&graphfake.Options{TB: tb})
	assert.Equal(t, 501, askToken(t, s, "contoso.example", "grant_type", "password").status)
	assert.Equal(t, 501, newClient(t, s).get(login+"/contoso.example/oauth2/v2.0/authorize").status)
	assert.Len(t, tb.errors, 2)
}

// What Azure CLI asks for, in this order, when it signs in to a registered cloud
// whose login endpoint ends in /adfs, the name of private clouds.
func TestAzureCLISignsInToAPrivateCloud(t *testing.T) {
	t.Parallel()
	s := withTool(t, "User.Read.All")
	c := newClient(t, s)
	tenant := c.get(login + "/adfs/contoso.example/.well-known/openid-configuration")
	assert.Equal(t, "https://sts.windows.net/"+s.TenantID()+"/", tenant.json["issuer"], tenant.text)
	endpoint := c.get(login + "/adfs/.well-known/openid-configuration").json["token_endpoint"].(string)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {toolID}, "client_secret": {toolKnows},
		"scope": {login + "/.default"}}
	rsp, err := s.Client().PostForm(endpoint, form)
	require.NoError(t, err)
	defer rsp.Body.Close()
	assert.Equal(t, 200, rsp.StatusCode)
	assert.Equal(t, []any{}, c.get(login + "/subscriptions?api-version=2019-11-01").json["value"], "it asks Resource Manager too")
}

// https://learn.microsoft.com/previous-versions/azure/active-directory/azuread-dev/v1-oauth2-client-creds-grant-flow
func TestTheOlderTokenEndpointNamesAResource(t *testing.T) {
	t.Parallel()
	s := withTool(t)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {toolID}, "client_secret": {toolKnows},
		"resource": {"https://graph.microsoft.com/"}}
	var answer struct {
		Token   string `json:"access_token"`
		Expires string `json:"expires_in"`
	}
	rsp, err := s.Client().PostForm(login+"/contoso.example/oauth2/token", form)
	require.NoError(t, err)
	defer rsp.Body.Close()
	require.NoError(t, json.NewDecoder(rsp.Body).Decode(&answer))
	assert.Equal(t, "3599", answer.Expires, "a text, unlike in version 2")
	assert.Equal(t, "https://graph.microsoft.com/", claimsOf(t, answer.Token)["aud"])
}

// Whatever is sent to sign in with, the answer is one of Entra's or a plain 501.
func FuzzSignIn(f *testing.F) {
	f.Add("contoso.example", "grant_type=client_credentials&client_id="+toolID+"&client_secret=x&scope=https://graph.microsoft.com/.default")
	f.Add("adfs", "grant_type=client_credentials&client_id="+toolID+"&client_assertion=e30.e30.e30&resource=/")
	f.Add("nobody", "grant_type=password&scope=%zz")
	s := graphfake.New(nil)
	require.NoError(f, s.Load(strings.NewReader(`{"organization": [], "applications": [{"appId": "`+toolID+`", "displayName": "Tool"}],
		"servicePrincipals": [{"appId": "`+toolID+`"}]}`)))
	f.Fuzz(func(t *testing.T, tenant, form string) {
		for _, path := range []string{"/oauth2/v2.0/token", "/oauth2/token"} {
			rsp, err := s.Client().Post(login+"/"+url.PathEscape(tenant)+path, "application/x-www-form-urlencoded", strings.NewReader(form))
			require.NoError(t, err)
			defer rsp.Body.Close()
			var answer struct {
				Code    string `json:"error"`
				Numbers []int  `json:"error_codes"`
			}
			require.Contains(t, []int{400, 401, 501}, rsp.StatusCode)
			require.NoError(t, json.NewDecoder(rsp.Body).Decode(&answer))
			require.NotEmpty(t, answer.Code)
			require.Len(t, answer.Numbers, 1)
		}
	})
}

// A program that renews its own secret goes on with the new one.
func TestASecretThatAddPasswordGaveSignsIn(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	app := s.AddApplication(graphfake.Application{AppID: toolID, DisplayName: "Tool"})
	s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: toolID})
	c := newClient(t, s)
	added := c.do("POST", "/applications/"+app.ID+"/addPassword", nil)
	secret := added.json["secretText"].(string)
	assert.Equal(t, 200, askToken(t, s, "contoso.example", "client_secret", secret).status)
	c.do("POST", "/applications/"+app.ID+"/removePassword", map[string]any{"keyId": added.json["keyId"]})
	assert.Equal(t, 401, askToken(t, s, "contoso.example", "client_secret", secret).status, "a secret that was taken back")
}
