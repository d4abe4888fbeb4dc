package chaos_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
)

// The planted defects, as transports between a client and the service. What a
// client would do wrong is done to its requests and answers on the way.

// lost is a write that is made, once, and whose answer is lost.
func lost(method, path string) []graphfake.Fault {
	return []graphfake.Fault{{Method: method, Path: path, Effect: graphfake.AnswerLost}}
}

// throttled is a read that is told once, after some, to come back in 2.9 seconds.
func throttled(path string, after int) []graphfake.Fault {
	return []graphfake.Fault{{Method: http.MethodGet, Path: path, Status: http.StatusTooManyRequests, RetryAfter: "2.9", After: after}}
}

// slow is a tenant whose answers take a while.
func slow() graphfake.Options {
	o := tenant(1, false)
	o.Latency = 300 * time.Millisecond
	return o
}

// behind is a tenant where all reads meet a replica that is far behind.
func behind() graphfake.Options {
	o := tenant(1, false)
	o.Replication = &graphfake.Replication{Replicas: graphfake.EvenLags(2, 20*time.Second), Choose: graphfake.Apart(1, 0)}
	return o
}

// requests lets edit change each request.
func requests(edit func(*http.Request)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return unpacked{tripper(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			edit(r)
			return next.RoundTrip(r)
		})}
	}
}

// queries changes how values are escaped.
func queries(from, to string) func(http.RoundTripper) http.RoundTripper {
	return requests(func(r *http.Request) { r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, from, to) })
}

// answers lets edit change each answer.
func answers(edit func(*http.Request, *http.Response) *http.Response) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return unpacked{tripper(func(r *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(r)
			if err != nil {
				return nil, err
			}
			return edit(r, res), nil
		})}
	}
}

// firstPageOf hides that lists below a path have further pages.
func firstPageOf(path string) func(http.RoundTripper) http.RoundTripper {
	return answers(func(r *http.Request, res *http.Response) *http.Response {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, path) {
			return edited(res, withoutNext)
		}
		return res
	})
}

// uncounted is a defect in a tenant that does not count its users. Where it does, the
// library finds out that a listing is too short, and the defect does no harm.
func uncounted(between func(http.RoundTripper) http.RoundTripper) func(http.RoundTripper) http.RoundTripper {
	refuse := answers(func(r *http.Request, res *http.Response) *http.Response {
		if strings.HasSuffix(r.URL.Path, "/users/$count") {
			_ = res.Body.Close()
			return answered(r, http.StatusBadRequest, `{"error":{"code":"Request_UnsupportedQuery"}}`)
		}
		return res
	})
	return func(next http.RoundTripper) http.RoundTripper { return refuse(between(next)) }
}

// emptyOnFailure takes a list that can't be read, or not to its end, for a whole one.
func emptyOnFailure(query string) func(http.RoundTripper) http.RoundTripper {
	return answers(func(r *http.Request, res *http.Response) *http.Response {
		if res.StatusCode >= 500 && strings.Contains(r.URL.RawQuery, query) {
			_ = res.Body.Close()
			return answered(r, http.StatusOK, `{"value":[]}`)
		}
		return res
	})
}

// cutRetryAfter cuts the decimals off.
var cutRetryAfter = answers(func(_ *http.Request, res *http.Response) *http.Response {
	if whole, _, found := strings.Cut(res.Header.Get("Retry-After"), "."); found {
		res.Header.Set("Retry-After", whole)
	}
	return res
})

// again sends a request anew for as long as wait says; it reports false when
// the answer is to be taken.
func again(wait func(*http.Response) (time.Duration, bool)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return unpacked{tripper(func(r *http.Request) (*http.Response, error) {
			for {
				body := takeBody(r)
				res, err := next.RoundTrip(r)
				if err != nil {
					return nil, err
				}
				d, more := wait(res)
				if !more {
					return res, nil
				}
				_, _ = io.Copy(io.Discard, res.Body)
				if err := pause(r.Context(), d); err != nil {
					return nil, err
				}
				setBody(r, body)
			}
		})}
	}
}

// replaying sends again what it got a 504 for, whatever became of it.
var replaying = again(func(res *http.Response) (time.Duration, bool) {
	return time.Second, res.StatusCode == http.StatusGatewayTimeout
})

