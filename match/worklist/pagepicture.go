package worklist

import (
	"fmt"
	"strings"
)

// A picture is the run as bars, all drawn on a width of 100.
type picture struct {
	Rows     []piece // what became of the rows
	Assigned float64 // width of the bar of users who hold a role, on the scale of Rows; 0 for none
	Known    bool    // whether Counts.Assigned is known
	Causes   []piece // the open rows, drawn as wide as all rows
	OpenFrom float64 // where the open rows begin in Rows
	Height   int
	Text     string // the same in words
}

// A piece is a part of a bar.
type piece struct {
	Color string // a class of page.css
	Name  string
	Count int
	X, W  float64
}

// leastWidth is how wide a piece is at least, so that it is seen on a telephone too.
const leastWidth = 0.6

// colors is how many causes have a color of their own.
const colors = 6

func causeColor(i int) string { return fmt.Sprintf("cause%d", min(i, colors)) }

func (l *List) picture() picture {
	c := l.Counts
	p := picture{Known: c.Assigned >= 0, Height: 50}
	if p.Known {
		p.Height += 56
	}
	if c.Open > 0 {
		p.Height += 100
	}
	widest := float64(max(1, c.Rows, c.Assigned))
	p.Rows = pieces([]piece{
		{Color: "matched", Name: "matched by a rule", Count: c.Matched},
		{Color: "decided", Name: "matched by a decision", Count: c.Decided},
		{Color: "nobody", Name: "nobody’s account", Count: c.Nobody},
		{Color: "open", Name: "open", Count: c.Open},
	}, 100*float64(c.Rows)/widest)
	p.OpenFrom = p.Rows[3].X
	if c.Assigned > 0 {
		p.Assigned = max(leastWidth, 100*float64(c.Assigned)/widest)
	}
	rest := piece{Color: causeColor(colors), Name: "further causes"}
	for i, cause := range l.Causes {
		if i < colors {
			p.Causes = append(p.Causes, piece{Color: causeColor(i), Name: cause.Text, Count: cause.Count})
		} else {
			rest.Count += cause.Count
		}
	}
	p.Causes = pieces(append(p.Causes, rest), 100)
	p.Text = l.inWords(p)
	return p
}

// pieces lays pieces side by side on a width. Each that counts something is at least
// leastWidth wide; the others share the rest as they count.
func pieces(list []piece, width float64) []piece {
	sum, rest := 0, width
	for _, p := range list {
		sum += p.Count
	}
	large := sum
	for changed := true; changed; {
		changed = false
		for i, p := range list {
			if p.W == 0 && p.Count > 0 && rest*float64(p.Count) < leastWidth*float64(large) {
				list[i].W, changed = leastWidth, true
				rest, large = rest-leastWidth, large-p.Count
			}
		}
	}
	x := 0.0
	for i, p := range list {
		if p.W == 0 && p.Count > 0 {
			list[i].W = rest * float64(p.Count) / float64(large)
		}
		list[i].X = x
		x += list[i].W
	}
	return list
}

// inWords says what the picture shows, for those who do not see it.
func (l *List) inWords(p picture) string {
	text := counted(l.Counts.Rows, "row") + ": " + listed(p.Rows)
	if p.Known {
		text += " Users who hold a role of the application: " + number(l.Counts.Assigned) + "."
	}
	if l.Counts.Open > 0 {
		text += " The open rows by cause: " + listed(p.Causes)
	}
	return text + " Very small parts are drawn wider than they are, so that they can be seen."
}

// listed lists the pieces that count something.
func listed(pieces []piece) string {
	var parts []string
	for _, p := range pieces {
		if p.Count > 0 {
			parts = append(parts, number(p.Count)+" "+p.Name)
		}
	}
	return strings.Join(parts, "; ") + "."
}
