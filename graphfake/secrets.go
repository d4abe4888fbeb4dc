package graphfake

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// graphAppID is the client id of Microsoft Graph itself, in every tenant.
const graphAppID = "00000003-0000-0000-c000-000000000000"

// clientSecrets holds what client secrets are recognized by, under the keyId of their
// password credential. The secrets themselves are not kept.
type clientSecrets struct {
	mu      sync.Mutex
	digests map[string][sha256.Size]byte
}

// keep remembers the secret of a password credential.
func (s *clientSecrets) keep(keyID, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.digests == nil {
		s.digests = map[string][sha256.Size]byte{}
	}
	s.digests[strings.ToLower(keyID)] = sha256.Sum256([]byte(secret))
}

// is reports whether that is the secret of a password credential.
func (s *clientSecrets) is(keyID, secret string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	digest, ok := s.digests[strings.ToLower(keyID)]
	return ok && digest == sha256.Sum256([]byte(secret))
}

// passwordCredential makes the credential of a secret, as it can be read afterwards.
// https://learn.microsoft.com/graph/api/resources/passwordcredential
func (s *Server) passwordCredential(given map[string]any, now time.Time) map[string]any {
	c := map[string]any{"customKeyIdentifier": nil, "displayName": nil, "hint": nil, "keyId": s.newID(),
		"startDateTime": schema.Stamp(now), "endDateTime": schema.Stamp(now.AddDate(2, 0, 0))}
	maps.Copy(c, given)
	if secret := field.Text(given, "secretText"); secret != "" {
		s.clientSecrets.keep(field.Text(c, "keyId"), secret)
		c["hint"] = secret[:min(3, len(secret))]
	}
	c["secretText"] = nil
	return c
}

// keepSecrets replaces the credentials of a seed by those that can be read.
func (l *loader) keepSecrets(r record) {
	given, ok := r["passwordCredentials"].([]any)
	if !ok {
		return
	}
	kept := make([]any, len(given))
	for i := range given {
		c, ok := given[i].(map[string]any)
		if !ok {
			l.fail("passwordCredentials must hold objects such as {\"secretText\": …}")
		}
		kept[i] = l.s.passwordCredential(c, time.Now())
	}
	r["passwordCredentials"] = kept
}

