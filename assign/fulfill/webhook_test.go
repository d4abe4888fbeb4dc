package fulfill_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A carrier answers requests without a network.
type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(request *http.Request) (*http.Response, error) { return c(request) }

func answer(request *http.Request, status int, header ...string) *http.Response {
	response := &http.Response{StatusCode: status, Header: make(http.Header), Body: io.NopCloser(strings.NewReader("secret of the receiver")), Request: request}
	for i := 0; i+1 < len(header); i += 2 {
		response.Header.Set(header[i], header[i+1])
	}
	return response
}

const secretAddress = "https://robot:hunter2@hooks.example.com:8443/workflows/s3cret/run?sig=t0ken"

func TestAWebhookPostsTheTicketWithItsKey(t *testing.T) {
	t.Parallel()
	var got fulfill.Ticket
	hook, err := fulfill.NewWebhook(secretAddress, &fulfill.WebhookOptions{Header: http.Header{"Authorization": {"Bearer abc"}},
		Transport: carrier(func(r *http.Request) (*http.Response, error) {
			assert.Equal(t, http.MethodPost, r.Method)
			assert.Equal(t, "/workflows/s3cret/run?sig=t0ken", r.URL.RequestURI())
			assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
			assert.Equal(t, "Bearer abc", r.Header.Get("Authorization"))
			assert.Equal(t, "k1", r.Header.Get("Idempotency-Key"))
			return answer(r, http.StatusCreated), json.NewDecoder(r.Body).Decode(&got)
		})})
	require.NoError(t, err)
	ticket := fulfill.Ticket{Key: "k1", Summary: "close it", Action: fulfill.CloseAccount, Account: fulfill.AppAccount{Key: "ada1"}}
	require.NoError(t, hook.Open(t.Context(), ticket))
	assert.Equal(t, ticket, got)
}

// Whatever the receiver does, the ticket waits and the address stays secret.
func TestAWebhookThatFailsLosesNothingAndTellsNoSecret(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason  string
		carrier carrier
		is      error
		text    string
	}{
		{"500", func(r *http.Request) (*http.Response, error) { return answer(r, 500), nil }, nil, "answered 500 Internal Server Error"},
		{"an expired address", func(r *http.Request) (*http.Response, error) { return answer(r, 401), nil }, nil, "answered 401 Unauthorized"},
		{"a redirect, after which a POST would go on as a GET and be answered with 200", func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				return answer(r, 200), nil
			}
			return answer(r, 302, "Location", "https://hooks.example.com/signin?sig=t0ken"), nil
		}, nil, "answered 302 Found"},
		{"no connection", func(r *http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, nil, "gave no answer: connection refused"},
		{"a transport that talks", func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("dialling %s", r.URL) }, nil, "gave no answer: the transport failed"},
		{"a transport that talks of the query", func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("bad query %s", r.URL.RawQuery) }, nil, "gave no answer: the transport failed"},
		{"a receiver that hangs", func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
			context.DeadlineExceeded, "gave no answer in time"},
	} {
		synctest.Test(t, func(t *testing.T) {
			hook, err := fulfill.NewWebhook(secretAddress, &fulfill.WebhookOptions{Transport: test.carrier})
			require.NoError(t, err)
			journal := leavers(t, 2)
			begun := time.Now()
			delivery, err := journal.Deliver(t.Context(), hook, due(t, journal))
			assert.LessOrEqual(t, time.Since(begun), time.Minute, test.reason)
			assert.Len(t, delivery.Waiting, 2, test.reason)
			var typed *fulfill.ReceiverError
			require.ErrorAs(t, err, &typed, test.reason)
			assert.ErrorContains(t, err, "the webhook at hooks.example.com:8443 "+test.text, test.reason)
			if test.is != nil {
				assert.ErrorIs(t, err, test.is, test.reason)
			}
			for _, secret := range []string{"hunter2", "s3cret", "t0ken", "secret of the receiver"} {
				assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, typed, errors.Unwrap(typed)), secret, test.reason)
			}
			working := new(desk)
			deliver(t, journal, working)
			assert.Len(t, working.opened, 2, test.reason)
		})
	}
}

// An answer about this ticket is a refusal; one about who asks, or when, is about all.
func TestAnAnswerOf4xxRefusesThatTicketAlone(t *testing.T) {
	t.Parallel()
	for status, refused := range map[int]bool{400: true, 403: true, 404: true, 409: true, 422: true,
		401: false, 407: false, 408: false, 425: false, 429: false, 302: false, 500: false, 503: false} {
		hook, err := fulfill.NewWebhook(secretAddress, &fulfill.WebhookOptions{
			Transport: carrier(func(r *http.Request) (*http.Response, error) { return answer(r, status), nil })})
		require.NoError(t, err)
		err = hook.Open(t.Context(), fulfill.Ticket{})
		require.Error(t, err)
		assert.Equal(t, refused, errors.Is(err, fulfill.ErrRefused), "%d", status)
		var typed *fulfill.ReceiverError
		require.ErrorAs(t, err, &typed)
		assert.Equal(t, status, typed.Status)
	}
}

func TestAWebhookStopsWithItsContext(t *testing.T) {
	t.Parallel()
	hook, err := fulfill.NewWebhook("https://hooks.example.com", &fulfill.WebhookOptions{Transport: carrier(func(r *http.Request) (*http.Response, error) {
		return nil, r.Context().Err()
	})})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	assert.ErrorIs(t, hook.Open(ctx, fulfill.Ticket{}), context.Canceled)
}

func TestAnAddressThatWouldTellSecretsIsRefusedWithoutTellingThem(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://hooks.example.com/s3cret", "hooks.example.com/s3cret", "ftp://x/s3cret", "https:///s3cret", "https://x/%zz-s3cret", ""} {
		_, err := fulfill.NewWebhook(address, nil)
		assert.EqualError(t, err, "the address of the webhook is not an absolute https URL (http is for this machine only)", address)
	}
	for _, address := range []string{"http://localhost:8080/x", "http://127.0.0.1/x", "http://[::1]:9/x", "https://hooks.example.com"} {
		_, err := fulfill.NewWebhook(address, nil)
		assert.NoError(t, err, address)
	}
	hook, err := fulfill.NewWebhook(secretAddress, &fulfill.WebhookOptions{Header: http.Header{"Authorization": {"Bearer t0ken"}}})
	require.NoError(t, err)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.Equal(t, "webhook at hooks.example.com:8443", fmt.Sprintf(format, hook))
		assert.Equal(t, "webhook at hooks.example.com:8443", fmt.Sprintf(format, *hook))
	}
}
