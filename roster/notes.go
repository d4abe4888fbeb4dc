package roster

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Notes returns what was found out about the roster, and what was passed over in it,
// a sentence each: its encoding if that is not UTF-8, the lines above its header, the
// lines that are no accounts, by their numbers. It is complete once the rows were
// read. The sentences hold no values.
func (h *Header) Notes() []string {
	h.notes.mu.Lock()
	defer h.notes.mu.Unlock()
	list := slices.Clone(h.notes.list)
	if h.notes.passed.kinds != nil {
		list = append(list, h.notes.passed.String())
	}
	return list
}

// NotAccounts returns the number of lines that were passed over below the header
// because they are no accounts, such as totals. It is complete once the rows were read.
func (h *Header) NotAccounts() (lines int) {
	h.notes.mu.Lock()
	defer h.notes.mu.Unlock()
	for _, ranges := range h.notes.passed.lines {
		lines += ranges.lines
	}
	return lines
}

// AddNote adds a sentence to Notes, for readers in other packages.
func (h *Header) AddNote(note string) {
	h.notes.mu.Lock()
	defer h.notes.mu.Unlock()
	h.notes.list = append(h.notes.list, note)
}

// passed notes that lines from first on are no account, because they are what.
func (h *Header) passed(what string, first, lines int) {
	h.notes.mu.Lock()
	defer h.notes.mu.Unlock()
	h.notes.passed.add(what, first, lines)
}

type notes struct {
	mu     sync.Mutex
	list   []string
	passed passed
}

// passed are lines that are no accounts.
type passed struct {
	kinds []string // in the order in which they came
	lines map[string]*ranges
}

func (p *passed) add(what string, first, lines int) {
	if p.lines == nil {
		p.lines = make(map[string]*ranges)
	}
	if p.lines[what] == nil {
		p.kinds = append(p.kinds, what)
		p.lines[what] = new(ranges)
	}
	p.lines[what].add(first, lines)
}

// String says, for instance, "not accounts: a line of dashes (line 2), a total
// (lines 7 to 8, 20)".
func (p *passed) String() string {
	var kinds []string
	for _, what := range p.kinds {
		kinds = append(kinds, fmt.Sprintf("%s (%s)", what, p.lines[what]))
	}
	return "not accounts: " + strings.Join(kinds, ", ")
}

// Of the lines of one kind, so many ranges are kept, and so many named.
const (
	maxRanges   = 1000
	rangesNamed = 20
)

// ranges are line numbers, in order.
type ranges struct {
	list  [][2]int // first and last
	lines int      // in all
}

func (r *ranges) add(first, lines int) {
	r.lines += lines
	if n := len(r.list); n > 0 && r.list[n-1][1]+1 == first {
		r.list[n-1][1] += lines
	} else if n < maxRanges {
		r.list = append(r.list, [2]int{first, first + lines - 1})
	}
}

func (r *ranges) String() string {
	var list []string
	more := r.lines
	for _, lines := range r.list[:min(len(r.list), rangesNamed)] {
		more -= lines[1] - lines[0] + 1
		if lines[0] == lines[1] {
			list = append(list, fmt.Sprint(lines[0]))
		} else {
			list = append(list, fmt.Sprintf("%d to %d", lines[0], lines[1]))
		}
	}
	switch text := strings.Join(list, ", "); {
	case r.lines == 1:
		return "line " + text
	case more > 0:
		return fmt.Sprintf("lines %s and %d more", text, more)
	default:
		return "lines " + text
	}
}
