package matchtest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A User is a user of a directory under test.
type User struct {
	match.User
	// Attributes are those that match.User lacks, by Graph's name, such as
	// "employeeId"; the collections, such as "otherMails", may have several values.
	Attributes map[string][]string
	// Deleted puts the user into the recycle bin.
	Deleted bool
}

// A Directory finds users in memory, by attributes that equal a value without
// letter case. An attribute that no user has is an error, as a misspelt one is
// in Graph. It is safe for concurrent use.
type Directory struct {
	// Filter answers queries with a filter. If nil, they fail.
	Filter func(filter string) ([]match.User, error)

	live, deleted index
}

// NewDirectory returns a directory of users. The attributes of match.User that
// are empty count as not set.
func NewDirectory(users ...User) *Directory {
	d := &Directory{live: make(index), deleted: make(index)}
	for i := range users {
		bin := d.live
		if users[i].Deleted {
			bin = d.deleted
		}
		for attribute, values := range users[i].all() {
			d.live.know(attribute)
			d.deleted.know(attribute)
			for _, value := range values {
				bin.add(attribute, value, &users[i])
				if attribute == "proxyAddresses" {
					bin.add(attribute, strings.TrimPrefix(roster.Fold(value), "smtp:"), &users[i])
				}
			}
		}
	}
	return d
}

// all returns the user's attributes by name.
func (u *User) all() map[string][]string {
	all := map[string][]string{"id": {u.ID}, "userPrincipalName": {u.UserPrincipalName},
		"displayName": {u.DisplayName}, "mail": {u.Mail}}
	maps.Copy(all, u.Attributes)
	return all
}

// FindUsers implements [match.Directory].
func (d *Directory) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return d.find(ctx, d.live, queries)
}

// FindDeletedUsers implements [match.RecycleBin].
func (d *Directory) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return d.find(ctx, d.deleted, queries)
}

func (d *Directory) find(ctx context.Context, users index, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for i, query := range queries {
			if err := ctx.Err(); err != nil {
				yield(i, match.Answer{Err: fmt.Errorf("%w: %w", match.ErrDirectory, err)})
				return
			}
			if !yield(i, d.answer(users, query)) {
				return
			}
		}
	}
}

func (d *Directory) answer(users index, query match.Query) (answer match.Answer) {
	switch {
	case query.Filter == "":
		return users.find(query)
	case d.Filter == nil:
		answer.Err = fmt.Errorf("this directory knows no filters, such as %s", query.Filter)
	default:
		answer.Users, answer.Err = d.Filter(query.Filter)
	}
	return answer
}

// index holds users by attribute and folded value.
type index map[string]map[string][]*User

func (x index) know(attribute string) {
	if x[attribute] == nil {
		x[attribute] = make(map[string][]*User)
	}
}

func (x index) add(attribute, value string, user *User) {
	key := roster.Fold(value)
	same := func(other *User) bool { return other.ID == user.ID }
	if value != "" && !slices.ContainsFunc(x[attribute][key], same) {
		x[attribute][key] = append(x[attribute][key], user)
	}
}

func (x index) find(query match.Query) (answer match.Answer) {
	selected := strings.FieldsFunc(query.Select, func(r rune) bool { return r == ',' })
	for _, attribute := range append(selected, query.Attribute) {
		if x[attribute] == nil {
			return match.Answer{Err: fmt.Errorf("users have no attribute %q", attribute)}
		}
	}
	for _, user := range x[query.Attribute][roster.Fold(query.Value)] {
		answer.Users = append(answer.Users, user.with(selected))
	}
	return answer
}

// with returns the user with the further attributes that were asked for.
func (u *User) with(selected []string) match.User {
	found, all := u.User, u.all()
	found.Attributes = nil
	for _, attribute := range selected {
		if text := strings.Join(all[attribute], ", "); text != "" {
			if found.Attributes == nil {
				found.Attributes = make(map[string]string)
			}
			found.Attributes[attribute] = text
		}
	}
	return found
}
