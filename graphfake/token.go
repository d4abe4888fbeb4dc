package graphfake

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// A Grant says what a token of the fake allows, and to whom.
type Grant struct {
	App     string    // client id of the calling application; "" = one made from nothing
	User    string    // id of the signed-in user; "" = the application acts by itself
	Scopes  []string  // delegated permissions such as "User.Read.All", with User
	Roles   []string  // application permissions, without User
	Expires time.Time // zero = in an hour
}

// graphAudience is the resource that tokens must be for.
const graphAudience = "https://graph.microsoft.com"

// anyApp stands for the application of callers that show no token.
const anyApp = "00000000-0000-0000-0000-00000000a999"

// claims are what the fake reads of a token.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss,omitempty"`
	NotBefore int64    `json:"nbf,omitempty"`
	Expires   int64    `json:"exp"`
	AppID     string   `json:"appid,omitempty"`
	AZP       string   `json:"azp,omitempty"` // appid in tokens of version 2
	Kind      string   `json:"idtyp,omitempty"`
	Object    string   `json:"oid,omitempty"`
	Tenant    string   `json:"tid,omitempty"`
	Scopes    string   `json:"scp,omitempty"`
	Roles     []string `json:"roles,omitempty"`
}

// Token returns a bearer token: an unsigned JWT with the usual claims. Tokens
// made elsewhere do as well, signed or not: the signature is not looked at.
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
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"typ":"JWT","alg":"none"}`)) + "." + enc(body) + "."
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
	c, _ := parseToken(rq.bearer())
	return c
}

// parseToken reads a JWT's claims. They are never nil.
func parseToken(token string) (c *claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return &claims{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return &claims{}, false
	}
	c = &claims{}
	if json.Unmarshal(raw, c) != nil {
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

// delegated tells whether the application acts for a user.
func (c *claims) delegated() bool { return c.Scopes != "" || c.Kind == "user" }

// permissions lists what the token allows.
func (c *claims) permissions() []string {
	if c.delegated() {
		return strings.Fields(c.Scopes)
	}
	return c.Roles
}

// can tells whether the token has the permission.
func (c *claims) can(permission string) bool {
	return slices.ContainsFunc(c.permissions(), func(p string) bool { return strings.EqualFold(p, permission) })
}

// check refuses tokens that Graph would not take, in the words that were seen:
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16208 and
// https://learn.microsoft.com/graph/resolve-auth-errors.
func checkToken(token string, now time.Time) *graphError {
	c, ok := parseToken(token)
	switch {
	case token == "":
		return unauthorized("Access token is empty.")
	case !ok:
		return unauthorized("CompactToken parsing failed with error code: 80049217")
	case !isGraph(c.Audience):
		return unauthorized("Access token validation failure. Invalid audience.")
	case c.Expires <= now.Unix() || c.NotBefore > now.Unix():
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
	err.header = header1("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
	return err
}
