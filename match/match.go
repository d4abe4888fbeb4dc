package match

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// A User is a user of the directory, with values as the directory has them.
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
	// Created is when the user was created; zero if that is not known. It is not part of
	// a report's JSON.
	Created time.Time `json:"-"`
}

// An Answer is the directory's answer to one query: the users found, or why the
// query failed. An Answer with Err set says nothing about who exists.
type Answer struct {
	Users []User
	Err   error
}

// ErrDirectory says that a failure concerns all queries. The Err of the last
// Answer wraps it, together with the cause; the index then means nothing.
var ErrDirectory = errors.New("the directory can't be asked")

// A Directory finds users. It is the port through which this package asks;
// entra.Client implements it.
type Directory interface {
	// FindUsers asks the queries when it is ranged over, and yields the index
	// and the answer of each query, once, as the answers arrive. The users of
	// an answer have different IDs. A failure that concerns one query is in its
	// Answer; one that concerns all of them, such as the end of ctx, is a last
	// Answer whose Err wraps [ErrDirectory]. An attribute that users don't have
	// is a failure, of the query or of all. Breaking out of the loop ends the
	// asking.
	FindUsers(ctx context.Context, queries []Query) iter.Seq2[int, Answer]
}

// A Preparer is a [Directory] that may answer several calls by what it read for the
// first of them.
type Preparer interface {
	Directory
	// Prepare returns the directory to ask for one run. all are the queries that may
	// come after those of its first FindUsers; which of them do depends on the answers.
	Prepare(all iter.Seq[Query]) Directory
}

// A RecycleBin is a [Directory] that can also be asked for deleted users. It
// is asked about rows that found nobody.
type RecycleBin interface {
	// FindDeletedUsers is FindUsers for soft-deleted users.
	FindDeletedUsers(ctx context.Context, queries []Query) iter.Seq2[int, Answer]
}

// A Finder is FindUsers or FindDeletedUsers of a directory.
type Finder func(ctx context.Context, queries []Query) iter.Seq2[int, Answer]

// Ask waits for the answers to all queries and returns them in the order of the
// queries. It fails with an [ErrDirectory], with ctx's error, or if the directory
// does not answer each query once; there are no answers then.
func Ask(ctx context.Context, find Finder, queries []Query) ([]Answer, error) {
	answers := make([]Answer, len(queries))
	err := ask(ctx, find, queries, func(i int, answer Answer) { answers[i] = answer })
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// ask passes answers to take as they arrive, and checks that each query gets one.
func ask(ctx context.Context, find Finder, queries []Query, take func(int, Answer)) error {
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
