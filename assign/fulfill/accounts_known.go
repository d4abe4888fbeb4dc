package fulfill

import (
	"cmp"
	"slices"
)

// knownAccounts are the accounts that are known when a list is read.
type knownAccounts struct {
	live  map[accountName]AppAccount
	gone  map[accountName]AppAccount // the latest of each name
	byRow map[string][]AppAccount    // live, by the keys of their rows
}

func (c *comparison) knownAccounts() knownAccounts {
	k := knownAccounts{map[accountName]AppAccount{}, map[accountName]AppAccount{}, map[string][]AppAccount{}}
	for _, account := range c.after.Accounts {
		name := account.name()
		if !account.live() {
			if last := k.gone[name]; cmp.Or(account.Gone.Compare(last.Gone), account.Since.Compare(last.Since)) > 0 {
				k.gone[name] = account
			}
			continue
		}
		k.live[name] = account
		for _, source := range account.Rows {
			k.byRow[accountKey(source.Key)] = append(k.byRow[accountKey(source.Key)], account)
		}
	}
	return k
}

// find returns the known account that the rows of a name show: the one of that name;
// one that another column of the row names, as the column of the names may be another
// one now; the one that had this row, if it has no name this time; or one that was closed
// and is its people's again. matched are the ids of those that another name of the list shows.
func (k knownAccounts) find(name accountName, seen map[accountName]*seenAccount, column string,
	matched map[string]bool) (AppAccount, bool) {
	if account, ok := k.live[name]; ok {
		return account, true
	}
	shown := seen[name]
	first := shown.rows[0]
	for column, value := range first.row.All() {
		other := nameIn(column, value)
		account, ok := k.live[other]
		if ok && isName(value) && seen[other] == nil && !matched[account.ID] && !othersHave(account, shown, column, seen) {
			return account, true
		}
	}
	if account, ok := k.live[accountName{"", name.key}]; ok && !matched[account.ID] { // of a snapshot, which knew no columns
		return account, true
	}
	if column != "" && first.column != column {
		if account, n := k.nameless(first, seen, column, matched); n == 1 {
			return account, true
		}
	}
	if account, ok := k.gone[name]; ok && (shares(account.People, shown.people) || len(shown.people) == 0) {
		return account, true
	}
	return AppAccount{}, false
}

// othersHave reports whether a row that names an account in another column is none of its
// people's, and one that is theirs names it too: the column was not one of names.
func othersHave(account AppAccount, shown *seenAccount, column string, seen map[accountName]*seenAccount) bool {
	if shares(account.People, shown.people) {
		return false
	}
	for _, other := range seen {
		if shares(account.People, other.people) && slices.ContainsFunc(other.rows, func(r listRow) bool {
			return accountKey(r.row.Get(column)) == accountKey(account.Key)
		}) {
			return true
		}
	}
	return false
}

// severalMayBe reports whether the rows have no name of an account and may be any of several.
func (k knownAccounts) severalMayBe(name accountName, seen map[accountName]*seenAccount, column string,
	matched map[string]bool) bool {
	first := seen[name].rows[0]
	_, n := k.nameless(first, seen, column, matched)
	return column != "" && first.column != column && n > 1
}

// nameless returns an account that a row without a name may be, and how many there are:
// they had a row of that key and are not in the list by their own names.
func (k knownAccounts) nameless(row listRow, seen map[accountName]*seenAccount, column string,
	matched map[string]bool) (AppAccount, int) {
	may := make(map[string]AppAccount)
	for _, account := range k.byRow[accountKey(row.key)] {
		name := account.name()
		if name.column == "" { // of a snapshot
			name = nameIn(column, account.Key)
		}
		if seen[name] == nil && !matched[account.ID] {
			may[account.ID] = account
		}
	}
	for _, account := range may {
		return account, len(may)
	}
	return AppAccount{}, 0
}
