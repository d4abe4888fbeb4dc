package governance

import (
	"fmt"
	"io"
	"strings"
)

// A PackageState says where the assignment of a package to a user stands.
type PackageState string

// The states of a package's assignment.
const (
	PackageHeld      PackageState = "held"      // the user had it before
	PackageDelivered PackageState = "delivered" // now
	PackagePending   PackageState = "pending"   // asked for, and not delivered in the time given
	PackageFailed    PackageState = "failed"
)

// packageState maps the service's states of requests and assignments. What is
// not known here may still be delivered.
func packageState(state string) PackageState {
	switch strings.ToLower(state) {
	case "delivered":
		return PackageDelivered
	case "deliveryfailed", "denied", "canceled", "partiallydelivered", "expired":
		return PackageFailed
	}
	return PackagePending
}

// A PackageResult is what became of one user.
type PackageResult struct {
	PrincipalID string       `json:"principalId"`
	State       PackageState `json:"state"`
	// Service is the state in the service's own words, such as deliveryFailed.
	Service string `json:"service,omitempty"`
	// HeldBefore are roles of the package that the user has been given directly,
	// too. Whoever loses the package will lose them with it.
	// https://learn.microsoft.com/entra/id-governance/entitlement-management-access-package-resources
	HeldBefore []string `json:"heldBefore,omitempty"`
	Err        error    `json:"-"`
	Error      string   `json:"error,omitempty"` // Err's text

	watch string // the path of the request or assignment that is under way
}

func (r *PackageResult) fail(err error) {
	r.State, r.Err, r.Error = PackageFailed, err, err.Error()
}

// A PackageReport is what became of assigning a package to users.
type PackageReport struct {
	Package string          `json:"package"`
	Results []PackageResult `json:"results"` // in the order of the users
}

// Count returns how many results are in a state.
func (r *PackageReport) Count(state PackageState) (n int) {
	for _, result := range r.Results {
		if result.State == state {
			n++
		}
	}
	return n
}

// WriteText writes what became of the users for people: how many, which failed,
// and who would lose with the package what they had without it.
func (r *PackageReport) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Access package %s\n", r.Package)
	for _, state := range []PackageState{PackageHeld, PackageDelivered, PackagePending, PackageFailed} {
		if n := r.Count(state); n > 0 {
			fmt.Fprintf(&b, "%8d  %s\n", n, state)
		}
	}
	for _, result := range r.Results {
		switch {
		case result.State == PackageFailed:
			fmt.Fprintf(&b, "%s: failed: %s\n", result.PrincipalID, result.Error)
		case result.State == PackagePending:
			fmt.Fprintf(&b, "%s: not delivered yet (%s); run again later, or reprocess the request\n", result.PrincipalID, result.Service)
		}
		if len(result.HeldBefore) > 0 {
			fmt.Fprintf(&b, "%s: held %s before; removing the package would take that too\n", result.PrincipalID, strings.Join(result.HeldBefore, " and "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
