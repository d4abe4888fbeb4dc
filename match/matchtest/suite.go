package matchtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/match"
)

// Domain is the domain of the user principal names that TestDirectory uses.
const Domain = "contoso.com"

// TestDirectory checks what [match.Directory] promises. newDirectory makes a
// directory that holds users, with their ids; it is called once for each check.
// A directory that is a [match.RecycleBin] is also checked as one, and what a
// [match.Preparer] prepares like any other. The users
// have the attributes of match.User and, at most, employeeId, otherMails and
// proxyAddresses; a directory that does not know one of these three may refuse
// each query about it.
func TestDirectory(t *testing.T, newDirectory func(t *testing.T, users []User) match.Directory) {
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			users := check.users()
			dir := newDirectory(t, users)
			if err := check.run(scene{t.Context(), dir, users}); err != nil {
				t.Error(err)
			}
			if p, ok := dir.(match.Preparer); ok {
				prepared := p.Prepare(func(func(match.Query) bool) {})
				if err := check.run(scene{t.Context(), prepared, users}); err != nil {
					t.Errorf("once it was prepared: %v", err)
				}
			}
		})
	}
}

// A scene is what a check has before it.
type scene struct {
	ctx   context.Context
	dir   match.Directory
	users []User
}

// expect asks all queries in one call.
func (s scene) expect(all ...expected) error { return expect(s.ctx, s.dir.FindUsers, all...) }

// checks say in their names what a directory must do. They return errors, so
// that this package's tests can show that each of them can fail.
var checks = []struct {
	name  string
	users func() []User
	run   func(s scene) error
}{
	{"no queries have no answers", few, func(s scene) error {
		for i, answer := range s.dir.FindUsers(s.ctx, nil) {
			return fmt.Errorf("want no answer; got answer %d: %+v", i, answer)
		}
		return nil
	}},
	{"each query is answered once, under its own index", many, func(s scene) error {
		var all []expected
		for i, user := range slices.Backward(s.users) {
			nobody := fmt.Sprintf("nobody%d@%s", i, Domain)
			all = append(all, want("userPrincipalName", user.UserPrincipalName, user), want("mail", nobody))
		}
		return s.expect(all...)
	}},
	{"breaking out of the answers ends them", many, func(s scene) error {
		queries := make([]match.Query, len(s.users))
		for i, user := range s.users {
			queries[i] = match.Equal("mail", user.Mail)
		}
		return breakOut(s.dir.FindUsers(s.ctx, queries))
	}},
	{"a user comes with id, names, mail and whether they can sign in", few, func(s scene) error {
		enabled, disabled := s.users[0], s.users[2]
		return s.expect(want("userPrincipalName", enabled.UserPrincipalName, enabled),
			want("userPrincipalName", disabled.UserPrincipalName, disabled))
	}},
	{"a user comes with the attributes that the query selects", few, func(s scene) error {
		ada := s.users[0]
		ada.User.Attributes = map[string]string{"employeeId": "E7"}
		return s.expect(want("displayName", ada.DisplayName, ada).selecting("employeeId").orRefusal(),
			want("displayName", "Sam Doe", s.users[1], s.users[2]).selecting("employeeId").orRefusal())
	}},
	{"letter case doesn't matter and is not changed", few, func(s scene) error {
		ada := s.users[0]
		return s.expect(want("mail", strings.ToUpper(ada.Mail), ada), want("mail", strings.ToLower(ada.Mail), ada))
	}},
	{"a value means itself, whatever characters it has", odd, func(s scene) error {
		var all []expected
		for _, user := range s.users {
			all = append(all, want("displayName", user.DisplayName, user))
		}
		return s.expect(all...)
	}},
	{"the same query twice is answered twice", few, func(s scene) error {
		ada := s.users[0]
		return s.expect(want("mail", ada.Mail, ada), want("mail", ada.Mail, ada),
			want("mail", strings.ToLower(ada.Mail), ada))
	}},
	{"several users with the value are all found, once each", few, func(s scene) error {
		return s.expect(want("displayName", "Sam Doe", s.users[1], s.users[2]))
	}},
	{"a value in another attribute is no answer", few, func(s scene) error {
		name := s.users[1].UserPrincipalName
		return s.expect(want("mail", name), want("userPrincipalName", name, s.users[1]))
	}},
	{"any element of a collection may equal the value", few, func(s scene) error {
		ada, mails := s.users[0], s.users[0].Attributes["otherMails"]
		return s.expect(want("otherMails", mails[0], ada).orRefusal(), want("otherMails", mails[1], ada).orRefusal())
	}},
	{"a mail address is found among proxyAddresses without their prefix", few, func(s scene) error {
		ada := s.users[0]
		return s.expect(want("proxyAddresses", "Ada.Lovelace@contoso.com", ada).orRefusal(),
			want("proxyAddresses", "ada@fabrikam.example", ada).orRefusal(),
			want("proxyAddresses", "smtp:ada@fabrikam.example", ada).orRefusal())
	}},
	{"an attribute that users don't have is an error and not nobody", few, func(s scene) error {
		answers, err := match.Ask(s.ctx, s.dir.FindUsers, []match.Query{match.Equal("noSuchAttribute", "x")})
		if err == nil && answers[0].Err == nil {
			return fmt.Errorf("want an error, as users have no attribute noSuchAttribute; got %+v", answers[0])
		}
		return nil
	}},
	{"a context that has ended is an error of the directory", few, func(s scene) error {
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		var last match.Answer
		for _, last = range s.dir.FindUsers(ctx, []match.Query{match.Equal("mail", s.users[0].Mail)}) {
			continue
		}
		if !errors.Is(last.Err, match.ErrDirectory) {
			return fmt.Errorf("want a last answer whose error wraps match.ErrDirectory; got %+v", last)
		}
		return nil
	}},
	{"deleted users are found in the recycle bin and only there", few, func(s scene) error {
		here, gone := s.users[0], s.users[3]
		err := s.expect(want("mail", gone.Mail))
		if bin, ok := s.dir.(match.RecycleBin); ok {
			onlyID := User{User: match.User{ID: gone.ID}}
			err = errors.Join(err, expect(s.ctx, idsOf(bin.FindDeletedUsers),
				want("mail", here.Mail), want("mail", gone.Mail, onlyID)))
		}
		return err
	}},
}