// withoutUniqueName creates an application by nothing but its display name.
func withoutUniqueName(next http.RoundTripper) http.RoundTripper {
	posts := requests(func(r *http.Request) {
		if before, _, byName := strings.Cut(r.URL.Path, "(uniqueName="); byName && r.Method == http.MethodPatch {
			r.Method, r.URL.Path, r.URL.RawPath = http.MethodPost, before, ""
		}
	})(next)
	return tripper(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "(uniqueName=") && r.Method == http.MethodGet {
			return answered(r, http.StatusNotFound, `{"error":{"code":"Request_ResourceNotFound","message":"Nobody has the name."}}`), nil
		}
		return posts.RoundTrip(r)
	})
}

// nameless does so too, loses the first answer, and replays.
func nameless(next http.RoundTripper) http.RoundTripper {
	posts, lost := withoutUniqueName(next), false
	return replaying(tripper(func(r *http.Request) (*http.Response, error) {
		res, err := posts.RoundTrip(r)
		if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "(uniqueName=") && err == nil && !lost {
			lost = true
			return answered(r, http.StatusGatewayTimeout, ""), nil
		}
		return res, err
	}))
}

// stubborn replays too, and takes the answer that says so for a failure.
func stubborn(message string) func(http.RoundTripper) http.RoundTripper {
	misread := answers(func(r *http.Request, res *http.Response) *http.Response {
		if body := readAll(res); strings.Contains(string(body), message) {
			return answered(r, http.StatusBadRequest, `{"error":{"code":"Request_BadRequest","message":"The request failed."}}`)
		} else if res.StatusCode != http.StatusNoContent {
			return edited(res, func(string) string { return string(body) })
		}
		return res
	})
	return func(next http.RoundTripper) http.RoundTripper { return misread(replaying(next)) }
}

// waitingAlone waits out a 429 for one request, while others go on.
var waitingAlone = again(func(res *http.Response) (time.Duration, bool) {
	seconds, _ := strconv.ParseFloat(res.Header.Get("Retry-After"), 64)
	return time.Duration(seconds * float64(time.Second)), res.StatusCode == http.StatusTooManyRequests
})

// patientWith404 waits for everything that is not there.
func patientWith404(next http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		giveUp := time.Now().Add(time.Hour)
		return again(func(res *http.Response) (time.Duration, bool) {
			return 5 * time.Second, res.StatusCode == http.StatusNotFound && time.Now().Before(giveUp)
		})(next).RoundTrip(r)
	})
}

// spoiltBatches gives all answers of a batch up for one that failed.
func spoiltBatches(next http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if err != nil || !isBatch(r) {
			return res, err
		}
		return edited(res, spoilt), nil
	})
}

func spoilt(body string) string {
	var batch struct {
		Responses []map[string]any `json:"responses"`
	}
	if json.Unmarshal([]byte(body), &batch) != nil {
		return body
	}
	failed := false
	for _, answer := range batch.Responses {
		failed = failed || answer["status"].(float64) >= 400
	}
	for _, answer := range batch.Responses {
		if failed {
			answer["status"], answer["body"] = http.StatusBadRequest, map[string]any{"error": map[string]any{"code": "BadRequest", "message": "The batch failed."}}
		}
	}
	text, _ := json.Marshal(batch)
	return string(text)
}

// withoutLevelOnPages leaves the header of advanced queries out after the first page.
var withoutLevelOnPages = requests(func(r *http.Request) {
	if strings.Contains(r.URL.RawQuery, "skiptoken=") {
		r.Header.Del("ConsistencyLevel")
	}
})

// lastRoleOnly writes the roles that are to be added in place of all.
var lastRoleOnly = requests(func(r *http.Request) {
	var app map[string]json.RawMessage
	var roles []json.RawMessage
	if r.Method == http.MethodPatch && json.Unmarshal(takeBody(r), &app) == nil && json.Unmarshal(app["appRoles"], &roles) == nil {
		app["appRoles"], _ = json.Marshal(roles[len(roles)-1:])
		body, _ := json.Marshal(app)
		setBody(r, body)
	}
})
