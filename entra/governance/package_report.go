package governance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"

	"github.com/rollcall-go/rollcall/roster"
)

// A PackageState says how far the assignment of a package to a user is; "" is not
// set.
type PackageState string

// The states of a package's assignment.
const (
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
	PrincipalID string       `json:"principalId"`
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

	path string // of the request or assignment that is pending
}

// update takes over what is known of the user, and reports whether anything is.
func (r *PackageResult) update(states map[string]PackageResult) bool {
	known, ok := states[strings.ToLower(r.PrincipalID)]
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
	for _, state := range []PackageState{PackageHeld, PackageDelivered, PackagePartly, PackagePending, PackageFailed} {
		if n := r.Count(state); n > 0 {
			fmt.Fprintf(&b, "%8d  %s\n", n, state)
		}
	}
	for _, result := range r.Results {
		switch result.State {
		case PackageFailed:
			fmt.Fprintf(&b, "%s: failed: %s\n", result.PrincipalID, roster.Printable(result.Error))
		case PackagePartly:
			fmt.Fprintf(&b, "%s: partly delivered: reprocess the assignment\n", result.PrincipalID)
		case PackagePending:
			fmt.Fprintf(&b, "%s: not delivered yet (%s); run again later, or reprocess the request\n",
				result.PrincipalID, roster.Printable(result.ServiceState))
		}
		if len(result.HeldBefore) > 0 {
			fmt.Fprintf(&b, "%s: held %s before; removing the package would take that too\n",
				result.PrincipalID, roster.Printable(strings.Join(result.HeldBefore, " and ")))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
