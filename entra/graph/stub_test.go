package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"
)

// A stub answers requests in process, so that tests run in synctest bubbles.
// It reads request bodies whole and honours contexts, as net/http does.
type stub struct {
	mu       sync.Mutex
	requests []sent
	answer   func(r sent) answer
}

// sent is a request that reached the stub.
type sent struct {
	*http.Request
	body string
	at   time.Time
	n    int // how many came before it
}

type answer struct {
	status int
	header map[string]string
	body   string
	err    error         // instead of an answer
	after  time.Duration // how long the answer takes
}

func (s *stub) RoundTrip(r *http.Request) (*http.Response, error) {
	got := sent{Request: r, at: time.Now()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		got.body = string(body)
	}
	s.mu.Lock()
	got.n = len(s.requests)
	s.requests = append(s.requests, got)
	a := s.answer(got) // one at a time, so that answers may count
	s.mu.Unlock()
	select {
	case <-time.After(a.after):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{}
	for name, value := range a.header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: a.status, Header: header, Request: r,
		ContentLength: int64(len(a.body)), Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func (s *stub) sent() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.requests...)
}

// answers returns the answers one after another, the last one for ever.
func answers(list ...answer) func(sent) answer {
	return func(r sent) answer { return list[min(r.n, len(list)-1)] }
}

type staticToken string

func (s staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// client connects to a stub.
func client(t testing.TB, answer func(sent) answer, opts *Options) (*Conn, *stub) {
	t.Helper()
	s := &stub{answer: answer}
	o := ConnectOptions{Transport: s}
	if opts != nil {
		o.Options = *opts
	}
	c, err := Connect(staticToken("SECRET-TOKEN"), &o)
	require.NoError(t, err)
	return c, s
}

// batchAnswers answers a $batch by asking item for each of its requests.
func batchAnswers(item func(step batchStep) batchAnswer) func(sent) answer {
	return func(r sent) answer {
		var request batchRequest
		if err := json.Unmarshal([]byte(r.body), &request); err != nil {
			return answer{status: 400, body: err.Error()}
		}
		var response batchResponse
		for _, step := range request.Requests {
			a := item(step)
			a.ID, _ = json.Marshal(step.ID)
			response.Responses = append(response.Responses, a)
		}
		var body bytes.Buffer
		_ = json.NewEncoder(&body).Encode(response)
		return answer{status: 200, body: body.String()}
	}
}

func odataError(code, message string) string {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message}})
	return string(body)
}
