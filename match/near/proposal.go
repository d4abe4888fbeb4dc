package near

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A Proposal is a user who may be the person of a row, for people to check.
type Proposal struct {
	User    match.User
	Deleted bool // in the recycle bin, from which a user can be restored for 30 days
	Guest   bool
	Line    int     // of the first row that already has this user; otherwise 0
	Fields  []Field // what was compared
	// Rivals is the number of other users who are about as likely: at least a tenth
	// as this one.
	Rivals int
	// Likely is how likely it is that the user is the row's person, from 0 to 1: an
	// estimate, which counts in all rivals and that it is none of them.
	Likely float64

	odds     float64 // against that it is nobody
	namesake bool    // somebody had the name before, and nothing but the names agrees
}

// A Strength is how likely a proposal is, in words.
type Strength string

// The strengths of a proposal.
const (
	Strong Strength = "strong" // at least 0.99
	Fair   Strength = "fair"   // at least 0.8
	Weak   Strength = "weak"
)

// Strength says in one word how likely the proposal is.
func (p Proposal) Strength() Strength {
	switch {
	case p.Likely >= 0.99:
		return Strong
	case p.Likely >= 0.8:
		return Fair
	}
	return Weak
}

// Why says in one sentence who is proposed, how sure that is, field by field why,
// how many others it may be, and what is to be known of the user, such as
//
//	perhaps kari.lund@contoso.com (strong): address similar (the same name before the
//	@), surname same, given name similar (a short form); no rival; has line 12 already
func (p Proposal) Why() string {
	var fields []string
	for _, f := range p.Fields {
		fields = append(fields, f.String())
	}
	text := fmt.Sprintf("perhaps %s (%s): %s; %s", cmp.Or(p.User.UserPrincipalName, p.User.Mail, p.User.ID),
		p.Strength(), strings.Join(fields, ", "), rivals(p.Rivals))
	for _, known := range p.standing() {
		text += "; " + known
	}
	return roster.Printable(text)
}

func rivals(n int) string {
	switch n {
	case 0:
		return "no rival"
	case 1:
		return "1 rival"
	}
	return fmt.Sprintf("%d rivals", n)
}

// standing says what somebody must know before taking the user for the row's person.
func (p Proposal) standing() (list []string) {
	if p.Line > 0 {
		list = append(list, fmt.Sprintf("has line %d already", p.Line))
	}
	if p.Deleted {
		list = append(list, "is in the recycle bin")
	} else if !p.User.AccountEnabled {
		list = append(list, "is blocked from sign-in")
	}
	if p.Guest {
		list = append(list, "is a guest")
	}
	return list
}
