package main

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// An accident is something that happened to somebody.
type accident struct {
	name, happened, source string
	list                   string // the application's export; "" means one with everybody on it
	key                    string // "Column=attribute"; "" means Email=userPrincipalName
	holding                bool   // the people hold the role before it
	removes                bool   // whoever is not on the list loses the role
	closing                bool   // it is about which accounts to close
	hidden                 bool   // the token may not see hidden members
	replication            *graphfake.Replication
	exclusions             []match.Exclusion
	before, happen         func(*world) // before the snapshot of an accident about closing, and after it
	harmless               bool         // to the loop too; it is here for what rollcall says
}

func (a accident) column() string { column, _, _ := strings.Cut(a.rule(), "="); return column }

func (a accident) attribute() string { _, attribute, _ := strings.Cut(a.rule(), "="); return attribute }

func (a accident) rule() string { return cmp.Or(a.key, "Email=userPrincipalName") }

func (a accident) theList() string { return cmp.Or(a.list, export(people...)) }

func export(names ...string) string {
	var b strings.Builder
	b.WriteString("Login,Name,Email\n")
	for _, name := range names {
		b.WriteString(strings.ToUpper(name) + "," + name + "," + name + "@contoso.example\n")
	}
	return b.String()
}

// on makes a fault happen to one kind of request, for ever.
func on(path string, f graphfake.Fault) func(*world) {
	f.Path, f.Method, f.Times = path, "GET", -1
	return func(w *world) { w.fake.Inject(f) }
}

const (
	usersPath    = "/users"
	assignedPath = "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo"
)

// A rewriting transport stands for a proxy or a cache that changes answers.
type rewriting struct {
	next http.RoundTripper
	path string // ends so
	old  *regexp.Regexp
	with string
}

func (t rewriting) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, t.path) && !strings.HasSuffix(r.URL.Path, "/$batch") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	body = t.old.ReplaceAll(body, []byte(t.with))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, err
}

// lag is how far the slowest replica is behind.
const lag = 2 * time.Second

// accidents are the accidents, lists first.
func accidents() []accident {
	return append(listAccidents(), directoryAccidents()...)
}
