package fulfill_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A nowTable stands in for the Table API of ServiceNow with one table.
type nowTable struct {
	lacks   string // a field that the table doesn't have
	records []map[string]string
	calls   []string // methods
	fail    func(r *http.Request, calls int) *http.Response
	lose    bool // answers to POST, once the record is made
}

func (n *nowTable) RoundTrip(r *http.Request) (*http.Response, error) {
	n.calls = append(n.calls, r.Method)
	if n.fail != nil {
		if answer := n.fail(r, len(n.calls)); answer != nil {
			return answer, nil
		}
	}
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	if n.lose && r.Method == http.MethodPost {
		return nil, io.ErrUnexpectedEOF
	}
	return w.Result(), nil
}

// ServeHTTP answers as https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
// says: an unknown field of a query is ignored, and so is one of a record.
func (n *nowTable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, password, ok := r.BasicAuth(); r.Header.Get("Authorization") != "Bearer t0ken" && !(ok && password == "hunter2") {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth information"},"status":"failure"}`)
		return
	}
	var result any
	switch r.Method {
	case http.MethodPost:
		var fields map[string]string
		_ = json.NewDecoder(r.Body).Decode(&fields)
		delete(fields, n.lacks)
		fields["number"], fields["state"] = fmt.Sprintf("INC%07d", len(n.records)+1), "1"
		n.records = append(n.records, fields)
		w.WriteHeader(http.StatusCreated)
		result = fields
	default:
		query, _, _ := strings.Cut(r.URL.Query().Get("sysparm_query"), "^ORDERBY")
		name, value, _ := strings.Cut(query, "=")
		found := []map[string]string{}
		for _, record := range n.records {
			if name == n.lacks || record[name] == value {
				found = append(found, record)
			}
		}
		result = found[:min(len(found), 2)]
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result})
}

func said(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

const instance = "https://example.service-now.com"

func (n *nowTable) desk(t testing.TB) *fulfill.ServiceNow {
	t.Helper()
	desk, err := fulfill.NewServiceNow(instance, &fulfill.ServiceNowOptions{Token: "t0ken", Transport: n,
		Fields: map[string]string{"assignment_group": "Access", "urgency": "2"}})
	require.NoError(t, err)
	return desk
}

func TestServiceNow_MakesOneRecordForATicket(t *testing.T) {
	t.Parallel()
	now := &nowTable{}
	journal := leavers(t, 3)
	assert.Equal(t, 3, deliver(t, journal, now.desk(t)).Opened)
	require.Len(t, now.records, 3)
	record := now.records[0]
	assert.Len(t, record["correlation_id"], 32)
	assert.Equal(t, "Access", record["assignment_group"])
	assert.True(t, strings.HasPrefix(record["short_description"], "CORPDB1: close the account user00@x of user00@x"), record["short_description"])
	assert.LessOrEqual(t, len([]rune(record["short_description"])), 160, "the field has no more room, and would be cut without a word")
	for _, line := range []string{"To do: closeAccount\n", "Account: user00@x\n", "Reason: General: removed, and not by a review\n"} {
		assert.Contains(t, record["description"], line)
	}
	now.calls = nil
	require.NoError(t, now.desk(t).Open(t.Context(), fulfill.Ticket{Key: record["correlation_id"]}))
	assert.Equal(t, []string{http.MethodGet}, now.calls, "another program, or a journal that was lost, opens no second one")
	assert.Len(t, now.records, 3)
}

// The record is made, and nobody hears of it.
func TestServiceNow_LooksForTheTicketWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	for reason, lose := range map[string]func(now *nowTable){
		"the connection breaks": func(now *nowTable) { now.lose = true },
		"a gateway gives up": func(now *nowTable) {
			now.fail = func(r *http.Request, _ int) *http.Response {
				if r.Method == http.MethodPost {
					now.ServeHTTP(httptest.NewRecorder(), r)
					return said(http.StatusGatewayTimeout, "<html>")
				}
				return nil
			}
		},
		"the answer is cut off": func(now *nowTable) {
			now.fail = func(r *http.Request, _ int) *http.Response {
				if r.Method == http.MethodPost {
					now.ServeHTTP(httptest.NewRecorder(), r)
					return said(http.StatusCreated, `{"result":{"num`)
				}
				return nil
			}
		},
	} {
		now := &nowTable{}
		lose(now)
		journal := leavers(t, 4)
		assert.Equal(t, 4, deliver(t, journal, now.desk(t)).Opened, reason)
		assert.Len(t, now.records, 4, reason)
	}
}

