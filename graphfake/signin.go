package graphfake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// What Entra answers to an application that signs in as itself, at any host. The
// other ways to sign in are not modelled.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc

// A signIn is one request to the endpoints that applications sign in at.
type signIn struct {
	s         *Server
	view      *state.View
	authority string // scheme, host and tenant, as they were asked for
	tenant    string
	request   *http.Request
	form      url.Values // of the body
	began     time.Time
	trace     string // ids of the answer
	client    string
}

// A signInRoute answers requests to a path behind the tenant.
type signInRoute struct {
	method, path string
	answer       func(*signIn) (any, *signInError)
}

var signInRoutes = []signInRoute{
	{http.MethodPost, "/oauth2/v2.0/token", (*signIn).token},
	{http.MethodPost, "/oauth2/token", (*signIn).oldToken},
	{http.MethodGet, "/v2.0/.well-known/openid-configuration", (*signIn).configuration},
	{http.MethodGet, "/.well-known/openid-configuration", (*signIn).oldConfiguration},
	{http.MethodGet, "/discovery/v2.0/keys", (*signIn).keys},
	{http.MethodGet, "/discovery/instance", (*signIn).instance},
	{http.MethodGet, "/subscriptions", (*signIn).subscriptions},
}

// signInRouteOf returns the route of a request to sign in, nil for one to Graph.
func signInRouteOf(r *http.Request) *signInRoute {
	if strings.Contains(r.URL.Path, "/v1.0/") {
		return nil
	}
	for i, route := range signInRoutes {
		if r.Method == route.method && strings.HasSuffix(r.URL.Path, route.path) {
			return &signInRoutes[i]
		}
	}
	return nil
}

// signIn answers a request to sign in. Such requests are not recorded, for they
// hold secrets, and meet neither faults nor throttling.
func (s *Server) signIn(r *http.Request, route *signInRoute) response {
	if !pause(r.Context(), s.opts.Latency) {
		return response{cut: true}
	}
	body, err := readBody(r)
	if err != nil {
		return response{cut: true}
	}
	s.catchUp()
	base, path := splitBase(r)
	q := &signIn{s: s, view: s.store.View(), request: r, began: time.Now(), trace: s.newID(), client: s.newID()}
	q.authority = base + strings.TrimSuffix(path, route.path)
	q.tenant = q.authority[strings.LastIndex(q.authority, "/")+1:]
	q.form, _ = url.ParseQuery(string(body))
	if id := r.Header.Get("client-request-id"); id != "" {
		q.client = id
	}
	value, failed := route.answer(q)
	status := http.StatusOK
	if failed != nil {
		value, status = failed.body(q), failed.status
	}
	text, _ := json.Marshal(value)
	return response{status: status, body: text, header: http.Header{
		"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"no-store, no-cache"},
		"X-Ms-Request-Id": {q.trace}, "Client-Request-Id": {q.client}, "Date": {q.began.UTC().Format(http.TimeFormat)}}}
}

// configuration is the tenant's OpenID configuration.
func (q *signIn) configuration() (any, *signInError) {
	id := "{tenantid}" // what it says for no tenant in particular
	if !q.anyTenant() {
		if !q.ours() {
			return nil, q.noTenant("invalid_tenant")
		}
		id = tenantID(q.view)
	}
	at := q.authority
	return map[string]any{
		"issuer":                                q.issuer(id),
		"token_endpoint":                        at + "/oauth2/v2.0/token",
		"authorization_endpoint":                at + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":         at + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":                  at + "/oauth2/v2.0/logout",
		"jwks_uri":                              at + "/discovery/v2.0/keys",
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
	}, nil
}

// oldConfiguration is the configuration of version 1, and of a private cloud. Azure
// CLI looks up the id of a tenant in it that it knows by a domain.
func (q *signIn) oldConfiguration() (any, *signInError) {
	config, err := q.configuration()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"issuer":         "https://sts.windows.net/" + tenantID(q.view) + "/",
		"token_endpoint": q.authority + "/oauth2/token", "authorization_endpoint": q.authority + "/oauth2/authorize",
		"jwks_uri":                 config.(map[string]any)["jwks_uri"],
		"response_types_supported": []string{"code", "id_token"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}, nil
}

// issuer is the issuer of version 2 tokens of a tenant.
func (q *signIn) issuer(tenant string) string {
	return strings.TrimSuffix(q.authority, q.tenant) + tenant + "/v2.0"
}

