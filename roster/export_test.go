package roster

// NotAccounts returns the first and last numbers of the lines that were passed over.
func NotAccounts(h *Header) (list [][2]int) {
	for _, r := range h.notes.passed.lines {
		list = append(list, r.list...)
	}
	return list
}
