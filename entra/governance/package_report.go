package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/roster"
)

// A PackageState says how far the assignment of a package to a user is; "" is not
// set.
type PackageState string

// The states of a package's assignment.
const (
	PackageWanted    PackageState = "wanted"    // not requested yet
	PackageHeld      PackageState = "held"      // the user had the package before
	PackageDelivered PackageState = "delivered" // the user has it now
	PackagePartly    PackageState = "partly"    // the user has some of its roles: reprocess it
	PackagePending   PackageState = "pending"   // requested, and not delivered in the time given
	PackageFailed    PackageState = "failed"
)

// packageState maps the service's states of requests and assignments to ours. A
// state that is not known here may still lead to a delivery.
func packageState(service string) PackageState {
	switch strings.ToLower(service) {
	case "delivered":
		return PackageDelivered
	case "partiallydelivered":
		return PackagePartly
	case "deliveryfailed", "denied", "canceled", "expired":
		return PackageFailed
	}
	return PackagePending
}

// A PackageResult is what became of one user.
type PackageResult struct {
	PrincipalID string       `json:"principalId,omitempty"` // "" of somebody outside of the directory
	Email       string       `json:"email,omitempty"`       // as it was given, of somebody outside
	State       PackageState `json:"state"`
	// ServiceState is the state in the service's own words, such as deliveryFailed.
	ServiceState string `json:"serviceState,omitempty"`
	// HeldBefore are the display names of the package's roles that the user also
	// holds directly. Removing the package takes them too.
	// https://learn.microsoft.com/entra/id-governance/entitlement-management-access-package-resources
	HeldBefore []string `json:"heldBefore,omitempty"`
	// Err is why State is failed; for pending, why the last look failed.
	Err   error  `json:"-"`
	Error string `json:"error,omitempty"` // Err's text

	key  string // lower-case id or address
	path string // of the request or assignment that is pending
}

// Name returns the user's object id, or the address of somebody outside.
func (r PackageResult) Name() string { return roster.Printable(cmp.Or(r.PrincipalID, r.Email)) }

// update takes over what is known of the user, and reports whether anything is.
func (r *PackageResult) update(states map[string]PackageResult) bool {
	known, ok := states[r.key]
	if ok {
		r.State, r.ServiceState, r.path = known.State, known.ServiceState, known.path
	}
	return ok
}

// settle takes over what is known of a user whose request failed, and reports
// whether anything is.
func (r *PackageResult) settle(states map[string]PackageResult) bool {
	if !r.update(states) {
		return false
	}
	if r.State == PackageHeld { // since this request
		r.State = PackageDelivered
	}
	r.Err, r.Error = nil, ""
	return true
}

// recordRequest records the answer to the request for a package.
func (r *PackageResult) recordRequest(body json.RawMessage, err error) {
	var made packageRequest
	switch {
	case err != nil:
		r.setError(err)
	case json.Unmarshal(body, &made) != nil || made.ID == "":
		r.setError(fmt.Errorf("the answer has no request in it: %w", graph.ErrUnclear))
	default:
		r.State, r.ServiceState, r.path = PackagePending, made.state(), requestPath(made.ID)
	}
}

// recordState records the answer to a look at a pending request or assignment,
// which stays pending if the look fails.
func (r *PackageResult) recordState(service string, err error) {
	if errors.Is(err, graph.ErrNotFound) { // a request is not visible at once
		return
	}
	if err != nil {
		r.Err, r.Error = err, err.Error()
		return
	}
	r.State, r.ServiceState, r.Err, r.Error = packageState(service), service, nil, ""
	if r.State == PackageFailed {
		r.setError(fmt.Errorf("the service says %s", roster.Printable(service)))
	}
}

func (r *PackageResult) setError(err error) {
	r.State, r.Err, r.Error = PackageFailed, err, err.Error()
}

