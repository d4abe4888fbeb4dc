package governance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// A desk is the receiver of tickets. It knows a ticket by its key and answers
// the same when it comes again.
type desk struct {
	mu      sync.Mutex
	tickets map[string]fulfill.Ticket
	posts   int
	down    int // so many posts get a 500, a broken connection, and so on
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.posts++
	if d.down--; d.down >= 0 {
		if d.down%2 == 0 {
			return nil, faulttest.ErrReset
		}
		return faulttest.Fault{Status: 500}.Response(r), nil
	}
	var ticket fulfill.Ticket
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &ticket) != nil || ticket.Key != r.Header.Get("Idempotency-Key") {
		return faulttest.Fault{Status: 400}.Response(r), nil
	}
	if d.tickets == nil {
		d.tickets = map[string]fulfill.Ticket{}
	}
	d.tickets[ticket.Key] = ticket
	return faulttest.Fault{Status: 200}.Response(r), nil
}

// accounts returns what the tickets ask for, by account.
func (d *desk) accounts() map[string][]string {
	accounts := map[string][]string{}
	for _, ticket := range d.tickets {
		for _, loss := range ticket.Lost {
			accounts[ticket.Account.Key] = append(accounts[ticket.Account.Key], fmt.Sprintf("%s: %s", ticket.Action, loss.Cause))
		}
	}
	return accounts
}

// A program is what a team would run every night: it begins a journal once, creates
// the review once, and opens tickets for whoever lost access.
type program struct {
	*scene
	folder    string
	transport http.RoundTripper // to Graph
	desk      http.RoundTripper
}

func (p *program) run(ctx context.Context) (*fulfill.Revocations, error) {
	client := p.connect(p.transport)
	journal := p.journal()
	defer journal.Close()
	if err := p.once(ctx, client, journal); err != nil {
		return nil, err
	}
	reviews := governance.New(client)
	review, _, err := reviews.CreateReview(ctx, p.review())
	if err != nil {
		return nil, err
	}
	every := &governance.WaitReviewOptions{Interval: 2 * 24 * time.Hour}
	if _, err := reviews.WaitReview(ctx, review, every); err != nil {
		return nil, err
	}
	return p.deliver(ctx, client, journal)
}

func (p *program) journal() *fulfill.Journal {
	return p.open(p.client, filepath.Join(p.folder, "CORPDB1.journal"))
}

func (p *program) deliver(ctx context.Context, client *entra.Client, journal *fulfill.Journal) (*fulfill.Revocations, error) {
	if err := p.record(ctx, client, journal, nil); err != nil {
		return nil, err
	}
	list := journal.State().Revocations()
	webhook, err := fulfill.NewWebhook("https://desk.example/tickets", &fulfill.WebhookOptions{Transport: p.desk})
	if err != nil {
		return nil, err
	}
	due, err := journal.State().Due(nil)
	if err != nil {
		return nil, err
	}
	_, err = journal.Deliver(ctx, webhook, due)
	return list, err
}

// once reads the export, if no earlier run did.
func (p *program) once(ctx context.Context, client *entra.Client, journal *fulfill.Journal) error {
	if !journal.State().Listed.IsZero() {
		return nil
	}
	report, err := p.report(ctx, client)
	if err != nil {
		return err
	}
	return p.record(ctx, client, journal, report)
}

// record adds to the journal what a look brings.
func (p *program) record(ctx context.Context, client *entra.Client, journal *fulfill.Journal, export *match.Report) error {
	look, err := p.look(ctx, client, journal.State(), export)
	if err != nil {
		return err
	}
	news, err := journal.State().Compare(look, nil)
	if err != nil {
		return err
	}
	return journal.Record(news)
}

// people fills the scene: one user for everything that can happen.
func (x *scene) people() {
	for _, name := range []string{"approved", "denied", "removed", "deleted", "disabled", "silent"} {
		x.user(name, general)
	}
	x.user("demoted", general, auditor)
	grouped := x.user("grouped", general)
	group := x.fake.AddGroup(graphfake.Group{DisplayName: "Finance", Members: []string{grouped.ID}})
	x.assign(group.ID, general)
	x.user("nobody") // an account without a role
	x.logins = append(x.logins, "nobody")
}

