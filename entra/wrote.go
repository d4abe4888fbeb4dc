package entra

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// freshFor is how long an object counts as just written. Microsoft gives no
// figure for replication; more than five minutes have been seen.
// https://github.com/microsoftgraph/msgraph-bicep-types/issues/193
const freshFor = 15 * time.Minute

// A writeLog remembers the ids of what a client has written, as only for those
// a "not found" can mean "not visible yet"; for any other id it is an answer.
// The zero writeLog is empty and ready. It is safe for concurrent use.
type writeLog struct {
	mu    sync.Mutex
	at    map[string]time.Time // by lower-case id
	sweep int                  // the size at which to look for what is no longer fresh
}

// add remembers ids as written now; empty ones are ignored.
func (l *writeLog) add(ids ...string) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[string]time.Time{}
	}
	for _, id := range ids {
		if id != "" {
			l.at[strings.ToLower(id)] = now
		}
	}
	if len(l.at) > l.sweep {
		maps.DeleteFunc(l.at, func(_ string, at time.Time) bool { return now.Sub(at) >= freshFor })
		l.sweep = 2*len(l.at) + 1000
	}
}

// fresh reports whether any of ids was written a short while ago.
func (l *writeLog) fresh(ids ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if at, ok := l.at[strings.ToLower(id)]; ok && time.Since(at) < freshFor {
			return true
		}
	}
	return false
}

// forget drops the id of an object that is gone: not being found is the truth now.
func (l *writeLog) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.at, strings.ToLower(id))
}
