package worklist_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
)

// mended is the rule by mail as the act of a cause changes it; nil for an act that changes
// no rule.
func mended(c worklist.Cause, to string) match.Matcher {
	_, of, _ := strings.Cut(c.ID, ":")
	switch c.Code {
	case worklist.CauseDomain:
		return match.Column("EMail", "mail", match.Domains(map[string]string{of: to}))
	case worklist.CauseAttribute:
		of, _, _ = strings.Cut(of, ":")
		column, attribute, _ := strings.Cut(of, "=")
		return match.FirstOf(byMail, match.Column(column, attribute))
	case worklist.CauseNormaliser:
		var how []match.Normaliser
		for _, n := range []match.Normaliser{match.Trim, match.Address, match.Claim, match.NFC, match.WithoutDomain, match.WithoutTag, match.WithoutZeros} {
			if strings.Contains(", "+of+", ", ", "+n.Name+", ") {
				how = append(how, n)
			}
		}
		return match.Column("EMail", "mail", how...)
	}
	return nil
}

// An act that changes the rule must settle as many rows as the cause says.
func TestAnActSettlesWhatItPromises(t *testing.T) {
	t.Parallel()
	promised, kept, of := 0, 0, make(map[worklist.Code]int)
	for seed := range uint64(150) {
		dir := company()
		report, l := run(t, dir, randomList(rand.New(rand.NewPCG(seed, 15))), byMail, worklist.Options{})
		cause := make(map[int]string) // by line
		for _, r := range l.Rows {
			cause[r.Line] = r.Cause
		}
		for _, c := range l.Causes {
			rule := mended(c, "contoso.com")
			if rule == nil {
				continue
			}
			d, err := match.WhatIf(t.Context(), dir, report, rule, nil)
			require.NoError(t, err)
			settled := 0
			for _, change := range d.Changes {
				if change.After.User != nil && cause[change.After.Line()] == c.ID {
					settled++
				}
			}
			if settled < c.Settles {
				t.Logf("seed %d: %s: %d of %d promised, of %d\n%s", seed, c.ID, settled, c.Settles, c.Count, c.Act)
			}
			promised, kept, of[c.Code] = promised+c.Settles, kept+min(settled, c.Settles), of[c.Code]+c.Settles
		}
	}
	t.Logf("%d promised, %d kept: %v", promised, kept, of)
	assert.Equal(t, promised, kept)
	assert.Len(t, of, 3, "each kind of act is tried")
}
