package graphfake

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Grant says what a token of the fake allows, and to whom.
type Grant struct {
	App     string    // client id of the calling application; "" = a fixed one
	User    string    // id of the signed-in user; "" = the application acts by itself
	Scopes  []string  // delegated permissions such as "User.Read.All", with User
	Roles   []string  // application permissions, without User
	Expires time.Time // zero = in an hour
}

// graphAudience is the resource that tokens must be for.
const graphAudience = "https://graph.microsoft.com"

// anyApp stands for the application of callers that show no token.
const anyApp = "00000000-0000-0000-0000-00000000a999"

// claims are what the fake reads of a token, and what it writes into one.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss,omitempty"`
	IssuedAt  int64    `json:"iat,omitempty"`
	NotBefore int64    `json:"nbf,omitempty"`
	Expires   int64    `json:"exp"`
	AppName   string   `json:"app_displayname,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	AppProof  string   `json:"appidacr,omitempty"` // 1: a secret, 2: a certificate
	AZP       string   `json:"azp,omitempty"`      // appid in tokens of version 2
	AZPProof  string   `json:"azpacr,omitempty"`
	Kind      string   `json:"idtyp,omitempty"`
	Object    string   `json:"oid,omitempty"`
	Subject   string   `json:"sub,omitempty"`
	Tenant    string   `json:"tid,omitempty"`
	Version   string   `json:"ver,omitempty"`
	Scopes    string   `json:"scp,omitempty"`
	Roles     []string `json:"roles,omitempty"`
}

// Token returns a bearer token: an unsigned JWT with the usual claims. Tokens
// made elsewhere work too, signed or not. Only the signature of tokens that the
// server handed out itself, to an application that signed in, is checked.
func (s *Server) Token(g Grant) string {
	now := time.Now()
	if g.Expires.IsZero() {
		g.Expires = now.Add(time.Hour)
	}
	if g.App == "" {
		g.App = anyApp
	}
	object := g.App
	if sp := s.store.View().Live(schema.ServicePrincipals).First("appId", g.App); sp != nil {
		object = sp.ID
	}
	c := claims{
		Audience: graphAudience, Issuer: "https://sts.windows.net/" + s.opts.TenantID + "/", Tenant: s.opts.TenantID,
		NotBefore: min(now.Unix(), g.Expires.Unix()), Expires: g.Expires.Unix(), AppID: g.App,
		Kind: "app", Object: object, Roles: g.Roles,
	}
	if g.User != "" {
		c.Kind, c.Object, c.Roles, c.Scopes = "user", g.User, nil, strings.Join(g.Scopes, " ")
	}
	body, _ := json.Marshal(c)
	return encode([]byte(`{"typ":"JWT","alg":"none"}`)) + "." + encode(body) + "."
}

// AppToken returns a token of an application that acts by itself, with
// application permissions such as "User.Read.All".
func (s *Server) AppToken(permissions ...string) string {
	return s.Token(Grant{Roles: permissions})
}

// UserToken returns a token of an application that acts for a user, with
// delegated permissions.
func (s *Server) UserToken(userID string, permissions ...string) string {
	return s.Token(Grant{User: userID, Scopes: permissions})
}

// bearer returns the token that the request, or its batch, came with.
func (rq *request) bearer() string {
	header := rq.header
	if rq.batch != nil {
		header = rq.batch.header
	}
	kind, token, _ := strings.Cut(header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// caller returns the claims of the token, nothing if there is no readable one.
func (rq *request) caller() *claims {
	if rq.claims == nil {
		rq.claims, _ = parseToken(rq.bearer())
	}
	return rq.claims
}

// parseToken reads a JWT's claims. They are never nil.
func parseToken(token string) (c *claims, ok bool) {
	c = &claims{}
	parts := strings.Split(token, ".")
	if len(parts) != 3 || decode(parts[1], c) != nil {
		return &claims{}, false
	}
	return c, true
}

// app returns the client id that throttling counts by.
func (c *claims) app() string {
	for _, id := range []string{c.AppID, c.AZP} {
		if id != "" {
			return id
		}
	}
	return anyApp
}

// delegated reports whether the application acts for a user.
func (c *claims) delegated() bool { return c.Scopes != "" || c.Kind == "user" }

// permissions lists what the token allows.
func (c *claims) permissions() []string {
	if c.delegated() {
		return strings.Fields(c.Scopes)
	}
	return c.Roles
}

// can reports whether the token has the permission.
func (c *claims) can(permission string) bool {
	return slices.ContainsFunc(c.permissions(), func(p string) bool { return strings.EqualFold(p, permission) })
}

// checkToken refuses tokens that Graph would not take, in the words that were seen:
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16208,
// https://github.com/wazuh/wazuh-documentation/issues/7620 and
// https://learn.microsoft.com/graph/resolve-auth-errors.
func checkToken(token string) *graphError {
	c, ok := parseToken(token)
	now := time.Now().Unix()
	switch {
	case token == "":
		return unauthorized("Access token is empty.")
	case !ok:
		return unauthorized("CompactToken parsing failed with error code: 80049217")
	case forged(token):
		return unauthorized("Signature is invalid.")
	case !isGraph(c.Audience):
		return unauthorized("Access token validation failure. Invalid audience.")
	case c.Expires <= now || c.NotBefore > now:
		return unauthorized("Lifetime validation failed, the token is expired.")
	}
	return nil
}

func isGraph(audience string) bool {
	a := strings.TrimSuffix(audience, "/")
	return a == graphAudience || a == "00000003-0000-0000-c000-000000000000" ||
		strings.HasPrefix(a, "https://graph.microsoft.") || a == "https://microsoftgraph.chinacloudapi.cn"
}

func unauthorized(message string) *graphError {
	err := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", message)
	err.header = header1("WWW-Authenticate", `Bearer realm="", `+
		`authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", `+
		`client_id="00000003-0000-0000-c000-000000000000"`)
	return err
}

