// Package article is the PowerShell of Microsoft's article, statement by
// statement, against any Graph: what rollcall is compared with, for its results
// and for its time.
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
package article

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

const graphURL = "https://graph.microsoft.com/v1.0"

// Script is the session that the script runs in.
type Script struct {
	Graph     *http.Client
	Column    string // $db_match_column_name
	Attribute string // $azuread_match_attr_name
}

// Lists are the variables that the article's step 7 fills.
type Lists struct {
	NotQueried, Duplicate, NotMatched, Ambiguous, QueryFailed []roster.Row
	MatchIDs, NotEnabled                                      []string
}

// Match is step 7: one query a row, one at a time.
func (a Script) Match(ctx context.Context, rows []roster.Row) Lists {
	var l Lists
	values := map[string]bool{} // PowerShell's -contains: without letter case
	for _, row := range rows {
		value := row.Get(a.Column)
		if value == "" {
			l.NotQueried = append(l.NotQueried, row)
			continue
		}
		escaped := strings.ReplaceAll(value, "'", "''")
		if values[roster.Fold(escaped)] {
			l.Duplicate = append(l.Duplicate, row)
			continue
		}
		values[roster.Fold(escaped)] = true
		users, err := a.users(ctx, a.Attribute+" eq '"+escaped+"'")
		switch {
		case err != nil:
			l.QueryFailed = append(l.QueryFailed, row)
		case len(users) == 0:
			l.NotMatched = append(l.NotMatched, row)
		case len(users) > 1:
			l.Ambiguous = append(l.Ambiguous, row)
		default:
			l.MatchIDs = append(l.MatchIDs, users[0].ID)
			if !users[0].AccountEnabled {
				l.NotEnabled = append(l.NotEnabled, users[0].ID)
			}
		}
	}
	return l
}

type user struct {
	ID             string `json:"id"`
	AccountEnabled bool   `json:"accountEnabled"`
}

// users is Get-MgUser -Filter … -All -Property Id,accountEnabled. The cmdlet
// leaves a + in the filter as it is, and the service reads it as a space:
// https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1339
func (a Script) users(ctx context.Context, filter string) ([]user, error) {
	escaped := strings.ReplaceAll(url.QueryEscape(filter), "%2B", "+")
	return pages[user](ctx, a, "/users?$filter="+escaped+"&$select=id,accountEnabled")
}

type Assignment struct {
	ID          string `json:"id"`
	PrincipalID string `json:"principalId"`
}

// Assignments is Get-MgServicePrincipalAppRoleAssignedTo -All.
func (a Script) Assignments(ctx context.Context, servicePrincipal string) ([]Assignment, error) {
	return pages[Assignment](ctx, a, "/servicePrincipals/"+servicePrincipal+"/appRoleAssignedTo")
}

// NotInRole is the comparison before and after assigning: any assignment of the
// principal counts, whichever the role. The article's inner loop is a set here,
// which changes its time on this machine and nothing else.
func (a Script) NotInRole(ids []string, existing []Assignment) []string {
	assigned := map[string]bool{}
	for _, e := range existing {
		assigned[e.PrincipalID] = true
	}
	var missing []string
	for _, id := range ids {
		if !assigned[id] {
			missing = append(missing, id)
		}
	}
	return missing
}

// Assign is New-MgServicePrincipalAppRoleAssignedTo for one user after another;
// it returns how many calls failed (the script goes on after each).
func (a Script) Assign(ctx context.Context, servicePrincipal, role string, ids []string) (failed int) {
	for _, id := range ids {
		body := map[string]string{"principalId": id, "resourceId": servicePrincipal, "appRoleId": role}
		if err := a.call(ctx, http.MethodPost, "/servicePrincipals/"+servicePrincipal+"/appRoleAssignedTo", body, nil); err != nil {
			failed++
		}
	}
	return failed
}

func pages[T any](ctx context.Context, a Script, path string) ([]T, error) {
	var all []T
	for path != "" {
		var page struct {
			Value    []T    `json:"value"`
			NextLink string `json:"@odata.nextLink"`
		}
		if err := a.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
		path = page.NextLink
	}
	return all, nil
}

// call is one request of the cmdlets, which retry a 429 after its Retry-After.
func (a Script) call(ctx context.Context, method, path string, body, out any) error {
	if !strings.HasPrefix(path, "https://") {
		path = graphURL + path
	}
	for {
		res, err := a.send(ctx, method, path, body)
		if err != nil {
			return err
		}
		answer, err := io.ReadAll(res.Body)
		res.Body.Close()
		switch {
		case err != nil:
			return err
		case res.StatusCode == http.StatusTooManyRequests:
			if err := waitRetryAfter(ctx, res.Header.Get("Retry-After")); err != nil {
				return err
			}
		case res.StatusCode >= 300:
			return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
		case out == nil:
			return nil
		default:
			return json.Unmarshal(answer, out)
		}
	}
}

func (a Script) send(ctx context.Context, method, address string, body any) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return a.Graph.Do(req)
}