// It is down from the moment on in which the answer was lost; the next delivery asks first.
func TestServiceNow_OpensNoSecondTicketAfterItWasDown(t *testing.T) {
	t.Parallel()
	now := &nowTable{}
	posted := false
	now.fail = func(r *http.Request, _ int) *http.Response {
		if r.Method == http.MethodPost {
			now.ServeHTTP(httptest.NewRecorder(), r)
			posted = true
		}
		if posted {
			return said(http.StatusServiceUnavailable, "")
		}
		return nil
	}
	journal := leavers(t, 5)
	delivery, err := journal.Deliver(t.Context(), now.desk(t), due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	assert.ErrorContains(t, err, "seems to be down: ServiceNow at example.service-now.com answered 503")
	assert.Len(t, delivery.Waiting, 5)
	now.fail = nil
	assert.Equal(t, 5, deliver(t, journal, now.desk(t)).Opened)
	assert.Len(t, now.records, 5)
}

// A business rule refuses one record; the others are made.
func TestServiceNow_RefusesOneTicketAndNotTheOthers(t *testing.T) {
	t.Parallel()
	now := &nowTable{}
	now.fail = func(r *http.Request, _ int) *http.Response {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method == http.MethodPost && bytes.Contains(body, []byte("user01")) {
			return said(http.StatusForbidden, `{"error":{"message":"Operation Failed","detail":"aborted by the Business Rule 'Access'"},"status":"failure"}`)
		}
		return nil
	}
	journal := leavers(t, 3)
	delivery, err := journal.Deliver(t.Context(), now.desk(t), due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrRefused)
	assert.ErrorContains(t, err, "answered 403 Forbidden: Operation Failed: aborted by the Business Rule 'Access'")
	assert.Equal(t, 2, delivery.Opened)
	assert.Len(t, delivery.Refused, 1)
	assert.Len(t, now.records, 2)
}

// What is about everybody refuses no ticket, opens none, and tells no secret.
func TestServiceNow_WhatIsNoAnswerOpensNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		fail   func(r *http.Request, calls int) *http.Response
		text   string
	}{
		{"the account may not search", func(*http.Request, int) *http.Response {
			return said(403, `{"error":{"message":"no rights","detail":null}}`)
		}, "answered 403 Forbidden: no rights"},
		{"a password that is wrong", func(*http.Request, int) *http.Response { return said(401, "") }, "answered 401 Unauthorized"},
		{"too many requests", func(*http.Request, int) *http.Response { return said(429, "") }, "answered 429"},
		{"an instance that sleeps answers 200 with a page", func(*http.Request, int) *http.Response {
			return said(200, "<html>Instance Hibernating page</html>")
		}, "answered with something else than records of a table"},
		{"a record that is answered with a page to sign in at", func(r *http.Request, _ int) *http.Response {
			if r.Method == http.MethodPost {
				return said(200, "<html>Log in</html>")
			}
			return nil
		}, "answered with something else than a record of a table"},
		{"a gateway that repeats what it was sent", func(r *http.Request, _ int) *http.Response {
			return said(500, `{"error":{"message":"cannot pass on `+r.Header.Get("Authorization")+`"}}`)
		}, "answered 500 Internal Server Error"},
		{"a redirect to sign in", func(*http.Request, int) *http.Response { return said(302, "") }, "answered 302 Found"},
	} {
		now := &nowTable{fail: test.fail}
		journal := leavers(t, 2)
		delivery, err := journal.Deliver(t.Context(), now.desk(t), due(t, journal))
		require.ErrorIs(t, err, fulfill.ErrUndelivered, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Len(t, delivery.Waiting, 2, test.reason)
		assert.Empty(t, delivery.Refused, test.reason)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), "t0ken", test.reason)
	}
}

