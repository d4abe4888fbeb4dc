package roster_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// nestedRows are rows of about the same values as JSON and as LDIF.
var nestedRows = []struct{ name, first, row, end string }{
	{"json", `[{"id":0}`, "\n" + `,{"id":"u0000001","name":{"givenName":"Kari","familyName":"Ødegård"},"active":true,` +
		`"emails":[{"value":"kari@contoso.example","type":"work","primary":true}],"groups":["Sales","Service"]}`, "]"},
	{"ldif", "version: 1\n\n", "dn: CN=Kari,OU=U,DC=contoso,DC=example\nobjectClass: user\nsAMAccountName: u0000001\n" +
		"displayName:: w5hkZWfDpXJkLCBLYXJp\nuserAccountControl: 512\nmail: kari@contoso.example\n" +
		"memberOf: CN=Sales,DC=contoso,DC=example\nmemberOf: CN=Service,DC=contoso,DC=example\n\n", ""},
}

// BenchmarkNested reads a file of 1 GB. It reports the most memory that was taken
// from the system for the heap, in MB: go test -bench Nested -benchtime 1x.
func BenchmarkNested(b *testing.B) {
	const size = 1 << 30
	for _, c := range nestedRows {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(size)
			rows, most := 0, uint64(0)
			for b.Loop() {
				in := io.LimitReader(&endless{first: c.first, row: c.row}, int64(len(c.first)+size/len(c.row)*len(c.row)))
				r, err := roster.NewReader(io.MultiReader(in, strings.NewReader(c.end)), nil)
				require.NoError(b, err)
				for _, err := range r.Rows() {
					if err != nil {
						b.Fatal(err)
					}
					if rows++; rows%100_000 == 0 {
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						most = max(most, m.HeapSys)
					}
				}
			}
			b.ReportMetric(float64(most)/1e6, "heap-MB")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
		})
	}
}

// A list larger than memory must stream, whatever it is written in. It isn't
// parallel, since the heap is everybody's.
func TestNestedListsTakeConstantMemory(t *testing.T) {
	const allowed = 24 << 20 // the first part, as objects
	for _, c := range nestedRows {
		in := &endless{first: c.first, row: c.row}
		if got := heapGrowthOf(t, in, 20<<20, false); got > allowed {
			t.Errorf("%s: the heap grew by %d bytes", c.name, got)
		}
	}
}
