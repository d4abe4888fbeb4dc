package governance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
)

// CreateReview creates the review, or finds the one with that name for that
// application; existed says which. A review that it finds is left as it is, even
// if it differs from r. A review that breaks a rule is a [*ReviewError].
//
// A review has no key, so a request whose outcome is unclear is not sent again:
// CreateReview looks for the review for [graph.Options.ReplicationWait], and then
// fails with [graph.ErrUnclear]; call it again some minutes later. If other
// programs create the same review at the same time there may be several: whoever
// sees that returns an [*entra.AmbiguousError] with their ids.
// Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func (c *Client) CreateReview(ctx context.Context, r Review) (review *ReviewDefinition, existed bool, err error) {
	definition, err := r.Definition()
	if err != nil {
		return nil, false, err
	}
	found, err := c.findReview(ctx, r.ServicePrincipalID, r.name())
	if found != nil || err != nil {
		return found, found != nil, err
	}
	started := time.Now()
	id, err := c.postReview(ctx, r.ServicePrincipalID, definition)
	if err == nil || errors.Is(err, graph.ErrUnclear) {
		found, err = c.seeReview(ctx, r, id, err)
	}
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("access review %q: %w", r.DisplayName, err)
	case found == nil: // no list shows it yet
		definition.ID = id
		return definition, false, nil
	}
	return found, id == "" && !graph.CreatedSince(found.CreatedDateTime.Time, started), nil
}

// postReview sends the review and returns its id. It waits for an application
// that was just registered.
func (c *Client) postReview(ctx context.Context, servicePrincipalID string,
	definition *ReviewDefinition) (string, error) {
	var made struct{ ID string }
	err := c.conn.WaitOut(ctx, func() error {
		err := c.conn.Do(ctx, graph.Request{Op: opCreateReview, Method: http.MethodPost, Path: reviewsPath,
			Body: definition}, &made)
		unseen := errors.Is(err, graph.ErrNotFound) || errors.Is(err, graph.ErrNotReplicated)
		if unseen && c.conn.JustWritten(servicePrincipalID) {
			return graph.NotYet(err)
		}
		return err
	})
	if err == nil && made.ID == "" {
		err = &graph.Error{Op: opCreateReview, Err: fmt.Errorf("%w: the answer holds no review", graph.ErrUnclear)}
	}
	return made.ID, err
}

// seeReview looks for the review that was sent until a list shows it. If its id
// is known, nil means that none does yet; otherwise the error says that it is
// unclear. Another review of that name, sent at the same time, is an error.
func (c *Client) seeReview(ctx context.Context, r Review, id string, sent error) (found *ReviewDefinition, err error) {
	err = c.conn.WaitOut(ctx, func() error {
		found, err = c.findReview(ctx, r.ServicePrincipalID, r.name())
		if err == nil && (found == nil || id != "" && found.ID != id) {
			return graph.NotYet(cmp.Or(sent, errNotListed))
		}
		return err
	})
	switch unseen := errors.Is(err, graph.ErrNotReplicated); {
	case err == nil:
		return found, nil
	case unseen && found != nil: // another one, and ours is not listed yet
		return nil, ambiguous("access review", r.name(), []string{found.ID, id}, func(id string) string { return id })
	case unseen && id != "":
		return nil, nil
	case unseen:
		return nil, fmt.Errorf("%w; no list shows it yet, so run again in a few minutes", sent)
	case sent != nil:
		return nil, fmt.Errorf("%w; looking for it: %w", sent, err)
	}
	return nil, err
}

var errNotListed = errors.New("the new review is not listed")

// WaitReviewOptions are the options of [Client.WaitReview].
type WaitReviewOptions struct {
	// Interval is the time between two looks; 0 means 1 min.
	Interval time.Duration
	// Wait is how long to wait; 0 means until ctx ends.
	Wait time.Duration
	// Progress, if set, is called with what each look shows.
	Progress func(ReviewInstance)
}

// ErrReviewRunning says that a review was not finished in the time given.
var ErrReviewRunning = errors.New("the access review is not finished")

// WaitReview waits until the current round of a review is finished: its
// decisions are applied, or it is complete and does not apply them by itself.
// That they are applied is told by the status Applied, which Graph's pages don't
// list, or by the result of every denial of a complete round.
// The current round is the last one that has begun; if none has, WaitReview
// waits for the first. It returns the round as it saw it last, with
// [ErrReviewRunning] if that was not finished when Options.Wait was over or ctx
// ended; in the latter case the error wraps ctx's, too. The round is nil if none
// was seen. A review that came without autoApplyDecisionsEnabled is
// [graph.ErrIncomplete]. Permission: AccessReview.Read.All.
func (c *Client) WaitReview(ctx context.Context, review *ReviewDefinition,
	opts *WaitReviewOptions) (*ReviewInstance, error) {
	o := *cmp.Or(opts, new(WaitReviewOptions))
	if o.Wait < 0 || o.Interval < 0 {
		return nil, errors.New("wait for a review: Wait and Interval can't be negative")
	}
	if review.noAutoApply {
		return nil, opReadReview.Missing("the review "+review.ID, "settings/autoApplyDecisionsEnabled")
	}
	o.Interval = cmp.Or(o.Interval, time.Minute)
	started := time.Now()
	var round *ReviewInstance
	for {
		seen, err := c.currentRound(ctx, review.ID, round)
		if err != nil {
			return round, err
		}
		status := ReviewNotStarted
		if round = seen; round != nil {
			status = round.Status
			if o.Progress != nil {
				o.Progress(*round)
			}
		}
		if over, err := c.finished(ctx, review, round, status); over || err != nil {
			return round, err
		}
		if o.Wait > 0 && time.Since(started)+o.Interval > o.Wait {
			return round, fmt.Errorf("%w after %v; its status is %s", ErrReviewRunning, o.Wait, status)
		}
		if err := graph.Sleep(ctx, o.Interval); err != nil {
			return round, fmt.Errorf("%w; its status is %s: %w", ErrReviewRunning, status, err)
		}
	}
}

