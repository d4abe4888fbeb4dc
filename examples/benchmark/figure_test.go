package benchmark_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
)

// A figure is what one piece of work cost, in virtual time.
type figure struct {
	Work      string  `json:"work"`      // such as matching, assigning, second run
	Rows      int     `json:"rows"`      // of the roster
	Directory int     `json:"directory"` // users in the tenant
	Who       string  `json:"who"`       // article, rollcall, floor
	Seconds   float64 `json:"seconds"`
	Requests  int     `json:"requests"`  // sent over HTTP: a batch is one
	Units     int     `json:"units"`     // resource units: a batch's items count one by one
	Throttled int     `json:"throttled"` // answers with status 429, those in batches too

	Answers int `json:"-"` // to requests and to items of batches
	Writes  int `json:"-"` // among them
}

// The work that is measured, and who does it.
const (
	matching  = "matching"
	assigning = "assigning"
	secondRun = "second run"

	theArticle = "article"
	rollcall   = "rollcall"
	theFloor   = "floor"
)

// measure runs f, a while after all that was done before: long enough for the
// limits to be whole again and for every replica to know everything.
func (f *figure) measure(fake *graphfake.Server, work func()) {
	time.Sleep(10 * time.Minute)
	fake.ForgetRequests()
	started := time.Now()
	work()
	f.Seconds = time.Since(started).Seconds()
	for _, r := range fake.Requests() {
		f.add(r)
	}
	fake.ForgetRequests()
}

func (f *figure) add(r graphfake.Request) {
	f.Units += r.Units
	if r.Batch == 0 {
		f.Requests++
	}
	if r.Status == http.StatusTooManyRequests {
		f.Throttled++
	}
	if r.Path == "/$batch" {
		f.Units -= r.Units // the batch itself costs nothing
		return
	}
	f.Answers++
	if r.Method != http.MethodGet {
		f.Writes++
	}
}

// figures are those of one run of the table.
type figures []figure

// of finds a figure that is there.
func (fs figures) of(work string, rows, directory int, who string) figure {
	f, ok := fs.find(work, rows, directory, who)
	if !ok {
		panic(fmt.Sprintf("no figure for %s %d %d %s", work, rows, directory, who))
	}
	return f
}

func (fs figures) find(work string, rows, directory int, who string) (figure, bool) {
	i := slices.IndexFunc(fs, func(f figure) bool {
		return f.Work == work && f.Rows == rows && f.Directory == directory && f.Who == who
	})
	if i < 0 {
		return figure{}, false
	}
	return fs[i], true
}

// writeJSON writes an array with one object a line.
func (fs figures) writeJSON(w io.Writer) error {
	separator := "["
	for _, f := range fs {
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n  %s", separator, line); err != nil {
			return err
		}
		separator = ","
	}
	_, err := fmt.Fprint(w, "\n]\n")
	return err
}

// writeTable writes README's table, in Markdown.
func (fs figures) writeTable(w io.Writer) {
	fmt.Fprintln(w, "| work | rows | users | article, s | rollcall, s | floor, s | requests | units | 429s |")
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range fs {
		if r.Who != rollcall {
			continue
		}
		floor, script := fs.of(r.Work, r.Rows, r.Directory, theFloor), "-"
		if a, ok := fs.find(r.Work, r.Rows, r.Directory, theArticle); ok {
			script = brief(a.Seconds)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %d |\n", r.Work, grouped(r.Rows), grouped(r.Directory),
			script, brief(r.Seconds), brief(floor.Seconds), grouped(r.Requests), grouped(r.Units), r.Throttled)
	}
}

// brief leaves out decimals of large numbers.
func brief(x float64) string {
	switch {
	case x >= 100:
		return grouped(int(x + 0.5))
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// grouped puts commas between thousands.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return grouped(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
