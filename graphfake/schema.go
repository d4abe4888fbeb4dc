package graphfake

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
	object     = state.Object
)
