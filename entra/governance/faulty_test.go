package governance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A fault is what happens to a request instead of, or after, being handled.
type fault struct {
	name   string
	lands  bool // the request is handled all the same
	reset  bool // the connection breaks instead of an answer
	status int
	header map[string]string
	body   string
}

// answered is an answer that comes from elsewhere than the tenant: a stale replica.
func answered(body string) fault { return fault{status: 200, body: body} }

func times(n int, f fault) []fault {
	faults := make([]fault, n)
	for i := range faults {
		faults[i] = f
	}
	return faults
}

func refusal(name string, status int, code, message string) fault {
	return fault{name: name, status: status,
		body: fmt.Sprintf(`{"error":{"code":%q,"message":%q,"innerError":{"request-id":"rq-1"}}}`, code, message)}
}

// A faulty stands between a client and a fake tenant, and hurts requests of one
// kind, also those inside batches. It notes every request, batches by item.
type faulty struct {
	next http.RoundTripper

	mu     sync.Mutex
	faults map[string][]fault // by method and path with ids as {id}: "POST /users"
	calls  []call
}

type call struct {
	name string // as in faults
	url  string
	body string
	at   time.Time
}

// hurt makes faults happen, one after another, to the next requests of a kind.
func (f *faulty) hurt(kind string, faults ...fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.faults == nil {
		f.faults = map[string][]fault{}
	}
	f.faults[kind] = faults
}

// forget forgets what was called.
func (f *faulty) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// sent returns the calls of a kind.
func (f *faulty) sent(kind string) (calls []call) {
	for _, c := range f.made() {
		if c.name == kind {
			calls = append(calls, c)
		}
	}
	return calls
}

// writes returns the kinds of the calls that were no reads.
func (f *faulty) writes() (kinds []string) {
	for _, c := range f.made() {
		if !strings.HasPrefix(c.name, "GET ") {
			kinds = append(kinds, c.name)
		}
	}
	return kinds
}

func (f *faulty) made() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]call(nil), f.calls...)
}

var (
	idInPath  = regexp.MustCompile(`/[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|/[\w-]{43}$`)
	keyInPath = regexp.MustCompile(`\([^)]*\)`)
)

func callName(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(path, "/v1.0")
	return method + " " + idInPath.ReplaceAllString(keyInPath.ReplaceAllString(path, "({key})"), "/{id}")
}

// meets notes a call and returns the fault that it meets, or nil.
func (f *faulty) meets(c call) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
	if len(f.faults[c.name]) == 0 {
		return nil
	}
	met := f.faults[c.name][0]
	f.faults[c.name] = f.faults[c.name][1:]
	return &met
}

var errReset = errors.New("read: connection reset by peer")

func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/$batch") {
		return f.batch(r)
	}
	return f.single(r)
}

func (f *faulty) single(r *http.Request) (*http.Response, error) {
	c := call{name: callName(r.Method, r.URL.Path), url: r.URL.String(), at: time.Now()}
	c.body = string(readBody(r))
	met := f.meets(c)
	if met == nil {
		return f.next.RoundTrip(r)
	}
	if met.lands {
		answer, err := f.next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_ = answer.Body.Close()
	}
	if met.reset {
		return nil, errReset
	}
	return answer(r, *met), nil
}

// answer makes a fault the answer to a request.
func answer(r *http.Request, f fault) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range f.header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: f.status, Header: header, Body: io.NopCloser(strings.NewReader(f.body)), Request: r}
}

// readBody reads a request's body and puts it back.
func readBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

type batchStep struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// batch handles the items one by one; if one's connection breaks, so does that
// of the batch.
func (f *faulty) batch(r *http.Request) (*http.Response, error) {
	var batch struct{ Requests []batchStep }
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		return nil, err
	}
	var answers []map[string]any
	var broken error
	for _, step := range batch.Requests {
		answer, err := f.item(r, step)
		if err != nil {
			broken = err
			continue
		}
		answers = append(answers, answer)
	}
	if broken != nil {
		return nil, broken
	}
	body, err := json.Marshal(map[string]any{"responses": answers})
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r}, err
}

func (f *faulty) item(r *http.Request, step batchStep) (map[string]any, error) {
	root := strings.TrimSuffix(r.URL.String(), "/$batch")
	root = strings.TrimSuffix(root, "/%24batch")
	single, err := http.NewRequestWithContext(r.Context(), step.Method, root+step.URL, bytes.NewReader(step.Body))
	if err != nil {
		return nil, err
	}
	single.Header = r.Header.Clone()
	single.Header.Del("Content-Length")
	for name, value := range step.Headers {
		single.Header.Set(name, value)
	}
	res, err := f.single(single)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer := map[string]any{"id": step.ID, "status": res.StatusCode}
	headers := map[string]string{}
	for name := range res.Header {
		headers[name] = res.Header.Get(name)
	}
	answer["headers"] = headers
	body, err := io.ReadAll(res.Body)
	switch {
	case json.Valid(body):
		answer["body"] = json.RawMessage(body)
	case len(body) > 0:
		answer["body"] = string(body)
	}
	return answer, err
}