// A table without correlation_id ignores it, finds everything, and would get each ticket
// again in every run.
func TestServiceNow_ATableWithoutTheFieldIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	now := &nowTable{lacks: "correlation_id", records: []map[string]string{{"number": "X1"}}}
	journal := leavers(t, 2)
	_, err := journal.Deliver(t.Context(), now.desk(t), due(t, journal))
	assert.ErrorContains(t, err, "the table doesn't have that field")
	assert.Len(t, now.records, 1)

	now.records = nil // and shows that only once it has a record
	_, err = journal.Deliver(t.Context(), now.desk(t), due(t, journal))
	assert.ErrorContains(t, err, "made the record INC0000001 without its correlation_id")
	assert.Len(t, now.records, 1, "the first one shows it")
}

func TestServiceNow_ThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := carrier(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() })
		desk, err := fulfill.NewServiceNow(instance, &fulfill.ServiceNowOptions{User: "robot", Password: "hunter2", Transport: slow})
		require.NoError(t, err)
		begun := time.Now()
		assert.ErrorContains(t, desk.Open(t.Context(), fulfill.Ticket{Key: "k1"}), "ServiceNow at example.service-now.com gave no answer in time")
		assert.Equal(t, 30*time.Second, time.Since(begun))
	})
}

// The headers come at once, and the record does not: that is no page of something else.
func TestServiceNow_ThatAnswersTooSlowlyIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := carrier(func(r *http.Request) (*http.Response, error) {
			body, w := io.Pipe()
			go func() { <-r.Context().Done(); w.CloseWithError(r.Context().Err()) }()
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body}, nil
		})
		desk, err := fulfill.NewServiceNow(instance, &fulfill.ServiceNowOptions{Token: "t0ken", Transport: slow, Timeout: time.Minute})
		require.NoError(t, err)
		err = desk.Open(t.Context(), fulfill.Ticket{Key: "k1"})
		assert.EqualError(t, err, "ServiceNow at example.service-now.com gave no answer in time")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// What became of a record is read from its state.
func TestServiceNow_TellsWhatBecameOfTickets(t *testing.T) {
	t.Parallel()
	now := &nowTable{}
	journal := leavers(t, 4)
	desk := now.desk(t)
	deliver(t, journal, desk)
	now.records[0]["state"] = "2"
	now.records[1]["state"], now.records[1]["close_notes"] = "7", "account locked"
	now.records[2]["state"] = "8"
	now.records = now.records[:3] // somebody deleted one
	asked, err := journal.ReadTickets(t.Context(), desk)
	require.NoError(t, err)
	assert.Equal(t, 4, asked)
	counts := make(map[fulfill.TicketStatus]int)
	for _, record := range journal.State().Tickets {
		counts[record.Status]++
		if record.Status == fulfill.TicketDone {
			assert.Equal(t, "INC0000002 account locked", record.Reference+" "+record.Text)
		}
	}
	assert.Equal(t, map[fulfill.TicketStatus]int{fulfill.TicketOpened: 2, fulfill.TicketDone: 1, fulfill.TicketRejected: 1}, counts)

	answer, err := desk.Status(t.Context(), "another")
	require.NoError(t, err)
	assert.Equal(t, fulfill.Answer{}, answer)
	_, err = desk.Status(t.Context(), "x^ORactive=true")
	assert.ErrorContains(t, err, "can't be a correlation_id", "a key must not become a query")
	tasks, err := fulfill.NewServiceNow(instance+"/api/now/table/sc_task", &fulfill.ServiceNowOptions{Token: "t0ken", Transport: now})
	require.NoError(t, err)
	now.records[0]["state"] = "3"
	answer, err = tasks.Status(t.Context(), now.records[0]["correlation_id"])
	require.NoError(t, err)
	assert.Equal(t, fulfill.TicketDone, answer.Status, "3 is on hold of an incident, and closed of a task")
}

