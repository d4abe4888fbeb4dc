package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A table is rows of cells under headings, printed so that it fits the screen:
// the widest columns give way first. A cell that lost text ends in "…", and the
// last cell of a row goes on in the next line instead.
type table struct {
	heads []string // nil: no headings
	right []bool   // columns of numbers, set flush right; may be shorter than the rows
	keep  []bool   // columns that never give way; may be shorter than the rows
	rows  [][]string
}

const (
	margin = "  " // before every line of a table or a paragraph
	gap    = "  " // between columns
)

// add appends a row, made safe to print.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = roster.Printable(cell)
	}
	t.rows = append(t.rows, row)
}

// print prints at most so many rows, and how many more there are; 0 means all.
func (t *table) print(w io.Writer, most int) {
	rows := t.rows
	if most > 0 && len(rows) > most {
		rows = rows[:most]
	}
	widths := t.widths(rows)
	if t.heads != nil {
		t.line(w, widths, t.heads)
	}
	for _, row := range rows {
		t.line(w, widths, row)
	}
	if more := len(t.rows) - len(rows); more > 0 {
		fmt.Fprintf(w, "%s… and %s more\n", margin, thousands(more))
	}
}

// widths returns the columns' widths: what they need, or less where all
// together would not fit the screen.
func (t *table) widths(rows [][]string) []int {
	const limit = screen - len(margin)
	var need []int
	for _, row := range append([][]string{t.heads}, rows...) {
		for i, cell := range row {
			if i == len(need) {
				need = append(need, 0)
			}
			need[i] = max(need[i], columns(cell))
		}
	}
	total := len(gap) * (len(need) - 1)
	for _, n := range need {
		total += n
	}
	for ; total > limit; total-- {
		widest := t.widest(need)
		if widest < 0 {
			break
		}
		need[widest]--
	}
	return need
}

// widest returns the column that gives way next, or -1 if none can.
func (t *table) widest(widths []int) int {
	found := -1
	for i, n := range widths {
		if n > 8 && !isSet(t.keep, i) && (found < 0 || n >= widths[found]) {
			found = i
		}
	}
	return found
}

func (t *table) line(w io.Writer, widths []int, cells []string) {
	last := len(cells) - 1
	var line strings.Builder
	line.WriteString(margin)
	for i, cell := range cells[:last] {
		line.WriteString(t.pad(i, cut(cell, widths[i]), widths[i]) + gap)
	}
	indent := strings.Repeat(" ", columns(line.String()))
	for i, part := range fold(cells[last], widths[last]) {
		if i > 0 {
			line.WriteString(indent)
		}
		line.WriteString(t.pad(last, part, widths[last]))
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
		line.Reset()
	}
}

// pad fills a cell up to its column's width.
func (t *table) pad(column int, cell string, width int) string {
	space := strings.Repeat(" ", width-columns(cell))
	if isSet(t.right, column) {
		return space + cell
	}
	return cell + space
}

// fold breaks a cell into lines, of which a single word too long is cut.
func fold(cell string, width int) []string {
	if columns(cell) <= width {
		return []string{cell} // spaces and all
	}
	lines := wrap(cell, width)
	for i := range lines {
		lines[i] = cut(lines[i], width)
	}
	return lines
}

func isSet(flags []bool, i int) bool { return i < len(flags) && flags[i] }
