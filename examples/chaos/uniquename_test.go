package chaos_test

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake"
)

// uniqueNames refuses an application whose unique name is taken, as the service
// does by its newest state, however late its replicas are. graphfake takes it twice.
// https://learn.microsoft.com/graph/api/application-upsert
type uniqueNames struct {
	next http.RoundTripper
	fake *graphfake.Server
}

const nameTaken = `{"error":{"code":"Request_BadRequest","message":"Another object with the same value for property uniqueName already exists.",` +
	`"details":[{"code":"ConflictingObjects","message":"Another object with the same value for property uniqueName already exists.","target":"uniqueName"}]}}`

func (u uniqueNames) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/applications") {
		var wanted struct{ UniqueName string }
		_ = json.Unmarshal(takeBody(r), &wanted)
		for _, app := range u.fake.Applications() {
			if wanted.UniqueName != "" && app.More["uniqueName"] == wanted.UniqueName {
				return answered(r, http.StatusBadRequest, nameTaken), nil
			}
		}
	}
	return u.next.RoundTrip(r)
}
