package main

import (
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// byBadge finds the person of a row by the badge number: the gate system writes
// it with leading zeros, Entra's employeeId is without. Rows without a badge,
// and badges that nobody has, are tried by mail address.
var byBadge = match.FirstOf(
	match.Func("Badge without leading zeros = employeeId", func(row roster.Row) match.Query {
		return match.Equal("employeeId", strings.TrimLeft(row.Get("Badge"), "0"))
	}, "Badge"),
	match.Column("EMail", "mail"),
)
