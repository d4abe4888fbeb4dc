package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the program prints is what a newcomer learns from it; and a second run on
// the same tenant must find the review instead of creating another.
func TestCircle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testCircle)
}

func testCircle(t *testing.T) {
	tenant, err := newTenant()
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, circle(t.Context(), tenant.client, tenant.decide, &out))
	today := time.Now().UTC().Format("2 January 2006")
	assert.Equal(t, strings.ReplaceAll(`CORPDB1: close the account BOB1 of bob@contoso.example (General: denied by Olga on TODAY)
1 ticket opened
CORPDB1: 1 of 1 account done, says the new export of 2 rows
`, "TODAY", today), out.String())
	assert.Len(t, tenant.fake.Assignments(tenant.fake.ServicePrincipals()[0].ID), 2,
		"cy, of whom nobody said a word, keeps the access")

	require.Error(t, circle(t.Context(), tenant.client, tenant.decide, &out), "nobody can decide in a review that is over")
	assert.Len(t, tenant.fake.Reviews(), 1)
}
