package graphfake

// may reports whether the caller may do what the permissions are for.
func (rq *request) may(needs access) bool {
	return !rq.s.opts.Permissions || rq.suffices(rq.caller(), needs)
}

func (rq *request) suffices(c *claims, needs access) bool {
	alternatives := needs.application
	if c.delegated() {
		alternatives = needs.delegated
	}
	return satisfied(alternatives, func(p string) bool { return c.can(p) && rq.covers(p, c) })
}