// anyTenant reports whether the request names no tenant in particular.
func (q *signIn) anyTenant() bool {
	return slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(q.tenant))
}

// ours reports whether the request is for the tenant of this server, by its id, one
// of its domains, or the name that a private cloud's has in Azure CLI, which then
// asks no host of Microsoft's whether the authority is known.
func (q *signIn) ours() bool {
	name := strings.ToLower(q.tenant)
	return name == tenantID(q.view) || q.view.Get(schema.Domains, name) != nil || name == privateCloud
}

const privateCloud = "adfs"

// keys is what tokens of this server can be verified with.
func (q *signIn) keys() (any, *signInError) {
	key := theKey()
	e := []byte{byte(key.E >> 16), byte(key.E >> 8), byte(key.E)}
	return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "kid": key.id,
		"n": encode(key.N.Bytes()), "e": encode(e), "issuer": q.issuer(tenantID(q.view))}}}, nil
}

// instance says that the host which was asked about is a login host of its own.
func (q *signIn) instance() (any, *signInError) {
	asked, err := url.Parse(q.request.URL.Query().Get("authorization_endpoint"))
	if err != nil || asked.Host == "" {
		return nil, refuseSignIn(http.StatusBadRequest, "invalid_request", 90014,
			"The required field 'authorization_endpoint' is missing from the credential. Ensure that you have all the "+
				"necessary parameters for the login request.") // believed, not verified
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.EscapedPath(), "/"), "/")
	discovery := asked.Scheme + "://" + asked.Host + "/" + tenant + "/v2.0/.well-known/openid-configuration"
	return map[string]any{
		"tenant_discovery_endpoint": discovery,
		"api-version":               "1.1",
		"metadata": []any{map[string]any{"preferred_network": asked.Host, "preferred_cache": asked.Host,
			"aliases": []string{asked.Host}}},
	}, nil
}

// subscriptions is all that there is of Azure Resource Manager: none. Azure CLI asks
// for them whenever it signs in.
func (q *signIn) subscriptions() (any, *signInError) { return map[string]any{"value": []any{}}, nil }

// token hands a token to an application that proves who it is.
func (q *signIn) token() (any, *signInError) {
	c, err := q.grant()
	if err != nil {
		return nil, err
	}
	return map[string]any{"token_type": "Bearer", "expires_in": tokenSeconds, "ext_expires_in": tokenSeconds,
		"access_token": theKey().sign(c)}, nil
}

// oldToken is token in version 1, which names a resource instead of a scope and
// writes numbers as texts.
// https://learn.microsoft.com/previous-versions/azure/active-directory/azuread-dev/v1-oauth2-client-creds-grant-flow
func (q *signIn) oldToken() (any, *signInError) {
	resource := q.form.Get("resource")
	if resource != "" {
		q.form.Set("scope", resource+"/.default")
	} else if !strings.EqualFold(q.tenant, privateCloud) {
		return nil, missingParameter("resource")
	}
	c, err := q.grant()
	if err != nil {
		return nil, err
	}
	return map[string]any{"token_type": "Bearer", "expires_in": strconv.Itoa(tokenSeconds),
		"ext_expires_in": strconv.Itoa(tokenSeconds), "expires_on": strconv.FormatInt(c.Expires, 10),
		"not_before": strconv.FormatInt(c.NotBefore, 10), "resource": resource, "access_token": theKey().sign(c)}, nil
}

// grant returns what the token says that was asked for.
func (q *signIn) grant() (claims, *signInError) {
	if err := q.checkForm(); err != nil {
		return claims{}, err
	}
	client, proof, err := q.caller()
	if err != nil {
		return claims{}, err
	}
	return q.claimsFor(client, proof)
}

// tokenSeconds is how long a token lasts.
const tokenSeconds = 3599

// otherGrants are ways to sign in that Entra has, and the fake does not model.
var otherGrants = []string{"authorization_code", "password", "refresh_token", "device_code",
	"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
	"urn:ietf:params:oauth:grant-type:saml2-bearer"}

