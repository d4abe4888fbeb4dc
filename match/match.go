package match

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// A User is what the directory says of a candidate.
type User struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName,omitempty"`
	Mail              string `json:"mail,omitempty"`
	AccountEnabled    bool   `json:"accountEnabled"`
	// Attributes are the further attributes that Query.Select names, by the
	// names used there, as text. The values of a collection are joined with
	// ", ". An attribute that the user does not have is not in the map.
	Attributes map[string]string `json:"attributes,omitempty"`
}

// An Answer is the directory's answer to one query: the users found, or why it
// could not say. An Answer with Err set says nothing about who exists.
type Answer struct {
	Users []User
	Err   error
}

// ErrDirectory is wrapped by an Answer's Err that concerns not one query but all
// of them. The answer's index then has no meaning, and it is the last one.
var ErrDirectory = errors.New("the directory can't be asked")

// A Directory finds users. It is the port through which this package asks;
// entra.Client implements it.
type Directory interface {
	// FindUsers asks queries when it is ranged over. It yields an answer for
	// each query, once, with the query's index, in the order in which the
	// answers settle. The users of an answer have different IDs. A failure that
	// concerns one query belongs in its Answer. One that concerns all of them,
	// such as the end of ctx, is a last Answer whose Err wraps [ErrDirectory].
	// Breaking out of the loop ends the asking.
	FindUsers(ctx context.Context, queries []Query) iter.Seq2[int, Answer]
}

// A RecycleBin is a [Directory] that can also be asked for deleted users. It
// is asked about rows that found nobody.
type RecycleBin interface {
	// FindDeletedUsers is FindUsers for soft-deleted users.
	FindDeletedUsers(ctx context.Context, queries []Query) iter.Seq2[int, Answer]
}

// Ask asks find, which is FindUsers or FindDeletedUsers of a directory, and
// returns the answers in the order of the queries when all have settled. The
// error wraps [ErrDirectory] or ctx's error, or says that the directory broke
// its contract; there are no answers then.
func Ask(ctx context.Context, find func(context.Context, []Query) iter.Seq2[int, Answer], queries []Query) ([]Answer, error) {
	answers := make([]Answer, len(queries))
	err := ask(ctx, find, queries, func(i int, answer Answer) { answers[i] = answer })
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// ask passes answers to take as they settle, and holds the directory to its contract.
func ask(ctx context.Context, find func(context.Context, []Query) iter.Seq2[int, Answer], queries []Query, take func(int, Answer)) error {
	if len(queries) == 0 {
		return nil
	}
	answered, n := make([]bool, len(queries)), 0
	for i, answer := range find(ctx, queries) {
		switch {
		case errors.Is(answer.Err, ErrDirectory):
			return answer.Err
		case i < 0 || i >= len(queries):
			return fmt.Errorf("the directory answered query %d of %d", i+1, len(queries))
		case answered[i]:
			return fmt.Errorf("the directory answered query %d twice", i+1)
		}
		answered[i] = true
		n++
		take(i, answer)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n != len(queries) {
		return fmt.Errorf("the directory gave %d answers to %d queries", n, len(queries))
	}
	return nil
}
