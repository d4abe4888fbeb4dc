package graphfake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

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
	values, err := checkUser(v, body)
	if err != nil {
		return nil, err
	}
	upn, _ := body["userPrincipalName"].(string)
	if _, domain, _ := strings.Cut(upn, "@"); federated(v, domain) && str(body, "onPremisesImmutableId") == "" {
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
	return checkUser(v, body)
}

// checkUser checks what is there, for create and update. Passwords are not kept.
func checkUser(v *state.View, body map[string]any) ([]state.Value, *graphError) {
	values, err := readValues(users, body)
	if err != nil {
		return nil, err
	}
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
		ok = !strings.ContainsAny(v, `@()\[]";:<>, `) && !strings.HasPrefix(v, ".") && !strings.HasSuffix(v, ".") && isASCII(v)
	case "usageLocation":
		ok = len(v) == 2 && unicode.IsLetter(rune(v[0])) && unicode.IsLetter(rune(v[1]))
	case "mail":
		ok = strings.Count(v, "@") == 1 && !strings.HasPrefix(v, "@") && !strings.HasSuffix(v, "@")
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
	if !ok || local == "" || len(local) > 64 || len(domain) > 48 || strings.HasSuffix(local, ".") || strings.Contains(domain, "@") {
		return invalidUPN()
	}
	for _, r := range local {
		if !isLetterOrDigit(r) && !strings.ContainsRune("'.-_!#^~", r) {
			return invalidUPN()
		}
	}
	if !verified(v, domain) {
		return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.")
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
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// verified tells whether a domain is one of the tenant's.
func verified(v *state.View, domain string) bool {
	d := v.Get(domains, strings.ToLower(domain))
	return d != nil && d.True("isVerified")
}

// federated tells whether the domain's users sign in elsewhere.
func federated(v *state.View, domain string) bool {
	d := v.Get(domains, strings.ToLower(domain))
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
	return badRequest("The specified password does not comply with password complexity requirements. Please provide a different password.").
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
