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
	if f := e.findSure(rules); f.code != "" {
		return f
	}
	away, rule := domains[e.domain()], rules.of(e)
	mended, _ := e.rewrite()
	switch {
	case e.row.Guess != "":
		return finding{CauseNoPerson, e.row.Guess, "", NotFound, true}
	case away != nil && e.elsewhere() != "":
		return finding{CauseDomain, e.domain(), away.to, NotFound, e.isAt(away.to)}
	case rule != "":
		return finding{CauseAttribute, rule, "", NotFound, rules.settle(e, rule)}
	case e.isStrong() && e.proposals[0].Deleted:
		return finding{code: CauseDeleted, group: NotFound}
	case e.isStrong():
		return finding{code: CauseCandidate, group: NotFound, settled: true}
	case mended != "" && !(b.Proposals != nil && compared(mended)):
		return finding{CauseNormaliser, mended, "", NotFound, false}
	}
	return b.findLast(e, away)
}

// findSure returns the cause that the key itself shows, or the value of an attribute of a
// user who is proposed; the zero finding if there is none.
func (e *entry) findSure(rules furtherRules) finding {
	isRewritten := func(q match.Query) bool { return match.RewrittenByExcel(q.Value) }
	mended, sure := e.rewrite()
	rule := rules.of(e)
	switch {
	case slices.ContainsFunc(e.queries, isRewritten):
		return finding{code: CauseExcel, group: NotFound, settled: true}
	case sure:
		return finding{CauseNormaliser, mended, "", NotFound, true}
	case e.hasOtherZeros():
		return finding{code: CauseZeros, group: NotFound, settled: true}
	case rule != "" && !byNickname(rule):
		return finding{CauseAttribute, rule, "", NotFound, rules.settle(e, rule)}
	}
	return finding{}
}

// findLast returns the cause of a row that nobody resembles much. away says where the
// people of its domain are found, if at another one.
func (b *builder) findLast(e *entry, away *moved) finding {
	domain := e.domain()
	hasUnseen := func(q match.Query) bool { return hasUnseen(q.Value) }
	switch {
	case slices.ContainsFunc(e.queries, hasUnseen):
		return finding{code: CauseInvisible, group: NotFound}
	case len(e.proposals) > 0:
		return finding{code: CauseResembles, group: NotFound}
	case e.row.Inactive:
		return finding{code: CauseInactive, group: NotFound, settled: true}
	case away != nil && !b.own[domain]:
		return finding{CauseDomain, domain, away.to, NotFound, false}
	case domain != "" && len(b.own) > 0 && !b.own[domain]:
		return finding{code: CauseExternal, group: NotFound}
	}
	return finding{code: CauseNobody, group: NotFound}
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
