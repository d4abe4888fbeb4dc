package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
)

// The sets whose objects outlive their file unless somebody deletes them. Others go
// with what they belong to.
var (
	directorySets  = []string{"/users", "/groups", "/applications", "/servicePrincipals"}
	governanceSets = []string{"/identityGovernance/accessReviews/definitions", "/identityGovernance/entitlementManagement/catalogs",
		"/identityGovernance/entitlementManagement/accessPackages", "/identityGovernance/entitlementManagement/assignmentPolicies"}
)

// A record is a transport that remembers what was created through it.
type record struct {
	next    http.RoundTripper
	root    string
	created []created // in order
}

// created is an object that was made.
type created struct{ set, id string }

func (r *record) RoundTrip(req *http.Request) (*http.Response, error) {
	var asked []byte
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		if asked, err = io.ReadAll(body); err != nil {
			return nil, err
		}
	}
	rsp, err := r.next.RoundTrip(req)
	if err != nil {
		return rsp, err
	}
	answer, err := io.ReadAll(io.LimitReader(rsp.Body, 16<<20))
	rsp.Body.Close()
	rsp.Body = io.NopCloser(bytes.NewReader(answer))
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(req.URL.Path, "/$batch") {
		r.noteBatch(asked, answer)
	} else {
		r.note(req.URL.Path, rsp.StatusCode, answer)
	}
	return rsp, nil
}

// note remembers an answer that is 201, of POST or of PATCH with a key.
func (r *record) note(path string, status int, answer []byte) {
	var object struct{ ID string }
	if status != http.StatusCreated || json.Unmarshal(answer, &object) != nil || object.ID == "" {
		return
	}
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "(")
	path = strings.Replace(path, "/unified/", "/", 1)
	for _, set := range slices.Concat(directorySets, governanceSets) {
		if strings.HasSuffix(path, set) {
			r.created = append(r.created, created{set, object.ID})
			return
		}
	}
}

func (r *record) noteBatch(asked, answer []byte) {
	var in struct{ Requests []struct{ ID, URL string } }
	var out struct {
		Responses []struct {
			ID     string
			Status int
			Body   json.RawMessage
		}
	}
	if json.Unmarshal(asked, &in) != nil || json.Unmarshal(answer, &out) != nil {
		return
	}
	for _, rsp := range out.Responses {
		for _, req := range in.Requests {
			if req.ID == rsp.ID {
				r.note(req.URL, rsp.Status, rsp.Body)
			}
		}
	}
}

// clean deletes what was created, the last first, for good, and returns what is left.
func (r *record) clean(ctx context.Context, s *exchange.Scene) (left []string) {
	list := slices.Clone(r.created)
	slices.Reverse(list)
	for _, c := range list {
		if err := r.remove(ctx, s.Token, c.set+"/"+c.id); err != nil {
			left = append(left, err.Error())
		}
	}
	for _, c := range list {
		if slices.Contains(directorySets, c.set) {
			if err := r.remove(ctx, s.Token, "/directory/deletedItems/"+c.id); err != nil {
				left = append(left, err.Error())
			}
		}
	}
	return left
}

// remove deletes an object. That it is not there is as good.
func (r *record) remove(ctx context.Context, token, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, r.root+path, nil)
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	rsp, err := r.next.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	rsp.Body.Close()
	if rsp.StatusCode != http.StatusNoContent && rsp.StatusCode != http.StatusNotFound {
		return fmt.Errorf("%s: status %d", path, rsp.StatusCode)
	}
	return nil
}
