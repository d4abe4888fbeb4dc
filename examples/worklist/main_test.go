package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match/worklist"
)

func TestTheListHasManyCauses(t *testing.T) {
	t.Parallel()
	list, err := makeList(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, "domain:oldco.example", list.Causes[0].ID)
	assert.GreaterOrEqual(t, len(list.Causes), 12)
	assert.Equal(t, worklist.Counts{Rows: 17, Matched: 1, Open: 16, Assigned: -1, Unread: 1}, list.Counts)
}

// What people fill in is followed by the next run.
func TestWhatIsFilledInIsFollowed(t *testing.T) {
	t.Parallel()
	list, err := makeList(t.Context(), "")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, write(list, ".csv", &b))
	text := strings.Replace(b.String(), "Expenses,a.byron,,,", "Expenses,a.byron,match,ada.byron@contoso.example,", 1)
	text = strings.Replace(text, "Expenses,svc-backup,,,,,", "Expenses,svc-backup,nobody,,service,IT operations,", 1)
	text = strings.Replace(text, "Expenses,x.left,,", "Expenses,x.left,close,", 1)
	file := filepath.Join(t.TempDir(), "rows.csv")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))

	next, err := makeList(t.Context(), file)
	require.NoError(t, err)
	assert.Equal(t, worklist.Counts{Rows: 17, Matched: 1, Decided: 1, Nobody: 1, Open: 14, Assigned: -1, Unread: 1}, next.Counts)
	for _, row := range next.Rows {
		if row.Account == "x.left" {
			require.NotNil(t, row.Decision)
			assert.Equal(t, worklist.Close, row.Decision.Act)
		}
	}
	assert.Empty(t, next.Stale)
}

func TestAListIsWrittenAsItsFileIsCalled(t *testing.T) {
	t.Parallel()
	list, err := makeList(t.Context(), "")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, write(list, ".json", &b))
	_, err = worklist.DecodeList(&b)
	require.NoError(t, err)
	require.ErrorContains(t, write(list, ".docx", &b), `not ".docx"`)
}
