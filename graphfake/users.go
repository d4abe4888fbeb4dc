package graphfake

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// https://learn.microsoft.com/graph/api/user-list
func listUsers(rq *request) (response, *graphError) {
	if strings.Contains(strings.ToLower(strings.Join(rq.query.Select, ",")+rq.query.Filter), "signinactivity") {
		rq.query.Top = min(rq.query.Top, maxSignInPage)
	}
	return rq.list(rq.table(schema.Users))
}

// maxSignInPage is the largest page where signInActivity is selected or filtered by,
// also when a larger one is asked for.
// https://learn.microsoft.com/graph/api/user-list#optional-query-parameters
const maxSignInPage = 500

// user finds the user of the path by id or user principal name.
func (rq *request) user(v *state.View) (*object, *graphError) {
	k := rq.param("user")
	if o := findUser(v, k.Value); o != nil && k.Property == "" {
		return o, nil
	}
	return nil, notFound(k.Value)
}

func findUser(v *state.View, key string) *object {
	if o := v.Get(schema.Users, strings.ToLower(key)); o != nil {
		return o
	}
	return v.Live(schema.Users).First("userPrincipalName", key)
}

// https://learn.microsoft.com/graph/api/user-post-users
func createUser(rq *request, body map[string]any) (response, *graphError) {
	v := rq.s.store.View()
	values, err := checkNewUser(v, body)
	if hint := domainsFor(v, field.Text(body, "userPrincipalName")); err != nil && hint != "" {
		rq.s.logf("graphfake: %s: %s%s", rq, err.message, hint)
	}
	if err != nil {
		return response{}, err
	}
	values = append(values, state.Set(schema.Users, "createdDateTime", schema.Stamp(time.Now())),
		state.Set(schema.Users, "userType", defaultUserType(body)))
	u := withMailAddress(state.New(schema.Users, rq.s.newID(), values))
	return rq.insert("users", u, func(tx *state.Tx) *graphError { return uniqueUser(tx.View, u) })
}

func defaultUserType(body map[string]any) any {
	if t, ok := body["userType"].(string); ok {
		return t
	}
	return "Member"
}

// https://learn.microsoft.com/graph/api/user-update
func updateUser(rq *request, body map[string]any) (response, *graphError) {
	return rq.change((*request).user, func(tx *state.Tx, u *object) *graphError {
		values, err := checkUserChange(tx.View, u, body)
		if err != nil {
			return err
		}
		changed := u.With(values...)
		if _, ok := body["mail"]; ok {
			changed = withMailAddress(changed)
		}
		if err := uniqueUser(tx.View, changed); err != nil {
			return err
		}
		tx.Put(changed)
		return nil
	})
}

// withMailAddress makes the user's mail its primary proxy address.
func withMailAddress(u *object) *object {
	have := u.Strings("proxyAddresses")
	now := addresses(u.Str("mail"), have)
	if slices.Equal(have, now) {
		return u
	}
	return u.With(state.Set(schema.Users, "proxyAddresses", now))
}

// addresses puts a mail address in front of proxy addresses, as the primary
// one. The one before stays, as an alias.
func addresses(mail string, have []string) []string {
	if mail == "" {
		return slices.Clone(have)
	}
	list := []string{"SMTP:" + mail}
	for _, a := range have {
		if strings.HasPrefix(a, "SMTP:") {
			a = "smtp:" + a[len("SMTP:"):]
		}
		if !strings.EqualFold(a, "smtp:"+mail) {
			list = append(list, a)
		}
	}
	return list
}

// uniqueUser checks, on the primary, what must be unique in the tenant.
func uniqueUser(v *state.View, u *object) *graphError {
	if o := v.Live(schema.Users).First("userPrincipalName", u.Str("userPrincipalName")); o != nil && o.ID != u.ID {
		return taken("userPrincipalName")
	}
	if o := addressTaken(v, u); o != nil {
		err := taken("proxyAddresses")
		err.details = append(err.details, errorDetail{Code: "ConflictingObjects", Message: "Another object with the " +
			"same value for property proxyAddresses already exists.", Target: o.Type.Resource + "_" + o.ID})
		return err
	}
	if id := u.Str("onPremisesImmutableId"); id != "" {
		for o := range v.Live(schema.Users).Equal(schema.Users.Prop("onPremisesImmutableId"), id) {
			if o.ID != u.ID && o.Str("onPremisesImmutableId") == id {
				return taken("onPremisesImmutableId")
			}
		}
	}
	return nil
}

