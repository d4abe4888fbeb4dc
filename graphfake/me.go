package graphfake

// onMe makes the handler of a user's path answer for the signed-in user.
// https://learn.microsoft.com/graph/api/user-get
func onMe(next handler) handler {
	return func(rq *request) (response, *graphError) {
		id := rq.caller().Object
		if !rq.caller().delegated() || id == "" {
			return response{}, malformed("/me request is only valid with delegated authentication flow.")
		}
		rq.params = map[string]key{"user": {value: id}}
		return next(rq)
	}
}
