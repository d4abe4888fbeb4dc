package fulfill

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

var revocationsKind = document.Kind{Name: "rollcall revocations", Version: 1}

type revocationsDocument struct {
	document.Stamp
	*Revocations
}

// Encode writes the list as JSON with a version.
func (r *Revocations) Encode(w io.Writer) error {
	return revocationsKind.Encode(w, revocationsDocument{revocationsKind.Stamp(), r})
}

// revocationColumns are the columns of a CSV list, in the order in which whoever
// closes accounts reads them.
var revocationColumns = []string{"account", "action", "role", "cause", "denied by", "denied at", "review", "justification",
	"person", "user", "still has", "through groups", "packages", "principal id", "file", "row"}

// WriteCSV writes the list as CSV, one line for each account and role, with the
// accounts that need somebody to look into them too; the column action tells
// them apart. Nil opts protect against spreadsheet formulas; see
// [roster.WriterOptions]. People without an account come last.
func (r *Revocations) WriteCSV(w io.Writer, opts *roster.WriterOptions) error {
	header, err := roster.NewHeader("", revocationColumns)
	if err != nil {
		return err
	}
	out := roster.NewWriter(w, header, nil, opts)
	for _, list := range [][]Revocation{r.Accounts, r.NoAccount} {
		for _, revocation := range list {
			for _, loss := range revocation.Lost {
				if err := out.Write(roster.NewRow(header, 0, revocation.record(loss))); err != nil {
					return err
				}
			}
		}
	}
	return out.Flush()
}

// record returns the values of one loss in the order of revocationColumns.
func (r Revocation) record(loss Loss) []string {
	var files, rows []string
	for _, source := range r.Account.Rows {
		rows = append(rows, strconv.Itoa(source.Line))
		if len(files) == 0 || files[len(files)-1] != source.File {
			files = append(files, source.File)
		}
	}
	at := ""
	if loss.At != nil {
		at = loss.At.Format(time.RFC3339)
	}
	list := func(items []string) string { return strings.Join(items, "; ") }
	return []string{r.Account.Key, string(r.Action()), loss.role(), string(loss.Cause), loss.By, at, loss.Review, loss.Justification,
		r.PrincipalName, string(r.User), list(r.Keeps), list(loss.Through), list(loss.Packages), r.PrincipalID, list(files), list(rows)}
}

// role names the role, by its id if it has no name.
func (l Loss) role() string {
	if l.AppRole == "" {
		return l.AppRoleID
	}
	return l.AppRole
}