// idsOf leaves only the ids of users: deletion may change the rest of a user.
func idsOf(find match.Finder) match.Finder {
	return func(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
		return func(yield func(int, match.Answer) bool) {
			for i, answer := range find(ctx, queries) {
				users := make([]match.User, len(answer.Users))
				for j, user := range answer.Users {
					users[j].ID = user.ID
				}
				if answer.Users = users; !yield(i, answer) {
					return
				}
			}
		}
	}
}

// breakOut takes one answer and reports a directory that yields another.
func breakOut(answers iter.Seq2[int, match.Answer]) (err error) {
	n := 0
	answers(func(i int, answer match.Answer) bool {
		if n++; n > 1 {
			err = fmt.Errorf("want no answer after the loop was left at the first; got answer %d: %+v", i, answer)
		}
		return false
	})
	if n == 0 {
		return errors.New("want an answer; got none")
	}
	return err
}

// expected is a query and the users that must answer it, in any order.
type expected struct {
	query     match.Query
	users     []match.User
	orRefused bool // an error will do: the directory need not know the attribute
}

func want(attribute, value string, users ...User) expected {
	e := expected{query: match.Equal(attribute, value)}
	for _, user := range users {
		e.users = append(e.users, user.User)
	}
	return e
}

func (e expected) orRefusal() expected {
	e.orRefused = true
	return e
}

func (e expected) selecting(attributes string) expected {
	e.query.Select = attributes
	return e
}

func expect(ctx context.Context, find match.Finder, all ...expected) error {
	queries := make([]match.Query, len(all))
	for i, e := range all {
		queries[i] = e.query
	}
	answers, err := match.Ask(ctx, find, queries)
	if err != nil {
		return fmt.Errorf("want one answer to each of %d queries; got: %w", len(queries), err)
	}
	for i, e := range all {
		err = errors.Join(err, e.check(answers[i]))
	}
	return err
}

func (e expected) check(answer match.Answer) error {
	byID := func(a, b match.User) int { return strings.Compare(a.ID, b.ID) }
	same := func(a, b match.User) bool { return reflect.DeepEqual(a, b) }
	got := slices.SortedFunc(slices.Values(answer.Users), byID)
	for i := range got {
		got[i].Created = time.Time{} // a directory need not know it
	}
	if answer.Err == nil && slices.EqualFunc(got, e.users, same) || answer.Err != nil && e.orRefused {
		return nil
	}
	return fmt.Errorf("%s %q: want users %+v and no error; got users %+v and error %v",
		e.query.Attribute, e.query.Value, e.users, got, answer.Err)
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
	ada.Attributes = map[string][]string{
		"employeeId":     {"E7"},
		"otherMails":     {"ada@fabrikam.example", "lovelace@fabrikam.example"},
		"proxyAddresses": {"SMTP:Ada.Lovelace@Contoso.com", "smtp:ada@fabrikam.example"},
	}
	sam, namesake := user(2, "Sam Doe", "sam@contoso.com"), user(3, "Sam Doe", "sam.doe@contoso.com")
	gone := user(4, "Gone", "gone@contoso.com")
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
	for i, name := range []string{"O'Neil", "O''Neil", "a+b", "a b", "#EXT#", "100%", "%41", "a&b=c", "a/b?c", `a\b`,
		"a,b", "(a)", "' or '1' eq '1", "Zoë Ünal", "Ελένη", "山田太郎",
		strings.Repeat("long ", 20) + "name"} {
		users = append(users, user(i+1, name, ""))
	}
	return users
}
