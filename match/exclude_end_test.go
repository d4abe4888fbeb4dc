package match_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

const excluded = "key,kind,owner,reason,until\n" +
	"svc-backup@contoso.com,service,IT,backup,2026-06-30\n" +
	"noreply@contoso.com,shared,Sales,mailbox,\n"

func exclusionsOf(t *testing.T, list string) ([]match.Exclusion, error) {
	t.Helper()
	reader, err := roster.NewReader(strings.NewReader(list), &roster.Options{Name: "nobody.csv"})
	require.NoError(t, err)
	return match.ReadExclusions(reader.Rows())
}

func TestAnExclusionEndsOnItsDay(t *testing.T) {
	t.Parallel()
	list, err := exclusionsOf(t, excluded)
	require.NoError(t, err)
	for _, test := range []struct {
		now, reason string
		want        match.Kind
	}{
		{"2026-06-30T23:59:59Z", "its last day is one on which it holds", match.Excluded},
		{"2026-07-01T00:00:00Z", "from the next day on somebody has to say again that it is nobody's", match.NotFound},
		{"2026-07-01T01:00:00+02:00", "days are those of UTC, wherever it runs", match.Excluded},
	} {
		now, err := time.Parse(time.RFC3339, test.now)
		require.NoError(t, err)
		rows, err := roster.NewReader(strings.NewReader("EMail\nsvc-backup@contoso.com\nnoreply@contoso.com\n"), nil)
		require.NoError(t, err)
		report, err := match.Run(t.Context(), twins(), rows.Rows(), match.Column("EMail", "mail"),
			&match.Options{Exclusions: list, Now: now})
		require.NoError(t, err)
		assert.Equal(t, test.want, report.Outcomes[0].Kind, test.reason)
		assert.Equal(t, match.Excluded, report.Outcomes[1].Kind, "one without an end has none")
		assert.Empty(t, report.UnusedExclusions())
		var text bytes.Buffer
		require.NoError(t, report.WriteText(&text))
		if test.want == match.Excluded {
			assert.Empty(t, report.ExpiredExclusions())
			assert.Contains(t, report.Outcomes[0].Reason(), "kind: service; owner: IT; reason: backup; until 2026-06-30")
			continue
		}
		require.Len(t, report.ExpiredExclusions(), 1)
		assert.Contains(t, text.String(), `1 exclusion has ended, such as that of "svc-backup@contoso.com"`, "it must not end without a word")
		data, err := json.Marshal(report)
		require.NoError(t, err)
		var read match.Report
		require.NoError(t, json.Unmarshal(data, &read))
		assert.Equal(t, report.ExpiredExclusions(), read.ExpiredExclusions())
	}
}

func TestReadExclusions_ADateThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := exclusionsOf(t, "key,until\nsvc@contoso.com,30.06.2026\n")
	assert.EqualError(t, err, "nobody.csv line 2: until is no date such as 2027-06-30", "it would hold for ever")
}
