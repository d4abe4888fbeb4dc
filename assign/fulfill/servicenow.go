package fulfill

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// ServiceNowOptions are the options of [NewServiceNow]. They hold a Token, or a User and
// a Password.
type ServiceNowOptions struct {
	User, Password string // of an account that may read and write the table
	Token          string // of OAuth 2.0, sent as a bearer token
	// Fields are set in each record beside those of the ticket, such as assignment_group:
	// field names and values as the Table API takes them.
	Fields map[string]string
	// Done and Rejected are the values of the field state in which a record is carried
	// out, or won't be. nil means those of a new instance: of incidents 6 and 7 (resolved,
	// closed) and 8 (cancelled), of other tables 3 (closed complete), and 4 and 7 (closed
	// incomplete, skipped).
	Done, Rejected []string
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout is how long to wait for one answer; 0 means 30 seconds.
	Timeout time.Duration
}

// ServiceNow is a [Ticketer] and [TicketReader] that makes records in a table of a
// ServiceNow instance. A ticket's key is the record's correlation_id, by which a record
// is looked for before it is made, and after an answer was lost. The table must have that
// field, as task and all that extend it do: one that ignores it is an error. Credentials
// are in no error and not in the printed form.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
type ServiceNow struct {
	receiver *receiver
	header   http.Header
	fields   map[string]string
	states   map[string]TicketStatus // by state; others are TicketOpened
}

var (
	// Version 1 answers 404 to a query that finds nothing.
	tablePath = regexp.MustCompile(`^/api/now/(v2/)?table/([a-z0-9_]+)$`)
	fieldName = regexp.MustCompile(`^[a-z0-9_]+$`)
	// What a key may hold: in a query ^ begins another condition, and "javascript:" a script.
	correlation = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)
)

// NewServiceNow returns a ServiceNow that makes records at address: the URL of the
// instance, such as https://example.service-now.com, for incidents, or that of a table,
// https://example.service-now.com/api/now/table/sc_task.
func NewServiceNow(address string, opts *ServiceNowOptions) (*ServiceNow, error) {
	o := *cmp.Or(opts, new(ServiceNowOptions))
	r, err := newReceiver("ServiceNow", address, o.Transport, o.Timeout)
	if err != nil {
		return nil, err
	}
	if strings.Trim(r.address.Path, "/") == "" {
		r.address.Path = "/api/now/table/incident"
	}
	table := tablePath.FindStringSubmatch(r.address.Path)
	if table == nil || r.address.User != nil || r.address.RawQuery != "" || r.address.Fragment != "" {
		return nil, errors.New("the address of ServiceNow is that of an instance, https://NAME.service-now.com, " +
			"or of one of its tables, …/api/now/table/TABLE, and nothing more")
	}
	for name := range o.Fields {
		if !fieldName.MatchString(name) || name == "correlation_id" {
			return nil, fmt.Errorf("a record of ServiceNow can't be given the field %q", name)
		}
	}
	s := &ServiceNow{receiver: r, fields: maps.Clone(o.Fields), states: o.states(table[2])}
	r.whole = true
	s.header, err = o.headers()
	r.secrets = []string{o.Password, o.Token, strings.TrimPrefix(s.header.Get("Authorization"), "Basic ")}
	return s, err
}

// headers are those of all requests.
func (o *ServiceNowOptions) headers() (http.Header, error) {
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	switch {
	case (o.Token == "") == (o.User == "" && o.Password == "") || o.Token == "" && (o.User == "" || o.Password == ""):
		return nil, errors.New("ServiceNow takes a token, or a user and a password")
	case strings.ContainsFunc(o.Token, unprintable):
		return nil, errors.New("the token for ServiceNow has spaces or other characters that no token has")
	case o.Token != "":
		header.Set("Authorization", "Bearer "+o.Token)
	default:
		request := &http.Request{Header: header}
		request.SetBasicAuth(o.User, o.Password)
	}
	return header, nil
}

// states are what the states of a table's records mean. The numbers of incidents are those of
// https://github.com/ansible-collections/servicenow.itsm/blob/main/plugins/module_utils/incident.py,
// those of tasks are documented, in
// https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_TaskStateUtil.html.
func (o *ServiceNowOptions) states(table string) map[string]TicketStatus {
	done, rejected := []string{"3"}, []string{"4", "7"}
	if table == "incident" {
		done, rejected = []string{"6", "7"}, []string{"8"}
	}
	if o.Done != nil || o.Rejected != nil {
		done, rejected = o.Done, o.Rejected
	}
	states := make(map[string]TicketStatus)
	for _, state := range done {
		states[state] = TicketDone
	}
	for _, state := range rejected {
		states[state] = TicketRejected
	}
	return states
}

// String names the table and its host.
func (s ServiceNow) String() string {
	return "ServiceNow at " + s.receiver.address.Host + s.receiver.address.Path
}

// GoString is String.
func (s ServiceNow) GoString() string { return s.String() }

// A record is what is read of a record.
type record struct {
	Number        string `json:"number"`
	State         string `json:"state"`
	CorrelationID string `json:"correlation_id"`
	CloseNotes    string `json:"close_notes"`
}