// A tenant is a fake tenant with a client whose requests can be hurt.
type tenant struct {
	t      testing.TB
	fake   *graphfake.Server
	faulty *faulty
	client *entra.Client
	opts   graph.Options
}

func newTenant(t testing.TB, opts *graph.Options) *tenant {
	t.Helper()
	fake := graphfake.New(&graphfake.Options{TB: t})
	tn := &tenant{t: t, fake: fake, faulty: &faulty{next: fake.Transport()}}
	if opts != nil {
		tn.opts = *opts
	}
	tn.client = tn.another()
	return tn
}

// another returns a client of its own, as another run of the program would have.
func (tn *tenant) another() *entra.Client {
	tn.t.Helper()
	client, err := entra.Connect(graph.StaticToken("SECRET-TOKEN"), &graph.ConnectOptions{Transport: tn.faulty, Options: tn.opts})
	require.NoError(tn.t, err)
	return client
}

// ask makes a request behind the client's back, which nothing hurts.
func (tn *tenant) ask(method, path string, body any) map[string]any {
	tn.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(tn.t, err)
	r, err := http.NewRequestWithContext(tn.t.Context(), method, "https://graph.microsoft.com/v1.0"+path, bytes.NewReader(encoded))
	require.NoError(tn.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer x")
	res, err := tn.fake.Transport().RoundTrip(r)
	require.NoError(tn.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(tn.t, err)
	require.Less(tn.t, res.StatusCode, 300, "%s %s: %s", method, path, answer)
	var decoded map[string]any
	if len(answer) > 0 {
		require.NoError(tn.t, json.Unmarshal(answer, &decoded))
	}
	return decoded
}

// list returns the objects of a collection as they are in the tenant.
func (tn *tenant) list(path string) []map[string]any {
	tn.t.Helper()
	var all []map[string]any
	for _, object := range tn.ask(http.MethodGet, path, nil)["value"].([]any) {
		all = append(all, object.(map[string]any))
	}
	return all
}

func (tn *tenant) addUser(name string) string {
	tn.t.Helper()
	user := tn.ask(http.MethodPost, "/users", map[string]any{"accountEnabled": true, "displayName": name, "mailNickname": name,
		"userPrincipalName": name + "@contoso.example", "passwordProfile": map[string]any{"password": "xWwvJ]6NMw+bWH-d"}})
	return user["id"].(string)
}

const generalID = "11111111-1111-4111-8111-111111111111"

// addApplication registers an application with the role General and its
// service principal, whose id it returns.
func (tn *tenant) addApplication(name string) (applicationID, principalID string) {
	tn.t.Helper()
	app := tn.ask(http.MethodPost, "/applications", map[string]any{"displayName": name, "tags": []string{"HideApp"},
		"appRoles": []map[string]any{{"id": generalID, "displayName": "General", "value": "General", "description": "General role",
			"allowedMemberTypes": []string{"User"}, "isEnabled": true}}})
	principal := tn.ask(http.MethodPost, "/servicePrincipals", map[string]any{"appId": app["appId"]})
	return app["id"].(string), principal["id"].(string)
}

// faults are those that pass by themselves.
var faults = []fault{
	{name: "429", status: 429, header: map[string]string{"Retry-After": "2.5"}, body: `{"error":{"code":"TooManyRequests","message":"Too many requests."}}`},
	{name: "503", status: 503, body: `{"error":{"code":"ServiceUnavailable","message":""}}`},
	{name: "504 before", status: 504, body: "<html>Gateway Timeout</html>"},
	{name: "504 landed", status: 504, lands: true, body: "<html>Gateway Timeout</html>"},
	{name: "reset before", reset: true},
	{name: "reset landed", reset: true, lands: true},
}

// unseen is the answer of a replica that does not know an object yet.
var unseen = refusal("404 replica", 404, "Request_ResourceNotFound",
	"Resource 'x' does not exist or one of its queried reference-property objects are not present.")

func createUser(ctx context.Context, c *entra.Client, name string) (created entra.CreatedUser) {
	for _, created = range c.CreateUsers(ctx, []entra.NewUser{{DisplayName: name, UserPrincipalName: name + "@contoso.example", MailNickname: name}}) {
		if created.Err == nil && created.User.ID == "" {
			created.Err = fmt.Errorf("a user without id: %+v", created)
		}
	}
	return created
}