func TestServiceNow_IsSetUpInOneWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		address string
		opts    fulfill.ServiceNowOptions
		err     string
	}{
		{"http://example.service-now.com", fulfill.ServiceNowOptions{Token: "x"}, "the address of ServiceNow is not an absolute https URL"},
		{instance + "/incident_list.do", fulfill.ServiceNowOptions{Token: "x"}, "nothing more"},
		{instance + "/api/now/v1/table/incident", fulfill.ServiceNowOptions{Token: "x"}, "nothing more"},
		{instance + "/api/now/table/incident?sysparm_query=x", fulfill.ServiceNowOptions{Token: "x"}, "nothing more"},
		{"https://robot:hunter2@example.service-now.com", fulfill.ServiceNowOptions{Token: "x"}, "nothing more"},
		{instance, fulfill.ServiceNowOptions{}, "a token, or a user and a password"},
		{instance, fulfill.ServiceNowOptions{User: "robot"}, "a token, or a user and a password"},
		{instance, fulfill.ServiceNowOptions{User: "robot", Password: "hunter2", Token: "x"}, "a token, or a user and a password"},
		{instance, fulfill.ServiceNowOptions{Token: "hunter2\nX: y"}, "other characters"},
		{instance, fulfill.ServiceNowOptions{Token: "x", Fields: map[string]string{"correlation_id": "x"}}, `the field "correlation_id"`},
		{instance, fulfill.ServiceNowOptions{Token: "x", Fields: map[string]string{"Assignment group": "x"}}, `the field "Assignment group"`},
	} {
		_, err := fulfill.NewServiceNow(test.address, &test.opts)
		require.ErrorContains(t, err, test.err, test.address)
		assert.NotContains(t, err.Error(), "hunter2")
	}
	desk, err := fulfill.NewServiceNow(instance+"/", &fulfill.ServiceNowOptions{User: "robot", Password: "hunter2"})
	require.NoError(t, err)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, "ServiceNow at example.service-now.com/api/now/table/incident", fmt.Sprintf(format, desk))
		assert.Equal(t, "ServiceNow at example.service-now.com/api/now/table/incident", fmt.Sprintf(format, *desk))
	}
}

// What was resolved may be opened again, and what was cancelled too: a journal that asks
// no more would say for ever what is no longer so. Once an export proves that the account
// is gone, nobody has to ask.
func TestServiceNow_HearsOfRecordsThatAreOpenedAgain(t *testing.T) {
	t.Parallel()
	now := &nowTable{}
	journal := leavers(t, 2)
	desk := now.desk(t)
	deliver(t, journal, desk)
	now.records[0]["state"], now.records[1]["state"] = "6", "8"
	read := func() (statuses []fulfill.TicketStatus) {
		_, err := journal.ReadTickets(t.Context(), desk)
		require.NoError(t, err)
		for _, record := range now.records {
			statuses = append(statuses, journal.State().Tickets[record["correlation_id"]].Status)
		}
		return statuses
	}
	assert.Equal(t, []fulfill.TicketStatus{fulfill.TicketDone, fulfill.TicketRejected}, read())
	now.records[0]["state"], now.records[1]["state"] = "2", "6"
	assert.Equal(t, []fulfill.TicketStatus{fulfill.TicketOpened, fulfill.TicketDone}, read())
}

// The answer was lost, and ada has access again before anybody asked: the record is open,
// and asks to close the account of somebody who uses it.
func TestServiceNow_ARecordWhoseAnswerWasLostIsWithdrawn(t *testing.T) {
	t.Parallel()
	now := &nowTable{}
	posted := false
	now.fail = func(r *http.Request, _ int) *http.Response {
		if posted {
			return said(http.StatusServiceUnavailable, "")
		}
		if posted = r.Method == http.MethodPost; posted {
			now.ServeHTTP(httptest.NewRecorder(), r)
			return said(http.StatusGatewayTimeout, "")
		}
		return nil
	}
	journal := holdingBoth(t, "ada", "bob")
	lose(t, journal, advent, map[string][]assign.AppRole{"ada": {general, auditor}})
	_, err := journal.Deliver(t.Context(), now.desk(t), due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	require.Len(t, now.records, 1)
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, granted("ada", general), granted("ada", auditor),
		granted("bob", general), granted("bob", auditor))), nil)
	assert.Empty(t, journal.State().Revocations().Untrue)
	now.fail = nil
	_, err = journal.ReadTickets(t.Context(), now.desk(t))
	require.NoError(t, err)
	require.Len(t, journal.State().Revocations().Untrue, 1, "nobody hears that it must be withdrawn")
	assert.Equal(t, "INC0000001", journal.State().Revocations().Untrue[0].Reference)
	assert.Empty(t, due(t, journal))
}