// finished reports whether nothing more happens to a round by itself.
func (c *Client) finished(ctx context.Context, review *ReviewDefinition, round *ReviewInstance,
	status ReviewStatus) (bool, error) {
	if status.Finished(review.Settings.AutoApplyDecisionsEnabled) || !status.Is(ReviewCompleted, ReviewAutoReviewed) {
		return status.Finished(review.Settings.AutoApplyDecisionsEnabled), nil
	}
	for d, err := range c.ReviewDecisions(ctx, review.ID, round.ID) {
		if err != nil || d.waits() {
			return false, err
		}
	}
	return true, nil
}

// currentRound reads the known round again. Without one it finds the last round
// that has begun; nil if there is none yet.
func (c *Client) currentRound(ctx context.Context, reviewID string, known *ReviewInstance) (*ReviewInstance, error) {
	if known != nil {
		return c.ReviewInstance(ctx, reviewID, known.ID)
	}
	rounds, err := c.ReviewInstances(ctx, reviewID)
	for _, round := range rounds {
		if round.StartDateTime.IsZero() {
			return nil, opReadReview.Missing("a round", "startDateTime")
		}
	}
	begun := slices.DeleteFunc(rounds, func(i ReviewInstance) bool { return i.StartDateTime.After(time.Now()) })
	if err != nil || len(begun) == 0 {
		return nil, err
	}
	last := slices.MaxFunc(begun, func(a, b ReviewInstance) int { return a.StartDateTime.Compare(b.StartDateTime.Time) })
	return &last, nil
}

// RemindReviewers sends a mail to the reviewers of a running round who have not
// decided everything. If the outcome is unclear, the mail is sent again: a second
// one does no harm. Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-sendreminder
func (c *Client) RemindReviewers(ctx context.Context, reviewID, instanceID string) error {
	return c.conn.Do(ctx, graph.Request{Op: opManageReview, Method: http.MethodPost,
		Path: instancePath(reviewID, instanceID) + "/sendReminder", Idempotent: true}, nil)
}

// StopReview ends a round before its time; it can't be resumed. Later rounds
// still take place. A round that is over already is a success. Graph's page says
// that the decisions are then applied; Microsoft's article says that they are not
// unless the review applies them by itself, so read their ApplyResult.
// https://learn.microsoft.com/entra/id-governance/complete-access-review
// Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func (c *Client) StopReview(ctx context.Context, reviewID, instanceID string) error {
	return c.actOnRound(ctx, reviewID, instanceID, "stop", func(s ReviewStatus) (bool, error) { return s.over(), nil })
}

// ApplyDecisions removes the access of denied users after a round that does not
// do so by itself. The round must be Completed, as Graph's page says (that
// AutoReviewed will do is believed); otherwise the error is a [*ReviewError]. A
// round that is applied already is a success.
// Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-applydecisions
func (c *Client) ApplyDecisions(ctx context.Context, reviewID, instanceID string) error {
	return c.actOnRound(ctx, reviewID, instanceID, "applyDecisions", func(s ReviewStatus) (bool, error) {
		switch {
		case s.Is(ReviewApplying, ReviewApplied):
			return true, nil
		case s.Is(ReviewCompleted, ReviewAutoReviewed):
			return false, nil
		}
		return false, &ReviewError{reviewID, fmt.Sprintf("its status is %s, and decisions can be applied once it is %s; "+
			"wait, or stop the review", s, ReviewCompleted)}
	})
}

// actOnRound posts an action to a round, unless done says of the round's status
// that it is not needed or not possible. After an unclear outcome it looks again.
func (c *Client) actOnRound(ctx context.Context, reviewID, instanceID, action string,
	done func(ReviewStatus) (bool, error)) error {
	look := func(ctx context.Context) (bool, error) {
		instance, err := c.ReviewInstance(ctx, reviewID, instanceID)
		if err != nil {
			return false, err
		}
		return done(instance.Status)
	}
	if there, err := look(ctx); there || err != nil {
		return err
	}
	return c.conn.Do(ctx, graph.Request{Op: opManageReview, Method: http.MethodPost,
		Path:   instancePath(reviewID, instanceID) + "/" + action,
		Settle: func(ctx context.Context, _ graph.Seen) (bool, error) { return look(ctx) }}, nil)
}
