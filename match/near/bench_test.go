package near_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// BenchmarkFirstProposal measures how often the first proposal is right, of the
// surest that are needed to find the users of nine in ten rows (or as many as the way
// to propose does find), on the list of truth_test.go: this package's beside the two
// that people would write first, the name with the largest Jaro-Winkler similarity and
// equal addresses; and this package's where the directory was asked and not listed.
// Jaro-Winkler is slow, and so looks at every eleventh line only.
//
//	go test ./match/near -run '^$' -bench FirstProposal -benchtime 1x
func BenchmarkFirstProposal(b *testing.B) {
	ways := []struct {
		name    string
		propose func(*truth) map[int]verdict
	}{{"near", (*truth).proposed}, {"nearAsked", (*truth).proposedByAsking},
		{"jaroWinkler", (*truth).byJaroWinkler}, {"equalAddresses", (*truth).byAddress}}
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) {
			t := newTruth(1, 20_000)
			if way.name == "jaroWinkler" {
				for line := range t.whose {
					if line%11 != 5 {
						delete(t.whose, line)
					}
				}
			}
			var s score
			for b.Loop() {
				s = t.at(0.90, way.propose(t))
			}
			b.ReportMetric(s.precision, "precision")
			b.ReportMetric(s.recall, "recall")
		})
	}
}

// BenchmarkPropose100000 measures 100,000 open rows against 100,000 users, listed, on one
// processor: seconds, the largest heap (the list and the directory included), and rows
// with a proposal.
//
//	go test ./match/near -run '^$' -bench Propose100000 -benchtime 1x
func BenchmarkPropose100000(b *testing.B) {
	t := newTruth(1, 200_000) // half of whose rows are open
	t.users = t.users[:100_000]
	var open []match.Outcome
	for _, o := range t.report.Outcomes {
		if _, ok := t.whose[o.Line()]; ok && len(open) < 100_000 {
			open = append(open, o)
		}
	}
	report := &match.Report{Outcomes: open}
	stop, largest := make(chan bool), make(chan uint64)
	go watchHeap(stop, largest)
	rows := 0
	for b.Loop() {
		rows = near.NewIndex(t.users, nil).Propose(report, nil).Rows()
	}
	close(stop)
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	b.ReportMetric(float64(<-largest)/(1<<30), "GiB")
	b.ReportMetric(float64(len(open)), "open")
	b.ReportMetric(float64(rows), "proposed")
}

// watchHeap sends the largest heap that it saw.
func watchHeap(stop <-chan bool, largest chan<- uint64) {
	most := uint64(0)
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		select {
		case <-stop:
			largest <- most
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// byAddress proposes the first user who has the row's address, or the same name
// before the @, as equal text.
func (t *truth) byAddress() map[int]verdict {
	has := make(map[string]string)
	know := func(key, id string) {
		if key = roster.Fold(key); has[key] == "" {
			has[key] = id
		}
	}
	for _, u := range t.users {
		know(u.Mail, u.ID)
		know(u.Attributes["mailNickname"], u.ID)
		for address := range strings.SplitSeq(u.Attributes["proxyAddresses"], ", ") {
			know(strings.ToLower(address)[len("smtp:"):], u.ID)
		}
	}
	first := make(map[int]verdict)
	for o := range t.report.Of(match.NotFound) {
		local, _, _ := strings.Cut(o.Key, "@")
		if id := has[roster.Fold(o.Key)]; id != "" {
			first[o.Line()] = verdict{id, 2}
		} else if id := has[roster.Fold(local)]; id != "" {
			first[o.Line()] = verdict{id, 1}
		}
	}
	return first
}

// byJaroWinkler proposes the user whose name is the most similar.
func (t *truth) byJaroWinkler() map[int]verdict {
	names := make([]string, len(t.users))
	for i, u := range t.users {
		names[i] = strings.ToLower(u.DisplayName)
	}
	first := make(map[int]verdict)
	for o := range t.report.Of(match.NotFound, match.NoKey) {
		if _, open := t.whose[o.Line()]; !open {
			continue
		}
		name := strings.ToLower(o.Row.Get("First name") + " " + o.Row.Get("Last name"))
		var best verdict
		for i, other := range names {
			if sure := jaroWinkler(name, other); sure > best.sure {
				best = verdict{t.users[i].ID, sure}
			}
		}
		first[o.Line()] = best
	}
	return first
}

// jaroWinkler is the similarity of Winkler (1990), over bytes.
func jaroWinkler(a, b string) float64 {
	window := max(len(a), len(b))/2 - 1
	var inA, inB [64]bool
	a, b = a[:min(64, len(a))], b[:min(64, len(b))]
	common := 0
	for i := range len(a) {
		for j := max(0, i-window); j < min(len(b), i+window+1); j++ {
			if !inB[j] && a[i] == b[j] {
				inA[i], inB[j] = true, true
				common++
				break
			}
		}
	}
	if common == 0 {
		return 0
	}
	swaps, j := 0, 0
	for i := range len(a) {
		if !inA[i] {
			continue
		}
		for !inB[j] {
			j++
		}
		if a[i] != b[j] {
			swaps++
		}
		j++
	}
	c := float64(common)
	jaro := (c/float64(len(a)) + c/float64(len(b)) + (c-float64(swaps)/2)/c) / 3
	prefix := 0
	for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}
