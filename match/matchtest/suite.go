package matchtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/match"
)

// Domain is the domain of the user principal names that TestDirectory uses.
const Domain = "contoso.com"

// TestDirectory checks what package match relies on in a directory. newDirectory
// makes one that holds users, with their ids; it is called once for each check.
// A directory that is a [match.RecycleBin] is also checked as one. The users
// have the attributes of match.User and, at most, employeeId, otherMails and
// proxyAddresses.
func TestDirectory(t *testing.T, newDirectory func(t *testing.T, users []User) match.Directory) {
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			users := check.users()
			if err := check.run(t.Context(), newDirectory(t, users), users); err != nil {
				t.Error(err)
			}
		})
	}
}

// checks say in their names what a directory must do. They return errors, so
// that this package's tests can show that each of them can fail.
var checks = []struct {
	name  string
	users func() []User
	run   func(ctx context.Context, dir match.Directory, users []User) error
}{
	{"no queries have no answers", few, func(ctx context.Context, dir match.Directory, _ []User) error {
		return expect(ctx, dir.FindUsers)
	}},
	{"answers come in the order of the queries", many, func(ctx context.Context, dir match.Directory, users []User) error {
		var all []expected
		for i, user := range slices.Backward(users) {
			all = append(all, want("userPrincipalName", user.UserPrincipalName, user),
				want("mail", fmt.Sprintf("nobody%d@%s", i, Domain)))
		}
		return expect(ctx, dir.FindUsers, all...)
	}},
	{"a user comes with id, names, mail and whether they can sign in", few, func(ctx context.Context, dir match.Directory, users []User) error {
		return expect(ctx, dir.FindUsers, want("userPrincipalName", users[0].UserPrincipalName, users[0]),
			want("userPrincipalName", users[2].UserPrincipalName, users[2]))
	}},
	{"letter case doesn't matter and is not changed", few, func(ctx context.Context, dir match.Directory, users []User) error {
		return expect(ctx, dir.FindUsers, want("mail", strings.ToUpper(users[0].Mail), users[0]),
			want("mail", strings.ToLower(users[0].Mail), users[0]))
	}},
	{"a value means itself, whatever characters it has", odd, func(ctx context.Context, dir match.Directory, users []User) error {
		var all []expected
		for _, user := range users {
			all = append(all, want("displayName", user.DisplayName, user))
		}
		return expect(ctx, dir.FindUsers, all...)
	}},
	{"the same query twice is answered twice", few, func(ctx context.Context, dir match.Directory, users []User) error {
		return expect(ctx, dir.FindUsers, want("employeeId", "E7", users[0]), want("employeeId", "E7", users[0]),
			want("employeeId", "e7", users[0]))
	}},
	{"several users with the value are all found", few, func(ctx context.Context, dir match.Directory, users []User) error {
		return expect(ctx, dir.FindUsers, want("displayName", "Sam Doe", users[1], users[2]))
	}},
	{"a value in another attribute is no answer", few, func(ctx context.Context, dir match.Directory, users []User) error {
		name := users[1].UserPrincipalName
		return expect(ctx, dir.FindUsers, want("mail", name), want("userPrincipalName", name, users[1]))
	}},
	{"any element of a collection may equal the value", few, func(ctx context.Context, dir match.Directory, users []User) error {
		mails := users[0].Attributes["otherMails"]
		return expect(ctx, dir.FindUsers, want("otherMails", mails[0], users[0]), want("otherMails", mails[1], users[0]))
	}},
	{"a mail address is found among proxyAddresses without their prefix", few, func(ctx context.Context, dir match.Directory, users []User) error {
		return expect(ctx, dir.FindUsers, want("proxyAddresses", "Ada.Lovelace@contoso.com", users[0]),
			want("proxyAddresses", "ada@fabrikam.example", users[0]), want("proxyAddresses", "smtp:ada@fabrikam.example", users[0]))
	}},
	{"an attribute that users don't have is an error and not nobody", few, func(ctx context.Context, dir match.Directory, _ []User) error {
		answers, err := dir.FindUsers(ctx, []match.Query{match.Equal("noSuchAttribute", "x")})
		if err == nil && (len(answers) != 1 || answers[0].Err == nil) {
			return fmt.Errorf("got %+v without an error", answers)
		}
		return nil
	}},
	{"a context that has ended is an error", few, func(ctx context.Context, dir match.Directory, users []User) error {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := dir.FindUsers(ctx, []match.Query{match.Equal("mail", users[0].Mail)}); err == nil {
			return errors.New("no error")
		}
		return nil
	}},
	{"deleted users are found in the recycle bin and only there", few, func(ctx context.Context, dir match.Directory, users []User) error {
		here, gone := users[0], users[3]
		err := expect(ctx, dir.FindUsers, want("mail", gone.Mail))
		if bin, ok := dir.(match.RecycleBin); ok {
			onlyID := User{User: match.User{ID: gone.ID}}
			err = errors.Join(err, expect(ctx, idsOf(bin.FindDeletedUsers), want("mail", here.Mail), want("mail", gone.Mail, onlyID)))
		}
		return err
	}},
}

