package worklist_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match/worklist"
)

func pageOf(t *testing.T, l *worklist.List) string {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, l.WriteHTML(&page))
	return page.String()
}

func TestThePageAllowsItsOwnStyleAndScriptAndNothingElse(t *testing.T) {
	t.Parallel()
	page := pageOf(t, makeList(200, true))
	policy := html.UnescapeString(
		regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	for _, part := range []struct{ directive, element string }{{"style-src", "style"}, {"script-src", "script"}} {
		found := regexp.MustCompile("(?s)<"+part.element+">(.*?)</"+part.element+">").FindAllStringSubmatch(page, -1)
		require.Len(t, found, 1)
		sum := sha256.Sum256([]byte(found[0][1]))
		assert.Contains(t, policy, part.directive+" 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';")
	}
	assert.Contains(t, policy, "default-src 'none';")
	assert.NotContains(t, policy, "unsafe")
	assert.NotRegexp(t, `(?i)<[a-z][^>]*\s(style|on[a-z]+|src|href)="[^#]`, page,
		"an attribute that the policy stops, or that asks for something")
	data := regexp.MustCompile(`(?s)id="data">(.*?)</script>`).FindStringSubmatch(page)[1]
	assert.NotRegexp(t, `[<>&\x{2028}\x{2029}\x{202e}]`, data)
}

// The pieces of a bar are as wide as they count, except for those that nobody would see.
func TestThePictureIsHonest(t *testing.T) {
	t.Parallel()
	l := &worklist.List{
		Counts: worklist.Counts{
			Rows:     100_000,
			Matched:  59_000,
			Decided:  1,
			Nobody:   999,
			Open:     40_000,
			Assigned: 50_000,
		},
	}
	for i, n := range []int{30_000, 6_000, 3_990, 5, 3, 1, 1} {
		l.Causes = append(l.Causes, worklist.Cause{ID: strconv.Itoa(i), Text: "cause", Count: n})
	}
	page := pageOf(t, l)
	width := func(class string) float64 {
		found := regexp.MustCompile(`<rect class="` + class + `" x="[0-9.]+%" y="\d+" width="([0-9.]+)%"`).
			FindStringSubmatch(page)
		require.NotNil(t, found, class)
		w, err := strconv.ParseFloat(found[1], 64)
		require.NoError(t, err)
		return w
	}
	assert.InDelta(t, 59, width("matched"), 0.5)
	assert.InDelta(t, 0.6, width("decided"), 0.001, "one row is not seen")
	assert.InDelta(t, 1, width("nobody"), 0.1)
	assert.InDelta(t, 40, width("open"), 0.5)
	assert.InDelta(t, 100, width("matched")+width("decided")+width("nobody")+width("open"), 0.001)
	assert.InDelta(t, 5, width("cause0")/width("cause1"), 0.001,
		"two causes that are seen are drawn in another proportion than they have")
	assert.InDelta(t, 0.6, width("cause6"), 0.001)
	assert.Contains(t, page, `width="50%" height="22"`, "users assigned are on another scale than the rows")
	assert.Contains(t, html.UnescapeString(page),
		"100,000 rows: 59,000 matched by a rule; 1 matched by a decision; 999 nobody’s account; 40,000 open.")
}

func TestSharesNeverSayAllOrNothingOfWhatIsNeither(t *testing.T) {
	t.Parallel()
	page := pageOf(t, &worklist.List{Counts: worklist.Counts{Rows: 100_000, Matched: 99_999, Nobody: 1}})
	assert.Contains(t, page, "over 99%")
	assert.Contains(t, page, "under 1%")
	assert.NotContains(t, page, ">100%<")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestAPageThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, makeList(10, false).WriteHTML(failing{}), "the disk is full")
}
