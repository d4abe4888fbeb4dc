package graphfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
)

// A Fault is something that goes wrong with certain requests. The first fields
// say with which, the others how. Faults are tried in the order in which they
// were injected; a request meets the first one that fits and is not used up.
//
// Inject refuses a Fault without Effect, Status and Delay, because it would do
// nothing, and one whose Path or Operation is that of no route, because it would
// never happen.
type Fault struct {
	// Method of the request, "" = any.
	Method string `json:"method,omitempty"`

	// Path below /v1.0, as in "/users/{id}": a segment in braces stands for
	// any one segment, "{rest...}" at the end for any number. "" = any.
	Path string `json:"path,omitempty"`

	// Operation is the method and pattern of one route, as Request.Operation
	// returns it. "GET /users/{user}" fits neither $count nor delta, which the
	// path "/users/{id}" does fit. "" = any.
	Operation string `json:"operation,omitempty"`

	// Query must occur in the decoded query string, as "$skiptoken=" does in
	// that of every page but the first.
	Query string `json:"query,omitempty"`

	// Body must occur in the request's body.
	Body string `json:"body,omitempty"`

	// In restricts the fault to requests inside or outside of batches.
	In Place `json:"in,omitempty"`

	// Item is the id of the item in its batch, "" = any.
	Item string `json:"item,omitempty"`

	// After is how many requests that fit pass unharmed first.
	After int `json:"after,omitempty"`

	// Times is how many requests are hit. 0 = one, negative = all.
	Times int `json:"times,omitempty"`

	// Rate, between 0 and 1, is the chance that a request is hit, without limit
	// unless Times sets one. It repeats from Options.Seed, in whatever order
	// goroutines send their requests. 0 = not by chance. A fault by chance need
	// not happen.
	Rate float64 `json:"rate,omitempty"`

	// InRow, with Rate, is how many times in a row the same request can be hit,
	// so that a client that tries again gets through. 0 = no limit.
	InRow int `json:"inRow,omitempty"`

	Effect Effect `json:"effect,omitempty"`

	// Status of the answer. 0 = what the effect's comment says.
	Status int `json:"status,omitempty"`

	// Code and Message of the error. "" = usual ones for the status.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`

	// RetryAfter is sent as it is: seconds, with or without decimals, or an
	// HTTP date. "" = no such header.
	RetryAfter string `json:"retryAfter,omitempty"`

	// Property is what NullProperty and DropProperty change, by its name or its path:
	// "accountEnabled", "appRoles/isEnabled". Of a list, every object is changed.
	Property string `json:"property,omitempty"`

	// Objects is how many objects of each page HideObjects leaves out. 0 = all.
	Objects int `json:"objects,omitempty"`

	// Delay is how long to wait before anything else, unless the caller gives up.
	Delay time.Duration `json:"-"` // in JSON "delay", such as "2.5s"
}

// A Place is where a request stands.
type Place string

// The places.
const (
	Anywhere Place = ""        // single requests and items of batches
	Outside  Place = "outside" // what arrives as HTTP requests: single requests and batches as a whole
	InBatch  Place = "batch"   // items of batches
)

// An Effect is what a fault does.
type Effect string

// The effects. "Handled" means that the request takes effect as usual and only
// its answer differs.
const (
	// Refused answers with Status instead of handling the request. Without
	// Status it only waits for Delay.
	Refused Effect = ""

	// ResetBefore drops the connection before the request is handled.
	ResetBefore Effect = "resetBefore"

	// ResetAfter drops the connection after the request was handled.
	ResetAfter Effect = "resetAfter"

	// AnswerLost answers with Status, 0 = 504, after the request was handled.
	AnswerLost Effect = "answerLost"

	// HTMLBody is Refused with a page of HTML. Status 0 = 502.
	HTMLBody Effect = "html"

	// EmptyBody is Refused without any body. Status 0 = 503.
	EmptyBody Effect = "empty"

	// TruncatedBody drops the connection after half of the body of a request
	// that was handled. An item of a batch is AnswerLost instead: the batch
	// has no half answers to pass on (believed, not verified).
	TruncatedBody Effect = "truncated"

	// ExpiredPage answers a request for a further page with 400
	// Directory_ExpiredPageToken. It fits only requests with $skiptoken.
	ExpiredPage Effect = "expiredPage"

	// PartFailed answers every second item of a batch, the first one included,
	// with Status, 0 = 503. It fits only batches as a whole.
	PartFailed Effect = "partFailed"

	// Envelope424 answers a batch that was handled with status 424 around the
	// same body, as the documentation says of batches with throttled items.
	// It fits only batches as a whole.
	Envelope424 Effect = "envelope424"

	// NullProperty answers with Property null in every object, as the service
	// does for properties that the token may not read.
	// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054
	NullProperty Effect = "nullProperty"

	// DropProperty answers with objects that lack Property, as the service does
	// for members of a kind that the token may not read.
	// https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
	DropProperty Effect = "dropProperty"

	// HideObjects leaves objects out of a listing: the last Objects of every page.
	// So does a replica that lags, and a listing of members that the token may
	// not read. A request for a single object is answered in full.
	HideObjects Effect = "hideObjects"

	// Stale answers a read from the directory as it was when the fault was injected:
	// one listing lags, while everything else is up to date. Reviews and packages
	// don't lag. For replicas that lag by time, see Replication.
	Stale Effect = "stale"

	// NullObject puts a null in the place of the first object of a listing.
	NullObject Effect = "nullObject"

	// GrantNotFound is Refused with 400 "EntitlementGrant being updated or deleted
	// is not found.", as the removal of an assignment was seen to be refused, once
	// although the assignment was still there. Message replaces it by the other
	// wording that was reported, "One or more removed object references do not exist".
	// https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/968
	// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3614
	GrantNotFound Effect = "grantNotFound"
)