// A finder is FindUsers or FindDeletedUsers.
type finder func(context.Context, []match.Query) ([]match.Answer, error)

// idsOf leaves only the ids of users: deletion may change the rest of a user.
func idsOf(find finder) finder {
	return func(ctx context.Context, queries []match.Query) ([]match.Answer, error) {
		answers, err := find(ctx, queries)
		for i := range answers {
			users := make([]match.User, len(answers[i].Users))
			for j, user := range answers[i].Users {
				users[j].ID = user.ID
			}
			answers[i].Users = users
		}
		return answers, err
	}
}

// expected is a query and the users that must answer it, in any order.
type expected struct {
	query match.Query
	users []match.User
}

func want(attribute, value string, users ...User) expected {
	e := expected{query: match.Equal(attribute, value)}
	for _, user := range users {
		e.users = append(e.users, user.User)
	}
	return e
}

// expect asks all queries in one call.
func expect(ctx context.Context, find finder, all ...expected) error {
	queries := make([]match.Query, len(all))
	for i, e := range all {
		queries[i] = e.query
	}
	answers, err := find(ctx, queries)
	if err != nil {
		return err
	}
	if len(answers) != len(queries) {
		return fmt.Errorf("%d answers to %d queries", len(answers), len(queries))
	}
	for i, e := range all {
		err = errors.Join(err, e.check(answers[i]))
	}
	return err
}

func (e expected) check(answer match.Answer) error {
	byID := func(a, b match.User) int { return strings.Compare(a.ID, b.ID) }
	got := slices.SortedFunc(slices.Values(answer.Users), byID)
	if answer.Err == nil && slices.Equal(got, e.users) {
		return nil
	}
	return fmt.Errorf("%s %q: got users %+v and error %v, want users %+v", e.query.Attribute, e.query.Value, got, answer.Err, e.users)
}

// user returns an enabled user whose id and principal name are made of n.
func user(n int, displayName, mail string) User {
	return User{User: match.User{
		ID:                fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		UserPrincipalName: fmt.Sprintf("user%d@%s", n, Domain),
		DisplayName:       displayName,
		Mail:              mail,
		AccountEnabled:    true,
	}}
}

// few returns a person with everything, two of one name (the second disabled),
// and a deleted one.
func few() []User {
	ada := user(1, "Ada Lovelace", "Ada.Lovelace@Contoso.com")
	ada.Attributes = map[string][]string{"employeeId": {"E7"}, "otherMails": {"ada@fabrikam.example", "lovelace@fabrikam.example"},
		"proxyAddresses": {"SMTP:Ada.Lovelace@Contoso.com", "smtp:ada@fabrikam.example"}}
	sam, namesake, gone := user(2, "Sam Doe", "sam@contoso.com"), user(3, "Sam Doe", "sam.doe@contoso.com"), user(4, "Gone", "gone@contoso.com")
	namesake.AccountEnabled = false
	gone.Deleted = true
	return []User{ada, sam, namesake, gone}
}

// many returns more users than fit into one request of any kind.
func many() []User {
	users := make([]User, 330)
	for i := range users {
		users[i] = user(i+1, fmt.Sprintf("User %d", i+1), fmt.Sprintf("mail%d@%s", i+1, Domain))
	}
	return users
}

// odd returns users whose names would mean something else in a URL or a filter.
func odd() []User {
	var users []User
	for i, name := range []string{"O'Neil", "O''Neil", "a+b", "a b", "#EXT#", "100%", "%41", "a&b=c", "a/b?c", `a\b`, "a,b", "(a)",
		"' or '1' eq '1", "Zoë Ünal", "Ελένη", "山田太郎", strings.Repeat("long ", 20) + "name"} {
		users = append(users, user(i+1, name, ""))
	}
	return users
}
