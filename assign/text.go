package assign

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	textWidth = 80 // columns of a terminal that nobody widened
	textRows  = 20 // of a list; the rest is counted
	lastWidth = 34 // columns that a table's last column gets at least, if it needs them
)

// A printer writes text for people and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

// line writes one line as it is.
func (p *printer) line(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text+"\n")
	}
}

// prose writes a sentence, over several lines if it must be.
func (p *printer) prose(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), textWidth) {
		p.line(line)
	}
}

// count writes a line of a summary, unless there is nothing to say.
func (p *printer) count(n int, what string) {
	if n != 0 {
		p.line(fmt.Sprintf("%8d  %s", n, what))
	}
}

// table writes the first rows of a list of total under its title. Its last
// column is wrapped and the others are cut where a terminal is too narrow.
func (p *printer) table(title string, header []string, rows [][]string, total int) {
	if total == 0 {
		return
	}
	p.line("")
	p.line(title)
	all := append([][]string{header}, rows...)
	for _, row := range all {
		for i, cell := range row {
			row[i] = printable(cell)
		}
	}
	widths := columnWidths(all)
	for _, row := range all {
		p.row(row, widths)
	}
	if more := total - len(rows); more > 0 {
		p.line(fmt.Sprintf("  … and %d more", more))
	}
}

func (p *printer) row(row []string, widths []int) {
	last := len(row) - 1
	text := ""
	for i, cell := range row[:last] {
		cell = shorten(cell, widths[i])
		text += "  " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(text))
	for i, part := range wrap(row[last], widths[last]) {
		if i > 0 {
			text = indent
		}
		p.line(strings.TrimRight(text+"  "+part, " "))
	}
}

// columnWidths takes from the last column as long as it has more than it must
// get, and then from the widest, until a line fits.
func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	last := len(widths) - 1
	excess := 2*len(widths) - textWidth
	for _, width := range widths {
		excess += width
	}
	if give := min(excess, widths[last]-lastWidth); give > 0 {
		widths[last] -= give
		excess -= give
	}
	for ; excess > 0; excess-- {
		widest := 0
		for i, width := range widths {
			if width > widths[widest] {
				widest = i
			}
		}
		widths[widest]--
	}
	return widths
}

// wrap parts text into lines of at most width, at spaces where there are some.
func wrap(text string, width int) []string {
	var lines []string
	rest := []rune(text)
	for len(rest) > width {
		at := width
		for at > 0 && rest[at] != ' ' {
			at--
		}
		if at == 0 {
			at = width
		}
		lines = append(lines, strings.TrimRight(string(rest[:at]), " "))
		rest = []rune(strings.TrimLeft(string(rest[at:]), " "))
	}
	return append(lines, string(rest))
}

func shorten(cell string, width int) string {
	if utf8.RuneCountInString(cell) <= width {
		return cell
	}
	return string([]rune(cell)[:width-1]) + "…"
}

// printable keeps a name from commanding the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

func plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}
