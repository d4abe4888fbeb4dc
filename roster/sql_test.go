package roster_test

import (
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestFromSQLGivesValuesAsText(t *testing.T) {
	t.Parallel()
	oslo := time.FixedZone("", 3600)
	for _, c := range []struct {
		reason string
		value  driver.Value
		want   string
	}{
		{"text", "Åse", "Åse"},
		{"text that a driver gives as bytes", []byte("Åse"), "Åse"},
		{"an account without a value is one without a key, not one called NULL", nil, ""},
		{"a number", int64(-42), "-42"},
		{"an employee number stored as a float must not become 1e+06", float64(1000000), "1000000"},
		{"a float", 0.1, "0.1"},
		{"a truth value", true, "true"},
		{"a time", time.Date(2026, 1, 2, 3, 4, 5, 0, oslo), "2026-01-02T03:04:05+01:00"},
	} {
		db := &table{columns: []string{"Value"}, rows: [][]driver.Value{{c.value}}}
		r, err := roster.FromSQL("accounts", db.query(t))
		require.NoError(t, err)
		for row, err := range r.Rows() {
			require.NoError(t, err, c.reason)
			got, ok := row.Lookup("value")
			assert.True(t, ok, c.reason)
			assert.Equal(t, c.want, got, c.reason)
		}
	}
}

func TestFromSQLStreamsAndCloses(t *testing.T) {
	t.Parallel()
	db := &table{columns: []string{"ID", "Mail"}, rows: [][]driver.Value{
		{int64(1), []byte("a@contoso.example")}, {int64(2), nil}, {int64(3), "c@contoso.example"}}}
	r, err := roster.FromSQL("accounts", db.query(t))
	require.NoError(t, err)
	assert.Equal(t, []string{"ID", "Mail"}, r.Header().Columns())
	assert.Zero(t, db.fetched, "nothing is fetched before the loop")

	var kept []roster.Row
	for row, err := range r.Rows() {
		require.NoError(t, err)
		kept = append(kept, row)
		assert.Equal(t, len(kept), db.fetched, "rows are fetched one by one")
	}
	assert.True(t, db.closed, "the query is closed at the end")
	require.Len(t, kept, 3)
	assert.Equal(t, []string{"1", "a@contoso.example"}, values(kept[0]), "a kept row doesn't change")
	assert.Equal(t, 3, kept[2].Line(), "rows are numbered")
	assert.Equal(t, "accounts", kept[2].File())
	for _, err := range r.Rows() {
		assert.ErrorIs(t, err, roster.ErrUsed)
	}

	db = &table{columns: []string{"ID"}, rows: [][]driver.Value{{"1"}, {"2"}}}
	r, err = roster.FromSQL("accounts", db.query(t))
	require.NoError(t, err)
	for range r.Rows() {
		break
	}
	assert.True(t, db.closed, "leaving the loop closes the query too, or its connection is lost to the pool")
}

func TestFromSQLErrors(t *testing.T) {
	t.Parallel()
	_, err := roster.FromSQL("accounts", (&table{columns: []string{""}}).query(t))
	var header *roster.HeaderError
	assert.ErrorAs(t, err, &header, "a query whose column has no name")

	guid := []byte{0xff, 1, 2, 3}
	db := &table{columns: []string{"ID", "GUID"}, err: errors.New("connection reset"),
		rows: [][]driver.Value{{"1", "x"}, {"2", guid}, {"3", "y"}}}
	r, err := roster.FromSQL("accounts", db.query(t))
	require.NoError(t, err)
	var got []string
	for row, err := range r.Rows() {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, row.Get("ID"))
	}
	assert.Equal(t, []string{"1",
		"accounts line 2, column 2: not UTF-8: the value holds the byte 0xFF; convert it to text in the query",
		"3",
		"accounts line 4: the query stopped here: connection reset"}, got,
		"a binary value costs its row only; a query cut short must not look complete")
}

func TestFromSQLDoubtsLostCharacters(t *testing.T) {
	t.Parallel()
	for value, doubt := range map[string]string{"Jørgen": "", "J\ufffdrgen": "accounts line 1: a value holds U+FFFD"} {
		db := &table{columns: []string{"Name"}, rows: [][]driver.Value{{value}}}
		r, err := roster.FromSQL("accounts", db.query(t))
		require.NoError(t, err)
		for _, err := range r.Rows() {
			require.NoError(t, err)
		}
		assert.Equal(t, doubt == "", r.Header().Complete(1))
		assert.Contains(t, r.Header().Doubt(), doubt)
	}
}
