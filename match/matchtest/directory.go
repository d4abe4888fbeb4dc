// Package matchtest helps to test what stands on either side of package match:
// [Directory] is a small directory in memory, for testing rules of your own,
// and [TestDirectory] is the suite that every [match.Directory] must pass.
package matchtest

import (
	"context"
	"fmt"
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
	for _, user := range users {
		bin := d.live
		if user.Deleted {
			bin = d.deleted
		}
		for attribute, values := range user.all() {
			d.live.know(attribute)
			d.deleted.know(attribute)
			for _, value := range values {
				bin.add(attribute, value, user.User)
				if attribute == "proxyAddresses" {
					bin.add(attribute, strings.TrimPrefix(roster.Fold(value), "smtp:"), user.User)
				}
			}
		}
	}
	return d
}

func (u User) all() map[string][]string {
	all := map[string][]string{"id": {u.ID}, "userPrincipalName": {u.UserPrincipalName}, "displayName": {u.DisplayName}, "mail": {u.Mail}}
	for attribute, values := range u.Attributes {
		all[attribute] = values
	}
	return all
}

// FindUsers implements [match.Directory].
func (d *Directory) FindUsers(ctx context.Context, queries []match.Query) ([]match.Answer, error) {
	return d.find(ctx, d.live, queries)
}

// FindDeletedUsers implements [match.RecycleBin].
func (d *Directory) FindDeletedUsers(ctx context.Context, queries []match.Query) ([]match.Answer, error) {
	return d.find(ctx, d.deleted, queries)
}

func (d *Directory) find(ctx context.Context, users index, queries []match.Query) ([]match.Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answers := make([]match.Answer, len(queries))
	for i, query := range queries {
		switch {
		case query.Filter == "":
			answers[i] = users.find(query.Attribute, query.Value)
		case d.Filter == nil:
			answers[i].Err = fmt.Errorf("this directory knows no filters, such as %s", query.Filter)
		default:
			answers[i].Users, answers[i].Err = d.Filter(query.Filter)
		}
	}
	return answers, nil
}

// index holds users by attribute and folded value.
type index map[string]map[string][]match.User

func (x index) know(attribute string) {
	if x[attribute] == nil {
		x[attribute] = make(map[string][]match.User)
	}
}

func (x index) add(attribute, value string, user match.User) {
	key := roster.Fold(value)
	same := func(other match.User) bool { return other.ID == user.ID }
	if value != "" && !slices.ContainsFunc(x[attribute][key], same) {
		x[attribute][key] = append(x[attribute][key], user)
	}
}

func (x index) find(attribute, value string) match.Answer {
	values, known := x[attribute]
	if !known {
		return match.Answer{Err: fmt.Errorf("users have no attribute %q", attribute)}
	}
	return match.Answer{Users: values[roster.Fold(value)]}
}
