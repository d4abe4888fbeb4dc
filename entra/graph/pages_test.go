package graph

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "https://graph.microsoft.com/v1.0"

type object struct{ ID string }

func listed(t *testing.T, c *Conn, req Request) (ids []string, err error) {
	for o, err := range Pages[object](t.Context(), c, req) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, o.ID)
	}
	return ids, nil
}

func onePage(next string, ids ...string) answer {
	value := ""
	for i, id := range ids {
		if i > 0 {
			value += ","
		}
		value += fmt.Sprintf(`{"id":%q}`, id)
	}
	return answer{status: 200, body: fmt.Sprintf(`{"value":[%s],"@odata.nextLink":%q}`, value, next)}
}

func TestPagesFollowsLinksVerbatimWithHeaders(t *testing.T) {
	next := root + "/users?$filter=groupTypes%2fany(g%3ag+eq+%27Unified%27)&$skiptoken=RFNwdA%3D%3D"
	c, s := client(t, answers(onePage(next, "a", "b"), onePage(next+"2"), onePage("", "c")), nil)
	ids, err := listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users?$top=2", Header: map[string]string{"ConsistencyLevel": "eventual"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, ids, "the page in the middle is empty, which is not the end")
	assert.Equal(t, next, s.sent()[1].URL.String())
	for _, r := range s.sent() {
		assert.Equal(t, "eventual", r.Header.Get("ConsistencyLevel"), "the service does not carry it over")
	}
}

// A half-read listing that looks whole leads to removals.
func TestPagesNeverTakesAnErrorForTheEnd(t *testing.T) {
	tests := map[string]answer{
		"not found":      {status: 404},
		"no value":       {status: 200, body: `{}`},
		"null value":     {status: 200, body: `{"value":null}`},
		"empty body":     {status: 200},
		"HTML":           {status: 200, body: "<html>"},
		"no content":     {status: 204},
		"another object": {status: 200, body: `{"error":{}}`},
		"goes elsewhere": onePage("https://evil.example/v1.0/users?$skiptoken=x", "c"),
		"goes to http":   onePage("http://graph.microsoft.com/v1.0/users?$skiptoken=x", "c"),
		"another port":   onePage("https://graph.microsoft.com:8443/v1.0/users", "c"),
		"user info":      onePage("https://a@graph.microsoft.com/v1.0/users", "c"),
		"relative link":  onePage("users?$skiptoken=x", "c"),
		"in a circle":    onePage(root+"/users?$skiptoken=1", "c"),
		"not a URL":      onePage("%zz", "c"),
		"scheme-less":    onePage("//evil.example/x", "c"),
	}
	for name, second := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := client(t, answers(onePage(root+"/users?$skiptoken=1", "a"), second), &Options{MaxRetries: 1})
				_, err := listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users"})
				var typed *Error
				require.ErrorAs(t, err, &typed)
				for _, r := range s.sent() {
					assert.Equal(t, "graph.microsoft.com", r.URL.Host)
					assert.Equal(t, "https", r.URL.Scheme)
				}
			})
		})
	}
	c, _ := client(t, answers(onePage(root+"/users?$skiptoken=1", "a"), onePage("", "b")), nil)
	ids, err := listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, ids, "the counter-case: a good second page is followed")
}

func TestPagesBeginsAnewOnceWhenTheTokenExpired(t *testing.T) {
	expired := answer{status: 400, body: odataError("Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.")}
	c, s := client(t, answers(onePage(root+"/users?p=2", "a"), expired, onePage(root+"/users?p=2", "a"), onePage("", "b")), nil)
	ids, err := listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users?$top=1"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "a", "b"}, ids)
	assert.Equal(t, "/v1.0/users?$top=1", s.sent()[2].URL.RequestURI())

	c, _ = client(t, func(r sent) answer {
		if r.n%2 == 0 {
			return onePage(root+"/users?p=2", "a")
		}
		return expired
	}, nil)
	_, err = listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users"})
	require.ErrorIs(t, err, ErrPageExpired, "twice is too often")
}

func TestPagesRetriesAPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, answers(onePage(root+"/users?p=2", "a"), answer{status: 503}, onePage("", "b")), nil)
		ids, err := listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users"})
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "b"}, ids)
	})
}

func TestPagesStopsWhenTheConsumerDoes(t *testing.T) {
	c, s := client(t, answers(onePage(root+"/users?p=2", "a", "b")), nil)
	for range Pages[object](t.Context(), c, Request{Op: Operation{Name: "list"}, Path: "/users"}) {
		break
	}
	assert.Len(t, s.sent(), 1)
	assert.Equal(t, http.MethodGet, s.sent()[0].Method)
}
