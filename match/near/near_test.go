package near_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A score is how good proposals are.
type score struct {
	precision float64 // of the proposals that are looked at
	recall    float64 // rows whose user is proposed first, of those that have one
}

// at returns the precision of the surest proposals, as many as are needed to find
// the users of that share of rows, and how many they do find.
func (t *truth) at(recall float64, proposed map[int]verdict) (s score) {
	type answer struct {
		right bool
		sure  float64
	}
	var answers []answer
	open := 0.0
	for line, id := range t.whose {
		if id != "" {
			open++
		}
		if v, ok := proposed[line]; ok {
			answers = append(answers, answer{v.id == id, v.sure})
		}
	}
	slices.SortFunc(answers, func(a, b answer) int { return cmp.Compare(b.sure, a.sure) })
	right := 0.0
	for i, a := range answers {
		if a.right {
			right++
		}
		s = score{right / float64(i+1), right / open}
		if s.recall >= recall && (i+1 == len(answers) || answers[i+1].sure < a.sure) {
			break
		}
	}
	return s
}

func TestTheFirstProposalIsRight(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			truth := newTruth(seed, 20_000)
			s := truth.at(0.90, truth.proposed())
			assert.GreaterOrEqual(t, s.recall, 0.90, "rows whose person is there go unexplained")
			assert.GreaterOrEqual(t, s.precision, 0.99, "people are shown the wrong person first")
		})
	}
}

// Whatever a row holds, it proposes nobody without a reason.
func FuzzPropose(f *testing.F) {
	f.Add("kari@home.example", "Kari", "Vestergård")
	f.Add("Name <a@b>; c@d", "ь", "О’Ь-ь (")
	f.Add("\x00@\xff", "\u0308", "ﷺ, ,")
	x := among(user("kari", "Kari", "Vestergård", "kari@home.example"), user("", "", "", ""))
	f.Fuzz(func(t *testing.T, mail, given, surname string) {
		h, err := roster.NewHeader("crm.csv", []string{"EMail", "First name", "Last name"})
		require.NoError(t, err)
		o := match.Outcome{Row: roster.NewRow(h, 2, []string{mail, given, surname}), Kind: match.NotFound, Key: mail}
		report := &match.Report{Outcomes: []match.Outcome{o}}
		for _, p := range x.Propose(report, nil).Of(o) {
			require.True(t, p.Likely > 0 && p.Likely <= 1, "%v", p.Likely)
			require.NotEmpty(t, p.Fields)
			require.True(t, utf8.ValidString(p.Why()))
		}
	})
}