// checkForm checks the tenant and what every request for a token holds.
func (q *signIn) checkForm() *signInError {
	grant := q.form.Get("grant_type")
	switch {
	case q.anyTenant(): // seen, now and then: https://github.com/MicrosoftDocs/azure-docs/issues/24064
		return refuseSignIn(http.StatusBadRequest, "invalid_request", 50059,
			"No tenant-identifying information found in either the request or implied by any provided credentials.")
	case !q.ours():
		return q.noTenant("invalid_request")
	case grant == "":
		return missingParameter("grant_type")
	case slices.Contains(otherGrants, grant):
		q.s.errorf("graphfake: to sign in with grant_type=%s is not modelled", grant)
		return refuseSignIn(http.StatusNotImplemented, "unsupported_grant_type", 0, "graphfake models no other than "+
			"client_credentials.")
	case grant != "client_credentials":
		return refuseSignIn(http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type '%s'.", grant)
	case q.form.Get("scope") == "":
		return missingParameter("scope")
	}
	return nil
}

// caller returns the service principal that proved itself, and by what.
func (q *signIn) caller() (client *object, proof string, err *signInError) {
	id, secret, basic := q.request.BasicAuth()
	if basic { // https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = q.form.Get("client_id"), q.form.Get("client_secret")
	}
	if id == "" {
		return nil, "", missingParameter("client_id")
	}
	app := q.view.Live(schema.Applications).First("appId", id)
	client = q.view.Live(schema.ServicePrincipals).First("appId", id)
	if err := q.checkClient(id, app, client); err != nil {
		return nil, "", err
	}
	if assertion := q.form.Get("client_assertion"); assertion != "" {
		return client, "2", q.checkAssertion(assertion, id, app, client)
	}
	return client, "1", q.checkSecret(secret, id, app, client)
}

// checkClient refuses unknown and disabled applications. The first message is as in
// https://github.com/MicrosoftDocs/azure-docs/issues/21690, the second as in the
// deployment guide of Microsoft's Teams SDK; the third is believed, not verified.
func (q *signIn) checkClient(id string, app, sp *object) *signInError {
	switch {
	case sp == nil && app == nil:
		return refuseSignIn(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has "+
				"not been installed by the administrator of the tenant or consented to by any user in the tenant. You may "+
				"have sent your authentication request to the wrong tenant.", id, q.tenantName())
	case sp == nil:
		return refuseSignIn(http.StatusUnauthorized, "invalid_client", 7000229,
			"The client application %s is missing service principal in the tenant %s. See instructions here: "+
				"https://go.microsoft.com/fwlink/?linkid=2225119", id, tenantID(q.view))
	case !sp.True("accountEnabled"):
		return refuseSignIn(http.StatusUnauthorized, "unauthorized_client", 7000112,
			"Application '%s'(%s) is disabled.", id, sp.Str("displayName"))
	}
	return nil
}

// tenantName is what messages call the tenant.
func (q *signIn) tenantName() string {
	if o := q.view.Get(schema.Organizations, tenantID(q.view)); o != nil {
		return o.Str("displayName")
	}
	return q.tenant
}

// A signInError is an answer in the form of the endpoints that hand out tokens, which
// is not Graph's. Where a message has no source beside it, it is that of the list of
// codes, as it is seen with values in public logs:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
type signInError struct {
	status  int
	code    string
	number  int // of AADSTS, 0 = none
	message string
}

func refuseSignIn(status int, code string, number int, format string, args ...any) *signInError {
	return &signInError{status, code, number, fmt.Sprintf(format, args...)}
}

// noTenant is as seen in https://github.com/microsoftgraph/windowsupdates-webapplication-sample/issues/6;
// the code is another one where tokens are asked for.
func (q *signIn) noTenant(code string) *signInError {
	return refuseSignIn(http.StatusBadRequest, code, 90002, "Tenant '%s' not found. Check to make sure you have the "+
		"correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may "+
		"happen if there are no active subscriptions for the tenant.", q.tenant)
}

func missingParameter(name string) *signInError {
	return refuseSignIn(http.StatusBadRequest, "invalid_request", 900144,
		"The request body must contain the following parameter: '%s'.", name)
}

func (e *signInError) body(q *signIn) any {
	stamp := q.began.UTC().Format("2006-01-02 15:04:05Z")
	return map[string]any{
		"error": e.code,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.number, e.message, q.trace, q.client, stamp),
		"error_codes": []int{e.number}, "timestamp": stamp, "trace_id": q.trace, "correlation_id": q.client,
		"error_uri": fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", e.number),
	}
}