// addressTaken returns another user or group that has one of the object's addresses.
func addressTaken(v *state.View, mine *object) *object {
	for _, address := range mine.Strings("proxyAddresses") {
		for _, t := range []*state.Type{schema.Users, schema.Groups} {
			if o := v.Live(t).First("proxyAddresses", address); o != nil && o.ID != mine.ID {
				return o
			}
		}
	}
	return nil
}

// identities returns the ways in which a user signs in. Each member has one by user
// principal name, whose issuer is the tenant's initial domain (that it is not the
// name's own domain is believed). It is not part of the state.
// https://learn.microsoft.com/graph/api/user-get#example-3-users-request-using-select
func identities(v *state.View, u *object) []any {
	const byName = "userPrincipalName"
	list := slices.Clone(u.List("identities"))
	there := slices.ContainsFunc(list, func(i any) bool {
		m, _ := i.(map[string]any)
		return field.Text(m, "signInType") == byName
	})
	if there || strings.EqualFold(u.Str("userType"), "Guest") {
		return list
	}
	return append(list, map[string]any{"signInType": byName, "issuer": domainThat(v, "isInitial"),
		"issuerAssignedId": u.Str(byName)})
}

// buryUser moves a user to the recycle bin. Its name becomes free by having
// the id put in front (believed, not verified).
func buryUser(tx *state.Tx, u *object) {
	name := strings.ReplaceAll(u.ID, "-", "") + u.Str("userPrincipalName")
	bury(tx, u.With(state.Set(schema.Users, "userPrincipalName", name)))
}

// onMe makes the handler of a user's path answer for the signed-in user.
// https://learn.microsoft.com/graph/api/user-get
func onMe(next handler) handler {
	return func(rq *request) (response, *graphError) {
		id := rq.caller().Object
		if !rq.caller().delegated() || id == "" {
			return response{}, malformed("/me request is only valid with delegated authentication flow.")
		}
		if rq.params == nil {
			rq.params = map[string]odata.Key{}
		}
		rq.params["user"] = odata.Key{Value: id}
		return next(rq)
	}
}

// checkNewUser applies the rules for creating a user.
// https://learn.microsoft.com/graph/api/user-post-users
func checkNewUser(v *state.View, body map[string]any) ([]state.Value, *graphError) {
	for _, name := range []string{"accountEnabled", "displayName", "userPrincipalName", "mailNickname"} {
		if v := body[name]; v == nil || v == "" {
			return nil, required(name, "User")
		}
	}
	profile, _ := body["passwordProfile"].(map[string]any)
	password, _ := profile["password"].(string)
	if password == "" {
		return nil, badRequest("A password must be specified to create a new user.")
	}
	values, err := readValues(schema.Users, body)
	if err != nil {
		return nil, err
	}
	if values, err = checkUser(v, body, values); err != nil {
		return nil, err
	}
	upn, _ := body["userPrincipalName"].(string)
	if _, domain, _ := strings.Cut(upn, "@"); federated(v, domain) && field.Text(body, "onPremisesImmutableId") == "" {
		return nil, required("onPremisesImmutableId", "User")
	}
	return values, checkPassword(password, upn, body["passwordPolicies"])
}

// checkUserChange applies the rules for updating a user.
func checkUserChange(v *state.View, u *object, body map[string]any) ([]state.Value, *graphError) {
	for _, name := range []string{"accountEnabled", "displayName", "userPrincipalName", "mailNickname"} {
		if v, ok := body[name]; ok && v == nil {
			return nil, invalidValue(name, "User")
		}
	}
	if profile, ok := body["passwordProfile"].(map[string]any); ok {
		if password, ok := profile["password"].(string); ok {
			if err := checkPassword(password, u.Str("userPrincipalName"), body["passwordPolicies"]); err != nil {
				return nil, err
			}
		}
	}
	values, err := readChange(u, body)
	if err != nil {
		return nil, err
	}
	return checkUser(v, body, values)
}

