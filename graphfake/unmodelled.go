package graphfake

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// One rule for all that the fake lacks: what the service does not have is denied
// in the service's words, and what the published metadata of v1.0 knows is never
// denied. If it is not modelled, it is answered with 501 and fails the test.
// Paths come here through unrouted; names in query options and bodies through
// honest, as graphError.missing.

// notModelled fails the test, if there is one, and answers 501.
func (rq *request) notModelled(what string) *graphError {
	rq.s.errorf("graphfake: %s %s: %s is not modelled", rq.method, rq.path, what)
	return refuse(http.StatusNotImplemented, "NotImplemented", "graphfake does not model %s.", what)
}

// unrouted answers a request that no route fits.
func (rq *request) unrouted() (response, *graphError) {
	path := odata.SplitPath(rq.path)
	places := metadata.Walk(path)
	last := places[len(places)-1]
	switch {
	case !strings.HasSuffix(rq.base, "/v1.0"): // another version
	case last.Kind == metadata.Unknown:
		if known := path[:len(places)]; !rq.s.routes.begin(known) {
			return response{}, malformed("Resource not found for the segment '%s'.", known[len(known)-1].Value)
		}
	case rq.s.routes.otherMethod(rq) && !slices.Contains(methodsOf(last), rq.method):
		return response{}, wrongMethod()
	}
	return response{}, rq.notModelled(rq.method + " " + rq.path)
}

// methodsOf returns the methods that OData has for what is at a place, less
// what the service is known to refuse.
// https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html#sec_DataServiceRequests
func methodsOf(at metadata.Place) []string {
	switch {
	case at.Kind == metadata.Action:
		return []string{post}
	case at.Kind == metadata.System && at.Name == "$ref":
		return []string{get, post, put, del}
	case at.Kind == metadata.System && at.Name == "$value":
		return []string{get, put, patch, del}
	case at.Kind == metadata.System && at.Name == "$query":
		return []string{post}
	case at.Kind == metadata.Function || at.Kind == metadata.System:
		return []string{get}
	case at.Many && at.Kind != metadata.Property:
		return []string{get, post}
	case at.Type == schema.Assignments.Name: // https://github.com/microsoftgraph/microsoft-graph-docs/issues/5869
		return []string{get, del}
	}
	return []string{get, patch, put, del}
}

// honest makes a refusal 501 that denies a name which the metadata knows: of the
// type in the refusal, or of what the path leads to, as in lists of several types.
func (rq *request) honest(err *graphError) *graphError {
	if err == nil || err.missing.Path == nil {
		return err
	}
	name := err.missing
	if name.Type == "" || !name.Known() {
		name.Type = rq.subject()
	}
	if !name.Known() {
		return err
	}
	return rq.notModelled("'" + strings.Join(name.Path, "/") + "' of microsoft.graph." + name.Type)
}

// subject is the type of what the path leads to. Where the metadata does not
// have the path it is one that is not described, which may have any name.
func (rq *request) subject() string {
	places := metadata.Walk(odata.SplitPath(rq.path))
	if last := places[len(places)-1]; last.Kind != metadata.Unknown {
		return last.Type
	}
	return metadata.Undescribed
}

// standsFor reports whether the end of a path can be what a parameter of a route
// stands for: {type} a type that is modelled, and others a key, which may be
// anything but what the metadata knows as something else.
func standsFor(param string, path []odata.Key) bool {
	switch s := path[len(path)-1]; {
	case param == "type":
		return castType(s.Value) != nil
	case param == "property":
		return propertyOf(path[0].Value, s)
	case s.LiteralOnly():
		return false
	case s.Property != "" || schema.IsGUID(s.Value) || strings.Contains(s.Value, "@"):
		return true // without the cost of a walk
	}
	places := metadata.Walk(path)
	return len(places) < len(path) || places[len(path)-1].Kind == metadata.Key
}
