package fulfill_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// aJournal is the path of a journal with some entries, that was closed.
func aJournal(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := fulfill.OpenJournal(path, exampleApp, nil)
	require.NoError(t, err)
	for range 12 {
		require.NoError(t, j.BeginCampaign("a review"))
	}
	require.NoError(t, j.Close())
	return path
}

// Whoever changes one byte of a journal, takes out, swaps or doubles a line, or cuts it
// anywhere, is noticed, and nothing but a last line that was cut off is ever taken away.
func TestAnyChangeOfAJournalIsNoticed(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(aJournal(t))
	require.NoError(t, err)
	path := filepath.Join(fastFolder(t), "changed")
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 10_000 {
		changed, how := tamper(r, good)
		if bytes.Equal(changed, good) {
			continue
		}
		require.NoError(t, os.WriteFile(path, changed, 0o600))
		_, note, err := fulfill.ReadJournal(path)
		require.True(t, err != nil || note != "", "edit %d of seed %d was not noticed: %s", i, seed, how)
		if i%100 > 0 {
			continue // to open it is slower, as it syncs
		}
		j, err := fulfill.OpenJournal(path, exampleApp, nil)
		after, readErr := os.ReadFile(path)
		require.NoError(t, readErr)
		if err == nil {
			require.NotEmpty(t, j.Note(), "edit %d of seed %d was not noticed: %s", i, seed, how)
			require.Equal(t, changed[:bytes.LastIndexByte(changed, '\n')+1], after, "more than a torn line was cut off: %s", how)
			require.NoError(t, j.Close())
		} else {
			require.Equal(t, changed, after, "a journal that is refused is left as it is: %s", how)
		}
	}
}

func tamper(r *rand.Rand, good []byte) (changed []byte, how string) {
	lines := bytes.SplitAfter(bytes.TrimSuffix(good, []byte("\n")), []byte("\n"))
	lines[len(lines)-1] = append(slices.Clone(lines[len(lines)-1]), '\n')
	i, k := r.IntN(len(lines)), r.IntN(len(lines))
	switch r.IntN(5) {
	case 0:
		return bytes.Join(slices.Delete(lines, i, i+1), nil), fmt.Sprint("without line ", i+1)
	case 1:
		lines[i], lines[k] = lines[k], lines[i]
		return bytes.Join(lines, nil), fmt.Sprint("lines swapped ", i+1, k+1)
	case 2:
		return bytes.Join(slices.Insert(lines, k, lines[i]), nil), fmt.Sprint("line doubled ", i+1, k+1)
	case 3:
		at := r.IntN(len(good))
		return good[:at], fmt.Sprint("cut at ", at)
	}
	changed = slices.Clone(good)
	at := r.IntN(len(good))
	changed[at] ^= byte(1 + r.IntN(255))
	return changed, fmt.Sprintf("byte %d is %q", at, changed[at])
}

// A file that is something else is left as it is, however like a journal it begins.
func TestAFileThatIsNoJournalIsNotTouched(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{", `{"n":5}`, `{"n":1,"time":"2026`, "Login,Email\nA,b@example.com\n", "{\"n\":1}\n", "\n"} {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := fulfill.OpenJournal(path, exampleApp, nil)
		require.Error(t, err, "%q was taken for a journal", content)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, content, string(after))
	}
}

// A second program can't write at the same time, and can when the first has ended.
func TestOneProgramWritesAtATime(t *testing.T) {
	t.Parallel()
	path := aJournal(t)
	first, err := fulfill.OpenJournal(path, exampleApp, nil)
	require.NoError(t, err)
	_, err = fulfill.OpenJournal(path, exampleApp, nil)
	require.ErrorIs(t, err, fulfill.ErrLocked)
	_, _, err = fulfill.ReadJournal(path)
	require.NoError(t, err, "to read it is no harm")
	require.NoError(t, first.Close())
	second, err := fulfill.OpenJournal(path, exampleApp, nil)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}

func TestAnOlderCopyOfAJournalIsNoticed(t *testing.T) {
	t.Parallel()
	path := aJournal(t)
	older, err := os.ReadFile(path)
	require.NoError(t, err)
	journal, err := fulfill.OpenJournal(path, exampleApp, nil)
	require.NoError(t, err)
	require.NoError(t, journal.BeginCampaign("spring"))
	require.NoError(t, journal.Close())
	require.NoError(t, os.WriteFile(path, older, 0o600))

	const want = "lines at its end were removed, or an older copy stands in its place"
	_, note, err := fulfill.ReadJournal(path)
	require.NoError(t, err, "a copy must be of use")
	assert.Contains(t, note, want, "the tickets of the last run would be opened again")
	journal, err = fulfill.OpenJournal(path, exampleApp, nil)
	require.NoError(t, err)
	assert.Contains(t, journal.Note(), want)
	require.NoError(t, journal.BeginCampaign("summer"))
	require.NoError(t, journal.Close())
	_, note, err = fulfill.ReadJournal(path)
	require.NoError(t, err)
	assert.Empty(t, note, "it is said once")
	require.NoError(t, os.Remove(path))
	journal, err = fulfill.OpenJournal(path, exampleApp, nil)
	require.NoError(t, err)
	assert.Contains(t, journal.Note(), want, "a journal that was lost is not begun anew without a word")
	require.NoError(t, journal.Close())
}

// FuzzReadJournal: whatever a file says, also with good digests, reading it does not panic.
func FuzzReadJournal(f *testing.F) {
	f.Add(`{"n":1,"time":"2026-01-01T00:00:00Z","kind":"begun","prev":""`)
	f.Add(`{"n":1,"time":"2026-01-01T00:00:00Z","kind":"begun","prev":"","begun":{"version":1,"resourceId":"sp-1"}` + "\n" +
		`{"n":2,"time":"2026-01-01T00:00:00Z","kind":"look","prev":"PREV","look":{"losses":[{"id":"1"}],"regained":["1","2"]}`)
	f.Add(`{"n":3,"time":"2026-01-01T00:00:00Z","kind":"state","prev":"","state":{"roles":null}` + "\n" +
		`{"n":4,"time":"2026-01-01T00:00:00Z","kind":"look","prev":"PREV","look":{"people":[{"id":"1"}],"lacking":["1"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var sealed strings.Builder
		prev := ""
		for line := range strings.SplitSeq(text, "\n") {
			line = strings.ReplaceAll(line, "PREV", prev)
			prev = fmt.Sprintf("%x", sha256.Sum256([]byte(line)))
			fmt.Fprintf(&sealed, "%s,\"digest\":\"%s\"}\n", line, prev)
		}
		path := filepath.Join(t.TempDir(), "journal")
		require.NoError(t, os.WriteFile(path, []byte(sealed.String()), 0o600))
		if state, _, err := fulfill.ReadJournal(path); err == nil {
			state.Revocations()
			_, _ = state.Compare(fulfill.Look{Time: time.Now(), Access: fulfill.Access{Complete: true, ResourceID: state.ResourceID}}, nil)
			_, _ = state.Due(&fulfill.DeliveryOptions{MaxTickets: assign.NoLimit})
		}
	})
}