// checkUser checks the values of a body, for create and update. Passwords are not kept.
func checkUser(v *state.View, body map[string]any, values []state.Value) ([]state.Value, *graphError) {
	kept := values[:0]
	for _, value := range values {
		if value.Prop.Name == "passwordProfile" {
			continue
		}
		if s, ok := value.Value.(string); ok {
			if err := checkUserText(value.Prop.Name, s); err != nil {
				return nil, err
			}
		}
		if list, _ := value.Value.([]string); value.Prop.Name == "otherMails" && !isASCII(strings.Join(list, "")) {
			return nil, invalidValue("otherMails", "User") // the reason is that of mail
		}
		kept = append(kept, value)
	}
	if upn, ok := body["userPrincipalName"].(string); ok {
		return kept, checkUPN(v, upn)
	}
	return kept, nil
}

func checkUserText(name, v string) *graphError {
	ok := true
	switch name {
	case "mailNickname":
		ok = !strings.ContainsAny(v, `@()\[]";:<>, `) && !strings.HasPrefix(v, ".") && !strings.HasSuffix(v,
			".") && isASCII(v)
	case "usageLocation":
		ok = len(v) == 2 && unicode.IsLetter(rune(v[0])) && unicode.IsLetter(rune(v[1]))
	case "mail":
		// no accents: https://github.com/microsoftgraph/microsoft-graph-docs/issues/13477
		ok = strings.Count(v, "@") == 1 && !strings.HasPrefix(v, "@") && !strings.HasSuffix(v, "@") && isASCII(v)
	case "userType":
		ok = strings.EqualFold(v, "Member") || strings.EqualFold(v, "Guest")
	case "passwordPolicies":
		for p := range strings.SplitSeq(v, ",") {
			p = strings.TrimSpace(p)
			ok = ok && (p == "DisableStrongPassword" || p == "DisablePasswordExpiration" || p == "None")
		}
	}
	if !ok {
		return invalidValue(name, "User")
	}
	return nil
}

// checkUPN applies the rules for user principal names.
// https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy
func checkUPN(v *state.View, upn string) *graphError {
	local, domain, ok := strings.Cut(upn, "@")
	if !ok || local == "" || len(local) > 64 || len(domain) > 48 || strings.HasSuffix(local,
		".") || strings.Contains(domain, "@") {
		return invalidUPN()
	}
	for _, r := range strings.TrimPrefix(local, "$") { // https://learn.microsoft.com/graph/api/user-get (a tip)
		if !isLetterOrDigit(r) && !strings.ContainsRune("'.-_!#^~", r) {
			return invalidUPN()
		}
	}
	if !verified(v, domain) {
		return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the " +
			"verified domain names in your organization.")
	}
	return nil
}

func invalidUPN() *graphError {
	return badRequest("Property userPrincipalName is invalid.").withDetail("InvalidValue", "userPrincipalName")
}

func isLetterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// verified reports whether a domain is one of the tenant's.
func verified(v *state.View, domain string) bool {
	d := v.Get(schema.Domains, strings.ToLower(domain))
	return d != nil && d.True("isVerified")
}

// federated reports whether the domain's users sign in elsewhere.
func federated(v *state.View, domain string) bool {
	d := v.Get(schema.Domains, strings.ToLower(domain))
	return d != nil && d.Str("authenticationType") == "Federated"
}

// checkPassword applies the rules for passwords of cloud accounts.
// https://learn.microsoft.com/entra/identity/authentication/concept-password-ban-bad-combined-policy
func checkPassword(password, upn string, policies any) *graphError {
	if n := len(password); n < 8 || n > 256 || !isASCII(password) {
		return weakPassword()
	}
	local, _, _ := strings.Cut(strings.ToLower(upn), "@")
	if len(local) >= 4 && strings.Contains(strings.ToLower(password), local) {
		return badRequest("Password cannot contain username") // wording approximate
	}
	if p, _ := policies.(string); strings.Contains(p, "DisableStrongPassword") {
		return nil
	}
	if classes(password) < 3 {
		return weakPassword()
	}
	return nil
}

func weakPassword() *graphError {
	return badRequest("The specified password does not comply with password complexity requirements. Please provide a "+
		"different password.").
		withDetail("InvalidPassword", "password") // the detail is believed, not verified
}

// classes counts the kinds of characters: upper case, lower case, digits, symbols.
func classes(s string) int {
	var upper, lower, digit, symbol int
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			symbol = 1
		}
	}
	return upper + lower + digit + symbol
}
