package graphfake

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// https://learn.microsoft.com/graph/api/user-list
func listUsers(rq *request) (response, *graphError) {
	if strings.Contains(strings.ToLower(strings.Join(rq.query.Select, ",")+rq.query.Filter), "signinactivity") {
		if rq.query.Top > maxSignInPage {
			return response{}, badRequest("Cannot query data for more than %d users at a time", maxSignInPage) // wording of an older limit
		}
	}
	return rq.list(rq.table(users))
}

// maxSignInPage is the largest $top where signInActivity is selected or
// filtered by.
const maxSignInPage = 500

func countUsers(rq *request) (response, *graphError) { return rq.count(rq.table(users)) }

// https://learn.microsoft.com/graph/api/user-get
func getUser(rq *request) (response, *graphError) {
	u, err := rq.user(rq.read)
	if err != nil {
		return response{}, err
	}
	return rq.one(200, "users", u)
}

// user finds the user of the path by id or user principal name.
func (rq *request) user(v *state.View) (*object, *graphError) {
	k := rq.param("user")
	if o := findUser(v, k.value); o != nil && k.property == "" {
		return o, nil
	}
	return nil, notFound(k.value)
}

func findUser(v *state.View, key string) *object {
	if o := v.Get(users, strings.ToLower(key)); o != nil {
		return o
	}
	return v.Live(users).First("userPrincipalName", key)
}

// https://learn.microsoft.com/graph/api/user-post-users
func createUser(rq *request) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	values, err := checkNewUser(rq.s.store.View(), body)
	if err != nil {
		return response{}, err
	}
	values = append(values, set(users, "createdDateTime", stamp(time.Now())), set(users, "userType", defaultUserType(body)))
	u := state.New(users, rq.s.newID(), values)
	err = rq.update(func(tx *state.Tx) *graphError {
		u = withMailAddress(u)
		if err := uniqueUser(tx.View, u); err != nil {
			return err
		}
		tx.Put(u)
		return nil
	})
	if err != nil {
		return response{}, err
	}
	return rq.created("users", u)
}

func defaultUserType(body map[string]any) any {
	if t, ok := body["userType"].(string); ok {
		return t
	}
	return "Member"
}

// https://learn.microsoft.com/graph/api/user-update
func updateUser(rq *request) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	if _, err := rq.user(rq.read); err != nil {
		return response{}, err
	}
	err = rq.update(func(tx *state.Tx) *graphError {
		u, err := rq.user(tx.View)
		if err != nil {
			return err
		}
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
	return noContent(), err
}

// withMailAddress makes the user's mail its primary proxy address.
func withMailAddress(u *object) *object {
	have := u.Strings("proxyAddresses")
	now := addresses(u.Str("mail"), have)
	if slices.Equal(have, now) {
		return u
	}
	return u.With(set(users, "proxyAddresses", now))
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
	if o := v.Live(users).First("userPrincipalName", u.Str("userPrincipalName")); o != nil && o.ID != u.ID {
		return taken("userPrincipalName")
	}
	for _, address := range u.Strings("proxyAddresses") {
		for _, t := range []*state.Type{users, groups} {
			if o := v.Live(t).First("proxyAddresses", address); o != nil && o.ID != u.ID {
				err := taken("proxyAddresses")
				err.details = append(err.details, errorDetail{Code: "ConflictingObjects", Message: "Another object with the same value for property proxyAddresses already exists.", Target: o.Type.Resource + "_" + o.ID})
				return err
			}
		}
	}
	if id := u.Str("onPremisesImmutableId"); id != "" {
		for o := range v.Live(users).Equal(users.Prop("onPremisesImmutableId"), id) {
			if o.ID != u.ID && o.Str("onPremisesImmutableId") == id {
				return taken("onPremisesImmutableId")
			}
		}
	}
	return nil
}

// https://learn.microsoft.com/graph/api/user-delete
func deleteUser(rq *request) (response, *graphError) {
	if _, err := rq.user(rq.read); err != nil {
		return response{}, err
	}
	err := rq.update(func(tx *state.Tx) *graphError {
		u, err := rq.user(tx.View)
		if err != nil {
			return err
		}
		buryUser(tx, u)
		return nil
	})
	return noContent(), err
}

// buryUser moves a user to the recycle bin. Its name becomes free by having
// the id put in front (believed, not verified).
func buryUser(tx *state.Tx, u *object) {
	name := strings.ReplaceAll(u.ID, "-", "") + u.Str("userPrincipalName")
	bury(tx, u.With(set(users, "userPrincipalName", name)))
}
