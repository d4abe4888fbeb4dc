package fulfill_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

var (
	lives     = flag.Int("fulfill.lives", 200, "how many random lives of an application to play")
	firstLife = flag.Uint64("fulfill.seed", 1, "seed of the first of them; a failure names its own")
)

// Whatever happens to an application over a long time, to its people, its roles, its
// list, the desk and the program itself, the journal knows who lost what, asks for each
// account once, and takes nothing as closed that is not. Repeat a failure with
// -fulfill.seed=N -fulfill.lives=1.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	folder := fastFolder(t)
	total := make(map[string]int)
	var mutex sync.Mutex
	const shares = 4
	t.Run("lives", func(t *testing.T) {
		for share := range uint64(shares) {
			t.Run(fmt.Sprint(share), func(t *testing.T) {
				t.Parallel()
				for seed := *firstLife + share; seed < *firstLife+uint64(*lives) && !t.Failed(); seed += shares {
					seen := playLife(t, seed, folder)
					mutex.Lock()
					for what, n := range seen {
						total[what] += n
					}
					mutex.Unlock()
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	t.Logf("seeds %d to %d: %v", *firstLife, *firstLife+uint64(*lives)-1, total)
	for _, what := range []string{"lost", "regained", "closed", "role removed", "opened", "crash", "torn", "refused look",
		"proof", "refused proof", "compacted"} {
		if *lives >= 100 {
			assert.NotZero(t, total[what], "the lives are such that nothing is ever %s", what)
		}
	}
}

// fastFolder is in memory where that can be had: each entry is synced to the disk.
func fastFolder(t *testing.T) string {
	folder, err := os.MkdirTemp("/dev/shm", "journals")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// playLife plays one life, and counts what happened in it.
func playLife(t *testing.T, seed uint64, folder string) (seen map[string]int) {
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, seed, folder)
		seen = l.seen
		defer func() {
			if t.Failed() {
				t.Logf("seed %d:\n%s", seed, strings.Join(l.world.happened, "\n"))
			}
		}()
		l.play()
		require.NoError(t, os.RemoveAll(l.folder))
	})
	return seen
}

// A life is an application, its journal, and what the model says of it.
type life struct {
	*testing.T
	world    *world
	model    *model
	folder   string
	files    int
	path     string
	journal  *fulfill.Journal
	desk     *lifeDesk
	stale    []fulfill.Ticket // of the run before
	seen     map[string]int
	wasWrong map[string]bool // keys of tickets that were open and not true
	left     string          // what the journal said when it was closed
	odd      bool            // and it had a note
}

func newLife(t *testing.T, seed uint64, folder string) *life {
	l := &life{T: t, world: newWorld(rand.New(rand.NewPCG(seed, 0))), seen: make(map[string]int), wasWrong: make(map[string]bool),
		folder: filepath.Join(folder, fmt.Sprint(seed))}
	require.NoError(t, os.Mkdir(l.folder, 0o700))
	l.path = filepath.Join(l.folder, "journal")
	l.desk = &lifeDesk{life: l, has: map[string]modelTicket{}, known: map[string]bool{}}
	l.open()
	l.model = newModel(l.journal.State().Begun)
	return l
}

func (l *life) play() {
	for range 12 {
		for range l.world.IntN(5) {
			l.world.happen()
		}
		l.run()
		if l.journal != nil && l.world.IntN(3) == 0 {
			l.left, l.odd = stateOf(l.journal), l.journal.Note() != ""
			require.NoError(l, l.journal.Close())
			l.journal = nil
		}
	}
	if l.journal != nil {
		require.NoError(l, l.journal.Close())
	}
}

func (l *life) open() {
	if l.journal != nil {
		return
	}
	var err error
	l.journal, err = fulfill.OpenJournal(l.path, exampleApp, nil)
	require.NoError(l, err)
	if l.left != "" {
		l.same(l.left, "the file says something else than the program that wrote it")
		if !l.odd {
			require.Empty(l, l.journal.Note())
		}
	}
	l.left = ""
}

// stateOf is what a journal says, but for its length.
func stateOf(j *fulfill.Journal) string {
	state := *j.State()
	state.Entries = 0
	text, err := json.MarshalIndent(state, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// same compares what the journal says with what it said.
func (l *life) same(before, reason string) {
	a, b := strings.Split(before, "\n"), strings.Split(stateOf(l.journal), "\n")
	for i := range min(len(a), len(b)) {
		require.Equal(l, a[max(0, i-3):i+1], b[max(0, i-3):i+1], reason)
	}
	require.Len(l, b, len(a), reason)
}

func (l *life) content() []byte {
	content, err := os.ReadFile(l.path)
	require.NoError(l, err)
	return content
}

// crash lets the program end at once: what it left is content, and sometimes the
// beginning of a line.
func (l *life) crash(content []byte, where string) {
	l.world.note("crash %s", where)
	l.seen["crash"]++
	_ = l.journal.Close() // what this writes is not in the new file
	l.journal = nil
	l.files++
	l.path = filepath.Join(l.folder, fmt.Sprint("journal", l.files))
	torn := ""
	if l.world.IntN(2) == 0 {
		torn = `{"n":99,"time":"2026`[:1+l.world.IntN(19)]
	}
	require.NoError(l, os.WriteFile(l.path, slices.Concat(content, []byte(torn)), 0o600))
	if whole := bytes.HasSuffix(content, []byte("\n")); torn != "" || !whole {
		l.seen["torn"]++
		l.open()
		require.Contains(l, l.journal.Note(), "cut off")
		require.Equal(l, content[:1+bytes.LastIndexByte(content, '\n')], l.content(), "more than the torn line was cut off")
	}
}

// dies reports whether the program is to die now.
func (l *life) dies() bool { return l.world.IntN(25) == 0 }

func (l *life) run() {
	l.open()
	l.world.note("-- run")
	if !l.look() || l.journal == nil {
		return
	}
	l.check()
	if l.deliver(); l.journal == nil {
		return
	}
	if l.world.IntN(3) == 0 {
		l.world.carryOut(l.desk)
	}
	if l.world.IntN(2) == 0 {
		if l.prove(); l.journal == nil {
			return
		}
		l.check()
	}
	if l.world.IntN(8) == 0 {
		before := stateOf(l.journal)
		require.NoError(l, l.journal.Compact())
		l.same(before, "a journal that was made short says something else")
		l.seen["compacted"]++
	}
	if l.dies() {
		l.crash(l.content(), "at the end")
	}
}

// carryOut does what some tickets ask for.
func (w *world) carryOut(desk *lifeDesk) {
	for _, ticket := range desk.open {
		i := slices.IndexFunc(w.accounts, func(a *worldAccount) bool {
			return a.login == ticket.Account.Key || fmt.Sprint(a.number) == ticket.Account.Key
		})
		if i < 0 || w.IntN(3) == 0 {
			continue
		}
		w.note("the desk has done %s", ticket.Summary)
		if ticket.Action == fulfill.CloseAccount {
			w.accounts = slices.Delete(w.accounts, i, i+1)
			continue
		}
		for _, loss := range ticket.Lost {
			w.accounts[i].roles = minus(w.accounts[i].roles, []string{loss.AppRole})
		}
	}
	desk.open = nil
}

// look records what can be seen now; false if that can't be done, and mustn't.
func (l *life) look() bool {
	w := l.world
	shown := modelLook{time: w.now(), roles: slices.Clone(w.roles), access: w.access(), users: map[string]fulfill.UserStatus{},
		reviews: slices.Clone(w.reviews), knowing: w.knowing}
	for _, user := range w.users {
		shown.users[user.id] = user.status
	}
	look := fulfill.Look{Time: shown.time, Roles: shown.roles, Access: shown.access, Users: shown.users, Reviews: shown.reviews}
	if w.IntN(4) > 0 {
		listing := w.listing()
		list, err := w.list(listing)
		if len(listing.rows) == 0 {
			require.ErrorIs(l, err, assign.ErrUnfinished)
			return false
		}
		require.NoError(l, err)
		shown.list, look.List = &listing, list
		w.note("list %v", listing)
	}
	spoilt := w.IntN(12) == 0 && l.spoil(&look)
	next, ok := l.model.after(shown)
	before := stateOf(l.journal)
	news, err := l.journal.State().Compare(look, &fulfill.RevocationOptions{Override: "any number may be right here"})
	l.same(before, "a comparison must change nothing")
	if spoilt || !ok {
		l.seen["refused look"]++
		w.note("refused")
		require.ErrorIs(l, err, assign.ErrUnfinished)
		return false
	}
	require.NoError(l, err)
	if l.dies() {
		l.crash(l.content(), "before the look is recorded")
		return false
	}
	content := l.content()
	require.NoError(l, l.journal.Record(news))
	if l.dies() {
		whole := l.content()
		l.crash(whole[:len(content)+w.IntN(len(whole)-len(content))], "while the look is recorded")
		return false
	}
	l.seen["lost"] += len(news.Losses)
	l.seen["regained"] += len(news.Regained)
	l.model = next
	return true
}

// spoil lets something of a look be unread.
func (l *life) spoil(look *fulfill.Look) bool {
	switch l.world.IntN(4) {
	case 0:
		look.Access.Complete = false
	case 1:
		delete(look.Access.Members, l.world.groups[0].id)
	case 2:
		look.Reviews = append(slices.Clone(look.Reviews), fulfill.Review{Name: "half read"})
	case 3:
		for of := range l.model.holds {
			if look.List == nil {
				delete(look.Users, of.person)
				return true
			}
		}
		return false
	}
	return true
}

// check compares what the journal says with the model.
func (l *life) check() {
	state := l.journal.State()
	var lost, wantLost, found, wantFound []string
	for _, loss := range state.Losses {
		lost = append(lost, fmt.Sprint(loss.PrincipalID, l.model.role(loss.AppRoleID), loss.Cause))
	}
	for _, loss := range l.model.lost {
		wantLost = append(wantLost, fmt.Sprint(loss.person, loss.role, loss.cause))
	}
	require.ElementsMatch(l, wantLost, lost, "who has lost what")
	for _, loss := range state.Findings {
		found = append(found, fmt.Sprint(loss.PrincipalID, l.model.role(loss.AppRoleID), loss.Cause))
	}
	for _, loss := range l.model.findings {
		wantFound = append(wantFound, fmt.Sprint(loss.person, loss.role, loss.cause))
	}
	require.ElementsMatch(l, wantFound, found, "what somebody should look into")
	var accounts, wantAccounts []string
	for _, a := range state.Accounts {
		accounts = append(accounts, fmt.Sprint(a.Column, a.Key, a.People, a.Gone.IsZero()))
	}
	for _, a := range l.model.accounts {
		wantAccounts = append(wantAccounts, fmt.Sprint(a.column, a.key, a.people, a.gone.IsZero()))
	}
	require.ElementsMatch(l, wantAccounts, accounts, "which accounts there are")
	l.checkDue()
}

func (l *life) checkDue() {
	due, err := l.journal.State().Due(&fulfill.DeliveryOptions{Override: "any number"})
	require.NoError(l, err)
	var tickets, want []string
	for _, ticket := range due {
		tickets = append(tickets, l.ticket(ticket).String())
	}
	for _, ticket := range l.model.due() {
		want = append(want, ticket.String())
	}
	require.ElementsMatch(l, want, tickets, "which tickets are due")
	for key, record := range l.journal.State().Tickets {
		ticket, opened := l.desk.has[key]
		if !l.desk.known[key] || !opened || record.Action == fulfill.OpenAccount {
			continue
		}
		live := slices.ContainsFunc(l.model.accounts, func(a modelAccount) bool { return a.number == ticket.account && a.gone.IsZero() })
		if live {
			ended := !l.model.open(ticket.losses)
			require.False(l, ended && !record.Untrue, "the open ticket %v should be withdrawn", ticket)
			require.False(l, l.model.stands(ticket) && record.Untrue && !l.wasWrong[key], "the open ticket %v is true", ticket)
			l.wasWrong[key] = l.wasWrong[key] || !l.model.stands(ticket)
		}
	}
}

// ticket is a ticket in the model's words.
func (l *life) ticket(ticket fulfill.Ticket) modelTicket {
	short := modelTicket{action: ticket.Action, name: ticket.Account.Key}
	if ticket.Action == fulfill.OpenAccount {
		short.name = ticket.People[0].ID
		short.account = l.model.lacks[short.name]
		return short
	}
	for _, a := range l.model.accounts {
		if a.gone.IsZero() && a.column == ticket.Account.Column && a.key == ticket.Account.Key {
			short.account = a.number
		}
	}
	for _, loss := range ticket.Lost {
		of := holding{loss.PrincipalID, l.model.role(loss.AppRoleID)}
		i := slices.IndexFunc(l.model.lost, func(l modelLoss) bool { return l.holding == of })
		require.GreaterOrEqual(l, i, 0, "the ticket is for a loss that isn't one: %v", of)
		short.losses = append(short.losses, l.model.lost[i].number)
	}
	slices.Sort(short.losses)
	return short
}

func (l *life) deliver() {
	w := l.world
	fresh, err := l.journal.State().Due(&fulfill.DeliveryOptions{Override: "any number"})
	require.NoError(l, err)
	tickets := slices.Concat(l.stale, fresh)
	l.stale = fresh
	desk := l.desk
	desk.mood = pick(w, []string{"well", "well", "well", "refuses", "down", "loses answers"})
	desk.dieAt, desk.calls, desk.left = -1, 0, nil
	if w.IntN(6) == 0 {
		desk.dieAt = w.IntN(3)
	}
	w.note("deliver, the desk: %s", desk.mood)
	var to fulfill.Ticketer = desk
	if w.IntN(2) == 0 {
		to = readableDesk{desk}
	}
	delivery, err := l.journal.Deliver(l.Context(), to, tickets)
	if desk.left != nil {
		l.crash(desk.left, "while a ticket is sent")
		return
	}
	if desk.mood == "well" {
		require.NoError(l, err)
		require.Empty(l, delivery.Waiting)
	} else if err != nil {
		require.ErrorIs(l, err, fulfill.ErrUndelivered)
	}
	l.checkDue()
	if desk.mood == "well" {
		require.Empty(l, l.model.due(), "all tickets are open")
	}
	if l.dies() {
		l.crash(l.content(), "after the delivery")
	}
}

func (l *life) prove() {
	w := l.world
	listing := w.listing()
	if listing.unread > 0 {
		return // an export is read to its end, or there is an error
	}
	w.note("export %v", listing)
	opts := &fulfill.ProofOptions{Closed: isInactive}
	if w.knowing {
		opts.Roles = w.rule()
	}
	want, next, ok := l.model.prove(listing, w.knowing, w.now())
	closure, err := l.journal.State().Prove(listing.export(), opts)
	if !ok {
		l.seen["refused proof"]++
		require.Error(l, err)
		return
	}
	require.NoError(l, err)
	keys := func(all []fulfill.Revocation) (keys []string) {
		for _, r := range all {
			keys = append(keys, r.Account.Key)
		}
		return keys
	}
	var open, missing []string
	for _, row := range closure.Open {
		open = append(open, row.Account.Key)
	}
	for _, account := range closure.Missing {
		missing = append(missing, account.Key)
	}
	require.ElementsMatch(l, want.done, keys(closure.Done), "what is done")
	require.ElementsMatch(l, want.open, open, "what is still open")
	require.ElementsMatch(l, want.unproven, keys(closure.Unproven), "what isn't proven")
	require.ElementsMatch(l, want.missing, missing, "what is missing")
	if l.dies() {
		l.crash(l.content(), "before the proof is written")
		return
	}
	require.NoError(l, l.journal.Proven(closure))
	l.seen["proof"] += len(want.done)
	l.model = next
}

// A lifeDesk opens tickets, and knows which it may be sent.
type lifeDesk struct {
	life  *life
	mood  string
	dieAt int // the call at which the program dies
	calls int
	left  []byte                 // the file as the program left it
	has   map[string]modelTicket // by key
	known map[string]bool        // the journal knows that it is open
	open  []fulfill.Ticket
}

func (d *lifeDesk) Open(_ context.Context, ticket fulfill.Ticket) error {
	l := d.life
	if d.left != nil {
		return errors.New("the program is dead")
	}
	short := l.ticket(ticket)
	require.NotZero(l, short.account, "the ticket is for nobody")
	l.world.note("ticket %v %.6s", short, ticket.Key)
	require.False(l, d.known[ticket.Key], "the ticket %v was opened before", short)
	require.Contains(l, fmt.Sprint(l.model.due()), short.String(), "the ticket isn't true")
	for key, other := range d.has {
		withdrawn := func(t modelTicket) bool { return t.key == key && t.wrong }
		if slices.ContainsFunc(l.model.opened, withdrawn) {
			require.NotEqual(l, key, ticket.Key, "a ticket that was withdrawn would not be opened again")
			continue
		}
		other.name = short.name // which may have changed
		require.Equal(l, key == ticket.Key, other.String() == short.String(), "keys tell tickets apart: %v %v", other, short)
	}
	if ticket.Action == fulfill.RemoveRoles {
		i := slices.IndexFunc(l.model.accounts, func(a modelAccount) bool { return a.number == short.account })
		_, _, keeps := l.model.todo(l.model.accounts[i])
		require.ElementsMatch(l, keeps, ticket.Keeps, "what the account keeps")
		l.model.withdraw(short.account)
	}
	dies := d.calls == d.dieAt
	d.calls++
	accepts := d.mood == "well" || d.mood == "loses answers" || l.world.IntN(2) == 0
	if d.mood == "down" {
		accepts = false
	}
	if accepts {
		if _, had := d.has[ticket.Key]; !had {
			d.open = append(d.open, ticket)
		}
		d.has[ticket.Key] = short
	}
	switch {
	case dies:
		d.left = l.content()
		return errors.New("the program is dead")
	case d.mood == "loses answers" && l.world.IntN(2) == 0:
		return errors.New("the answer was lost")
	case !accepts && d.mood == "refuses":
		return fmt.Errorf("%w: no such queue", fulfill.ErrRefused)
	case !accepts:
		return errors.New("the desk is down")
	}
	d.opened(ticket.Key)
	return nil
}

// opened notes that the journal will know it.
func (d *lifeDesk) opened(key string) {
	d.known[key] = true
	ticket := d.has[key]
	ticket.key = key
	d.life.model.opened = append(d.life.model.opened, ticket)
	d.life.seen[cmp.Or(map[fulfill.AccountAction]string{fulfill.CloseAccount: "closed", fulfill.RemoveRoles: "role removed"}[ticket.action], "opened")]++
}

// A readableDesk can be asked, too.
type readableDesk struct{ *lifeDesk }

func (d readableDesk) Status(_ context.Context, key string) (fulfill.Answer, error) {
	if d.left != nil {
		return fulfill.Answer{}, errors.New("the program is dead")
	}
	if _, has := d.has[key]; !has {
		return fulfill.Answer{}, nil
	}
	d.opened(key)
	return fulfill.Answer{Status: fulfill.TicketOpened, Reference: "INC1"}, nil
}