// life makes things happen while the review runs.
func (x *scene) life() {
	time.Sleep(24 * time.Hour)
	for len(x.fake.Reviews()) == 0 { // the program was stopped before
		time.Sleep(24 * time.Hour)
	}
	time.Sleep(time.Hour)
	review := x.fake.Reviews()[0].ID
	x.decide(review, "approved", "Approve")
	x.decide(review, "denied", "Deny")
	x.decide(review, "grouped", "Deny")
	for _, a := range x.fake.Assignments(x.app.ID) {
		demoted := a.PrincipalID == x.users["demoted"].ID && a.AppRoleID == x.app.AppRoles[auditor].ID
		if demoted || a.PrincipalID == x.users["removed"].ID {
			x.send(http.MethodDelete, "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+a.ID, "")
		}
	}
	x.fake.DeleteUser(x.users["deleted"].ID)
	x.send(http.MethodPatch, "/users/"+x.users["disabled"].ID, `{"accountEnabled":false}`)
}

var afterwards = map[string][]string{
	"DENIED":   {"closeAccount: denied"},
	"REMOVED":  {"closeAccount: removedOtherwise"},
	"DELETED":  {"closeAccount: userDeleted"},
	"DISABLED": {"closeAccount: userDisabled"},
	"DEMOTED":  {"removeRoles: removedOtherwise"},
}

// From the import to the proof, with replicas ten seconds behind, a service that
// throttles and fails, and a desk that is down at first.
func TestTheCircle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{},
			Governance: &graphfake.Governance{Slip: 3 * time.Hour, Removal: 4 * time.Minute}})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		x.people()
		const definitions = "/identityGovernance/accessReviews/definitions"
		faulty.Inject("POST "+definitions, faulttest.Transient[0], faulttest.Transient[3]) // landed, or not at all
		for _, kind := range []string{"GET " + definitions,
			"GET " + definitions + "/{id}/instances", "GET " + definitions + "/{id}/instances/{id}",
			"GET " + definitions + "/{id}/instances/{id}/decisions", "GET /groups/{id}/members",
			"GET /servicePrincipals/{id}/appRoleAssignedTo", "GET /users"} {
			faulty.Inject(kind, faulttest.Transient[0], faulttest.Transient[1], faulttest.Transient[3], faulttest.Transient[5])
		}
		desk := &desk{down: 3}
		p := &program{scene: x, folder: t.TempDir(), transport: faulty, desk: desk}
		go x.life()

		list, err := p.run(t.Context())
		require.ErrorIs(t, err, fulfill.ErrUndelivered, "the desk is down")
		var looked []string
		for _, account := range list.Accounts {
			if account.Action() == fulfill.LookInto {
				looked = append(looked, account.Account.Key+" "+string(account.Lost[0].Cause))
			}
		}
		assert.Equal(t, []string{"GROUPED stillThroughGroup"}, looked,
			"a group's member keeps the access, whatever was decided")

		time.Sleep(time.Hour)
		list, err = p.run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, afterwards, desk.accounts())
		denied := list.Accounts[0].Lost[0]
		for _, account := range list.Accounts {
			if account.Account.Key == "DENIED" {
				denied = account.Lost[0]
			}
		}
		assert.Equal(t, "olga", denied.By)
		assert.Equal(t, "CORPDB1 Q4", denied.Review)
		assert.Len(t, fake.Reviews(), 1, "no second review, whatever failed")

		posts := desk.posts
		_, err = p.run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, posts, desk.posts, "nothing new, no ticket")

		journal := p.journal()
		defer journal.Close()
		export := strings.NewReplacer("DENIED,denied@contoso.example\n", "",
			"REMOVED,removed@contoso.example\n", "").Replace(x.export())
		closure, err := journal.State().Prove(rosterOf(t, export).Rows(), nil)
		require.NoError(t, err)
		assert.Len(t, closure.Done, 2)
		assert.Len(t, closure.Open, 2, "deleted and disabled users whose accounts are still there")
		assert.Len(t, closure.Unproven, 1)
	})
}

// shears cuts requests off, as scissors do, of several transports at once.
type shears struct {
	left  *int
	lands bool
	stop  context.CancelFunc
	next  http.RoundTripper
}

func (s shears) RoundTrip(r *http.Request) (*http.Response, error) {
	if *s.left--; *s.left > 0 {
		return s.next.RoundTrip(r)
	}
	if *s.left == 0 && s.lands {
		if res, err := s.next.RoundTrip(r); err == nil {
			_ = res.Body.Close()
		}
	}
	s.stop()
	return nil, errors.New("the program was killed")
}

// A run may be killed at any request, to Graph or to the desk, and is started
// again: no ticket may be lost and none opened twice.
func TestTheCircleCutAnywhereOpensEachTicketOnce(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{false, true} {
		for k, whole := 1, false; !whole; k++ {
			synctest.Test(t, func(t *testing.T) {
				fake := graphfake.New(&graphfake.Options{TB: t, Seed: uint64(k), Replication: &graphfake.Replication{}})
				x := newScene(t, fake, nil)
				x.people()
				go x.life()
				desk := &desk{}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				left := k
				cut := &program{scene: x, folder: t.TempDir(),
					transport: shears{&left, lands, cancel, fake.Transport()}, desk: shears{&left, lands, cancel, desk}}
				_, err := cut.run(ctx)
				whole = err == nil
				what := fmt.Sprintf("cut at request %d (landed: %v)", k, lands)

				again := &program{scene: x, folder: cut.folder, transport: fake.Transport(), desk: desk}
				_, err = again.run(t.Context())
				require.NoError(t, err, what)
				assert.Equal(t, afterwards, desk.accounts(), what)
				assert.LessOrEqual(t, desk.posts, len(afterwards)+1,
					"%s: only the one whose answer was lost may come again, with its key", what)
				assert.Len(t, fake.Reviews(), 1, what)
			})
			require.Less(t, k, 200, "the program never ends")
		}
	}
}