// A PackageReport is what became of assigning a package to users.
type PackageReport struct {
	Package string          `json:"package"`
	Results []PackageResult `json:"results"` // in the order of the users
}

// Count returns how many users are in a state.
func (r *PackageReport) Count(state PackageState) (n int) {
	for _, result := range r.Results {
		if result.State == state {
			n++
		}
	}
	return n
}

// WriteText writes the report for people: how many users are in each state, who
// is not served yet or failed, and who would lose roles of their own with the package.
func (r *PackageReport) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Access package %s\n", roster.Printable(r.Package))
	for _, state := range []PackageState{PackageWanted, PackageHeld, PackageDelivered, PackagePartly, PackagePending,
		PackageFailed} {
		if n := r.Count(state); n > 0 {
			fmt.Fprintf(&b, "%8d  %s\n", n, state)
		}
	}
	for _, result := range r.Results {
		name := result.Name()
		switch result.State {
		case PackageFailed:
			fmt.Fprintf(&b, "%s: failed: %s\n", name, roster.Printable(result.Error))
		case PackagePartly:
			fmt.Fprintf(&b, "%s: partly delivered: reprocess the assignment\n", name)
		case PackagePending:
			fmt.Fprintf(&b, "%s: not delivered yet (%s); run again later, or reprocess the request\n",
				name, roster.Printable(result.ServiceState))
		}
		if len(result.HeldBefore) > 0 {
			fmt.Fprintf(&b, "%s: held %s before; removing the package would take that too\n",
				name, roster.Printable(strings.Join(result.HeldBefore, " and ")))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The limits of [PackageOptions] that set none.
const (
	DefaultMaxRequests    = 1000
	DefaultMaxInvitations = 100
)

// A PackageLimitError refuses to ask for a package for more people than allowed.
type PackageLimitError struct {
	Package     string
	Invitations bool // of people outside of the directory, and not requests
	Number      int  // that would be made
	Allowed     int
}

func (e *PackageLimitError) Error() string {
	if e.Invitations {
		return fmt.Sprintf("%d people would be invited into the directory by the access package %q, and only %d may: "+
			"check that the rows are looked up by the right column and attribute; if they are all outside, raise the limit "+
			"or override it with a reason", e.Number, e.Package, e.Allowed)
	}
	return fmt.Sprintf("the access package %q would be requested for %d people, and only for %d may: "+
		"check that it is the right one; if it is, raise the limit or override it with a reason",
		e.Package, e.Number, e.Allowed)
}

// checkLimits refuses more requests or invitations than the options allow.
func (a *packageAssigner) checkLimits(context.Context) error {
	o := a.opts
	if strings.TrimSpace(o.Override) != "" {
		return nil
	}
	requests, invitations := a.where(isWanted), a.where(func(r *PackageResult) bool { return isWanted(r) && r.Email != "" })
	switch {
	case len(invitations) > cmp.Or(o.MaxInvitations, DefaultMaxInvitations):
		return &PackageLimitError{a.pack.DisplayName, true, len(invitations), cmp.Or(o.MaxInvitations, DefaultMaxInvitations)}
	case len(requests) > cmp.Or(o.MaxRequests, DefaultMaxRequests):
		return &PackageLimitError{a.pack.DisplayName, false, len(requests), cmp.Or(o.MaxRequests, DefaultMaxRequests)}
	}
	return nil
}

func isWanted(r *PackageResult) bool { return r.State == "" }

// A packageRequest asks for a package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentrequest
type packageRequest struct {
	ID           string
	State        string
	RequestState string // in older answers
	RequestType  string
	Assignment   struct{ Target packageSubject }
	Requestor    packageSubject
}

// A packageSubject has no object id before it is a user of the directory.
// https://learn.microsoft.com/graph/api/resources/accesspackagesubject
type packageSubject struct{ ObjectID, Email string }

// keys are what states are kept by: the user's id and address. Who has neither, or an
// address that nobody asked about, may be anybody: "".
func (s packageSubject) keys(asked func(email string) bool) []string {
	id, email := strings.ToLower(s.ObjectID), strings.ToLower(s.Email)
	switch {
	case id != "" && email != "":
		return []string{id, email}
	case id != "":
		return []string{id}
	case asked(email):
		return []string{email}
	}
	return []string{""}
}

// subject returns for whom the request is: before the assignment has a target it is
// the requestor, who is the assigned user where an administrator assigns.
func (r packageRequest) subject() packageSubject {
	target := r.Assignment.Target
	return packageSubject{cmp.Or(target.ObjectID, r.Requestor.ObjectID), cmp.Or(target.Email, r.Requestor.Email)}
}

func (r packageRequest) state() string { return cmp.Or(r.State, r.RequestState) }

func (r packageRequest) missing() string {
	return firstEmpty("id", r.ID, "state", r.state(), "requestType", r.RequestType)
}

// pending reports whether the request may still lead to a delivery.
func (r packageRequest) pending() bool {
	return strings.HasSuffix(strings.ToLower(r.RequestType), "add") && packageState(r.state()) == PackagePending
}

func requestPath(id string) string { return packagesPath + "/assignmentRequests/" + url.PathEscape(id) }

// settledStates returns states once every pending request says for
// whom it is, which takes a while: otherwise an earlier run's request would be
// made again. A request may be stuck before that for ever, so the wait is bounded.
// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2664
func (a *packageAssigner) settledStates(ctx context.Context) (map[string]PackageResult, error) {
	var states map[string]PackageResult
	err := a.client.conn.WaitOut(ctx, func() (err error) {
		states, err = a.states(ctx)
		if _, unsaid := states[""]; unsaid && err == nil {
			return graph.NotYet(errors.New("a request does not say yet for whom it is"))
		}
		return err
	})
	if states != nil && errors.Is(err, graph.ErrNotReplicated) {
		err = nil
	}
	return states, err
}

// states says by lower-case user id, and by e-mail address, who has the package and who
// is about to get it; "" stands for requests that do not say for whom they are.
// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentrequests
func (a *packageAssigner) states(ctx context.Context) (map[string]PackageResult, error) {
	c := a.client
	listing := graph.Pages[packageRequest](ctx, c.conn, graph.Request{Op: opReadPackage,
		Path: ofPackage("/assignmentRequests", a.pack, "accessPackage,requestor,assignment($expand=target)")})
	requests, err := graph.Collect(opReadPackage, complete(opReadPackage, "a request", listing, packageRequest.missing),
		func(r packageRequest) string { return r.ID })
	if err != nil {
		return nil, err
	}
	assignments, err := c.packageAssignments(ctx, a.pack)
	if err != nil {
		return nil, err
	}
	states := map[string]PackageResult{}
	asked := func(email string) bool { return a.results[email] != nil }
	for _, r := range requests {
		for _, key := range r.subject().keys(asked) {
			if r.pending() {
				states[key] = PackageResult{State: PackagePending, ServiceState: r.state(), path: requestPath(r.ID)}
			}
		}
	}
	for _, assignment := range assignments {
		for _, key := range assignment.Target.keys(asked) {
			assignment.note(states, key)
		}
	}
	return states, nil
}

// note adds to states what the assignment says of a user.
func (a packageAssignment) note(states map[string]PackageResult, user string) {
	path := packagesPath + "/assignments/" + url.PathEscape(a.ID)
	switch _, known := states[user]; packageState(a.State) {
	case PackageDelivered:
		states[user] = PackageResult{State: PackageHeld, ServiceState: a.State}
	case PackagePartly:
		states[user] = PackageResult{State: PackagePartly, ServiceState: a.State, path: path}
	case PackagePending:
		if !known {
			states[user] = PackageResult{State: PackagePending, ServiceState: a.State, path: path}
		}
	}
}
