package matchtest

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/match"
)

func TestDirectoryInMemoryPassesTheSuite(t *testing.T) {
	t.Parallel()
	TestDirectory(t, func(_ *testing.T, users []User) match.Directory { return NewDirectory(users...) })
}

// broken does something else to queries and answers than it should.
type broken struct {
	match.Directory
	ask    func([]match.Query) []match.Query
	answer func([]match.Answer) []match.Answer
	bin    func([]match.Query) ([]match.Answer, error)
	deaf   bool // does not notice that the context has ended, nor that the loop was left
}

func (b broken) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	if b.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	queries = append([]match.Query(nil), queries...)
	if b.ask != nil {
		queries = b.ask(queries)
	}
	answers, err := match.Ask(ctx, b.Directory.FindUsers, queries)
	if b.answer != nil && err == nil {
		answers = b.answer(answers)
	}
	return b.yield(answers, err)
}

func (b broken) yield(answers []match.Answer, err error) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		if err != nil {
			yield(0, match.Answer{Err: err})
			return
		}
		for i, answer := range answers {
			if !yield(i, answer) && !b.deaf {
				return
			}
		}
	}
}

func (b broken) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	if b.bin != nil {
		return b.yield(b.bin(queries))
	}
	return b.Directory.(match.RecycleBin).FindDeletedUsers(ctx, queries)
}

// each changes every query, or every answer.
func each[T any](change func(*T)) func([]T) []T {
	return func(all []T) []T {
		for i := range all {
			change(&all[i])
		}
		return all
	}
}

func emptyBin(queries []match.Query) ([]match.Answer, error) {
	return make([]match.Answer, len(queries)), nil
}

func TestEachCheckOfTheSuiteCanFail(t *testing.T) {
	t.Parallel()
	defects := map[string]broken{
		"no queries have no answers": {answer: func(a []match.Answer) []match.Answer {
			return append(a, match.Answer{})
		}},
		"each query is answered once, under its own index": {answer: func(a []match.Answer) []match.Answer {
			if len(a) > 300 {
				a[0], a[300] = a[300], a[0]
			}
			return a
		}},
		"a user comes with id, names, mail and whether they can sign in": {answer: each(func(a *match.Answer) {
			a.Users = append([]match.User(nil), a.Users...)
			for i := range a.Users {
				a.Users[i].AccountEnabled = true
			}
		})},
		"letter case doesn't matter and is not changed": {answer: each(func(a *match.Answer) {
			a.Users = append([]match.User(nil), a.Users...)
			for i := range a.Users {
				a.Users[i].Mail = strings.ToLower(a.Users[i].Mail)
			}
		})},
		"a value means itself, whatever characters it has": {ask: each(func(q *match.Query) {
			q.Value = strings.ReplaceAll(q.Value, "+", " ")
		})},
		"the same query twice is answered twice": {answer: func(a []match.Answer) []match.Answer {
			if len(a) > 1 {
				a[1] = match.Answer{}
			}
			return a
		}},
		"several users with the value are all found, once each": {answer: each(func(a *match.Answer) {
			a.Users = a.Users[:min(1, len(a.Users))]
		})},
		"a value in another attribute is no answer": {ask: each(func(q *match.Query) { q.Attribute = "userPrincipalName" })},
		"any element of a collection may equal the value": {answer: func(a []match.Answer) []match.Answer {
			if len(a) == 2 {
				a[1] = match.Answer{}
			}
			return a
		}},
		"a mail address is found among proxyAddresses without their prefix": {ask: each(func(q *match.Query) {
			if q.Attribute == "proxyAddresses" && !strings.HasPrefix(q.Value, "smtp:") {
				q.Value = "as it is: " + q.Value // which no element equals
			}
		})},
		"an attribute that users don't have is an error and not nobody": {answer: each(func(a *match.Answer) { a.Err = nil })},
		"a context that has ended is an error of the directory":         {deaf: true},
		"breaking out of the answers ends them":                         {deaf: true},
		"a user comes with the attributes that the query selects":       {ask: each(func(q *match.Query) { q.Select = "" })},
		"deleted users are found in the recycle bin and only there":     {bin: emptyBin},
	}
	for _, check := range checks {
		defect, planted := defects[check.name]
		if !assert.True(t, planted, "no defect is planted for: %s", check.name) {
			continue
		}
		users := check.users()
		defect.Directory = NewDirectory(users...)
		assert.Error(t, check.run(scene{t.Context(), defect, users}), check.name)
	}
}
