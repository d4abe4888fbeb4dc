package benchmark_test

import (
	"flag"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/graphfake"
)

var allCases = flag.Bool("all", false, "run the large ones of TestCases, too")

// A scene is a tenant in which a piece of work is done, by both where the article
// has a way to do it.
type scene struct {
	fake     *graphfake.Server
	article  func() // nil: the article has no such step
	rollcall func()
}

// A workCase is a piece of work that is slow if it is done the plain way.
type workCase struct {
	work        string
	rows, users int
	open        func(t *testing.T, rows, users int) scene
	floor       toll
	within      float64 // seconds
	large       bool    // takes long to set up: measured for the table only
}

// TestCases measures the work of cases in virtual time, and holds each to what it
// may cost.
func TestCases(t *testing.T) {
	for _, c := range cases() {
		if !c.large || *allCases {
			t.Run(c.work, func(t *testing.T) { c.check(t, c.measure(t)) })
		}
	}
}

func (c workCase) check(t *testing.T, fs figures) {
	assert.LessOrEqual(t, fs[len(fs)-1].Seconds, c.within, "seconds of %s", c.work)
}

// measure returns the figures of one case, rollcall's last.
func (c workCase) measure(t *testing.T) (fs figures) {
	synctest.Test(t, func(t *testing.T) {
		s := c.open(t, c.rows, c.users)
		do := func(who string, work func()) {
			f := figure{Work: c.work, Rows: c.rows, Directory: c.users, Who: who}
			f.measure(s.fake, work)
			fs = append(fs, f)
		}
		if s.article != nil {
			do(theArticle, s.article)
		}
		fs = append(fs, c.floor.figure(c.work, c.rows, c.users, published))
		do(rollcall, s.rollcall)
	})
	return fs
}
