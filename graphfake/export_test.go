package graphfake

// An Operation is a route of the table, for tests.
type Operation struct{ Method, Path string }

// Table returns the route table in its order.
func Table() (list []Operation) {
	for _, r := range routes() {
		list = append(list, Operation{r.method, r.path})
	}
	return list
}