var effects = []Effect{Refused, ResetBefore, ResetAfter, AnswerLost, HTMLBody, EmptyBody, TruncatedBody, ExpiredPage,
	PartFailed, Envelope424, NullProperty, DropProperty, HideObjects, NullObject, GrantNotFound, Stale}

// ReadFaults reads faults from a JSON array of objects with the fields of
// Fault, such as
//
//	[{"method": "POST", "path": "/users", "effect": "answerLost", "times": 2},
//	 {"path": "/users/{id}", "status": 429, "retryAfter": "2.5", "delay": "100ms"}]
func ReadFaults(r io.Reader) ([]Fault, error) {
	d := json.NewDecoder(r)
	var raw []json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, fmt.Errorf("faults: not a JSON array of objects: %w", err)
	}
	faults := make([]Fault, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &faults[i]); err != nil {
			return nil, fmt.Errorf("faults[%d]: %w", i, err)
		}
		if err := faults[i].check(); err != nil {
			return nil, fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return faults, nil
}

// UnmarshalJSON reads a fault; a field that does not exist is an error.
func (f *Fault) UnmarshalJSON(b []byte) error {
	type fields Fault
	in := struct {
		*fields
		Delay string `json:"delay"`
	}{fields: (*fields)(f)}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return err
	}
	if in.Delay == "" {
		return nil
	}
	var err error
	f.Delay, err = time.ParseDuration(in.Delay)
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (f Fault) MarshalJSON() ([]byte, error) {
	type fields Fault
	out := struct {
		fields
		Delay string `json:"delay,omitempty"`
	}{fields: fields(f)}
	if f.Delay != 0 {
		out.Delay = f.Delay.String()
	}
	return json.Marshal(out)
}

// String returns the fault as JSON.
func (f Fault) String() string { return string(toJSON(f)) }

// check finds what makes no sense.
func (f *Fault) check() error {
	switch {
	case !slices.Contains(effects, f.Effect):
		return fmt.Errorf("unknown effect %q", f.Effect)
	case (f.Property != "") != (f.Effect == NullProperty || f.Effect == DropProperty):
		return fmt.Errorf("effect %q and property %q do not go together", f.Effect, f.Property)
	case f.Objects < 0 || f.Objects > 0 && f.Effect != HideObjects:
		return fmt.Errorf("effect %q hides no %d objects", f.Effect, f.Objects)
	case f.Effect == Refused && f.Status == 0 && f.Delay == 0:
		return errors.New("a fault needs an effect, a status or a delay")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d is not one of an answer", f.Status)
	case f.In != Anywhere && f.In != Outside && f.In != InBatch:
		return fmt.Errorf("unknown place %q: use %q or %q", f.In, Outside, InBatch)
	case f.Rate < 0 || f.Rate > 1:
		return fmt.Errorf("rate %v is not between 0 and 1", f.Rate)
	case f.Path != "" && !strings.HasPrefix(f.Path, "/"):
		return fmt.Errorf("path %q does not begin with a slash", f.Path)
	case f.Effect == Stale && f.Method != "" && !strings.EqualFold(f.Method, get):
		return fmt.Errorf("effect %q is for reads, not for %s", f.Effect, f.Method)
	case f.onBatch() && f.Path != "" && !strings.EqualFold(f.Path, "/$batch"):
		return fmt.Errorf("effect %q is for batches, not for %s", f.Effect, f.Path)
	case f.Path != "" && checkPath(f.Method, f.Path) != nil:
		return checkPath(f.Method, f.Path)
	case f.Operation != "":
		return checkOperation(f.Operation)
	}
	return nil
}

// onBatch reports whether the effect is one on whole batches.
func (f *Fault) onBatch() bool { return f.Effect == PartFailed || f.Effect == Envelope424 }

// fits reports whether the fault is for the request.
func (f *Fault) fits(rq *request) bool {
	return (f.Method == "" || strings.EqualFold(f.Method, rq.method)) &&
		f.fitsPlace(rq) &&
		(f.Item == "" || strings.EqualFold(f.Item, rq.item)) &&
		(f.Path == "" || fitsPath(f.Path, rq.path)) &&
		(f.Operation == "" || rq.route != nil && strings.EqualFold(f.Operation, rq.method+" "+rq.route.path)) &&
		(f.Query == "" || strings.Contains(decoded(rq.rawQuery), f.Query)) &&
		(f.Effect != Stale || !rq.writes()) &&
		(f.Effect != ExpiredPage || strings.Contains(decoded(rq.rawQuery), "$skiptoken=")) &&
		(f.Body == "" || strings.Contains(string(rq.body), f.Body))
}

func (f *Fault) fitsPlace(rq *request) bool {
	switch {
	case f.onBatch():
		return rq.envelope()
	case f.In == Outside:
		return rq.batch == nil
	case f.In == InBatch:
		return rq.batch != nil
	}
	return !rq.envelope() || f.Path+f.Operation != "" // a whole batch is hit only when it is named
}

// fitsPath compares a path with a pattern, segment by segment.
func fitsPath(pattern, path string) bool {
	want, have := odata.SplitPath(pattern), odata.SplitPath(path)
	for i, w := range want {
		name, wild := strings.CutPrefix(w.Value, "{")
		switch {
		case wild && strings.HasSuffix(name, "...}"):
			return true
		case i >= len(have), !wild && !strings.EqualFold(w.Value, have[i].Value):
			return false
		}
	}
	return len(want) == len(have)
}

func decoded(rawQuery string) string {
	if q, err := url.QueryUnescape(rawQuery); err == nil {
		return q
	}
	return rawQuery
}
