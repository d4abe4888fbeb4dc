package benchmark_test

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

// The article's PowerShell, statement by statement, against any Graph: what
// rollcall is compared with, for its results and for its time.
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users

const graphURL = "https://graph.microsoft.com/v1.0"

// article is the session that the script runs in.
type article struct {
	graph     *http.Client
	column    string // $db_match_column_name
	attribute string // $azuread_match_attr_name
}

// articleLists are the variables that the article's step 7 fills.
type articleLists struct {
	notQueried, duplicate, notMatched, ambiguous, queryFailed []roster.Row
	matchIDs, notEnabled                                      []string
}

// match is step 7: one query a row, one at a time.
func (a article) match(ctx context.Context, rows []roster.Row) articleLists {
	var l articleLists
	values := map[string]bool{} // PowerShell's -contains: without letter case
	for _, row := range rows {
		value := row.Get(a.column)
		if value == "" {
			l.notQueried = append(l.notQueried, row)
			continue
		}
		escaped := strings.ReplaceAll(value, "'", "''")
		if values[roster.Fold(escaped)] {
			l.duplicate = append(l.duplicate, row)
			continue
		}
		values[roster.Fold(escaped)] = true
		users, err := a.users(ctx, a.attribute+" eq '"+escaped+"'")
		switch {
		case err != nil:
			l.queryFailed = append(l.queryFailed, row)
		case len(users) == 0:
			l.notMatched = append(l.notMatched, row)
		case len(users) > 1:
			l.ambiguous = append(l.ambiguous, row)
		default:
			l.matchIDs = append(l.matchIDs, users[0].ID)
			if !users[0].AccountEnabled {
				l.notEnabled = append(l.notEnabled, users[0].ID)
			}
		}
	}
	return l
}

type articleUser struct {
	ID             string `json:"id"`
	AccountEnabled bool   `json:"accountEnabled"`
}

// users is Get-MgUser -Filter … -All -Property Id,accountEnabled. The cmdlet
// leaves a + in the filter as it is, and the service reads it as a space:
// https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1339
func (a article) users(ctx context.Context, filter string) ([]articleUser, error) {
	escaped := strings.ReplaceAll(url.QueryEscape(filter), "%2B", "+")
	return articlePages[articleUser](ctx, a, "/users?$filter="+escaped+"&$select=id,accountEnabled")
}

type articleAssignment struct {
	ID          string `json:"id"`
	PrincipalID string `json:"principalId"`
}

// assignments is Get-MgServicePrincipalAppRoleAssignedTo -All.
func (a article) assignments(ctx context.Context, servicePrincipal string) ([]articleAssignment, error) {
	return articlePages[articleAssignment](ctx, a, "/servicePrincipals/"+servicePrincipal+"/appRoleAssignedTo")
}

// notInRole is the comparison before and after assigning: any assignment of the
// principal counts, whichever the role. The article's inner loop is a set here,
// which changes its time on this machine and nothing else.
func (a article) notInRole(ids []string, existing []articleAssignment) []string {
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

// assign is New-MgServicePrincipalAppRoleAssignedTo for one user after another;
// it returns how many calls failed (the script goes on after each).
func (a article) assign(ctx context.Context, servicePrincipal, role string, ids []string) (failed int) {
	for _, id := range ids {
		body := map[string]string{"principalId": id, "resourceId": servicePrincipal, "appRoleId": role}
		if err := a.call(ctx, http.MethodPost, "/servicePrincipals/"+servicePrincipal+"/appRoleAssignedTo", body, nil); err != nil {
			failed++
		}
	}
	return failed
}

func articlePages[T any](ctx context.Context, a article, path string) ([]T, error) {
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
func (a article) call(ctx context.Context, method, path string, body, out any) error {
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

func (a article) send(ctx context.Context, method, address string, body any) (*http.Response, error) {
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
	return a.graph.Do(req)
}
