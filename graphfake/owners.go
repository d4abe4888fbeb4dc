package graphfake

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

// A finder finds the object that the path is about.
type finder func(*request, *state.View) (*object, *graphError)

// https://learn.microsoft.com/graph/api/application-list-owners
func listOwners(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return rq.listRelated(targets(rq.read, owners, o.ID))
	}
}

// https://learn.microsoft.com/graph/api/application-post-owners
func addOwner(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		owner, err := rq.reference(users, servicePrincipals)
		if err != nil {
			return response{}, err
		}
		return rq.addLink(owners, o.ID, owner)
	}
}

// https://learn.microsoft.com/graph/api/application-delete-owners
func removeOwner(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return rq.removeLink(owners, o.ID, rq.param("owner").value)
	}
}
