package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"golang.org/x/sync/errgroup"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/examples/article"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A peer is a way to find the users with some names; find returns how many it found.
type peer struct {
	who  string
	find func(ctx context.Context, t tenant, names []string) (int, error)
}

var peers = []peer{
	{"the article's loop", loop},
	{"sixteen goroutines", goroutines},
	{"the SDK's batches, four at a time", sdkBatches},
	{"rollcall", rollcall},
}

func loop(ctx context.Context, t tenant, names []string) (int, error) {
	rows, err := rowsOf(names)
	script := article.Script{Graph: t.client(), Column: "EMail", Attribute: "userPrincipalName"}
	return len(script.Match(ctx, rows).MatchIDs), err
}

// goroutines gives each of sixteen goroutines a part of the article's loop.
func goroutines(ctx context.Context, t tenant, names []string) (int, error) {
	rows, err := rowsOf(names)
	script := article.Script{Graph: t.client(), Column: "EMail", Attribute: "userPrincipalName"}
	var found atomic.Int64
	var workers errgroup.Group
	for part := range slices.Chunk(rows, max(1, (len(rows)+15)/16)) {
		workers.Go(func() error {
			found.Add(int64(len(script.Match(ctx, part).MatchIDs)))
			return nil
		})
	}
	_ = workers.Wait()
	return int(found.Load()), err
}

func rowsOf(names []string) (rows []roster.Row, err error) {
	header, err := roster.NewHeader("names", []string{"EMail"})
	for i, name := range names {
		rows = append(rows, roster.NewRow(header, i+2, []string{name}))
	}
	return rows, err
}

// sdkBatches asks one question in each item of a batch, as the SDK's batches do.
func sdkBatches(ctx context.Context, t tenant, names []string) (int, error) {
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return kjson.NewJsonSerializationWriterFactory()
	})
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return kjson.NewJsonParseNodeFactory() })
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, core.GraphClientOptions{}, nil, nil, t.client())
	if err != nil {
		return 0, err
	}
	adapter.SetBaseUrl(t.endpoint)
	var found atomic.Int64
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(4)
	for some := range slices.Chunk(names, 20) {
		workers.Go(func() error {
			n, err := sdkBatch(ctx, adapter, t, some)
			found.Add(int64(n))
			return err
		})
	}
	err = workers.Wait()
	return int(found.Load()), err
}

// sdkBatch sends one batch of the SDK's and counts the users in its answers.
func sdkBatch(ctx context.Context, adapter abstractions.RequestAdapter, t tenant, names []string) (found int, err error) {
	batch := core.NewBatchRequest(adapter)
	for _, name := range names {
		filter := url.QueryEscape("userPrincipalName eq " + match.Literal(name))
		target, err := url.Parse(t.endpoint + "/users?$select=id,accountEnabled&$filter=" + strings.ReplaceAll(filter, "+", "%20"))
		if err != nil {
			return 0, err
		}
		info := abstractions.NewRequestInformation()
		info.Method = abstractions.GET
		info.SetUri(*target)
		if _, err := batch.AddBatchRequestStep(*info); err != nil {
			return 0, err
		}
	}
	answer, err := batch.Send(ctx, adapter)
	if err != nil {
		return 0, err
	}
	for _, item := range answer.GetResponses() {
		if users, ok := item.GetBody()["value"].([]any); ok {
			found += len(users)
		}
	}
	return found, nil
}

func rollcall(ctx context.Context, t tenant, names []string) (int, error) {
	client, err := entra.Connect(graph.StaticToken("for the stand-in"), &graph.ConnectOptions{Endpoint: t.endpoint})
	if err != nil {
		return 0, err
	}
	rows, err := rowsOf(names)
	if err != nil {
		return 0, err
	}
	listed := func(yield func(roster.Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
	report, err := match.Run(ctx, client, listed, match.Column("EMail", "userPrincipalName"), nil)
	if err != nil {
		return 0, fmt.Errorf("matching: %w", err)
	}
	return report.Count(match.Matched), nil
}
