package benchmark_test

import (
	"cmp"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/examples/article"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A worker brings one application's assignments in line with its list, in two
// steps, or in both at once. Each begins as a new program does, with nothing known.
type worker interface {
	// match finds the users of all rows, and keeps them.
	match(t *testing.T)
	// assign gives the role to those found who don't have it, until the last
	// write is answered: what comes after is a minute's wait for the article,
	// and as many looks as replication makes necessary for rollcall.
	assign(t *testing.T)
	// both does both.
	both(t *testing.T)
}

// job is what both have to do.
type job struct {
	fake *graphfake.Server
	app  graphfake.ServicePrincipal
	list list
	via  http.RoundTripper // rollcall's; nil: the tenant's own
	conn graph.Options     // of rollcall's connections
}

// scripted works as the article does.
type scripted struct {
	job
	ids []string
}

func (s *scripted) session() article.Script {
	return article.Script{Graph: &http.Client{Transport: s.fake.Transport()}, Column: column, Attribute: attribute}
}

func (s *scripted) match(t *testing.T) {
	var rows []roster.Row
	for row, err := range s.list.rows(t) {
		require.NoError(t, err)
		rows = append(rows, row)
	}
	s.ids = s.session().Match(t.Context(), rows).MatchIDs
	require.Len(t, s.ids, len(rows), "every row has a user")
}

func (s *scripted) assign(t *testing.T) {
	session := s.session()
	existing, err := session.Assignments(t.Context(), s.app.ID)
	require.NoError(t, err)
	require.Zero(t, session.Assign(t.Context(), s.app.ID, roleID, session.NotInRole(s.ids, existing)))
}

func (s *scripted) both(t *testing.T) {
	s.match(t)
	s.assign(t)
}

// library works as README shows.
type library struct {
	job
	report *match.Report
}

func (l *library) client(t *testing.T) *entra.Client {
	return connectTo(t, cmp.Or(l.via, l.fake.Transport()), graph.ConnectOptions{Options: l.conn})
}

func (l *library) match(t *testing.T) { l.find(t, l.client(t)) }

func (l *library) find(t *testing.T, graph *entra.Client) {
	report, err := match.Run(t.Context(), graph, l.list.rows(t), match.Column(column, attribute), nil)
	require.NoError(t, err)
	require.Equal(t, len(report.Outcomes), report.Count(match.Matched), "every row has a user")
	l.report = report
}

func (l *library) assign(t *testing.T) {
	graph := l.client(t)
	current, err := graph.Assignments(t.Context(), l.app.ID)
	require.NoError(t, err)
	l.carryOut(t, graph, current)
}

// both reads what is assigned while rows are matched: neither needs the other.
func (l *library) both(t *testing.T) {
	graph := l.client(t)
	var current []assign.Assignment
	var reading errgroup.Group
	reading.Go(func() (err error) {
		current, err = graph.Assignments(t.Context(), l.app.ID)
		return err
	})
	l.find(t, graph)
	require.NoError(t, reading.Wait())
	l.carryOut(t, graph, current)
}

func (l *library) carryOut(t *testing.T, graph *entra.Client, current []assign.Assignment) {
	roles := []assign.AppRole{{ID: roleID, DisplayName: "General", AllowedMemberTypes: []string{"User"}, IsEnabled: true}}
	role, err := assign.OneRole(roles, "General")
	require.NoError(t, err)
	wants, bad := assign.Wants(l.report.Found(nil), role)
	require.Empty(t, bad)
	plan, err := assign.NewPlan(assign.App{ResourceID: l.app.ID, DisplayName: l.app.DisplayName, Roles: roles}, wants, current,
		&assign.Policy{MaxAdditions: assign.NoLimit})
	require.NoError(t, err)
	_, err = assign.Apply(t.Context(), graph, plan, nil)
	require.NoError(t, err)
}
