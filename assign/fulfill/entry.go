package fulfill

import (
	"maps"
	"slices"
	"time"
)

// An EntryKind says what an entry of a journal tells of.
type EntryKind string

// The kinds of entries.
const (
	EntryBegun    EntryKind = "begun"    // the journal was made, for one application
	EntryLook     EntryKind = "look"     // what a whole look saw that was new, and what follows
	EntryWrote    EntryKind = "wrote"    // assignments that rollcall made and took away
	EntryTicket   EntryKind = "ticket"   // one was asked for, opened, refused, answered or cancelled
	EntryProof    EntryKind = "proof"    // what a new export proves
	EntryCampaign EntryKind = "campaign" // an access review was begun
	EntryState    EntryKind = "state"    // all that earlier entries said, in their place
	EntryCarried  EntryKind = "carried"  // tickets in the ledger of an older version
	EntryEnd      EntryKind = "end"      // whoever wrote has closed the journal
)

// An Entry is one line of a journal.
type Entry struct {
	Number int       `json:"n"`
	Time   time.Time `json:"time"`
	Kind   EntryKind `json:"kind"`
	Prev   string    `json:"prev"` // digest of the entry before

	Begun    *Begun        `json:"begun,omitempty"`
	Look     *News         `json:"look,omitempty"`
	Wrote    *Wrote        `json:"wrote,omitempty"`
	Ticket   *TicketRecord `json:"ticket,omitempty"`
	Proof    *Proof        `json:"proof,omitempty"`
	Campaign string        `json:"campaign,omitempty"`
	State    *State        `json:"state,omitempty"`
	Carried  []string      `json:"carried,omitempty"`
	// Forgotten is the number of people whom this state leaves out, because they
	// were to be forgotten.
	Forgotten int `json:"forgotten,omitempty"`
}

// Begun is the first entry of a journal.
type Begun struct {
	Version     int    `json:"version"`
	ResourceID  string `json:"resourceId"`
	Application string `json:"application"`
	Tenant      string `json:"tenant,omitempty"`
}

// News are what a look saw that the journal did not say, and what follows from it.
type News struct {
	Roles     []Role       `json:"roles,omitempty"`    // new or changed
	People    []Person     `json:"people,omitempty"`   // new or changed
	Accounts  []AppAccount `json:"accounts,omitempty"` // new or changed
	Losses    []Loss       `json:"losses,omitempty"`   // that were found
	Regained  []string     `json:"regained,omitempty"` // ids of losses that have ended
	Decisions []Decision   `json:"decisions,omitempty"`
	// Findings and Hidden are told whole if they changed.
	Findings *[]Loss        `json:"findings,omitempty"`
	Hidden   *[]HiddenGroup `json:"hidden,omitempty"`
	MayBe    *[]string      `json:"mayBe,omitempty"`
	// Lacking are people who turned out to hold a role and no account, and Served
	// those of whom this is no longer true.
	Lacking []string `json:"lacking,omitempty"`
	Served  []string `json:"served,omitempty"`
	// Ours are roles that rollcall gave, as the look shows them.
	Ours []Grant `json:"ours,omitempty"`
	// List says which list was read, if one was.
	List     *Export `json:"list,omitempty"`
	Override string  `json:"override,omitempty"` // RevocationOptions.Override

	time   time.Time
	before *State
	counts counts
}

// An Export names a list that was read.
type Export struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	Bytes  int64  `json:"bytes,omitempty"`
	Digest string `json:"digest,omitempty"` // SHA-256 of the file, in hex
	Unread int    `json:"unread,omitempty"` // lines that could not be read
	Open   int    `json:"open,omitempty"`   // rows without a user
}

// Wrote says what the application of a plan changed.
type Wrote struct {
	Added   []Grant `json:"added,omitempty"`
	Removed []Grant `json:"removed,omitempty"`
	// Failed is the number of changes that were not made, or perhaps not.
	Failed int `json:"failed,omitempty"`
}

// with returns the state with an entry, and leaves s as it is.
func (s *State) with(e Entry) *State {
	c := *s
	switch e.Kind {
	case EntryLook, EntryProof, EntryState:
		c = *s.clone()
	case EntryTicket:
		c.Tickets, c.about = maps.Clone(s.Tickets), nil
	case EntryWrote:
		c.Ours, c.Given, c.Runs = maps.Clone(s.Ours), slices.Clone(s.Given), slices.Clone(s.Runs)
	case EntryCampaign:
		c.Campaigns = slices.Clone(s.Campaigns)
	}
	c.apply(e)
	return &c
}

// apply adds an entry to the state.
func (s *State) apply(e Entry) {
	s.Entries = e.Number
	switch e.Kind {
	case EntryBegun:
		s.ResourceID, s.Application, s.Tenant, s.Begun = e.Begun.ResourceID, e.Begun.Application, e.Begun.Tenant, e.Time
	case EntryLook:
		s.learn(e.Look, e.Time)
	case EntryWrote:
		s.Runs = append(s.Runs, Run{Number: e.Number, Time: e.Time,
			Added: len(e.Wrote.Added), Removed: len(e.Wrote.Removed), Failed: e.Wrote.Failed})
		s.Given = append(s.Given, e.Wrote.Added...)
		for _, grant := range e.Wrote.Removed {
			delete(s.Ours, grant.AssignmentID)
		}
	case EntryTicket:
		s.learnTicket(*e.Ticket)
	case EntryProof:
		s.learnProof(e.Proof, e.Time)
	case EntryCampaign:
		s.Campaigns = append(s.Campaigns, Campaign{Name: e.Campaign, Entry: e.Number, Time: e.Time})
	case EntryState:
		*s = *e.State.clone()
		s.Entries = e.Number
	case EntryCarried:
		s.Carried = e.Carried
	}
}

// learn adds what a look saw.
func (s *State) learn(news *News, at time.Time) {
	s.Looked = at
	if news.List != nil {
		s.Listed = at
	}
	for _, role := range news.Roles {
		s.Roles[role.ID] = role
	}
	for _, person := range news.People {
		s.People[person.ID] = person
	}
	for _, account := range news.Accounts {
		s.Accounts[account.ID] = account
		for _, key := range s.about[account.ID] {
			for _, person := range account.People {
				s.about[person] = append(s.about[person], key)
			}
		}
	}
	for _, loss := range news.Losses {
		s.Losses[loss.ID] = loss
	}
	for _, id := range news.Regained {
		delete(s.Losses, id)
	}
	for _, decision := range news.Decisions {
		s.Denials[decision.id()] = decision.ApplyResult
	}
	if news.Findings != nil {
		s.Findings = *news.Findings
	}
	s.WasHidden = s.Hidden
	if news.Hidden != nil {
		s.Hidden = *news.Hidden
	}
	if news.MayBe != nil {
		s.MayBe = *news.MayBe
	}
	for _, grant := range news.Ours {
		s.Ours[grant.AssignmentID] = grant
	}
	s.Given = nil // what this look doesn't show was not made, or is gone
	for i, person := range news.Lacking {
		s.Lacking[person] = lackID(s.Entries, i)
	}
	for _, person := range news.Served {
		delete(s.Lacking, person)
	}
	s.Carried = s.stillCarried()
	s.settleTickets(slices.Concat(news.Regained, news.Served, news.ids())...)
}
