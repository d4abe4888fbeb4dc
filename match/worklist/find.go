package worklist

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// findCauses finds each row's cause. What is best for a row may depend on the others:
// which rule finds most, and where the people of a domain have gone.
func (b *builder) findCauses() {
	for _, e := range b.open {
		for _, p := range e.proposals {
			if !p.Guest && !p.Deleted {
				b.own[domain(p.User.UserPrincipalName)] = true
			}
		}
	}
	delete(b.own, "")
	rules, domains := b.furtherRules(), b.domains()
	for _, e := range b.open {
		e.finding = b.find(e, rules, domains)
	}
	for _, e := range b.open {
		if first := b.at[place{e.Row.File(), e.FirstLine}]; e.Kind == match.Duplicate && first != nil {
			e.finding.group, e.finding.settled = first.finding.group, first.finding.settled
		}
	}
}

// find returns a row's cause.
func (b *builder) find(e *entry, rules furtherRules, domains map[string]*moved) finding {
	of := func(code Code) finding { return finding{code: code, group: kinds[code].group} }
	decided := errors.As(e.Err, new(*match.DecisionError)) || e.Query.Rule == match.Decided
	switch {
	case e.Unread() > 0:
		return finding{code: CauseUnread, group: NotRead, settled: true}
	case e.Kind == match.Failed && slices.ContainsFunc(e.queries, isDamaged):
		return finding{code: CauseDamaged, group: NotRead, settled: true}
	case e.Kind == match.Failed:
		return finding{code: CauseLookup, group: NotRead, settled: true}
	case e.Kind == match.Duplicate:
		return of(CauseDuplicate)
	case decided && e.Kind != match.Deleted:
		return of(CauseDecision)
	case e.Kind == match.Ambiguous && e.Err != nil:
		return of(CauseContradiction)
	case e.Kind == match.Ambiguous:
		return of(CauseAmbiguous)
	case e.Kind == match.Deleted:
		return of(CauseDeleted)
	case e.Kind == match.NoKey:
		return b.findNoKey(e, rules)
	}
	return b.findNotFound(e, rules, domains)
}

func isDamaged(q match.Query) bool {
	return strings.ContainsAny(q.Value, "\n\r\v\f\u0085\u2028\u2029\ufffd")
}

// findNoKey returns the cause of a row that has nothing to look up.
func (b *builder) findNoKey(e *entry, rules furtherRules) finding {
	f := finding{group: NotAsked}
	if rule := rules.of(e); rule != "" {
		f.code, f.of, f.settled = CauseAttribute, rule, rules.settle(e, rule)
	} else if e.row.Guess != "" {
		f.code, f.of, f.settled = CauseNoPerson, e.row.Guess, true
	} else if e.isStrong() {
		f.code, f.settled = CauseCandidate, true
	} else if f.code = CauseNoValue; e.Key != "" {
		f.code = CausePlaceholder
	}
	return f
}

// findNotFound returns the cause of a row that nobody was found for.
func (b *builder) findNotFound(e *entry, rules furtherRules, domains map[string]*moved) finding {
	f := finding{group: NotFound}
	mended, did, sure := e.rewrite()
	away, rule := domains[e.domain()], rules.of(e)
	switch {
	case slices.ContainsFunc(e.queries, func(q match.Query) bool { return match.RewrittenByExcel(q.Value) }):
		f.code, f.settled = CauseExcel, true
	case sure:
		f.code, f.of, f.to, f.settled = CauseNormaliser, mended, did, true
	case e.hasOtherZeros():
		f.code, f.settled = CauseZeros, true
	case rule != "":
		f.code, f.of, f.settled = CauseAttribute, rule, rules.settle(e, rule)
	case e.row.Guess != "":
		f.code, f.of, f.settled = CauseNoPerson, e.row.Guess, true
	case away != nil && e.elsewhere() != "":
		f.code, f.of, f.to, f.settled = CauseDomain, e.domain(), away.to, e.isAt(away.to)
	case e.isStrong() && e.proposals[0].Deleted:
		f.code = CauseDeleted
	case e.isStrong():
		f.code, f.settled = CauseCandidate, true
	case mended != "" && !(b.Proposals != nil && compared(mended)):
		f.code, f.of, f.to = CauseNormaliser, mended, did
	default:
		f.code = b.findLast(e, away)
		f.settled = f.code == CauseInactive
		if f.code == CauseDomain {
			f.of, f.to = e.domain(), away.to
		}
	}
	return f
}

// findLast returns the cause of a row that nobody resembles much. away says where the
// people of its domain are found, if at another one.
func (b *builder) findLast(e *entry, away *moved) Code {
	switch {
	case slices.ContainsFunc(e.queries, func(q match.Query) bool { return hasUnseen(q.Value) }):
		return CauseInvisible
	case len(e.proposals) > 0:
		return CauseResembles
	case e.row.Inactive:
		return CauseInactive
	case away != nil && !b.own[e.domain()]:
		return CauseDomain
	case e.domain() != "" && len(b.own) > 0 && !b.own[e.domain()]:
		return CauseExternal
	}
	return CauseNobody
}

// isStrong reports whether a user resembles the row strongly.
func (e *entry) isStrong() bool {
	return len(e.proposals) > 0 && e.proposals[0].Strength() == near.Strong
}

// hasUnseen reports whether a value has characters inside that people don't see, or
// can't tell from a space.
func hasUnseen(value string) bool {
	return strings.ContainsFunc(match.Trim.Rewrite(value), func(r rune) bool {
		return r != ' ' && unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc)
	})
}

// asksFor returns what the row's rules look up, without letter case.
func (e *entry) asksFor() (values []string) {
	for _, q := range e.queries {
		values = append(values, roster.Fold(q.Value))
	}
	return values
}
