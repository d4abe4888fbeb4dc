// Package schema describes the directory: which properties the objects of each
// type have and what the service lets one do with them, how objects are
// linked, and which rules app roles follow.
package schema

import "github.com/rollcall-go/rollcall/graphfake/internal/state"

// Short names for the tables in the schema_*.go files. A row says: name, kind,
// and when the service takes eq (and in), startsWith, and eq null: by default,
// only in advanced queries, or never.
const (
	byDefault = state.Default
	advanced  = state.Advanced
	never     = state.Never

	brief    = state.Brief
	indexed  = state.Indexed
	endsWith = state.EndsWith
	ranged   = state.Range
	sorts    = state.Sort
	sortsA   = state.SortA
	readOnly = state.ReadOnly
	outside  = state.Outside
	exact    = state.Exact
	words    = state.Tokens | state.Search
	onSelect = state.OnSelect
	always   = state.Always
	virtual  = state.Virtual | state.ReadOnly
)

type (
	property   = state.Property
	properties = []state.Property
)

// directoryObjects is what objects of different types have in common.
// https://learn.microsoft.com/graph/api/resources/directoryobject
var DirectoryObjects = state.Define(state.Type{
	Name: "directoryObject", Resource: "DirectoryObject", Set: "directoryObjects",
	Props: properties{{Name: "id", Flags: readOnly}, {Name: "deletedDateTime", Kind: state.Time, Flags: readOnly}},
})

// directoryTypes are what the links of the directory lead to.
func DirectoryTypes() []*state.Type {
	return []*state.Type{Users, Groups, ServicePrincipals, Applications}
}

// sections are the parts of a dump, in the order in which they must be loaded.
func Sections() []*state.Type {
	return []*state.Type{Organizations, Domains, SubscribedSkus, Users, Groups, Applications, ServicePrincipals, Assignments}
}

// The links between objects that are part of the state.
const (
	Members = "members"
	Owners  = "owners"
	Manager = "manager"
)
