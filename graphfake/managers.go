package graphfake

import (
	"slices"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// withUser runs a handler on the user of the path.
func (rq *request) withUser(f func(*object) (response, *graphError)) (response, *graphError) {
	u, err := rq.user(rq.read)
	if err != nil {
		return response{}, err
	}
	return f(u)
}

// managerOf returns a user's manager, nil if there is none.
func managerOf(v *state.View, id string) *object {
	for to := range v.Targets(manager, id, "") {
		return v.Find(to, users)
	}
	return nil
}

// https://learn.microsoft.com/graph/api/user-list-manager
func getManager(rq *request) (response, *graphError) {
	return rq.withUser(func(u *object) (response, *graphError) {
		if m := managerOf(rq.read, u.ID); m != nil {
			return rq.oneRelated(m, "directoryObjects")
		}
		return response{}, notFound(manager)
	})
}

func getManagerRef(rq *request) (response, *graphError) {
	return rq.withUser(func(u *object) (response, *graphError) {
		m := managerOf(rq.read, u.ID)
		if m == nil {
			return response{}, notFound(manager)
		}
		b := appendMember([]byte{'{'}, "@odata.context", rq.base+"/$metadata#$ref")
		b = appendMember(b, "@odata.id", rq.base+"/directoryObjects/"+m.ID+"/Microsoft.DirectoryServices.User")
		return response{status: 200, body: append(b, '}')}, nil
	})
}

// https://learn.microsoft.com/graph/api/user-post-manager
func setManager(rq *request) (response, *graphError) {
	return rq.withUser(func(u *object) (response, *graphError) {
		m, err := rq.reference(users)
		if err != nil {
			return response{}, err
		}
		return noContent(), rq.update(func(tx *state.Tx) *graphError {
			untieManager(tx, u.ID)
			tx.Tie(state.Link{Rel: manager, From: u.ID, To: m.ID})
			return nil
		})
	})
}

// https://learn.microsoft.com/graph/api/user-delete-manager
func removeManager(rq *request) (response, *graphError) {
	return rq.withUser(func(u *object) (response, *graphError) {
		return noContent(), rq.update(func(tx *state.Tx) *graphError {
			if !untieManager(tx, u.ID) {
				return notFound(manager)
			}
			return nil
		})
	})
}

func untieManager(tx *state.Tx, id string) bool {
	list := slices.Collect(tx.Targets(manager, id, ""))
	for _, to := range list {
		tx.Untie(state.Link{Rel: manager, From: id, To: to})
	}
	return len(list) > 0
}

// https://learn.microsoft.com/graph/api/user-list-directreports
func listDirectReports(rq *request) (response, *graphError) {
	return rq.withUser(func(u *object) (response, *graphError) { return rq.listRelated(sources(rq.read, manager, u.ID)) })
}