// encode writes a part of a JWT, decode reads one into v.
func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(part string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// A signingKey signs the tokens that a server hands out. It never leaves memory.
type signingKey struct {
	*rsa.PrivateKey
	id string
}

// theKey is made when it is first needed, and is that of all servers of the process:
// each would take a tenth of a second to make its own.
var theKey = sync.OnceValue(func() signingKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("graphfake: cannot make a key: " + err.Error())
	}
	digest := sha256.Sum256(key.N.Bytes())
	return signingKey{key, encode(digest[:20])}
})

// jwtHeader is the first part of a JWT.
type jwtHeader struct {
	Type string `json:"typ"`
	Alg  string `json:"alg"`
	Key  string `json:"kid,omitempty"`
	X5T  string `json:"x5t,omitempty"`
	X5T2 string `json:"x5t#S256,omitempty"`
}

// sign returns the token that says so.
func (k signingKey) sign(c claims) string {
	header, _ := json.Marshal(jwtHeader{Type: "JWT", Alg: "RS256", Key: k.id})
	body, _ := json.Marshal(c)
	signed := encode(header) + "." + encode(body)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, k.PrivateKey, crypto.SHA256, digest[:])
	if err != nil {
		panic("graphfake: cannot sign: " + err.Error())
	}
	return signed + "." + encode(signature)
}

// forged reports whether a token names the server's own key and is not signed by it.
func forged(token string) bool {
	var h jwtHeader
	first, _, _ := strings.Cut(token, ".")
	if decode(first, &h) != nil || h.Alg != "RS256" || h.Key != theKey().id {
		return false
	}
	return verify(&theKey().PublicKey, h.Alg, token) != nil
}

// verify checks a JWT's signature, by one of the two algorithms that Entra takes.
func verify(key *rsa.PublicKey, alg, token string) error {
	i := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[i+1:])
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(token[:i]))
	if alg == "PS256" {
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil)
	}
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
}

