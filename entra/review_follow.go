package entra

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"
)

func reviewPath(id string) string { return reviewsPath + "/" + url.PathEscape(id) }

func instancePath(reviewID, instanceID string) string {
	return reviewPath(reviewID) + "/instances/" + url.PathEscape(instanceID)
}

// ReviewInstances returns the rounds of a review, in the service's order. A
// series has only those that were begun or come next.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-list-instances
func (c *Client) ReviewInstances(ctx context.Context, reviewID string) ([]ReviewInstance, error) {
	list := request{op: opReadReview, path: reviewPath(reviewID) + "/instances"}
	return collect(pages[ReviewInstance](ctx, c, list), func(i ReviewInstance) string { return i.ID })
}

// ReviewInstance returns one round of a review, as it is now.
// https://learn.microsoft.com/graph/api/accessreviewinstance-get
func (c *Client) ReviewInstance(ctx context.Context, reviewID, instanceID string) (*ReviewInstance, error) {
	instance := new(ReviewInstance)
	if err := c.do(ctx, request{op: opReadReview, path: instancePath(reviewID, instanceID)}, instance); err != nil {
		return nil, err
	}
	return instance, nil
}

// ReviewDecisions yields the decisions of one round, page by page: each pair is
// a decision and nil, or an error, which is the last pair and means that the
// list is unfinished. There may be several about one principal.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-decisions
func (c *Client) ReviewDecisions(ctx context.Context, reviewID, instanceID string) iter.Seq2[ReviewDecision, error] {
	return pages[ReviewDecision](ctx, c, request{op: opReadReview, path: instancePath(reviewID, instanceID) + "/decisions"})
}

// ContactedReviewers returns who was asked to decide in one round, also where
// mails are off.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-contactedreviewers
func (c *Client) ContactedReviewers(ctx context.Context, reviewID, instanceID string) ([]ReviewIdentity, error) {
	list := request{op: opReadReview, path: instancePath(reviewID, instanceID) + "/contactedReviewers"}
	return collect(pages[ReviewIdentity](ctx, c, list), func(i ReviewIdentity) string { return i.ID })
}

// WaitReviewOptions are the options of [Client.WaitReview].
type WaitReviewOptions struct {
	// Interval is the time between two looks; 0 = 1 min.
	Interval time.Duration
	// For ends the waiting after so long; 0 = only ctx does.
	For time.Duration
	// Progress, if set, is called with what each look shows.
	Progress func(ReviewInstance)
}

// ErrReviewRunning says that a review was not finished in the time given.
var ErrReviewRunning = errors.New("the access review is not finished")

// WaitReview looks at one round of a review until it is finished: its decisions
// are applied, or it is complete and does not apply them by itself. It returns
// the round as seen last, with [ErrReviewRunning] if Options.For is over and with
// ctx's error if that ends first.
func (c *Client) WaitReview(ctx context.Context, review *ReviewDefinition, instanceID string, opts *WaitReviewOptions) (*ReviewInstance, error) {
	var o WaitReviewOptions
	if opts != nil {
		o = *opts
	}
	setDefault(&o.Interval, time.Minute)
	started := time.Now()
	for {
		instance, err := c.ReviewInstance(ctx, review.ID, instanceID)
		if err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress(*instance)
		}
		if instance.Status.Finished(review.Settings.AutoApplyDecisionsEnabled) {
			return instance, nil
		}
		if o.For > 0 && time.Since(started)+o.Interval > o.For {
			return instance, fmt.Errorf("%w after %v; its status is %s", ErrReviewRunning, o.For, instance.Status)
		}
		if err := sleepUntil(ctx, time.Now().Add(o.Interval)); err != nil {
			return instance, fmt.Errorf("%w; its status is %s: %w", ErrReviewRunning, instance.Status, err)
		}
	}
}

// RemindReviewers sends a mail to the reviewers of a round that runs who have
// not decided everything. If its outcome is unclear it is sent again: a second
// mail does no harm.
// https://learn.microsoft.com/graph/api/accessreviewinstance-sendreminder
func (c *Client) RemindReviewers(ctx context.Context, reviewID, instanceID string) error {
	return c.do(ctx, request{op: opManageReview, method: http.MethodPost,
		path: instancePath(reviewID, instanceID) + "/sendReminder", idempotent: true}, nil)
}

// StopReview ends a round before its time; it can't be taken up again. The
// rounds to come are not concerned. A round that is over already is a success.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func (c *Client) StopReview(ctx context.Context, reviewID, instanceID string) error {
	return c.bring(ctx, reviewID, instanceID, "stop", ReviewStatus.over, func(ReviewStatus) error { return nil })
}

// ApplyDecisions takes the access of denied users away after a round that does
// not do so by itself. It must be complete; otherwise that is a [*ReviewError].
// A round that is applied already is a success.
// https://learn.microsoft.com/graph/api/accessreviewinstance-applydecisions
func (c *Client) ApplyDecisions(ctx context.Context, reviewID, instanceID string) error {
	applied := func(s ReviewStatus) bool { return s.Is(ReviewApplying, ReviewApplied) }
	return c.bring(ctx, reviewID, instanceID, "applyDecisions", applied, func(s ReviewStatus) error {
		if s.Is(ReviewCompleted, ReviewAutoReviewed) {
			return nil
		}
		return &ReviewError{reviewID, fmt.Sprintf("its status is %s, and decisions can be applied once it is %s; wait, or stop the review", s, ReviewCompleted)}
	})
}

// bring takes an action on a round, unless the round is there already or not
// ready for it. After an unclear outcome, the round is looked at.
func (c *Client) bring(ctx context.Context, reviewID, instanceID, action string, there func(ReviewStatus) bool, ready func(ReviewStatus) error) error {
	var now ReviewStatus
	look := func(ctx context.Context) (bool, error) {
		instance, err := c.ReviewInstance(ctx, reviewID, instanceID)
		if err != nil {
			return false, err
		}
		now = instance.Status
		return there(now), nil
	}
	if done, err := look(ctx); done || err != nil {
		return err
	}
	if err := ready(now); err != nil {
		return err
	}
	return c.do(ctx, request{op: opManageReview, method: http.MethodPost, path: instancePath(reviewID, instanceID) + "/" + action, settle: look}, nil)
}