const recordFields = "number,state,correlation_id,close_notes"

// Open implements [Ticketer]. An answer that is not ServiceNow's, such as a page to sign
// in at, opens nothing. If the answer is not a 2xx, or there is none in time, the error
// is a [*ReceiverError].
func (s *ServiceNow) Open(ctx context.Context, ticket Ticket) error {
	found, err := s.find(ctx, ticket.Key)
	if err != nil || found != nil {
		return err
	}
	sent := s.create(ctx, ticket)
	if sent == nil || errors.Is(sent, ErrRefused) {
		return sent
	}
	if found, err := s.find(ctx, ticket.Key); err == nil && found != nil { // its answer was lost
		return nil
	}
	return sent
}

// Status implements [TicketReader]. The reference is the record's number, and the text
// its close notes.
func (s *ServiceNow) Status(ctx context.Context, key string) (Answer, error) {
	found, err := s.find(ctx, key)
	if err != nil || found == nil {
		return Answer{}, err
	}
	return Answer{Status: cmp.Or(s.states[found.State], TicketOpened), Reference: roster.Printable(found.Number),
		Text: roster.Printable(cutText(found.CloseNotes, 500))}, nil
}

// find returns the record of a ticket, the oldest if there are several; nil if there is
// none. By default a query by a field that a table lacks finds all its records.
func (s *ServiceNow) find(ctx context.Context, key string) (*record, error) {
	if !correlation.MatchString(key) {
		return nil, fmt.Errorf("the key %q of a ticket can't be a correlation_id of ServiceNow", key)
	}
	query := *s.receiver.address
	query.RawQuery = url.Values{"sysparm_query": {"correlation_id=" + key + "^ORDERBYsys_created_on"},
		"sysparm_fields": {recordFields}, "sysparm_limit": {"2"}}.Encode()
	body, err := s.receiver.send(ctx, http.MethodGet, &query, s.header.Clone(), nil)
	if err != nil {
		return nil, s.explained(err, body, true)
	}
	var answer struct{ Result []record }
	if json.Unmarshal(body, &answer) != nil || answer.Result == nil {
		return nil, s.failed("answered with something else than records of a table")
	}
	if len(answer.Result) == 0 {
		return nil, nil
	}
	if found := answer.Result[0]; found.CorrelationID == key {
		return &found, nil
	}
	return nil, s.failed("answered with a record of another correlation_id: the table doesn't have that field, or this " +
		"account may not read it, so that a ticket would be opened twice")
}

// create makes the record of a ticket.
func (s *ServiceNow) create(ctx context.Context, ticket Ticket) error {
	fields := map[string]string{"short_description": cutText(ticket.Summary, 160), "description": ticket.description(),
		"correlation_display": "rollcall"}
	for name, value := range s.fields {
		fields[name] = value
	}
	fields["correlation_id"] = ticket.Key
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	made := *s.receiver.address
	made.RawQuery = url.Values{"sysparm_fields": {recordFields}}.Encode()
	said, err := s.receiver.send(ctx, http.MethodPost, &made, s.header.Clone(), body)
	if err != nil {
		return s.explained(err, said, false)
	}
	var answer struct{ Result record }
	switch err := json.Unmarshal(said, &answer); {
	case err != nil || answer.Result.Number == "" && answer.Result.CorrelationID == "":
		return s.failed("answered with something else than a record of a table")
	case answer.Result.CorrelationID != ticket.Key:
		return s.failed("made the record " + roster.Printable(answer.Result.Number) +
			" without its correlation_id: the table doesn't have that field, or this account may not write it")
	}
	return nil
}

// description says for people what the ticket asks for. A record is closed by them, and
// not by a program.
func (t Ticket) description() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, roster.Printable(value))
		}
	}
	fmt.Fprintf(&b, "%s\n\n", roster.Printable(t.Summary))
	line("Application", t.Application)
	line("To do", string(t.Action))
	line("Account", t.Account.Key)
	for _, column := range slices.Sorted(maps.Keys(t.Account.Columns)) {
		line(column, t.Account.Columns[column])
	}
	for _, person := range t.People {
		line("User", person.String())
	}
	for _, loss := range t.Lost {
		line("Reason", loss.Sentence())
	}
	line("Keeps", strings.Join(t.Keeps, ", "))
	return b.String()
}

// explained adds to an error what ServiceNow says, unless that tells a secret. One about
// a search, which is not about one ticket, refuses none.
func (s *ServiceNow) explained(err error, body []byte, searching bool) error {
	var failed *ReceiverError
	if !errors.As(err, &failed) {
		return err
	}
	var said struct {
		Error struct{ Message, Detail string }
	}
	_ = json.Unmarshal(body, &said) // a gateway says something else
	text := strings.Trim(said.Error.Message+": "+said.Error.Detail, ": ")
	if !s.receiver.tells(text) {
		failed.Text = roster.Printable(cutText(text, 200))
	}
	failed.aboutAll = searching
	return failed
}

func (s *ServiceNow) failed(what string) error {
	return fmt.Errorf("%s at %s %s", s.receiver.name, s.receiver.address.Host, what)
}

// cutText returns at most the first n characters of a text.
func cutText(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}