// aboutUsers are scopes that an application which signs in as itself gets nothing
// by, yet may ask for: MSAL for Go always does.
var aboutUsers = []string{"openid", "profile", "offline_access", "email"}

// claimsFor returns what the token says, for the resource that scope names.
func (q *signIn) claimsFor(client *object, proof string) (claims, *signInError) {
	scope := q.form.Get("scope")
	asked := slices.DeleteFunc(strings.Fields(scope), func(s string) bool { return slices.Contains(aboutUsers, s) })
	name, ok := strings.CutSuffix(strings.Join(asked, " "), "/.default")
	if !ok || len(asked) > 1 {
		return claims{}, refuseSignIn(http.StatusBadRequest, "invalid_scope", 1002012,
			"The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default "+
				"suffixed to the resource identifier (application ID URI).", scope)
	}
	audience, resource, err := q.resource(name)
	if err != nil {
		return claims{}, err
	}
	tenant, now := tenantID(q.view), q.began.Unix()
	c := claims{
		Audience: audience, Issuer: "https://sts.windows.net/" + tenant + "/", Tenant: tenant, Version: "1.0",
		IssuedAt: now, NotBefore: now, Expires: now + tokenSeconds + 1,
		AppName: client.Str("displayName"), AppID: client.Str("appId"), AppProof: proof,
		Kind: "app", Object: client.ID, Subject: client.ID,
	}
	if resource == nil {
		return c, nil
	}
	c.Roles = rolesOn(q.view, client, resource)
	if version2(q.view, resource) {
		c.Audience, c.Issuer, c.Version = resource.Str("appId"), q.issuer(tenant), "2.0"
		c.AZP, c.AZPProof, c.AppID, c.AppProof, c.AppName = c.AppID, c.AppProof, "", "", ""
	}
	return c, nil
}

// version2 reports whether an application of the tenant asks for tokens of version 2.
func version2(v *state.View, resource *object) bool {
	app := v.Live(schema.Applications).First("appId", resource.Str("appId"))
	if app == nil {
		return false
	}
	api, _ := app.Value("api").(map[string]any)
	n, _ := api["requestedAccessTokenVersion"].(json.Number)
	return n == "2"
}

// resource finds what a token is asked for: Graph, which is also what this host is;
// Azure Resource Manager, which the fake does not have, yet Azure CLI signs in for;
// or an application of the tenant.
func (q *signIn) resource(name string) (audience string, sp *object, err *signInError) {
	principals := q.view.Live(schema.ServicePrincipals)
	asked, bad := url.Parse(name)
	switch {
	case isGraph(name):
		return name, principals.First("appId", graphAppID), nil
	case bad == nil && asked.Host != "" && asked.Host == q.request.Host:
		return graphAudience, principals.First("appId", graphAppID), nil
	case bad == nil && (asked.Host == "management.azure.com" || asked.Host == "management.core.windows.net"):
		return name, nil, nil
	}
	for _, n := range []string{name, strings.TrimSuffix(name, "/")} {
		if sp = principals.First("servicePrincipalNames", n); sp != nil {
			return n, sp, nil
		}
	}
	return "", nil, refuseSignIn(http.StatusBadRequest, "invalid_resource", 500011,
		"The resource principal named %s was not found in the tenant named %s. This can happen if the application has "+
			"not been installed by the administrator of the tenant or consented to by any user in the tenant. You might "+
			"have sent your authentication request to the wrong tenant.", name, q.tenantName())
}

// rolesOn returns the values of the roles that a client holds on a resource.
func rolesOn(v *state.View, client, resource *object) []string {
	var roles []string
	for a := range v.Live(schema.Assignments).Equal(schema.Assignments.Prop("principalId"), client.ID) {
		for _, r := range resource.List("appRoles") {
			role, _ := r.(map[string]any)
			if value := field.Text(role, "value"); a.Str("resourceId") == resource.ID && value != "" &&
				field.Text(role, "id") == a.Str("appRoleId") {
				roles = append(roles, value)
			}
		}
	}
	slices.Sort(roles)
	return roles
}
