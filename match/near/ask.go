package near

import (
	"context"
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/match"
)

// Ask is [Index.Propose] for a directory that was not listed: it asks for the users
// who have the row's address or surname, and compares with those. That is at most
// eight queries a row, none twice, all in one call, which a directory such as
// entra.Client groups 300 to a request; and as many of the recycle bin, which it
// reads once, if dir is a [match.RecycleBin]. Users with a misspelt or changed
// surname are found by their address only, and names are taken to be as rare as in
// a directory of 20,000 users.
//
// A query that fails finds nobody and is counted in Proposals.Unanswered. Ask fails
// with a [match.ErrDirectory] if the directory can't be asked at all, and with ctx's
// error.
func Ask(ctx context.Context, dir match.Directory, report *match.Report, opts *Options) (*Proposals, error) {
	queries := queriesOf(report, opts)
	users, unanswered, err := find(ctx, dir.FindUsers, queries)
	if err != nil {
		return nil, fmt.Errorf("looking for near matches: %w", err)
	}
	var deleted []match.User
	if bin, ok := dir.(match.RecycleBin); ok {
		n := 0
		if deleted, n, err = find(ctx, bin.FindDeletedUsers, queries); err != nil {
			return nil, fmt.Errorf("looking for near matches in the recycle bin: %w", err)
		}
		unanswered += n
	}
	proposals := newIndex(users, deleted, assumed).Propose(report, opts)
	proposals.Unanswered = unanswered
	return proposals, nil
}

// find returns the users who answer queries, each once, and how many failed.
func find(ctx context.Context, find match.Finder, queries []match.Query) ([]match.User, int, error) {
	answers, err := match.Ask(ctx, find, queries)
	var users []match.User
	unanswered := 0
	seen := make(map[string]bool)
	for _, answer := range answers {
		if answer.Err != nil {
			unanswered++
		}
		for _, user := range answer.Users {
			if !seen[user.ID] {
				seen[user.ID] = true
				users = append(users, user)
			}
		}
	}
	return users, unanswered, err
}

// queriesOf returns what must be asked to find the users whom rows resemble.
func queriesOf(report *match.Report, opts *Options) (queries []match.Query) {
	t := newTask(report, opts)
	seen := make(map[match.Query]bool)
	for o := range report.Of(match.NotFound, match.NoKey) {
		p := t.person(o)
		ask := func(attribute, value string) {
			q := match.Query{Attribute: attribute, Value: value, Select: Select, Rule: "near"}
			if value != "" && !seen[q] {
				seen[q] = true
				queries = append(queries, q)
			}
		}
		if len(p.addresses) > 0 {
			for _, attribute := range []string{"userPrincipalName", "mail", "proxyAddresses", "otherMails"} {
				ask(attribute, p.addresses[0])
			}
			ask("mailNickname", beforeAt(p.addresses[0]))
		}
		ask("employeeId", p.says[Number])
		for _, name := range surnames(p) {
			ask("surname", name)
		}
	}
	return queries
}

func beforeAt(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local
}

// surnames returns what to ask for as surnames: the row's, and what is one if the
// names are swapped.
func surnames(p *person) []string {
	if p.says[Surname] != "" || p.says[GivenName] != "" {
		return []string{p.says[Surname], p.says[GivenName]}
	}
	if before, after, ok := strings.Cut(p.says[FullName], ","); ok {
		return []string{before, strings.TrimSpace(after)}
	}
	if list := strings.Fields(p.says[FullName]); len(list) > 1 {
		return []string{list[len(list)-1], list[0]}
	}
	if len(p.namings) > 0 && len(p.namings[0].given) > 0 {
		return []string{p.namings[0].surname[0], p.namings[0].given[0]}
	}
	return nil
}
