package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A nowTable is a table of ServiceNow on loopback.
type nowTable struct {
	mu      sync.Mutex
	records []map[string]string
}

func (n *nowTable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, password, _ := r.BasicAuth(); password != "s3cret-password" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	found := []map[string]string{}
	if r.Method == http.MethodPost {
		var fields map[string]string
		_ = json.NewDecoder(r.Body).Decode(&fields)
		fields["number"], fields["state"] = fmt.Sprintf("TASK%03d", len(n.records)+1), "1"
		n.records = append(n.records, fields)
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"result": fields})
		return
	}
	for _, record := range n.records {
		if strings.HasPrefix(r.URL.Query().Get("sysparm_query"), "correlation_id="+record["correlation_id"]+"^") {
			found = append(found, record)
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"result": found})
}

func TestRevocations_AsRecordsOfServiceNow(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.deny("bob", "cy")
	now := &nowTable{}
	server := httptest.NewServer(now)
	defer server.Close()
	revocations := func(password string, more ...string) result {
		args := append([]string{"revocations", "-graph", r.url, "-wait", "2s", "-snapshot", r.snapshot,
			"-servicenow", server.URL + "/api/now/table/sc_task"}, more...)
		got := governUntil(t.Context(), map[string]string{"GRAPH_TOKEN": secret, "SERVICENOW_USER": "robot", "SERVICENOW_PASSWORD": password}, args...)
		assert.NotContains(t, got.out+got.err, "s3cret")
		return got
	}
	const password = "s3cret-password"
	assert.Equal(t, exitRefused, revocations(password).status, "a ticket is work for somebody, and is asked for first")
	got := revocations("s3cret-other", "-yes")
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "ServiceNow at 127.0.0.1")
	assert.Contains(t, got.err, "answered 401 Unauthorized")
	require.Equal(t, exitDone, revocations(password, "-dry-run").status)
	assert.Empty(t, now.records)

	got = revocations(password, "-yes", "-ticket-field", "assignment_group=Access = CORPDB1")
	require.Equal(t, exitDone, got.status, got.err)
	require.Len(t, now.records, 2)
	assert.Equal(t, "Access = CORPDB1", now.records[0]["assignment_group"])
	now.records[0]["state"] = "3"
	now.records[1]["state"], now.records[1]["close_notes"] = "4", "a shared account"
	got = revocations(password)
	require.Equal(t, exitDone, got.status, "nothing is left to open: %s", got.err)
	assert.Contains(t, got.out, "1 ticket is carried out, says 127.0.0.1")
	assert.Contains(t, got.out, "The ticket TASK002 for ")
	assert.Contains(t, got.out, "a shared account")
	assert.Equal(t, map[string]any{"opened": 0., "before": 2., "waiting": 0., "done": 1., "rejected": 1.},
		revocations(password, "-json").document(t)["tickets"])
	assert.Len(t, now.records, 2)

	got = govern(t, nil, "revocations", "-snapshot", r.snapshot, "-servicenow", server.URL)
	assert.Equal(t, exitUsage, got.status)
	assert.Contains(t, got.err, "needs credentials in the variables SERVICENOW_USER and SERVICENOW_PASSWORD, or in SERVICENOW_TOKEN")
}

// An interrupt is no failure of the receiver, and the line to go on with is told.
func TestRevocations_InterruptedWhileTicketsAreOpened(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.deny("bob", "cy")
	ctx, interrupt := context.WithCancel(t.Context())
	now := &nowTable{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		now.ServeHTTP(w, q)
		if q.Method == http.MethodPost {
			interrupt()
		}
	}))
	defer server.Close()
	args := []string{"revocations", "-graph", r.url, "-wait", "2s", "-snapshot", r.snapshot, "-yes",
		"-servicenow", server.URL + "/api/now/table/sc_task"}
	env := map[string]string{"GRAPH_TOKEN": secret, "SERVICENOW_USER": "robot", "SERVICENOW_PASSWORD": "s3cret-password"}
	got := governUntil(ctx, env, args...)
	assert.Equal(t, exitInterrupted, got.status, got.err)
	assert.Contains(t, got.err, "govern: interrupted: ")
	assert.Contains(t, got.err, "\nto go on: govern revocations ")
	got = governUntil(t.Context(), env, args...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Len(t, now.records, 2, "the record whose answer was not waited for is found again")
}
