package benchmark_test

import (
	"fmt"
	"io"
)

// A rise is a cost of rollcall's that is higher per row in a larger roster.
type rise struct {
	work     string
	times    int    // users in the tenant, as a multiple of the rows
	what     string // seconds, requests, units
	from, to int    // rows
	was, is  float64
}

// slack leaves out what rounding to whole requests makes.
const slack = 1.005

// rises compares each size with the next.
func (fs figures) rises(sizes []int) (list []rise) {
	for _, work := range []string{matching, assigning, secondRun} {
		for _, times := range []int{1, 10} {
			for i := range len(sizes) - 1 {
				from, to := sizes[i], sizes[i+1]
				was := fs.of(work, from, times*from, rollcall).perRow()
				is := fs.of(work, to, times*to, rollcall).perRow()
				for k, what := range []string{"seconds", "requests", "units"} {
					if is[k] > was[k]*slack {
						list = append(list, rise{work, times, what, from, to, was[k], is[k]})
					}
				}
			}
		}
	}
	return list
}

func (f figure) perRow() [3]float64 {
	n := float64(f.Rows)
	return [3]float64{f.Seconds / n, float64(f.Requests) / n, float64(f.Units) / n}
}

// writeRises says where the cost of a row neither falls nor stays level.
func writeRises(w io.Writer, list []rise) {
	fmt.Fprintln(w, "\nThe cost per row falls or stays level as the roster grows, except:")
	for _, r := range list {
		fmt.Fprintf(w, "- %s, %d x as many users: %s per 1,000 rows from %s (%s rows) to %s (%s rows)\n",
			r.work, r.times, r.what, brief(1000*r.was), grouped(r.from), brief(1000*r.is), grouped(r.to))
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "- nowhere")
	}
}