// checkSecret refuses a secret that none of the owners has, or that is no longer
// good. The messages are as in
// https://github.com/OfficeDev/microsoft-365-agents-toolkit/issues/8621 (7000215),
// https://github.com/MicrosoftDocs/azure-docs/issues/30777 (7000216, whose status is
// believed) and the logs of Terraform's azurerm provider (7000222).
func (q *signIn) checkSecret(secret, id string, owners ...*object) *signInError {
	if secret == "" {
		return refuseSignIn(http.StatusUnauthorized, "invalid_client", 7000216,
			"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	}
	expired := false
	for c := range credentials("passwordCredentials", owners...) {
		if q.s.clientSecrets.is(field.Text(c, "keyId"), secret) {
			if good(c, q.began) {
				return nil
			}
			expired = true
		}
	}
	if expired {
		return refuseSignIn(http.StatusUnauthorized, "invalid_client", 7000222, "The provided client secret keys for app "+
			"'%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or "+
			"consider using certificate credentials for added security: https://aka.ms/certCreds.", id)
	}
	return refuseSignIn(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure the "+
		"secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app "+
		"'%s'.", id)
}

// credentials yields the credentials of an application and its service principal.
func credentials(property string, owners ...*object) func(yield func(map[string]any) bool) {
	return func(yield func(map[string]any) bool) {
		for _, o := range owners {
			if o == nil {
				continue
			}
			for _, v := range o.List(property) {
				if c, ok := v.(map[string]any); ok && !yield(c) {
					return
				}
			}
		}
	}
}

// good reports whether a credential is good at that time.
func good(credential map[string]any, at time.Time) bool {
	from, _ := time.Parse(time.RFC3339, field.Text(credential, "startDateTime"))
	until, err := time.Parse(time.RFC3339, field.Text(credential, "endDateTime"))
	return !at.Before(from) && (err != nil || at.Before(until))
}

// checkAssertion refuses a token that the application did not make itself, with a
// key whose certificate is among its keyCredentials. The wording of the refusals is
// believed, not verified.
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (q *signIn) checkAssertion(assertion, id string, owners ...*object) *signInError {
	c, ok := parseToken(assertion)
	var h jwtHeader
	first, _, _ := strings.Cut(assertion, ".")
	switch {
	case !ok || decode(first, &h) != nil:
		return refuseSignIn(http.StatusBadRequest, "invalid_request", 50027, "JWT token is invalid or malformed.")
	case !strings.EqualFold(c.Issuer, id) || !strings.EqualFold(c.Subject, id):
		return refuseSignIn(http.StatusUnauthorized, "invalid_client", 700021,
			"Client assertion application identifier doesn't match 'client_id' parameter.")
	case !strings.HasPrefix(c.Audience, strings.TrimSuffix(q.authority, q.tenant)):
		return refuseSignIn(http.StatusUnauthorized, "invalid_client", 700023,
			"Client assertion audience claim does not match Realm issuer.")
	case c.Expires <= q.began.Unix():
		return refuseSignIn(http.StatusUnauthorized, "invalid_client", 700024,
			"Client assertion is not within its valid time range.")
	}
	for k := range credentials("keyCredentials", owners...) {
		if key, err := publicKey(field.Text(k, "key")); err == nil && verify(key, h.Alg, assertion) == nil {
			return nil
		}
	}
	return refuseSignIn(http.StatusUnauthorized, "invalid_client", 700027, "The certificate with identifier used to sign "+
		"the client assertion is not registered on application.")
}

// publicKey reads the certificate of a key credential.
func publicKey(text string) (*rsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("only RSA keys are taken")
	}
	return key, nil
}

// permissions is what a seed calls the permissions of a service principal.
const permissions = "permissions"

// A pendingGrant gives a service principal application permissions of Graph, when
// everything is loaded.
type pendingGrant struct {
	principal, place string
	permissions      []any
}

// permissions takes the permissions from a service principal's record.
func (l *loader) permissions(id string, r record) {
	list, ok := plain(r[permissions]).([]any)
	if !ok && r[permissions] != nil {
		l.fail("%q must be a list of permissions of Microsoft Graph", permissions)
	}
	if len(list) > 0 {
		l.grants = append(l.grants, pendingGrant{id, schema.ServicePrincipals.Set + " " + id, list})
	}
}

// grant makes the role assignments that permissions are, on Graph's service
// principal, which every tenant has and the fake adds when it is first needed.
func (l *loader) grant(g pendingGrant) {
	graph := l.Live(schema.ServicePrincipals).First("appId", graphAppID)
	if graph == nil {
		graph = l.add(schema.ServicePrincipals, record{"appId": graphAppID})
	}
	held := rolesOn(l.View, l.Get(schema.ServicePrincipals, g.principal), graph)
	for _, p := range g.permissions {
		name, _ := p.(string)
		role, ok := schema.FindGraphRole(name)
		switch {
		case !ok:
			l.fail("%s: %v is not an application permission of Microsoft Graph", g.place, p)
		case !slices.Contains(held, role.Name):
			l.add(schema.Assignments, record{"principalId": g.principal, "resourceId": graph.ID, "appRoleId": role.ID})
			held = append(held, role.Name)
		}
	}
}

// microsoft is the tenant in which Microsoft's own applications are registered.
// https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
const microsoft = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// graphApplication stands for Graph's registration in that tenant.
func graphApplication() *object {
	var roles []any
	for _, r := range schema.GraphRoles() {
		roles = append(roles, AppRole{ID: r.ID, DisplayName: r.Name, Description: r.Name, Value: r.Name,
			AllowedMemberTypes: []string{"Application"}}.json(nil))
	}
	return state.New(schema.Applications, "", state.Values(schema.Applications, "appId", graphAppID,
		"displayName", "Microsoft Graph", "appRoles", roles, "identifierUris", []string{graphAudience}))
}
